//! The chain of statements: which edition is live, signed link by link.
//!
//! The model is The Update Framework: one numbered history in which every link names the one before, so that whoever can write
//! to the folder can neither bring back an old state nor leave out a link. See `docs/design/0013-chain-of-statements.md`.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use specialis_bundle::{Envelope, PublicKey};
use specialis_core::{Date, Shared};

use super::documents::{Approvers, DocumentError, EditionManifest, SignedDocument, Statement};
use super::folder::statement_name;
use super::objects::{MAX_DOCUMENT, in_file};
use super::source::ChainSource;
use crate::control::error::{StageError, StageStep};
use crate::control::staging::{
    Approval, Candidate, Past, Seal, SignedOrigin, Unproved, VersionFloor, difference, dropped, has_effects,
    learn_versions,
};
use crate::control::state::revoke_content;
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
    pub(crate) digests: Shared<Vec<String>>,
    /// The digests of the manifests of all editions that were live.
    pub(crate) editions: Shared<BTreeSet<String>>,
    /// Whether the statement goes back to an edition that was live before.
    pub(crate) is_rollback: bool,
    /// Digests that were revoked: those of the statement, and what signatures on those files stand on.
    pub(crate) revoked: BTreeSet<String>,
    /// The highest number of an edition that was live.
    pub(crate) highest_edition: u64,
    /// The highest version of each policy that was live.
    pub(crate) versions: VersionFloor,
    /// Where the statements and the files that they name come from.
    pub(crate) source: Arc<ChainSource>,
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
    /// The number of a new edition is not higher than those before.
    #[error(
        "its edition is new and has the number {found}, and {highest} was live already; give it a higher one with `--number`"
    )]
    EditionNumber {
        /// The number it has.
        found: u64,
        /// The highest number that was live.
        highest: u64,
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

    /// The digests of the objects that the statement needs: manifest, list of approvers, policies, tables.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &String> {
        [&self.statement.edition, &self.statement.approvers].into_iter().chain(self.manifest.objects())
    }
}

/// What the statements of a chain have gathered, for the next one.
#[derive(Default)]
struct Gathered {
    /// The edition that the last one names.
    live: Option<String>,
    digests: Shared<Vec<String>>,
    editions: Shared<BTreeSet<String>>,
    revoked: BTreeSet<String>,
    highest_edition: u64,
    versions: VersionFloor,
}

