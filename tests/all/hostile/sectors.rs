//! Whose failure counts: a sector's policy fails for the sessions of its sector, and for those in doubt on the kinds it lists.

use specialis_core::{Context, Decision, FaultKind, Level, Precedence, Status};
use specialis_tests::{Guest, Manifest, events, hosts};

use super::beside_witness;

fn in_sector(status: Status) -> Context {
    Context { sectors: [("test".into(), status)].into_iter().collect(), ..Context::default() }
}

fn verdicts(status: Status) -> [Level; 2] {
    let host = hosts::host(beside_witness(&Guest::from_file("trap").under(Manifest::hostile().of_sector("test"))));
    let mut session = host.open("s", in_sector(status));
    [events::with_phone(), events::ordinary(0)].map(|event| session.submit(event).decision.verdict)
}

#[test]
fn a_failure_of_a_certain_sector_counts_for_every_event() {
    assert_eq!(verdicts(Status::Yes), [Level::Stop, Level::Stop]);
}

#[test]
fn a_failure_of_a_sector_in_doubt_counts_on_the_kinds_that_its_manifest_lists() {
    assert_eq!(verdicts(Status::Unknown), [Level::Stop, Level::Pass]);
}

#[test]
fn a_failure_of_an_excluded_sector_does_not_count() {
    assert_eq!(verdicts(Status::No), [Level::Pass, Level::Pass]);
}

#[test]
fn a_status_that_nobody_warranted_asserted_is_in_doubt() {
    let host = hosts::host(beside_witness(&Guest::from_file("trap").under(Manifest::hostile().of_sector("test"))));
    let context = Context { source: Some("stranger".into()), ..in_sector(Status::No) };
    let decision = hosts::decide(&host, "s", &context, &events::with_phone());
    assert_eq!(decision.verdict, Level::Stop);
    assert!(
        decision.refused_facts.iter().any(|fact| fact.path == "sectors.test" && fact.source.as_str() == "stranger")
    );
    assert!(decision.duty("im.art12.marking").is_some_and(|duty| duty.rules.contains(&Precedence::R6)));
}

#[test]
fn a_policy_of_an_excluded_sector_sees_nothing_until_that_changes() {
    let host = hosts::host(beside_witness(&Guest::from_file("trap").under(Manifest::hostile().of_sector("test"))));
    let mut session = host.open("s", in_sector(Status::No));
    let before = session.submit(events::with_phone()).decision;
    assert_eq!(fault(&before), None, "a call would have been a fault");
    session.set_sector("test".into(), Status::Yes, "platform".into());
    let after = session.submit(events::with_phone()).decision;
    assert_eq!(fault(&after), Some(FaultKind::Trap));
}

fn fault(decision: &Decision) -> Option<FaultKind> {
    decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind)
}
