//! The folder of measures: one file each, written whole and synced before anything rests on it.

use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use specialis::files::{self, NewFile};

use super::delivery::{Delivery, State};

/// The longest file that is read.
const MAX: u64 = 64 << 10;

/// A measure with how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) delivery: Delivery,
    pub(crate) state: State,
}

/// The folder.
#[derive(Debug)]
pub(super) struct Folder(Dir);

impl Folder {
    /// Opens it; it is made where it is missing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Dir::open_ambient_dir(path, ambient_authority()).map(Self)
    }

    /// Everything in it. A file that cannot be read is left where it is, and named in the log.
    pub(super) fn all(&self) -> io::Result<Vec<Kept>> {
        let mut all = Vec::new();
        for entry in self.0.entries()? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".json") {
                continue;
            }
            let bytes = files::read(&self.0, &name, MAX).ok();
            match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(kept) => all.push(kept),
                None => tracing::error!(file = name, "a measure that waits cannot be read; look at the file"),
            }
        }
        Ok(all)
    }

    /// Writes one.
    pub(super) fn put(&self, kept: &Kept) -> io::Result<()> {
        let bytes = serde_json::to_vec(kept)?;
        NewFile::default().private().synced().replace(&self.0, &name(&kept.delivery.id), &bytes)
    }

    /// Forgets one.
    pub(super) fn remove(&self, id: &str) -> io::Result<()> {
        self.0.remove_file(name(id))
    }
}

/// The name of a file. An id is the digits of a decision and an index.
fn name(id: &str) -> String {
    format!("{id}.json")
}
