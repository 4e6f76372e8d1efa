//! Editions of a running host: stage, activate, roll back, and look after them.

use std::sync::Arc;
use std::time::Duration;

use specialis_bundle::PublicKey;
use specialis_core::{Date, PolicyId};

use crate::cache::CodeCounts;
use crate::edition::{
    Approvers, Attempts, Book, Candidate, Circumstances, Class, Edition, EditionRecord, PolicyStatus, RevocationAct,
    RollbackAct, Seen, difference,
};
use crate::error::{BuildError, StageError, StageStep};
use crate::host::{Host, Shared};
use crate::vectors;

/// How a host looks after its editions. The defaults:
///
/// - the last 3 editions stay ready
/// - sessions on an edition that is no longer live have 10 minutes to end
/// - a policy with 20 faults within a minute is quarantined
/// - a host does not go back to an earlier edition by itself
/// - the input of sessions is not kept
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Care {
    /// How many earlier editions stay ready. Each keeps its compiled code and its index in memory.
    pub keep: usize,
    /// How long sessions may stay on an edition that is no longer live.
    pub drain: Duration,
    /// How many faults within [`Care::window`] take a policy out of service.
    pub faults: usize,
    /// In which time.
    pub window: Duration,
    /// Whether the host returns to the last edition, where that one does not loosen, before it takes a policy out of service.
    pub returns: bool,
    /// How many bytes of the input of each session are kept, as long as it is open, so that the policies of an urgent edition can
    /// be given all of it again. Of a session that was given more, nothing is kept: duties on which a policy remembered something
    /// then go to their failure level.
    pub input_log: usize,
}

impl Default for Care {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n.saturating_mul(60));
        Self { keep: 3, drain: minutes(10), faults: 20, window: minutes(1), returns: false, input_log: 0 }
    }
}

/// An edition that could be published: verified, compiled, tested. It lives until it is activated or dropped.
pub struct Staged {
    pub(crate) edition: Arc<Edition>,
    base: String,
}

impl Staged {
    /// The edition.
    pub fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }
}

/// Leave to do something with editions: who gave it, and why.
#[derive(Clone, Debug)]
pub struct Leave {
    approvers: Vec<String>,
    reason: String,
    signed: Option<(PublicKey, Act)>,
}

#[derive(Clone, Debug)]
enum Act {
    Rollback(RollbackAct),
    Revocation(RevocationAct),
}

impl Leave {
    /// Leave by people whom the embedder answers for. A host with a root key does not take it.
    pub fn by<S: Into<String>>(approvers: impl IntoIterator<Item = S>, reason: impl Into<String>) -> Self {
        Self { approvers: approvers.into_iter().map(Into::into).collect(), reason: reason.into(), signed: None }
    }

    /// Leave to roll back, from a signed act and the list of approvers.
    ///
    /// # Errors
    /// Where one of them does not count.
    pub fn rollback(act: &[u8], approvers: &[u8], root: &PublicKey, today: Date) -> Result<Self, StageError> {
        let refused = |source| StageError::new(StageStep::Verify, BuildError::Paper { source });
        let approvers = Approvers::read(approvers, root, today).map_err(refused)?;
        let (act, names) = approvers.open::<RollbackAct>(act, today).map_err(refused)?;
        Ok(Self { approvers: names, reason: act.reason.clone(), signed: Some((root.clone(), Act::Rollback(act))) })
    }

    /// Leave to revoke policies, from a signed act and the list of approvers.
    ///
    /// # Errors
    /// Where one of them does not count.
    pub fn revocation(act: &[u8], approvers: &[u8], root: &PublicKey, today: Date) -> Result<Self, StageError> {
        let refused = |source| StageError::new(StageStep::Verify, BuildError::Paper { source });
        let approvers = Approvers::read(approvers, root, today).map_err(refused)?;
        let (act, names) = approvers.open::<RevocationAct>(act, today).map_err(refused)?;
        Ok(Self { approvers: names, reason: act.reason.clone(), signed: Some((root.clone(), Act::Revocation(act))) })
    }
}

/// One edition, as a person wants to see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EditionStatus {
    /// Its id.
    pub id: String,
    /// How it came to be.
    pub record: EditionRecord,
    /// Sessions that are on it, and whatever else holds it in the embedder's code.
    pub n_sessions: usize,
    /// Its policies.
    pub policies: Vec<PolicyStatus>,
}

