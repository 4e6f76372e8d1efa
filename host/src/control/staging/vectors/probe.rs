//! One policy alone, to run vectors on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::Vector;
use specialis_core::{
    Context, Evaluation, Fault, Finding, MeasureGrant, MeasureId, Mode, Origin, SignerId, Status, Trust,
};

use super::compare;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::{Approval, Candidate, Stage, VersionFloor};
use crate::runtime::{
    CodeFor, Edition, EditionContent, PlatformProfile, PolicyContent, Runtime, ServiceProfile, digest_of_value,
};

/// Runs vectors on one policy of an edition: alone, in its own sector, with every measure granted.
pub(super) struct Probe<'a> {
    runtime: &'a Runtime,
    /// The edition whose registries, warrants and limits count.
    around: &'a EditionContent,
    policy: &'a PolicyContent,
    /// One edition for each set of settings and terms; nearly all vectors go by those that the policy was shipped with.
    editions: BTreeMap<[u8; 32], Arc<Edition>>,
}

/// What a policy answered on a vector's event.
pub(super) enum Answered {
    NotCalled,
    Findings(Vec<Finding>),
    Fault(Box<Fault>),
}

impl<'a> Probe<'a> {
    pub(super) fn new(runtime: &'a Runtime, around: &'a EditionContent, policy: &'a PolicyContent) -> Self {
        Self { runtime, around, policy, editions: BTreeMap::new() }
    }

    /// Runs one vector.
    pub(super) fn run(&mut self, vector: &Vector) -> Result<Answered, StageError> {
        let around = digest_of_value("specialis 2026-11 probe", &(&vector.settings, &vector.terms));
        let edition = match self.editions.get(around.as_bytes()) {
            Some(known) => known.clone(),
            None => Arc::new(self.alone(vector)?),
        };
        self.editions.insert(*around.as_bytes(), edition.clone());
        let mut session = self.runtime.open_as_of(&edition, "vector", vector.context.clone(), vector.as_of);
        let event = (!vector.at_open).then(|| vector.event.clone());
        let evaluations = session.evaluate_policies(event);
        // INVARIANT: the edition has this policy alone.
        let evaluation = evaluations.into_iter().find(|one| one.policy.id == self.policy.card.id);
        Ok(match evaluation.map(|one| one.evaluation) {
            None | Some(Evaluation::NotWoken) => Answered::NotCalled,
            Some(Evaluation::Evaluated(findings)) => Answered::Findings(findings),
            Some(Evaluation::Unavailable(fault, _)) => Answered::Fault(Box::new(fault)),
        })
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
            code_for: CodeFor::Vectors,
        };
        stage.run(&candidate)
    }
}

impl Answered {
    /// Why a vector is not met, if it is not.
    pub(super) fn failure(&self, vector: &Vector) -> Option<String> {
        let name = format!("{} `{}`", vector.rule, vector.name);
        let why = match self {
            Self::NotCalled => " (it was not called: nothing under `wakes` of its manifest applies)",
            Self::Findings(_) => "",
            Self::Fault(fault) => return Some(format!("{name}: {}", described(fault))),
        };
        let wrong = compare::differences(vector, self.findings());
        (!wrong.is_empty()).then(|| format!("{name}: {}{why}", wrong.join("; ")))
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
        measures: vec![MeasureGrant { signer, measures }],
        limits: trust.limits.clone(),
        ..Trust::default()
    }
}

/// A fault with what it is about and what to do.
fn described(fault: &specialis_core::Fault) -> String {
    let about = fault.about.as_ref().map_or_else(String::new, |about| format!(" ({about})"));
    format!("fault `{}` at {}{about}; {}", fault.kind.as_str(), fault.point, fault.kind.remedy())
}
