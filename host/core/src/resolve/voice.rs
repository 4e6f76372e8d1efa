//! Who has a say on one duty, and what each said that counts on the day.

use super::force::Force;
use super::relax::{self, Leave};
use crate::{
    Answer, Considered, Demand, Disposition, DutyId, Evaluation, Failure, Finding, InstrumentId, Mode, Origin,
    PolicyCard, Question, Refusal, SectorId,
};

/// Whose law a policy speaks for on this duty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat<'a> {
    /// The Measures and law that binds whatever the sector.
    Without,
    /// A sector that is certain or in doubt.
    Sector(&'a SectorId),
    /// The tenant's own rules: they add and never displace.
    Tenant,
    /// In the trace only.
    Aside,
}

/// One policy on one duty.
pub(super) struct Voice<'a> {
    pub(super) card: &'a PolicyCard,
    pub(super) seat: Seat<'a>,
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) failure: Option<Failure>,
}

/// One finding on the duty.
pub(super) struct Statement<'a> {
    pub(super) finding: &'a Finding,
    pub(super) force: Option<Force<'a>>,
    /// For an `instead-of`: under which grants it may displace, or why it may not.
    pub(super) leave: Option<Result<Leave<'a>, Refusal>>,
    pub(super) disposition: Disposition,
}

impl<'a> Statement<'a> {
    /// What it asks for, where it counts as of the day.
    pub(super) fn demand(&self) -> Option<&'a Demand> {
        if self.is_silent() { None } else { self.finding.answer.demand() }
    }

    /// Whether it says nothing: not applicable, or no longer or not yet law.
    pub(super) fn is_silent(&self) -> bool {
        match self.disposition {
            Disposition::NotInForce | Disposition::NotGoverned => true,
            Disposition::Stands
            | Disposition::Fell(_)
            | Disposition::Defeated { .. }
            | Disposition::RelaxationRefused(_)
            | Disposition::Monitored => matches!(self.finding.answer, Answer::NotApplicable(_)),
        }
    }

    /// Whether what it asks for is part of the result.
    pub(super) fn counts(&self) -> bool {
        matches!(self.disposition, Disposition::Stands | Disposition::RelaxationRefused(_))
    }

    /// Under which grants it displaces, where it does.
    pub(super) fn granted(&self) -> Option<&Leave<'a>> {
        self.leave.as_ref()?.as_ref().ok()
    }

    /// Withdraws its leave.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.leave = Some(Err(refusal));
        self.disposition = Disposition::RelaxationRefused(refusal);
    }

    /// That its policy cannot tell, where it says so.
    fn unknown(&self) -> Option<Failure> {
        match &self.finding.answer {
            Answer::Unknown(reason) => Some(Failure::Unknown(reason.clone())),
            Answer::NotApplicable(_) | Answer::Met(_) | Answer::Require(_) | Answer::InsteadOf(_) => None,
        }
    }

    fn earlier(&self) -> Option<&'a InstrumentId> {
        match self.force {
            Some(Force::Earlier(id, _)) => Some(id),
            Some(Force::Current(..) | Force::Dormant | Force::Unregistered) | None => None,
        }
    }
}

impl<'a> Voice<'a> {
    /// Whether it says or fails to say something.
    pub(super) fn speaks(&self) -> bool {
        self.failure.is_some() || self.statements.iter().any(|statement| !statement.is_silent())
    }

    /// The findings that have leave to displace.
    pub(super) fn relaxing(&self) -> impl Iterator<Item = &Statement<'a>> {
        self.statements.iter().filter(|statement| statement.granted().is_some())
    }

    /// The same, to withdraw it.
    pub(super) fn relaxing_mut(&mut self) -> impl Iterator<Item = &mut Statement<'a>> {
        self.statements.iter_mut().filter(|statement| statement.granted().is_some())
    }

    /// The demands that are part of the result.
    pub(super) fn counting(&self) -> impl Iterator<Item = &'a Demand> {
        self.statements.iter().filter(|statement| statement.counts()).filter_map(Statement::demand)
    }

    /// The record of its findings.
    pub(super) fn record(&self) -> impl Iterator<Item = Considered> {
        self.statements.iter().map(|statement| Considered {
            policy: self.card.id.clone(),
            version: self.card.version.clone(),
            rule: statement.finding.rule.clone(),
            answer: statement.finding.answer.clone(),
            earlier: statement.earlier().cloned(),
            disposition: statement.disposition.clone(),
        })
    }
}

