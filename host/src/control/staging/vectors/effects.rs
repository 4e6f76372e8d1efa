//! What changed settings, terms and citations do to the decisions on vectors.
//!
//! A table of settings says in which direction one loosens, a lexicon whether a term came or went. Neither tells what comes of
//! it: a longer term can cover a shorter one, and a setting can have a side that its author did not think of. So the vectors
//! are judged by all policies together, before and after, and each that asks for less makes the change one that loosens.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_bundle::Vector;
use specialis_core::{CategoryId, Decision, Level, Obligation, Origin, Registry, Status, asks_as_much};

use crate::control::error::StageError;
use crate::control::staging::{Approval, Candidate, Stage, VersionFloor, difference};
use crate::runtime::{Change, ChangeClass, CodeFor, Edition, EditionContent, PolicyContent, Runtime};

/// How many vectors of a policy are named one by one; the rest is counted.
const NAMED: usize = 10;

/// Judges the vectors of every policy that a change of settings, terms or citations concerns, and classes each difference.
pub(crate) fn effects(
    runtime: &Runtime,
    (before, base): (&EditionContent, Option<&Edition>),
    after: &EditionContent,
) -> Vec<Change> {
    let mut all = Vec::new();
    let categories = changed_categories(before, after);
    let is_cited_otherwise = has_other_tables(before, after);
    for is in &after.policies {
        let Some(was) = before.policies.iter().find(|was| was.card.id == is.card.id) else { continue };
        let reads_other_terms = !is.reads.is_disjoint(&categories) || !was.reads.is_disjoint(&categories);
        if is_cited_otherwise || reads_other_terms || was.settings != is.settings {
            let of_policy = PolicyEffects { runtime, before, after, policy: is, index_of: base };
            all.extend(of_policy.changes());
        }
    }
    all
}

/// Whether [`effects`] has anything to judge.
pub(crate) fn has_effects(before: &EditionContent, after: &EditionContent) -> bool {
    let settings = |content: &EditionContent| -> Vec<_> {
        content.policies.iter().map(|policy| (policy.card.id.clone(), policy.settings.clone())).collect()
    };
    has_other_tables(before, after)
        || settings(before) != settings(after)
        || !changed_categories(before, after).is_empty()
}

/// Whether the tables differ that say where a duty stands, from when it holds, and who overrides whom.
fn has_other_tables(before: &EditionContent, after: &EditionContent) -> bool {
    let (was, is) = (before.registry(), after.registry());
    was.citations != is.citations || was.instruments != is.instruments || was.duties != is.duties
}

/// The categories of terms that one edition has and the other does not.
fn changed_categories(before: &EditionContent, after: &EditionContent) -> BTreeSet<CategoryId> {
    let sections = |content: &EditionContent| -> Vec<specialis_bundle::NamedSection> {
        content.policies.iter().flat_map(|policy| policy.lexicons.iter().cloned()).collect()
    };
    difference::changed_categories(&sections(before), &sections(after))
}

/// The vectors of one policy on two editions.
struct PolicyEffects<'a> {
    runtime: &'a Runtime,
    before: &'a EditionContent,
    after: &'a EditionContent,
    policy: &'a PolicyContent,
    /// An edition with which the one before may share its index.
    index_of: Option<&'a Edition>,
}

