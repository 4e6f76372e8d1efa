//! The host: built once, shared by every thread, holding the live edition.

use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption};
use cap_std::fs::Dir;
use specialis_bundle::PublicKey;
use specialis_core::{Context, Date, Decision, Event, Mode, Outcome, PolicyId, Registry, SessionId, Settlement, Trust};

use crate::abi::LogSink;
use crate::cache::{CodeCache, Codes};
use crate::edition::{Book, Candidate, Circumstances, Clock, Edition, Keeper, Seen, Settings, SystemClock};
use crate::editions::Care;
use crate::engine::{Reset, Ticker, engine};
use crate::error::{BuildError, StageError, StageStep};
use crate::folder::policy_files;
use crate::gate::Gate;
use crate::limits::Limits;
use crate::policy::Sandbox;
use crate::profile::{PlatformProfile, ServiceProfile};
use crate::release::label;
use crate::session::{Judged, Session};
use crate::shadow::Shadow;

/// Builds a [`Host`]. The defaults are safe:
///
/// - no policies, empty registries and an empty trust policy: no fact is warranted, nothing is granted
/// - a platform profile that supports nothing: what must happen before or with release becomes `stop`
/// - a service profile without defaults
/// - [`Limits`] and [`Reset`] as their own defaults say
/// - as many threads as the machine has, one pool slot for each
/// - snapshots after `configure` where they are quick
/// - a policy that cannot be configured refuses the whole edition
/// - no root key: whoever holds the host answers for its editions
/// - no folder for compiled code, none to remember versions in
/// - [`Care`] as its own defaults say
/// - the system's clock in Asia/Shanghai
/// - redacted text reads `［已隐去］`
/// - decision ids keyed with zeros: give a secret key where ids leave the platform, or short texts can be guessed from them
/// - no log sink
pub struct HostBuilder {
    candidate: Candidate,
    root: Option<PublicKey>,
    cache: Option<CodeCache>,
    keeper: Option<Keeper>,
    care: Care,
    limits: Limits,
    reset: Reset,
    threads: u32,
    slots: Option<u32>,
    snapshots: bool,
    clock: Arc<dyn Clock>,
    id_key: [u8; 32],
    log: Option<Arc<dyn LogSink>>,
}

impl Default for HostBuilder {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        Self {
            candidate: Candidate::default(),
            root: None,
            cache: None,
            keeper: None,
            care: Care::default(),
            limits: Limits::default(),
            reset: Reset::default(),
            threads,
            slots: None,
            snapshots: true,
            clock: Arc::new(SystemClock),
            id_key: [0; 32],
            log: None,
        }
    }
}

