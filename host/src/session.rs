//! Sessions: the ordered events of one exchange, pinned to one edition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use specialis_core::{
    Context, Date, Decision, Evaluation, Event, EventKind, Fault, FaultKind, Finding, Header, Outcome, Part, PolicyId,
    Question, RefusedFact, SectorId, SectorStatus, SessionId, Settlement, SourceId, Span, Status, Testimony, resolve,
};

use crate::abi::{Input, PartHit, Point};
use crate::edition::{Edition, Opened};
use crate::host::Shared;
use crate::release::{Release, release};
use crate::warrants::{admit_event, warranted};

/// One exchange. `Send`: it may move between threads; it holds no instance and no pool slot between calls.
pub struct Session {
    host: Arc<Shared>,
    edition: Arc<Edition>,
    opened: Arc<Opened>,
    id: SessionId,
    as_of: Date,
    what_if: bool,
    sectors: BTreeMap<SectorId, SectorStatus>,
    refused: Vec<RefusedFact>,
    memories: Vec<Held>,
    n_chars: u64,
    seq: u32,
    has_output: bool,
    pending: BTreeMap<(u32, Option<String>), String>,
}

/// What the host holds of one policy between calls.
struct Held {
    state: Vec<u8>,
    fuel: u64,
    fault: Option<Fault>,
}

/// A decision with what may go out, and what it took.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The decision.
    pub decision: Decision,
    /// The text that may go out.
    pub release: Release,
    /// Durations and counts; never part of the decision.
    pub observation: Observation,
}

/// What a decision took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Wall-clock time.
    pub elapsed: Duration,
    /// Fuel that each called policy burnt.
    pub fuel: BTreeMap<PolicyId, u64>,
    /// Calls made when the session opened; 0 where that was remembered, and after the first event.
    pub n_open_calls: u32,
    /// Hits and detections in the event's text.
    pub n_hits: usize,
}

