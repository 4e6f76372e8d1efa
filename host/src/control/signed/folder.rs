//! A published folder: the chain of statements and the objects it names.

use std::sync::Arc;

use cap_std::fs::Dir;
use specialis_bundle::PublicKey;
use specialis_core::{Date, TrustLimits};

use super::chain::{ChainError, ChainHead, ChainWalk};
use super::objects::{fetch, in_file};
use super::source::ChainSource;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::{Candidate, SignedOrigin, Unproved};
use crate::control::state::{ChainState, HostState, StateFolder, StateNote};

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
/// The largest chain, in bytes of all its statements.
const MAX_CHAIN: u64 = 256 << 20;
/// More statements than a folder has in a lifetime.
const MAX_STATEMENTS: u64 = 999_999;

/// A published folder: the signed chain that says which edition is live, and the files of the editions.
pub struct SignedFolder {
    dir: Dir,
    root: PublicKey,
    base: Option<Candidate>,
    place: Place,
    state: Option<StateFolder>,
    least: u64,
}

/// Where the newest statement stands.
enum Place {
    /// In the chain.
    Published,
    /// In a folder under work, after the chain of a published folder, if there is one.
    Draft { after: Option<Dir> },
}

/// A chain that was verified to its newest statement, and what vectors have to prove yet.
type Verified = (ChainHead, Vec<Unproved>);

