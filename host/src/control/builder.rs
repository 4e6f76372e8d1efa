//! Building a host.

use std::sync::Arc;

use super::error::{StageCause, StageError, StageStep};
use super::history::History;
use super::host::Host;
use super::maintenance::MaintenanceSettings;
use super::signed::ChainHead;
use super::staging::{Candidate, MetVectors, Stage, VectorRun, learn_versions};
use super::state::{HostState, StateFolder, StateNote, revoke_content};
use crate::runtime::{
    Clock, CodeCache, CodeFor, CompilerProcess, Edition, IdKey, InstanceReset, Limits, LogSink, Runtime, RuntimeOptions,
};
use crate::session::Recorder;

/// Builds a [`Host`] from a [`Candidate`]. What it takes concerns the program alone; what is judged by stands in the
/// candidate. The defaults are safe:
///
/// - [`Limits`], [`InstanceReset`] and [`MaintenanceSettings`] as their own defaults say
/// - as many threads as the machine has, one pool slot for each
/// - snapshots after `configure` where they are quick
/// - no folder for compiled code, and no compiler but the host's own process
/// - the state folder of the signed folder that the candidate comes from; otherwise none
/// - the system's clock in Asia/Shanghai
/// - the ledger's key of decision ids, one for each month; a random one where there is no ledger. Give one where ids must be the same
///   on several machines, or after a restart without a ledger
/// - the input of sessions is not kept
/// - no log sink
/// - no ledger
#[must_use]
pub struct HostBuilder {
    candidate: Candidate,
    runtime: RuntimeOptions,
    state: Option<StateFolder>,
    maintenance: MaintenanceSettings,
    recorder: Option<Arc<dyn Recorder>>,
}

impl Host {
    /// Starts building a host. One whose candidate comes from a [`SignedFolder`](crate::signed::SignedFolder) takes what
    /// approvers signed and nothing else; of any other the embedder answers for its editions.
    pub fn builder(candidate: Candidate) -> HostBuilder {
        HostBuilder {
            candidate,
            runtime: RuntimeOptions::default(),
            state: None,
            maintenance: MaintenanceSettings::default(),
            recorder: None,
        }
    }
}

