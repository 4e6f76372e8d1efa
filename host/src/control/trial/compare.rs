//! Comparing two decisions on the same event, duty by duty: what a shadow counts and `specialis diff` prints. Content-free.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use specialis_core::{Decision, Disposition, DutyId, DutyResolution, Failure, Level, Obligation, PolicyId, Status};

/// How one duty came out differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DutyChange {
    /// Its levels before and after, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<(Level, Level)>,
    /// Policies that fault on it now and did not before.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub new_faults: BTreeSet<PolicyId>,
    /// Whether it asks for other obligations.
    pub obligations_changed: bool,
    /// Findings that fall now and did not before: a relaxation was gained.
    pub relaxations_gained: usize,
    /// Findings that no longer fall: a relaxation was lost.
    pub relaxations_lost: usize,
}

impl DutyChange {
    /// Whether the level went up.
    pub fn is_tightened(&self) -> bool {
        self.levels.is_some_and(|(before, after)| after > before)
    }

    /// Whether the level went down.
    pub fn is_loosened(&self) -> bool {
        self.levels.is_some_and(|(before, after)| after < before)
    }
}

/// How two decisions on the same event differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Comparison {
    /// The verdicts before and after, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<(Level, Level)>,
    /// The duties that came out differently.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub duties: BTreeMap<DutyId, DutyChange>,
    /// Whether a sector is unknown now that was not there, or certain, before.
    pub sector_unknown: bool,
}

impl Comparison {
    /// Compares what was decided before with what is decided after.
    pub fn of(before: &Decision, after: &Decision) -> Self {
        let is_unknown = |decision: &Decision| -> BTreeSet<_> {
            let unknown = decision.sectors.iter().filter(|(_, sector)| sector.status == Status::Unknown);
            unknown.map(|(id, _)| id.clone()).collect()
        };
        let ids: BTreeSet<&DutyId> = before.duties.iter().chain(&after.duties).map(|duty| &duty.duty).collect();
        let duty = |decision: &'_ Decision, id: &DutyId| decision.duties.iter().position(|duty| duty.duty == *id);
        let duties = ids.into_iter().filter_map(|id| {
            let one = duty(before, id).and_then(|at| before.duties.get(at));
            let other = duty(after, id).and_then(|at| after.duties.get(at));
            Some((id.clone(), of_duty(one, other)?))
        });
        Self {
            verdicts: (before.verdict != after.verdict).then_some((before.verdict, after.verdict)),
            duties: duties.collect(),
            sector_unknown: !is_unknown(after).is_subset(&is_unknown(before)),
        }
    }

    /// Whether nothing differs in what has to be done. A sector that is newly unknown and changes nothing is still shown.
    pub fn is_same(&self) -> bool {
        self.verdicts.is_none() && self.duties.is_empty()
    }

    /// Whether the verdict or any duty went down.
    pub fn is_loosened(&self) -> bool {
        self.verdicts.is_some_and(|(before, after)| after < before) || self.duties.values().any(DutyChange::is_loosened)
    }
}

fn of_duty(before: Option<&DutyResolution>, after: Option<&DutyResolution>) -> Option<DutyChange> {
    let level = |duty: Option<&DutyResolution>| duty.map_or(Level::Pass, |duty| duty.level);
    let faults = |duty: Option<&DutyResolution>| -> BTreeSet<PolicyId> {
        let failed = duty.into_iter().flat_map(|duty| &duty.failed);
        failed.filter(|(_, failure)| matches!(failure, Failure::Fault(_))).map(|(policy, _)| policy.clone()).collect()
    };
    let obligations = |duty: Option<&DutyResolution>| -> BTreeSet<Obligation> {
        duty.into_iter().flat_map(|duty| &duty.obligations).cloned().collect()
    };
    let fell = |duty: Option<&DutyResolution>| {
        let findings = duty.into_iter().flat_map(|duty| &duty.findings);
        findings.filter(|finding| matches!(finding.disposition, Disposition::Displaced(_))).count()
    };
    let change = DutyChange {
        levels: (level(before) != level(after)).then_some((level(before), level(after))),
        new_faults: faults(after).difference(&faults(before)).cloned().collect(),
        obligations_changed: obligations(before) != obligations(after),
        relaxations_gained: fell(after).saturating_sub(fell(before)),
        relaxations_lost: fell(before).saturating_sub(fell(after)),
    };
    (change != DutyChange::default()).then_some(change)
}

/// How many events came out in which way, on one duty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DutyCounts {
    /// A higher level.
    pub tightened: u64,
    /// A lower level.
    pub loosened: u64,
    /// A fault that was not there before.
    pub new_faults: u64,
    /// Other obligations.
    pub obligations_changed: u64,
    /// Relaxations that were not there before.
    pub relaxations_gained: u64,
    /// Relaxations that are no longer there.
    pub relaxations_lost: u64,
}

/// A decision that came out differently: ids alone, so that it can be looked up on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sample {
    /// The decision before.
    pub before: String,
    /// The decision after.
    pub after: String,
    /// How they differ.
    pub comparison: Comparison,
}

/// The differences of many decisions, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Differences {
    /// How many events were compared.
    pub n_events: u64,
    /// How many of them came out the same.
    pub n_same: u64,
    /// How many verdicts went up.
    pub verdicts_tightened: u64,
    /// How many verdicts went down.
    pub verdicts_loosened: u64,
    /// How many events differ in nothing but a sector that is newly unknown.
    pub only_sector_unknown: u64,
    /// By duty.
    pub duties: BTreeMap<DutyId, DutyCounts>,
    /// The first that came out differently.
    pub samples: Vec<Sample>,
}

/// How many samples are kept.
const SAMPLES: usize = 32;

impl Differences {
    /// Adds two decisions on the same event.
    pub fn add(&mut self, before: &Decision, after: &Decision) -> Comparison {
        let up = |n: &mut u64, by: u64| *n = n.saturating_add(by);
        let size = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let comparison = Comparison::of(before, after);
        up(&mut self.n_events, 1);
        up(&mut self.n_same, u64::from(comparison.is_same() && !comparison.sector_unknown));
        up(&mut self.only_sector_unknown, u64::from(comparison.is_same() && comparison.sector_unknown));
        if let Some((before, after)) = comparison.verdicts {
            up(if after > before { &mut self.verdicts_tightened } else { &mut self.verdicts_loosened }, 1);
        }
        for (id, change) in &comparison.duties {
            let counts = self.duties.entry(id.clone()).or_default();
            up(&mut counts.tightened, u64::from(change.is_tightened()));
            up(&mut counts.loosened, u64::from(change.is_loosened()));
            up(&mut counts.new_faults, u64::from(!change.new_faults.is_empty()));
            up(&mut counts.obligations_changed, u64::from(change.obligations_changed));
            up(&mut counts.relaxations_gained, size(change.relaxations_gained));
            up(&mut counts.relaxations_lost, size(change.relaxations_lost));
        }
        if !comparison.is_same() && self.samples.len() < SAMPLES {
            let (before, after) = (before.id.clone(), after.id.clone());
            self.samples.push(Sample { before, after, comparison: comparison.clone() });
        }
        comparison
    }

    /// How many events loosened, whether in the verdict or on a duty, counted once for each duty.
    pub fn n_loosened(&self) -> u64 {
        let duties = self.duties.values().map(|counts| counts.loosened);
        duties.fold(self.verdicts_loosened, u64::max)
    }

    /// How many events brought a fault that was not there before.
    pub fn n_new_faults(&self) -> u64 {
        self.duties.values().map(|counts| counts.new_faults).max().unwrap_or(0)
    }
}
