//! Acts that were uploaded and not published yet, each in a folder of its own that goes with it.

use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use specialis::StageError;
use specialis::bundle::Envelope;
use specialis::signed::{DocumentError, PublishedFolder, SignedAct, SignedDocument as _, Statement, files};
use tempfile::TempDir;

use crate::native::new_id;
use crate::serving::Problem;

/// How many are kept; the oldest gives way.
const MAX: usize = 4;
/// How many files one may have.
const FILES: usize = 2_000;
/// A copy of the published folder with the uploaded statement behind it.
const CHAIN: &str = ".chain";

/// All of them, the oldest first, each with how much was sent of it.
#[derive(Debug, Default)]
pub(crate) struct Drafts(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    draft: Arc<Draft>,
    tenant: String,
    n_files: usize,
    n_bytes: usize,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) id: String,
    folder: TempDir,
}

/// How many bytes uploads may have together.
#[derive(Clone, Copy, Debug)]
pub(super) struct DraftBytes {
    /// Those of everybody.
    pub(super) in_all: usize,
    /// Those of one tenant.
    pub(super) of_tenant: usize,
}

impl Drafts {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins one of a tenant; its id.
    pub(super) fn begin(&self, tenant: &str) -> Result<String, Problem> {
        let id = new_id()?;
        let folder =
            tempfile::tempdir().map_err(|error| Problem::failed(format!("there is no place for it: {error}")))?;
        let draft = Arc::new(Draft { id: id.clone(), folder });
        self.with(|all| {
            if all.len() >= MAX {
                all.remove(0);
            }
            all.push(Entry { draft, tenant: tenant.to_owned(), n_files: 0, n_bytes: 0 });
        });
        Ok(id)
    }

    /// The one with an id.
    pub(super) fn find(&self, id: &str) -> Result<Arc<Draft>, Problem> {
        self.with(|all| all.iter().find(|entry| entry.draft.id == id).map(|entry| entry.draft.clone())).ok_or_else(gone)
    }

    /// Adds a file to one. Where uploads have more than `max` bytes with it, the oldest of the others are forgotten.
    ///
    /// # Errors
    /// Where the upload alone has more, has too many files, is gone, or where the file cannot be kept.
    pub(super) fn add(&self, id: &str, path: &str, bytes: &[u8], max: DraftBytes) -> Result<(), Problem> {
        self.with(|all| make_room(all, id, bytes.len(), max))?.add(path, bytes)
    }

    /// Forgets one.
    pub(super) fn remove(&self, id: &str) {
        self.with(|all| all.retain(|entry| entry.draft.id != id));
    }
}

fn gone() -> Problem {
    Problem::not_found(
        "this upload is gone, because it is published or newer ones took its place; upload the act again",
    )
}

/// Counts a file of so many bytes for an upload, and forgets the oldest others where there is no room for it.
fn make_room(all: &mut Vec<Entry>, id: &str, n_new: usize, max: DraftBytes) -> Result<Arc<Draft>, Problem> {
    let entry = all.iter_mut().find(|entry| entry.draft.id == id).ok_or_else(gone)?;
    if entry.n_files >= FILES {
        return Err(Problem::too_large(format!("there are more than {FILES} files; upload the folder of an edition")));
    }
    let most = max.in_all.min(max.of_tenant);
    let n_bytes = entry.n_bytes.saturating_add(n_new);
    if n_bytes > most {
        return Err(Problem::too_large(format!(
            "the upload has more than {most} bytes, which is as much as is kept; upload less, or raise `draft-bytes`"
        )));
    }
    entry.n_files = entry.n_files.saturating_add(1);
    entry.n_bytes = n_bytes;
    let (draft, tenant) = (entry.draft.clone(), entry.tenant.clone());
    let sum = |all: &[Entry], of: Option<&str>| {
        let counted = all.iter().filter(|entry| of.is_none_or(|of| entry.tenant == of));
        counted.map(|entry| entry.n_bytes).fold(0, usize::saturating_add)
    };
    loop {
        let of_whom = if sum(all, Some(&tenant)) > max.of_tenant {
            Some(tenant.as_str())
        } else if sum(all, None) > max.in_all {
            None
        } else {
            return Ok(draft);
        };
        let is_other = |entry: &Entry| entry.draft.id != id && of_whom.is_none_or(|of| entry.tenant == of);
        // INVARIANT: the upload alone is within both bounds, so that there is another.
        let Some(oldest) = all.iter().position(is_other) else { return Ok(draft) };
        all.remove(oldest);
    }
}

impl Draft {
    /// Adds a file. Its path leads nowhere else.
    fn add(&self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let path = Path::new(path);
        if path.components().count() == 0 || !path.components().all(is_plain) {
            return Err(Problem::unreadable("the path of the file leads elsewhere; send a path inside the folder"));
        }
        let failed = |error: std::io::Error| Problem::failed(format!("the file cannot be kept: {error}"));
        let dir = self.open().map_err(failed)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            dir.create_dir_all(parent).map_err(failed)?;
        }
        dir.write(path, bytes).map_err(failed)
    }
}

