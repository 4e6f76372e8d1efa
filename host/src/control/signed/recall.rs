//! Finding again, in a chain, the statement that a host remembers.

use std::collections::BTreeSet;
use std::sync::Arc;

use specialis_bundle::{Envelope, PublicKey};

use super::chain::{ChainError, ChainHead};
use super::documents::{Approvers, DocumentError, SignedDocument, Statement};
use super::folder::statement_name;
use super::objects::{MAX_DOCUMENT, in_file};
use super::source::ChainSource;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::state::{ChainState, HostState};
use crate::runtime::EditionContent;

impl ChainHead {
    /// The statement that a host remembers, with what it names. Every statement names the digest of the one before, so the
    /// remembered digest vouches for all of them: who signed them was verified when they went live, and is not asked again.
    ///
    /// Returns what the edition holds, too: what follows is compared with it.
    pub(super) fn recall(
        source: &Arc<ChainSource>,
        root: &PublicKey,
        state: &HostState,
        chain: &ChainState,
    ) -> Result<(Self, EditionContent), StageError> {
        let error = |cause: StageCause| StageError::new(StageStep::Verify, cause);
        let number = chain.position.number;
        if source.n_statements() < number {
            return Err(error(StageCause::BehindState { folder: source.n_statements(), state: number }));
        }
        let mut links = Links::default();
        for (bytes, number) in source.statements.iter().zip(1..=number) {
            links.add(bytes, number)?;
        }
        let Links { digests, editions, newest, signed } = links;
        let (Some(statement), true) = (newest, digests.last() == Some(&chain.position.digest)) else {
            return Err(error(StageCause::OtherHistory { number }));
        };
        let (file, bytes) = source.objects.get(&statement.approvers, MAX_DOCUMENT)?;
        let approvers = Approvers::read(&bytes, root).map_err(|e| in_file(StageStep::Verify, &file, e))?;
        let signers = signed.map(|envelope| approvers.signers_of(&envelope)).transpose();
        let manifest = source.objects.manifest(&statement.edition)?;
        let head = Self {
            root: root.clone(),
            // For the record alone: the list before may have had other names.
            signers: signers.ok().flatten().unwrap_or_default(),
            approvers,
            digests: digests.into(),
            editions: editions.into(),
            is_rollback: false,
            revoked: state.revoked.union(&statement.revoked).cloned().collect(),
            highest_edition: chain.highest_edition.max(manifest.number),
            versions: state.versions.clone(),
            source: source.clone(),
            manifest,
            statement,
        };
        let content = source.objects.candidate(&head.manifest)?.sealed(head.clone()).content(head.statement.made)?;
        Ok((head, content))
    }
}

/// Statements that follow each other.
#[derive(Default)]
struct Links {
    digests: Vec<String>,
    editions: BTreeSet<String>,
    newest: Option<Statement>,
    signed: Option<Envelope>,
}

impl Links {
    fn add(&mut self, bytes: &[u8], number: u64) -> Result<(), StageError> {
        let file = statement_name(number);
        let unreadable = |e: specialis_bundle::EnvelopeError| in_file(StageStep::Read, &file, DocumentError::from(e));
        let envelope = Envelope::parse(bytes).map_err(unreadable)?;
        let statement: Statement = envelope.statement(Statement::KIND).map_err(unreadable)?;
        if statement.number != number {
            let cause = ChainError::Number { expected: number, found: statement.number };
            return Err(in_file(StageStep::Verify, &file, cause));
        }
        if statement.previous.as_ref() != self.digests.last() {
            return Err(in_file(StageStep::Verify, &file, ChainError::Previous));
        }
        self.digests.push(envelope.digest());
        self.editions.insert(statement.edition.clone());
        self.newest = Some(statement);
        self.signed = Some(envelope);
        Ok(())
    }
}
