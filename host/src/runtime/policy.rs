//! A policy of an edition, ready to be called: one call, one fresh instance.

mod answer;
mod capacity;
mod fault;
mod memory;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;

use specialis_core::{EventKind, Fault, FaultKind, FaultSubject, Mode, Origin, Registry, Span};

use wasmtime::Engine;

use super::abi::{self, CallPoint, CallState, Input, Misread, PartHit, PolicyPre};
use super::code::{self, CompiledCode, code_name, snapshot};
use super::error::SandboxError;
use super::limits::{Allowance, ReadMeter, ResourceGuard, Used};
use super::{PolicyContent, Runtime, Shared};
use answer::AnswerCheck;
pub(crate) use answer::{is_allowed, needs_grant};
pub(crate) use capacity::answer_bits;
use fault::classify;
pub use memory::MemoryCounts;
pub(crate) use memory::{Answer, Bounded};
use memory::{AnswerMemory, rests_on_text};
pub use tally::CallTimes;
use tally::Tally;

/// One policy of an edition.
pub(crate) struct Policy {
    pub(crate) content: Arc<PolicyContent>,
    pub(crate) tally: Tally,
    pub(crate) memory: AnswerMemory,
    body: Body,
    is_unhurried: bool,
}

/// What there is to call.
#[derive(Clone)]
enum Body {
    /// A component.
    Compiled(Arc<CompiledPolicy>),
    /// Nothing: every duty the policy governs stays at its failure level.
    Unavailable(FaultKind),
}

/// What a policy is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeFor {
    /// For being called, as often and as fast as may be.
    Calls,
    /// For being called a few times under settings that are not those of the edition. The code of calls holds the memory that
    /// `configure` left, so each set of settings would need code of its own. This code is one for all of them, and is configured
    /// before each call; nothing else tells the two apart.
    Vectors,
    /// As for vectors, and its calls are unhurried: whether one edition is looser than another must not depend on how busy the
    /// machine is.
    Comparison,
}

/// One call of a policy.
pub(crate) struct Call<'a> {
    pub(crate) point: CallPoint,
    pub(crate) stretch: Option<Span>,
    /// What the policy remembers of the session.
    pub(crate) state: &'a [u8],
    pub(crate) allowance: Allowance,
}

/// A compiled component, shared by all policies that were made from the same file and settings.
pub(crate) struct CompiledPolicy {
    pre: PolicyPre,
    /// The engine that it was compiled for.
    engine: Engine,
    /// Whether its memory is the one that `configure` left.
    is_configured: bool,
}

/// The result of one call.
pub(crate) struct CallOutcome {
    pub(crate) result: Result<CallAnswer, Fault>,
    pub(crate) used: Used,
}

/// An answer that was checked.
pub(crate) struct CallAnswer {
    pub(crate) findings: Answer,
    /// Whether it is remembered: an equal answer is the same value.
    pub(crate) is_remembered: bool,
    pub(crate) state: Vec<u8>,
}

impl Policy {
    /// Takes the compiled component from another edition or from the cache, or compiles it now.
    pub(crate) fn load(
        runtime: &Runtime,
        content: Arc<PolicyContent>,
        code_for: CodeFor,
    ) -> Result<Self, SandboxError> {
        let compiled = match code_for {
            CodeFor::Calls => for_calls(runtime, &content)?,
            CodeFor::Vectors | CodeFor::Comparison => for_vectors(runtime, &content)?,
        };
        let (tally, memory) = (Tally::default(), AnswerMemory::default());
        let is_unhurried = code_for == CodeFor::Comparison;
        Ok(Self { content, tally, memory, body: Body::Compiled(compiled), is_unhurried })
    }

    /// A policy that cannot be called, for an edition that goes on without it.
    pub(crate) fn unavailable(content: Arc<PolicyContent>, fault: FaultKind) -> Self {
        let (tally, memory) = (Tally::default(), AnswerMemory::default());
        Self { content, tally, memory, body: Body::Unavailable(fault), is_unhurried: false }
    }

    /// Its code, where it can be called.
    pub(crate) fn code(&self) -> Option<&Arc<CompiledPolicy>> {
        match &self.body {
            Body::Compiled(compiled) => Some(compiled),
            Body::Unavailable(_) => None,
        }
    }

