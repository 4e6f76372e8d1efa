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

use crate::native::random_id;
use crate::serving::Problem;

/// How many are kept; the oldest gives way.
const MAX: usize = 4;
/// How many files one may have.
const FILES: usize = 2_000;
/// A copy of the published folder with the uploaded statement behind it.
const CHAIN: &str = ".chain";

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Drafts(Mutex<Vec<Arc<Draft>>>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) id: String,
    folder: TempDir,
    n_files: Mutex<usize>,
}

impl Drafts {
    /// Begins one; its id.
    pub(super) fn begin(&self) -> Result<String, Problem> {
        let id = random_id().ok_or_else(|| Problem::failed("the system gives no randomness; try again"))?;
        let folder =
            tempfile::tempdir().map_err(|error| Problem::failed(format!("there is no place for it: {error}")))?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX {
            all.remove(0);
        }
        all.push(Arc::new(Draft { id: id.clone(), folder, n_files: Mutex::new(0) }));
        Ok(id)
    }

    /// The one with an id.
    pub(super) fn find(&self, id: &str) -> Result<Arc<Draft>, Problem> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|draft| draft.id == id).cloned();
        found.ok_or_else(|| Problem::not_found("this upload is gone; upload the act again"))
    }

    /// Forgets one.
    pub(super) fn remove(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|draft| draft.id != id);
    }
}

impl Draft {
    /// Adds a file. Its path leads nowhere else.
    pub(super) fn add(&self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let path = Path::new(path);
        if path.components().count() == 0 || !path.components().all(is_plain) {
            return Err(Problem::unreadable("the path of the file leads elsewhere; send a path inside the folder"));
        }
        let mut n_files = self.n_files.lock().unwrap_or_else(PoisonError::into_inner);
        if *n_files >= FILES {
            return Err(Problem::too_large(format!(
                "there are more than {FILES} files; upload the folder of an edition"
            )));
        }
        *n_files = n_files.saturating_add(1);
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
        let id = drafts.begin().unwrap();
        let draft = drafts.find(&id).unwrap();
        draft.add("policies/a.wasm", b"a").unwrap();
        assert_eq!(draft.open().unwrap().read("policies/a.wasm").unwrap(), b"a");
        for path in ["", "/etc/passwd", "../a", "a/../../b"] {
            assert!(draft.add(path, b"a").is_err(), "{path}");
        }
        for _ in 0..MAX {
            drafts.begin().unwrap();
        }
        assert!(drafts.find(&id).is_err());
    }
}