impl HostBuilder {
    /// Adds a policy file; `name` is for messages.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.candidate = self.candidate.policy(name, bytes);
        self
    }

    /// Adds every `.wasm` file of a folder, in the order of names.
    ///
    /// # Errors
    /// Where the folder or a file cannot be read.
    pub fn policies_in(mut self, dir: &Dir) -> Result<Self, BuildError> {
        self.candidate.break_seal();
        self.candidate.files.extend(policy_files(dir)?.into_iter().map(|(name, bytes)| (name, bytes.into())));
        Ok(self)
    }

    /// The registries.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.candidate.break_seal();
        self.candidate.registry = registry;
        self
    }

    /// The trust policy.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.candidate.break_seal();
        self.candidate.trust = trust;
        self
    }

    /// The operator's settings for the policies.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.candidate.break_seal();
        self.candidate.settings = settings;
        self
    }

    /// Whether a policy's findings count. A policy that is not named enforces.
    #[must_use]
    pub fn mode(mut self, policy: impl Into<PolicyId>, mode: Mode) -> Self {
        self.candidate.break_seal();
        self.candidate.modes.insert(policy.into(), mode);
        self
    }

    /// What the platform carries out.
    #[must_use]
    pub fn platform(mut self, platform: PlatformProfile) -> Self {
        self.candidate.break_seal();
        self.candidate.platform = platform;
        self
    }

    /// What the operator says of the service.
    #[must_use]
    pub fn service(mut self, service: ServiceProfile) -> Self {
        self.candidate.break_seal();
        self.candidate.service = service;
        self
    }

    /// The text that stands in place of what is masked.
    #[must_use]
    pub fn redaction(mut self, text: impl Into<String>) -> Self {
        self.candidate.break_seal();
        self.candidate.redaction = text.into();
        self
    }

    /// Keeps a policy that cannot be configured as unavailable, with all its duties at their failure level, instead of
    /// refusing the edition.
    #[must_use]
    pub fn keep_unavailable(mut self, keep: bool) -> Self {
        self.candidate.break_seal();
        self.candidate.keep_unavailable = keep;
        self
    }

    /// What a policy may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How freed instances are reset.
    #[must_use]
    pub fn reset(mut self, reset: Reset) -> Self {
        self.reset = reset;
        self
    }

    /// How many threads decide at once. More may ask: they wait for a slot.
    #[must_use]
    pub fn threads(mut self, threads: u32) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Pool slots, where there are to be more than threads.
    #[must_use]
    pub fn slots(mut self, slots: u32) -> Self {
        self.slots = Some(slots);
        self
    }

    /// Whether to save the memory that `configure` leaves. A guest cannot tell.
    #[must_use]
    pub fn snapshots(mut self, snapshots: bool) -> Self {
        self.snapshots = snapshots;
        self
    }

    /// Which day it is.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The key of decision ids.
    #[must_use]
    pub fn id_key(mut self, key: [u8; 32]) -> Self {
        self.id_key = key;
        self
    }

    /// Where the log lines of policies in monitor mode go, and those written while vectors are run.
    #[must_use]
    pub fn log(mut self, log: impl LogSink + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Starts from a candidate, in the place of everything that was said about policies, tables and profiles so far.
    #[must_use]
    pub fn candidate(mut self, candidate: Candidate) -> Self {
        self.candidate = candidate;
        self
    }

    /// The root key: from now on the host takes editions that approvers signed under it, and nothing else.
    #[must_use]
    pub fn root(mut self, root: PublicKey) -> Self {
        self.root = Some(root);
        self
    }

    /// Where compiled code is kept between starts.
    #[must_use]
    pub fn code_cache(mut self, cache: CodeCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// A folder in which the host remembers, between starts, which versions were live and what was revoked; `key`
    /// authenticates what stands there. Without it an old edition, once signed, could be staged again after a restart.
    #[must_use]
    pub fn memory(mut self, dir: Dir, key: [u8; 32]) -> Self {
        self.keeper = Some(Keeper { dir, key });
        self
    }

    /// How the host looks after its editions.
    #[must_use]
    pub fn care(mut self, care: Care) -> Self {
        self.care = care;
        self
    }

    /// Compiles, configures and checks everything. The vectors of policies run where the edition is a signed one; otherwise
    /// that is the embedder's to do, by [`Host::test_vectors`].
    ///
    /// # Errors
    /// Where anything does not fit; nothing is half built.
    pub fn build(self) -> Result<Host, BuildError> {
        self.start().map_err(StageError::into_cause)
    }

    /// The same as [`HostBuilder::build`], with an error that says at which step and over which file.
    ///
    /// # Errors
    /// Where anything does not fit; nothing is half built.
    pub fn start(self) -> Result<Host, StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let slots = self.slots.unwrap_or(self.threads);
        if slots < self.threads {
            return Err(refused(BuildError::PoolTooSmall { slots, threads: self.threads }));
        }
        if self.root.is_some() && self.candidate.approval.root != self.root {
            return Err(StageError::new(StageStep::Verify, BuildError::NotSigned));
        }
        let engine = engine(&self.limits, &self.reset, slots).map_err(refused)?;
        let ticker = Ticker::start(&engine).map_err(refused)?;
        let sandbox = Arc::new(Sandbox {
            gate: Gate::new(slots),
            engine,
            limits: Arc::new(self.limits),
            log: self.log,
            snapshots: self.snapshots,
            codes: Codes::new(self.cache),
            clock: self.clock,
            met: Mutex::default(),
        });
        let seen = self.keeper.as_ref().map_or(Ok(Seen::default()), Keeper::load).map_err(refused)?;
        let around = Circumstances { today: sandbox.clock.today(), base: None, seen: &seen, is_start: true };
        let is_signed = self.candidate.approval.manifest.is_some();
        let edition = self.candidate.stage(&sandbox, &around)?;
        let mut book = Book::new(seen);
        book.seen.learn(&edition);
        let host = Host(Arc::new(Shared {
            live: ArcSwap::from_pointee(edition),
            sandbox,
            id_key: self.id_key,
            root: self.root,
            care: self.care,
            book: Mutex::new(book),
            keeper: self.keeper,
            shadow: ArcSwapOption::empty(),
            _ticker: Some(ticker),
        }));
        if is_signed {
            crate::vectors::check(&host, &host.edition())?;
        }
        if let Some(keeper) = &host.0.keeper {
            let seen = host.0.book().seen.clone();
            keeper.save(&seen).map_err(refused)?;
        }
        Ok(host)
    }
}

