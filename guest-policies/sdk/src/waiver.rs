//! Output without an explicit label at the user's request (Labelling Measures, Art. 9). Those Measures implement what others ask
//! of labels, so that the exception is read by more than one policy, and must be read in the same way.

use crate::Case;
use crate::facts::PublicationFacts;

/// For how many months the record of it is kept at least.
pub const MONTHS: u16 = 6;

/// The first condition that is not met, as a reason; none where the explicit label, and it alone, may be left out.
pub fn defect(case: &Case, publication: &PublicationFacts) -> Option<&'static str> {
    let Some(waiver) = &publication.waiver else { return Some("waiver-missing") };
    let agreement = case.agreement();
    let has_clause = agreement.clauses.iter().flatten().any(|clause| clause == "labelling");
    let is_labelled = publication.label.as_ref().is_some_and(|label| label.verdict == "compliant");
    if waiver.by != "user" {
        Some("waiver-not-by-user")
    } else if agreement.version.is_none() || !has_clause {
        Some("clause-missing")
    } else if waiver.on > case.as_of() || agreement.accepted_on.is_none_or(|accepted| waiver.on < accepted) {
        Some("waiver-predates-agreement")
    } else if waiver.on.add_days(i64::from(waiver.record_days)) < waiver.on.add_months(MONTHS) {
        Some("record-too-short")
    } else if !is_labelled {
        Some("implicit-label-missing")
    } else {
        None
    }
}
