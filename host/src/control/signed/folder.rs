//! A published folder: the chain of statements and the objects it names.

use cap_std::fs::Dir;
use specialis_bundle::PublicKey;
use specialis_core::{Date, TrustLimits};

use super::chain::{ChainError, ChainHead, ChainWalk};
use super::objects::{Objects, fetch, in_file};
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::Candidate;

/// The names of files in folders of editions.
pub mod files {
    /// The manifest, in a folder in which an edition is put together.
    pub const MANIFEST: &str = "edition.json";
    /// The list of approvers, in such a folder.
    pub const APPROVERS: &str = "approvers.json";
    /// The statement about to be signed, in such a folder.
    pub const STATEMENT: &str = "statement.json";
    /// The folder of statements, in a published folder.
    pub const STATEMENTS: &str = "statements";
    /// The folder of objects, in a published folder.
    pub const OBJECTS: &str = "objects";

    /// The name of a statement in a published folder.
    pub fn statement(number: u64) -> String {
        format!("{STATEMENTS}/{number:06}.json")
    }

    /// The name of an object in a published folder, by its digest.
    pub fn object(digest: &str) -> String {
        super::super::objects::object_name(digest)
    }
}

pub(super) use files::statement as statement_name;

/// The largest statement, in bytes.
const MAX_STATEMENT: u64 = 256 << 10;
/// More statements than a folder has in a lifetime.
const MAX_STATEMENTS: u64 = 999_999;

/// A published folder: the signed chain that says which edition is live, and the files of the editions.
pub struct SignedFolder {
    dir: Dir,
    root: PublicKey,
    base: Option<Candidate>,
    place: Place,
}

/// Where the newest statement stands.
enum Place {
    /// In the chain.
    Published,
    /// In a folder under work, after the chain of a published folder, if there is one.
    Draft { after: Option<Dir> },
}

impl SignedFolder {
    /// The folder `dir`, whose approvers are approvers under `root`.
    pub fn new(dir: Dir, root: PublicKey) -> Self {
        Self { dir, root, base: None, place: Place::Published }
    }

    /// What the first edition of the folder is compared with: usually the built-in one. Without it the first statement counts
    /// as loosening, and needs two approvers and a reason.
    #[must_use]
    pub fn base(mut self, base: Candidate) -> Self {
        self.base = Some(base);
        self
    }

    /// The folder is one in which an edition is put together and signed, and not published yet. `after` is the published folder
    /// whose chain it continues; none where it is the first.
    #[must_use]
    pub fn draft(mut self, after: Option<Dir>) -> Self {
        self.place = Place::Draft { after };
        self
    }

    /// Verifies the whole chain and reads the edition that it says is live.
    ///
    /// # Errors
    /// Where a link does not follow the one before, too few signed it, it has expired, or a file is missing, too large or not
    /// the one signed.
    pub fn candidate(&self, today: Date) -> Result<Candidate, StageError> {
        let (objects, head) = self.head(today)?;
        Ok(objects.candidate(&head.manifest)?.sealed(head))
    }

    /// The text of a file of the live edition, such as `registry.toml`, after the chain was verified; none where the edition
    /// has no such file.
    ///
    /// # Errors
    /// As for [`SignedFolder::candidate`].
    pub fn text(&self, name: &str, today: Date) -> Result<Option<String>, StageError> {
        let (objects, head) = self.head(today)?;
        let Some(digest) = head.manifest.files.get(name) else { return Ok(None) };
        let (file, bytes) = objects.get(digest, TrustLimits::default().file_bytes)?;
        let text = String::from_utf8(bytes);
        let at = |e: std::string::FromUtf8Error| StageCause::NotUtf8 { at: e.utf8_error().valid_up_to() };
        text.map(Some).map_err(|e| in_file(StageStep::Read, &file, at(e)))
    }

    fn head(&self, today: Date) -> Result<(Objects, ChainHead), StageError> {
        let clone =
            |dir: &Dir| dir.try_clone().map_err(|source| in_file(StageStep::Fetch, ".", StageCause::File { source }));
        let dir = clone(&self.dir)?;
        let (objects, statements) = match &self.place {
            Place::Published => (Objects::Published(dir), statements(&self.dir)?),
            Place::Draft { after } => {
                let mut all = after.as_ref().map(statements).transpose()?.unwrap_or_default();
                all.push(draft_statement(&self.dir)?);
                (Objects::draft(dir, after.as_ref().map(clone).transpose()?)?, all)
            }
        };
        let head = self.verify(&objects, &statements, today)?;
        Ok((objects, head))
    }

    /// Verifies statements from the first to the last.
    fn verify(&self, objects: &Objects, statements: &[Vec<u8>], today: Date) -> Result<ChainHead, StageError> {
        let content = self.base.as_ref().map(|base| base.content(today)).transpose()?;
        let mut walk = ChainWalk { objects, root: &self.root, today, head: None, content };
        for (bytes, number) in statements.iter().zip(1_usize..) {
            walk.step(bytes, number == statements.len())?;
        }
        walk.head.ok_or_else(|| in_file(StageStep::Fetch, files::STATEMENTS, ChainError::Empty))
    }
}

/// Every statement of a published folder, the first first.
pub(super) fn statements(dir: &Dir) -> Result<Vec<Vec<u8>>, StageError> {
    let mut all = Vec::new();
    for number in 1..=MAX_STATEMENTS {
        let name = statement_name(number);
        if !dir.exists(&name) {
            break;
        }
        all.push(fetch(dir, &name, MAX_STATEMENT).map_err(|e| in_file(StageStep::Fetch, &name, e))?);
    }
    Ok(all)
}

/// The statement about to be signed, in a folder in which an edition is put together.
pub(super) fn draft_statement(dir: &Dir) -> Result<Vec<u8>, StageError> {
    fetch(dir, files::STATEMENT, MAX_STATEMENT).map_err(|e| in_file(StageStep::Fetch, files::STATEMENT, e))
}
