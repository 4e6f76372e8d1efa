//! Resolves one duty: which findings count, at which level, with which obligations.

use std::collections::{BTreeMap, BTreeSet};

use super::applicability::{Applicability, RelaxingNorm, yields};
use super::obligations::{self, SourcedObligation};
use super::policy_on_duty::{AssessedFinding, EffectiveOrigin, PolicyOnDuty, policies_on};
use super::relaxation::Relaxation;
use super::rules;
use crate::{
    Displacement, Disposition, DutyClass, DutyId, DutyResolution, Ground, Interpretation, Level, Refusal, RegimeKind,
    ResolutionInput, SectorId, SectorRegime, SourceId, Status,
};

/// A sector that has an enforcing policy on the duty, while the duty is being resolved.
pub(super) struct Regime<'a> {
    pub(super) status: Status,
    /// Whether one of the sector's policies on the duty failed.
    pub(super) failed: bool,
    pub(super) kind: RegimeKind,
    /// The first grant under which the sector displaces.
    grant: Option<&'a str>,
}

/// The state of resolving one duty.
pub(super) struct DutyResolver<'a> {
    pub(super) input: &'a ResolutionInput<'a>,
    pub(super) policies: Vec<PolicyOnDuty<'a>>,
    pub(super) regimes: BTreeMap<&'a SectorId, Regime<'a>>,
    /// The interpretations of the trust policy that were applied.
    pub(super) interpretations: BTreeSet<Interpretation>,
}

/// Resolves `duty`. Appends the obligations of the findings that count to `obligations`.
pub(super) fn resolve_duty<'a>(
    input: &'a ResolutionInput<'a>,
    duty: &'a DutyId,
    obligations: &mut Vec<SourcedObligation<'a>>,
) -> DutyResolution {
    let entry = input.registry.duties.get(duty);
    let is_floor = entry.is_none_or(|entry| entry.class == DutyClass::Floor);
    let fail = entry.map_or(Level::Review, |entry| if is_floor { entry.fail.max(Level::Review) } else { entry.fail });

    let policies = policies_on(input, duty, is_floor);
    let mut resolver = DutyResolver { input, policies, regimes: BTreeMap::new(), interpretations: BTreeSet::new() };
    resolver.classify_sectors();
    resolver.apply_edges(duty);
    resolver.displace_yielding();

    let mut own = Vec::new();
    for policy in &resolver.policies {
        add_obligations(duty, policy, &mut own);
    }
    let conflicts = obligations::conflicts(input.registry, &own, |_, _| true);
    let mut rules = rules::decided(&resolver);
    let mut level = resolver.level(fail);
    if !conflicts.is_empty() {
        rules.insert(crate::Precedence::R8);
        level = level.max(Level::Review);
    }
    let mut findings: Vec<_> = resolver.policies.iter().flat_map(PolicyOnDuty::record).collect();
    findings.sort();
    findings.dedup();
    let failed =
        resolver.policies.iter().filter_map(|policy| Some((policy.card.id.clone(), policy.failure.clone()?))).collect();
    let joined = obligations::joined(input.registry, &own);
    obligations.append(&mut own);
    let sectors = resolver.sector_regimes();
    let interpretations = resolver.interpretations;
    DutyResolution {
        duty: duty.clone(),
        level,
        obligations: joined,
        rules,
        findings,
        failed,
        sectors,
        conflicts,
        interpretations,
    }
}

/// Adds the obligations of the policy's findings that count. An index counts the policy's other obligations on the duty too, so that
/// it does not depend on other policies.
fn add_obligations<'a>(duty: &'a DutyId, policy: &PolicyOnDuty<'a>, own: &mut Vec<SourcedObligation<'a>>) {
    let asked = policy.findings.iter().filter_map(|finding| Some((finding.counts(), finding.demand()?)));
    let each = asked.flat_map(|(counts, demand)| demand.obligations.iter().map(move |obligation| (counts, obligation)));
    for (index, (_, obligation)) in (0_u32..).zip(each).filter(|(_, (counts, _))| *counts) {
        own.push(SourcedObligation { duty, policy: &policy.card.id, index, obligation });
    }
}

impl<'a> DutyResolver<'a> {
    /// The highest level among the findings that count; `fail` for each policy that failed.
    fn level(&self, fail: Level) -> Level {
        let demanded = self.policies.iter().flat_map(PolicyOnDuty::counting_demands).map(|demand| demand.level);
        let failed = self.policies.iter().filter(|policy| policy.failure.is_some()).map(|_| fail);
        demanded.chain(failed).max().unwrap_or(Level::Pass)
    }

