//! Who is at the keyboard, and for what.

use specialis_policy::doubt::{may_be, surely};
use specialis_policy::{Case, Finding, Level, Measure};

/// Whether the person may be a pupil of a primary or secondary school.
pub(super) fn may_be_pupil(case: &Case) -> bool {
    may_be(case.subject().role.as_deref(), &["pupil"]) && !surely(case.subject().school_stage.as_deref(), &["higher"])
}

/// Whether the person may be a teacher.
pub(super) fn may_be_teacher(case: &Case) -> bool {
    may_be(case.subject().role.as_deref(), &["teacher"])
}

/// The declared use of a prompt or an output; none for any other kind of event.
pub(super) fn task(case: &Case) -> Option<Option<&str>> {
    let of_prompt = case.prompt().map(|prompt| prompt.task.as_deref());
    of_prompt.or_else(|| case.output().map(|output| output.task.as_deref()))
}

/// The level of a rule that warns unless the operator refuses.
pub(super) fn level(case: &Case, refuse: &str) -> Level {
    if case.flag(refuse) { Level::Stop } else { Level::Warn }
}

/// The finding with a reminder of the registered kind.
pub(super) fn reminding(finding: Finding, kind: &'static str) -> Finding {
    finding.measure(Measure::new("remind").id("kind", kind))
}