impl Session {
    pub(crate) fn open(host: Arc<Shared>, id: SessionId, context: Arc<Context>, as_of: Date, what_if: bool) -> Self {
        let edition = host.live.load_full();
        let opened = edition.open(&host.sandbox, context, as_of);
        let held = |memory: &crate::edition::Memory| Held {
            state: memory.state.clone(),
            fuel: memory.fuel,
            fault: memory.fault.clone(),
        };
        Self {
            memories: opened.memories.iter().map(held).collect(),
            sectors: opened.sectors.clone(),
            refused: opened.refused.clone(),
            host,
            edition,
            opened,
            id,
            as_of,
            what_if,
            n_chars: 0,
            seq: 0,
            has_output: false,
            pending: BTreeMap::new(),
        }
    }

    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The edition it is pinned to.
    pub fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }

    /// Sets the status of a sector. After the first output a change can only tighten: the status becomes `unknown`.
    /// A source without a warrant makes it `unknown` too, and the next decision says so.
    pub fn set_sector(&mut self, sector: SectorId, status: Status, source: SourceId) {
        let path = format!("sectors.{sector}");
        let service = self.opened.context.service.id.as_deref();
        let is_warranted = warranted(&self.edition.trust, &path, &source, service);
        if !is_warranted && status != Status::Unknown {
            self.refused.push(RefusedFact { path, source: source.clone() });
        }
        let before = self.sectors.get(&sector).map(|sector| sector.status);
        let too_late = self.has_output && before != Some(status);
        let status = if is_warranted && !too_late { status } else { Status::Unknown };
        self.sectors.insert(sector, SectorStatus { status, source });
    }

    /// Judges one event. Always answers: what goes wrong is in the decision.
    pub fn submit(&mut self, event: Event) -> Judged {
        let started = Instant::now();
        let n_open_calls = if self.seq == 0 { self.opened.n_calls } else { 0 };
        let mut observation = Observation { n_open_calls, ..Observation::default() };
        let service = self.opened.context.service.id.as_deref();
        let (admitted, refused) = admit_event(&event, service, &self.edition.trust);
        let event = Arc::new(admitted.unwrap_or(event));
        let hits = self.scan(&event);
        observation.n_hits = hits.len();
        let input = Arc::new(Input {
            context: self.context(),
            event: Some(event.clone()),
            point: Point::End,
            as_of: self.as_of,
            hits,
        });
        let testimonies = self.hear(&input, &mut observation);
        let decision = self.decision(&event, refused, &testimonies);
        self.seq = self.seq.saturating_add(1);
        self.has_output |= matches!(event.kind(), EventKind::Output | EventKind::Media);
        let release = release(&decision, &event, &self.edition, self.opened.context.locale.as_deref());
        observation.elapsed = started.elapsed();
        tracing::debug!(session = %self.id, verdict = decision.verdict.as_str(), kind = event.kind().as_str(), "decided");
        Judged { decision, release, observation }
    }

    /// Takes a piece of streamed output for one choice and channel. Everything is kept back until [`Session::end`]: the
    /// delivery promise is `keep-all`.
    pub fn push(&mut self, choice: u32, channel: Option<&str>, chunk: &str) {
        self.pending.entry((choice, channel.map(str::to_owned))).or_default().push_str(chunk);
    }

    /// Ends the stream and judges what was pushed as one output. Cutting it differently changes nothing.
    pub fn end(&mut self) -> Judged {
        let mut event = Event::new(EventKind::Output);
        for ((choice, channel), text) in std::mem::take(&mut self.pending) {
            event.parts.push(Part { choice, channel, ..Part::text(text) });
        }
        self.submit(event)
    }

    /// Takes how the obligations of a decision went, by their index; those that are missing are undone.
    pub fn settle(&self, decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
        let settlement = specialis_core::settle(decision, outcomes);
        if settlement.undone > 0 {
            tracing::warn!(session = %self.id, undone = settlement.undone, "obligations undone");
        }
        settlement
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

    /// Reads every text of the event once.
    fn scan(&mut self, event: &Event) -> Vec<PartHit> {
        let mut hits = Vec::new();
        for (part, index) in event.parts.iter().zip(0_u32..) {
            let Some(text) = &part.text else { continue };
            let n_chars = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
            self.n_chars = self.n_chars.saturating_add(n_chars);
            hits.extend(self.edition.index.scan(text).hits.into_iter().filter_map(|hit| {
                let span =
                    Span { part: index, start: u32::try_from(hit.start).ok()?, end: u32::try_from(hit.end).ok()? };
                Some(PartHit { span, category: hit.category, weight: hit.weight, origin: hit.origin })
            }));
        }
        hits
    }

    /// Calls every policy that has a reason, and gathers what each says with what it said at open.
    fn hear(&mut self, input: &Arc<Input>, observation: &mut Observation) -> Vec<Testimony> {
        let edition = self.edition.clone();
        let opened = self.opened.clone();
        let sandbox = &self.host.sandbox;
        let n_chars = self.n_chars;
        let each = edition.policies.iter().zip(&opened.memories).zip(&mut self.memories);
        each.map(|((policy, at_open), held)| {
            let mut findings: Vec<Finding> = at_open.findings.clone();
            let mut called = false;
            if held.fault.is_none() && policy.wakes_on(input) {
                called = true;
                let fuel = sandbox.limits.allowance(n_chars, held.fuel);
                let answer = policy.call(sandbox, &edition.registry, input, &held.state, fuel);
                held.fuel = held.fuel.saturating_add(answer.fuel);
                observation.fuel.insert(policy.card.id.clone(), answer.fuel);
                match answer.result {
                    Ok((more, state)) => {
                        findings.extend(more);
                        held.state = state;
                    }
                    Err(fault) => {
                        tracing::warn!(policy = %policy.card.id, fault = fault.kind.as_str(), "fault");
                        held.fault = Some(fault);
                    }
                }
            }
            let evaluation = match &held.fault {
                Some(fault) => Evaluation::Unavailable(fault.clone(), findings),
                None if called || !findings.is_empty() => Evaluation::Evaluated(findings),
                None => Evaluation::NotWoken,
            };
            Testimony { policy: policy.card.clone(), evaluation }
        })
        .collect()
    }

    fn decision(&self, event: &Event, refused: Vec<RefusedFact>, testimonies: &[Testimony]) -> Decision {
        let kind = event.kind();
        let question = Question {
            registry: &self.edition.registry,
            trust: &self.edition.trust,
            sectors: &self.sectors,
            as_of: self.as_of,
            kind,
            testimonies,
        };
        // A wall-clock strike came from outside the text.
        let is_struck = |held: &Held| held.fault.as_ref().is_some_and(|fault| fault.kind == FaultKind::Deadline);
        let header = Header {
            session: self.id.clone(),
            seq: self.seq,
            what_if: self.what_if,
            intervened: self.memories.iter().any(is_struck),
            refused_facts: self.refused.iter().cloned().chain(refused).collect(),
            edition: self.edition.id.clone(),
            id: self.decision_id(event),
        };
        let mut decision = Decision::new(&question, resolve(&question), header);
        decision.stop_for_unsupported(&self.edition.platform.supports);
        decision
    }

    /// A keyed hash over edition, session, position and input: without the key, short texts could be guessed from it.
    fn decision_id(&self, event: &Event) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.host.id_key);
        // INVARIANT: contexts and events have a JSON form; writing into a hasher does not fail.
        let position = (&self.edition.id, &self.id, self.seq, self.as_of);
        let _ = serde_json::to_writer(&mut hasher, &(position, &*self.opened.context, event));
        hasher.finalize().to_hex().as_str().get(..32).unwrap_or_default().to_owned()
    }
}
