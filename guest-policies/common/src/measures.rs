//! The measures that more than one rule asks for.

use specialis_policy::{Case, Measure};

/// An explicit label with a text at a place, both registered ids.
pub(crate) fn label_explicit(text: &'static str, place: &'static str) -> Measure {
    Measure::new("label-explicit").id("text", text).id("place", place)
}

/// The implicit label with its attribute: `1` is, `2` possibly, `3` suspected.
pub(crate) fn label_implicit(attribute: &'static str) -> Measure {
    Measure::new("label-implicit").id("attribute", attribute)
}

/// A notice of a kind.
pub(crate) fn notice(kind: &'static str) -> Measure {
    Measure::new("notice").id("kind", kind)
}

/// A log of what was found and done, without the content, kept as long as the operator keeps such logs: for what law asks to be
/// recorded without naming a period.
pub(crate) fn record(case: &Case) -> Measure {
    Measure::new("record").number("log-months", case.number("record-months")).id("set-by", "operator")
}

/// The deletion of what was found unlawful, within the days that the operator sets.
pub(crate) fn delete(case: &Case) -> Measure {
    Measure::new("delete").number("within-days", case.number("unlawful-delete-days"))
}

/// The deletion of personal information, but for what a law requires to be kept for a period.
pub(crate) fn delete_personal(case: &Case) -> Measure {
    Measure::new("delete-personal").number("within-days", case.number("personal-delete-days"))
}

/// A report to the authority that the profile names: one stop is reported once.
pub(crate) fn report(case: &Case) -> Measure {
    Measure::new("report").id("authority", case.report_authority().to_owned())
}