/// How a host stands.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// The live edition.
    pub live: EditionStatus,
    /// Those that a rollback can go to, newest first.
    pub ready: Vec<EditionStatus>,
    /// Those that were live and still have sessions.
    pub draining: Vec<EditionStatus>,
    /// How the last attempts went, by policy; under the empty name for editions as a whole.
    pub attempts: std::collections::BTreeMap<String, Attempts>,
    /// Where compiled code came from.
    pub code: CodeCounts,
    /// What the shadow has seen, where there is one.
    pub shadow: Option<crate::ShadowReport>,
}

/// What [`Host::tend`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tended {
    /// Policies that were taken out of service.
    pub quarantined: Vec<PolicyId>,
    /// The edition that the host returned to by itself.
    pub returned_to: Option<String>,
    /// Editions whose sessions have had their time.
    pub overdue: Vec<String>,
    /// Editions that were let go.
    pub n_freed: usize,
}

impl Host {
    /// Stages a candidate: verifies, reads, compiles, configures, runs vectors, and compares with the live edition. The live
    /// edition serves on; staging takes as long as compiling does, so not on a thread that decides.
    ///
    /// # Errors
    /// Where anything does not fit; nothing changes.
    pub fn stage(&self, candidate: Candidate) -> Result<Staged, StageError> {
        let live = self.edition();
        let came = self.try_stage(candidate, &live);
        match &came {
            Ok(staged) => {
                let now = self.0.sandbox.clock.uptime();
                let mut book = self.0.book();
                for policy in &staged.edition.policies {
                    book.attempted(policy.card.id.as_str(), now, Ok(policy.digest.clone()));
                }
                book.attempted("", now, Ok(staged.edition.id.clone()));
            }
            Err(error) => self.note(error),
        }
        came
    }

    /// Keeps why an edition was refused, for the status.
    pub(crate) fn note(&self, error: &StageError) {
        let now = self.0.sandbox.clock.uptime();
        let mut book = self.0.book();
        if let Some(policy) = error.policy() {
            book.attempted(policy, now, Err(error.to_string()));
        }
        book.attempted("", now, Err(error.to_string()));
        tracing::warn!(step = error.step().as_str(), policy = error.policy(), "an edition was refused");
    }

    fn try_stage(&self, candidate: Candidate, live: &Edition) -> Result<Staged, StageError> {
        if let Some(root) = &self.0.root
            && candidate.approval.root.as_ref() != Some(root)
        {
            return Err(StageError::new(StageStep::Verify, BuildError::NotSigned));
        }
        let seen = self.0.book().seen.clone();
        let around =
            Circumstances { today: self.0.sandbox.clock.today(), base: Some(live), seen: &seen, is_start: false };
        let edition = Arc::new(candidate.stage(&self.0.sandbox, &around)?);
        vectors::check(self, &edition)?;
        Ok(Staged { edition, base: live.id.clone() })
    }

