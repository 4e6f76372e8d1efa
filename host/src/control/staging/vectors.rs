//! Vectors: each policy's own, run on it alone, and those of the edition, run on all policies together.
//!
//! A policy is a pure function, so what was met once is met again as long as nothing changed that it depends on. That is
//! remembered, and in the code cache between starts.

mod compare;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use specialis_bundle::{BundleError, Case, NamedSection, Vector, parse_cases, parse_vectors};
use specialis_core::{Context, Evaluation, MeasureGrant, MeasureId, Mode, Origin, PolicyId, SignerId, Status, Trust};

use super::{Approval, Candidate, Stage, VersionFloor};
use crate::control::error::{StageCause, StageError, StageStep};
use crate::runtime::{Edition, PlatformProfile, Policy, PolicyContent, Runtime, ServiceProfile, digest_of_value};

/// Vectors that were met, by a digest of everything they depend on.
#[derive(Default)]
pub(crate) struct MetVectors(Mutex<BTreeSet<[u8; 32]>>);

impl MetVectors {
    fn contains(&self, key: &blake3::Hash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(key.as_bytes())
    }

    fn insert(&self, key: &blake3::Hash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*key.as_bytes());
    }
}

/// What became of a policy's vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorReport {
    /// The policy.
    pub policy: PolicyId,
    /// How many it has.
    pub n_vectors: usize,
    /// What was not met, one each.
    pub failures: Vec<String>,
}

/// Runs the vectors of one edition.
pub(crate) struct VectorRun<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) edition: &'a Arc<Edition>,
}

