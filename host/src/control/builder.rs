//! Building a host.

use std::sync::Arc;

use cap_std::fs::Dir;

use super::error::{StageCause, StageError, StageStep};
use super::history::History;
use super::host::Host;
use super::maintenance::MaintenanceSettings;
use super::staging::{Candidate, MetVectors, Stage, VectorRun};
use super::state::{HostState, StateDir};
use crate::runtime::{Clock, CodeCache, IdKey, InstanceReset, Limits, LogSink, Runtime, RuntimeOptions};

/// Builds a [`Host`] from a [`Candidate`]. What it takes concerns the program alone; what is judged by stands in the
/// candidate. The defaults are safe:
///
/// - [`Limits`], [`InstanceReset`] and [`MaintenanceSettings`] as their own defaults say
/// - as many threads as the machine has, one pool slot for each
/// - snapshots after `configure` where they are quick
/// - no folder for compiled code, none to remember in what was live
/// - the system's clock in Asia/Shanghai
/// - a random key of decision ids: give one where ids must be the same on several machines, or after a restart
/// - the input of sessions is not kept
/// - no log sink
#[must_use]
pub struct HostBuilder {
    candidate: Candidate,
    runtime: RuntimeOptions,
    state: Option<StateDir>,
    maintenance: MaintenanceSettings,
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

    /// How many bytes of the input of each session are kept, as long as it is open, so that the policies of an urgent edition
    /// can be given all of it again. Of a session that was given more, nothing is kept: duties on which a policy remembered
    /// something then go to their failure level.
    pub fn input_log(mut self, bytes: usize) -> Self {
        self.runtime.input_log_bytes = bytes;
        self
    }

    /// A folder in which the host remembers, between starts, which statement and which versions were live and what was revoked;
    /// `key` authenticates what stands there. Without it an old state of the signed folder could be brought back after a
    /// restart.
    pub fn state_dir(mut self, dir: Dir, key: [u8; 32]) -> Self {
        self.state = Some(StateDir { dir, key });
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
        let state = self.state.as_ref().map_or(Ok(HostState::default()), StateDir::load).map_err(refused)?;
        let head = self.candidate.head().cloned();
        check_state(&state, &self.candidate).map_err(|cause| StageError::new(StageStep::Verify, cause))?;
        let runtime = Runtime::start(self.runtime).map_err(|e| refused(e.into()))?;
        let mut state = state;
        if let Some(head) = &head {
            state.revoked.extend(head.statement.revoked.iter().cloned());
        }
        let stage = Stage {
            runtime: &runtime,
            base: None,
            floor: &state.versions,
            revoked: &state.revoked,
            // A signed statement says what is live; of anything else the host has seen nothing yet but its state.
            was_live: head.is_some(),
        };
        let edition = Arc::new(stage.run(&self.candidate)?);
        let met = MetVectors::default();
        if head.is_some() {
            VectorRun { runtime: &runtime, edition: &edition }.check(&met)?;
        }
        state.learn_versions(&edition, head.is_some());
        state.position = head.as_ref().map(|head| head.position()).or(state.position);
        if let Some(dir) = &self.state {
            dir.save(&state).map_err(refused)?;
        }
        Ok(Host::new(runtime, edition, History::new(state, head), self.state, self.maintenance, met))
    }
}

/// Whether the candidate is not older than what was live.
fn check_state(state: &HostState, candidate: &Candidate) -> Result<(), StageCause> {
    let Some(position) = &state.position else { return Ok(()) };
    let Some(head) = candidate.head() else { return Err(StageCause::NotSigned) };
    let number = position.number;
    if head.statement.number < number {
        return Err(StageCause::BehindState { folder: head.statement.number, state: number });
    }
    let at = usize::try_from(number).ok().and_then(|number| head.digests.get(number.checked_sub(1)?));
    if at != Some(&position.digest) {
        return Err(StageCause::OtherHistory { number });
    }
    Ok(())
}
