//! Leaving a fact out never loosens: every combination of the values that the rules tell apart, against the same
//! combination with one fact fewer.

use std::collections::BTreeMap;

use specialis_policy::facts::{
    AccountFacts, AgreementFacts, Consent, DataHandlingFacts, LabelReading, LateSignalFacts, MediaFacts, MediumFacts,
    PublicationFacts, ServiceFacts, SubjectFacts, Waiver,
};
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Answer, Case, Date, Finding, Level, Obligation};

use super::at_event;

/// Level and obligations on each duty.
type Answers = BTreeMap<&'static str, (Level, Vec<Obligation>)>;

fn answers(findings: Vec<Finding>) -> Answers {
    let mut answers = Answers::new();
    for finding in findings {
        let (level, obligations) = answers.entry(finding.duty()).or_insert((Level::Pass, Vec::new()));
        match finding.answer() {
            Answer::Require(demand) | Answer::InsteadOf(demand) => {
                *level = (*level).max(demand.level);
                obligations.extend(demand.obligations.iter().cloned());
            }
            Answer::Unknown(_) => *level = (*level).max(Level::Review),
            Answer::NotApplicable(_) | Answer::Met(_) => {}
        }
    }
    answers
}

/// Walks every combination of `domains`, where 0 is unknown, and compares it with each combination that forgets one.
fn check(domains: &[usize], make: impl Fn(&[usize]) -> Case) -> usize {
    let mut seen: BTreeMap<Vec<usize>, Answers> = BTreeMap::new();
    let mut pending = vec![Vec::new()];
    while let Some(choice) = pending.pop() {
        if let Some(domain) = domains.get(choice.len()) {
            pending.extend((0..=*domain).map(|value| [choice.as_slice(), &[value]].concat()));
        } else {
            seen.insert(choice.clone(), answers(at_event(&make(&choice))));
        }
    }
    let mut n_compared = 0;
    for (choice, known) in &seen {
        for idx in (0..choice.len()).filter(|&idx| choice[idx] != 0) {
            let mut forgotten = choice.clone();
            forgotten[idx] = 0;
            let doubtful = &seen[&forgotten];
            for (duty, (level, obligations)) in known {
                let none = (Level::Pass, Vec::new());
                let (found, kept) = doubtful.get(duty).unwrap_or(&none);
                assert!(found >= level, "{duty}: {choice:?} gives {level:?}, without fact {idx} {found:?}");
                for obligation in obligations {
                    assert!(kept.contains(obligation), "{duty}: {choice:?} without fact {idx} loses {obligation:?}");
                }
            }
            n_compared += 1;
        }
    }
    n_compared
}

fn word(words: &[&str], choice: usize) -> Option<String> {
    choice.checked_sub(1).map(|idx| words[idx].to_owned())
}

fn event(kind: &str) -> CaseBuilder {
    CaseBuilder::new(kind).defaults_of(include_str!("../../policy.toml"))
}

const AGES: [&str; 3] = ["under-14", "14-17", "adult"];
const AUDIENCES: [&str; 3] = ["everyone", "adults", "minors"];
const FLAGS: [bool; 2] = [false, true];

fn flag(choice: usize) -> Option<bool> {
    choice.checked_sub(1).map(|idx| FLAGS[idx])
}

fn reading(verdict: &str, attribute: Option<&str>, finding: &str, explicit: bool, traces: u32) -> LabelReading {
    LabelReading {
        verdict: verdict.into(),
        findings: vec![finding.into()],
        attribute: attribute.map(str::to_owned),
        producer: None,
        explicit: Some(explicit),
        traces_permille: Some(traces),
        ..LabelReading::default()
    }
}

fn readings() -> Vec<LabelReading> {
    vec![
        reading("compliant", Some("1"), "ok", false, 0),
        reading("compliant", Some("2"), "ok", true, 0),
        reading("compliant", Some("3"), "ok", false, 0),
        reading("non-compliant", None, "altered", false, 0),
        reading("non-compliant", Some("9"), "attribute-not-1-2-3", true, 900),
        reading("not-found", None, "none", false, 0),
        reading("not-found", None, "none", false, 900),
        reading("not-found", None, "none", true, 0),
        reading("inconclusive", None, "none", false, 0),
    ]
}

#[test]
fn doubt_about_a_publication_never_loosens() {
    const ACTIONS: [&str; 4] = ["publish", "export", "repost", "list-application"];
    const PLACES: [&str; 2] = ["home-page", "feed"];
    let waivers = [("user", 180), ("user", 179), ("platform", 180)];
    let n = check(&[4, 2, 2, 9, 3, 1, 1, 2], |choice| {
        let waiver = choice[4].checked_sub(1).map(|idx| waivers[idx]);
        let facts = PublicationFacts {
            action: word(&ACTIONS, choice[0]),
            ai_made: flag(choice[1]),
            declared_generated: flag(choice[2]),
            label: choice[3].checked_sub(1).map(|idx| readings()[idx].clone()),
            waiver: waiver.map(|(by, record_days)| Waiver { by: by.into(), on: Date::of(2026, 10, 1), record_days }),
            intended_audience: Some("everyone".into()),
            placement: word(&PLACES, 2),
            ..PublicationFacts::default()
        };
        let agreement = AgreementFacts {
            version: Some("2".into()),
            accepted_on: (choice[5] == 1).then_some(Date::of(2026, 9, 1)),
            clauses: (choice[6] == 1).then(|| vec!["labelling".to_owned()]),
            ..AgreementFacts::default()
        };
        let roles = choice[7].checked_sub(1).map(|idx| vec![["provider", "propagator"][idx].to_owned()]);
        let service = ServiceFacts { roles, ..ServiceFacts::default() };
        event("publication").publication(facts).agreement(agreement).service(service).build()
    });
    assert!(n > 10_000, "{n}");
}

