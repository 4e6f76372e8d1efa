//! From a candidate to an edition: read, checked, compiled, compared with the live one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use specialis_core::{Date, FaultKind, PolicyId};

use super::{Approval, Candidate, Past, VersionFloor, difference, effects, loosening, needs, regressions};
use crate::control::error::{StageCause, StageError, StageStep};
use crate::runtime::{
    Change, ChangeClass, CodeFor, Edition, EditionContent, EditionParts, EditionRecord, Policy, PolicyContent, Runtime,
    SandboxError,
};

/// What staging depends on beside the candidate.
pub(crate) struct Stage<'a> {
    pub(crate) runtime: &'a Runtime,
    /// The day that counts for what has expired.
    pub(crate) day: Date,
    /// The edition to compare with and to share code and index with, where there is one.
    pub(crate) base: Option<&'a Edition>,
    pub(crate) floor: &'a VersionFloor,
    /// Digests of policies that were revoked.
    pub(crate) revoked: &'a BTreeSet<String>,
    /// Whether the edition was live already: then it is neither compared nor refused, and what was revoked in it is
    /// unavailable.
    pub(crate) was_live: bool,
    /// What its policies are compiled for.
    pub(crate) code_for: CodeFor,
}

impl Stage<'_> {
    /// Stages a candidate.
    pub(crate) fn run(&self, candidate: &Candidate) -> Result<Edition, StageError> {
        let content = candidate.content(self.day)?;
        let live = self.base.map(Edition::content);
        let past = Past { floor: self.floor, revoked: self.revoked, live };
        // A signed statement was checked and classed when its chain was verified, link by link.
        let is_unchecked = !self.was_live && candidate.head().is_none();
        for policy in &content.policies {
            let refused = |step, cause| StageError::new(step, cause).in_policy(&policy.card.id);
            if is_unchecked {
                past.check(policy).map_err(|cause| refused(StageStep::Verify, cause))?;
            }
            needs::check(&policy.bundle.needs, self.runtime.limits(), content.trust(), &policy.card.signer)
                .map_err(|cause| refused(StageStep::Imports, cause))?;
        }
        for (policy, measure) in content.missing_grants() {
            tracing::warn!(%policy, %measure, "declared and not granted; an answer with it will be a fault");
        }
        let (index, index_digest) = content.index_or_that_of(self.base)?;
        let policies = self.load(&content)?;
        let changes = self.base.map(|base| self.changes_from(base, &content, &policies));
        if let Some(changes) = changes.as_ref().filter(|_| is_unchecked) {
            let check = candidate.approval.check(changes);
            check.map_err(|cause| StageError::new(StageStep::Difference, cause))?;
        }
        Ok(Edition::new(EditionParts {
            id: content.id(self.runtime.limits()),
            record: self.record(candidate, changes.unwrap_or_default()),
            content,
            policies,
            index,
            index_digest,
        }))
    }

    fn record(&self, candidate: &Candidate, changes: Vec<Change>) -> EditionRecord {
        let head = candidate.head();
        EditionRecord {
            number: head.map(|head| head.manifest.number),
            manifest: head.map(|head| head.statement.edition.clone()),
            approvers: candidate.approval.approvers.clone(),
            reason: candidate.approval.reason.clone(),
            is_urgent: candidate.approval.is_urgent,
            base: self.base.map(|base| base.id().to_owned()),
            changes,
        }
    }

    /// Every change from an edition, with policies that can no longer be called.
    fn changes_from(&self, base: &Edition, content: &EditionContent, policies: &[Policy]) -> Vec<Change> {
        let could_be_called = |policy: &Policy| {
            let before = base.policies.iter().find(|one| one.content.card.id == policy.content.card.id);
            before.is_some_and(|before| before.unavailable_because().is_none())
        };
        let lost = policies.iter().filter(|policy| could_be_called(policy));
        let lost = lost.filter_map(|policy| Some((policy, policy.unavailable_because()?)));
        // Its findings become its duties' failure level, which can be lower than what it would have found.
        let lost = lost.map(|(policy, fault)| Change {
            class: ChangeClass::Loosening,
            place: format!("policy `{}`", policy.content.card.id),
            what: format!("it is unavailable (`{}`)", fault.as_str()),
        });
        let is_lost = |id: &PolicyId| {
            base.policies.iter().any(|one| one.content.card.id == *id && one.unavailable_because().is_some())
        };
        let regained = policies.iter().filter(|policy| policy.unavailable_because().is_none());
        // Its duties leave their failure level.
        let regained = regained.filter(|policy| is_lost(&policy.content.card.id)).map(|policy| Change {
            class: ChangeClass::Loosening,
            place: format!("policy `{}`", policy.content.card.id),
            what: "it is available again".to_owned(),
        });
        let mut all: Vec<Change> = lost.chain(regained).chain(difference(base.content(), content)).collect();
        // What was live already is compared as it stands: going back compiles nothing.
        if !self.was_live {
            all.extend(regressions(self.runtime, base.content(), content));
            all.extend(effects(self.runtime, (base.content(), Some(base)), content));
        }
        all.sort_by(|a, b| b.class.cmp(&a.class).then_with(|| a.cmp(b)));
        all
    }

    /// Compiles the policies, several at once, and returns them in the order of the content.
    fn load(&self, content: &EditionContent) -> Result<Vec<Policy>, StageError> {
        let next = AtomicUsize::new(0);
        let loaded = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(policy) = content.policies.get(n) else { return };
                let policy = self.load_one(content, policy);
                let is_refused = policy.is_err();
                loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(n, policy);
                if is_refused {
                    next.store(content.policies.len(), Ordering::Relaxed);
                }
            }
        };
        let n_threads = self.runtime.threads().min(content.policies.len());
        std::thread::scope(|scope| {
            for _ in 1..n_threads {
                scope.spawn(work);
            }
            work();
        });
        let loaded = loaded.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        loaded.into_values().collect()
    }

    fn load_one(&self, content: &EditionContent, policy: &std::sync::Arc<PolicyContent>) -> Result<Policy, StageError> {
        if content.sources.quarantined.contains(&policy.card.id) {
            return Ok(Policy::unavailable(policy.clone(), FaultKind::Quarantined));
        }
        if policy.revoked_under(self.revoked).is_some() {
            return Ok(Policy::unavailable(policy.clone(), FaultKind::Revoked));
        }
        match Policy::load(self.runtime, policy.clone(), self.code_for) {
            Err(SandboxError::Configure { fault }) if content.sources.keep_unavailable => {
                Ok(Policy::unavailable(policy.clone(), fault))
            }
            Err(error) => {
                let is_of_settings = matches!(error, SandboxError::Configure { .. } | SandboxError::Settings { .. });
                let step = if is_of_settings { StageStep::Configure } else { StageStep::Compile };
                Err(StageError::new(step, error).in_policy(&policy.card.id))
            }
            Ok(policy) => Ok(policy),
        }
    }
}

impl Approval {
    /// Whether changes that loosen are approved: by two, with a written reason.
    pub(crate) fn check(&self, changes: &[Change]) -> Result<(), StageCause> {
        let Some((first, n_loosening)) = loosening(changes) else { return Ok(()) };
        if self.is_urgent {
            return Err(StageCause::UrgentLoosens { first: first.to_string() });
        }
        let approvers: BTreeSet<&String> = self.approvers.iter().collect();
        let has_reason = self.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if approvers.len() >= 2 && has_reason {
            return Ok(());
        }
        let first = first.to_string();
        Err(StageCause::Loosens { first, n_loosening, n_approvers: approvers.len(), has_reason })
    }
}