    /// Why it cannot be called in any session, where it cannot.
    pub(crate) fn unavailable_because(&self) -> Option<FaultKind> {
        match self.body {
            Body::Compiled(_) => None,
            Body::Unavailable(fault) => Some(fault),
        }
    }

    /// Whether a hit is a reason to call it on events of a kind.
    pub(crate) fn wakes_on_hit(&self, kind: EventKind, hit: &PartHit) -> bool {
        let wakes = &self.content.manifest().wakes;
        (wakes.hits.contains(&kind) || wakes.kinds.contains(&kind)) && self.content.reads.contains(&hit.category)
    }

    /// Whether there is a reason to call it on an event that is whole.
    pub(crate) fn wakes_at_end<'a>(
        &self,
        event: &specialis_core::Event,
        mut hits: impl Iterator<Item = &'a PartHit>,
    ) -> bool {
        let (wakes, reads) = (&self.content.manifest().wakes, &self.content.reads);
        let kind = event.kind();
        wakes.kinds.contains(&kind)
            || wakes.hits.contains(&kind)
                && (hits.any(|hit| reads.contains(&hit.category))
                    || event.signals.iter().any(|signal| reads.contains(&signal.category)))
    }

    /// Calls it once, in a fresh instance.
    pub(crate) fn call(
        &self,
        runtime: &Runtime,
        registry: &Registry,
        input: &Arc<Input>,
        call: &Call<'_>,
    ) -> CallOutcome {
        let outcome = self.call_uncounted(runtime, registry, input, call);
        self.tally.count(outcome.used.time, outcome.result.is_err().then(|| runtime.clock().uptime()));
        outcome
    }

    fn call_uncounted(
        &self,
        runtime: &Runtime,
        registry: &Registry,
        input: &Arc<Input>,
        call: &Call<'_>,
    ) -> CallOutcome {
        let point = call.point.as_str();
        let failed = |kind: FaultKind| CallOutcome { result: Err(Fault::new(kind, point)), used: Used::default() };
        let CompiledPolicy { pre, engine, is_configured } = match &self.body {
            Body::Compiled(compiled) => &**compiled,
            Body::Unavailable(kind) => return failed(*kind),
        };
        let shared = &runtime.0;
        let allowance = if self.is_unhurried { call.allowance.unhurried() } else { call.allowance };
        let _slot = shared.slots.take();
        let started = shared.clock.uptime();
        let state = CallState {
            point: call.point,
            stretch: call.stretch,
            meter: ReadMeter::new(allowance.fuel),
            ..call_state(runtime, &self.content, input.clone())
        };
        let mut store = match shared.limits.store(engine, state, allowance) {
            Ok(store) => store,
            Err(error) => return failed(classify(&error)),
        };
        let answer = match pre.start(&mut store, !is_configured) {
            Ok(Ok(instance)) => instance.judge(&mut store, call.state).map_err(|e| classify(&e)),
            Ok(Err(_)) => Err(FaultKind::Configure),
            Err(error) => Err(classify(&error)),
        };
        let left = store.get_fuel().unwrap_or(0);
        let fuel = allowance.fuel.saturating_sub(left).saturating_add(store.data().meter.used());
        let (n_reads, memory) = (store.data().meter.n_reads(), store.data().guard.used_memory());
        drop(store);
        let time = shared.clock.uptime().saturating_sub(started);
        let result = match answer {
            Err(kind) => Err(Fault::new(kind, point)),
            Ok(_) if fuel > allowance.fuel => Err(Fault::new(FaultKind::Fuel, point)),
            // The ticker interrupts the guest alone; the host's own work for it counts too.
            Ok(_) if time > allowance.time => Err(Fault::new(FaultKind::Deadline, point)),
            Ok(answer) => match self.read(runtime, &self.answer_check(runtime, registry, input, call), answer.findings)
            {
                Ok((findings, is_remembered)) => Ok(CallAnswer { findings, is_remembered, state: answer.state }),
                Err((kind, about)) => Err(Fault { about: about.map(|about| *about), ..Fault::new(kind, point) }),
            },
        };
        CallOutcome { result, used: Used { fuel, time, n_reads, memory } }
    }
}

/// What a fault is, and what it is about where that is known.
type FaultCause = (FaultKind, Option<Box<FaultSubject>>);

