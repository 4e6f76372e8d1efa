//! One policy, alone: `film` in the sandbox and as native functions, on the same event. A publication is judged once, at its
//! end, so that what an event costs more is one call.

use std::collections::BTreeSet;

use specialis::core::{Age, Answer, Event, EventKind};
use specialis::{Host, Session};
use specialis_policy::facts::SubjectFacts;
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Case, Finding, Policy as _};
use specialis_tests::{Guest, Manifest};

use super::measure::{Ratio, in_turn};
use super::texts::CALM;
use super::world::World;

const MANIFEST: &str = include_str!("../../../guest-policies/film/policy.toml");

/// A session with the policy `film` alone, one with a policy that answers nothing, and the case as `film` sees it.
pub(crate) struct Film {
    film: Session,
    empty: Session,
    case: Case,
}

impl Film {
    pub(crate) fn new() -> Self {
        let (_, film) = specialis_artifacts::POLICIES.iter().find(|(name, _)| *name == "film").expect("it is built in");
        let alone = |name: &str, bytes: Vec<u8>| -> Host {
            Host::builder(World::without_policies().policy(name, bytes)).build().expect("it builds")
        };
        let silent = Guest::from_file("answers").with("answer", "{}");
        let empty = alone("empty", silent.under(Manifest::hostile().on(&["publication"])).pack());
        let film = alone("film", film.to_vec());
        let open = |host: Host| host.open("bench", World::context());
        Self { film: open(film), empty: open(empty), case: case() }
    }

    /// What the sandbox finds is what the native rules find, or the comparison would be of nothing.
    pub(crate) fn assert_same_findings(&mut self) {
        let native: BTreeSet<(String, String)> = findings(&self.case)
            .iter()
            .filter(|finding| finding.case() != "not-applicable")
            .map(|finding| (finding.duty().to_owned(), finding.rule().to_owned()))
            .collect();
        let decision = self.film.submit(World::event(EventKind::Publication, CALM)).decision;
        let found: BTreeSet<(String, String)> = decision
            .duties
            .iter()
            .flat_map(|duty| duty.findings.iter().map(move |finding| (duty, finding)))
            .filter(|(_, finding)| !matches!(finding.answer, Answer::NotApplicable(_)))
            .map(|(duty, finding)| (duty.duty.to_string(), finding.rule.to_string()))
            .collect();
        assert_eq!(native, found);
        assert!(!found.is_empty() && decision.evaluations.values().all(|evaluation| evaluation.fault.is_none()));
        let private = self.film.submit(private()).decision;
        assert!(private.duties.iter().all(|duty| duty.findings.is_empty()), "nothing is found of a work for nobody");
        assert!(private.evaluations.values().all(|evaluation| evaluation.fault.is_none()));
    }

    /// One call of `film`, one in which it finds nothing, and one of the policy that answers nothing: an event that wakes it above
    /// one that does not.
    pub(crate) fn calls(&mut self) -> [f64; 3] {
        let (publication, private) = (World::event(EventKind::Publication, CALM), private());
        [call(&mut self.film, &publication), call(&mut self.film, &private), call(&mut self.empty, &publication)]
    }

    /// The rules alone, and with the case built before.
    pub(crate) fn native(&self) -> Ratio {
        in_turn(|| findings(&self.case), || findings(&case()))
    }
}

/// What an event costs more that wakes the one policy than one of the same text that wakes none.
fn call(session: &mut Session, awake: &Event) -> f64 {
    let asleep = World::event(EventKind::Tool, CALM);
    let session = std::cell::RefCell::new(session);
    let submit = |event: &Event| session.borrow_mut().submit(event.clone());
    let ratio = in_turn(|| submit(&asleep), || submit(awake));
    ratio.other - ratio.base
}

/// A work that its maker takes away: `film` is called, and nothing that it looks at concerns it.
fn private() -> Event {
    let event = serde_json::json!({"kind": "publication", "facts": {"action": "export"}, "text": CALM});
    serde_json::from_value(event).expect("an event")
}

/// The case that the host makes of the event.
fn case() -> Case {
    let adult = SubjectFacts { age: Some(Age::Adult.as_str().to_owned()), ..SubjectFacts::default() };
    CaseBuilder::new("publication").defaults_of(MANIFEST).sector("film", "yes").subject(adult).text(CALM).build()
}

/// What the native rules find.
fn findings(case: &Case) -> Vec<Finding> {
    specialis_policy_film::Film::judge(case, &mut Vec::new())
}