/// Decides events. Cheap to clone; `Send` and `Sync`. It lives as long as a clone or a session of it does.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) live: ArcSwap<Edition>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) id_key: [u8; 32],
    pub(crate) root: Option<PublicKey>,
    pub(crate) care: Care,
    pub(crate) book: Mutex<Book>,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) shadow: ArcSwapOption<Shadow>,
    pub(crate) _ticker: Option<Ticker>,
}

impl Host {
    /// Starts building a host.
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The live edition.
    pub fn edition(&self) -> Arc<Edition> {
        self.0.live.load_full()
    }

    /// Stages an edition that differs in settings alone, and publishes it. Sessions that are open stay on theirs. The caller
    /// answers for what the settings loosen; a host with a root key does not take this.
    ///
    /// # Errors
    /// Where the settings do not fit; the live edition stays.
    pub fn swap_settings(&self, settings: Settings) -> Result<Arc<Edition>, BuildError> {
        let live = self.edition();
        let names = ["the embedder", "by code"];
        let candidate = live.candidate().settings(settings).approved_by(names).reason("settings given in code");
        self.stage(candidate).and_then(|staged| self.activate(staged)).map_err(StageError::into_cause)
    }

    /// Opens a session on the live edition, today.
    pub fn open(&self, id: impl Into<SessionId>, context: impl Into<Arc<Context>>) -> Session {
        Session::open(self.0.clone(), id.into(), context.into(), self.0.sandbox.clock.today(), false)
    }

    /// Opens a session as if on another day. Its decisions are `what-if` and release nothing.
    pub fn open_as_of(&self, id: impl Into<SessionId>, context: impl Into<Arc<Context>>, day: Date) -> Session {
        Session::open(self.0.clone(), id.into(), context.into(), day, true)
    }

    /// Decides one event on its own: opens a session, submits, lets the platform carry out, settles.
    pub fn decide(
        &self,
        id: impl Into<SessionId>,
        context: impl Into<Arc<Context>>,
        event: Event,
        platform: &mut dyn Platform,
    ) -> (Judged, Settlement) {
        let mut session = self.open(id, context);
        let judged = session.submit(event);
        let settlement = session.carry_out(&judged.decision, platform);
        (judged, settlement)
    }
}

/// Carries out measures. Called once for each obligation of a decision that is not the host's own, in the order of the
/// decision, on the deciding thread. It must not wait for long: hand over what takes time.
pub trait Platform {
    /// Carries out one obligation and says how that went.
    fn carry_out(&mut self, due: &specialis_core::Due) -> Outcome;
}

impl<F: FnMut(&specialis_core::Due) -> Outcome> Platform for F {
    fn carry_out(&mut self, due: &specialis_core::Due) -> Outcome {
        self(due)
    }
}

/// Hands every measure of a decision to the platform, but those that `is_done` already; text actions are the host's own and
/// done. Nothing is owed under a `what-if` decision.
pub(crate) fn carry_out(
    decision: &Decision,
    platform: &mut dyn Platform,
    is_done: &dyn Fn(&specialis_core::Due) -> bool,
) -> Vec<(usize, Outcome)> {
    let dues = decision.obligations.iter().enumerate().filter(|(_, due)| !decision.what_if && !is_done(due));
    dues.map(|(at, due)| match &due.obligation {
        specialis_core::Obligation::Measure(measure) if label(decision.kind, measure).is_some() => (at, Outcome::Done),
        specialis_core::Obligation::Measure(_) => (at, platform.carry_out(due)),
        specialis_core::Obligation::Redact(_)
        | specialis_core::Obligation::Replace(_)
        | specialis_core::Obligation::Append(_)
        | specialis_core::Obligation::Stop => (at, Outcome::Done),
    })
    .collect()
}
