//! The host: built once, shared by every thread, holding the live edition.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use specialis_bundle::Vector;
use specialis_core::{Context, Date, Event, PolicyId, SessionId, Settlement};

use super::error::{StageCause, StageError, StageStep};
use super::history::History;
use super::maintenance::MaintenanceSettings;
use super::signed::ChainHead;
use super::staging::{
    Approval, Candidate, MetVectors, Stage, VectorAnswers, VectorReport, VectorRun, difference, learn_versions,
};
use super::state::{HostState, StateFolder, revoke_content};
use super::trial::ShadowSlot;
use crate::runtime::{CodeFor, CompiledPolicy, Edition, Runtime};
use crate::session::{DecisionObserver, Judged, OpenRequest, Platform, RecordError, Recorder, Session, with_standing};

/// Decides events. Cheap to clone; `Send` and `Sync`.
#[derive(Clone)]
pub struct Host(pub(super) Arc<Control>);

/// The control plane around one runtime.
pub(super) struct Control {
    pub(super) runtime: Runtime,
    pub(super) live: ArcSwap<Edition>,
    pub(super) history: Mutex<History>,
    pub(super) state: Option<StateFolder>,
    pub(super) maintenance: MaintenanceSettings,
    pub(super) met: MetVectors,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) shadow: Arc<ShadowSlot>,
    /// The code of the policy that was tried last: others with the same component share it.
    pub(super) tried: Mutex<Option<Arc<CompiledPolicy>>>,
}

/// An edition that could be published: verified, compiled, tested. It lives until it is activated or dropped.
pub struct Staged {
    pub(super) edition: Arc<Edition>,
    base: String,
}

impl Staged {
    /// The edition.
    pub fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }
}

/// Who answers for a change that is not signed, and why it is made. For a host whose embedder answers for its editions; one
/// that was built from a signed folder takes a [`SignedAct`](crate::signed::SignedAct) instead.
#[derive(Clone, Debug)]
pub struct Authorization {
    approvers: Vec<String>,
    reason: String,
}

impl Authorization {
    /// By these people, for a reason. What loosens needs two of them.
    pub fn by<S: Into<String>>(approvers: impl IntoIterator<Item = S>, reason: impl Into<String>) -> Self {
        Self { approvers: approvers.into_iter().map(Into::into).collect(), reason: reason.into() }
    }
}

impl Host {
    pub(super) fn new(
        runtime: Runtime,
        edition: Arc<Edition>,
        history: History,
        state: Option<StateFolder>,
        maintenance: MaintenanceSettings,
        met: MetVectors,
        recorder: Option<Arc<dyn Recorder>>,
    ) -> Self {
        if let Some(recorder) = &recorder {
            recorder.activated(&edition);
        }
        Self(Arc::new(Control {
            runtime,
            live: ArcSwap::new(edition),
            history: Mutex::new(history),
            state,
            maintenance,
            met,
            recorder,
            shadow: Arc::default(),
            tried: Mutex::default(),
        }))
    }

    /// The live edition.
    pub fn edition(&self) -> Arc<Edition> {
        self.0.live.load_full()
    }

    /// What sessions are opened on beside an edition: with it, [`Runtime::open`] opens one on an edition that is staged, or
    /// that was live before.
    pub fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    /// Opens a session on the live edition, today.
    pub fn open(&self, id: impl Into<SessionId>, context: impl Into<Arc<Context>>) -> Session {
        let as_of = self.runtime().clock().today();
        self.open_live(id.into(), context.into(), as_of, false)
    }

    /// Opens a session on the live edition as if on another day. Its decisions are `what-if` and release nothing.
    pub fn open_as_of(&self, id: impl Into<SessionId>, context: impl Into<Arc<Context>>, day: Date) -> Session {
        self.open_live(id.into(), context.into(), day, true)
    }

    fn open_live(&self, id: SessionId, context: Arc<Context>, as_of: Date, is_what_if: bool) -> Session {
        let (edition, recorder) = (self.edition(), self.0.recorder.clone().filter(|_| !is_what_if));
        let context = match &recorder {
            Some(recorder) => with_standing(context, &**recorder),
            None => context,
        };
        if let Some(recorder) = &recorder {
            recorder.opened(&id, edition.id(), &context);
        }
        let observer: Option<Arc<dyn DecisionObserver>> = Some(self.0.shadow.clone());
        let asked = recorder.as_ref().filter(|_| self.runtime().id_key().is_random());
        let id_key = asked.and_then(|recorder| recorder.id_key());
        let request =
            OpenRequest { observer, recorder, id_key, ..OpenRequest::unobserved(id, context, as_of, is_what_if) };
        Session::open(self.runtime().clone(), edition, request)
    }

