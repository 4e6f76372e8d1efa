//! A policy of an edition: compiled, linked, configured and ready to be called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::{Bundle, Manifest, SettingValue};
use specialis_core::{CategoryId, Event, EventKind, Fault, FaultKind, Finding, MeasureId, PolicyCard, Registry, Span};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::abi::{CallState, Input, LogSink, PartHit, Point, v0_1_0::Pre};
use crate::check::Checker;
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
}

/// One policy of an edition.
pub(crate) struct Policy {
    pub(crate) card: Arc<PolicyCard>,
    pub(crate) manifest: Manifest,
    pub(crate) digest: String,
    /// The categories whose hits and signals it reads.
    pub(crate) reads: Arc<BTreeSet<CategoryId>>,
    pub(crate) granted: BTreeSet<MeasureId>,
    settings: Arc<BTreeMap<String, SettingValue>>,
    body: Body,
}

/// What there is to call.
enum Body {
    /// A component; `configured` where its memory is the one that `configure` left.
    Ready { pre: Pre, configured: bool },
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

/// The result of one call.
pub(crate) struct Called {
    pub(crate) result: Result<(Vec<Finding>, Vec<u8>), Fault>,
    pub(crate) fuel: u64,
}

impl Policy {
    pub(crate) fn load(
        sandbox: &Sandbox,
        bundle: &Bundle,
        card: PolicyCard,
        digest: String,
        settings: BTreeMap<String, SettingValue>,
        registry: &Registry,
        granted: BTreeSet<MeasureId>,
    ) -> Result<Self, BuildError> {
        let displaced = card.displaces.iter().filter_map(|ask| registry.duties.get(&ask.duty));
        let reads =
            displaced.flat_map(|duty| &duty.categories).chain(&bundle.manifest.wakes.categories).cloned().collect();
        let mut policy = Self {
            card: Arc::new(card),
            manifest: bundle.manifest.clone(),
            digest,
            reads: Arc::new(reads),
            granted,
            settings: Arc::new(settings),
            body: Body::Unavailable(FaultKind::Configure),
        };
        policy.body = policy.compile(sandbox, &bundle.bytes)?;
        Ok(policy)
    }

    /// Compiles, configures once, and keeps the memory of that where it can.
    fn compile(&self, sandbox: &Sandbox, bytes: &[u8]) -> Result<Body, BuildError> {
        let id = || self.card.id.clone();
        let refused = |e: wasmtime::Error| BuildError::Compile { policy: id(), reason: format!("{e:#}") };
        let component = Component::new(&sandbox.engine, bytes).map_err(refused)?;
        let pre = Pre::new(&component).map_err(refused)?;
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
                snapshot(&sandbox.engine, bytes, limits, self.state(sandbox, nothing, Point::Open, None))
            && let Ok(component) = Component::new(&sandbox.engine, &bytes)
            && let Ok(pre) = Pre::new(&component)
        {
            return Ok(Body::Ready { pre, configured: true });
        }
        Ok(Body::Ready { pre, configured: false })
    }

    /// The same policy without a body, for an edition that goes on although this one cannot be configured.
    pub(crate) fn unavailable(bundle: &Bundle, card: PolicyCard, digest: String, fault: FaultKind) -> Self {
        Self {
            card: Arc::new(card),
            manifest: bundle.manifest.clone(),
            digest,
            reads: Arc::default(),
            granted: BTreeSet::new(),
            settings: Arc::default(),
            body: Body::Unavailable(fault),
        }
    }

    /// The fault of a policy that has no body.
    pub(crate) fn standing_fault(&self) -> Option<FaultKind> {
        match self.body {
            Body::Ready { .. } => None,
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
        let &Call { point, stretch, state, fuel } = call;
        let fault = |kind: FaultKind| Fault { kind, point: point.as_str().to_owned() };
        let Body::Ready { pre, configured } = &self.body else {
            return Called { result: Err(fault(FaultKind::Configure)), fuel: 0 };
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
            log: sandbox.log.clone(),
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
