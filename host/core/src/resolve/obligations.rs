//! Obligations: joins those that ask for the same, orders them, and finds those that cannot stand together.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conflict::{Side, clash};
use crate::facts::words;
use crate::{DutyId, Join, Measure, NormConflict, Obligation, ParamValue, Party, Phase, PolicyId, Registry, When};

words! {
    /// The order in which obligations are carried out. Those that decide which text remains come first, measures towards the
    /// user last.
    DuePhase {
        /// Nothing more goes out.
        Stop = "stop",
        /// The text is replaced by another.
        Replace = "replace",
        /// Parts of the text are masked.
        Redact = "redact",
        /// Explicit labels and reminders.
        Label = "label",
        /// A text is added, also after a stop.
        Append = "append",
        /// Implicit labels.
        Implicit = "implicit",
        /// Taking back what went out.
        Retract = "retract",
        /// Keeping and deleting records.
        Record = "record",
        /// Reports and tickets.
        Report = "report",
        /// What must first be there.
        Requirement = "requirement",
        /// Measures towards the user.
        Subject = "subject",
    }
}

impl From<Phase> for DuePhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Label => Self::Label,
            Phase::Implicit => Self::Implicit,
            Phase::Retract => Self::Retract,
            Phase::Record => Self::Record,
            Phase::Report => Self::Report,
            Phase::Requirement => Self::Requirement,
            Phase::Subject => Self::Subject,
        }
    }
}

/// An obligation that the host or the platform has to carry out, with the duty and the policy it comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DueObligation {
    /// When it is carried out relative to the others.
    pub phase: DuePhase,
    /// The first duty that it comes from.
    pub duty: DutyId,
    /// The first policy that asks for it.
    pub policy: PolicyId,
    /// Its index among the obligations of that policy on that duty.
    pub index: u32,
    /// When it has to happen relative to the release of the text.
    pub when: When,
    /// What to do.
    pub obligation: Obligation,
    /// Further duties that it comes from.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<DutyId>,
}

/// An obligation of one finding that counts, before it is joined with others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourcedObligation<'a> {
    pub(crate) duty: &'a DutyId,
    pub(crate) policy: &'a PolicyId,
    pub(crate) index: u32,
    pub(crate) obligation: &'a Obligation,
}

/// All obligations, joined, in the order in which they are carried out. Ties are broken by duty, policy and index.
pub(crate) fn in_order(registry: &Registry, obligations: &[SourcedObligation<'_>]) -> Vec<DueObligation> {
    let due = |group: &[&SourcedObligation<'_>]| {
        let first = group.iter().min_by_key(|one| (one.duty, one.policy, one.index))?;
        let obligation = combined(registry, group)?;
        let (phase, when) = phase_of(registry, &obligation);
        let also = group.iter().map(|one| one.duty).filter(|duty| *duty != first.duty).cloned().collect();
        let (duty, policy) = (first.duty.clone(), first.policy.clone());
        Some(DueObligation { phase, duty, policy, index: first.index, when, obligation, also })
    };
    let sorted = in_groups(registry, obligations);
    let mut due: Vec<DueObligation> = groups(registry, &sorted).filter_map(due).collect();
    due.sort();
    due
}

/// The obligations of one duty, joined.
pub(crate) fn joined(registry: &Registry, obligations: &[SourcedObligation<'_>]) -> Vec<Obligation> {
    let sorted = in_groups(registry, obligations);
    let combined = groups(registry, &sorted).filter_map(|group| combined(registry, group));
    let mut obligations: Vec<Obligation> = combined.collect();
    obligations.sort();
    obligations
}

/// The phase of an obligation, and when it has to happen. A measure that is not registered has to happen before release, so that
/// a platform which cannot carry it out releases nothing.
fn phase_of(registry: &Registry, obligation: &Obligation) -> (DuePhase, When) {
    match obligation {
        Obligation::Stop => (DuePhase::Stop, When::BeforeRelease),
        Obligation::Replace(_) => (DuePhase::Replace, When::BeforeRelease),
        Obligation::Redact(_) => (DuePhase::Redact, When::BeforeRelease),
        Obligation::Append(_) => (DuePhase::Append, When::WithRelease),
        Obligation::Measure(measure) => registry
            .measures
            .get(&measure.id)
            .map_or((DuePhase::Requirement, When::BeforeRelease), |entry| (entry.phase.into(), entry.when)),
    }
}

/// Obligations in an order in which those that join stand side by side.
fn in_groups<'a, 'o>(registry: &Registry, obligations: &'o [SourcedObligation<'a>]) -> Vec<&'o SourcedObligation<'a>> {
    let mut sorted: Vec<_> = obligations.iter().collect();
    sorted.sort_by(|one, other| by_group(registry, one.obligation, other.obligation));
    sorted
}

/// Splits sorted obligations where one does not join the next.
fn groups<'s, 'o, 'a>(
    registry: &Registry,
    sorted: &'s [&'o SourcedObligation<'a>],
) -> impl Iterator<Item = &'s [&'o SourcedObligation<'a>]> {
    sorted.chunk_by(|one, other| by_group(registry, one.obligation, other.obligation).is_eq())
}

