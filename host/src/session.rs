//! Sessions: the ordered events of one exchange, pinned to one edition.

mod findings;
mod hearing;
mod log;
mod notices;
mod pending;
mod reading;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use specialis_core::{
    Context, Date, Decision, Delivery, Due, Event, EventKind, Fault, Outcome, PolicyId, RefusedFact, SectorId,
    SectorStatus, SessionId, Settlement, SourceId, Status,
};

use crate::edition::{Edition, Opened};
use crate::host::Shared;
use crate::release::Release;
use crate::warrants::{admit_event, warranted};
use log::{Entry, Log};
use reading::Reading;
pub use stream::Step;
use stream::Stream;

/// One exchange. `Send`: it may move between threads; it holds no instance and no pool slot between calls.
pub struct Session {
    host: Arc<Shared>,
    edition: Arc<Edition>,
    opened: Arc<Opened>,
    id: SessionId,
    as_of: Date,
    what_if: bool,
    sectors: Arc<BTreeMap<SectorId, SectorStatus>>,
    refused: Vec<RefusedFact>,
    memories: Vec<Held>,
    n_chars: u64,
    seq: u32,
    has_output: bool,
    /// The delivery promise that the platform asked for.
    asked: Option<Delivery>,
    /// The stream that is being read, or the last one where some of its text is pending.
    stream: Option<Box<Stream>>,
    /// What the platform reported on obligations of the stream's earlier decisions.
    reported: Vec<(Due, Outcome)>,
    /// What it was given so far.
    log: Log,
    /// The event at which an urgent act moved the session, and the edition it was on before.
    moved: Option<(u32, String)>,
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
    /// The text that may go out now.
    pub release: Release,
    /// Durations and counts; never part of the decision.
    pub observation: Observation,
}

/// What a decision took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Wall-clock time of the judging; of a stream, that of its end.
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
            log: Log::new(host.care.input_log),
            host,
            edition,
            opened,
            id,
            as_of,
            what_if,
            n_chars: 0,
            seq: 0,
            has_output: false,
            asked: None,
            stream: None,
            reported: Vec::new(),
            moved: None,
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
        Arc::make_mut(&mut self.sectors).insert(sector, SectorStatus { status, source });
    }

    /// Asks for a delivery promise for the streams that begin from now on. The service profile and the policies may ask too:
    /// the strictest wins, and the record names it. Where nobody asks it is `keep-window`.
    pub fn ask_delivery(&mut self, delivery: Delivery) {
        self.asked = Some(delivery);
    }

    /// Judges one event that is whole. Always answers: what goes wrong is in the decision.
    ///
    /// Text is read as if it streamed in: policies are called at the same judging points. An event of kind `signal`,
    /// `review` or `abort` acts on the stream of the session, where there is one: text that it frees is in the release.
    pub fn submit(&mut self, event: Event) -> Judged {
        let started = Instant::now();
        self.move_on();
        self.log.note(|| Entry::Whole(event.clone()));
        let n_open_calls = self.take_open_calls();
        let shown = self.for_shadow(&event);
        let mut reading = self.reading(event);
        self.read_parts(&mut reading);
        self.hear_end(&mut reading);
        let seq = self.next_seq();
        let mut decision = self.decision(&reading, seq);
        self.n_chars = self.n_chars.saturating_add(reading.n_chars());
        self.has_output |= matches!(reading.kind(), EventKind::Output | EventKind::Media);
        let release = match reading.kind() {
            EventKind::Signal | EventKind::Review | EventKind::Abort => self.act_on_pending(&reading, &decision),
            EventKind::Prompt
            | EventKind::Output
            | EventKind::Retrieved
            | EventKind::Tool
            | EventKind::Media
            | EventKind::Publication
            | EventKind::TrainingIntake
            | EventKind::AnnotationBatch
            | EventKind::DataHandling
            | EventKind::Account
            | EventKind::ServiceChange => self.release_whole(&reading, &mut decision),
        };
        self.show_shadow(shown, &decision);
        let Reading { hits, fuel, .. } = reading;
        let observation = Observation { elapsed: started.elapsed(), fuel, n_open_calls, n_hits: hits.len() };
        tracing::debug!(
            session = %self.id, verdict = decision.verdict.as_str(), kind = decision.kind.as_str(), "decided"
        );
        Judged { decision, release, observation }
    }

    /// Takes how the obligations of a decision went, by their index; those that are missing are undone. What was reported on
    /// an earlier decision of the same stream counts for the later ones.
    pub fn settle(&mut self, decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
        let mut outcomes = outcomes.to_vec();
        if decision.streamed.is_some() {
            for (at, due) in decision.obligations.iter().enumerate() {
                match outcomes.iter().find(|(place, _)| *place == at) {
                    Some((_, outcome)) => self.reported.push((due.clone(), outcome.clone())),
                    None => {
                        let earlier = self.reported.iter().rfind(|(known, _)| known == due);
                        outcomes.extend(earlier.map(|(_, outcome)| (at, outcome.clone())));
                    }
                }
            }
        }
        let settlement = specialis_core::settle(decision, &outcomes);
        if settlement.undone > 0 {
            tracing::warn!(session = %self.id, undone = settlement.undone, "obligations undone");
        }
        settlement
    }

    /// An event with every unwarranted fact made unknown, about to be read.
    fn reading(&self, event: Event) -> Reading {
        let service = self.opened.context.service.id.as_deref();
        let (admitted, refused) = admit_event(&event, service, &self.edition.trust);
        Reading::new(&self.edition, &self.sectors, Arc::new(admitted.unwrap_or(event)), refused)
    }

    fn take_open_calls(&self) -> u32 {
        if self.seq == 0 { self.opened.n_calls } else { 0 }
    }

    fn next_seq(&mut self) -> u32 {
        let seq = self.seq;
        self.seq = seq.saturating_add(1);
        seq
    }
}