#[test]
fn doubt_about_readers_and_places_never_loosens() {
    const PLACES: [&str; 4] = ["home-page", "hot-list", "feed", "detail"];
    for score in [599, 600, 899, 900] {
        for category in ["minors.harmful", "minors.may-affect"] {
            check(&[3, 4, 3], |choice| {
                let facts = PublicationFacts {
                    intended_audience: word(&AUDIENCES, choice[0]),
                    placement: word(&PLACES, choice[1]),
                    ..PublicationFacts::default()
                };
                let service =
                    ServiceFacts { intended_audience: word(&AUDIENCES, choice[2]), ..ServiceFacts::default() };
                let case = event("publication").publication(facts).service(service).text("炫富");
                case.hit("minors.may-affect", "炫富").hit("a1.violence", "炫").signal(category, score).build()
            });
            check(&[3, 3], |choice| {
                let subject = SubjectFacts { age: word(&AGES, choice[0]), ..SubjectFacts::default() };
                let service =
                    ServiceFacts { intended_audience: word(&AUDIENCES, choice[1]), ..ServiceFacts::default() };
                event("output").subject(subject).service(service).text("炫富").signal(category, score).build()
            });
        }
    }
}

#[test]
fn doubt_about_a_medium_never_loosens() {
    const OPERATIONS: [&str; 6] = ["generate", "edit", "face-swap", "voice-clone", "photo-question", "remove-label"];
    let n = check(&[2, 6, 2, 9, 3], |choice| {
        let facts = MediaFacts {
            direction: word(&["in", "out"], choice[0]),
            operation: word(&OPERATIONS, choice[1]),
            imitates: choice[2].checked_sub(1).map(|idx| [Vec::new(), vec!["face".to_owned()]][idx].clone()),
            ..MediaFacts::default()
        };
        let label = choice[3].checked_sub(1).map(|idx| readings()[idx].clone());
        let subject = SubjectFacts { age: word(&AGES, choice[4]), ..SubjectFacts::default() };
        let case = event("media").media(facts).subject(subject).text("13800138000").hit("pi.mobile", "13800138000");
        case.medium("video", MediumFacts { label, ..MediumFacts::default() }).signal("minors.harmful", 900).build()
    });
    assert!(n > 1_000, "{n}");
}

#[test]
fn doubt_about_a_child_never_loosens() {
    const HANDLING: [&str; 6] = ["collect", "retain", "disclose", "access", "delete", "incident"];
    let consents = |choice: usize| {
        let given = |by: &str| {
            vec![Consent { scope: "personal-information".into(), given_by: by.into(), on: Date::of(2026, 1, 1) }]
        };
        choice.checked_sub(1).map(|idx| [Vec::new(), given("self"), given("guardian")][idx].clone())
    };
    let subject =
        |age, consent| SubjectFacts { age: word(&AGES, age), consents: consents(consent), ..Default::default() };
    check(&[3, 3, 6, 2, 2], |choice| {
        let facts = DataHandlingFacts {
            operation: word(&HANDLING, choice[2]),
            identifying: flag(choice[3]),
            requested_days_ago: choice[4].checked_sub(1).map(|idx| [15, 16][idx]),
            ..DataHandlingFacts::default()
        };
        event("data-handling").data_handling(facts).subject(subject(choice[0], choice[1])).build()
    });
    check(&[3, 3, 3], |choice| {
        let facts =
            AccountFacts { operation: word(&["register", "usage", "complaint"], choice[2]), ..Default::default() };
        event("account").account(facts).subject(subject(choice[0], choice[1])).build()
    });
}

#[test]
fn doubt_about_a_late_score_never_loosens() {
    const CATEGORIES: [&str; 3] = ["minors.harmful", "minors.may-affect", "a3.ip"];
    check(&[3, 4, 3, 3], |choice| {
        let facts = LateSignalFacts {
            category: word(&CATEGORIES, choice[0]),
            score_permille: choice[1].checked_sub(1).map(|idx| [0, 600, 899, 900][idx]),
            part: None,
            up_to: None,
        };
        let subject = SubjectFacts { age: word(&AGES, choice[2]), ..SubjectFacts::default() };
        let service = ServiceFacts { intended_audience: word(&AUDIENCES, choice[3]), ..ServiceFacts::default() };
        event("signal").late_signal(facts).subject(subject).service(service).build()
    });
}