    /// Keeps that somebody is about to be shown what was kept of decisions: in the ledger, where there is one. `query` says what, and
    /// holds no content.
    ///
    /// # Errors
    /// Where the ledger cannot keep that: show nothing then.
    pub fn record_reading(&self, reader: &str, query: &str, n_records: u64) -> Result<(), RecordError> {
        self.0.recorder.as_ref().map_or(Ok(()), |recorder| recorder.read(reader, query, n_records))
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

    /// Stages a candidate: verifies, reads, compiles, configures, runs vectors, and compares with the live edition. The live
    /// edition serves on; staging takes as long as compiling does, so not on a thread that decides.
    ///
    /// # Errors
    /// Where anything does not fit, or the host takes what is signed alone; nothing changes.
    pub fn stage(&self, candidate: Candidate) -> Result<Staged, StageError> {
        let live = self.edition();
        let staged = if self.chain_head().is_some() {
            Err(StageError::new(StageStep::Verify, StageCause::NotSigned))
        } else {
            self.stage_against(&candidate, &live)
        };
        let edition = staged.inspect_err(|error| self.note_refusal(error))?;
        Ok(Staged { edition, base: live.id().to_owned() })
    }

    /// Publishes a staged edition, atomically: a session that opens is on the old one or on the new one. Sessions that are open
    /// stay on theirs.
    ///
    /// # Errors
    /// Where another edition was published since it was staged, or the host cannot remember that it was live.
    pub fn activate(&self, staged: Staged) -> Result<Arc<Edition>, StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut history = self.0.history();
        let live = self.edition();
        if live.id() != staged.base {
            return Err(refused(StageCause::Stale { base: staged.base, live: live.id().to_owned() }));
        }
        self.0.publish(&mut history, &live, staged.edition.clone(), Change::Publish(None)).map_err(refused)?;
        tracing::info!(edition = %staged.edition.id(), "activated");
        Ok(staged.edition)
    }

    /// The editions that a rollback can go to, newest first.
    pub fn ready(&self) -> Vec<Arc<Edition>> {
        self.0.history().ready.clone()
    }

