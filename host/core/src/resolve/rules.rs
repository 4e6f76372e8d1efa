//! Which rules of precedence decided something on a duty.
//!
//! A rule decided something if the result, or the disposition of a relaxation, would be another without it. A finding that asks
//! for nothing more than other findings do decides nothing. `resolve_duty` adds R8 itself.

use std::collections::BTreeSet;

use super::duty::DutyResolver;
use super::policy_on_duty::{AssessedFinding, EffectiveOrigin, PolicyOnDuty};
use crate::{Demand, Disposition, Level, Obligation, Precedence, Refusal, RegimeKind, Status};

/// The rules that decided something, except R8.
pub(super) fn decided(resolver: &DutyResolver<'_>) -> BTreeSet<Precedence> {
    let mut rules = BTreeSet::new();
    if is_gap(resolver) {
        rules.insert(Precedence::R1);
    }
    tightenings(resolver, &mut rules);
    if resolver.policies.iter().any(|policy| policy.failure.is_some()) {
        rules.insert(Precedence::R6);
    }
    for finding in resolver.policies.iter().flat_map(|policy| &policy.findings) {
        match &finding.disposition {
            Disposition::Displaced(_) => _ = rules.insert(Precedence::R3),
            Disposition::Defeated { .. } => _ = rules.insert(Precedence::R5),
            Disposition::RelaxationRefused(refusal) => refused(resolver, *refusal, &mut rules),
            Disposition::Monitored if !finding.is_silent() => _ = rules.insert(Precedence::R9),
            Disposition::Stands | Disposition::NotInForce | Disposition::Monitored | Disposition::NotGoverned => {}
        }
    }
    if n_certain_sectors_with_demands(resolver) > 1 {
        rules.insert(Precedence::R5);
    }
    rules
}

/// R1: a sector is certain, no sector says anything on the duty, and a general policy does.
fn is_gap(resolver: &DutyResolver<'_>) -> bool {
    let any_certain = resolver.input.sectors.values().any(|known| known.status == Status::Yes);
    let speaks = |is_origin: fn(EffectiveOrigin<'_>) -> bool| {
        resolver.policies.iter().any(|policy| is_origin(policy.origin) && policy.speaks())
    };
    any_certain
        && !speaks(|origin| matches!(origin, EffectiveOrigin::Sector(_)))
        && speaks(|origin| origin == EffectiveOrigin::General)
}

/// The rules that a refused relaxation shows.
fn refused(resolver: &DutyResolver<'_>, refusal: Refusal, rules: &mut BTreeSet<Precedence>) {
    match refusal {
        Refusal::FloorDuty | Refusal::SoftInstrument | Refusal::NothingYields => _ = rules.insert(Precedence::R4),
        Refusal::SectorUncertain => _ = rules.insert(Precedence::R7),
        Refusal::SectorFailed | Refusal::GeneralFailed => _ = rules.insert(Precedence::R6),
        Refusal::OtherSectorKeeps => {
            let keeping = resolver.regimes.values().filter(|regime| regime.kind == RegimeKind::Keeping);
            rules.extend(keeping.filter(|regime| !regime.failed).map(|regime| match regime.status {
                Status::Yes => Precedence::R5,
                Status::Unknown | Status::No => Precedence::R7,
            }));
        }
        Refusal::NoSector
        | Refusal::UnknownInstrument
        | Refusal::NotInForce
        | Refusal::NotRequested
        | Refusal::NoGrant => {}
    }
}

/// R2 and R7: findings that ask for more than the others. Each finding of a sector is compared with all general findings. Where
/// a relaxation displaced something, each general finding that still counts is compared with the sectors' findings.
fn tightenings(resolver: &DutyResolver<'_>, rules: &mut BTreeSet<Precedence>) {
    let general = CombinedDemand::of(resolver.general_findings().filter_map(AssessedFinding::demand));
    let mut relaxed = CombinedDemand::of(std::iter::empty());
    for policy in &resolver.policies {
        let EffectiveOrigin::Sector(sector) = policy.origin else { continue };
        let is_certain = resolver.regimes.get(sector).is_some_and(|regime| regime.status == Status::Yes);
        for finding in policy.findings.iter().filter(|finding| finding.counts()) {
            let Some(demand) = finding.demand() else { continue };
            relaxed.add(demand);
            let displaces = finding.allowed_relaxation().is_some() && finding.disposition == Disposition::Stands;
            if demand.level > general.level || (!displaces && general.lacks(demand)) {
                rules.insert(if is_certain { Precedence::R2 } else { Precedence::R7 });
            }
        }
    }
    if resolver.general_findings().any(|finding| matches!(finding.disposition, Disposition::Displaced(_))) {
        let standing = resolver.general_findings().filter(|finding| finding.counts());
        let stricter = |demand: &&Demand| demand.level > relaxed.level || relaxed.lacks(demand);
        if standing.filter_map(AssessedFinding::demand).any(|demand| stricter(&demand)) {
            rules.insert(Precedence::R2);
        }
    }
}

/// How many certain sectors have a demand that counts, or failed.
fn n_certain_sectors_with_demands(resolver: &DutyResolver<'_>) -> usize {
    let certain = resolver.regimes.iter().filter(|(_, regime)| regime.status == Status::Yes);
    let asks = |policy: &&PolicyOnDuty<'_>| policy.failure.is_some() || policy.counting_demands().next().is_some();
    certain
        .filter(|(sector, _)| {
            resolver.policies.iter().filter(asks).any(|policy| policy.origin == EffectiveOrigin::Sector(sector))
        })
        .count()
}

impl<'a> DutyResolver<'a> {
    fn general_findings(&self) -> impl Iterator<Item = &AssessedFinding<'a>> {
        self.policies
            .iter()
            .filter(|policy| policy.origin == EffectiveOrigin::General)
            .flat_map(|policy| &policy.findings)
    }
}

/// Several demands taken together.
struct CombinedDemand<'a> {
    level: Level,
    obligations: BTreeSet<&'a Obligation>,
}

impl<'a> CombinedDemand<'a> {
    fn of(demands: impl Iterator<Item = &'a Demand>) -> Self {
        let mut sum = Self { level: Level::Pass, obligations: BTreeSet::new() };
        demands.for_each(|demand| sum.add(demand));
        sum
    }

    fn add(&mut self, demand: &'a Demand) {
        self.level = self.level.max(demand.level);
        self.obligations.extend(&demand.obligations);
    }

    /// Whether `demand` has an obligation that none of these has.
    fn lacks(&self, demand: &Demand) -> bool {
        demand.obligations.iter().any(|obligation| !self.obligations.contains(obligation))
    }
}