impl PolicyEffects<'_> {
    fn changes(&self) -> Vec<Change> {
        let place = format!("policy `{}`", self.policy.card.id);
        let editions = self.edition(self.before, self.index_of);
        let editions = editions.and_then(|was| Ok((self.edition(self.after, Some(&was))?, was)));
        let (is, was) = match editions {
            Ok((is, was)) => (Arc::new(is), Arc::new(was)),
            Err(error) => {
                let what = format!("its vectors cannot be judged by all policies together: {error}");
                return vec![Change { class: ChangeClass::Loosening, place, what }];
            }
        };
        let judged = difference::vectors_of(self.policy).into_iter().filter_map(|vector| {
            let (before, after) = (self.decisions(&was, &vector), self.decisions(&is, &vector));
            let differing = before.iter().zip(&after);
            let differing = differing.filter_map(|(was, is)| compared(self.after.registry(), was, is));
            let (class, what) = differing.max_by_key(|(class, _)| *class)?;
            Some(Change { class, place: place.clone(), what: format!("on {} `{}`: {what}", vector.rule, vector.name) })
        });
        let mut changes: Vec<Change> = judged.collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.class));
        let rest = changes.split_off(changes.len().min(NAMED));
        if let Some(class) = rest.iter().map(|change| change.class).max() {
            changes.push(Change {
                class,
                place,
                what: format!("other vectors that are decided otherwise: {}", rest.len()),
            });
        }
        changes
    }

    /// An edition as it stands in the content, in the policy's own sector.
    fn edition(&self, content: &EditionContent, index_of: Option<&Edition>) -> Result<Edition, StageError> {
        let mut candidate = Candidate { sources: (*content.sources).clone(), approval: Approval::default() };
        if let Origin::Sector(sector) = &self.policy.card.origin {
            candidate.sources.service.defaults.sectors.insert(sector.clone(), Status::Yes);
        }
        let (floor, revoked) = (VersionFloor::new(), BTreeSet::new());
        let (runtime, day) = (self.runtime, self.runtime.clock().today());
        let stage = Stage {
            runtime,
            day,
            base: index_of,
            floor: &floor,
            revoked: &revoked,
            was_live: true,
            code_for: CodeFor::Comparison,
        };
        stage.run(&candidate)
    }

    /// The decisions on a vector's events.
    fn decisions(&self, edition: &Arc<Edition>, vector: &Vector) -> Vec<Decision> {
        let session = self.runtime.open_as_of(edition, "vector", vector.context.clone(), vector.as_of);
        let mut session = session.unscored();
        vector.events.iter().map(|event| session.submit(event.event.clone()).decision).collect()
    }
}

/// How a decision differs from the one before; none where it asks for the same.
fn compared(registry: &Registry, before: &Decision, after: &Decision) -> Option<(ChangeClass, String)> {
    let mut differences = Vec::new();
    let mut class = ChangeClass::Tightening;
    let mut note = |found: ChangeClass, what: String| {
        class = class.max(found);
        differences.push(what);
    };
    let direction = |was: Level, is: Level| if is < was { ChangeClass::Loosening } else { ChangeClass::Tightening };
    if before.verdict != after.verdict {
        let (was, is) = (before.verdict, after.verdict);
        note(direction(was, is), format!("the verdict is `{}` after `{}`", is.as_str(), was.as_str()));
    }
    let duties: BTreeSet<&str> = before.duties.iter().chain(&after.duties).map(|duty| duty.duty.as_str()).collect();
    for duty in duties {
        let level = |decision: &Decision| decision.duty(duty).map_or(Level::Pass, |duty| duty.level);
        let (was, is) = (level(before), level(after));
        if was != is {
            note(direction(was, is), format!("`{duty}` is `{}` after `{}`", is.as_str(), was.as_str()));
        }
    }
    let asked = |decision: &Decision| -> BTreeSet<Obligation> {
        decision.obligations.iter().map(|due| due.obligation.clone()).collect()
    };
    let (was, is) = (asked(before), asked(after));
    // A longer mask takes the place of a shorter one, and a shorter time of a longer one.
    let is_still_asked = |before: &Obligation| {
        is.iter().any(|after| match (before, after) {
            (Obligation::Redact(span), Obligation::Redact(mask)) => {
                mask.part == span.part && mask.start <= span.start && span.end <= mask.end
            }
            _ => asks_as_much(registry, before, after),
        })
    };
    for gone in was.difference(&is).filter(|gone| !is_still_asked(gone)) {
        // What is stopped needs no mask and no label any more.
        let class = if after.verdict > before.verdict { ChangeClass::Tightening } else { ChangeClass::Loosening };
        note(class, format!("no longer asked: {}", gone.word()));
    }
    for new in is.difference(&was) {
        note(ChangeClass::Tightening, format!("now asked: {}", new.word()));
    }
    (!differences.is_empty()).then(|| (class, differences.join("; ")))
}
