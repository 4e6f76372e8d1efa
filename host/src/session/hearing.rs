//! Hearing: calling the policies on an event, and deciding from what they found.

use std::sync::Arc;

use specialis_core::{
    Context, Decision, Evaluation, Event, EventKind, FaultKind, Header, Level, Obligation, Position, Question,
    Resolution, Status, Testimony, resolve,
};

use super::reading::{Reading, Stop, is_out};
use super::{Held, Session};
use crate::abi::Input;
use crate::edition::Memory;
use crate::policy::{Call, Policy};
use crate::release::{Actions, Release, whole};

impl Session {
    /// Reads every part of an event whose text is whole.
    pub(super) fn read_parts(&mut self, reading: &mut Reading) {
        let event = reading.event.clone();
        for part in &event.parts {
            let index = reading.begin_part(&self.edition, part.text.is_some(), usize::MAX);
            let Some(text) = &part.text else { continue };
            let mut points = reading.read(index, text).points;
            points.extend(reading.finish(index));
            for point in points {
                let stop = reading.stop_at(&self.edition, index, &point);
                self.hear(reading, stop);
            }
            let stop = reading.stop_at_text_end(&self.edition, index);
            self.hear(reading, stop);
        }
    }

    /// Calls everybody who has a reason when the event is whole.
    pub(super) fn hear_end(&mut self, reading: &mut Reading) {
        let stop = reading.stop_at_end(&self.edition);
        self.hear(reading, Some(stop));
    }

    /// Makes the calls of one judging point; whether there were any.
    pub(super) fn hear(&mut self, reading: &mut Reading, stop: Option<Stop>) -> bool {
        self.heed();
        let Some(Stop { read_to, hits, mut calls, n_chars }) = stop else { return false };
        let edition = self.edition.clone();
        calls.retain(|(n, ..)| edition.policies.get(*n).is_some_and(|policy| !is_out(policy, &self.sectors)));
        if calls.is_empty() {
            return false;
        }
        let input = Arc::new(Input {
            context: self.context(),
            event: Some(reading.event.clone()),
            as_of: self.as_of,
            hits,
            n_parts: reading.n_parts(),
            read_to,
        });
        let sandbox = &self.host.sandbox;
        let n_chars = self.n_chars.saturating_add(n_chars);
        for (n, point, stretch) in &calls {
            let (Some(policy), Some(held)) = (edition.policies.get(*n), self.memories.get_mut(*n)) else { continue };
            if held.fault.is_some() {
                continue;
            }
            let fuel = sandbox.limits.allowance(n_chars, held.fuel);
            let call = Call { point: *point, stretch: *stretch, state: &held.state, fuel };
            let answer = policy.call(sandbox, &edition.registry, &input, &call);
            held.fuel = held.fuel.saturating_add(answer.fuel);
            let burnt = reading.fuel.entry(policy.card.id.clone()).or_default();
            *burnt = burnt.saturating_add(answer.fuel);
            match answer.result {
                Ok((findings, state)) => {
                    reading.hear(*n, findings, read_to.map(|(part, _)| part));
                    held.state = state;
                }
                Err(fault) => {
                    tracing::warn!(policy = %policy.card.id, fault = fault.kind.as_str(), "fault");
                    held.fault = Some(fault);
                }
            }
        }
        true
    }

    /// The decision on an event that is whole.
    pub(super) fn decision(&self, reading: &Reading, seq: u32) -> Decision {
        let id = self.decision_id(&reading.event, seq, None);
        let mut decision = Decision { id, ..self.draft(reading, seq) };
        decision.note_utf16(reading.event.parts.iter().map(|part| part.text.as_deref()));
        decision
    }

