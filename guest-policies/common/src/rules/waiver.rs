//! Output without an explicit label at the user's request.

use specialis_policy::{Case, Finding, Level, Measure, Rule, cite, scope, waiver};

use crate::measures::label_explicit;
use crate::reach;

/// The conditions under which the explicit label, and it alone, may be left out.
pub const LM9: Rule = Rule::new("LM9", "common.lm9.waiver", cite("LM", "9"));

/// For how many months the operator keeps the record of it: never less than the law says.
fn months(case: &Case) -> u16 {
    u16::try_from(case.number("waiver-record-months")).unwrap_or(u16::MAX).max(waiver::MONTHS)
}

/// Answers on publications that leave the service without an explicit label. Where a condition fails, the label is owed as
/// if nobody had asked; where all hold, what remains is the record of whom it went to.
pub fn lm9(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    vec![if scope::only_propagates(case) {
        LM9.not_applicable("propagates-only")
    } else if !reach::is_released(publication) {
        LM9.not_applicable("not-released")
    } else if publication.ai_made == Some(false) {
        LM9.not_applicable("not-generated")
    } else if reach::is_explicit(publication.label.as_ref()) {
        LM9.not_applicable("explicit-label-seen")
    } else {
        // Whoever got it without a label stands in the record, whether the label may be left out or not.
        let record = Measure::new("record").number("log-months", i64::from(months(case)));
        let found = match waiver::defect(case, publication) {
            Some(reason) => LM9.require(Level::Mark, reason).measure(label_explicit("ai-generated", "file")),
            None => LM9.require(Level::Pass, "waived"),
        };
        found.measure(record)
    }]
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{AgreementFacts, LabelReading, PublicationFacts, Waiver};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Answer, Date, Measure};

    use super::*;

    fn asked() -> (PublicationFacts, AgreementFacts) {
        let label = LabelReading { verdict: "compliant".into(), explicit: Some(false), ..LabelReading::default() };
        let waiver = Waiver { by: "user".into(), on: Date::of(2026, 11, 1), record_days: 181 };
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
        assert_eq!((demand.level, demand.obligations.len()), (Level::Mark, 2));
        demand.reason
    }

    fn is_waived(change: impl FnOnce(&mut PublicationFacts, &mut AgreementFacts)) -> bool {
        matches!(answer(change), Answer::Require(demand) if demand.reason == "waived" && demand.level == Level::Pass)
    }

    #[test]
    fn all_conditions_together_suffice_and_a_record_is_owed() {
        let Answer::Require(demand) = answer(|_, _| {}) else { panic!("the record is owed") };
        let record = Measure::new("record").number("log-months", 6);
        assert_eq!((demand.level, demand.reason), (Level::Pass, "waived"));
        assert_eq!(demand.obligations, [specialis_policy::Obligation::Measure(record)]);
    }

    #[test]
    fn six_months_are_calendar_months() {
        // From 1 November to 1 May there are 181 days, from 31 August to the end of February as many, from 2 March 184.
        for (on, days) in [(Date::of(2026, 11, 1), 181), (Date::of(2026, 8, 31), 181), (Date::of(2026, 3, 2), 184)] {
            let asked = |record_days| {
                move |publication: &mut PublicationFacts, agreement: &mut AgreementFacts| {
                    agreement.accepted_on = Some(on);
                    publication.waiver = Some(Waiver { by: "user".into(), on, record_days });
                }
            };
            assert!(is_waived(asked(days)), "{on}");
            assert_eq!(owed(asked(days - 1)), "record-too-short", "{on}");
        }
    }

    #[test]
    fn each_missing_condition_brings_the_label_back() {
        assert_eq!(owed(|publication, _| publication.waiver = None), "waiver-missing");
        assert_eq!(owed(|publication, _| publication.waiver.as_mut().unwrap().record_days = 180), "record-too-short");
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
        assert!(is_waived(shift(1)));
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
