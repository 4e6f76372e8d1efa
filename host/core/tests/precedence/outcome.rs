//! The results of duties, and when one is at least as strict as another.

use std::collections::{BTreeMap, BTreeSet};

use specialis_core::{
    Demand, DutyId, InstrumentId, Join, Level, Obligation, Origin, PolicyEvaluation, PolicyId, SectorId,
};

use super::generate::World;

/// The result of a duty. The default is that nothing counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) level: Option<Level>,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) failed: BTreeSet<PolicyId>,
}

/// The result of each duty. A duty on which nothing counts is absent.
pub(crate) type Outcomes = BTreeMap<DutyId, Outcome>;

impl From<&Demand> for Outcome {
    fn from(demand: &Demand) -> Self {
        let level = (demand.level > Level::Pass).then_some(demand.level);
        Self { level, obligations: demand.obligations.clone(), failed: BTreeSet::new() }
    }
}

/// The results of the duties of a world.
pub(crate) fn outcomes(world: &World) -> Outcomes {
    let each = world.resolve().duties.into_iter().map(|duty| {
        let level = (duty.level > Level::Pass).then_some(duty.level);
        (duty.duty, Outcome { level, obligations: duty.obligations, failed: duty.failed.into_keys().collect() })
    });
    each.filter(|(_, outcome)| *outcome != Outcome::default()).collect()
}

impl World {
    /// The same world with only some of its policies.
    pub(crate) fn keeping(&self, keep: impl Fn(&PolicyEvaluation) -> bool) -> Self {
        let mut world = self.clone();
        world.evaluations.retain(keep);
        world
    }

    /// The sectors that have a policy.
    pub(crate) fn loaded_sectors(&self) -> BTreeSet<SectorId> {
        let origins = self.evaluations.iter().map(|evaluated| &evaluated.policy.origin);
        origins
            .filter_map(|origin| match origin {
                Origin::Sector(sector) => Some(sector.clone()),
                Origin::General | Origin::Common | Origin::Tenant => None,
            })
            .collect()
    }
}

/// The same world without sectors: its outcomes are the general result.
pub(crate) fn without_sectors(world: &World) -> World {
    world.keeping(|evaluated| !matches!(evaluated.policy.origin, Origin::Sector(_)))
}

/// Whether an instrument, or an earlier version of it, is in force; one that nobody registered counts as if it were.
pub(crate) fn applies(world: &World, id: &InstrumentId) -> bool {
    let Some(instrument) = world.registry.instruments.get(id) else { return true };
    let is_early = world.as_of < instrument.from;
    instrument.in_force(world.as_of)
        || (is_early && instrument.earlier.as_ref().is_some_and(|earlier| applies(world, earlier)))
}

/// Whether `held` does what `asked` asks for: the same, or a value that is stricter where values join.
fn covers(world: &World, held: &Obligation, asked: &Obligation) -> bool {
    let (Obligation::Measure(held), Obligation::Measure(asked)) = (held, asked) else { return held == asked };
    let entry = world.registry.measures.get(&asked.id);
    let join = |name: &String| entry.and_then(|entry| entry.params.get(name)).map_or(Join::Same, |param| param.join);
    held.id == asked.id
        && held.params.len() == asked.params.len()
        && asked.params.iter().all(|(name, value)| {
            held.params.get(name).is_some_and(|held| match join(name) {
                Join::Max => held >= value,
                Join::Min => held <= value,
                Join::Same => held == value,
            })
        })
}

/// Checks that on every duty `strict` is at least as strict as `base`.
pub(crate) fn at_least(world: &World, strict: &Outcomes, base: &Outcomes) -> Result<(), String> {
    base.keys().try_for_each(|duty| at_least_on(world, duty, strict, base))
}

/// Checks that on one duty `strict` is at least as strict as `base`: no lower level, no obligation and no failure lost.
pub(crate) fn at_least_on(world: &World, duty: &DutyId, strict: &Outcomes, base: &Outcomes) -> Result<(), String> {
    let none = Outcome::default();
    let (strict, base) = (strict.get(duty).unwrap_or(&none), base.get(duty).unwrap_or(&none));
    let is_kept = |asked: &Obligation| strict.obligations.iter().any(|held| covers(world, held, asked));
    if strict.level >= base.level && base.obligations.iter().all(is_kept) && base.failed.is_subset(&strict.failed) {
        Ok(())
    } else {
        Err(format!("on {duty}: {strict:?} is looser than {base:?}"))
    }
}
