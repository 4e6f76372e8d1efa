//! A policy of an edition: compiled, linked, configured and ready to be called.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use specialis_bundle::{Bundle, Manifest, NamedSection, SettingValue};
use specialis_core::{
    CategoryId, Event, EventKind, Fault, FaultKind, Finding, MeasureId, Mode, PolicyCard, Registry, Span,
};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::abi::{CallState, Input, LogSink, PartHit, Point, Pre};
use crate::admission::Standing;
use crate::cache::{Code, Codes, name_of};
use crate::check::Checker;
use crate::edition::Clock;
use crate::error::BuildError;
use crate::fault::classify;
use crate::gate::Gate;
use crate::limits::{Guard, Limits};
use crate::snapshot::snapshot;

/// What every policy of a host shares.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) gate: Gate,
    pub(crate) limits: Arc<Limits>,
    pub(crate) log: Option<Arc<dyn LogSink>>,
    pub(crate) snapshots: bool,
    pub(crate) codes: Codes<Ready>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Vectors that were met, by a digest of everything they depend on.
    pub(crate) met: Mutex<BTreeSet<[u8; 32]>>,
}

/// A policy file that may be loaded, with what goes with it.
#[derive(Clone)]
pub(crate) struct Loaded<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) digest: String,
    pub(crate) card: PolicyCard,
    pub(crate) settings: BTreeMap<String, SettingValue>,
    pub(crate) granted: BTreeSet<MeasureId>,
    pub(crate) standing: Standing,
}

/// One policy of an edition.
pub(crate) struct Policy {
    pub(crate) card: Arc<PolicyCard>,
    pub(crate) manifest: Manifest,
    pub(crate) digest: String,
    /// The categories whose hits and signals it reads.
    pub(crate) reads: Arc<BTreeSet<CategoryId>>,
    pub(crate) granted: BTreeSet<MeasureId>,
    pub(crate) standing: Standing,
    pub(crate) settings: Arc<BTreeMap<String, SettingValue>>,
    pub(crate) lexicons: Arc<[NamedSection]>,
    pub(crate) vectors: Arc<[NamedSection]>,
    pub(crate) tally: Tally,
    body: Body,
}

/// What there is to call.
#[derive(Clone)]
enum Body {
    /// A component.
    Ready(Arc<Ready>),
    /// Nothing: every duty it governs stays at its failure level.
    Unavailable(FaultKind),
}

/// One call of a policy.
pub(crate) struct Call<'a> {
    pub(crate) point: Point,
    pub(crate) stretch: Option<Span>,
    /// What the policy remembers of the session.
    pub(crate) state: &'a [u8],
    pub(crate) fuel: u64,
}

/// A compiled component, shared by all policies that were made from the same file and settings.
pub(crate) struct Ready {
    pre: Pre,
    /// Whether its memory is the one that `configure` left.
    configured: bool,
}

/// What became of calls, counted for each policy of each edition.
#[derive(Default)]
pub(crate) struct Tally {
    n_calls: AtomicU64,
    n_faults: AtomicU64,
    /// When the last faults happened, newest last.
    recent: Mutex<VecDeque<Duration>>,
}

/// How many faults are remembered with their time.
const REMEMBERED: usize = 1_024;

impl Tally {
    pub(crate) fn n_calls(&self) -> u64 {
        self.n_calls.load(Ordering::Relaxed)
    }

    pub(crate) fn n_faults(&self) -> u64 {
        self.n_faults.load(Ordering::Relaxed)
    }

    /// How many of the remembered faults happened at or after `since`.
    pub(crate) fn faults_since(&self, since: Duration) -> usize {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().filter(|at| **at >= since).count()
    }

    fn count(&self, fault: Option<Duration>) {
        self.n_calls.fetch_add(1, Ordering::Relaxed);
        if let Some(at) = fault {
            self.n_faults.fetch_add(1, Ordering::Relaxed);
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if recent.len() >= REMEMBERED {
                recent.pop_front();
            }
            recent.push_back(at);
        }
    }
}

