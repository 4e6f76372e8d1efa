//! Output without an explicit label at the user's request.

use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Case, Finding, Level, Rule, cite};

use crate::measures::label_explicit;
use crate::reach;

/// The conditions under which the explicit label, and it alone, may be left out.
pub const LM9: Rule = Rule::new("LM9", "common.lm9.waiver", cite("LM", "9"));

/// Whether the explicit label may be left out.
pub(super) fn is_valid(case: &Case, publication: &PublicationFacts) -> bool {
    defect(case, publication).is_none()
}

/// The first condition that is not met, as a reason.
fn defect(case: &Case, publication: &PublicationFacts) -> Option<&'static str> {
    let Some(waiver) = &publication.waiver else { return Some("waiver-missing") };
    let agreement = case.agreement();
    let has_clause = agreement.clauses.iter().flatten().any(|clause| clause == "labelling");
    if waiver.by != "user" {
        Some("waiver-not-by-user")
    } else if agreement.version.is_none() || !has_clause {
        Some("clause-missing")
    } else if waiver.on > case.as_of() || agreement.accepted_on.is_none_or(|accepted| waiver.on < accepted) {
        Some("waiver-predates-agreement")
    } else if i64::from(waiver.record_days) < case.number("waiver-record-days") {
        Some("record-too-short")
    } else if !reach::is_compliant(publication.label.as_ref()) {
        Some("implicit-label-missing")
    } else {
        None
    }
}

/// Answers on publications that leave the service without an explicit label. Where a condition fails, the label is owed as
/// if nobody had asked.
pub fn lm9(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    vec![if !reach::is_released(publication) {
        LM9.not_applicable("not-released")
    } else if publication.ai_made == Some(false) {
        LM9.not_applicable("not-generated")
    } else if reach::is_explicit(publication.label.as_ref()) {
        LM9.not_applicable("explicit-label-seen")
    } else if let Some(reason) = defect(case, publication) {
        LM9.require(Level::Mark, reason).measure(label_explicit("ai-generated", "file"))
    } else {
        LM9.met()
    }]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{AgreementFacts, LabelReading, Waiver};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Answer, Date};

    use super::*;

    fn asked() -> (PublicationFacts, AgreementFacts) {
        let label = LabelReading { verdict: "compliant".into(), explicit: Some(false), ..LabelReading::default() };
        let waiver = Waiver { by: "user".into(), on: Date::of(2026, 11, 1), record_days: 180 };
        let publication = PublicationFacts { label: Some(label), waiver: Some(waiver), ..PublicationFacts::default() };
        let agreement = AgreementFacts {
            version: Some("3".into()),
            accepted_on: Some(Date::of(2026, 11, 1)),
            clauses: Some(vec!["labelling".into()]),
            ..AgreementFacts::default()
        };
        (publication, agreement)
    }

    fn answer(change: impl FnOnce(&mut PublicationFacts, &mut AgreementFacts)) -> Answer {
        let (mut publication, mut agreement) = asked();
        change(&mut publication, &mut agreement);
        let case = CaseBuilder::new("publication").defaults_of(include_str!("../../policy.toml"));
        let findings = lm9(&case.publication(publication).agreement(agreement).build());
        findings.first().map(Finding::answer).cloned().unwrap()
    }

    fn owed(change: impl FnOnce(&mut PublicationFacts, &mut AgreementFacts)) -> &'static str {
        let answer = answer(change);
        let Answer::Require(demand) = answer else { panic!("{answer:?}") };
        assert_eq!((demand.level, demand.obligations.len()), (Level::Mark, 1));
        demand.reason
    }

    #[test]
    fn all_conditions_together_suffice() {
        assert_eq!(answer(|_, _| {}), Answer::Met(LM9.cite()));
    }

    #[test]
    fn each_missing_condition_brings_the_label_back() {
        assert_eq!(owed(|publication, _| publication.waiver = None), "waiver-missing");
        assert_eq!(owed(|publication, _| publication.waiver.as_mut().unwrap().record_days = 179), "record-too-short");
        assert_eq!(
            owed(|publication, _| publication.waiver.as_mut().unwrap().by = "platform".into()),
            "waiver-not-by-user"
        );
        let shift = |days| {
            move |p: &mut PublicationFacts, _: &mut AgreementFacts| {
                let waiver = p.waiver.as_mut().unwrap();
                waiver.on = waiver.on.add_days(days);
            }
        };
        assert_eq!(owed(shift(-1)), "waiver-predates-agreement");
        assert_eq!(owed(shift(2)), "waiver-predates-agreement");
        assert_eq!(answer(shift(1)), Answer::Met(LM9.cite()));
        assert_eq!(owed(|_, agreement| agreement.accepted_on = None), "waiver-predates-agreement");
        assert_eq!(owed(|_, agreement| agreement.clauses = None), "clause-missing");
        assert_eq!(owed(|_, agreement| agreement.version = None), "clause-missing");
        assert_eq!(owed(|publication, _| publication.label = None), "implicit-label-missing");
    }

    #[test]
    fn a_label_that_was_seen_needs_no_waiver() {
        let seen = answer(|publication, _| publication.label.as_mut().unwrap().explicit = Some(true));
        assert_eq!(seen, Answer::NotApplicable("explicit-label-seen"));
    }
}