/// Compares obligations by what has to be the same for them to join: everything but values that the registry lets join, of which
/// the type has to be the same.
fn by_group(registry: &Registry, one: &Obligation, other: &Obligation) -> Ordering {
    let (Obligation::Measure(one), Obligation::Measure(other)) = (one, other) else { return one.cmp(other) };
    let order = one.id.cmp(&other.id);
    if order.is_ne() || one.params.is_same(&other.params) {
        return order;
    }
    let by_param = |((name, value), (other_name, other)): ((&String, &ParamValue), (&String, &ParamValue))| {
        let by_value = || match (value, other) {
            (ParamValue::Number(_), ParamValue::Number(_))
            | (ParamValue::Date(_), ParamValue::Date(_))
            | (ParamValue::Seconds(_), ParamValue::Seconds(_))
                if join_of(registry, one, name) != Join::Same =>
            {
                Ordering::Equal
            }
            _ => value.cmp(other),
        };
        name.cmp(other_name).then_with(by_value)
    };
    let mut differing = one.params.iter().zip(other.params.iter()).map(by_param).filter(|order| order.is_ne());
    differing.next().unwrap_or_else(|| one.params.len().cmp(&other.params.len()))
}

/// The obligation that joined ones come to: the first of them, with the strictest values of all.
fn combined(registry: &Registry, group: &[&SourcedObligation<'_>]) -> Option<Obligation> {
    let (first, others) = group.split_first()?;
    let mut obligation = first.obligation.clone();
    if let Obligation::Measure(into) = &mut obligation {
        for other in others {
            if let Obligation::Measure(from) = other.obligation {
                absorb(registry, into, from);
            }
        }
    }
    Some(obligation)
}

/// Takes over the stricter values of `from`, for the parameters that join.
fn absorb(registry: &Registry, into: &mut Measure, from: &Measure) {
    for (name, value) in &from.params {
        let Some(held) = into.params.get(name) else { continue };
        let is_stricter = match join_of(registry, from, name) {
            Join::Same => false,
            Join::Max => value > held,
            Join::Min => value < held,
        };
        if is_stricter {
            into.params.insert(name.clone(), value.clone());
        }
    }
}

/// Whether one obligation asks at least what another asks: the same, or the stricter value of a parameter that joins.
pub fn asks_as_much(registry: &Registry, before: &Obligation, after: &Obligation) -> bool {
    if by_group(registry, before, after).is_ne() {
        return false;
    }
    let (Obligation::Measure(before), Obligation::Measure(after)) = (before, after) else { return true };
    let mut joined = after.clone();
    absorb(registry, &mut joined, before);
    joined == *after
}

/// How the values of a parameter join. A parameter that is not registered does not join.
fn join_of(registry: &Registry, measure: &Measure, name: &str) -> Join {
    let entry = registry.measures.get(&measure.id);
    entry.and_then(|entry| entry.params.get(name)).map_or(Join::Same, |param| param.join)
}

/// How many conflicts a duty lists, and how many a decision lists between duties. One is enough to raise a verdict.
const MOST_CONFLICTS: usize = 64;

/// The pairs of obligations that cannot stand together, among the pairs for which `is_compared` holds: the first
/// [`MOST_CONFLICTS`], by their parties.
///
/// Only obligations that clash with another one are compared party by party. So the cost grows with the square of the obligations
/// that differ, which the host bounds, and not with that of the duties and policies that ask for them.
pub(crate) fn conflicts(
    registry: &Registry,
    obligations: &[SourcedObligation<'_>],
    is_compared: impl Fn(&SourcedObligation<'_>, &SourcedObligation<'_>) -> bool,
) -> Vec<NormConflict> {
    let sides = obligations.iter().filter_map(|one| Side::of(registry, one.obligation).map(|side| (one, side)));
    // Masks are many and never conflict with each other.
    let (mut masks, mut sides): (Vec<_>, Vec<_>) = sides.partition(|(_, side)| matches!(side, Side::Redact(_)));
    if !sides.iter().any(|(_, side)| matches!(side, Side::Verbatim(_))) {
        masks.clear();
    }
    retain_clashing(&mut sides, &mut masks);
    let mut found = BTreeSet::new();
    for (n, (first, one)) in sides.iter().enumerate() {
        for (second, other) in sides.iter().skip(n.saturating_add(1)).chain(&masks) {
            if is_compared(first, second)
                && let Some(kind) = clash(one, other)
            {
                let mut parties = [party(first), party(second)];
                parties.sort();
                let [first, second] = parties;
                found.insert(NormConflict { kind, first, second });
                if found.len() >= MOST_CONFLICTS {
                    return found.into_iter().collect();
                }
            }
        }
    }
    found.into_iter().collect()
}

/// An obligation with its role in the conflict table.
type Sided<'o, 'a> = (&'o SourcedObligation<'a>, Side<'a>);

/// Leaves the sides that clash with some other, each party once and in order.
fn retain_clashing<'o, 'a>(sides: &mut Vec<Sided<'o, 'a>>, masks: &mut Vec<Sided<'o, 'a>>) {
    let by_party = |one: &SourcedObligation<'_>, other: &SourcedObligation<'_>| {
        (one.duty, one.policy, one.obligation).cmp(&(other.duty, other.policy, other.obligation))
    };
    for list in [&mut *sides, &mut *masks] {
        list.sort_by(|(one, _), (other, _)| by_party(one, other));
        list.dedup_by(|(one, _), (other, _)| by_party(one, other).is_eq());
    }
    let (others, spans) = (distinct(sides), distinct(masks));
    let clashes = |side: &Side<'_>| others.values().chain(spans.values()).any(|other| clash(side, other).is_some());
    let clashing = others.iter().filter(|(_, side)| clashes(side));
    let masked = spans.iter().filter(|(_, side)| others.values().any(|other| clash(side, other).is_some()));
    let clashing: BTreeSet<&'a Obligation> = clashing.chain(masked).map(|(obligation, _)| *obligation).collect();
    for list in [sides, masks] {
        list.retain(|(one, _)| clashing.contains(one.obligation));
    }
}

/// The obligations that differ, with their sides.
fn distinct<'s, 'a>(list: &'s [Sided<'_, 'a>]) -> BTreeMap<&'a Obligation, &'s Side<'a>> {
    list.iter().map(|(one, side)| (one.obligation, side)).collect()
}

fn party(from: &SourcedObligation<'_>) -> Party {
    Party { duty: from.duty.clone(), policy: from.policy.clone(), obligation: from.obligation.clone() }
}