impl Policy {
    /// Reads an answer and holds it to everything that it has to keep to, unless the same was read before. Returns whether it is
    /// remembered now.
    fn read(&self, runtime: &Runtime, check: &AnswerCheck<'_>, bytes: Vec<u8>) -> Result<(Answer, bool), FaultCause> {
        if let Some(known) = self.memory.answer(&bytes) {
            return Ok((known, true));
        }
        let limits = runtime.limits();
        let mut findings = Vec::new();
        let mut is_of_text = false;
        for encoded in abi::split(&bytes, limits.findings).map_err(|misread| self.misread(misread))? {
            if let Some(known) = self.memory.finding(encoded) {
                findings.push(known);
                continue;
            }
            let read = abi::finding(encoded).map_err(|misread| self.misread(misread))?;
            check.check(&read).map_err(|(kind, about)| (kind, Some(about)))?;
            let read = answer::in_order(read);
            if rests_on_text(&read, check.registry) {
                is_of_text = true;
            } else {
                self.memory.keep_finding(encoded, &read);
            }
            findings.push(read);
        }
        // The order of findings and their repeats say nothing.
        findings.sort();
        findings.dedup();
        if findings.len() > limits.distinct_findings {
            return Err((FaultKind::FindingCount, None));
        }
        let findings = Answer::from(findings);
        if !is_of_text {
            self.memory.keep_answer(bytes, &findings);
        }
        Ok((findings, !is_of_text))
    }

    /// The fault of an answer that cannot be read. What its form breaks is told where the policy has no effect: which way it breaks it
    /// is its choice, and would be a message.
    fn misread(&self, Misread { kind, form }: Misread) -> FaultCause {
        let form = form.filter(|_| self.content.card.mode == Mode::Monitor);
        (kind, form.map(|form| Box::new(FaultSubject { form: Some(form), ..FaultSubject::default() })))
    }

    /// What an answer to a call is held to.
    fn answer_check<'a>(
        &'a self,
        runtime: &Runtime,
        registry: &'a Registry,
        input: &'a Input,
        call: &Call<'_>,
    ) -> AnswerCheck<'a> {
        let (stretch, max_obligations) = (call.stretch, runtime.limits().obligations);
        AnswerCheck { content: &self.content, registry, input, stretch, max_obligations }
    }
}

/// The code of calls.
fn for_calls(runtime: &Runtime, content: &PolicyContent) -> Result<Arc<CompiledPolicy>, SandboxError> {
    let Shared { engine, code, .. } = &*runtime.0;
    let name = name_for_calls(runtime, content);
    let compiled = code.get(engine, &name, || compile(runtime, content), |code| ready(content, engine, code))?;
    accept(runtime, content, engine, &compiled)?;
    Ok(compiled)
}

/// The name of the code of calls. Its memory may be the one that `configure` left, so that the whole file counts; that of an
/// interpreter is one for all settings.
fn name_for_calls(runtime: &Runtime, content: &PolicyContent) -> String {
    let Shared { engine, limits, snapshots, .. } = &*runtime.0;
    let whole = (content.bundle.content(), content.bundle.wit);
    if content.is_interpreted {
        code_name(engine, whole, &BTreeMap::new(), limits, false)
    } else {
        code_name(engine, whole, &content.settings, limits, *snapshots)
    }
}

/// Configures a policy once, where its code is one for all settings, to see that these are accepted.
fn accept(
    runtime: &Runtime,
    content: &PolicyContent,
    engine: &Engine,
    compiled: &CompiledPolicy,
) -> Result<(), SandboxError> {
    if content.is_interpreted { configure(runtime, content, engine, &compiled.pre) } else { Ok(()) }
}

/// The code of vectors: that of calls, where it is there for these settings, else code for any settings and for any data beside the
/// component, which is configured once to see that these are accepted.
fn for_vectors(runtime: &Runtime, content: &PolicyContent) -> Result<Arc<CompiledPolicy>, SandboxError> {
    let Shared { engine, setup_engine, limits, code, .. } = &*runtime.0;
    if let Some(known) = code.known(&name_for_calls(runtime, content)) {
        accept(runtime, content, engine, &known)?;
        return Ok(known);
    }
    let component = content.bundle.component();
    let name = code_name(setup_engine, (&component, content.bundle.wit), &BTreeMap::new(), limits, false);
    let compile = || {
        let component = runtime.compile(setup_engine, (content.code_of(), false), &component)?;
        Ok(CompiledCode { component, is_configured: false })
    };
    let compiled = code.get_in_memory(&name, compile, |code| ready(content, setup_engine, code))?;
    configure(runtime, content, setup_engine, &compiled.pre)?;
    Ok(compiled)
}

