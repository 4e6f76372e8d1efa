//! What one changed setting changes: the same events, judged twice.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use comfy_table::{Table, presets};

use super::decision::{Decision, Duty};

/// How many decisions changed, and the most telling of them side by side.
///
/// # Errors
///
/// If no decision changed, or the second run did not judge the same events.
pub(super) fn report(before: &[Decision], after: &[Decision]) -> Result<String> {
    let changed = changed(before, after)?;
    let (old, new) = changed
        .iter()
        .find(|(old, new)| old.verdict != new.verdict)
        .or(changed.first())
        .context("the changed setting changes no decision; choose one that an example event depends on")?;
    let n_changed = changed.len();
    let head = format!(
        "{n_changed} of {} decisions changed, all others are the same; session {}, event {} ({}):",
        before.len(),
        old.session,
        old.seq,
        old.kind
    );
    Ok(format!("{head}\n{}", side_by_side(old, new)))
}

/// The pairs that differ in what they decide. Ids differ always: the edition, which a setting changes, is part of them.
fn changed<'a>(before: &'a [Decision], after: &'a [Decision]) -> Result<Vec<(&'a Decision, &'a Decision)>> {
    let after_of: BTreeMap<_, _> = after.iter().map(|decision| (key(decision), decision)).collect();
    let mut changed = Vec::new();
    for old in before {
        let (session, seq, _) = key(old);
        let new = after_of.get(&key(old)).copied();
        let new = new.with_context(|| format!("the second run did not judge event {seq} of session `{session}`"))?;
        if side(old) != side(new) {
            changed.push((old, new));
        }
    }
    Ok(changed)
}

fn key(decision: &Decision) -> (&str, &str, &str) {
    (&decision.session, &decision.seq, &decision.kind)
}

/// What is shown of a decision, line by line.
fn side(decision: &Decision) -> BTreeMap<String, String> {
    let duties = decision.duties.iter().map(|duty| (format!("duty {}", duty.name), shown(duty)));
    let mut lines: BTreeMap<String, String> = duties.collect();
    lines.insert("verdict".to_owned(), decision.verdict.clone());
    lines.insert("obligations".to_owned(), decision.obligations.join("\n"));
    lines
}

fn shown(duty: &Duty) -> String {
    let findings =
        duty.findings.iter().map(|finding| format!("\n{} {}: {}", finding.policy, finding.rule, finding.case));
    format!("{} ({}){}", duty.level, duty.rules.join(", "), findings.collect::<String>())
}

/// A row per line that differs, and the verdict in any case.
fn side_by_side(old: &Decision, new: &Decision) -> Table {
    let (old, new) = (side(old), side(new));
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["", "before", "after"]);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        if old != new || name == "verdict" {
            let cell =
                |side: Option<&String>| side.filter(|text| !text.is_empty()).map_or("–", String::as_str).to_owned();
            table.add_row([name.clone(), cell(old), cell(new)]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::decision::samples::decision;
    use super::*;

    #[test]
    fn changed_verdict_is_shown_side_by_side() {
        let before = [decision("a", "output", &[], "mark", &["R1"]), decision("b", "output", &[], "mark", &["R1"])];
        let after = [decision("a", "output", &[], "mark", &["R1"]), decision("b", "output", &[], "stop", &["R2"])];
        let report = report(&before, &after).unwrap_or_default();
        assert!(report.starts_with("1 of 2 decisions changed"), "{report}");
        assert!(report.contains("mark (R1)") && report.contains("stop (R2)"), "{report}");
    }

    #[test]
    fn other_id_alone_is_no_change() {
        let before = [decision("a", "output", &[], "mark", &["R1"])];
        let mut after = before.clone();
        after[0].id = "other".into();
        assert!(report(&before, &after).is_err());
    }

    #[test]
    fn event_that_was_not_judged_again_is_an_error() {
        assert!(report(&[decision("a", "output", &[], "mark", &["R1"])], &[]).is_err());
    }
}
