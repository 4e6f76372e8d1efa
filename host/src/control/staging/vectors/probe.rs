//! One policy alone, to run vectors on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use specialis_bundle::{Vector, VectorEvent};
use specialis_core::{
    Context, Evaluation, Fault, Finding, Interpreter, MeasureGrant, MeasureId, Mode, Origin, PolicyEvaluation,
    SignerId, Status, Trust,
};

use super::compare;
use super::report::{VectorFailure, VectorMismatch};
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::{Approval, Candidate, Stage, VersionFloor};
use crate::runtime::{
    CodeFor, Edition, EditionContent, PlatformProfile, PolicyContent, PolicyUsage, Runtime, ServiceProfile,
    digest_of_value,
};

/// Runs vectors on one policy of an edition: alone, in its own sector, with every measure granted.
pub(super) struct Probe<'a> {
    runtime: &'a Runtime,
    /// The edition whose registries, warrants and limits count.
    around: &'a EditionContent,
    policy: &'a PolicyContent,
    code_for: CodeFor,
    /// One edition for each set of settings and terms; nearly all vectors go by those that the policy was shipped with.
    editions: BTreeMap<[u8; 32], Arc<Edition>>,
}

/// What running a vector took.
pub(super) struct Cost {
    pub(super) usage: PolicyUsage,
    pub(super) time: Duration,
}

/// What a policy answered on one event of a vector.
pub(super) enum Answered {
    NotCalled,
    Findings(Vec<Finding>),
    Fault(Box<Fault>),
}

impl<'a> Probe<'a> {
    pub(super) fn new(
        runtime: &'a Runtime,
        around: &'a EditionContent,
        policy: &'a PolicyContent,
        code_for: CodeFor,
    ) -> Self {
        Self { runtime, around, policy, code_for, editions: BTreeMap::new() }
    }

    /// Runs one vector. Returns what was answered on each of its events, and what that took.
    pub(super) fn run(&mut self, vector: &Vector) -> Result<(Vec<Answered>, Cost), StageError> {
        let around = digest_of_value("specialis 2026-11 probe", &(&vector.settings, &vector.terms));
        let edition = match self.editions.get(around.as_bytes()) {
            Some(known) => known.clone(),
            None => Arc::new(self.alone(vector)?),
        };
        self.editions.insert(*around.as_bytes(), edition.clone());
        let mut session = self.runtime.open_as_of(&edition, "vector", vector.context.clone(), vector.as_of);
        let answered = if vector.at_open {
            vec![self.answered(session.evaluate_opening())]
        } else {
            let evaluate = |event: &VectorEvent| session.evaluate_next(event.event.clone(), event.pieces().as_deref());
            vector.events.iter().map(evaluate).map(|evaluations| self.answered(evaluations)).collect()
        };
        let usage = session.usage().into_iter().next().unwrap_or_default();
        let time = session.times().into_iter().next().unwrap_or_default();
        Ok((answered, Cost { usage, time }))
    }

    fn answered(&self, evaluations: Vec<PolicyEvaluation>) -> Answered {
        // INVARIANT: the edition has this policy alone.
        let evaluation = evaluations.into_iter().find(|one| one.policy.id == self.policy.card.id);
        match evaluation.map(|one| one.evaluation) {
            None | Some(Evaluation::NotWoken) => Answered::NotCalled,
            Some(Evaluation::Evaluated(findings)) => Answered::Findings(findings),
            Some(Evaluation::Unavailable(fault, _)) => Answered::Fault(Box::new(fault)),
        }
    }