/// Everybody who has a say on `duty`, by policy id, each with its findings in order and without repeats.
pub(super) fn listen<'a>(question: &Question<'a>, duty: &DutyId, is_floor: bool) -> Vec<Voice<'a>> {
    let mut voices: Vec<Voice<'a>> = Vec::with_capacity(question.testimonies.len());
    for testimony in question.testimonies {
        let card = &*testimony.policy;
        if question.is_out(card) {
            continue;
        }
        let governs = card.governs.contains(duty);
        let (findings, fault) = match &testimony.evaluation {
            Evaluation::Evaluated(findings) => (findings.as_slice(), None),
            Evaluation::NotWoken => (&[][..], None),
            Evaluation::Unavailable(fault, findings) => (findings.as_slice(), Some(fault)),
        };
        let findings = findings.iter().filter(|finding| finding.duty == *duty && question.concerns(&finding.kinds));
        let mut findings: Vec<&Finding> = findings.collect();
        if !governs && findings.is_empty() {
            continue;
        }
        findings.sort();
        findings.dedup();
        let seat = seat(card, governs);
        let statements = findings.into_iter().map(|finding| state(question, card, seat, is_floor, governs, finding));
        let statements: Vec<Statement<'a>> = statements.collect();
        let failure = if seat == Seat::Aside {
            None
        } else {
            let fault = fault.filter(|_| question.fault_counts(card)).map(|fault| Failure::Fault(fault.clone()));
            fault.or_else(|| statements.iter().find_map(Statement::unknown))
        };
        voices.push(Voice { card, seat, statements, failure });
    }
    voices.sort_by(|one, other| (&one.card.id, &one.card.version).cmp(&(&other.card.id, &other.card.version)));
    voices
}

/// For whom a policy speaks. One that does not govern the duty, or is monitored, speaks for nobody.
fn seat(card: &PolicyCard, governs: bool) -> Seat<'_> {
    if !governs || card.mode == Mode::Monitor {
        return Seat::Aside;
    }
    match &card.origin {
        Origin::General | Origin::Common => Seat::Without,
        Origin::Tenant => Seat::Tenant,
        Origin::Sector(sector) => Seat::Sector(sector),
    }
}

/// One finding before anything has displaced it.
fn state<'a>(
    question: &Question<'a>,
    card: &'a PolicyCard,
    seat: Seat<'a>,
    is_floor: bool,
    governs: bool,
    finding: &'a Finding,
) -> Statement<'a> {
    let force = finding.answer.citation().map(|citation| Force::of(question.registry, citation, question.as_of));
    let is_dead = matches!(force, Some(Force::Dormant));
    let leave = match &finding.answer {
        Answer::InsteadOf(demand) if !is_dead => {
            Some(relax::leave(question, card, seat, is_floor, &finding.duty, &demand.citation, force))
        }
        Answer::InsteadOf(_) | Answer::NotApplicable(_) | Answer::Met(_) | Answer::Require(_) | Answer::Unknown(_) => {
            None
        }
    };
    let disposition = if !governs {
        Disposition::NotGoverned
    } else if seat == Seat::Aside {
        Disposition::Monitored
    } else if is_dead {
        Disposition::NotInForce
    } else if let Some(Err(refusal)) = &leave {
        Disposition::RelaxationRefused(*refusal)
    } else {
        Disposition::Stands
    };
    Statement { finding, force, leave, disposition }
}
