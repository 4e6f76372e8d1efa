//! What an edition remembers of answers and decisions: it changes nothing, and takes no more than its bound.

use specialis::{Host, Memories};
use specialis_core::{Context, Event, EventKind, Status};
use specialis_tests::case::Case;
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::{Guest, Manifest, arbitrary, events, hosts};

fn memories(host: &Host) -> Memories {
    host.edition().memories()
}

#[test]
fn the_same_event_comes_to_the_same_decision_again_and_again() {
    let (cases, _) = Case::by_edition();
    let built_in: Vec<&Case> = cases.iter().filter(|case| case.world.is_built_in()).collect();
    let host = hosts::host(hosts::built_in());
    let judge = || -> Vec<String> {
        built_in.iter().flat_map(|case| case.judge(&host)).map(|decision| hosts::json(&decision)).collect()
    };
    let first = judge();
    let before = memories(&host);
    assert_eq!(judge(), first);
    let after = memories(&host);
    assert!(after.answers.n_known > before.answers.n_known, "{after:?}");
    assert!(after.decisions.n_known > before.decisions.n_known, "{after:?}");
    assert_eq!(host.status().live.memories, after);
}

#[test]
fn what_a_session_says_of_itself_stands_in_each_of_its_decisions() {
    let host = hosts::host(hosts::built_in());
    let event = || Event::new(EventKind::Publication);
    let judged = |session: &str, sector: Option<Status>| {
        let mut session = host.open(session, Context::default());
        if let Some(status) = sector {
            session.set_sector("film".into(), status, "platform".into());
        }
        let [first, second] = [session.submit(event()).decision, session.submit(event()).decision];
        assert_eq!((first.seq, second.seq), (0, 1));
        assert_ne!(first.id, second.id);
        (second.session.to_string(), second.sectors["film"].status)
    };
    assert_eq!(judged("one", None), ("one".to_owned(), Status::No));
    assert_eq!(judged("two", None), ("two".to_owned(), Status::No));
    assert_eq!(judged("three", Some(Status::Yes)), ("three".to_owned(), Status::Yes));
    assert_eq!(judged("four", None), ("four".to_owned(), Status::No));
}

#[test]
fn what_rests_on_text_is_not_remembered() {
    let host = hosts::host(
        hosts::candidate().policy("witness", Guest::from_file("witness").under(Manifest::witness()).pack()),
    );
    let decide = |n| hosts::decide(&host, "s", &Context::default(), &events::ordinary(n));
    // The third answer masks a stretch of the text.
    let masked = decide(2);
    assert!(masked.obligations.iter().any(|due| due.obligation.word() == "redact"), "{}", hosts::json(&masked));
    let before = memories(&host);
    decide(2);
    let after = memories(&host);
    assert_eq!((after.answers.n_known, after.decisions.n_known), (before.answers.n_known, before.decisions.n_known));
    assert_eq!(after.answers.n_entries, before.answers.n_entries);
    // The second one marks, and rests on nothing.
    decide(1);
    decide(1);
    assert_eq!(memories(&host).answers.n_known, after.answers.n_known + 1);
}

#[test]
fn a_flood_of_distinct_events_takes_no_more_than_the_bound() {
    let host = hosts::host(hosts::built_in());
    let sectors = ["film", "news", "arts"].map(|sector| (sector.into(), Status::Yes)).into();
    let context = Context { sectors, ..Context::default() };
    for seed in 0..600 {
        let bytes = bytes_of(seed, 2_000);
        let facts: specialis_core::kinds::Publication = arbitrary::any(&mut Dice::new(&bytes));
        let event = Event::from(specialis_core::EventFacts::Publication(facts.into()));
        host.open(format!("s{seed}"), context.clone()).submit(event);
    }
    let Memories { answers, findings, decisions } = memories(&host);
    let n_policies = host.edition().policies().len();
    assert!(answers.n_new > 300, "most are new: {answers:?}");
    assert!(answers.n_bytes <= n_policies * (256 << 10) && findings.n_bytes <= n_policies * (256 << 10), "{answers:?}");
    assert!(decisions.n_bytes <= 8 << 20 && decisions.n_entries > 0, "{decisions:?}");
}
