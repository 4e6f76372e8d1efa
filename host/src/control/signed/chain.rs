//! The chain of statements: which edition is live, signed link by link.
//!
//! The model is The Update Framework: one numbered history in which every link names the one before, so that whoever can write
//! to the folder can neither bring back an old state nor leave out a link. See `docs/design/0013-chain-of-statements.md`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use specialis_bundle::{Envelope, PublicKey};
use specialis_core::Date;

use super::documents::{Approvers, DocumentError, EditionManifest, SignedDocument, Statement};
use super::folder::statement_name;
use super::objects::{MAX_DOCUMENT, Objects, in_file};
use crate::control::error::{StageError, StageStep};
use crate::control::staging::{Approval, Candidate, difference};
use crate::runtime::{Change, ChangeClass, EditionContent};

/// A place in the chain: a statement by its number and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ChainPosition {
    pub(crate) number: u64,
    pub(crate) digest: String,
}

/// The newest statement of a verified chain, and what it names.
#[derive(Clone, Debug)]
pub(crate) struct ChainHead {
    /// The key under which the chain was verified.
    pub(crate) root: PublicKey,
    pub(crate) statement: Statement,
    /// Who signed the statement.
    pub(crate) signers: Vec<String>,
    pub(crate) manifest: EditionManifest,
    pub(crate) approvers: Approvers,
    /// The digests of all statements, the first first.
    pub(crate) digests: Vec<String>,
    /// The digests of the manifests of all editions that were live.
    pub(crate) editions: BTreeSet<String>,
    /// Whether the statement goes back to an edition that was live before.
    pub(crate) is_rollback: bool,
}

/// Why a link does not follow the one before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// There is no statement at all.
    #[error("there is no statement; publish an edition into the folder")]
    Empty,
    /// The number is not one more than the one before.
    #[error("it has the number {found}, and {expected} comes next; write it again for this folder")]
    Number {
        /// The number it should have.
        expected: u64,
        /// The number it has.
        found: u64,
    },
    /// It names another statement as the one before.
    #[error("it does not follow the statement before; write it again for this folder")]
    Previous,
    /// Its list of approvers is older than the one before.
    #[error("it names list {found} of approvers, and list {current} counts already; name that one or a newer one")]
    OlderApprovers {
        /// The number of the list it names.
        found: u64,
        /// The number of the list that counts.
        current: u64,
    },
    /// The list of approvers had expired when the statement was made.
    #[error(
        "the list of approvers counted until {expires}, and the statement was made later; have the root key sign a new list"
    )]
    ApproversExpired {
        /// Until when.
        expires: Date,
    },
    /// What was revoked before is not revoked any more.
    #[error("it no longer revokes `{digest}`; what was revoked stays revoked")]
    Unrevoked {
        /// The digest.
        digest: String,
    },
    /// It was made before the statement before it, or after it expired.
    #[error("it was made on {made}, which does not lie between the statement before and {expires}; write it again")]
    Made {
        /// The day it was made.
        made: Date,
        /// The last day on which it counts.
        expires: Date,
    },
}

impl ChainHead {
    /// Where it stands in the chain.
    pub(crate) fn position(&self) -> ChainPosition {
        ChainPosition { number: self.statement.number, digest: self.digests.last().cloned().unwrap_or_default() }
    }

    /// Who answers for the edition it names.
    pub(crate) fn approval(&self) -> Approval {
        Approval {
            approvers: self.signers.clone(),
            reason: self.statement.reason.clone(),
            is_urgent: self.statement.urgent,
            signed: None,
        }
    }
}

/// A chain that is being verified, link by link.
pub(super) struct ChainWalk<'a> {
    pub(super) objects: &'a Objects,
    pub(super) root: &'a PublicKey,
    pub(super) today: Date,
    /// The newest link that was verified.
    pub(super) head: Option<ChainHead>,
    /// What the edition of that link holds; before the first link, what the first edition is compared with.
    pub(super) content: Option<EditionContent>,
}