    /// Publishes a staged edition, atomically: a session that opens is on the old one or on the new one. Sessions that are open
    /// stay on theirs.
    ///
    /// # Errors
    /// Where another edition was published since it was staged, or the host cannot remember that it was live.
    pub fn activate(&self, staged: Staged) -> Result<Arc<Edition>, StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut book = self.0.book();
        let live = self.edition();
        if live.id != staged.base {
            return Err(refused(BuildError::Stale { base: staged.base, live: live.id.clone() }));
        }
        self.0.publish(&mut book, &live, staged.edition.clone()).map_err(refused)?;
        drop(book);
        tracing::info!(edition = %staged.edition.id, "activated");
        Ok(staged.edition)
    }

    /// The editions that a rollback can go to, newest first.
    pub fn ready(&self) -> Vec<Arc<Edition>> {
        self.0.book().ready.clone()
    }

    /// Publishes an earlier edition again. It was kept ready, so nothing is compiled.
    ///
    /// # Errors
    /// Where the edition is not kept, the leave is not for this, or it loosens and too few gave leave.
    pub fn rollback(&self, to: &str, leave: &Leave) -> Result<Arc<Edition>, StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut book = self.0.book();
        let live = self.edition();
        let is_for_this = match &leave.signed {
            None => self.0.root.is_none(),
            Some((root, Act::Rollback(act))) => {
                self.0.root.as_ref().is_none_or(|own| own == root) && act.from == live.id && act.to == to
            }
            Some((_, Act::Revocation(_))) => false,
        };
        if !is_for_this {
            return Err(refused(BuildError::NotSigned));
        }
        let target = book.ready.iter().find(|edition| edition.id == to).cloned();
        let target =
            target.ok_or_else(|| refused(BuildError::NotKept { id: to.to_owned(), kept: self.0.care.keep }))?;
        let changes = difference(&live, &target);
        let loosening = changes.iter().filter(|change| change.class == Class::Loosening);
        let mut approvers: Vec<&String> = leave.approvers.iter().collect();
        approvers.sort();
        approvers.dedup();
        if let Some(first) = loosening.clone().next()
            && (approvers.len() < 2 || leave.reason.trim().is_empty())
        {
            return Err(StageError::new(
                StageStep::Difference,
                BuildError::Loosens {
                    first: first.to_string(),
                    n_loosening: loosening.count(),
                    n_approvers: approvers.len(),
                    has_reason: !leave.reason.trim().is_empty(),
                },
            ));
        }
        self.0.publish(&mut book, &live, target.clone()).map_err(refused)?;
        // A signed step back is the new height, or the next edition could not be staged against it.
        for policy in &target.policies {
            book.seen.versions.insert(policy.card.id.clone(), policy.card.version.clone());
        }
        drop(book);
        tracing::info!(edition = %target.id, "rolled back");
        Ok(target)
    }

    /// Revokes policies by the digests of their files: no edition with them is staged again, and in sessions that are open
    /// they no longer answer, so that their duties go to their failure level. The live edition goes on without them.
    ///
    /// # Errors
    /// Where the leave is not for this, or the host cannot remember it.
    pub fn revoke(&self, digests: &[String], leave: &Leave) -> Result<(), StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let is_for_this = match &leave.signed {
            None => self.0.root.is_none(),
            Some((root, Act::Revocation(act))) => {
                self.0.root.as_ref().is_none_or(|own| own == root)
                    && digests.iter().all(|digest| act.digests.contains(digest))
            }
            Some((_, Act::Rollback(_))) => false,
        };
        if !is_for_this {
            return Err(refused(BuildError::NotSigned));
        }
        let mut book = self.0.book();
        book.seen.revoked.extend(digests.iter().cloned());
        self.0.remember(&book.seen).map_err(refused)?;
        let live = self.edition();
        let draining = book.draining.iter().map(|(edition, _)| edition);
        for edition in draining.chain(&book.ready).chain([&live]) {
            edition.revoke(digests);
        }
        Ok(())
    }

    /// How the host stands.
    pub fn status(&self) -> Status {
        let book = self.0.book();
        let live = self.edition();
        // The live one is held as such and by this function.
        let status = |edition: &Arc<Edition>| edition.status(book.n_held(edition));
        Status {
            live: live.status(book.n_held(&live).saturating_add(2)),
            ready: book.ready.iter().map(status).collect(),
            draining: book.draining.iter().map(|(edition, _)| status(edition)).collect(),
            attempts: book.attempts.clone(),
            code: self.0.sandbox.codes.counts(),
            shadow: self.shadow_report(),
        }
    }

    /// Looks after editions: lets go those without sessions, ends the time of those that had it, and takes policies out of
    /// service that fault too often. Call it every second or so; [`Watch`](crate::Watch) does.
    pub fn tend(&self) -> Tended {
        let now = self.0.sandbox.clock.uptime();
        let care = self.0.care;
        let mut tended = Tended::default();
        let mut book = self.0.book();
        tended.n_freed = book.let_go();
        for (edition, since) in &book.draining {
            if now.saturating_sub(*since) >= care.drain && edition.end_time() {
                tracing::warn!(edition = %edition.id, "sessions had their time");
                tended.overdue.push(edition.id.clone());
            }
        }
        drop(book);
        self.quarantine(now, &mut tended);
        tended
    }

    /// Publishes the live edition without the policies that fault too often.
    fn quarantine(&self, now: Duration, tended: &mut Tended) {
        let care = self.0.care;
        let live = self.edition();
        let since = now.saturating_sub(care.window);
        let is_sick = |policy: &&crate::policy::Policy| {
            policy.standing_fault().is_none() && care.faults > 0 && policy.tally.faults_since(since) >= care.faults
        };
        let sick: Vec<PolicyId> = live.policies.iter().filter(is_sick).map(|policy| policy.card.id.clone()).collect();
        if sick.is_empty() {
            return;
        }
        let mut book = self.0.book();
        if !Arc::ptr_eq(&live, &self.edition()) {
            return;
        }
        if care.returns
            && let Some(last) = book.ready.first().cloned()
            && difference(&live, &last).iter().all(|change| change.class != Class::Loosening)
        {
            match self.0.publish(&mut book, &live, last.clone()) {
                Ok(()) => tended.returned_to = Some(last.id.clone()),
                Err(error) => tracing::error!(%error, "the host cannot return to its last edition"),
            }
            return;
        }
        let mut candidate = (*live.source).clone();
        candidate.quarantined.extend(sick.iter().cloned());
        // It was live already: what was asked of it then is not asked again.
        candidate.approval.manifest = None;
        candidate.approval.is_urgent = false;
        let seen = Seen::default();
        let around =
            Circumstances { today: self.0.sandbox.clock.today(), base: Some(&live), seen: &seen, is_start: false };
        match candidate.stage(&self.0.sandbox, &around).map_err(StageError::into_cause) {
            Ok(edition) => match self.0.publish(&mut book, &live, Arc::new(edition)) {
                Ok(()) => {
                    for policy in &sick {
                        tracing::error!(policy = %policy, "quarantined");
                        book.attempted(policy.as_str(), now, Err("quarantined after repeated faults".to_owned()));
                    }
                    tended.quarantined = sick;
                }
                Err(error) => tracing::error!(%error, "the quarantine cannot be published"),
            },
            Err(error) => tracing::error!(%error, "the quarantine cannot be staged"),
        }
    }

    /// A host that opens its sessions on `edition`, beside the live one.
    pub(crate) fn on(&self, edition: Arc<Edition>) -> Self {
        Self(Arc::new(Shared {
            live: arc_swap::ArcSwap::new(edition),
            sandbox: self.0.sandbox.clone(),
            id_key: self.0.id_key,
            root: self.0.root.clone(),
            care: self.0.care,
            book: std::sync::Mutex::new(Book::new(Seen::default())),
            keeper: None,
            shadow: arc_swap::ArcSwapOption::empty(),
            _ticker: None,
        }))
    }

    /// A host with the same sandbox that opens sessions on an edition of this host: on what was live before, or on one that is
    /// staged. Decisions made there name that edition; the live one is not touched.
    pub fn beside(&self, edition: &Arc<Edition>) -> Self {
        self.on(edition.clone())
    }
}

