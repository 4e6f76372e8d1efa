//! Folders of things that are kept over a restart: a file of JSON each, written whole and synced before anything rests on it.

use std::io;
use std::marker::PhantomData;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::Serialize;
use serde::de::DeserializeOwned;
use specialis::files::{self, NewFile};

/// The longest file of JSON that is read.
const MAX: u64 = 64 << 10;
/// How the name of a file of JSON ends.
const ENDING: &str = ".json";

/// A folder of one kind of things. An id is of letters, digits and `-`.
#[derive(Debug)]
pub(crate) struct Folder<T> {
    dir: Dir,
    kind: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Folder<T> {
    /// Opens it; it is made where it is missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Ok(Self { dir: Dir::open_ambient_dir(path, ambient_authority())?, kind: PhantomData })
    }

    /// Whether it can be opened. It is not made: the start does that.
    pub(crate) fn check(path: &Path) -> io::Result<()> {
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            opened => opened.map(drop),
        }
    }

    /// Everything in it. A file that cannot be read is left where it is, and named in the log.
    pub(crate) fn all(&self) -> io::Result<Vec<T>> {
        let mut all = Vec::new();
        for entry in self.dir.entries()? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.ends_with(ENDING) {
                continue;
            }
            let bytes = files::read(&self.dir, &name, MAX).ok();
            match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(kept) => all.push(kept),
                None => tracing::error!(file = name, "a file that waits cannot be read; look at it"),
            }
        }
        Ok(all)
    }

    /// Writes one.
    pub(crate) fn put(&self, id: &str, kept: &T) -> io::Result<()> {
        self.put_bytes(&format!("{id}{ENDING}"), &serde_json::to_vec(kept)?)
    }

    /// Forgets one.
    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        self.dir.remove_file(format!("{id}{ENDING}"))
    }

    /// Writes a file of another kind beside them.
    pub(crate) fn put_bytes(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        NewFile::default().private().synced().replace(&self.dir, name, bytes)
    }

    /// Reads a file of another kind.
    pub(crate) fn bytes(&self, name: &str, max: u64) -> io::Result<Vec<u8>> {
        files::read(&self.dir, name, max).map_err(io::Error::other)
    }

    /// Forgets a file of another kind, where there is one.
    pub(crate) fn remove_bytes(&self, name: &str) -> io::Result<()> {
        match self.dir.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The names of files of another kind, with this ending.
    pub(crate) fn names(&self, ending: &str) -> io::Result<Vec<String>> {
        let names = self.dir.entries()?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let names: io::Result<Vec<String>> = names.collect();
        Ok(names?.into_iter().filter(|name| name.ends_with(ending)).collect())
    }
}