/// Why an uploaded act is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum ActError {
    /// The folder cannot be read, or is none of an edition.
    #[error("the upload is no signed act; upload the folder that `edition sign` left, or one signed statement")]
    Stage(#[from] StageError),
    /// The statement is none.
    #[error("the statement cannot be read")]
    Document(#[from] DocumentError),
    /// The disk failed.
    #[error("the upload cannot be read")]
    Io(#[from] io::Error),
}

impl Draft {
    /// The act, to be verified and looked at.
    ///
    /// # Errors
    /// Where the upload is none.
    pub(super) fn act(&self, published: &Dir) -> Result<SignedAct, ActError> {
        let dir = self.open()?;
        if dir.exists(files::MANIFEST) {
            return Ok(SignedAct::in_draft(&dir, Some(published))?);
        }
        // A statement alone names what is published already.
        if dir.exists(CHAIN) {
            dir.remove_dir_all(CHAIN)?;
        }
        dir.create_dir(CHAIN)?;
        let chain = dir.open_dir(CHAIN)?;
        let copy = PublishedFolder::new(chain.try_clone()?)?;
        for folder in [files::STATEMENTS, files::OBJECTS] {
            let (from, to) = (published.open_dir(folder)?, chain.open_dir(folder)?);
            for entry in from.entries()? {
                let name = entry?.file_name();
                from.copy(&name, &to, &name)?;
            }
        }
        let (statement, bytes) = statement(&dir)?;
        copy.append(&statement, &bytes)?;
        Ok(SignedAct::in_folder(&chain)?)
    }

    /// Puts the act into the published folder.
    ///
    /// # Errors
    /// Where it does not come next there, or cannot be written.
    pub(super) fn publish(&self, published: Dir) -> Result<(), ActError> {
        let (dir, folder) = (self.open()?, PublishedFolder::new(published)?);
        if dir.exists(files::MANIFEST) {
            folder.publish(&dir)?;
            return Ok(());
        }
        let (statement, bytes) = statement(&dir)?;
        Ok(folder.append(&statement, &bytes)?)
    }

    fn open(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(self.folder.path(), ambient_authority())
    }
}

/// The statement that was uploaded.
fn statement(dir: &Dir) -> Result<(Statement, Vec<u8>), ActError> {
    let bytes = dir.read(files::STATEMENT)?;
    let envelope = Envelope::parse(&bytes).map_err(DocumentError::from)?;
    let statement = envelope.statement(Statement::KIND).map_err(DocumentError::from)?;
    Ok((statement, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_inside_their_folder_and_old_uploads_give_way() {
        let drafts = Drafts::default();
        let id = drafts.begin("").unwrap();
        let draft = drafts.find(&id).unwrap();
        draft.add("policies/a.wasm", b"a").unwrap();
        assert_eq!(draft.open().unwrap().read("policies/a.wasm").unwrap(), b"a");
        for path in ["", "/etc/passwd", "../a", "a/../../b"] {
            assert!(draft.add(path, b"a").is_err(), "{path}");
        }
        for _ in 0..MAX {
            drafts.begin("").unwrap();
        }
        assert!(drafts.find(&id).is_err());
    }

    #[test]
    fn uploads_are_bounded_by_bytes_for_each_tenant_and_together_and_the_oldest_gives_way() {
        let max = DraftBytes { in_all: 10, of_tenant: 6 };
        let drafts = Drafts::default();
        let begin = |tenant: &str| drafts.begin(tenant).unwrap();
        let (a, b) = (begin("one"), begin("two"));
        drafts.add(&a, "x", b"1234", max).unwrap();
        drafts.add(&b, "x", b"1234", max).unwrap();
        let folder = drafts.find(&a).unwrap().folder.path().to_owned();
        // The tenant's own bound: its older upload gives way, not that of another.
        let c = begin("one");
        drafts.add(&c, "x", b"123", max).unwrap();
        assert!(drafts.find(&a).is_err() && drafts.find(&b).is_ok() && !folder.exists());
        assert!(drafts.add(&a, "y", b"1", max).unwrap_err().detail.contains("upload the act again"));
        // The bound of all: the oldest gives way, whoever's it is.
        let d = begin("three");
        drafts.add(&d, "x", b"1234", max).unwrap();
        assert!(drafts.find(&b).is_err() && drafts.find(&c).is_ok());
        // An upload that is larger than everything that is kept is refused, and nothing gives way to it.
        let problem = drafts.add(&d, "y", b"123", max).unwrap_err();
        assert_eq!(problem.status.as_u16(), 413);
        assert!(problem.detail.contains("more than 6 bytes"), "{}", problem.detail);
        assert!(drafts.find(&c).is_ok());
    }
}