/// A chain that is being verified, link by link.
pub(super) struct ChainWalk<'a> {
    pub(super) source: &'a Arc<ChainSource>,
    pub(super) root: &'a PublicKey,
    pub(super) today: Date,
    /// The newest link that was verified.
    pub(super) head: Option<ChainHead>,
    /// What the edition of that link holds; before the first link, what the first edition is compared with.
    pub(super) content: Option<EditionContent>,
    /// What has to be proved by running vectors before the newest link counts.
    pub(super) unproved: Vec<Unproved>,
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
        if is_newest {
            statement.check_day(self.today).map_err(unsigned)?;
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
        let before = self.head.as_ref().map(|head| head.statement.edition.clone());
        let head = self.next_head(statement, envelope.digest(), approvers, signers)?;
        let head = self.check_class(head, before.as_deref(), by_root)?;
        self.head = Some(head);
        Ok(())
    }

    /// What a statement that may be signed by these people leads to.
    ///
    /// It takes over what the head before it has gathered, so that a link costs the same however many stand before it. After an
    /// error the walk is over.
    fn next_head(
        &mut self,
        statement: Statement,
        digest: String,
        approvers: Approvers,
        signers: Vec<String>,
    ) -> Result<ChainHead, StageError> {
        let manifest = self.source.objects.manifest(&statement.edition)?;
        let mut before = Gathered::default();
        if let Some(head) = self.head.take() {
            let ChainHead { statement, digests, editions, revoked, highest_edition, versions, .. } = head;
            before = Gathered { live: Some(statement.edition), digests, editions, revoked, highest_edition, versions };
        }
        let Gathered { live, mut digests, mut editions, mut revoked, highest_edition: highest, versions } = before;
        digests.push(digest);
        let is_new = editions.insert(statement.edition.clone());
        revoked.extend(statement.revoked.iter().cloned());
        if is_new && manifest.number <= highest {
            let cause = ChainError::EditionNumber { found: manifest.number, highest };
            return Err(in_file(StageStep::Verify, &statement_name(statement.number), cause));
        }
        Ok(ChainHead {
            root: self.root.clone(),
            signers,
            approvers,
            digests,
            editions,
            is_rollback: !is_new && live.is_some_and(|live| live != statement.edition),
            revoked,
            highest_edition: highest.max(manifest.number),
            versions,
            source: self.source.clone(),
            manifest,
            statement,
        })
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
        let (file, bytes) = self.source.objects.get(&statement.approvers, MAX_DOCUMENT)?;
        let list = Approvers::read(&bytes, self.root).map_err(|e| in_file(StageStep::Verify, &file, e))?;
        match self.head.as_ref().map(|head| head.approvers.number) {
            Some(current) if list.number <= current => {
                Err(in_file(StageStep::Verify, &file, ChainError::OlderApprovers { found: list.number, current }))
            }
            Some(_) | None => Ok(list),
        }
    }

    /// Whether enough people signed for what the statement changes. The class of the change is worked out here, from what both
    /// editions hold, and never believed. `before` is the edition that was live.
    fn check_class(
        &mut self,
        mut head: ChainHead,
        before: Option<&str>,
        by_root: bool,
    ) -> Result<ChainHead, StageError> {
        if let Some(content) = &self.content {
            revoke_content(&mut head.revoked, &content.policies);
        }
        if before == Some(head.statement.edition.as_str()) {
            return Ok(head);
        }
        let refused = |e: StageError| e.in_statement(head.statement.number);
        let candidate = self.source.objects.candidate(&head.manifest).map_err(refused)?;
        let content = candidate.sealed(head.clone()).content(head.statement.made).map_err(refused)?;
        let changes = match &self.content {
            Some(before) => difference(before, &content),
            None => vec![first_of_all()],
        };
        revoke_content(&mut head.revoked, &content.policies);
        if !head.is_rollback {
            let past = Past { floor: &head.versions, revoked: &head.revoked, live: self.content.as_ref() };
            for policy in &content.policies {
                let in_policy = |cause| StageError::new(StageStep::Verify, cause).in_policy(&policy.card.id);
                past.check(policy).map_err(|cause| refused(in_policy(cause)))?;
            }
        }
        learn_versions(&mut head.versions, &content, head.is_rollback);
        let before = self.content.replace(content.clone());
        let is_enough = by_root && head.statement.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if is_enough && !head.statement.urgent {
            return Ok(head);
        }
        let check = head.approval().check(&changes);
        check.map_err(|e| in_file(StageStep::Difference, &statement_name(head.statement.number), e))?;
        self.unproved.extend(before.and_then(|before| unproved(before, content, &head)));
        Ok(head)
    }
}

/// What a link has to prove by vectors, because too few signed it for anything that loosens.
fn unproved(before: EditionContent, after: EditionContent, head: &ChainHead) -> Option<Unproved> {
    let has_dropped = after.policies.iter().any(|is| {
        before.policy(&is.card.id).is_some_and(|was| was.digest != is.digest && !dropped(was, is).is_empty())
    });
    let approval = head.approval();
    let is_enough = approval.check(&[first_of_all()]).is_ok();
    let statement = head.statement.number;
    ((has_dropped || has_effects(&before, &after)) && !is_enough).then_some(Unproved {
        before,
        after,
        approval,
        statement,
    })
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
    pub(super) fn sealed(self, head: ChainHead) -> Self {
        self.signed(SignedOrigin { head, unproved: Vec::new(), notes: Vec::new(), state: None, fallback: None })
    }

    /// The candidate as it was signed, and where it comes from.
    pub(super) fn signed(mut self, origin: SignedOrigin) -> Self {
        self.approval = origin.head.approval();
        self.approval.signed = Some(Seal::Whole(Box::new(origin)));
        self
    }
}
