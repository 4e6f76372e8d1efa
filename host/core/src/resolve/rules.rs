//! Which rules of precedence decided something on a duty.
//!
//! A rule is named where the result, or what became of a relaxation, would have been another without it; a finding that asks
//! for nothing beyond what already holds decides nothing. R8 is added where conflicts are found.

use std::collections::BTreeSet;

use super::duty::Matter;
use super::voice::{Seat, Statement, Voice};
use crate::{Demand, Disposition, Level, Obligation, Precedence, Refusal, Stance, Status};

/// The rules that decided, R8 apart.
pub(super) fn decided(matter: &Matter<'_>) -> BTreeSet<Precedence> {
    let mut rules = BTreeSet::new();
    if is_gap(matter) {
        rules.insert(Precedence::R1);
    }
    tightenings(matter, &mut rules);
    if matter.voices.iter().any(|voice| voice.failure.is_some()) {
        rules.insert(Precedence::R6);
    }
    for statement in matter.voices.iter().flat_map(|voice| &voice.statements) {
        match &statement.disposition {
            Disposition::Fell(_) => _ = rules.insert(Precedence::R3),
            Disposition::Defeated { .. } => _ = rules.insert(Precedence::R5),
            Disposition::RelaxationRefused(refusal) => refused(matter, *refusal, &mut rules),
            Disposition::Monitored if !statement.is_silent() => _ = rules.insert(Precedence::R9),
            Disposition::Stands | Disposition::NotInForce | Disposition::Monitored | Disposition::NotGoverned => {}
        }
    }
    if certain_sectors_that_ask(matter) > 1 {
        rules.insert(Precedence::R5);
    }
    rules
}

/// R1: a sector is certain, no sector says anything on the duty, and the general rule does.
fn is_gap(matter: &Matter<'_>) -> bool {
    let any_certain = matter.question.sectors.values().any(|known| known.status == Status::Yes);
    let speaks =
        |is_seat: fn(Seat<'_>) -> bool| matter.voices.iter().any(|voice| is_seat(voice.seat) && voice.speaks());
    any_certain && !speaks(|seat| matches!(seat, Seat::Sector(_))) && speaks(|seat| seat == Seat::Without)
}

/// What a relaxation that did not count says of the rules.
fn refused(matter: &Matter<'_>, refusal: Refusal, rules: &mut BTreeSet<Precedence>) {
    match refusal {
        Refusal::FloorDuty | Refusal::SoftInstrument | Refusal::NothingYields => _ = rules.insert(Precedence::R4),
        Refusal::SectorUncertain => _ = rules.insert(Precedence::R7),
        Refusal::SectorFailed | Refusal::GeneralFailed => _ = rules.insert(Precedence::R6),
        Refusal::OtherSectorKeeps => {
            let keeping = matter.regimes.values().filter(|regime| regime.stance == Stance::Keeping);
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

/// R2 and R7: findings that ask for more than the rest. A sector's are held against everything said without a sector, what
/// stands beside a relaxation against the relaxation.
fn tightenings(matter: &Matter<'_>, rules: &mut BTreeSet<Precedence>) {
    let general = Sum::of(matter.statements(|seat| seat == Seat::Without).filter_map(Statement::demand));
    let mut relaxed = Sum::of(std::iter::empty());
    for voice in &matter.voices {
        let Seat::Sector(sector) = voice.seat else { continue };
        let is_certain = matter.regimes.get(sector).is_some_and(|regime| regime.status == Status::Yes);
        for statement in voice.statements.iter().filter(|statement| statement.counts()) {
            let Some(demand) = statement.demand() else { continue };
            relaxed.add(demand);
            let displaces = statement.granted().is_some() && statement.disposition == Disposition::Stands;
            if demand.level > general.level || (!displaces && general.lacks(demand)) {
                rules.insert(if is_certain { Precedence::R2 } else { Precedence::R7 });
            }
        }
    }
    let mut without = matter.statements(|seat| seat == Seat::Without);
    if without.any(|statement| matches!(statement.disposition, Disposition::Fell(_))) {
        let standing = matter.statements(|seat| seat == Seat::Without).filter(|statement| statement.counts());
        let stricter = |demand: &&Demand| demand.level > relaxed.level || relaxed.lacks(demand);
        if standing.filter_map(Statement::demand).any(|demand| stricter(&demand)) {
            rules.insert(Precedence::R2);
        }
    }
}

fn certain_sectors_that_ask(matter: &Matter<'_>) -> usize {
    let certain = matter.regimes.iter().filter(|(_, regime)| regime.status == Status::Yes);
    let asks = |voice: &&Voice<'_>| voice.failure.is_some() || voice.counting().next().is_some();
    certain
        .filter(|(sector, _)| matter.voices.iter().filter(asks).any(|voice| voice.seat == Seat::Sector(sector)))
        .count()
}

impl<'a> Matter<'a> {
    fn statements(&self, is_seat: impl Fn(Seat<'_>) -> bool) -> impl Iterator<Item = &Statement<'a>> {
        self.voices.iter().filter(move |voice| is_seat(voice.seat)).flat_map(|voice| &voice.statements)
    }
}

/// Demands taken together.
struct Sum<'a> {
    level: Level,
    obligations: Vec<&'a Obligation>,
}

impl<'a> Sum<'a> {
    fn of(demands: impl Iterator<Item = &'a Demand>) -> Self {
        let mut sum = Self { level: Level::Pass, obligations: Vec::new() };
        demands.for_each(|demand| sum.add(demand));
        sum
    }

    fn add(&mut self, demand: &'a Demand) {
        self.level = self.level.max(demand.level);
        self.obligations.extend(&demand.obligations);
    }

    /// Whether a demand asks for something that is not yet asked for.
    fn lacks(&self, demand: &Demand) -> bool {
        demand.obligations.iter().any(|obligation| !self.obligations.contains(&obligation))
    }
}
