//! What the vectors of an earlier version say of a later one.

use std::sync::Arc;

use specialis_core::counted;

use super::effects::effects;
use super::probe::{Answered, Probe, failures};
use crate::control::error::{StageError, StageStep};
use crate::control::staging::{Approval, difference};
use crate::runtime::{Change, ChangeClass, CodeFor, EditionContent, PolicyContent, Runtime};

/// How many vectors of a policy are named one by one; the rest is counted.
const NAMED: usize = 10;

/// An edition that too few signed for anything that loosens, and that changes what only vectors can class: it counts where
/// the vectors that a new version of a policy dropped, and those whose settings, terms or citations changed, come out as before or
/// more strictly.
#[derive(Clone)]
pub(crate) struct Unproved {
    pub(crate) before: EditionContent,
    pub(crate) after: EditionContent,
    /// Who signed the statement that brings it.
    pub(crate) approval: Approval,
    /// The number of that statement.
    pub(crate) statement: u64,
}

impl Unproved {
    /// Runs the vectors.
    pub(crate) fn check(&self, runtime: &Runtime) -> Result<(), StageError> {
        let mut changes = regressions(runtime, &self.before, &self.after);
        changes.extend(effects(runtime, (&self.before, None), &self.after));
        let check = self.approval.check(&changes);
        check.map_err(|cause| StageError::new(StageStep::Difference, cause).in_statement(self.statement))
    }
}

impl std::fmt::Debug for Unproved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unproved").field("statement", &self.statement).finish_non_exhaustive()
    }
}

/// Runs the vectors that policies no longer have on their later versions, and classes each difference. Vectors that were kept
/// are the later version's own, and are run as such.
pub(crate) fn regressions(runtime: &Runtime, before: &EditionContent, after: &EditionContent) -> Vec<Change> {
    let mut all = Vec::new();
    for is in &after.policies {
        let was = before.policies.iter().find(|was| was.card.id == is.card.id && was.digest != is.digest);
        if let Some(was) = was {
            of_policy(runtime, was, (after, is), &mut all);
        }
    }
    all
}

fn of_policy(
    runtime: &Runtime,
    was: &PolicyContent,
    (after, is): (&EditionContent, &Arc<PolicyContent>),
    all: &mut Vec<Change>,
) {
    let mut probe = Probe::new(runtime, after, is, CodeFor::Comparison);
    let mut n_more = 0_usize;
    let mut worst = ChangeClass::Tightening;
    let place = format!("policy `{}`", is.card.id);
    let mut n_named = 0_usize;
    for vector in difference::dropped(was, is) {
        let (class, what) = match probe.run(&vector) {
            Err(error) => (ChangeClass::Loosening, format!("{} `{}` cannot be run: {error}", vector.rule, vector.name)),
            Ok((answered, _)) => {
                let failures = failures(&vector, &answered);
                if failures.is_empty() {
                    continue;
                }
                let is_stricter = vector.events.iter().zip(&answered).all(|(event, answered)| {
                    let findings = answered.findings();
                    !matches!(answered, Answered::Fault(_)) && difference::is_stricter((&vector, event), findings)
                });
                let what: Vec<String> = failures.iter().map(ToString::to_string).collect();
                let what = format!("{} `{}`: {}", vector.rule, vector.name, what.join("; "));
                (if is_stricter { ChangeClass::Tightening } else { ChangeClass::Loosening }, what)
            }
        };
        if n_named < NAMED {
            n_named = n_named.saturating_add(1);
            all.push(Change {
                class,
                place: place.clone(),
                what: format!("on a vector of the version before: {what}"),
            });
        } else {
            n_more = n_more.saturating_add(1);
            worst = worst.max(class);
        }
    }
    if n_more > 0 {
        let one = "more vector of the version before differs";
        let many = "more vectors of the version before differ";
        all.push(Change { class: worst, place, what: counted(n_more, one, many) });
    }
}
