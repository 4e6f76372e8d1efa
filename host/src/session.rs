//! Sessions: the ordered events of one exchange, judged on one edition.
//!
//! A session is opened from a runtime and an edition. It holds no instance and no pool slot between calls.

mod calls;
mod decide;
mod findings;
mod input_log;
mod moves;
mod observer;
mod recorder;
mod release;
mod review;
mod scan;
mod settle;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use specialis_core::{
    Bound, Context, Date, Decision, Delivery, Event, EventKind, Fault, Obligation, Outcome, PolicyId, RefusedFact,
    SectorId, SectorStatus, SessionId, Shared, SourceId, Status,
};

use crate::runtime::{
    Edition, EventLimits, IdKey, Opened, Opening, PinnedEdition, PolicyOpening, Runtime, Spent, admit_event, warranted,
};
use input_log::{Entry, InputLog};
pub(crate) use observer::{DecisionObserver, Observed};
pub(crate) use recorder::with_standing;
pub use recorder::{RecordError, Recorder};
pub use release::Release;
use review::WaitingEvent;
use scan::EventScan;
pub use settle::Platform;
use stream::StreamState;
pub use stream::{OwnedStream, Step, Stream};

/// One exchange. `Send`: it may move between threads.
pub struct Session {
    runtime: Runtime,
    edition: PinnedEdition,
    id: SessionId,
    basis: Basis,
    facts: SessionFacts,
    /// One for each policy, in the edition's order.
    policies: Vec<PolicyState>,
    progress: Progress,
    /// The last stream, where some of its text may still go out.
    pending: Option<Box<StreamState>>,
    /// The last whole event, where its text waits for a person.
    waiting: Option<Box<WaitingEvent>>,
}

/// What was fixed when a session opened.
struct Basis {
    /// What the platform gave: sessions of several users share what it opened to.
    context: Arc<Context>,
    opened: Arc<Opened>,
    /// How many policies were called to open it.
    n_open_calls: u32,
    as_of: Date,
    is_what_if: bool,
    id_key: Arc<IdKey>,
    observer: Option<Arc<dyn DecisionObserver>>,
    recorder: Option<Arc<dyn Recorder>>,
    /// Whether the scorers of the edition score what it is given.
    is_scored: bool,
}

/// Facts of a session that may change while it is open.
struct SessionFacts {
    sectors: Shared<BTreeMap<SectorId, SectorStatus>>,
    /// What was refused since it opened.
    refused: BTreeSet<RefusedFact>,
}

/// What the host keeps of one policy between calls.
struct PolicyState {
    state: Vec<u8>,
    spent: Spent,
    fault: Option<Fault>,
}

/// How far a session has come.
struct Progress {
    n_chars: u64,
    n_hits: usize,
    /// The number of the next event.
    seq: u32,
    has_output: bool,
    /// The delivery promise that the platform asked for.
    delivery: Option<Delivery>,
    /// What was reported on obligations of the last stream's earlier decisions.
    reported: BTreeMap<Obligation, Outcome>,
    input_log: InputLog,
    /// The event at which an urgent edition took the session over, and the edition it was on before.
    moved: Option<(u32, String)>,
}

/// How to open a session.
pub(crate) struct OpenRequest {
    pub(crate) id: SessionId,
    pub(crate) context: Arc<Context>,
    pub(crate) as_of: Date,
    /// Whether the day is not the clock's.
    pub(crate) is_what_if: bool,
    pub(crate) observer: Option<Arc<dyn DecisionObserver>>,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    /// The key of decision ids; absent is the runtime's.
    pub(crate) id_key: Option<IdKey>,
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
    /// Fuel that each called policy used.
    pub fuel: BTreeMap<PolicyId, u64>,
    /// Policies called when the session opened; 0 where that was remembered, and after the first event.
    pub n_open_calls: u32,
    /// Hits and detections in the event's text.
    pub n_hits: usize,
    /// Why the decision, or an earlier one of its stream, could not be recorded.
    pub not_recorded: Option<String>,
}

impl OpenRequest {
    /// A session of which nobody is told.
    pub(crate) fn unobserved(id: SessionId, context: Arc<Context>, as_of: Date, is_what_if: bool) -> Self {
        Self { id, context, as_of, is_what_if, observer: None, recorder: None, id_key: None }
    }
}

