//! Precedence: resolves the findings of all policies into one result for each duty.
//!
//! A sector's rule displaces a general rule on one duty only. The sector must be certain, its rule must provide otherwise under
//! a grant of the trust policy, and the general rule must yield to it. Where a sector is silent, the general rule counts. A floor
//! duty cannot be displaced. Doubt and failure tighten. The result does not depend on the order of the policies.
//!
//! Resolving returns no error. A duty that the registry does not know counts as a floor that fails to `review`.

mod applicability;
mod duty;
mod flat;
mod obligations;
mod policy_on_duty;
mod relaxation;
mod rules;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, DutyId, Evaluation, EventKind, Level, Mode, NormConflict, Origin, PolicyCard, PolicyId, Registry, SectorId,
    Shared, SourceId, Status, Trust,
};

pub use obligations::{DueObligation, DuePhase, asks_as_much};
pub use trace::{
    Displacement, Disposition, DutyResolution, Failure, Interpretation, Precedence, Refusal, RegimeKind,
    ResolvedFinding, SectorRegime, YieldBasis,
};

/// Whether a session is in a sector, and who asserts it. The host turns a `yes` or `no` without a warrant into `unknown` before
/// it resolves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectorStatus {
    /// The status.
    pub status: Status,
    /// Who asserts it.
    pub source: SourceId,
}

/// One loaded policy and the result of calling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEvaluation {
    /// The policy.
    pub policy: Arc<PolicyCard>,
    /// The result of the call.
    pub evaluation: Evaluation,
}

/// Everything a resolution depends on.
#[derive(Clone, Copy, Debug)]
pub struct ResolutionInput<'a> {
    /// Duties, instruments, categories and measures.
    pub registry: &'a Registry,
    /// Grants, and the interpretations of the law that counsel chose.
    pub trust: &'a Trust,
    /// The status of each sector in the session. A sector that is missing here is in doubt.
    pub sectors: &'a Shared<BTreeMap<SectorId, SectorStatus>>,
    /// The day on which instruments must be in force.
    pub as_of: Date,
    /// The kind of the event.
    pub kind: EventKind,
    /// One for each loaded policy, in any order.
    pub evaluations: &'a [PolicyEvaluation],
}

/// The policy that decided the verdict. Of all that reach the highest level it is the first, by duty and then by policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Decisive {
    /// The level.
    pub level: Level,
    /// The duty.
    pub duty: DutyId,
    /// The policy.
    pub policy: PolicyId,
}

/// The result of [`resolve`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resolution {
    /// The highest level over all duties. At least `review` if obligations of two duties cannot stand together.
    pub verdict: Level,
    /// The duties on which a policy has a finding or failed, by id.
    pub duties: Shared<Vec<DutyResolution>>,
    /// Obligations of different duties that cannot stand together (R8): the first 64. They raise the verdict, not the level of a duty.
    pub conflicts: Vec<NormConflict>,
    /// Sectors that are certain and have no enforcing policy (`sector-ungoverned`).
    pub ungoverned: Vec<SectorId>,
    /// What has to be carried out, in order. Equal obligations of several policies are joined.
    pub obligations: Shared<Vec<DueObligation>>,
    /// What decided the verdict. Absent if everything passes.
    pub decisive: Option<Decisive>,
}

/// Resolves every duty on which a policy has a finding or failed.
///
/// Source: precedence, "Resolution of one duty" and R1–R9. The order of the evaluations does not matter, and an evaluation that
/// is given twice counts once.
pub fn resolve(input: &ResolutionInput<'_>) -> Resolution {
    let mut obligations = Vec::new();
    let duties: Vec<DutyResolution> =
        raised_duties(input).into_iter().map(|duty| duty::resolve_duty(input, duty, &mut obligations)).collect();
    let conflicts = obligations::conflicts(input.registry, &obligations, |first, second| first.duty != second.duty);
    let highest = duties.iter().map(|duty| duty.level).max().unwrap_or(Level::Pass);
    let verdict = if conflicts.is_empty() { highest } else { highest.max(Level::Review) };
    let decisive = decisive(verdict, &duties, &conflicts);
    let obligations = Shared::from(obligations::in_order(input.registry, &obligations));
    Resolution { verdict, duties: duties.into(), conflicts, ungoverned: ungoverned(input), obligations, decisive }
}

