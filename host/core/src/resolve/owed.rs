//! Obligations: whose they are, how equal ones become one, and in which order they are carried out.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conflict::{Side, clash};
use crate::facts::words;
use crate::{DutyId, Join, Measure, NormConflict, Obligation, ParamValue, Party, Phase, PolicyId, Registry, When};

words! {
    /// The order in which obligations are carried out: what decides which text remains first, what concerns the user last.
    DuePhase {
        /// Nothing more goes out.
        Stop = "stop",
        /// The text gives way to another.
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

/// One obligation that has to be carried out and settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Due {
    /// Its place in the order of carrying out.
    pub phase: DuePhase,
    /// The first duty it is owed under.
    pub duty: DutyId,
    /// The first policy that asks for it.
    pub policy: PolicyId,
    /// Its place among what that policy asks for on that duty.
    pub index: u32,
    /// When it has to happen.
    pub when: When,
    /// What to do.
    pub obligation: Obligation,
    /// Further duties under which it is owed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also: BTreeSet<DutyId>,
}

/// One obligation as a surviving finding asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owed {
    pub(crate) duty: DutyId,
    pub(crate) policy: PolicyId,
    pub(crate) index: u32,
    pub(crate) obligation: Obligation,
}

/// All obligations, joined, in the order of carrying out; ties by duty, policy and index (design, "Obligations").
pub(crate) fn in_order(registry: &Registry, owed: &[Owed]) -> Vec<Due> {
    let mut due: Vec<Due> = join(registry, owed)
        .into_iter()
        .map(|(first, obligation, duties)| {
            let (phase, when) = place(registry, &obligation);
            let also = duties.into_iter().filter(|duty| **duty != first.duty).cloned().collect();
            let (duty, policy) = (first.duty.clone(), first.policy.clone());
            Due { phase, duty, policy, index: first.index, when, obligation, also }
        })
        .collect();
    due.sort();
    due
}

/// The obligations of one duty, joined.
pub(crate) fn joined(registry: &Registry, owed: &[Owed]) -> Vec<Obligation> {
    let mut obligations: Vec<Obligation> =
        join(registry, owed).into_iter().map(|(_, obligation, _)| obligation).collect();
    obligations.sort();
    obligations
}

/// Where an obligation stands in the order, and when it has to happen. A measure that nobody registered comes before release,
/// so that a platform which cannot carry it out lets nothing out.
fn place(registry: &Registry, obligation: &Obligation) -> (DuePhase, When) {
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

/// Makes one of obligations that differ only in parameters which join. The first asker, in order, carries the result.
fn join<'a>(registry: &Registry, owed: &'a [Owed]) -> Vec<(&'a Owed, Obligation, BTreeSet<&'a DutyId>)> {
    let mut groups: BTreeMap<Obligation, (&Owed, Obligation, BTreeSet<&DutyId>)> = BTreeMap::new();
    for one in owed {
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

/// What two obligations must share to become one: the measure without the values that join, which only keep their type.
fn key(registry: &Registry, obligation: &Obligation) -> Obligation {
    let Obligation::Measure(measure) = obligation else { return obligation.clone() };
    let mut key = measure.clone();
    for (name, value) in &mut key.params {
        if how(registry, measure, name) != Join::Same {
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

/// Takes over the values of `from` that are stricter.
fn absorb(registry: &Registry, into: &mut Measure, from: &Measure) {
    for (name, value) in &from.params {
        let how = how(registry, from, name);
        let Some(held) = into.params.get_mut(name) else { continue };
        let is_stricter = match how {
            Join::Same => false,
            Join::Max => value > held,
            Join::Min => value < held,
        };
        if is_stricter {
            value.clone_into(held);
        }
    }
}

/// How a parameter joins. One that nobody registered does not.
fn how(registry: &Registry, measure: &Measure, name: &str) -> Join {
    let entry = registry.measures.get(&measure.id);
    entry.and_then(|entry| entry.params.get(name)).map_or(Join::Same, |param| param.join)
}

/// The pairs that cannot stand together, among those that `concerns` admits.
pub(crate) fn conflicts(
    registry: &Registry,
    owed: &[Owed],
    concerns: impl Fn(&Owed, &Owed) -> bool,
) -> Vec<NormConflict> {
    let sides = owed.iter().filter_map(|one| Side::of(registry, &one.obligation).map(|side| (one, side)));
    let mut sides: Vec<_> = sides.collect();
    if !sides.iter().any(|(_, side)| matches!(side, Side::Verbatim(_))) {
        sides.retain(|(_, side)| !matches!(side, Side::Redact(_)));
    }
    let mut found = BTreeSet::new();
    for (n, (first, one)) in sides.iter().enumerate() {
        for (second, other) in sides.iter().skip(n.saturating_add(1)) {
            if concerns(first, second)
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

fn party(owed: &Owed) -> Party {
    Party { duty: owed.duty.clone(), policy: owed.policy.clone(), obligation: owed.obligation.clone() }
}
