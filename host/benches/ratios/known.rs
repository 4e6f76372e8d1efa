//! How much of what policies answer was answered before, and what it costs where it was not.

use std::hint::black_box;
use std::time::Instant;

use specialis::core::{Context, Event, EventFacts, EventKind, kinds};
use specialis::{Host, Memories, Session};
use specialis_tests::arbitrary::any;
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::random::Pool;

use super::measure::{Table, median};
use super::texts::CALM;
use super::world::World;

/// How many events are measured one by one.
const N_EVENTS: u64 = 1_500;
/// How many editions are staged to measure the first call on each.
const N_EDITIONS: usize = 31;

/// A call of `film` where each finding was said before and most answers as a whole were not, and one where nothing was said before.
pub(crate) fn film(table: &mut Table) {
    let (_, film) = specialis_artifacts::POLICIES.iter().find(|(name, _)| *name == "film").expect("it is built in");
    let host = Host::builder(World::without_policies().policy("film", film.to_vec())).build().expect("it builds");
    let mut session = host.open("bench", World::context());
    for seed in 0..N_EVENTS {
        judge(&mut session, work(seed));
    }
    let before = host.edition().memories();
    let times =
        (N_EVENTS..2 * N_EVENTS).map(|seed| judge(&mut session, work(seed)) - judge(&mut session, asleep())).collect();
    let note =
        format!("publications of random facts, after {N_EVENTS} others; {}; target ≤ 60 µs", rates(before, &host));
    table.base("film/call/facts-new", median(times), &note);

    let mut times = Vec::new();
    for _ in 0..N_EDITIONS {
        let staged = host.stage(host.edition().content().candidate()).expect("it stages");
        host.activate(staged).expect("it is published");
        let mut session = host.open("bench", World::context());
        // The code is warm, and the edition knows no answer.
        judge(&mut session, asleep());
        times.push(judge(&mut session, World::event(EventKind::Publication, CALM)) - judge(&mut session, asleep()));
    }
    table.base("film/call/nothing-said-before", median(times), "the first call on an edition; target ≤ 75 µs");
}

/// The example events with facts of each other, in random order, on all built-in policies.
pub(crate) fn mix(table: &mut Table, host: &Host) {
    let pool = Pool::of_examples();
    let read = |seed| {
        let (context, event) = pool.pick(seed);
        Some((serde_json::from_value::<Context>(context).ok()?, serde_json::from_value::<Event>(event).ok()?))
    };
    let given: Vec<(Context, Event)> = (0..N_EVENTS).filter_map(read).collect();
    let before = host.edition().memories();
    let times = given.into_iter().map(|(context, event)| judge(&mut host.open("bench", context), event)).collect();
    table.base(
        "submit/mix",
        median(times),
        &format!("example events with facts of each other; {}", rates(before, host)),
    );
}

/// A publication with random facts.
fn work(seed: u64) -> Event {
    let bytes = bytes_of(seed, 2_000);
    let facts: kinds::Publication = any(&mut Dice::new(&bytes));
    Event::from(EventFacts::Publication(facts.into())).with_text(CALM)
}

/// An event of the same text that wakes nobody.
fn asleep() -> Event {
    World::event(EventKind::Tool, CALM)
}

fn judge(session: &mut Session, event: Event) -> f64 {
    let began = Instant::now();
    black_box(session.submit(event));
    began.elapsed().as_secs_f64() * 1e6
}

/// How often something was known since.
fn rates(before: Memories, host: &Host) -> String {
    let after = host.edition().memories();
    let rate = |of: fn(&Memories) -> (u64, u64)| {
        let ((known, new), (known_before, new_before)) = (of(&after), of(&before));
        let (known, new) = (known - known_before, new - new_before);
        100 * known / (known + new).max(1)
    };
    let answers = rate(|memories| (memories.answers.n_known, memories.answers.n_new));
    let findings = rate(|memories| (memories.findings.n_known, memories.findings.n_new));
    let decisions = rate(|memories| (memories.decisions.n_known, memories.decisions.n_new));
    format!("known: {answers} % of answers, of the others {findings} % of findings, {decisions} % of decisions")
}