impl ChainWalk<'_> {
    /// Verifies the next link and takes it as the newest.
    pub(super) fn step(&mut self, bytes: &[u8], is_newest: bool) -> Result<(), StageError> {
        let number = self.head.as_ref().map_or(1, |head| head.statement.number.saturating_add(1));
        let file = statement_name(number);
        let refused = |e: ChainError| in_file(StageStep::Verify, &file, e);
        let unsigned = |e: DocumentError| in_file(StageStep::Verify, &file, e);
        let envelope = Envelope::parse(bytes).map_err(|e| unsigned(e.into()))?;
        let statement: Statement = envelope.statement(Statement::KIND).map_err(|e| unsigned(e.into()))?;
        self.check_place(&statement, number).map_err(refused)?;
        if is_newest && statement.expires < self.today {
            return Err(unsigned(DocumentError::Expired { expires: statement.expires }));
        }
        let approvers = self.approvers(&statement)?;
        // The list that the link before named says who may sign this one.
        let list = self.head.as_ref().map_or(&approvers, |head| &head.approvers);
        if list.expires < statement.made {
            return Err(refused(ChainError::ApproversExpired { expires: list.expires }));
        }
        let signers = list.signers_of(&envelope).map_err(unsigned)?;
        let by_root = !envelope.signed_by([self.root]).map_err(|e| unsigned(e.into()))?.is_empty();
        if signers.is_empty() && !by_root {
            let names = list.approvers.keys().cloned().collect();
            return Err(unsigned(DocumentError::NotApproved { names }));
        }
        let manifest = self.objects.manifest(&statement.edition)?;
        let mut digests = self.head.as_ref().map(|head| head.digests.clone()).unwrap_or_default();
        digests.push(envelope.digest());
        let mut editions = self.head.as_ref().map(|head| head.editions.clone()).unwrap_or_default();
        let is_new = editions.insert(statement.edition.clone());
        let is_rollback = !is_new && self.head.as_ref().is_some_and(|head| head.statement.edition != statement.edition);
        let root = self.root.clone();
        let head = ChainHead { root, statement, signers, manifest, approvers, digests, editions, is_rollback };
        self.check_class(&head, by_root)?;
        self.head = Some(head);
        Ok(())
    }

    /// Whether the statement follows the one before it.
    fn check_place(&self, statement: &Statement, number: u64) -> Result<(), ChainError> {
        if statement.number != number {
            return Err(ChainError::Number { expected: number, found: statement.number });
        }
        let before = self.head.as_ref();
        if statement.previous.as_ref() != before.and_then(|head| head.digests.last()) {
            return Err(ChainError::Previous);
        }
        let (made, expires) = (statement.made, statement.expires);
        if expires < made || before.is_some_and(|head| made < head.statement.made) {
            return Err(ChainError::Made { made, expires });
        }
        let none = BTreeSet::new();
        let revoked = before.map_or(&none, |head| &head.statement.revoked);
        match revoked.difference(&statement.revoked).next() {
            Some(digest) => Err(ChainError::Unrevoked { digest: digest.clone() }),
            None => Ok(()),
        }
    }

    /// The list of approvers that a statement names.
    fn approvers(&self, statement: &Statement) -> Result<Approvers, StageError> {
        if let Some(head) = self.head.as_ref().filter(|head| head.statement.approvers == statement.approvers) {
            return Ok(head.approvers.clone());
        }
        let (file, bytes) = self.objects.get(&statement.approvers, MAX_DOCUMENT)?;
        let list = Approvers::read(&bytes, self.root).map_err(|e| in_file(StageStep::Verify, &file, e))?;
        match self.head.as_ref().map(|head| head.approvers.number) {
            Some(current) if list.number <= current => {
                Err(in_file(StageStep::Verify, &file, ChainError::OlderApprovers { found: list.number, current }))
            }
            Some(_) | None => Ok(list),
        }
    }

    /// Whether enough people signed for what the statement changes. The class of the change is worked out here, from what both
    /// editions hold, and never believed.
    fn check_class(&mut self, head: &ChainHead, by_root: bool) -> Result<(), StageError> {
        let before = self.head.as_ref();
        if before.is_some_and(|before| before.statement.edition == head.statement.edition) {
            return Ok(());
        }
        let refused = |e: StageError| e.in_statement(head.statement.number);
        let candidate = self.objects.candidate(&head.manifest).map_err(refused)?;
        let content = candidate.sealed(head.clone()).content(head.statement.made).map_err(refused)?;
        let changes = match &self.content {
            Some(before) => difference(before, &content),
            None => vec![first_of_all()],
        };
        self.content = Some(content);
        let is_enough = by_root && head.statement.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if is_enough && !head.statement.urgent {
            return Ok(());
        }
        let check = head.approval().check(&changes);
        check.map_err(|e| in_file(StageStep::Difference, &statement_name(head.statement.number), e))
    }
}

/// What counts where there is nothing to compare an edition with: what is unknown counts as loosening.
fn first_of_all() -> Change {
    Change {
        class: ChangeClass::Loosening,
        place: "edition".to_owned(),
        what: "it is the first, and there is none to compare it with".to_owned(),
    }
}

impl Candidate {
    /// The candidate as it was signed.
    pub(super) fn sealed(mut self, head: ChainHead) -> Self {
        self.approval = head.approval();
        self.approval.signed = Some(crate::control::staging::Seal::Whole(Box::new(head)));
        self
    }
}
