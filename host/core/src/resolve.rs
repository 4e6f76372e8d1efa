//! The resolution of precedence: what each duty comes to when several policies have answered on it.
//!
//! Norm by norm: a sector's rule displaces a general rule only on the duty on which it provides otherwise, only where that
//! rule yields, and only with leave; gaps are filled by the general rule; a floor holds; doubt and failure tighten. The result
//! does not depend on order. Nothing here fails: what the registry does not know counts as a floor that needs review.

mod duty;
mod force;
mod line;
mod owed;
mod relax;
mod rules;
mod trace;
mod voice;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Date, DutyId, Evaluation, EventKind, Level, Mode, NormConflict, Origin, PolicyCard, PolicyId, Registry, SectorId,
    SourceId, Status, Trust,
};

pub use owed::{Due, DuePhase};
pub use trace::{
    Considered, Disposition, DutyResolution, Failure, Fall, FellBy, Precedence, Reading, Refusal, SectorPart, Stance,
};

/// Whether a session is in a sector, and who said so. An unwarranted `yes` or `no` arrives here as `unknown`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectorStatus {
    /// The status.
    pub status: Status,
    /// Who said so.
    pub source: SourceId,
}

/// What one policy came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testimony {
    /// The policy.
    pub policy: Arc<PolicyCard>,
    /// Its answer.
    pub evaluation: Evaluation,
}

/// Everything a resolution depends on.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Duties, instruments, categories and measures.
    pub registry: &'a Registry,
    /// Grants and chosen readings.
    pub trust: &'a Trust,
    /// The sectors of the session; one that is not named is in doubt.
    pub sectors: &'a BTreeMap<SectorId, SectorStatus>,
    /// The day for which instruments are looked at.
    pub as_of: Date,
    /// The kind of the event.
    pub kind: EventKind,
    /// One for each loaded policy, in any order.
    pub testimonies: &'a [Testimony],
}

/// The reason that decided: the highest level, then the first duty, then the first policy.
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

/// What everything came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resolution {
    /// The highest level over all duties; at least `review` where obligations of two duties cannot stand together.
    pub verdict: Level,
    /// The duties on which somebody spoke or failed, by id.
    pub duties: Vec<DutyResolution>,
    /// Obligations of different duties that cannot stand together (R8). Levels of duties do not change by them.
    pub conflicts: Vec<NormConflict>,
    /// Sectors that are certain and have no enforcing policy (`sector-ungoverned`).
    pub ungoverned: Vec<SectorId>,
    /// What has to be carried out, joined, in order.
    pub obligations: Vec<Due>,
    /// The reason that decided, unless everything passes.
    pub decisive: Option<Decisive>,
}

/// Resolves every duty on which somebody spoke or failed.
///
/// Source: precedence, "Resolution of one duty" and R1–R9. Permuting or repeating testimonies changes nothing.
pub fn resolve(question: &Question<'_>) -> Resolution {
    let mut owed = Vec::new();
    let duties: Vec<DutyResolution> =
        raised(question).into_iter().map(|duty| duty::resolve_duty(question, duty, &mut owed)).collect();
    let conflicts = owed::conflicts(question.registry, &owed, |first, second| first.duty != second.duty);
    let highest = duties.iter().map(|duty| duty.level).max().unwrap_or(Level::Pass);
    let verdict = if conflicts.is_empty() { highest } else { highest.max(Level::Review) };
    let decisive = decisive(verdict, &duties, &conflicts);
    let obligations = owed::in_order(question.registry, &owed);
    Resolution { verdict, duties, conflicts, ungoverned: ungoverned(question), obligations, decisive }
}

impl<'a> Question<'a> {
    /// The status of a sector; one that nobody named is in doubt.
    fn status(&self, sector: &SectorId) -> Status {
        self.sectors.get(sector).map_or(Status::Unknown, |known| known.status)
    }

    /// Whether a finding that was made for some kinds of event holds for this one.
    fn concerns(&self, kinds: &[String]) -> bool {
        kinds.is_empty() || kinds.iter().any(|kind| kind == self.kind.as_str())
    }

    /// Whether a fault of this policy counts: always, but in doubt about its sector only on the kinds its manifest lists (R6).
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

    /// The sectors that are certain or in doubt and have a loaded policy.
    fn is_out(&self, card: &PolicyCard) -> bool {
        matches!(&card.origin, Origin::Sector(sector) if self.status(sector) == Status::No)
    }
}

/// The duties on which somebody spoke or failed.
fn raised<'a>(question: &Question<'a>) -> BTreeSet<&'a DutyId> {
    let mut duties = BTreeSet::new();
    for testimony in question.testimonies.iter().filter(|testimony| !question.is_out(&testimony.policy)) {
        let findings = match &testimony.evaluation {
            Evaluation::NotWoken => continue,
            Evaluation::Evaluated(findings) => findings,
            Evaluation::Unavailable(_, findings) => {
                if testimony.policy.mode == Mode::Enforce && question.fault_counts(&testimony.policy) {
                    duties.extend(&testimony.policy.governs);
                }
                findings
            }
        };
        let speaking = findings.iter().filter(|finding| {
            !matches!(finding.answer, crate::Answer::NotApplicable(_)) && question.concerns(&finding.kinds)
        });
        duties.extend(speaking.map(|finding| &finding.duty));
    }
    duties
}

/// Sectors that are certain and have no enforcing policy.
fn ungoverned(question: &Question<'_>) -> Vec<SectorId> {
    let governed = |sector: &SectorId| {
        let cards = question.testimonies.iter().map(|testimony| &testimony.policy);
        cards.filter(|card| card.mode == Mode::Enforce).any(|card| card.origin == Origin::Sector(sector.clone()))
    };
    let certain = question.sectors.iter().filter(|(_, known)| known.status == Status::Yes);
    certain.map(|(sector, _)| sector).filter(|sector| !governed(sector)).cloned().collect()
}

/// The first policy of the first duty at the verdict's level, or the first side of the first conflict that alone raised it.
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