/// The result of one call.
pub(crate) struct Called {
    pub(crate) result: Result<(Vec<Finding>, Vec<u8>), Fault>,
    pub(crate) fuel: u64,
}

impl Policy {
    pub(crate) fn load(sandbox: &Sandbox, loaded: Loaded<'_>, registry: &Registry) -> Result<Self, BuildError> {
        let bundle = loaded.bundle;
        let displaced = loaded.card.displaces.iter().filter_map(|ask| registry.duties.get(&ask.duty));
        let reads =
            displaced.flat_map(|duty| &duty.categories).chain(&bundle.manifest.wakes.categories).cloned().collect();
        let mut policy = Self::unavailable(loaded, FaultKind::Configure);
        policy.reads = Arc::new(reads);
        policy.body = Body::Ready(policy.ready(sandbox, bundle)?);
        Ok(policy)
    }

    /// The compiled component: that of another edition, from the cache, or compiled now.
    fn ready(&self, sandbox: &Sandbox, bundle: &Bundle) -> Result<Arc<Ready>, BuildError> {
        let name = name_of(&sandbox.engine, bundle, &self.settings, &sandbox.limits, sandbox.snapshots);
        let finish = |code: Code| {
            let pre = Pre::new(bundle.wit, &code.component).map_err(|e| self.misfit(bundle, &e))?;
            Ok(Ready { pre, configured: code.is_configured })
        };
        sandbox.codes.get(&sandbox.engine, &name, || self.compile(sandbox, bundle), finish)
    }

    /// Compiles, configures once, and keeps the memory of that where it can.
    fn compile(&self, sandbox: &Sandbox, bundle: &Bundle) -> Result<Code, BuildError> {
        let id = || self.card.id.clone();
        let refused = |e: wasmtime::Error| BuildError::Compile { policy: id(), reason: format!("{e:#}") };
        let bytes = bundle.content();
        let component = Component::new(&sandbox.engine, bytes).map_err(refused)?;
        let pre = Pre::new(bundle.wit, &component).map_err(|e| self.misfit(bundle, &e))?;
        let nothing = Arc::new(Input::nothing());
        let _pass = sandbox.gate.enter();
        let limits = &sandbox.limits;
        let mut store = limits
            .store(&sandbox.engine, self.state(sandbox, nothing.clone(), Point::Open, None), limits.allowance(0, 0))
            .map_err(refused)?;
        match pre.start(&mut store, true) {
            Ok(Ok(_)) => {}
            Ok(Err(problems)) => {
                let problems =
                    problems.into_iter().map(|problem| format!("policy `{}`: {problem}", self.card.id)).collect();
                return Err(BuildError::Settings { problems });
            }
            Err(error) => return Err(BuildError::Configure { policy: id(), fault: classify(&error) }),
        }
        drop(store);
        if sandbox.snapshots
            && let Some(bytes) =
                snapshot(&sandbox.engine, bytes, bundle.wit, limits, self.state(sandbox, nothing, Point::Open, None))
            && let Ok(component) = Component::new(&sandbox.engine, &bytes)
            && Pre::new(bundle.wit, &component).is_ok()
        {
            return Ok(Code { component, is_configured: true });
        }
        Ok(Code { component, is_configured: false })
    }

    /// A component that does not fit the contract, with the first difference.
    fn misfit(&self, bundle: &Bundle, error: &wasmtime::Error) -> BuildError {
        BuildError::Contract {
            policy: self.card.id.clone(),
            version: bundle.wit.as_str(),
            difference: crate::preflight::difference(bundle).unwrap_or_else(|| format!("{error:#}")),
        }
    }

    /// A policy without a body, for an edition that goes on although this one cannot be called.
    pub(crate) fn unavailable(loaded: Loaded<'_>, fault: FaultKind) -> Self {
        let Loaded { bundle, digest, card, settings, granted, standing } = loaded;
        Self {
            card: Arc::new(card),
            manifest: bundle.manifest.clone(),
            digest,
            reads: Arc::default(),
            granted,
            standing,
            settings: Arc::new(settings),
            lexicons: bundle.lexicons.clone().into(),
            vectors: bundle.vectors.clone().into(),
            tally: Tally::default(),
            body: Body::Unavailable(fault),
        }
    }

