//! F5, F11, F12, F13: the persons that a work shows, and the children it is made for.

use specialis_policy::doubt::{approved, consented, may_be};
use specialis_policy::facts::{Person, PublicationFacts};
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::work::{may_go_online, may_have_form};

pub(super) const F5: Rule = Rule::new("F5", "film.persons", cite("NRTA-ANIMATION", "persons"));
pub(super) const F11: Rule = Rule::new("F11", "film.likeness", cite("DSP", "14"));
const F12: Rule = Rule::new("F12", "film.children", cite("NRTA-ANIMATION", "review"));
pub(super) const F13: Rule = Rule::new("F13", "film.heroes", cite("HEROES", "22"));

/// The platform's lists, by the names that its facts use.
const TAINTED: &str = "scandal-tainted";
const HEROES: &str = "heroes-martyrs";
/// What of a person needs a consent.
const BIOMETRIC: [&str; 2] = ["face", "voice"];

fn made_with_ai(case: &Case) -> Option<&PublicationFacts> {
    case.publication().filter(|publication| publication.ai_made != Some(false) && may_go_online(publication))
}

/// What the paper on animated works is about: what AI made, and animation however it was made.
fn of_the_paper(case: &Case) -> Option<&PublicationFacts> {
    case.publication().filter(|publication| {
        may_go_online(publication) && (publication.ai_made != Some(false) || may_have_form(publication, &["animation"]))
    })
}

fn is_listed(person: &Person, list: &str) -> bool {
    person.lists.iter().any(|known| known == list)
}

/// No likeness or voice of tainted persons, and no animated remake of what was taken down. Whom nobody named may be one.
pub(super) fn f5(case: &Case) -> Vec<Finding> {
    let Some(publication) = of_the_paper(case) else { return Vec::new() };
    let mut findings = Vec::new();
    let shows = |person: &Person| {
        is_listed(person, TAINTED) && person.uses.iter().any(|used| BIOMETRIC.contains(&used.as_str()))
    };
    if publication.persons.as_ref().is_none_or(|persons| persons.iter().any(shows)) {
        findings.push(F5.require(Level::Review, "tainted-person"));
    }
    if may_have_form(publication, &["animation", "micro-drama"]) && publication.remakes_removed_work != Some(false) {
        findings.push(F5.require(Level::Review, "removed-work-remade"));
    }
    if findings.is_empty() { vec![F5.met()] } else { findings }
}

/// Whose face or voice is used consents, in a work that AI made as in any other.
pub(super) fn f11(case: &Case) -> Vec<Finding> {
    let Some(publication) = made_with_ai(case) else { return Vec::new() };
    let ask = |scopes: &[&'static str], reason| {
        let consent =
            |scope: &&'static str| Measure::new("require-consent").id("scope", *scope).id("by", "person-shown");
        vec![F11.require(Level::Review, reason).measures(scopes.iter().map(consent))]
    };
    let Some(persons) = &publication.persons else { return ask(&BIOMETRIC, "persons-unknown") };
    let lacks = |scope: &&'static str| {
        persons.iter().any(|person| {
            let is_used = person.uses.iter().any(|used| used == scope);
            is_used && !consented(Some(&person.consents), scope, &["self", "guardian"], case.as_of())
        })
    };
    let missing: Vec<&'static str> = BIOMETRIC.into_iter().filter(lacks).collect();
    if missing.is_empty() { vec![F11.met()] } else { ask(&missing, "consent-missing") }
}

/// Heroes and martyrs are shown as they were. What a reviewer saw turned round does not go online.
pub(super) fn f13(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication().filter(|publication| may_go_online(publication)) else {
        return Vec::new();
    };
    let has_hero = publication.persons.as_ref().map(|persons| persons.iter().any(|person| is_listed(person, HEROES)));
    if has_hero == Some(false) {
        return Vec::new();
    }
    let is_seen_well = publication.adaptation_findings.as_ref().is_some_and(Vec::is_empty);
    vec![if is_seen_well {
        F13.met()
    } else {
        let review = Measure::new("require-approval").id("kind", "content-review");
        F13.require(Level::Review, "hero-not-reviewed").measure(review)
    }]
}

/// Animation for children is reviewed by people who know minors, and says for what age it is.
pub(super) fn f12(case: &Case) -> Vec<Finding> {
    let Some(publication) = of_the_paper(case) else { return Vec::new() };
    let is_for_children = may_be(publication.intended_audience.as_deref(), &["minors"]);
    if !is_for_children || !may_have_form(publication, &["animation", "micro-drama"]) {
        return Vec::new();
    }
    let is_reviewed = publication.changed_on.is_some_and(|changed| {
        approved(publication.approvals.as_deref(), "minors-review", Some(changed), case.as_of())
    });
    vec![if is_reviewed && publication.viewer_warning == Some(true) {
        F12.met()
    } else {
        F12.require(Level::Stop, "children-not-reviewed").measures([
            Measure::new("require-approval").id("kind", "minors-review"),
            Measure::new("advisory").id("kind", "age"),
        ])
    }]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::Consent;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn shown(uses: &str, list: &str, consent: Option<&str>) -> Person {
        let given = |scope: &str| Consent { scope: scope.into(), given_by: "self".into(), on: TODAY };
        Person {
            name: "样例甲".into(),
            uses: vec![uses.into()],
            consents: consent.into_iter().map(given).collect(),
            lists: vec![list.into()],
        }
    }

    const TODAY: specialis_policy::Date = specialis_policy::Date::of(2026, 11, 2);

    fn work(persons: Option<Vec<Person>>) -> Case {
        CaseBuilder::new("publication")
            .publication(PublicationFacts {
                action: Some("publish".into()),
                form: Some("film".into()),
                ai_made: Some(true),
                persons,
                ..PublicationFacts::default()
            })
            .build()
    }

    #[test]
    fn a_tainted_face_is_looked_at_and_a_name_alone_is_not() {
        let found = |uses, list| f5(&work(Some(vec![shown(uses, list, None)]))).first().map(Finding::case);
        assert_eq!(found("face", TAINTED), Some("require"));
        assert_eq!(found("name", TAINTED), Some("met"));
        assert_eq!(found("face", "actors"), Some("met"));
        assert_eq!(f5(&work(None)).first().map(Finding::case), Some("require"));
    }

    #[test]
    fn the_paper_holds_for_animation_made_by_hand_too() {
        let found = |form: &str| {
            let facts = PublicationFacts {
                action: Some("publish".into()),
                form: Some(form.into()),
                ai_made: Some(false),
                intended_audience: Some("minors".into()),
                ..PublicationFacts::default()
            };
            let case = CaseBuilder::new("publication").publication(facts).build();
            (f5(&case).len(), f12(&case).len(), f11(&case).len())
        };
        assert_eq!(found("animation"), (2, 1, 0));
        assert_eq!((found("micro-drama"), found("film")), ((0, 0, 0), (0, 0, 0)));
    }

    #[test]
    fn consent_is_for_what_is_used() {
        let found = |consent| f11(&work(Some(vec![shown("voice", "actors", consent)]))).first().map(Finding::case);
        assert_eq!(found(Some("voice")), Some("met"));
        assert_eq!(found(Some("face")), Some("require"));
        assert_eq!(found(None), Some("require"));
    }
}