impl Shared {
    pub(crate) fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remember(&self, seen: &Seen) -> Result<(), BuildError> {
        self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.save(seen))
    }

    /// The one place where an edition becomes the live one.
    fn publish(&self, book: &mut Book, live: &Arc<Edition>, edition: Arc<Edition>) -> Result<(), BuildError> {
        let mut seen = book.seen.clone();
        seen.learn(&edition);
        // Remembered first: an edition that was live and is forgotten could be rolled back without leave.
        self.remember(&seen)?;
        book.seen = seen;
        let now = self.sandbox.clock.uptime();
        let was_live = book.n_held(&edition) > 0;
        book.ready.retain(|one| !Arc::ptr_eq(one, &edition));
        book.draining.retain(|(one, _)| !Arc::ptr_eq(one, &edition));
        self.live.store(edition.clone());
        edition.be_live();
        if !Arc::ptr_eq(live, &edition) {
            book.retire(live.clone(), now, self.care.keep);
        }
        // Only when it is new: going back to it later moves nobody.
        if edition.record.is_urgent && !was_live {
            for (old, _) in &book.draining {
                old.move_to(&edition);
            }
        }
        if let Some(manifest) = &edition.source.approval.manifest {
            let revoked: Vec<String> = manifest.revoked.iter().cloned().collect();
            for (old, _) in &book.draining {
                old.revoke(&revoked);
            }
        }
        Ok(())
    }
}
