//! Obligations: joins those that ask for the same, orders them, and finds those that cannot stand together.

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SourcedObligation {
    pub(crate) duty: DutyId,
    pub(crate) policy: PolicyId,
    pub(crate) index: u32,
    pub(crate) obligation: Obligation,
}

/// All obligations, joined, in the order in which they are carried out. Ties are broken by duty, policy and index.
pub(crate) fn in_order(registry: &Registry, obligations: &[SourcedObligation]) -> Vec<DueObligation> {
    let mut due: Vec<DueObligation> = join(registry, obligations)
        .into_iter()
        .map(|(first, obligation, duties)| {
            let (phase, when) = phase_of(registry, &obligation);
            let also = duties.into_iter().filter(|duty| **duty != first.duty).cloned().collect();
            let (duty, policy) = (first.duty.clone(), first.policy.clone());
            DueObligation { phase, duty, policy, index: first.index, when, obligation, also }
        })
        .collect();
    due.sort();
    due
}

/// The obligations of one duty, joined.
pub(crate) fn joined(registry: &Registry, obligations: &[SourcedObligation]) -> Vec<Obligation> {
    let mut obligations: Vec<Obligation> =
        join(registry, obligations).into_iter().map(|(_, obligation, _)| obligation).collect();
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

/// Joins obligations that differ only in parameters which the registry lets join. Each result has the first source, by duty,
/// policy and index, the joined obligation, and all its duties.
fn join<'a>(
    registry: &Registry,
    obligations: &'a [SourcedObligation],
) -> Vec<(&'a SourcedObligation, Obligation, BTreeSet<&'a DutyId>)> {
    let mut groups: BTreeMap<Obligation, (&SourcedObligation, Obligation, BTreeSet<&DutyId>)> = BTreeMap::new();
    for one in obligations {
        let group = groups.entry(key(registry, &one.obligation));
        let (first, obligation, duties) = group.or_insert_with(|| (one, one.obligation.clone(), BTreeSet::new()));
        if (&one.duty, &one.policy, one.index) < (&first.duty, &first.policy, first.index) {
            *first = one;
        }
        duties.insert(&one.duty);
        if let (Obligation::Measure(into), Obligation::Measure(from)) = (obligation, &one.obligation) {
            absorb(registry, into, from);
        }
    }
    groups.into_values().collect()
}

/// The key under which obligations join. Values that join are replaced by one value of their type.
fn key(registry: &Registry, obligation: &Obligation) -> Obligation {
    let Obligation::Measure(measure) = obligation else { return obligation.clone() };
    let mut key = measure.clone();
    for (name, value) in &mut key.params {
        if join_of(registry, measure, name) != Join::Same {
            match value {
                ParamValue::Number(number) => *number = 0,
                ParamValue::Seconds(seconds) => *seconds = 0,
                ParamValue::Date(_) => *value = ParamValue::Id(String::new()),
                ParamValue::Id(_) => {}
            }
        }
    }
    Obligation::Measure(key)
}

/// Takes over the stricter values of `from`, for the parameters that join.
fn absorb(registry: &Registry, into: &mut Measure, from: &Measure) {
    for (name, value) in &from.params {
        let Some(held) = into.params.get_mut(name) else { continue };
        let is_stricter = match join_of(registry, from, name) {
            Join::Same => false,
            Join::Max => value > held,
            Join::Min => value < held,
        };
        if is_stricter {
            value.clone_into(held);
        }
    }
}

/// Whether one obligation asks at least what another asks: the same, or the stricter value of a parameter that joins.
pub fn asks_as_much(registry: &Registry, before: &Obligation, after: &Obligation) -> bool {
    if key(registry, before) != key(registry, after) {
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

/// The pairs of obligations that cannot stand together, among the pairs for which `is_compared` holds.
pub(crate) fn conflicts(
    registry: &Registry,
    obligations: &[SourcedObligation],
    is_compared: impl Fn(&SourcedObligation, &SourcedObligation) -> bool,
) -> Vec<NormConflict> {
    let sides = obligations.iter().filter_map(|one| Side::of(registry, &one.obligation).map(|side| (one, side)));
    // Masks are many and never conflict with each other.
    let (masks, mut sides): (Vec<_>, Vec<_>) = sides.partition(|(_, side)| matches!(side, Side::Redact(_)));
    let n_sides = sides.len();
    if sides.iter().any(|(_, side)| matches!(side, Side::Verbatim(_))) {
        sides.extend(masks);
    }
    let mut found = BTreeSet::new();
    for (n, (first, one)) in sides.iter().enumerate().take(n_sides) {
        for (second, other) in sides.iter().skip(n.saturating_add(1)) {
            if is_compared(first, second)
                && let Some(kind) = clash(one, other)
            {
                let mut parties = [party(first), party(second)];
                parties.sort();
                let [first, second] = parties;
                found.insert(NormConflict { kind, first, second });
            }
        }
    }
    found.into_iter().collect()
}

fn party(from: &SourcedObligation) -> Party {
    Party { duty: from.duty.clone(), policy: from.policy.clone(), obligation: from.obligation.clone() }
}