    /// Publishes an earlier edition again. It was kept ready, so nothing is compiled.
    ///
    /// # Errors
    /// Where the edition is not kept, it loosens and too few answer for that, or the host takes what is signed alone.
    pub fn rollback(&self, to: &str, by: &Authorization) -> Result<Arc<Edition>, StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut history = self.0.history();
        if history.head.is_some() {
            return Err(refused(StageCause::NotSigned));
        }
        let target = history.ready.iter().find(|edition| edition.id() == to).cloned();
        let kept = self.0.maintenance.keep;
        let target = target.ok_or_else(|| refused(StageCause::NotKept { id: to.to_owned(), kept }))?;
        let live = self.edition();
        let (approvers, reason) = (by.approvers.clone(), Some(by.reason.clone()));
        let approval = Approval { approvers, reason, ..Approval::default() };
        let check = approval.check(&difference(live.content(), target.content()));
        check.map_err(|cause| StageError::new(StageStep::Difference, cause))?;
        self.0.publish(&mut history, &live, target.clone(), Change::Rollback(None)).map_err(refused)?;
        tracing::info!(edition = %target.id(), "rolled back");
        Ok(target)
    }

    /// Revokes policies by the digests of their files, or of what signatures on them stand on. No edition with them is staged
    /// again, and in sessions that are open they no longer answer, so that their duties go to their failure level. The live
    /// edition goes on without them.
    ///
    /// # Errors
    /// Where the host takes what is signed alone, or cannot remember it.
    pub fn revoke(&self, digests: &BTreeSet<String>, by: &Authorization) -> Result<(), StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut history = self.0.history();
        if history.head.is_some() {
            return Err(refused(StageCause::NotSigned));
        }
        tracing::info!(reason = by.reason, "policies are revoked");
        self.0.revoke(&mut history, digests, None).map_err(refused)
    }

    /// Runs the vectors that each policy of the live edition carries: alone, in its own sector, under the warrants of the trust
    /// policy and with every measure granted. What is tested is what a rule answers, not what comes of that beside others.
    ///
    /// # Errors
    /// Where vectors cannot be read.
    pub fn test_vectors(&self) -> Result<Vec<VectorReport>, StageError> {
        self.test_vectors_where(&|_| true)
    }

    /// The same for those vectors that are wanted, such as the ones of a rule.
    ///
    /// # Errors
    /// Where vectors cannot be read.
    pub fn test_vectors_where(&self, is_wanted: &dyn Fn(&Vector) -> bool) -> Result<Vec<VectorReport>, StageError> {
        VectorRun { runtime: self.runtime(), edition: &self.edition() }.reports(is_wanted)
    }

    /// What a policy of the live edition answers on a vector, run like one of its own. None where there is no such policy.
    ///
    /// # Errors
    /// Where the policy cannot be loaded under the settings and terms of the vector.
    pub fn answers(&self, policy: &PolicyId, vector: &Vector) -> Result<Option<VectorAnswers>, StageError> {
        let answers = self.answers_each(policy, std::slice::from_ref(vector))?;
        Ok(answers.and_then(|answers| answers.into_iter().next()))
    }

    /// The same for several vectors; those that differ in their events and contexts alone cost little beside the first.
    ///
    /// # Errors
    /// Where the policy cannot be loaded under the settings and terms of one of them.
    pub fn answers_each(
        &self,
        policy: &PolicyId,
        vectors: &[Vector],
    ) -> Result<Option<Vec<VectorAnswers>>, StageError> {
        VectorRun { runtime: self.runtime(), edition: &self.edition() }.answers(policy, vectors)
    }

    /// Stages a candidate, runs its vectors, and notes that it could be.
    fn stage_against(&self, candidate: &Candidate, live: &Edition) -> Result<Arc<Edition>, StageError> {
        let state = self.0.history().state.clone();
        let runtime = self.runtime();
        let (floor, revoked) = (&state.versions, &state.revoked);
        let day = state.day(runtime.clock().today());
        let stage = Stage { runtime, day, base: Some(live), floor, revoked, was_live: false, code_for: CodeFor::Calls };
        let edition = Arc::new(stage.run(candidate)?);
        VectorRun { runtime, edition: &edition }.check(&self.0.met)?;
        let now = runtime.clock().uptime();
        let mut history = self.0.history();
        for policy in &edition.policies {
            history.note_attempt(policy.content.card.id.as_str(), now, Ok(policy.content.digest.clone()));
        }
        history.note_attempt("", now, Ok(edition.id().to_owned()));
        Ok(edition)
    }

    /// Keeps why an edition was refused, for the status.
    pub(super) fn note_refusal(&self, error: &StageError) {
        let now = self.runtime().clock().uptime();
        let mut history = self.0.history();
        if let Some(policy) = error.policy() {
            history.note_attempt(policy.as_str(), now, Err(error.chain()));
        }
        history.note_attempt("", now, Err(error.chain()));
        let policy = error.policy().map(|policy| policy.as_str());
        tracing::warn!(step = error.step().as_str(), policy, "an edition was refused");
    }
}

/// What signed acts do to a host.
impl Host {
    /// The day that counts for what has expired: the clock's, or the last day seen where the clock is behind it.
    pub(super) fn day(&self) -> Date {
        self.0.history().state.day(self.runtime().clock().today())
    }

    /// The newest signed statement, with everything that the host knows to be revoked.
    pub(super) fn chain_head(&self) -> Option<ChainHead> {
        let history = self.0.history();
        let mut head = history.head.clone()?;
        head.revoked.extend(history.state.revoked.iter().cloned());
        Some(head)
    }

    /// Remembers the day, where it is a new one.
    pub(super) fn note_day(&self) {
        let mut history = self.0.history();
        let mut state = history.state.clone();
        let day = state.day(self.runtime().clock().today());
        if state.last_day == Some(day) {
            return;
        }
        match self.0.remember(&mut state, None) {
            Ok(()) => history.state = state,
            Err(error) => tracing::error!(%error, "the day cannot be remembered"),
        }
    }

    /// The edition that is ready under the digest of its manifest.
    pub(super) fn ready_under(&self, manifest: &str) -> Option<Arc<Edition>> {
        let history = self.0.history();
        history.ready.iter().find(|one| one.record().manifest.as_deref() == Some(manifest)).cloned()
    }

    /// Stages the edition that a verified statement names. Going back to one that was live before is no downgrade.
    pub(super) fn stage_signed(&self, candidate: Candidate, head: &ChainHead) -> Result<Arc<Edition>, StageError> {
        let live = self.edition();
        if !head.is_rollback {
            let staged = self.stage_against(&candidate, &live);
            return staged.inspect_err(|error| self.note_refusal(error));
        }
        let state = self.0.history().state.clone();
        let (runtime, floor, revoked) = (self.runtime(), &state.versions, &head.revoked);
        let day = state.day(runtime.clock().today());
        let stage = Stage { runtime, day, base: Some(&live), floor, revoked, was_live: true, code_for: CodeFor::Calls };
        let edition = stage.run(&candidate).inspect_err(|error| self.note_refusal(error))?;
        Ok(Arc::new(edition))
    }