impl Runtime {
    /// Opens a session on an edition of a host with this runtime, live or not, as of today.
    ///
    /// Its decisions name that edition. So a decision can be computed again on the edition it names, and a staged edition can
    /// be tried.
    pub fn open(&self, edition: &Arc<Edition>, id: impl Into<SessionId>, context: impl Into<Arc<Context>>) -> Session {
        let as_of = self.clock().today();
        Session::open(self.clone(), edition.clone(), OpenRequest::unobserved(id.into(), context.into(), as_of, false))
    }

    /// Opens a session on an edition as if on another day. Its decisions are `what-if` and release nothing.
    pub fn open_as_of(
        &self,
        edition: &Arc<Edition>,
        id: impl Into<SessionId>,
        context: impl Into<Arc<Context>>,
        day: Date,
    ) -> Session {
        Session::open(self.clone(), edition.clone(), OpenRequest::unobserved(id.into(), context.into(), day, true))
    }
}

impl Session {
    pub(crate) fn open(runtime: Runtime, edition: Arc<Edition>, request: OpenRequest) -> Self {
        let edition = PinnedEdition::new(edition);
        let OpenRequest { id, context, as_of, is_what_if, observer, recorder, id_key } = request;
        let Opening { opened, n_calls } = edition.open(&runtime, context.clone(), as_of);
        Self {
            policies: opened.policies.iter().map(PolicyState::of).collect(),
            facts: SessionFacts { sectors: opened.sectors.clone(), refused: BTreeSet::new() },
            progress: Progress::new(runtime.input_log_bytes()),
            basis: Basis {
                context,
                opened,
                n_open_calls: n_calls,
                as_of,
                is_what_if,
                id_key: id_key.map_or_else(|| runtime.id_key(), Arc::new),
                observer,
                recorder,
                is_scored: true,
            },
            runtime,
            edition,
            id,
            pending: None,
            waiting: None,
        }
    }

    /// The same session without scores: for vectors, which say what policies answer.
    pub(crate) fn unscored(mut self) -> Self {
        self.basis.is_scored = false;
        self
    }

    /// The session's id.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The edition it is on.
    pub fn edition(&self) -> &Arc<Edition> {
        self.edition.arc()
    }

    /// The context it was opened with, as the platform gave it, with the standing that the recorder knows.
    pub fn given_context(&self) -> &Arc<Context> {
        &self.basis.context
    }

    /// Sets the status of a sector. After the first output a change can only tighten: the status becomes `unknown`.
    /// A source without a warrant makes it `unknown` too, and the next decision says so.
    pub fn set_sector(&mut self, sector: SectorId, status: Status, source: SourceId) {
        let path = format!("sectors.{sector}");
        let is_warranted = warranted(self.edition.trust(), &path, &source, self.service_id());
        if !is_warranted && status != Status::Unknown {
            self.facts.refused.insert(RefusedFact { path, source: source.clone() });
        }
        let before = self.facts.sectors.get(&sector).map(|sector| sector.status);
        let is_too_late = self.progress.has_output && before != Some(status);
        let status = if is_warranted && !is_too_late { status } else { Status::Unknown };
        self.facts.sectors.insert(sector, SectorStatus { status, source });
    }

    /// Asks for a delivery promise for the streams that begin from now on. The service profile and the policies may ask too:
    /// the strictest applies, and the record names it. Where nobody asks it is `keep-window`.
    pub fn ask_delivery(&mut self, delivery: Delivery) {
        self.progress.delivery = Some(delivery);
    }

    /// Judges one event that is whole. Always answers: what goes wrong is in the decision.
    ///
    /// Text is read as if it streamed in: policies are called at the same places. An event of kind `signal`, `review` or
    /// `abort` acts on the last stream or whole event, where its text may still go out: text that it frees is in the release. An open
    /// stream takes such events by [`Stream::submit`].
    pub fn submit(&mut self, event: Event) -> Judged {
        let mut pending = self.pending.take();
        let judged = self.judge(event, pending.as_deref_mut());
        self.pending = pending.filter(|stream| stream.is_pending());
        judged
    }

