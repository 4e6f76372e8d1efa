//! What a platform that spreads content of others says about its origin.

use specialis_policy::facts::{LabelReading, PublicationFacts};
use specialis_policy::{Case, Cite, Finding, Level, Measure, Rule, cite};

use crate::measures::{label_explicit, label_implicit};
use crate::reach;

/// A propagator says that content is, may be or is suspected to be generated.
pub const LM6: Rule = Rule::new("LM6", "common.lm6.propagator", cite("LM", "6"));

/// The items of the article: what metadata say, what the user declares, what else shows it. Where nobody could check, or nobody knows
/// whether it was declared, the article as a whole is cited.
const FOUND: Cite = cite("LM", "6(1)");
const DECLARED: Cite = cite("LM", "6(2)");
const TRACES: Cite = cite("LM", "6(3)");

/// How certain it is that content was generated: the text of the notice and the attribute of the implicit label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sign {
    text: &'static str,
    attribute: &'static str,
}

const CONFIRMED: Sign = Sign { text: "ai-generated", attribute: "1" };
const POSSIBLE: Sign = Sign { text: "may-be-generated", attribute: "2" };
const SUSPECTED: Sign = Sign { text: "suspected-generated", attribute: "3" };

/// Answers on publications and reposts on a platform that spreads content.
pub fn lm6(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    vec![if is_propagated(case, publication) { judge(case, publication) } else { LM6.not_applicable("not-propagated") }]
}

fn is_propagated(case: &Case, publication: &PublicationFacts) -> bool {
    let roles = case.service().roles.as_ref();
    roles.is_none_or(|roles| roles.iter().any(|role| role == "propagator"))
        && matches!(publication.action.as_deref(), Some("publish" | "repost") | None)
}

fn judge(case: &Case, publication: &PublicationFacts) -> Finding {
    let declared = publication.declared_generated;
    let label = publication.label.as_ref();
    match label.map(|label| label.verdict.as_str()) {
        // A label against the standard is still a label.
        Some("compliant" | "non-compliant") => {
            let sign = match label.and_then(|label| label.attribute.as_deref()) {
                Some("2") => POSSIBLE,
                Some("3") => SUSPECTED,
                _ => CONFIRMED,
            };
            say(Level::Mark, "metadata-generated", &[sign]).citing(FOUND)
        }
        Some("not-found") => match (declared, label.is_some_and(|label| has_traces(case, label))) {
            (Some(true), _) => say(Level::Mark, "declared-generated", &[POSSIBLE]).citing(DECLARED),
            (Some(false), true) => say(Level::Mark, "traces-seen", &[SUSPECTED]).citing(TRACES),
            (Some(false), false) => LM6.not_applicable("no-sign"),
            (None, true) => ask(say(Level::Mark, "traces-seen", &[POSSIBLE, SUSPECTED])),
            (None, false) => ask(say(Level::Mark, "declaration-unknown", &[POSSIBLE])),
        },
        // Nobody could check: a person chooses among the three.
        _ => {
            let all = say(Level::Review, "label-unchecked", &[CONFIRMED, POSSIBLE, SUSPECTED]);
            if declared.is_none() { ask(all) } else { all }
        }
    }
}

fn has_traces(case: &Case, label: &LabelReading) -> bool {
    reach::is_explicit(Some(label))
        || label.traces_permille.is_some_and(|traces| reach::reaches(case, traces, "traces-permille"))
}

fn say(level: Level, reason: &'static str, signs: &[Sign]) -> Finding {
    signs.iter().fold(LM6.require(level, reason), |finding, sign| {
        finding.measure(label_explicit(sign.text, "beside")).measure(label_implicit(sign.attribute))
    })
}

fn ask(finding: Finding) -> Finding {
    finding.measure(Measure::new("remind").id("kind", "declare-generated"))
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::ServiceFacts;
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Obligation, ParamValue};

    use super::*;

    fn reading(verdict: &str, traces: Option<u32>) -> LabelReading {
        LabelReading { verdict: verdict.into(), traces_permille: traces, ..LabelReading::default() }
    }

    fn finding(label: Option<LabelReading>, declared: Option<bool>) -> Finding {
        let facts = PublicationFacts { label, declared_generated: declared, ..PublicationFacts::default() };
        let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
        lm6(&case.publication(facts).build()).pop().unwrap()
    }

    fn attributes(finding: &Finding) -> String {
        let asked = finding.demand().map(|demand| demand.obligations.as_slice()).unwrap_or_default();
        let attribute = |obligation: &Obligation| {
            let Obligation::Measure(measure) = obligation else { return None };
            let Some(ParamValue::Id(id)) = measure.get("attribute") else { return None };
            Some(id.clone().into_owned())
        };
        asked.iter().filter_map(attribute).collect()
    }

    #[test]
    fn metadata_declaration_and_traces_give_three_different_notices() {
        assert_eq!(attributes(&finding(Some(reading("compliant", None)), Some(false))), "1");
        assert_eq!(attributes(&finding(Some(reading("non-compliant", None)), Some(false))), "1");
        assert_eq!(attributes(&finding(Some(reading("not-found", None)), Some(true))), "2");
        assert_eq!(attributes(&finding(Some(reading("not-found", Some(500))), Some(false))), "3");
        assert_eq!(finding(Some(reading("not-found", Some(499))), Some(false)).case(), "not-applicable");
    }

    #[test]
    fn an_upstream_platforms_attribute_is_kept() {
        for attribute in ["2", "3"] {
            let label = LabelReading { attribute: Some(attribute.into()), ..reading("compliant", None) };
            assert_eq!(attributes(&finding(Some(label), Some(true))), attribute);
        }
    }

    #[test]
    fn what_nobody_checked_waits_for_a_person() {
        for label in [None, Some(reading("inconclusive", None))] {
            let finding = finding(label, None);
            assert_eq!((finding.level(), attributes(&finding).as_str()), (Some(Level::Review), "123"));
            assert!(finding.get_measure("remind").is_some());
        }
    }

    #[test]
    fn a_service_that_spreads_nothing_owes_nothing() {
        let roles = |roles: &[&str]| {
            let roles = Some(roles.iter().map(|&role| role.to_owned()).collect());
            let service = ServiceFacts { roles, ..ServiceFacts::default() };
            lm6(&CaseBuilder::new("publication").service(service).build()).first().map(Finding::case)
        };
        assert_eq!(roles(&["provider"]), Some("not-applicable"));
        assert_eq!(roles(&["provider", "propagator"]), Some("require"));
    }
}
