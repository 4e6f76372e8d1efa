//! What an edition remembers of answers and decisions: it changes nothing, and takes no more than its bound.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use specialis::{Host, Limits, Memories};
use specialis_core::{Context, Event, EventKind, Status};
use specialis_tests::case::Case;
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::random::Pool;
use specialis_tests::{Guest, Manifest, arbitrary, events, hosts};

/// How many random events are judged, unless `RANDOM_EVENTS` says how many.
const RANDOM_EVENTS: u64 = 500;
/// How many of them are judged on a host of their own too, where nothing was ever answered.
const ALONE: u64 = 20;

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

/// A host with the built-in policies on which no wall clock strikes, however slow the machine is.
fn unhurried() -> Host {
    let limits = Limits { deadline: Duration::from_secs(600), ..Limits::default() };
    hosts::build(hosts::builder(hosts::built_in()).limits(limits))
}

/// What comes of a random event, to the byte; nothing where its facts do not go together.
fn random(pool: &Pool, host: &Host, seed: u64) -> Option<String> {
    let (context, event) = pool.pick(seed);
    let context: Context = serde_json::from_value(context).ok()?;
    let event: Event = serde_json::from_value(event).ok()?;
    let judged = host.open("random", context).submit(event);
    Some(format!("{}\n{:?}", hosts::json(&judged.decision), judged.release))
}

/// A host that judges the events in their order, and another that judges them from the last to the first, remember other things at
/// each of them. Of an event that is judged again at once the answers are known, and then the decision.
#[test]
fn random_events_are_decided_alike_whatever_is_remembered() {
    let n_events = std::env::var("RANDOM_EVENTS").map_or(RANDOM_EVENTS, |n| n.parse().expect("a number"));
    let pool = Pool::of_examples();
    let digest = |said: &Option<String>| -> [u8; 32] { Sha256::digest(said.as_deref().unwrap_or_default()).into() };
    let [forth, back] = [unhurried(), unhurried()];
    let mut n_judged = 0;
    let mut digests = Vec::new();
    for seed in 0..n_events {
        let said = random(&pool, &forth, seed);
        for known in ["its answers", "the decision"] {
            assert_eq!(random(&pool, &forth, seed), said, "seed {seed}, where {known} may be remembered");
        }
        n_judged += u64::from(said.is_some());
        digests.push(digest(&said));
    }
    for (seed, before) in (0..n_events).zip(&digests).collect::<Vec<_>>().into_iter().rev() {
        let said = random(&pool, &back, seed);
        if digest(&said) != *before {
            assert_eq!(said, random(&pool, &forth, seed), "seed {seed}, where others came before");
            panic!("seed {seed} was decided otherwise once");
        }
    }
    for seed in (0..n_events).step_by(usize::try_from(n_events.div_ceil(ALONE)).expect("a small number")) {
        assert_eq!(random(&pool, &unhurried(), seed), random(&pool, &forth, seed), "seed {seed}, alone");
    }
    assert!(n_judged > n_events / 2, "{n_judged} of {n_events} events are events");
    let Memories { answers, decisions, .. } = memories(&forth);
    assert!(answers.n_known > n_judged / 10 && answers.n_new > 0, "{answers:?}");
    assert!(decisions.n_known > 0 && decisions.n_new > 0, "{decisions:?}");
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

/// Judges publications that all differ, each in a session of its own.
fn flood(host: &Host, seeds: std::ops::Range<u64>) {
    let sectors = ["film", "news", "arts"].map(|sector| (sector.into(), Status::Yes)).into();
    let context = Context { sectors, ..Context::default() };
    for seed in seeds {
        let bytes = bytes_of(seed, 2_000);
        let facts: specialis_core::kinds::Publication = arbitrary::any(&mut Dice::new(&bytes));
        let event = Event::from(specialis_core::EventFacts::Publication(facts.into()));
        host.open(format!("s{seed}"), context.clone()).submit(event);
    }
}

#[test]
fn a_flood_of_distinct_events_takes_no_more_than_the_bound() {
    let host = hosts::host(hosts::built_in());
    flood(&host, 0..600);
    let Memories { answers, findings, decisions } = memories(&host);
    let n_policies = host.edition().policies().len();
    assert!(answers.n_new > 300, "most are new: {answers:?}");
    assert!(answers.n_bytes <= n_policies * (256 << 10) && findings.n_bytes <= n_policies * (256 << 10), "{answers:?}");
    assert!(decisions.n_bytes <= 8 << 20 && decisions.n_entries > 0, "{decisions:?}");
}

/// A bound that is counted would say nothing of what is not, so that this counts what the allocator gave and did not get back.
#[test]
fn a_flood_takes_no_memory_beside_what_is_counted() {
    let host = hosts::host(hosts::built_in());
    flood(&host, 0..600);
    let counted =
        |memories: Memories| memories.answers.n_bytes + memories.findings.n_bytes + memories.decisions.n_bytes;
    let before = memories(&host);
    let taken = allocation_counter::measure(|| flood(&host, 600..1_200));
    let after = memories(&host);
    let n_new = after.answers.n_new - before.answers.n_new;
    assert!(n_new > 300, "{n_new} answers of the second flood are new");
    // Entries take about what is counted for them, and the second flood puts others in their place.
    let grown = counted(after).saturating_sub(counted(before));
    let most = i64::try_from(2 * grown + (1 << 20)).expect("a small number");
    assert!(
        taken.bytes_current <= most,
        "{} bytes are held where {grown} more are counted: {after:?}",
        taken.bytes_current
    );
    // Had each event left as little as its facts, that would be more.
    assert!(taken.bytes_total > 16 << 20, "{taken:?}");
}

#[test]
fn what_is_remembered_goes_with_its_edition() {
    let host = hosts::host(hosts::built_in());
    flood(&host, 0..20);
    let first = host.edition();
    let before = first.memories();
    assert!(before.answers.n_entries > 0 && before.findings.n_entries > 0, "{before:?}");
    host.activate(host.stage(hosts::built_in()).expect("it is staged")).expect("it goes live");
    // The new edition begins with nothing, and what it remembers is nothing to the one before.
    assert_eq!((memories(&host), host.status().live.memories), (Memories::default(), Memories::default()));
    flood(&host, 0..20);
    assert!(memories(&host).answers.n_entries > 0);
    assert_eq!(first.memories(), before);
    let gone = Arc::downgrade(&first);
    drop((first, host));
    assert!(gone.upgrade().is_none(), "nothing holds the edition, and with it what it remembers");
}
