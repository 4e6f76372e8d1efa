//! Vectors: each policy's own, run on it alone, and those of the edition, run on all policies together.
//!
//! A policy is a pure function, so what was met once is met again as long as nothing changed that it depends on. That is
//! remembered, and in the code cache between starts.

mod compare;
mod effects;
mod probe;
mod regression;
mod report;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use specialis_bundle::{BundleError, Case, NamedSection, Vector, parse_cases, parse_vectors};

use specialis_core::{Fault, Finding, PolicyId};

use super::needs;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::runtime::{CodeFor, Edition, Policy, PolicyUsage, Runtime, digest_of_value};
pub(crate) use effects::{effects, has_effects};
use probe::{Answered, Cost, Probe, failures};
pub(crate) use regression::{Unproved, regressions};
pub use report::{AnswerDifference, VectorFailure, VectorMismatch, VectorOutcome, VectorReport};

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

/// What a policy answered on one event: its findings, or the fault that kept it from answering.
pub type VectorAnswer = Result<Vec<Finding>, Box<Fault>>;

/// What a policy answered on a vector, and what that took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VectorAnswers {
    /// What it answered on each event; nothing where it was not called.
    pub events: Vec<VectorAnswer>,
    /// What it used.
    pub usage: PolicyUsage,
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
            let failures = self.report(policy, &|_| true)?.failures();
            if !failures.is_empty() {
                let error = StageError::new(StageStep::Vectors, StageCause::Vectors { failures });
                return Err(error.in_policy(&policy.content.card.id));
            }
            met.insert(&key);
            self.runtime.mark(&key);
        }
        self.check_cases()
    }

    /// Runs the vectors that are wanted, of every policy, and says what was not met.
    pub(crate) fn reports(&self, is_wanted: &dyn Fn(&Vector) -> bool) -> Result<Vec<VectorReport>, StageError> {
        self.edition.policies.iter().map(|policy| self.report(policy, is_wanted)).collect()
    }

    /// What a policy answers on each event of each of some vectors.
    pub(crate) fn answers(&self, id: &PolicyId, vectors: &[Vector]) -> Result<Option<Vec<VectorAnswers>>, StageError> {
        let Some(policy) = self.edition.policies.iter().find(|policy| policy.content.card.id == *id) else {
            return Ok(None);
        };
        let mut probe = Probe::new(self.runtime, self.edition.content(), &policy.content, CodeFor::Vectors);
        let answers = vectors.iter().map(|vector| {
            let (answered, cost) = probe.run(vector)?;
            let findings = answered.into_iter().map(|answered| match answered {
                Answered::Fault(fault) => Err(fault),
                Answered::Findings(findings) => Ok(findings),
                Answered::NotCalled => Ok(Vec::new()),
            });
            Ok(VectorAnswers { events: findings.collect(), usage: cost.usage })
        });
        answers.collect::<Result<Vec<_>, StageError>>().map(Some)
    }

    /// Runs the vectors of one policy, in service or not.
    ///
    /// # Errors
    /// What was not met first, or why they cannot run.
    pub(crate) fn probe(&self, policy: &Policy) -> Result<(), String> {
        let report = self.report(policy, &|_| true).map_err(|error| error.chain())?;
        report.failures().into_iter().next().map_or(Ok(()), Err)
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
        let parts = (6, &content.digest, registry, &trust.warrants, self.runtime.limits());
        digest_of_value("specialis 2026-11 vectors", &parts)
    }

    fn report(&self, policy: &Policy, is_wanted: &dyn Fn(&Vector) -> bool) -> Result<VectorReport, StageError> {
        let id = &policy.content.card.id;
        let refused = |cause: StageCause| StageError::new(StageStep::Vectors, cause).in_policy(id);
        let mut vectors = Vec::new();
        for section in &policy.content.bundle.vectors {
            vectors.extend(read(section).map_err(|e| refused(e.into()))?);
        }
        // What they cost is what their events cost.
        let needed = u64::try_from(vectors.iter().map(|vector| vector.events.len()).sum::<usize>()).unwrap_or(u64::MAX);
        let allowed = self.edition.trust().limits.vectors;
        if needed > allowed {
            let (limit, way_out) = ("limits.vectors", needs::SMALLER);
            return Err(refused(StageCause::Needs { what: "vectors", needed, limit, allowed, way_out }));
        }
        let mut probe = Probe::new(self.runtime, self.edition.content(), &policy.content, CodeFor::Vectors);
        let mut outcomes = Vec::new();
        for vector in vectors.iter().filter(|vector| is_wanted(vector)) {
            let (answered, Cost { usage, time }) = probe.run(vector)?;
            let (rule, name) = (vector.rule.clone(), vector.name.clone());
            outcomes.push(VectorOutcome { rule, name, failures: failures(vector, &answered), usage, time });
        }
        Ok(VectorReport { policy: id.clone(), outcomes })
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
