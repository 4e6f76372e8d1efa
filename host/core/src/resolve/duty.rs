//! The resolution of one duty.

use std::collections::{BTreeMap, BTreeSet};

use super::force::{Force, Relaxing, yields};
use super::owed::{self, Owed};
use super::relax::Leave;
use super::rules;
use super::voice::{Seat, Statement, Voice, listen};
use crate::{
    Disposition, DutyClass, DutyId, DutyResolution, Fall, Ground, Level, Question, Reading, Refusal, SectorId,
    SectorPart, SourceId, Stance, Status,
};

/// What a sector is to the duty while it is being resolved.
pub(super) struct Regime<'a> {
    pub(super) status: Status,
    pub(super) failed: bool,
    pub(super) stance: Stance,
    grant: Option<&'a str>,
}

/// One duty being resolved.
pub(super) struct Matter<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) voices: Vec<Voice<'a>>,
    pub(super) regimes: BTreeMap<&'a SectorId, Regime<'a>>,
    pub(super) readings: BTreeSet<Reading>,
}

/// Resolves `duty` and adds what survives to `owed`.
pub(super) fn resolve_duty(question: &Question<'_>, duty: &DutyId, owed: &mut Vec<Owed>) -> DutyResolution {
    let entry = question.registry.duties.get(duty);
    let is_floor = entry.is_none_or(|entry| entry.class == DutyClass::Floor);
    let fail = entry.map_or(Level::Review, |entry| if is_floor { entry.fail.max(Level::Review) } else { entry.fail });

    let voices = listen(question, duty, is_floor);
    let mut matter = Matter { question, voices, regimes: BTreeMap::new(), readings: BTreeSet::new() };
    matter.seat_sectors();
    matter.apply_edges(duty);
    matter.let_yielding_fall();

    let mut own = Vec::new();
    for voice in &matter.voices {
        owe(duty, voice, &mut own);
    }
    let conflicts = owed::conflicts(question.registry, &own, |_, _| true);
    let mut rules = rules::decided(&matter);
    let mut level = matter.level(fail);
    if !conflicts.is_empty() {
        rules.insert(crate::Precedence::R8);
        level = level.max(Level::Review);
    }
    let mut findings: Vec<_> = matter.voices.iter().flat_map(Voice::record).collect();
    findings.sort();
    findings.dedup();
    let failed =
        matter.voices.iter().filter_map(|voice| Some((voice.card.id.clone(), voice.failure.clone()?))).collect();
    let obligations = owed::joined(question.registry, &own);
    owed.append(&mut own);
    let sectors = matter.parts();
    let readings = matter.readings;
    DutyResolution { duty: duty.clone(), level, obligations, rules, findings, failed, sectors, conflicts, readings }
}

/// Adds what a voice's counting findings ask for.
fn owe(duty: &DutyId, voice: &Voice<'_>, own: &mut Vec<Owed>) {
    let asked = voice.statements.iter().filter_map(|statement| Some((statement.counts(), statement.demand()?)));
    let each = asked.flat_map(|(counts, demand)| demand.obligations.iter().map(move |obligation| (counts, obligation)));
    for (index, (_, obligation)) in (0_u32..).zip(each).filter(|(_, (counts, _))| *counts) {
        own.push(Owed { duty: duty.clone(), policy: voice.card.id.clone(), index, obligation: obligation.clone() });
    }
}

impl<'a> Matter<'a> {
    /// The highest level of what survives.
    fn level(&self, fail: Level) -> Level {
        let demanded = self.voices.iter().flat_map(Voice::counting).map(|demand| demand.level);
        let failed = self.voices.iter().filter(|voice| voice.failure.is_some()).map(|_| fail);
        demanded.chain(failed).max().unwrap_or(Level::Pass)
    }

