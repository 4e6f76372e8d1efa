//! What outlives a call, and what does not.

use specialis_core::{Context, Disposition, EvaluationState, FaultKind, Level};
use specialis_tests::{Guest, Manifest, events, hosts};

use super::{assert_same_thousand, beside_witness};

#[test]
fn memory_never_outlives_a_call() {
    for snapshots in [true, false] {
        let fresh = || {
            let candidate = beside_witness(&Guest::from_file("outlives-call"));
            hosts::build(hosts::builder(candidate).snapshots(snapshots))
        };
        let host = fresh();
        for n in 0..50 {
            let mut session = host.open(format!("s-{n}"), Context::default());
            for _ in 0..4 {
                let decision = session.submit(events::with_phone()).decision;
                assert_eq!(decision.verdict, Level::Pass, "{}", hosts::json(&decision));
                assert_eq!(decision.evaluations["hostile"].state, EvaluationState::Evaluated);
            }
        }
        assert_same_thousand(&host, &fresh());
    }
}

#[test]
fn the_state_outlives_a_call_within_its_session() {
    let host = hosts::host(beside_witness(&Guest::from_file("remembers")));
    let mut one = host.open("one", Context::default());
    let mut other = host.open("other", Context::default());
    assert_eq!(one.submit(events::with_phone()).decision.verdict, Level::Pass);
    assert_eq!(one.submit(events::with_phone()).decision.verdict, Level::Mark);
    assert_eq!(other.submit(events::with_phone()).decision.verdict, Level::Pass);
}

#[test]
fn the_state_made_at_open_is_there_at_the_first_event_of_every_session() {
    let host = hosts::host(beside_witness(&Guest::from_file("remembers").under(Manifest::hostile().at_open())));
    for session in ["one", "other"] {
        let decision = hosts::decide(&host, session, &Context::default(), &events::with_phone());
        assert_eq!(decision.verdict, Level::Mark);
    }
}

#[test]
fn a_faulted_call_keeps_the_findings_of_calls_before_only_where_they_stand() {
    let host = hosts::host(beside_witness(&Guest::from_file("faults-later").under(Manifest::hostile().at_open())));
    let decision = hosts::decide(&host, "s", &Context::default(), &events::with_phone());
    let evaluation = &decision.evaluations["hostile"];
    assert_eq!(
        evaluation.fault.as_ref().map(|fault| (fault.kind, fault.point.as_str())),
        Some((FaultKind::Trap, "end"))
    );
    let marking = decision.duty("im.art12.marking").expect("the duty was raised");
    assert_eq!(marking.level, Level::Review);
    assert!(marking.findings.iter().all(|found| found.disposition == Disposition::Stands));
}

#[test]
fn a_fault_lasts_to_the_end_of_its_session_and_no_longer() {
    let host = hosts::host(beside_witness(&Guest::from_file("faults-later")));
    let mut session = host.open("struck", Context::default());
    let verdicts: Vec<_> = (0..4).map(|_| session.submit(events::with_phone()).decision.verdict).collect();
    // The failure level of one of its duties is `stop`.
    assert_eq!(verdicts, [Level::Pass, Level::Stop, Level::Stop, Level::Stop]);
    assert_eq!(hosts::decide(&host, "fresh", &Context::default(), &events::with_phone()).verdict, Level::Pass);
}