impl HostBuilder {
    /// What a policy may use.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.runtime.limits = limits;
        self
    }

    /// How freed instances are reset.
    pub fn reset(mut self, reset: InstanceReset) -> Self {
        self.runtime.reset = reset;
        self
    }

    /// How many threads decide at once, and compile. More may ask: they wait for a slot.
    pub fn threads(mut self, threads: u32) -> Self {
        self.runtime.threads = threads.max(1);
        self
    }

    /// Pool slots, where there are to be more than threads.
    pub fn slots(mut self, slots: u32) -> Self {
        self.runtime.slots = Some(slots);
        self
    }

    /// Whether to save the memory that `configure` leaves. A guest cannot tell.
    pub fn snapshots(mut self, snapshots: bool) -> Self {
        self.runtime.snapshots = snapshots;
        self
    }

    /// Which day it is.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.runtime.clock = Arc::new(clock);
        self
    }

    /// The key of decision ids.
    pub fn id_key(mut self, key: IdKey) -> Self {
        self.runtime.id_key = Some(key);
        self
    }

    /// Where the log lines of policies in monitor mode go, and those written while vectors are run.
    pub fn log(mut self, log: impl LogSink + 'static) -> Self {
        self.runtime.log = Some(Arc::new(log));
        self
    }

    /// Where compiled code is kept between starts.
    pub fn code_cache(mut self, cache: CodeCache) -> Self {
        self.runtime.code_cache = Some(cache);
        self
    }

    /// Compiles policies in processes of their own, each with a deadline and a memory limit.
    pub fn compiler(mut self, compiler: CompilerProcess) -> Self {
        self.runtime.compiler = Some(compiler);
        self
    }

    /// How many bytes of the input of each session are kept, as long as it is open, so that the policies of an urgent edition
    /// can be given all of it again. Of a session that was given more, nothing is kept: duties on which a policy remembered
    /// something then go to their failure level.
    pub fn input_log(mut self, bytes: usize) -> Self {
        self.runtime.input_log_bytes = bytes;
        self
    }

    /// Where the host remembers, between starts, which versions were live and what was revoked. A candidate from a signed folder
    /// brings the state folder that was given to [`SignedFolder::state`](crate::signed::SignedFolder::state) with it.
    pub fn state(mut self, state: StateFolder) -> Self {
        self.state = Some(state);
        self
    }

    /// Where every decision on the live edition is kept before what it lets out goes out: a `Ledger` of `specialis-ledger`, or
    /// another recorder. What cannot be kept is a stop. It also knows the standing of the users whom a context names.
    pub fn ledger(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// How the host looks after its editions.
    pub fn maintenance(mut self, settings: MaintenanceSettings) -> Self {
        self.maintenance = settings;
        self
    }

    /// Compiles, configures and checks everything. The vectors of policies run where the edition is a signed one; otherwise
    /// [`Host::test_vectors`] runs them.
    ///
    /// # Errors
    /// Where anything does not fit; nothing is half built.
    pub fn build(self) -> Result<Host, StageError> {
        let refused = |cause: StageCause| StageError::new(StageStep::Activate, cause);
        if self.candidate.approval.signed.is_some() && self.candidate.head().is_none() {
            return Err(StageError::new(StageStep::Verify, StageCause::SealBroken));
        }
        let origin = self.candidate.origin().cloned();
        let folder = self.state.or_else(|| origin.as_ref().and_then(|origin| origin.state.clone()));
        let loaded = folder.as_ref().map(StateFolder::load).transpose().map_err(refused)?;
        let state = loaded.flatten().unwrap_or_default();
        let runtime = Runtime::start(self.runtime).map_err(|e| refused(e.into()))?;
        let mut notes = origin.as_ref().map(|origin| origin.notes.clone()).unwrap_or_default();
        let first = First::stage(&runtime, &self.candidate, state.clone());
        let first = match (first, origin.and_then(|origin| origin.fallback)) {
            (Err(error), Some(fallback)) => {
                let live = fallback.head().map_or(0, |head| head.statement.number);
                notes.push(StateNote::FolderRefused { live, why: error.chain() });
                First::stage(&runtime, &fallback, state)?
            }
            (first, _) => first?,
        };
        let First { edition, met, state, head } = first;
        if let Some(folder) = &folder {
            folder.save(&state, head.as_ref()).map_err(refused)?;
        }
        let history = History::new(state, head, notes);
        Ok(Host::new(runtime, edition, history, folder, self.maintenance, met, self.recorder))
    }
}

/// The edition that a host starts with.
struct First {
    edition: Arc<Edition>,
    met: MetVectors,
    state: HostState,
    head: Option<ChainHead>,
}

impl First {
    /// Stages a candidate and runs its vectors, if it follows what is remembered.
    fn stage(runtime: &Runtime, candidate: &Candidate, mut state: HostState) -> Result<Self, StageError> {
        check_state(&state, candidate).map_err(|cause| StageError::new(StageStep::Verify, cause))?;
        for unproved in candidate.origin().iter().flat_map(|origin| &origin.unproved) {
            unproved.check(runtime)?;
        }
        let (head, day) = (candidate.head().cloned(), state.day(runtime.clock().today()));
        if let Some(head) = &head {
            state.learn_head(head);
        }
        let stage = Stage {
            runtime,
            day,
            base: None,
            floor: &state.versions,
            revoked: &state.revoked,
            // A signed statement says what is live; of anything else the host has seen nothing yet but its state.
            was_live: head.is_some(),
            code_for: CodeFor::Calls,
        };
        let edition = Arc::new(stage.run(candidate)?);
        let met = MetVectors::default();
        if head.is_some() {
            VectorRun { runtime, edition: &edition }.check(&met)?;
        }
        revoke_content(&mut state.revoked, &edition.content().policies);
        learn_versions(&mut state.versions, edition.content(), head.is_some());
        state.last_day = Some(day);
        Ok(Self { edition, met, state, head })
    }
}

/// Whether the candidate is not older than what was live.
fn check_state(state: &HostState, candidate: &Candidate) -> Result<(), StageCause> {
    let Some(chain) = &state.chain else { return Ok(()) };
    let Some(head) = candidate.head() else { return Err(StageCause::NotSigned) };
    let number = chain.position.number;
    if head.statement.number < number {
        return Err(StageCause::BehindState { folder: head.statement.number, state: number });
    }
    let at = usize::try_from(number).ok().and_then(|number| head.digests.get(number.checked_sub(1)?));
    if at != Some(&chain.position.digest) {
        return Err(StageCause::OtherHistory { number });
    }
    Ok(())
}
