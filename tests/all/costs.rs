//! What a call costs, in counts: they are the same on every machine, and at any load.

use specialis::Session;
use specialis_core::{Age, Context, Event, EventKind, Required, Status, Trust};
use specialis_tests::hosts;

/// A session with the policy `film` alone. It has judged what makes everything that is made only once.
fn film() -> Session {
    let (_, film) = specialis_artifacts::POLICIES.iter().find(|(name, _)| *name == "film").expect("it is built in");
    let trust = Trust { required: Required::default(), ..hosts::platform_is_trusted(hosts::built_in_trust()) };
    let host = hosts::host(hosts::candidate().trust(trust).policy("film", *film));
    let mut context = Context::default();
    context.subject.age = Some(Age::Adult);
    context.sectors = [("film".into(), Status::Yes)].into();
    let mut session = host.open("costs", context);
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
    assert!(fuel <= 75_000, "{fuel}");
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
