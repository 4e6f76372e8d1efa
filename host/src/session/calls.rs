//! Calling the policies on an event.

use std::sync::Arc;
use std::time::Duration;

use specialis_core::{Context, Evaluation, Event, EventKind, PolicyEvaluation, Status};

use super::findings::View;
use super::scan::{CallRound, EventScan, PlannedCall, is_out, pieces};
use super::stream::StreamState;
use super::{PolicyState, Session};
use crate::runtime::{Call, Input, Policy, PolicyOpening, PolicyUsage, Work, WrittenFacts};

impl Session {
    /// Reads every part of an event whose text is whole, and calls policies on the way.
    pub(super) fn read_parts(&mut self, scan: &mut EventScan) {
        let event = scan.event.clone();
        if scan.is_flooded() {
            return;
        }
        for part in &event.parts {
            if scan.is_flooded() {
                return;
            }
            let Some(id) = scan.begin_part(&self.edition, usize::MAX) else { return };
            let Some(text) = &part.text else { continue };
            for piece in pieces(text) {
                for point in scan.read(id, piece).points {
                    scan.score_at(id, &point);
                    let round = scan.round_at(&self.edition, id, &point);
                    self.call_policies(scan, round);
                }
                scan.note_cut();
                if scan.is_flooded() {
                    return;
                }
            }
            for point in scan.finish(id) {
                scan.score_at(id, &point);
                let round = scan.round_at(&self.edition, id, &point);
                self.call_policies(scan, round);
            }
            scan.score_at_text_end(id);
            let round = scan.round_at_text_end(&self.edition, id);
            self.call_policies(scan, round);
        }
    }

    /// Calls every policy that has a reason when the event is whole.
    pub(super) fn call_at_end(&mut self, scan: &mut EventScan) {
        // A session that is closed calls no policy any more.
        if !scan.exceeded.iter().any(|bound| bound.closes_session()) {
            let round = scan.round_at_end(&self.edition);
            self.call_policies(scan, Some(round));
        }
    }

    /// Makes the calls of one place in an event. Returns whether there were any.
    pub(super) fn call_policies(&mut self, scan: &mut EventScan, round: Option<CallRound>) -> bool {
        self.apply_notices();
        let Some(CallRound { read_to, hits, listed, mut calls, n_chars }) = round else { return false };
        let is_in = |policy: &Policy| !is_out(policy, &self.facts.sectors);
        calls.retain(|call| self.edition.policies.get(call.policy).is_some_and(is_in));
        if calls.is_empty() {
            return false;
        }
        let input = Arc::new(Input {
            context: self.context(),
            event: Some(scan.event.clone()),
            as_of: self.basis.as_of,
            hits,
            n_parts: scan.n_parts(),
            listed,
            read_to: read_to.map(|(part, at)| (part.number(), at)),
            written: WrittenFacts { context: self.basis.opened.written.clone(), facts: scan.written.clone() },
        });
        let n_chars = self.progress.n_chars.saturating_add(n_chars);
        for call in &calls {
            let Some(policy) = self.edition.policies.get(call.policy) else { continue };
            let Some(state) = self.policies.get_mut(call.policy).filter(|state| state.fault.is_none()) else {
                continue;
            };
            let work = Work { n_chars, n_items: input.n_items(&policy.content.reads) };
            let allowance = self.runtime.limits().allowance(policy.content.code_of(), &state.spent, work);
            let &PlannedCall { point, stretch, .. } = call;
            let request = Call { point, stretch, state: &state.state, allowance };
            let outcome = policy.call(&self.runtime, self.edition.registry(), &input, &request);
            state.spent.add(work, outcome.used);
            let id = &policy.content.card.id;
            let used = scan.fuel.entry(id.clone()).or_default();
            *used = used.saturating_add(outcome.used.fuel);
            match outcome.result {
                Ok(answer) => {
                    scan.add_answer(call.policy, &answer, read_to.map(|(part, _)| part));
                    state.state = answer.state;
                }
                Err(fault) => {
                    tracing::warn!(policy = %id, fault = fault.kind.as_str(), "fault");
                    state.fault = Some(fault);
                }
            }
        }
        true
    }