    /// Gives each sector its part: displacing, silent or keeping. Withdraws leave where a policy failed (R6).
    fn seat_sectors(&mut self) {
        let fails = |seat: Seat<'_>| self.voices.iter().any(|voice| voice.seat == seat && voice.failure.is_some());
        let general_failed = fails(Seat::Without);
        let mut failed: BTreeMap<&'a SectorId, bool> = BTreeMap::new();
        for voice in &self.voices {
            if let Seat::Sector(sector) = voice.seat {
                *failed.entry(sector).or_default() |= voice.failure.is_some();
            }
        }
        for voice in &mut self.voices {
            let Seat::Sector(sector) = voice.seat else { continue };
            let sector_failed = failed.get(sector) == Some(&true);
            let withdrawn = if sector_failed {
                Some(Refusal::SectorFailed)
            } else {
                general_failed.then_some(Refusal::GeneralFailed)
            };
            if let Some(refusal) = withdrawn {
                voice.relaxing_mut().for_each(|statement| statement.refuse(refusal));
            }
            let status = self.question.status(sector);
            let new = || Regime { status, failed: sector_failed, stance: Stance::Silent, grant: None };
            let regime = self.regimes.entry(sector).or_insert_with(new);
            if let Some(leave) = voice.relaxing().filter_map(Statement::granted).next() {
                regime.stance = Stance::Displacing;
                regime.grant = regime.grant.or_else(|| leave.grants.first().map(|(id, _)| *id));
            } else if regime.stance == Stance::Silent && (status != Status::Yes || voice.speaks()) {
                regime.stance = Stance::Keeping;
            }
        }
    }

    /// Applies the edges that counsel chose between sectors (R5). An edge counts only where its sector displaces the duty in
    /// its own right, stands on the losing side of no edge, and nothing on the losing side failed or ranks higher: superior law
    /// stays, failure and doubt never loosen.
    fn apply_edges(&mut self, duty: &DutyId) {
        let edges: Vec<_> = self.question.trust.defeats.iter().filter(|edge| edge.duty == *duty).collect();
        for edge in &edges {
            let loses = edges.iter().any(|other| other.over == edge.sector);
            let wins = self.regimes.get(&edge.sector).is_some_and(|regime| regime.stance == Stance::Displacing);
            let may_lose = self.regimes.get(&edge.over).is_some_and(|regime| !regime.failed);
            if loses || !wins || !may_lose || !self.outranks(&edge.sector, &edge.over) {
                continue;
            }
            for voice in self.voices.iter_mut().filter(|voice| voice.seat == Seat::Sector(&edge.over)) {
                for statement in voice.statements.iter_mut().filter(|statement| statement.counts()) {
                    statement.leave = None;
                    if statement.demand().is_some() {
                        let (by, label) = (edge.sector.clone(), edge.label.clone());
                        statement.disposition = Disposition::Defeated { by, label };
                    }
                }
            }
            if let Some(regime) = self.regimes.get_mut(&edge.over) {
                (regime.stance, regime.grant) = (Stance::Defeated, None);
            }
            self.readings.insert(Reading::Defeats(edge.label.clone()));
        }
    }

    /// Whether no demand of the `over` sector ranks above any instrument by which `sector` displaces.
    fn outranks(&self, sector: &SectorId, over: &SectorId) -> bool {
        let of = |sector| self.voices.iter().filter(move |voice| voice.seat == Seat::Sector(sector));
        let leaves = of(sector).flat_map(Voice::relaxing).filter_map(Statement::granted);
        let Some(lowest) = leaves.map(|leave| leave.instrument.rank).min() else { return false };
        let demands = of(over).flat_map(|voice| &voice.statements).filter(|statement| statement.demand().is_some());
        demands
            .map(|statement| statement.force.and_then(Force::applied))
            .all(|applied| applied.is_some_and(|(_, instrument)| instrument.rank <= lowest))
    }