fn ready(content: &PolicyContent, engine: &Engine, code: CompiledCode) -> Result<CompiledPolicy, SandboxError> {
    let pre = PolicyPre::new(content.bundle.wit, &code.component).map_err(|e| misfit(content, &e))?;
    Ok(CompiledPolicy { pre, engine: engine.clone(), is_configured: code.is_configured })
}

/// Compiles a policy with the memory that `configure` leaves, where that memory can be kept; else as it is, configured once to see
/// that its settings are accepted.
fn compile(runtime: &Runtime, content: &PolicyContent) -> Result<CompiledCode, SandboxError> {
    let shared = &runtime.0;
    let (bundle, limits, engine) = (&content.bundle, &shared.limits, &shared.engine);
    // An interpreter has much memory, and would be compiled anew for each set of settings.
    if shared.snapshots
        && !content.is_interpreted
        && let Some(bytes) = snapshot(
            &|bytes| runtime.compile(&shared.setup_engine, (content.code_of(), false), bytes).ok(),
            bundle.content(),
            bundle.wit,
            (&**limits, limits.allowance_alone(content.code_of()).unhurried()),
            call_state(runtime, content, Arc::new(Input::nothing())),
        )
        && let Ok(component) = runtime.compile(engine, (content.code_of(), true), &bytes)
        && PolicyPre::new(bundle.wit, &component).is_ok()
    {
        return Ok(CompiledCode { component, is_configured: true });
    }
    let component = runtime.compile(engine, (content.code_of(), true), bundle.content())?;
    let pre = PolicyPre::new(bundle.wit, &component).map_err(|e| misfit(content, &e))?;
    // Where the code is one for all settings, `accept` sees to those at hand.
    if !content.is_interpreted {
        configure(runtime, content, engine, &pre)?;
    }
    Ok(CompiledCode { component, is_configured: false })
}

/// Configures a policy once, to see that its settings are accepted.
fn configure(runtime: &Runtime, content: &PolicyContent, engine: &Engine, pre: &PolicyPre) -> Result<(), SandboxError> {
    let Shared { limits, slots, .. } = &*runtime.0;
    let _slot = slots.take();
    let state = call_state(runtime, content, Arc::new(Input::nothing()));
    let store = limits.store(engine, state, limits.allowance_alone(content.code_of()).unhurried());
    let mut store = store.map_err(|e| SandboxError::Compile { source: e.into() })?;
    match pre.start(&mut store, true) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(problems)) => Err(SandboxError::Settings { problems }),
        Err(error) => Err(SandboxError::Configure { fault: classify(&error) }),
    }
}

/// A component that does not fit the contract, with the first difference.
fn misfit(content: &PolicyContent, error: &wasmtime::Error) -> SandboxError {
    let difference = code::difference(&content.bundle).unwrap_or_else(|| format!("{error:#}"));
    SandboxError::Contract { version: content.bundle.wit.as_str(), difference }
}

/// What a call at open can see and use.
fn call_state(runtime: &Runtime, content: &PolicyContent, input: Arc<Input>) -> CallState {
    let limits = runtime.0.limits.clone();
    let visible = (0..).zip(&input.hits).filter(|(_, hit)| content.reads.contains(&hit.category));
    CallState {
        guard: ResourceGuard::default(),
        meter: ReadMeter::new(limits.allowance_alone(content.code_of()).fuel),
        limits,
        policy: content.card.id.clone(),
        sector: match &content.card.origin {
            Origin::Sector(sector) => Some(sector.clone()),
            Origin::General | Origin::Common | Origin::Tenant => None,
        },
        hits: visible.map(|(n, _)| n).collect(),
        input,
        point: CallPoint::Open,
        stretch: None,
        settings: content.settings.clone(),
        data: content.data.clone(),
        reads: content.reads.clone(),
        log: runtime.0.log.clone().filter(|_| content.card.mode == Mode::Monitor),
        log_lines: 0,
        answer: None,
    }
}

impl Input {
    /// What `configure` sees: no context, no event.
    fn nothing() -> Self {
        let as_of = specialis_core::Date::from(jiff::civil::Date::constant(1970, 1, 1));
        Self::without_event(Arc::default(), as_of)
    }
}