    /// Publishes the edition of a verified statement, if the host is still at `from`.
    pub(super) fn publish_signed(
        &self,
        from: &ChainHead,
        to: &ChainHead,
        edition: Arc<Edition>,
    ) -> Result<(), StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut history = self.0.history();
        let live = self.edition();
        if history.head.as_ref().map(ChainHead::position) != Some(from.position()) {
            return Err(refused(StageCause::Stale { base: from.position().digest, live: live.id().to_owned() }));
        }
        let head = Some(Box::new(to.clone()));
        let change = if to.is_rollback { Change::Rollback(head) } else { Change::Publish(head) };
        self.0.publish(&mut history, &live, edition, change).map_err(refused)
    }

    /// Carries out a verified statement that leaves the edition as it is.
    pub(super) fn amend(&self, from: &ChainHead, to: &ChainHead) -> Result<(), StageError> {
        let refused = |cause| StageError::new(StageStep::Activate, cause);
        let mut history = self.0.history();
        if history.head.as_ref().map(ChainHead::position) != Some(from.position()) {
            let live = self.edition().id().to_owned();
            return Err(refused(StageCause::Stale { base: from.position().digest, live }));
        }
        self.0.revoke(&mut history, &to.revoked, Some(to)).map_err(refused)
    }
}

/// How an edition becomes the live one, and under which signed statement.
pub(super) enum Change {
    Publish(Option<Box<ChainHead>>),
    Rollback(Option<Box<ChainHead>>),
    /// The same edition without policies that fail their vectors, or with those that meet them again; no statement says so.
    Quarantine,
}

impl Control {
    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one place where an edition becomes the live one.
    pub(super) fn publish(
        &self,
        history: &mut History,
        live: &Arc<Edition>,
        edition: Arc<Edition>,
        change: Change,
    ) -> Result<(), StageCause> {
        let mut state = history.state.clone();
        let is_rollback = matches!(change, Change::Rollback(_));
        learn_versions(&mut state.versions, edition.content(), is_rollback);
        let head = match change {
            Change::Publish(head) | Change::Rollback(head) => head,
            Change::Quarantine => None,
        };
        if let Some(head) = &head {
            state.learn_head(head);
        }
        // Remembered first: after a crash the host serves what was live before or what is live from here on.
        self.remember(&mut state, head.as_deref())?;
        let is_new = !history.knows(&edition);
        let is_urgent = head.as_ref().map_or(edition.record().is_urgent && is_new, |head| head.statement.urgent);
        history.state = state;
        history.head = head.map(|head| *head).or_else(|| history.head.take());
        history.forget(&edition);
        self.live.store(edition.clone());
        edition.become_live();
        if let Some(recorder) = &self.recorder {
            recorder.activated(&edition);
        }
        if !history.state.revoked.is_empty() {
            edition.revoke(&history.state.revoked);
        }
        if !Arc::ptr_eq(live, &edition) {
            history.retire(live.clone(), self.runtime.clock().uptime(), self.maintenance.keep);
        }
        for (old, _) in history.retired() {
            if is_urgent {
                old.move_sessions_to(&edition);
            }
            if !history.state.revoked.is_empty() {
                old.revoke(&history.state.revoked);
            }
        }
        Ok(())
    }

    /// Takes revoked policies out of every edition that has sessions or may have some.
    pub(super) fn revoke(
        &self,
        history: &mut History,
        digests: &BTreeSet<String>,
        head: Option<&ChainHead>,
    ) -> Result<(), StageCause> {
        let mut state = history.state.clone();
        let live = self.live.load_full();
        let retired: Vec<Arc<Edition>> = history.retired().map(|(edition, _)| edition).collect();
        let known: Vec<&Arc<Edition>> = retired.iter().chain(&history.ready).chain([&live]).collect();
        state.revoked.extend(digests.iter().cloned());
        for edition in &known {
            revoke_content(&mut state.revoked, &edition.content().policies);
        }
        if let Some(head) = head {
            state.learn_head(head);
        }
        self.remember(&mut state, head)?;
        for edition in known {
            edition.revoke(&state.revoked);
        }
        history.state = state;
        history.head = head.cloned().or_else(|| history.head.take());
        Ok(())
    }

    /// Writes a state that is about to count, where there is a folder for it.
    fn remember(&self, state: &mut HostState, head: Option<&ChainHead>) -> Result<(), StageCause> {
        state.last_day = Some(state.day(self.runtime.clock().today()));
        self.state.as_ref().map_or(Ok(()), |folder| folder.save(state, head))
    }
}