    /// The fault of a policy that has no body.
    pub(crate) fn standing_fault(&self) -> Option<FaultKind> {
        match self.body {
            Body::Ready(_) => None,
            Body::Unavailable(fault) => Some(fault),
        }
    }

    /// Whether hits in a category are a reason to call it on events of a kind.
    pub(crate) fn wakes_on_hit(&self, kind: EventKind, category: &CategoryId) -> bool {
        let wakes = &self.manifest.wakes;
        (wakes.hits.contains(&kind) || wakes.kinds.contains(&kind)) && self.reads.contains(category)
    }

    /// Whether there is a reason to call it on an event that is whole.
    pub(crate) fn wakes_at_end(&self, event: &Event, hits: &[PartHit]) -> bool {
        let wakes = &self.manifest.wakes;
        let kind = event.kind();
        wakes.kinds.contains(&kind)
            || wakes.hits.contains(&kind)
                && (hits.iter().any(|hit| self.reads.contains(&hit.category))
                    || event.signals.iter().any(|signal| self.reads.contains(&signal.category)))
    }

    /// Calls it once, in a fresh instance.
    pub(crate) fn call(&self, sandbox: &Sandbox, registry: &Registry, input: &Arc<Input>, call: &Call<'_>) -> Called {
        let called = self.call_uncounted(sandbox, registry, input, call);
        self.tally.count(called.result.is_err().then(|| sandbox.clock.uptime()));
        called
    }

    fn call_uncounted(&self, sandbox: &Sandbox, registry: &Registry, input: &Arc<Input>, call: &Call<'_>) -> Called {
        let &Call { point, stretch, state, fuel } = call;
        let fault = |kind: FaultKind| Fault { kind, point: point.as_str().to_owned() };
        let Ready { pre, configured } = match &self.body {
            Body::Ready(ready) => &**ready,
            Body::Unavailable(kind) => return Called { result: Err(fault(*kind)), fuel: 0 },
        };
        let _pass = sandbox.gate.enter();
        let mut store =
            match sandbox.limits.store(&sandbox.engine, self.state(sandbox, input.clone(), point, stretch), fuel) {
                Ok(store) => store,
                Err(error) => return Called { result: Err(fault(classify(&error))), fuel: 0 },
            };
        let answer = match pre.start(&mut store, !configured) {
            Ok(Ok(started)) => started.judge(&mut store, state).map_err(|e| classify(&e)),
            Ok(Err(_)) => Err(FaultKind::Configure),
            Err(error) => Err(classify(&error)),
        };
        let left = store.get_fuel().unwrap_or(0);
        drop(store);
        let checker = Checker { manifest: &self.manifest, card: &self.card, registry, granted: &self.granted, input };
        let result = answer
            .and_then(|answer| checker.check(&answer.findings).map(|()| (answer.findings, answer.state)))
            .map_err(fault);
        Called { result, fuel: fuel.saturating_sub(left) }
    }

    fn state(&self, sandbox: &Sandbox, input: Arc<Input>, point: Point, stretch: Option<Span>) -> CallState {
        CallState {
            guard: Guard::default(),
            limits: sandbox.limits.clone(),
            policy: self.card.id.clone(),
            input,
            point,
            stretch,
            settings: self.settings.clone(),
            reads: self.reads.clone(),
            log: sandbox.log.clone().filter(|_| self.card.mode == Mode::Monitor),
            log_lines: 0,
        }
    }
}

impl Input {
    /// What `configure` sees: nothing.
    fn nothing() -> Self {
        let as_of = specialis_core::Date::from(jiff::civil::Date::constant(1970, 1, 1));
        Self::without_event(Arc::default(), as_of)
    }
}
