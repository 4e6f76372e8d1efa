//! Writing into a published folder. Whoever may write there decides nothing: hosts believe what approvers signed.

use std::io;

use cap_std::fs::Dir;
use specialis_bundle::{Envelope, EnvelopeError, digest_of};
use specialis_core::Date;

use super::documents::{Approvers, DocumentError, EditionManifest, SignedDocument, Statement};
use super::folder::{draft_statement, files, statements};
use super::objects::{MAX_DOCUMENT, Objects, fetch, in_file};
use crate::control::error::{StageCause, StageError, StageStep};
use crate::files::NewFile;

/// What a folder under work would publish.
struct Draft {
    bytes: Vec<u8>,
    envelope: Envelope,
    statement: Statement,
    objects: Objects,
    manifest: EditionManifest,
}

/// A published folder, to be written into.
pub struct PublishedFolder {
    dir: Dir,
}

impl PublishedFolder {
    /// The folder `dir`; `statements/` and `objects/` are made where they are missing.
    ///
    /// # Errors
    /// Where they cannot be made.
    pub fn new(dir: Dir) -> Result<Self, StageError> {
        for folder in [files::STATEMENTS, files::OBJECTS] {
            dir.create_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        Ok(Self { dir })
    }

    /// The newest statement, whoever signed it, with its digest; none in an empty folder.
    ///
    /// # Errors
    /// Where a statement cannot be read.
    pub fn newest(&self) -> Result<Option<(Statement, String)>, StageError> {
        let Some(bytes) = statements(&self.dir)?.pop() else { return Ok(None) };
        let unreadable = |e: specialis_bundle::EnvelopeError| {
            in_file(StageStep::Read, files::STATEMENTS, super::DocumentError::from(e))
        };
        let envelope = Envelope::parse(&bytes).map_err(unreadable)?;
        Ok(Some((envelope.statement(Statement::KIND).map_err(unreadable)?, envelope.digest())))
    }

    /// The statement that comes next and makes an edition live, by the digests of its manifest and of the list of approvers.
    /// What was revoked stays so. Nobody has signed it.
    ///
    /// # Errors
    /// Where the newest statement cannot be read.
    pub fn next(&self, edition: String, approvers: String, made: Date, expires: Date) -> Result<Statement, StageError> {
        Ok(match self.newest()? {
            Some((newest, digest)) => newest.next(digest, edition, approvers, made, expires),
            None => Statement::first(edition, approvers, made, expires),
        })
    }

    /// Whether hosts can take what a folder under work would publish, as far as both folders tell: it loads, and somebody whom the list
    /// of approvers names, or who signed that list, has signed it. What is published cannot be taken back, and a host that refuses it
    /// refuses all that comes behind it. Hosts check more than this, above all who may sign the list.
    ///
    /// # Errors
    /// With what hosts would refuse.
    pub fn check(&self, draft: &Dir) -> Result<(), StageError> {
        let Draft { envelope, statement, objects, manifest, .. } = self.draft(draft)?;
        let list = self.newest()?.map_or_else(|| statement.approvers.clone(), |(newest, _)| newest.approvers);
        let (file, bytes) = objects.get(&list, MAX_DOCUMENT)?;
        let unreadable = |e: EnvelopeError| in_file(StageStep::Read, &file, DocumentError::from(e));
        let signed_list = Envelope::parse(&bytes).map_err(unreadable)?;
        let list: Approvers = signed_list.statement(Approvers::KIND).map_err(unreadable)?;
        let unsigned = |e: DocumentError| in_file(StageStep::Verify, files::STATEMENT, e);
        let is_by_root = envelope.key_ids().any(|id| signed_list.key_ids().any(|root| root == id));
        if list.signers_of(&envelope).map_err(unsigned)?.is_empty() && !is_by_root {
            return Err(unsigned(DocumentError::NotApproved { names: list.approvers.into_keys().collect() }));
        }
        objects.candidate(&manifest)?.content(statement.made).map(drop)
    }

    /// Copies what the statement of a folder under work names, and then the statement itself. Returns its number.
    ///
    /// # Errors
    /// Where a file is missing or not the one that the statement names, or the statement does not come next.
    pub fn publish(&self, draft: &Dir) -> Result<u64, StageError> {
        let Draft { bytes, statement, objects, manifest, .. } = self.draft(draft)?;
        for digest in [&statement.edition, &statement.approvers].into_iter().chain(manifest.objects()) {
            let (_, bytes) = objects.get(digest, u64::MAX)?;
            self.put(&bytes)?;
        }
        self.append(&statement, &bytes)?;
        Ok(statement.number)
    }

    /// What a folder under work holds; objects that it lacks are those that are published.
    fn draft(&self, draft: &Dir) -> Result<Draft, StageError> {
        let bytes = draft_statement(draft)?;
        let unreadable = |e: EnvelopeError| in_file(StageStep::Read, files::STATEMENT, DocumentError::from(e));
        let envelope = Envelope::parse(&bytes).map_err(unreadable)?;
        let statement: Statement = envelope.statement(Statement::KIND).map_err(unreadable)?;
        let objects = Objects::draft(clone(draft)?, Some(clone(&self.dir)?))?;
        let manifest = objects.manifest(&statement.edition)?;
        Ok(Draft { bytes, envelope, statement, objects, manifest })
    }

    /// Adds a statement. A statement that is there already is never replaced.
    ///
    /// # Errors
    /// Where its number is not the next one, or it cannot be written.
    pub fn append(&self, statement: &Statement, envelope: &[u8]) -> Result<(), StageError> {
        let expected = self.newest()?.map_or(0, |(newest, _)| newest.number).saturating_add(1);
        let name = files::statement(statement.number);
        if statement.number != expected {
            let cause = super::ChainError::Number { expected, found: statement.number };
            return Err(in_file(StageStep::Verify, &name, cause));
        }
        NewFile::default().synced().create(&self.dir, &name, envelope).map_err(|source| failed(&name, source))
    }

    /// Adds an object under its digest.
    fn put(&self, bytes: &[u8]) -> Result<(), StageError> {
        let name = files::object(&digest_of(bytes));
        let new = NewFile::default().synced();
        match new.create(&self.dir, &name, bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fetch(&self.dir, &name, u64::MAX) {
                // One that is damaged gives way to the whole one.
                Ok(there) if there == bytes => Ok(()),
                Ok(_) | Err(_) => new.replace(&self.dir, &name, bytes).map_err(|e| failed(&name, e)),
            },
            Err(error) => Err(failed(&name, error)),
            Ok(()) => Ok(()),
        }
    }
}

/// The digest of the list of approvers in a folder under work.
///
/// # Errors
/// Where it cannot be read.
pub fn approvers_digest(draft: &Dir) -> Result<String, StageError> {
    let bytes = fetch(draft, files::APPROVERS, MAX_DOCUMENT);
    Ok(digest_of(&bytes.map_err(|e| in_file(StageStep::Fetch, files::APPROVERS, e))?))
}

fn clone(dir: &Dir) -> Result<Dir, StageError> {
    dir.try_clone().map_err(|source| StageError::new(StageStep::Fetch, StageCause::File { source: source.into() }))
}

fn failed(file: &str, source: io::Error) -> StageError {
    in_file(StageStep::Fetch, file, StageCause::Unwritable { source })
}
