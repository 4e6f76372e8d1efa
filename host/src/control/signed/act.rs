//! Signed acts: statements that a running host is given, verified against its own history and carried out.

use std::sync::Arc;

use cap_std::fs::Dir;
use specialis_bundle::Envelope;
use specialis_core::Date;

use super::chain::{ChainHead, ChainWalk};
use super::documents::{SignedDocument, Statement};
use super::source::ChainSource;
use crate::control::Host;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::{Candidate, Unproved, effects, regressions};
use crate::runtime::{Change, Edition};

/// Signed statements with the files that they name. Nothing of it is believed before [`Host::apply`] has verified it.
pub struct SignedAct {
    source: Arc<ChainSource>,
}

/// What an act did.
#[derive(Clone, Debug)]
pub enum Applied {
    /// A new edition is live.
    Published(Arc<Edition>),
    /// An earlier edition is live again.
    RolledBack(Arc<Edition>),
    /// The live edition stays; policies were revoked in it, or other approvers count.
    Amended(Arc<Edition>),
    /// The host had it all.
    Unchanged,
}

/// Why an act is not carried out. The live edition stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// The host was not built from a signed folder.
    #[error("this host was not built from a signed folder; build it from `SignedFolder::candidate`")]
    NotSigned,
    /// A statement does not count, or the edition that it names cannot be staged.
    #[error("the act is refused")]
    Refused(#[from] StageError),
}

impl SignedAct {
    /// Everything that a published folder says.
    ///
    /// # Errors
    /// Where a statement cannot be read.
    pub fn in_folder(dir: &Dir) -> Result<Self, StageError> {
        Ok(Self { source: Arc::new(ChainSource::published(dir)?) })
    }

    /// The statement of a folder in which an edition is put together, after those of the published folder that it continues.
    ///
    /// # Errors
    /// Where a statement or the manifest cannot be read.
    pub fn in_draft(dir: &Dir, published: Option<&Dir>) -> Result<Self, StageError> {
        Ok(Self { source: Arc::new(ChainSource::draft(dir, published)?) })
    }

    /// What the edition of the newest statement changes from the live one, and what that does to vectors; none where it cannot be
    /// read. Nothing of it is believed: this is for a person to look at.
    pub fn difference(&self, host: &Host) -> Option<Vec<Change>> {
        let envelope = Envelope::parse(self.source.statements.last()?).ok()?;
        let statement: Statement = envelope.statement(Statement::KIND).ok()?;
        let objects = &self.source.objects;
        let candidate = objects.candidate(&objects.manifest(&statement.edition).ok()?).ok()?;
        let content = candidate.content(host.runtime().clock().today()).ok()?;
        let (runtime, live) = (host.runtime(), host.edition());
        let mut all = live.content().difference(&content);
        all.extend(regressions(runtime, live.content(), &content));
        all.extend(effects(runtime, (live.content(), Some(&live)), &content));
        Some(all)
    }

    /// Verifies the statements that follow `head`. None where there is no later one.
    pub(crate) fn verify(
        &self,
        head: &ChainHead,
        live: &Edition,
        today: Date,
    ) -> Result<Option<VerifiedAct>, StageError> {
        let n_known = head.digests.len();
        let error = |cause: StageCause| StageError::new(StageStep::Verify, cause);
        let (folder, state) = (self.source.n_statements(), head.statement.number);
        if folder < state {
            return Err(error(StageCause::BehindState { folder, state }));
        }
        self.check_known(head)?;
        let content = live.content().clone();
        let (source, root) = (&self.source, &head.root);
        let (known, content) = (Some(head.clone()), Some(content));
        let mut walk = ChainWalk { source, root, today, head: known, content, unproved: Vec::new() };
        for (n, bytes) in source.statements.iter().enumerate().skip(n_known) {
            walk.step(bytes, n.saturating_add(1) == source.statements.len())?;
        }
        let newest = walk.head.filter(|newest| newest.digests.len() > n_known);
        let unproved = walk.unproved;
        Ok(newest.map(|head| VerifiedAct { head, unproved }))
    }

    /// The edition that a verified statement names.
    pub(crate) fn candidate(&self, act: &VerifiedAct) -> Result<Candidate, StageError> {
        Ok(self.source.objects.candidate(&act.head.manifest)?.sealed(act.head.clone()))
    }

    /// Whether the statements that the host has are the ones it was given before.
    fn check_known(&self, head: &ChainHead) -> Result<(), StageError> {
        for ((bytes, digest), number) in self.source.statements.iter().zip(&head.digests).zip(1_u64..) {
            let is_same = Envelope::parse(bytes).is_ok_and(|envelope| envelope.digest() == *digest);
            if !is_same {
                return Err(StageError::new(StageStep::Verify, StageCause::OtherHistory { number }));
            }
        }
        Ok(())
    }
}

/// An act whose statements all count.
pub(crate) struct VerifiedAct {
    pub(crate) head: ChainHead,
    /// What has to be proved by running vectors before they count.
    unproved: Vec<Unproved>,
}

impl Host {
    /// Verifies signed statements against the host's own history and carries them out: an edition is published or rolled back
    /// to, policies are revoked, other approvers count. Statements that the host has already change nothing.
    ///
    /// Several statements at once are verified one by one; the edition of the last one goes live.
    ///
    /// # Errors
    /// Where a statement does not follow the host's history, too few signed it, it has expired, or its edition cannot be
    /// staged.
    pub fn apply(&self, act: &SignedAct) -> Result<Applied, ActError> {
        let today = self.day();
        let head = self.chain_head().ok_or(ActError::NotSigned)?;
        let live = self.edition();
        let verified = act.verify(&head, &live, today).inspect_err(|error| self.note_refusal(error))?;
        let Some(verified) = verified else { return Ok(Applied::Unchanged) };
        self.prove(&verified.unproved)?;
        let statement = &verified.head.statement;
        if statement.edition == head.statement.edition {
            self.amend(&head, &verified.head)?;
            return Ok(Applied::Amended(live));
        }
        if let Some(ready) = self.ready_under(&statement.edition) {
            self.publish_signed(&head, &verified.head, ready.clone())?;
            return Ok(Applied::RolledBack(ready));
        }
        let candidate = act.candidate(&verified).inspect_err(|error| self.note_refusal(error))?;
        let staged = self.stage_signed(candidate, &verified.head)?;
        self.publish_signed(&head, &verified.head, staged.clone())?;
        Ok(if verified.head.is_rollback { Applied::RolledBack(staged) } else { Applied::Published(staged) })
    }

    /// Verifies signed statements and stages the edition they lead to, without publishing it. None where the live edition
    /// stays.
    ///
    /// # Errors
    /// As for [`Host::apply`].
    pub fn check(&self, act: &SignedAct) -> Result<Option<Arc<Edition>>, ActError> {
        let today = self.day();
        let head = self.chain_head().ok_or(ActError::NotSigned)?;
        let live = self.edition();
        let Some(verified) = act.verify(&head, &live, today)? else { return Ok(None) };
        if verified.head.statement.edition == head.statement.edition {
            return Ok(None);
        }
        self.prove(&verified.unproved)?;
        Ok(Some(self.stage_signed(act.candidate(&verified)?, &verified.head)?))
    }

    fn prove(&self, unproved: &[Unproved]) -> Result<(), StageError> {
        let mut checks = unproved.iter().map(|one| one.check(self.runtime()));
        checks.find(Result::is_err).unwrap_or(Ok(())).inspect_err(|error| self.note_refusal(error))
    }
}