    /// Begins a stream with an event that holds what is known of it; parts that the event already has are whole and read
    /// first. Text of an earlier stream that waits for a person or a score never goes out from now on.
    ///
    /// The stream borrows the session; [`Session::into_stream`] takes it.
    pub fn stream(&mut self, event: Event) -> Stream<'_> {
        Stream::begin(self, event)
    }

    /// The same as [`Session::stream`] for callers that cannot hold a borrow. The stream gives the session back when it ends.
    pub fn into_stream(self, event: Event) -> OwnedStream {
        OwnedStream::begin(self, event)
    }

    /// How many bytes of the last stream wait for a person or a score, and of the last whole event for a person.
    pub fn n_kept_back(&self) -> usize {
        let of_stream = self.pending.as_ref().map_or(0, |stream| stream.n_kept_back());
        of_stream.saturating_add(self.waiting.as_ref().map_or(0, |waiting| waiting.n_bytes()))
    }

    /// Judges an event that is whole, and applies it to a stream where it is a signal, a review or an abort.
    fn judge(&mut self, event: Event, mut stream: Option<&mut StreamState>) -> Judged {
        let started = Instant::now();
        self.follow_move(stream.as_deref_mut());
        self.progress.input_log.note(|| Entry::Whole(event.clone()));
        let n_open_calls = self.take_open_calls();
        let observed = self.observed_event(&event);
        let mut scan = self.scan(event);
        self.read_parts(&mut scan);
        self.call_at_end(&mut scan);
        let seq = self.take_seq();
        let mut decision = self.decision(&mut scan, seq);
        self.note_read(&scan);
        let is_of_stream = matches!(scan.kind(), EventKind::Signal | EventKind::Review | EventKind::Abort);
        let whole = if is_of_stream { Release::default() } else { self.release_whole(&scan, &mut decision) };
        self.keep_declared(&decision, &scan.event.facts);
        let not_recorded = self.keep(&mut decision, Some(&*scan.event));
        let freed = if is_of_stream { self.free_waiting(&scan, &decision) } else { None };
        let release = match stream.filter(|_| is_of_stream) {
            _ if freed.is_some() => freed.unwrap_or_default(),
            Some(stream) => stream.apply_event(self, &scan, &decision),
            None if decision.unrecorded => whole.withheld(),
            None => whole,
        };
        if !is_of_stream {
            self.waiting = WaitingEvent::of(&scan, &decision);
        }
        self.observe(observed, &decision);
        let (elapsed, n_hits) = (started.elapsed(), scan.n_hits());
        let observation = Observation { elapsed, n_open_calls, n_hits, fuel: scan.fuel, not_recorded };
        tracing::debug!(
            session = %self.id, verdict = decision.verdict.as_str(), kind = decision.kind.as_str(), "decided"
        );
        Judged { decision, release, observation }
    }

    /// An event with every unwarranted fact made unknown, about to be read.
    fn scan(&self, event: Event) -> EventScan {
        let declared = self.edition.content().declared_facts();
        let (admitted, refused) = admit_event(&event, self.service_id(), self.edition.trust(), declared);
        let event = (admitted.unwrap_or(event), refused);
        let mut scan = EventScan::new(&self.edition, &self.facts.sectors, event, &self.runtime.limits().event);
        scan.exceeded.extend(self.progress.closed_by(&self.runtime.limits().event));
        if !self.basis.is_scored {
            scan.leave_unscored();
        }
        scan
    }

    fn service_id(&self) -> Option<&str> {
        self.basis.opened.context.service.id.as_deref()
    }

    fn locale(&self) -> Option<&str> {
        self.basis.opened.context.locale.as_deref()
    }

    fn take_open_calls(&mut self) -> u32 {
        std::mem::take(&mut self.basis.n_open_calls)
    }

    fn take_seq(&mut self) -> u32 {
        let seq = self.progress.seq;
        self.progress.seq = seq.saturating_add(1);
        seq
    }
}

impl PolicyState {
    fn of(opening: &PolicyOpening) -> Self {
        Self { state: opening.state.clone(), spent: opening.spent, fault: opening.fault.clone() }
    }
}

impl Progress {
    /// The bound by which the session is closed, where it is.
    fn closed_by(&self, limits: &EventLimits) -> Option<Bound> {
        if self.seq >= limits.session_events {
            Some(Bound::Events)
        } else {
            (self.n_hits > limits.session_hits).then_some(Bound::SessionHits)
        }
    }

    fn new(input_log_bytes: usize) -> Self {
        Self {
            n_chars: 0,
            n_hits: 0,
            seq: 0,
            has_output: false,
            delivery: None,
            reported: BTreeMap::new(),
            input_log: InputLog::new(input_log_bytes),
            moved: None,
        }
    }
}
