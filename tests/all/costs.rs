//! What a call costs, in counts: they are the same on every machine, and at any load.

use std::collections::BTreeMap;

use specialis::{Host, Session};
use specialis_bundle::Bundle;
use specialis_core::{Age, Context, Event, EventFacts, EventKind, Required, Status, Trust, kinds};
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::{arbitrary, files, hosts};

/// A host with the policy `film` alone.
fn host_of_film() -> Host {
    let (_, film) = specialis_artifacts::POLICIES.iter().find(|(name, _)| *name == "film").expect("it is built in");
    let trust = Trust { required: Required::default(), ..hosts::platform_is_trusted(hosts::built_in_trust()) };
    hosts::host(hosts::candidate().trust(trust).policy("film", *film))
}

/// An adult, in these sectors.
fn context(sectors: &[&str]) -> Context {
    let mut context = Context::default();
    context.subject.age = Some(Age::Adult);
    context.sectors = sectors.iter().map(|sector| ((*sector).into(), Status::Yes)).collect();
    context
}

/// A session with the policy `film` alone. It has judged what makes everything that is made only once.
fn film() -> Session {
    let mut session = host_of_film().open("costs", context(&["film"]));
    session.submit(publication());
    session
}

/// The most talkative event: nothing is known of it, and what is unknown asks for most.
fn publication() -> Event {
    Event::new(EventKind::Publication).with_text("今天下午图书馆开放。")
}

#[test]
fn a_call_of_film_burns_little_fuel() {
    let judged = film().submit(publication());
    assert!(judged.decision.evaluations["film"].fault.is_none());
    let fuel = judged.observation.fuel["film"];
    assert!(fuel <= 71_000, "{fuel}");
}

#[test]
fn a_call_whose_answer_was_given_before_allocates_little() {
    let mut session = film();
    let mut judged = None;
    let allocated = allocation_counter::measure(|| judged = Some(session.submit(publication())));
    let decision = judged.expect("it was judged").decision;
    assert!(decision.duties.len() > 10, "it is talkative");
    assert!(allocated.count_total <= 100, "{allocated:?}");
}

/// What each of the built-in policies imports, and the interpreter of tables beside it: nothing that it does not use.
#[test]
fn a_policy_imports_what_it_uses_alone() {
    let own = ["event.answer", "event.read", "log.line", "settings.get"];
    for (name, file) in specialis_artifacts::POLICIES {
        assert_eq!(hosts::imports(file), own, "{name}");
    }
    let table = ["event.answer", "event.read", "log.line", "settings.data", "settings.get"];
    assert_eq!(hosts::imports(specialis_artifacts::TABLE), table);
}

/// A page of stack, and one of data and heap: what a call does not need is neither made nor cleared.
#[test]
fn a_policy_begins_with_two_pages_of_memory() {
    for (name, file) in specialis_artifacts::POLICIES {
        let needs = Bundle::parse(file).expect("a policy").needs;
        assert_eq!((needs.memories, needs.memory), (1, 2 << 16), "{name}");
    }
}

/// The sectors of the built-in policies.
const SECTORS: [&str; 5] = ["news", "film", "education", "arts", "companions"];

/// The publication of the examples that has the most facts, in its context.
fn publication_with_facts() -> (Context, Event) {
    let lines = files::read("examples/events.jsonl");
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line"));
    let publications = lines.filter(|line| line["event"]["kind"] == "publication");
    let longest = publications.max_by_key(|line| line["event"]["facts"].to_string().len()).expect("there is one");
    let given = serde_json::from_value::<Context>(longest["context"].clone()).unwrap_or_default();
    let event = serde_json::from_value(longest["event"].clone()).expect("an event");
    (Context { sectors: context(&SECTORS).sectors, ..given }, event)
}

/// The most fuel that policies may take.
type MostFuel = &'static [(&'static str, u64)];

/// The fuel that each policy takes on an event, in a session of its own.
fn fuel(host: &Host, (context, event): (Context, Event)) -> BTreeMap<String, u64> {
    let judged = host.open("costs", context).submit(event);
    assert!(judged.decision.evaluations.values().all(|evaluation| evaluation.fault.is_none()));
    judged.observation.fuel.into_iter().map(|(policy, fuel)| (policy.to_string(), fuel)).collect()
}

#[test]
fn a_call_burns_little_fuel_with_facts_and_without() {
    let host = hosts::host(hosts::built_in());
    let output = Event::new(EventKind::Output).with_text("今天下午图书馆开放。");
    let cases: [(&str, (Context, Event), MostFuel); 3] = [
        (
            "a publication of which nothing is known",
            (context(&SECTORS), publication()),
            &[("arts", 40_000), ("common", 52_700), ("film", 71_000), ("general", 9_500), ("news", 35_900)],
        ),
        (
            "an output of which nothing is known",
            (context(&SECTORS), output),
            &[("arts", 12_800), ("companions", 12_500), ("education", 16_800), ("news", 13_100)],
        ),
        (
            "a publication of which much is known",
            publication_with_facts(),
            &[("arts", 47_500), ("common", 44_500), ("film", 33_500), ("general", 23_300), ("news", 28_200)],
        ),
    ];
    for (what, given, most) in cases {
        let found = fuel(&host, given);
        for (policy, most) in most {
            let fuel =
                found.get(*policy).copied().unwrap_or_else(|| panic!("{policy} is not called on {what}: {found:?}"));
            assert!(fuel <= *most, "{policy} on {what}: {fuel}; {found:?}");
            // A bound that is far off holds nothing.
            assert!(fuel >= most - most / 4, "{policy} on {what} takes {fuel} alone, the bound is {most}; {found:?}");
        }
    }
}

/// What was known of an answer before it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// All of it.
    Answer,
    /// Each finding, and not together.
    Findings,
    /// Not all of its findings.
    Less,
}

#[test]
fn allocations_of_a_call_follow_what_was_said_before() {
    let host = host_of_film();
    host.open("costs", context(&["film"])).submit(publication());
    let mut counts: BTreeMap<Known, Vec<u64>> = BTreeMap::new();
    for (seed, n_choices) in (0..400).zip((4..44).cycle()) {
        // The dice choose a few facts, and the others are the same each time, so that answers come again.
        let bytes = bytes_of(seed, n_choices);
        let facts: kinds::Publication = arbitrary::any(&mut Dice::new(&bytes));
        let event = Event::from(EventFacts::Publication(facts.into()));
        let mut session = host.open("costs", context(&["film"]));
        for _ in 0..2 {
            let before = host.edition().memories();
            let event = event.clone();
            let allocated = allocation_counter::measure(|| drop(session.submit(event)));
            let after = host.edition().memories();
            let known = match (after.answers.n_new > before.answers.n_new, after.findings.n_new > before.findings.n_new)
            {
                (false, _) => Known::Answer,
                (true, false) => Known::Findings,
                (true, true) => Known::Less,
            };
            counts.entry(known).or_default().push(allocated.count_total);
        }
    }
    let most = |known| counts.get(&known).and_then(|counts| counts.iter().max()).copied();
    let found = [most(Known::Answer), most(Known::Findings), most(Known::Less)];
    let [Some(answer), Some(findings), Some(less)] = found else { panic!("not all of it happened: {found:?}") };
    assert!(answer <= 270 && findings <= 430 && less <= 470, "{found:?}");
}