    /// An edition with the policy alone, that may ask for everything it declares. A vector holds under the settings that it names, and
    /// for the rest under those that the policy was shipped with: what the operator set shows in the difference of the editions, and
    /// makes no policy wrong.
    fn alone(&self, vector: &Vector) -> Result<Edition, StageError> {
        let policy = self.policy;
        let id = &policy.card.id;
        let shipped = policy.manifest().settings.iter();
        let mut settings: BTreeMap<_, _> = shipped.map(|(name, one)| (name.clone(), one.default.clone())).collect();
        for (name, value) in &vector.settings {
            let value = serde_json::from_value(value.clone()).map_err(|e| {
                let problems = vec![format!("vector `{}`, setting `{name}`: {e}", vector.name)];
                StageError::new(StageStep::Vectors, StageCause::Settings { problems }).in_policy(id)
            })?;
            settings.insert(name.clone(), value);
        }
        let mut defaults = Context::default();
        if let Origin::Sector(sector) = &policy.card.origin {
            defaults.sectors.insert(sector.clone(), Status::Yes);
        }
        let base = &self.around.sources;
        let mut candidate = Candidate::default();
        candidate.sources.files.push((id.to_string(), policy.bundle.bytes.clone()));
        candidate.sources.registry = base.registry.clone();
        candidate.sources.trust = Arc::new(trust_for(policy, &base.trust, &base.registry));
        candidate.sources.settings.insert(id.clone(), settings);
        // It has no effect, so that what it logs may be read.
        candidate.sources.modes.insert(id.clone(), Mode::Monitor);
        candidate.sources.terms = vector.terms.clone();
        candidate.sources.platform = PlatformProfile::everything(&base.registry);
        candidate.sources.service = ServiceProfile { defaults, ..ServiceProfile::default() };
        candidate.approval = Approval::default();
        let (floor, revoked) = (VersionFloor::new(), BTreeSet::new());
        let (runtime, day) = (self.runtime, self.runtime.clock().today());
        let stage = Stage {
            runtime,
            day,
            base: None,
            floor: &floor,
            revoked: &revoked,
            was_live: false,
            code_for: self.code_for,
        };
        stage.run(&candidate)
    }
}

impl Answered {
    /// What is wrong with it on an event of a vector, if anything is.
    fn problem(&self, vector: &Vector, event: &VectorEvent) -> Option<VectorMismatch> {
        if let Self::Fault(fault) = self {
            return Some(VectorMismatch::Fault(fault.clone()));
        }
        let differences = compare::differences(vector, event, self.findings());
        let was_called = matches!(self, Self::Findings(_));
        (!differences.is_empty()).then_some(VectorMismatch::Answers { differences, was_called })
    }

    /// What it found; nothing where it was not called or did not answer.
    pub(super) fn findings(&self) -> &[Finding] {
        match self {
            Self::Findings(findings) => findings,
            Self::NotCalled | Self::Fault(_) => &[],
        }
    }
}

/// A trust policy that lets one policy in and grants it every measure; the warrants are the operator's.
fn trust_for(policy: &PolicyContent, trust: &Trust, registry: &specialis_core::Registry) -> Trust {
    let signer = SignerId::from("tested");
    // Masking and stopping need no grant.
    let actions = ["replace", "append"].into_iter().map(MeasureId::from);
    let measures = registry.measures.keys().cloned().chain(actions).collect();
    Trust {
        signers: BTreeMap::from([(signer.clone(), vec![policy.digest.clone()])]),
        warrants: trust.warrants.clone(),
        interpreters: policy.is_interpreted.then(|| Interpreter { signer: signer.clone() }).into_iter().collect(),
        measures: vec![MeasureGrant { signer, measures }],
        limits: trust.limits.clone(),
        ..Trust::default()
    }
}

/// What is not met of a vector. A policy that failed answers nothing more, so nothing is said of later events.
pub(super) fn failures(vector: &Vector, answered: &[Answered]) -> Vec<VectorFailure> {
    let mut failures = Vec::new();
    for ((event, answered), n) in vector.events.iter().zip(answered).zip(1_usize..) {
        let Some(problem) = answered.problem(vector, event) else { continue };
        let has_failed = matches!(problem, VectorMismatch::Fault(_));
        failures.push(VectorFailure { event: (vector.events.len() > 1).then_some(n), problem });
        if has_failed {
            break;
        }
    }
    failures
}
