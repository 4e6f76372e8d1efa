//! What each policy says on one duty, before any finding displaces another.

use super::applicability::Applicability;
use super::relaxation::{self, Relaxation};
use crate::{
    Answer, Demand, Disposition, DutyId, Evaluation, Failure, Finding, InstrumentId, Mode, Origin, PolicyCard,
    PolicyEvaluation, Refusal, ResolutionInput, ResolvedFinding, SectorId,
};

/// For whom a policy counts on this duty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EffectiveOrigin<'a> {
    /// For every session: its origin is `general` or `common`.
    General,
    /// For a sector that is certain or in doubt.
    Sector(&'a SectorId),
    /// For the tenant. A tenant's own rules add and never displace.
    Tenant,
    /// For nobody: the policy is monitored or does not govern the duty. Its findings stand in the trace only.
    None,
}

/// One policy with its findings on the duty.
pub(super) struct PolicyOnDuty<'a> {
    pub(super) card: &'a PolicyCard,
    pub(super) origin: EffectiveOrigin<'a>,
    /// In order, without repeats.
    pub(super) findings: Vec<AssessedFinding<'a>>,
    /// Why the policy has no complete answer on the duty.
    pub(super) failure: Option<Failure>,
}

/// One finding on the duty, with what its instrument and the grants make of it.
pub(super) struct AssessedFinding<'a> {
    pub(super) finding: &'a Finding,
    /// Whether the cited instrument applies on the day; absent where the finding cites none.
    pub(super) applicability: Option<Applicability<'a>>,
    /// For an `instead-of`: the relaxation that is allowed, or why none is.
    pub(super) relaxation: Option<Result<Relaxation<'a>, Refusal>>,
    pub(super) disposition: Disposition,
}

impl<'a> AssessedFinding<'a> {
    /// The demand of the finding. A finding that is silent has none.
    pub(super) fn demand(&self) -> Option<&'a Demand> {
        if self.is_silent() { None } else { self.finding.answer.demand() }
    }

    /// Whether the finding says nothing: it is not applicable, not in force, or on a duty that its policy does not govern.
    pub(super) fn is_silent(&self) -> bool {
        match self.disposition {
            Disposition::NotInForce | Disposition::NotGoverned => true,
            Disposition::Stands
            | Disposition::Displaced(_)
            | Disposition::Defeated { .. }
            | Disposition::RelaxationRefused(_)
            | Disposition::Monitored => matches!(self.finding.answer, Answer::NotApplicable(_)),
        }
    }

    /// Whether the demand of the finding is part of the result.
    pub(super) fn counts(&self) -> bool {
        matches!(self.disposition, Disposition::Stands | Disposition::RelaxationRefused(_))
    }

    /// The relaxation, if one is allowed.
    pub(super) fn allowed_relaxation(&self) -> Option<&Relaxation<'a>> {
        self.relaxation.as_ref()?.as_ref().ok()
    }

    /// The reason of an `unknown` answer, as a failure.
    fn unknown(&self) -> Option<Failure> {
        match &self.finding.answer {
            Answer::Unknown(reason) => Some(Failure::Unknown(reason.clone())),
            Answer::NotApplicable(_) | Answer::Met(_) | Answer::Require(_) | Answer::InsteadOf(_) => None,
        }
    }

    /// The earlier version that applies in place of the cited instrument.
    fn earlier(&self) -> Option<&'a InstrumentId> {
        match self.applicability {
            Some(Applicability::EarlierInForce(id, _)) => Some(id),
            Some(Applicability::InForce(..) | Applicability::NotInForce | Applicability::Unregistered) | None => None,
        }
    }
}

impl<'a> PolicyOnDuty<'a> {
    /// Whether the policy says something on the duty, or failed to.
    pub(super) fn speaks(&self) -> bool {
        self.failure.is_some() || self.findings.iter().any(|finding| !finding.is_silent())
    }

    /// The relaxations that are allowed.
    pub(super) fn relaxations(&self) -> impl Iterator<Item = &Relaxation<'a>> {
        self.findings.iter().filter_map(AssessedFinding::allowed_relaxation)
    }

    /// Refuses every relaxation that was allowed.
    pub(super) fn refuse_relaxations(&mut self, refusal: Refusal) {
        for finding in self.findings.iter_mut().filter(|finding| finding.allowed_relaxation().is_some()) {
            finding.relaxation = Some(Err(refusal));
            finding.disposition = Disposition::RelaxationRefused(refusal);
        }
    }

    /// The demands that are part of the result.
    pub(super) fn counting_demands(&self) -> impl Iterator<Item = &'a Demand> {
        self.findings.iter().filter(|finding| finding.counts()).filter_map(AssessedFinding::demand)
    }

    /// The record of the findings for the resolution.
    pub(super) fn record(&self) -> impl Iterator<Item = ResolvedFinding> {
        self.findings.iter().map(|assessed| ResolvedFinding {
            policy: self.card.id.clone(),
            version: self.card.version.clone(),
            rule: assessed.finding.rule.clone(),
            answer: assessed.finding.answer.clone(),
            earlier: assessed.earlier().cloned(),
            disposition: assessed.disposition.clone(),
        })
    }
}