    /// Decides for each sector whether it displaces, keeps or is silent. Refuses its relaxations where a policy failed (R6).
    fn classify_sectors(&mut self) {
        let fails = |origin: EffectiveOrigin<'_>| {
            self.policies.iter().any(|policy| policy.origin == origin && policy.failure.is_some())
        };
        let general_failed = fails(EffectiveOrigin::General);
        let mut failed: BTreeMap<&'a SectorId, bool> = BTreeMap::new();
        for policy in &self.policies {
            if let EffectiveOrigin::Sector(sector) = policy.origin {
                *failed.entry(sector).or_default() |= policy.failure.is_some();
            }
        }
        for policy in &mut self.policies {
            let EffectiveOrigin::Sector(sector) = policy.origin else { continue };
            let sector_failed = failed.get(sector) == Some(&true);
            let refusal = if sector_failed {
                Some(Refusal::SectorFailed)
            } else {
                general_failed.then_some(Refusal::GeneralFailed)
            };
            if let Some(refusal) = refusal {
                policy.refuse_relaxations(refusal);
            }
            let status = self.input.status(sector);
            let new = || Regime { status, failed: sector_failed, kind: RegimeKind::Silent, grant: None };
            let regime = self.regimes.entry(sector).or_insert_with(new);
            if let Some(relaxation) = policy.relaxations().next() {
                regime.kind = RegimeKind::Displacing;
                regime.grant = regime.grant.or_else(|| relaxation.grants.first().map(|(id, _)| *id));
            } else if regime.kind == RegimeKind::Silent && (status != Status::Yes || policy.speaks()) {
                regime.kind = RegimeKind::Keeping;
            }
        }
    }

    /// Applies the `defeats` edges of the trust policy, by which one sector prevails over another on this duty (R5).
    ///
    /// An edge applies only if all of these hold: the prevailing sector displaces the duty under a grant of its own; no edge
    /// makes it lose to a third sector; no policy of the losing sector failed; no demand of the losing sector cites an instrument
    /// of higher rank. So superior law stays, and neither failure nor doubt loosens anything.
    fn apply_edges(&mut self, duty: &DutyId) {
        let edges: Vec<_> = self.input.trust.defeats.iter().filter(|edge| edge.duty == *duty).collect();
        for edge in &edges {
            let loses = edges.iter().any(|other| other.over == edge.sector);
            let wins = self.regimes.get(&edge.sector).is_some_and(|regime| regime.kind == RegimeKind::Displacing);
            let may_lose = self.regimes.get(&edge.over).is_some_and(|regime| !regime.failed);
            if loses || !wins || !may_lose || !self.outranks(&edge.sector, &edge.over) {
                continue;
            }
            for policy in self.policies.iter_mut().filter(|policy| policy.origin == EffectiveOrigin::Sector(&edge.over))
            {
                for finding in policy.findings.iter_mut().filter(|finding| finding.counts()) {
                    finding.relaxation = None;
                    if finding.demand().is_some() {
                        let (by, label) = (edge.sector.clone(), edge.label.clone());
                        finding.disposition = Disposition::Defeated { by, label };
                    }
                }
            }
            if let Some(regime) = self.regimes.get_mut(&edge.over) {
                (regime.kind, regime.grant) = (RegimeKind::Defeated, None);
            }
            self.interpretations.insert(Interpretation::Defeats(edge.label.clone()));
        }
    }

    /// Whether every demand of the sector `over` cites an instrument that ranks no higher than those by which `sector` displaces.
    fn outranks(&self, sector: &SectorId, over: &SectorId) -> bool {
        let of = |sector| self.policies.iter().filter(move |policy| policy.origin == EffectiveOrigin::Sector(sector));
        let relaxations = of(sector).flat_map(PolicyOnDuty::relaxations);
        let Some(lowest) = relaxations.map(|relaxation| relaxation.instrument.rank).min() else { return false };
        let demands = of(over).flat_map(|policy| &policy.findings).filter(|finding| finding.demand().is_some());
        demands
            .map(|finding| finding.applicability.and_then(Applicability::instrument))
            .all(|applicable| applicable.is_some_and(|(_, instrument)| instrument.rank <= lowest))
    }

    /// Displaces the general findings that yield to a displacing sector, unless another sector keeps them (R3, R5). Refuses each
    /// relaxation that displaces nothing.
    fn displace_yielding(&mut self) {
        let kept = self.regimes.values().any(|regime| regime.kind == RegimeKind::Keeping);
        let relaxations = self.relaxations();
        let mut had_effect = BTreeSet::new();
        let mut has_general = false;
        let mut displaced = Vec::new();
        for (n, policy) in
            self.policies.iter().enumerate().filter(|(_, policy)| policy.origin == EffectiveOrigin::General)
        {
            for (m, finding) in policy.findings.iter().enumerate().filter(|(_, one)| one.demand().is_some()) {
                has_general = true;
                let mut first = None;
                for (place, sector, relaxation) in &relaxations {
                    let displacement = displacement(self.input, finding, sector, relaxation, &mut self.interpretations);
                    if let Some(displacement) = displacement {
                        had_effect.insert(*place);
                        first = first.or(Some(displacement));
                    }
                }
                displaced.extend(first.map(|displacement| ((n, m), displacement)));
            }
        }
        let refusal = |place| match had_effect.contains(place) {
            true => kept.then_some(Refusal::OtherSectorKeeps),
            false => has_general.then_some(Refusal::NothingYields),
        };
        let refused: Vec<_> = relaxations.iter().filter_map(|(place, ..)| Some((*place, refusal(place)?))).collect();
        for (place, refusal) in refused {
            self.change(place, |finding| finding.disposition = Disposition::RelaxationRefused(refusal));
        }
        if !kept {
            for (place, displacement) in displaced {
                self.change(place, |finding| finding.disposition = Disposition::Displaced(displacement));
            }
        }
    }

    /// The relaxations of displacing sectors: index of the policy, index of its finding, sector and relaxation.
    fn relaxations(&self) -> Vec<((usize, usize), &'a SectorId, Relaxation<'a>)> {
        let mut relaxations = Vec::new();
        for (n, policy) in self.policies.iter().enumerate() {
            let EffectiveOrigin::Sector(sector) = policy.origin else { continue };
            if self.regimes.get(sector).is_none_or(|regime| regime.kind != RegimeKind::Displacing) {
                continue;
            }
            for (m, finding) in policy.findings.iter().enumerate() {
                relaxations.extend(finding.allowed_relaxation().map(|one| ((n, m), sector, one.clone())));
            }
        }
        relaxations.sort_by(|one, other| (one.1, one.0).cmp(&(other.1, other.0)));
        relaxations
    }

    fn change(&mut self, (n, m): (usize, usize), change: impl FnOnce(&mut AssessedFinding<'a>)) {
        if let Some(finding) = self.policies.get_mut(n).and_then(|policy| policy.findings.get_mut(m)) {
            change(finding);
        }
    }

    /// The record of the sectors for the resolution.
    fn sector_regimes(&self) -> Vec<SectorRegime> {
        let nobody = || SourceId::from("nobody");
        let record = |(sector, regime): (&&SectorId, &Regime<'_>)| SectorRegime {
            sector: (*sector).clone(),
            status: regime.status,
            source: self.input.sectors.get(*sector).map_or_else(nobody, |known| known.source.clone()),
            kind: regime.kind,
            grant: regime.grant.map(str::to_owned),
        };
        self.regimes.iter().map(record).collect()
    }
}

/// How one relaxation displaces a general finding; `None` where the finding does not yield to it.
fn displacement(
    input: &ResolutionInput<'_>,
    finding: &AssessedFinding<'_>,
    sector: &SectorId,
    relaxation: &Relaxation<'_>,
    interpretations: &mut BTreeSet<Interpretation>,
) -> Option<Displacement> {
    let general = finding.applicability.and_then(Applicability::instrument)?;
    relaxation.grants.iter().find_map(|&(grant, ground): &(&str, Ground)| {
        let norm = RelaxingNorm { sector, id: relaxation.id, instrument: relaxation.instrument, ground };
        let check = yields(input.registry, input.trust.rank_test, general, norm);
        if check.used_rank_test {
            interpretations.insert(Interpretation::RankTest(input.trust.rank_test));
        }
        let by = check.by?;
        let (sector, instrument, grant) = (sector.clone(), relaxation.id.clone(), grant.to_owned());
        Some(Displacement { sector, instrument, by, grant })
    })
}