impl SignedFolder {
    /// The folder `dir`, whose approvers are approvers under `root`.
    pub fn new(dir: Dir, root: PublicKey) -> Self {
        Self { dir, root, base: None, place: Place::Published, state: None, least: 0 }
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

    /// Where the host remembers what was live. The chain has to go on from there. Where the published folder is cut, damaged or
    /// has another history, what was live stays live, from the copy in the state folder, and a [`StateNote`] says why. A host
    /// that is built from the candidate remembers there in turn.
    #[must_use]
    pub fn state(mut self, state: StateFolder) -> Self {
        self.state = Some(state);
        self
    }

    /// The number that the newest statement has at least. With it, a host that remembers nothing notices a chain whose end was
    /// cut off.
    #[must_use]
    pub fn at_least(mut self, number: u64) -> Self {
        self.least = number;
        self
    }

    /// Verifies the chain, from what is remembered or from its first statement, and reads the edition that it says is live.
    ///
    /// # Errors
    /// Where a link does not follow the one before, too few signed it, it has expired, or a file is missing, too large or not
    /// the one signed, and there is no copy of what was live.
    pub fn candidate(&self, today: Date) -> Result<Candidate, StageError> {
        let origin = self.origin(today)?;
        Ok(origin.head.source.objects.candidate(&origin.head.manifest)?.signed(origin))
    }

    /// The text of a file of the live edition, such as `registry.toml`, after the chain was verified; none where the edition
    /// has no such file.
    ///
    /// # Errors
    /// As for [`SignedFolder::candidate`].
    pub fn text(&self, name: &str, today: Date) -> Result<Option<String>, StageError> {
        let head = self.origin(today)?.head;
        let Some(digest) = head.manifest.files.get(name) else { return Ok(None) };
        let (file, bytes) = head.source.objects.get(digest, TrustLimits::default().file_bytes)?;
        let text = String::from_utf8(bytes);
        let at = |e: std::string::FromUtf8Error| StageCause::NotUtf8 { at: e.utf8_error().valid_up_to() };
        text.map(Some).map_err(|e| in_file(StageStep::Read, &file, at(e)))
    }

    fn origin(&self, clock: Date) -> Result<SignedOrigin, StageError> {
        let loaded = self.state.as_ref().map(StateFolder::load).transpose();
        let state = loaded.map_err(|e| StageError::new(StageStep::Verify, e))?.flatten().unwrap_or_default();
        let day = state.day(clock);
        let mut notes = Vec::new();
        if day > clock {
            notes.push(StateNote::ClockBehind { clock, seen: day });
        }
        let found = self.source().and_then(|source| self.verify(&source, &state, day));
        let (head, unproved) = match (found, &self.state, &state.chain) {
            (Ok(verified), None, _) => {
                notes.push(StateNote::NoStateFolder);
                verified
            }
            (Ok(verified), Some(_), None) => {
                notes.push(StateNote::NothingRemembered);
                verified
            }
            (Ok(verified), Some(_), Some(_)) => verified,
            (Err(error), Some(folder), Some(chain)) => {
                let Ok(copied) = self.copied(folder, &state, chain, day) else { return Err(error) };
                notes.push(StateNote::FolderRefused { live: chain.position.number, why: error.chain() });
                copied
            }
            (Err(error), _, _) => return Err(error),
        };
        if head.statement.number < self.least {
            let cause = StageCause::BelowLeast { found: head.statement.number, least: self.least };
            return Err(StageError::new(StageStep::Verify, cause));
        }
        let fallback = match (&self.state, &state.chain) {
            (Some(folder), Some(chain)) if chain.position.number < head.statement.number => {
                self.copied(folder, &state, chain, day).and_then(remembered).ok()
            }
            _ => None,
        };
        let fallback = fallback.map(Box::new);
        Ok(SignedOrigin { head, unproved, notes, state: self.state.clone(), fallback })
    }

    fn source(&self) -> Result<Arc<ChainSource>, StageError> {
        let source = match &self.place {
            Place::Published => ChainSource::published(&self.dir)?,
            Place::Draft { after } => ChainSource::draft(&self.dir, after.as_ref())?,
        };
        Ok(Arc::new(source))
    }

    /// Verifies statements from what is remembered, or from the first, to the last.
    fn verify(&self, source: &Arc<ChainSource>, state: &HostState, day: Date) -> Result<Verified, StageError> {
        let (head, content) = match &state.chain {
            Some(chain) => {
                let (head, content) = ChainHead::recall(source, &self.root, state, chain)?;
                (Some(head), Some(content))
            }
            None => (None, self.base.as_ref().map(|base| base.content(day)).transpose()?),
        };
        let n_known = head.as_ref().map_or(0, |head| head.digests.len());
        let (root, unproved) = (&self.root, Vec::new());
        let mut walk = ChainWalk { source, root, today: day, head, content, unproved };
        for (bytes, number) in source.statements.iter().zip(1_usize..).skip(n_known) {
            walk.step(bytes, number == source.statements.len())?;
        }
        let head = walk.head.ok_or_else(|| in_file(StageStep::Fetch, files::STATEMENTS, ChainError::Empty))?;
        let file = statement_name(head.statement.number);
        head.statement.check_day(day).map_err(|e| in_file(StageStep::Verify, &file, e))?;
        Ok((head, walk.unproved))
    }

    /// What was live, from the host's own copy.
    fn copied(
        &self,
        folder: &StateFolder,
        state: &HostState,
        chain: &ChainState,
        day: Date,
    ) -> Result<Verified, StageError> {
        let mut source = folder.copy().source()?;
        // What stands there beyond was never live.
        source.statements.truncate(usize::try_from(chain.position.number).unwrap_or(usize::MAX));
        self.verify(&Arc::new(source), state, day)
    }
}

/// The candidate of what was live.
fn remembered((head, _): Verified) -> Result<Candidate, StageError> {
    Ok(head.source.objects.candidate(&head.manifest)?.sealed(head))
}

/// Every statement of a published folder, the first first.
pub(super) fn statements(dir: &Dir) -> Result<Vec<Vec<u8>>, StageError> {
    let mut all = Vec::new();
    let mut n_left = MAX_CHAIN;
    for number in 1..=MAX_STATEMENTS {
        let name = statement_name(number);
        if !dir.exists(&name) {
            break;
        }
        let bytes = fetch(dir, &name, n_left.min(MAX_STATEMENT)).map_err(|e| in_file(StageStep::Fetch, &name, e))?;
        n_left = n_left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        all.push(bytes);
    }
    Ok(all)
}

/// The statement about to be signed, in a folder in which an edition is put together.
pub(super) fn draft_statement(dir: &Dir) -> Result<Vec<u8>, StageError> {
    fetch(dir, files::STATEMENT, MAX_STATEMENT).map_err(|e| in_file(StageStep::Fetch, files::STATEMENT, e))
}