/// The policies that govern `duty` or have a finding on it, sorted by policy id.
pub(super) fn policies_on<'a>(input: &ResolutionInput<'a>, duty: &DutyId, is_floor: bool) -> Vec<PolicyOnDuty<'a>> {
    let included = input.evaluations.iter().filter(|evaluated| !input.is_excluded(&evaluated.policy));
    let on_duty = included.filter_map(|evaluated| policy_on(input, evaluated, duty, is_floor));
    let mut policies: Vec<PolicyOnDuty<'a>> = on_duty.collect();
    policies.sort_by(|one, other| (&one.card.id, &one.card.version).cmp(&(&other.card.id, &other.card.version)));
    policies
}

/// One policy with its findings on `duty`; `None` if it neither governs the duty nor has a finding on it.
fn policy_on<'a>(
    input: &ResolutionInput<'a>,
    evaluated: &'a PolicyEvaluation,
    duty: &DutyId,
    is_floor: bool,
) -> Option<PolicyOnDuty<'a>> {
    let card = &*evaluated.policy;
    let (findings, fault) = match &evaluated.evaluation {
        Evaluation::Evaluated(findings) => (findings.as_slice(), None),
        Evaluation::NotWoken => (&[][..], None),
        Evaluation::Unavailable(fault, findings) => (findings.as_slice(), Some(fault)),
    };
    let findings = findings.iter().filter(|finding| finding.duty == *duty && input.applies_to(&finding.kinds));
    let mut findings: Vec<&Finding> = findings.collect();
    let governs = card.governs.contains(duty);
    if !governs && findings.is_empty() {
        return None;
    }
    findings.sort();
    findings.dedup();
    let origin = effective_origin(card, governs);
    let assessor = Assessor { input, card, origin, is_floor, governs };
    let findings: Vec<AssessedFinding<'a>> = findings.into_iter().map(|finding| assessor.assess(finding)).collect();
    let failure = if origin == EffectiveOrigin::None {
        None
    } else {
        let fault = fault.filter(|_| input.fault_counts(card)).map(|fault| Failure::Fault(fault.clone()));
        fault.or_else(|| findings.iter().find_map(AssessedFinding::unknown))
    };
    Some(PolicyOnDuty { card, origin, findings, failure })
}

/// For whom a policy counts on a duty.
fn effective_origin(card: &PolicyCard, governs: bool) -> EffectiveOrigin<'_> {
    if !governs || card.mode == Mode::Monitor {
        return EffectiveOrigin::None;
    }
    match &card.origin {
        Origin::General | Origin::Common => EffectiveOrigin::General,
        Origin::Tenant => EffectiveOrigin::Tenant,
        Origin::Sector(sector) => EffectiveOrigin::Sector(sector),
    }
}

/// Assesses the findings of one policy on one duty.
pub(super) struct Assessor<'q, 'a> {
    pub(super) input: &'q ResolutionInput<'a>,
    pub(super) card: &'a PolicyCard,
    pub(super) origin: EffectiveOrigin<'a>,
    /// Whether the duty is a floor.
    pub(super) is_floor: bool,
    /// Whether the policy governs the duty.
    governs: bool,
}

impl<'a> Assessor<'_, 'a> {
    fn assess(&self, finding: &'a Finding) -> AssessedFinding<'a> {
        let citation = finding.answer.citation();
        let applicability = citation.map(|citation| Applicability::of(self.input.registry, citation, self.input.as_of));
        let is_dead = matches!(applicability, Some(Applicability::NotInForce));
        let relaxation = match &finding.answer {
            Answer::InsteadOf(demand) if !is_dead => {
                Some(relaxation::check(self, &finding.duty, &demand.citation, applicability))
            }
            Answer::InsteadOf(_)
            | Answer::NotApplicable(_)
            | Answer::Met(_)
            | Answer::Require(_)
            | Answer::Unknown(_) => None,
        };
        let disposition = if !self.governs {
            Disposition::NotGoverned
        } else if self.origin == EffectiveOrigin::None {
            Disposition::Monitored
        } else if is_dead {
            Disposition::NotInForce
        } else if let Some(Err(refusal)) = &relaxation {
            Disposition::RelaxationRefused(*refusal)
        } else {
            Disposition::Stands
        };
        AssessedFinding { finding, applicability, relaxation, disposition }
    }
}