impl<'a> ResolutionInput<'a> {
    /// The status of a sector. A sector without one is in doubt.
    fn status(&self, sector: &SectorId) -> Status {
        self.sectors.get(sector).map_or(Status::Unknown, |known| known.status)
    }

    /// Whether a finding that names these kinds of event applies to this event. One that names none applies to every event.
    fn applies_to(&self, kinds: &[String]) -> bool {
        kinds.is_empty() || kinds.iter().any(|kind| kind == self.kind.as_str())
    }

    /// Whether a fault of this policy counts (R6). If its sector is in doubt, a fault counts only on the kinds of event that its
    /// manifest lists.
    fn fault_counts(&self, card: &PolicyCard) -> bool {
        match &card.origin {
            Origin::General | Origin::Common | Origin::Tenant => true,
            Origin::Sector(sector) => match self.status(sector) {
                Status::Yes => true,
                Status::Unknown => card.kinds.is_empty() || card.kinds.contains(&self.kind),
                Status::No => false,
            },
        }
    }

    /// Whether the policy belongs to a sector that the session is certainly not in.
    fn is_excluded(&self, card: &PolicyCard) -> bool {
        matches!(&card.origin, Origin::Sector(sector) if self.status(sector) == Status::No)
    }
}

/// The duties on which a policy has a finding or failed.
fn raised_duties<'a>(input: &ResolutionInput<'a>) -> BTreeSet<&'a DutyId> {
    let mut duties = BTreeSet::new();
    for evaluated in input.evaluations.iter().filter(|evaluated| !input.is_excluded(&evaluated.policy)) {
        let findings = match &evaluated.evaluation {
            Evaluation::NotWoken => continue,
            Evaluation::Evaluated(findings) => findings,
            Evaluation::Unavailable(_, findings) => {
                if evaluated.policy.mode == Mode::Enforce && input.fault_counts(&evaluated.policy) {
                    duties.extend(&evaluated.policy.governs);
                }
                findings
            }
        };
        let speaking = findings.iter().filter(|finding| {
            !matches!(finding.answer, crate::Answer::NotApplicable(_)) && input.applies_to(&finding.kinds)
        });
        duties.extend(speaking.map(|finding| &finding.duty));
    }
    duties
}

/// Sectors that are certain and have no enforcing policy.
fn ungoverned(input: &ResolutionInput<'_>) -> Vec<SectorId> {
    let governed = |sector: &SectorId| {
        let cards = input.evaluations.iter().map(|evaluated| &evaluated.policy);
        cards.filter(|card| card.mode == Mode::Enforce).any(|card| card.origin == Origin::Sector(sector.clone()))
    };
    let certain = input.sectors.iter().filter(|(_, known)| known.status == Status::Yes);
    certain.map(|(sector, _)| sector).filter(|sector| !governed(sector)).cloned().collect()
}

/// What decided the verdict: the first policy of the first duty at that level, or, if only a conflict between duties raised the
/// verdict, the first side of the first conflict.
fn decisive(verdict: Level, duties: &[DutyResolution], conflicts: &[NormConflict]) -> Option<Decisive> {
    if verdict == Level::Pass {
        return None;
    }
    let at_level = duties.iter().filter(|duty| duty.level == verdict);
    let mut reasons = at_level.filter_map(|duty| {
        let found = duty.findings.iter().filter(|finding| finding.counts());
        let found = found.filter(|finding| finding.answer.demand().is_some_and(|demand| demand.level == verdict));
        let fail = duty.failed.keys();
        let conflicting = duty.conflicts.iter().map(|conflict| &conflict.first.policy);
        let policy = found.map(|finding| &finding.policy).chain(fail).min().or_else(|| conflicting.min())?;
        Some(Decisive { level: verdict, duty: duty.duty.clone(), policy: policy.clone() })
    });
    reasons.next().or_else(|| {
        let first = &conflicts.first()?.first;
        Some(Decisive { level: verdict, duty: first.duty.clone(), policy: first.policy.clone() })
    })
}