    /// The evaluation of every policy when the session opened.
    pub(crate) fn evaluate_opening(&self) -> Vec<PolicyEvaluation> {
        let policies = self.edition.policies.iter().zip(&self.basis.opened.policies);
        policies.map(|(policy, opening)| at_open(policy, opening)).collect()
    }

    /// The evaluation of every policy on the next event, before anything is resolved. With pieces its text comes as a stream.
    pub(crate) fn evaluate_next(&mut self, mut event: Event, pieces: Option<&[&str]>) -> Vec<PolicyEvaluation> {
        let Some(pieces) = pieces else {
            let mut scan = self.scan(event);
            self.read_parts(&mut scan);
            self.call_at_end(&mut scan);
            scan.join_answers();
            self.take_seq();
            self.note_read(&scan);
            return self.evaluations(&scan, View::Whole);
        };
        event.parts.clear();
        let mut stream = StreamState::begin(self, event);
        for piece in pieces {
            stream.push(self, 0, None, piece.as_bytes());
        }
        stream.evaluate(self)
    }

    /// Counts what was read of an event towards what a session may hold.
    pub(super) fn note_read(&mut self, scan: &EventScan) {
        let progress = &mut self.progress;
        progress.n_hits = progress.n_hits.saturating_add(scan.n_hits());
        progress.n_chars = progress.n_chars.saturating_add(scan.n_chars());
        progress.has_output |= matches!(scan.kind(), EventKind::Output | EventKind::Media);
    }

    /// What each policy used so far, in the edition's order.
    pub(crate) fn usage(&self) -> Vec<PolicyUsage> {
        let usage = |state: &PolicyState| PolicyUsage { state: state.state.len(), ..state.spent.usage() };
        self.policies.iter().map(usage).collect()
    }

    /// How long the calls of each policy took so far, in the edition's order.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.policies.iter().map(|state| state.spent.time()).collect()
    }

    /// The evaluation of every policy, with what it found at open.
    pub(super) fn evaluations(&self, scan: &EventScan, view: View) -> Vec<PolicyEvaluation> {
        let policies = self.edition.policies.iter().zip(&self.basis.opened.policies);
        let policies = policies.zip(&self.policies).zip(&scan.findings);
        policies
            .map(|(((policy, opening), PolicyState { fault, .. }), found)| {
                let findings: Vec<_> = opening.findings.iter().cloned().chain(found.of(view)).collect();
                let evaluation = match fault {
                    Some(fault) => Evaluation::Unavailable(fault.clone(), findings),
                    None if found.is_called || !findings.is_empty() => Evaluation::Evaluated(findings),
                    None => Evaluation::NotWoken,
                };
                PolicyEvaluation { policy: policy.content.card.clone(), evaluation }
            })
            .collect()
    }

    /// The context with the sectors as they now stand.
    fn context(&self) -> Arc<Context> {
        let opened = &self.basis.opened.context;
        let sectors = &self.facts.sectors;
        let is_same = |(id, now): (&specialis_core::SectorId, &specialis_core::SectorStatus)| {
            opened.sectors.get(id).copied().unwrap_or(Status::Unknown) == now.status
        };
        if sectors.iter().all(is_same) {
            return opened.clone();
        }
        let mut context = (**opened).clone();
        context.sectors = sectors.iter().map(|(id, now)| (id.clone(), now.status)).collect();
        Arc::new(context)
    }
}

fn at_open(policy: &Policy, opening: &PolicyOpening) -> PolicyEvaluation {
    let findings = opening.findings.to_vec();
    let evaluation = match opening.fault.clone() {
        Some(fault) => Evaluation::Unavailable(fault, findings),
        None => Evaluation::Evaluated(findings),
    };
    PolicyEvaluation { policy: policy.content.card.clone(), evaluation }
}