impl VectorRun<'_> {
    /// Runs every vector that is not known to be met.
    pub(crate) fn check(&self, met: &MetVectors) -> Result<(), StageError> {
        for policy in &self.edition.policies {
            if policy.unavailable_because().is_some() || policy.content.bundle.vectors.is_empty() {
                continue;
            }
            let key = self.key(policy);
            if met.contains(&key) || self.runtime.has_mark(&key) {
                continue;
            }
            let failures = self.report(policy)?.failures;
            if !failures.is_empty() {
                let error = StageError::new(StageStep::Vectors, StageCause::Vectors { failures });
                return Err(error.in_policy(&policy.content.card.id));
            }
            met.insert(&key);
            self.runtime.mark(&key);
        }
        self.check_cases()
    }

    /// Runs the vectors of every policy and says what was not met.
    pub(crate) fn reports(&self) -> Result<Vec<VectorReport>, StageError> {
        self.edition.policies.iter().map(|policy| self.report(policy)).collect()
    }

    /// Runs the vectors of the edition.
    fn check_cases(&self) -> Result<(), StageError> {
        for (file, text) in &self.edition.content().sources.cases {
            let refused = |cause: StageCause| StageError::new(StageStep::Vectors, cause).in_file(file);
            let cases = parse_cases(file, text).map_err(|e| refused(e.into()))?;
            let failures: Vec<String> = cases.iter().filter_map(|case| self.unmet_case(case)).collect();
            if !failures.is_empty() {
                return Err(refused(StageCause::Vectors { failures }));
            }
        }
        Ok(())
    }

    /// Everything that the answers of a policy's vectors depend on.
    fn key(&self, policy: &Policy) -> blake3::Hash {
        // The number counts the ways of comparing: what an earlier one let pass is not met yet.
        let (registry, trust) = (self.edition.registry(), self.edition.trust());
        let content = &policy.content;
        let parts = (4, &content.digest, &*content.settings, registry, &trust.warrants, self.runtime.limits());
        digest_of_value("specialis 2026-11 vectors", &parts)
    }

    fn report(&self, policy: &Policy) -> Result<VectorReport, StageError> {
        let id = &policy.content.card.id;
        let refused = |cause: StageCause| StageError::new(StageStep::Vectors, cause).in_policy(id);
        let mut vectors = Vec::new();
        for section in &policy.content.bundle.vectors {
            vectors.extend(read(section).map_err(|e| refused(e.into()))?);
        }
        let needed = u64::try_from(vectors.len()).unwrap_or(u64::MAX);
        let allowed = self.edition.trust().limits.vectors;
        if needed > allowed {
            return Err(refused(StageCause::Needs { what: "vectors", needed, limit: "limits.vectors", allowed }));
        }
        // One edition for each set of settings and terms; nearly all vectors go by the operator's.
        let mut probes: BTreeMap<[u8; 32], Arc<Edition>> = BTreeMap::new();
        let mut failures = Vec::new();
        for vector in &vectors {
            let around = digest_of_value("specialis 2026-11 probe", &(&vector.settings, &vector.terms));
            let probe = match probes.entry(*around.as_bytes()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Arc::new(self.alone(&policy.content, vector)?)),
            };
            failures.extend(self.failure(probe, id, vector));
        }
        Ok(VectorReport { policy: id.clone(), n_vectors: vectors.len(), failures })
    }

    /// An edition with one policy, in its own sector, that may ask for everything it declares, under the settings of a vector.
    fn alone(&self, policy: &PolicyContent, vector: &Vector) -> Result<Edition, StageError> {
        let id = &policy.card.id;
        let mut settings = (*policy.settings).clone();
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
        let base = &self.edition.content().sources;
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
        let stage = Stage { runtime: self.runtime, base: None, floor: &floor, revoked: &revoked, was_live: false };
        stage.run(&candidate)
    }

    /// Why a vector is not met, if it is not.
    fn failure(&self, probe: &Arc<Edition>, policy: &PolicyId, vector: &Vector) -> Option<String> {
        let mut session = self.runtime.open_as_of(probe, "vector", vector.context.clone(), vector.as_of);
        let event = (!vector.at_open).then(|| vector.event.clone());
        let evaluations = session.evaluate_policies(event);
        let name = format!("{} `{}`", vector.rule, vector.name);
        // INVARIANT: the edition has this policy alone.
        let evaluation = evaluations.into_iter().find(|one| one.policy.id == *policy)?.evaluation;
        let is_called = !matches!(evaluation, Evaluation::NotWoken);
        let findings = match evaluation {
            Evaluation::NotWoken => Vec::new(),
            Evaluation::Evaluated(findings) => findings,
            Evaluation::Unavailable(fault, _) => return Some(format!("{name}: {}", described(&fault))),
        };
        let wrong = compare::differences(vector, &findings);
        let why = if is_called { "" } else { " (it was not called: nothing under `wakes` of its manifest applies)" };
        (!wrong.is_empty()).then(|| format!("{name}: {}{why}", wrong.join("; ")))
    }

    /// Why a case of the edition is not met, if it is not.
    fn unmet_case(&self, case: &Case) -> Option<String> {
        let session = self.runtime.open_as_of(self.edition, "vector", case.context.clone(), case.as_of);
        let mut session = session.unscored();
        let decision = session.submit(case.event.clone()).decision;
        let mut wrong = Vec::new();
        if let Some(verdict) = case.verdict
            && verdict != decision.verdict
        {
            wrong.push(format!("expected the verdict {}, found {}", verdict.as_str(), decision.verdict.as_str()));
        }
        for (duty, level) in &case.levels {
            let found = decision.duty(duty.as_str()).map_or(specialis_core::Level::Pass, |duty| duty.level);
            if found != *level {
                wrong.push(format!("on `{duty}` expected {}, found {}", level.as_str(), found.as_str()));
            }
        }
        let asked: Vec<&str> = decision.obligations.iter().map(|due| due.obligation.word()).collect();
        for obligation in case.obligations.iter().filter(|one| !asked.contains(&one.as_str())) {
            wrong.push(format!("expected the obligation `{obligation}`, found {}", asked.join(", ")));
        }
        (!wrong.is_empty()).then(|| format!("`{}`: {}", case.name, wrong.join("; ")))
    }
}

fn read(section: &NamedSection) -> Result<Vec<Vector>, BundleError> {
    let text = std::str::from_utf8(&section.data)
        .map_err(|e| BundleError::NotUtf8 { name: section.name.clone(), at: e.valid_up_to() })?;
    parse_vectors(&section.name, text)
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
