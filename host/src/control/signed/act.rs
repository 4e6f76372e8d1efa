//! Signed acts: statements that a running host is given, verified against its own history and carried out.

use std::sync::Arc;

use cap_std::fs::Dir;
use specialis_bundle::Envelope;
use specialis_core::Date;

use super::chain::{ChainHead, ChainWalk};
use super::documents::{SignedDocument, Statement};
use super::folder::{draft_statement, statements};
use super::objects::Objects;
use crate::control::Host;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::Candidate;
use crate::runtime::{Change, Edition};

/// Signed statements with the files that they name. Nothing of it is believed before [`Host::apply`] has verified it.
pub struct SignedAct {
    objects: Objects,
    /// Every statement of the chain, the first first.
    statements: Vec<Vec<u8>>,
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
        Ok(Self { statements: statements(dir)?, objects: Objects::Published(clone(dir)?) })
    }

    /// The statement of a folder in which an edition is put together, after those of the published folder that it continues.
    ///
    /// # Errors
    /// Where a statement or the manifest cannot be read.
    pub fn in_draft(dir: &Dir, published: Option<&Dir>) -> Result<Self, StageError> {
        let mut all = published.map(statements).transpose()?.unwrap_or_default();
        all.push(draft_statement(dir)?);
        let published = published.map(clone).transpose()?;
        Ok(Self { statements: all, objects: Objects::draft(clone(dir)?, published)? })
    }

    /// What the edition of the newest statement changes from the live one; none where it cannot be read. Nothing of it is
    /// believed: this is for a person to look at.
    pub fn difference(&self, host: &Host) -> Option<Vec<Change>> {
        let envelope = Envelope::parse(self.statements.last()?).ok()?;
        let statement: Statement = envelope.statement(Statement::KIND).ok()?;
        let candidate = self.objects.candidate(&self.objects.manifest(&statement.edition).ok()?).ok()?;
        let content = candidate.content(host.runtime().clock().today()).ok()?;
        Some(host.edition().content().difference(&content))
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
        let (folder, state) = (size(self.statements.len()), size(n_known));
        if folder < state {
            return Err(error(StageCause::BehindState { folder, state }));
        }
        self.check_known(head)?;
        let content = live.content().clone();
        let (objects, root) = (&self.objects, &head.root);
        let mut walk = ChainWalk { objects, root, today, head: Some(head.clone()), content: Some(content) };
        for (n, bytes) in self.statements.iter().enumerate().skip(n_known) {
            walk.step(bytes, n.saturating_add(1) == self.statements.len())?;
        }
        let newest = walk.head.filter(|newest| newest.digests.len() > n_known);
        Ok(newest.map(|head| VerifiedAct { head }))
    }

    /// The edition that a verified statement names.
    pub(crate) fn candidate(&self, act: &VerifiedAct) -> Result<Candidate, StageError> {
        Ok(self.objects.candidate(&act.head.manifest)?.sealed(act.head.clone()))
    }

    /// Whether the statements that the host has are the ones it was given before.
    fn check_known(&self, head: &ChainHead) -> Result<(), StageError> {
        for ((bytes, digest), number) in self.statements.iter().zip(&head.digests).zip(1_u64..) {
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
        let today = self.runtime().clock().today();
        let head = self.chain_head().ok_or(ActError::NotSigned)?;
        let live = self.edition();
        let verified = act.verify(&head, &live, today).inspect_err(|error| self.note_refusal(error))?;
        let Some(verified) = verified else { return Ok(Applied::Unchanged) };
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
        let today = self.runtime().clock().today();
        let head = self.chain_head().ok_or(ActError::NotSigned)?;
        let live = self.edition();
        let Some(verified) = act.verify(&head, &live, today)? else { return Ok(None) };
        if verified.head.statement.edition == head.statement.edition {
            return Ok(None);
        }
        Ok(Some(self.stage_signed(act.candidate(&verified)?, &verified.head)?))
    }
}

fn clone(dir: &Dir) -> Result<Dir, StageError> {
    dir.try_clone().map_err(|source| StageError::new(StageStep::Fetch, StageCause::File { source }))
}

fn size(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
