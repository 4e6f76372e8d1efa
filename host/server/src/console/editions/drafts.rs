//! Acts that were uploaded and not published yet, each in a folder of its own that goes with it.

use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tempfile::TempDir;

use crate::native::random_id;
use crate::serving::Problem;

/// How many are kept; the oldest gives way.
const MAX: usize = 4;
/// How many files one may have.
const FILES: usize = 2_000;

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
    /// The folder.
    pub(super) fn dir(&self) -> Result<Dir, Problem> {
        Dir::open_ambient_dir(self.folder.path(), ambient_authority())
            .map_err(|error| Problem::failed(format!("the upload cannot be read: {error}")))
    }

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
        let dir = self.dir()?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            dir.create_dir_all(parent).map_err(failed)?;
        }
        dir.write(path, bytes).map_err(failed)
    }
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
        assert_eq!(draft.dir().unwrap().read("policies/a.wasm").unwrap(), b"a");
        for path in ["", "/etc/passwd", "../a", "a/../../b"] {
            assert!(draft.add(path, b"a").is_err(), "{path}");
        }
        for _ in 0..MAX {
            drafts.begin().unwrap();
        }
        assert!(drafts.find(&id).is_err());
    }
}