    /// The decision on what has been found so far, without an id.
    pub(super) fn draft(&self, reading: &Reading, seq: u32) -> Decision {
        let testimonies = self.testimonies(reading, None);
        let question = self.question(reading.kind(), &testimonies);
        // A wall-clock strike came from outside the text, and so do late scores and reviews.
        let is_struck = |held: &Held| held.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::Deadline);
        let is_intervention = matches!(reading.kind(), EventKind::Signal | EventKind::Review | EventKind::Abort);
        let header = Header {
            session: self.id.clone(),
            seq,
            what_if: self.what_if,
            intervened: is_intervention || self.memories.iter().any(is_struck),
            refused_facts: self.refused.iter().chain(&reading.refused).cloned().collect(),
            edition: self.edition.id.clone(),
            id: String::new(),
        };
        let mut decision = Decision::new(&question, self.resolution(reading, &question), header);
        decision.stop_for_unsupported(&self.edition.platform.supports);
        self.say_moved(&mut decision);
        decision
    }

    /// What everything comes to.
    fn resolution(&self, reading: &Reading, question: &Question<'_>) -> Resolution {
        let mut memories = self.memories.iter().zip(&self.opened.memories);
        let is_calm = reading.heard.iter().all(|heard| !heard.is_called)
            && Arc::ptr_eq(&self.sectors, &self.opened.sectors)
            && memories.all(|(held, at_open)| held.fault == at_open.fault);
        if is_calm { self.opened.calm(question.kind, || resolve(question)) } else { resolve(question) }
    }

    /// What one part of an event comes to: text actions hold for a choice and channel.
    pub(super) fn level_of(&self, reading: &Reading, decision: &Decision, part: u32) -> Level {
        if !decision.unsupported.is_empty() {
            return Level::Stop;
        }
        if reading.kind() != EventKind::Output || reading.event.parts.len() < 2 {
            return level(decision.verdict, decision.obligations.iter().map(|due| &due.obligation));
        }
        let testimonies = self.testimonies(reading, Some(part));
        let Resolution { verdict, obligations, .. } = resolve(&self.question(reading.kind(), &testimonies));
        level(verdict, obligations.iter().map(|due| &due.obligation))
    }

    /// What may go out of an event that is whole.
    pub(super) fn release_whole(&self, reading: &Reading, decision: &mut Decision) -> Release {
        let edition = &self.edition;
        let mut parts = Vec::new();
        for (part, index) in reading.event.parts.iter().zip(0_u32..) {
            let Some(text) = part.text.as_deref() else { continue };
            let level = self.level_of(reading, decision, index);
            if level != decision.verdict {
                decision.parts.insert(index, level);
            }
            let actions = Actions::of(decision, part, index, edition, self.opened.context.locale.as_deref());
            parts.push((index, whole(decision, level, &actions, text, &edition.redaction)));
        }
        Release { parts }
    }

    /// What every policy came to on an event, before anything is resolved; without an event, what it found at open.
    pub(crate) fn testify(&mut self, event: Option<Event>) -> Vec<Testimony> {
        let Some(event) = event else {
            let policies = self.edition.policies.iter().zip(&self.opened.memories);
            let testify = |(policy, at_open): (&Policy, &Memory)| {
                let findings = at_open.findings.clone();
                let evaluation = match at_open.fault.clone() {
                    Some(fault) => Evaluation::Unavailable(fault, findings),
                    None => Evaluation::Evaluated(findings),
                };
                Testimony { policy: policy.card.clone(), evaluation }
            };
            return policies.map(testify).collect();
        };
        let mut reading = self.reading(event);
        self.read_parts(&mut reading);
        self.hear_end(&mut reading);
        self.testimonies(&reading, None)
    }

    /// What every policy came to, on one part alone where it is given, with what it found at open.
    fn testimonies(&self, reading: &Reading, part: Option<u32>) -> Vec<Testimony> {
        let policies = self.edition.policies.iter().zip(&self.opened.memories).zip(&self.memories).zip(&reading.heard);
        policies
            .map(|(((policy, at_open), held), heard)| {
                let findings: Vec<_> = at_open.findings.iter().chain(heard.of(part)).cloned().collect();
                let evaluation = match &held.fault {
                    Some(fault) => Evaluation::Unavailable(fault.clone(), findings),
                    None if heard.is_called || !findings.is_empty() => Evaluation::Evaluated(findings),
                    None => Evaluation::NotWoken,
                };
                Testimony { policy: policy.card.clone(), evaluation }
            })
            .collect()
    }

    fn question<'a>(&'a self, kind: EventKind, testimonies: &'a [Testimony]) -> Question<'a> {
        Question {
            registry: &self.edition.registry,
            trust: &self.edition.trust,
            sectors: &self.sectors,
            as_of: self.as_of,
            kind,
            testimonies,
        }
    }

    /// The context with the sectors as they now stand.
    fn context(&self) -> Arc<Context> {
        let same = self
            .sectors
            .iter()
            .all(|(id, now)| self.opened.context.sectors.get(id).copied().unwrap_or(Status::Unknown) == now.status);
        if same {
            return self.opened.context.clone();
        }
        let mut context = (*self.opened.context).clone();
        context.sectors = self.sectors.iter().map(|(id, now)| (id.clone(), now.status)).collect();
        Arc::new(context)
    }

    /// A keyed hash over edition, session, position and input: without the key, short texts could be guessed from it.
    pub(super) fn decision_id(&self, event: &Event, seq: u32, at: Option<Position>) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.host.id_key);
        // Of a stream the input is what had been read there, however much came in one piece.
        let read = at.map(|at| cut(event, at));
        let event = read.as_ref().unwrap_or(event);
        // INVARIANT: events have a JSON form; writing into a hasher does not fail.
        hasher.update(self.opened.digest.as_bytes());
        let position = (&self.edition.id, &self.id, seq, self.as_of, at);
        let _ = serde_json::to_writer(&mut hasher, &(position, event));
        hasher.finalize().to_hex().as_str().get(..32).unwrap_or_default().to_owned()
    }
}

/// An event with the text of one part as far as it had been read.
fn cut(event: &Event, at: Position) -> Event {
    let mut event = event.clone();
    let part = usize::try_from(at.part).ok().and_then(|part| event.parts.get_mut(part));
    if let (Some(text), Ok(at)) = (part.and_then(|part| part.text.as_mut()), usize::try_from(at.at))
        && text.is_char_boundary(at)
    {
        text.truncate(at);
    }
    event
}

/// The level of a verdict with its obligations: who must let nothing more out stops.
fn level<'a>(verdict: Level, mut obligations: impl Iterator<Item = &'a Obligation>) -> Level {
    if obligations.any(|obligation| matches!(obligation, Obligation::Stop)) { Level::Stop } else { verdict }
}