    /// Lets the findings without a sector fall that yield to a displacing sector, unless another sector keeps them (R3, R5);
    /// marks each relaxation that had no effect.
    fn let_yielding_fall(&mut self) {
        let kept = self.regimes.values().any(|regime| regime.stance == Stance::Keeping);
        let leaves = self.leaves();
        let mut had_effect = BTreeSet::new();
        let mut has_general = false;
        let mut falls = Vec::new();
        for (n, voice) in self.voices.iter().enumerate().filter(|(_, voice)| voice.seat == Seat::Without) {
            for (m, statement) in voice.statements.iter().enumerate().filter(|(_, one)| one.demand().is_some()) {
                has_general = true;
                let mut first = None;
                for (place, sector, leave) in &leaves {
                    let fall = fall(self.question, statement, sector, leave, &mut self.readings);
                    if let Some(fall) = fall {
                        had_effect.insert(*place);
                        first = first.or(Some(fall));
                    }
                }
                falls.extend(first.map(|fall| (n, m, fall)));
            }
        }
        let refusal = |place| match had_effect.contains(place) {
            true => kept.then_some(Refusal::OtherSectorKeeps),
            false => has_general.then_some(Refusal::NothingYields),
        };
        let refused: Vec<_> = leaves.iter().filter_map(|(place, ..)| Some((*place, refusal(place)?))).collect();
        for (place, refusal) in refused {
            self.change(place, |statement| statement.disposition = Disposition::RelaxationRefused(refusal));
        }
        if !kept {
            for (n, m, fall) in falls {
                self.change((n, m), |statement| statement.disposition = Disposition::Fell(fall));
            }
        }
    }

    /// The relaxations of displacing sectors, with their places.
    fn leaves(&self) -> Vec<((usize, usize), &'a SectorId, Leave<'a>)> {
        let mut leaves = Vec::new();
        for (n, voice) in self.voices.iter().enumerate() {
            let Seat::Sector(sector) = voice.seat else { continue };
            if self.regimes.get(sector).is_none_or(|regime| regime.stance != Stance::Displacing) {
                continue;
            }
            for (m, statement) in voice.statements.iter().enumerate() {
                leaves.extend(statement.granted().map(|leave| ((n, m), sector, leave.clone())));
            }
        }
        leaves.sort_by(|one, other| (one.1, one.0).cmp(&(other.1, other.0)));
        leaves
    }

    fn change(&mut self, (n, m): (usize, usize), change: impl FnOnce(&mut Statement<'a>)) {
        if let Some(statement) = self.voices.get_mut(n).and_then(|voice| voice.statements.get_mut(m)) {
            change(statement);
        }
    }

    /// The record of the sectors.
    fn parts(&self) -> Vec<SectorPart> {
        let nobody = || SourceId::from("nobody");
        let part = |(sector, regime): (&&SectorId, &Regime<'_>)| SectorPart {
            sector: (*sector).clone(),
            status: regime.status,
            source: self.question.sectors.get(*sector).map_or_else(nobody, |known| known.source.clone()),
            stance: regime.stance,
            grant: regime.grant.map(str::to_owned),
        };
        self.regimes.iter().map(part).collect()
    }
}

/// How a general finding falls to one relaxation, if it does.
fn fall(
    question: &Question<'_>,
    statement: &Statement<'_>,
    sector: &SectorId,
    leave: &Leave<'_>,
    readings: &mut BTreeSet<Reading>,
) -> Option<Fall> {
    let made =
        |by, grant: &str| Fall { sector: sector.clone(), instrument: leave.id.clone(), by, grant: grant.to_owned() };
    let general = statement.force.and_then(Force::applied)?;
    leave.grants.iter().find_map(|&(grant, ground): &(&str, Ground)| {
        let relaxing = Relaxing { sector, id: leave.id, instrument: leave.instrument, ground };
        let answer = yields(question.registry, question.trust.rank_test, general, relaxing);
        if answer.tested_rank {
            readings.insert(Reading::RankTest(question.trust.rank_test));
        }
        answer.by.map(|by| made(by, grant))
    })
}
