//! Files opened by name, in folders that others may be able to write to.
//!
//! Reading never waits: a pipe or a device under the name is refused, and so is a file that is larger than the caller allows.
//! A new file appears under its name whole or not at all: it is written under a random name, which is never the name of a file
//! or a link that is there already.

use std::io::{self, Read, Write};
use std::path::Path;

#[cfg(unix)]
use cap_std::fs::OpenOptionsExt as _;
use cap_std::fs::{Dir, File, OpenOptions};
#[cfg(unix)]
use rustix::fs::OFlags;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a folder, a pipe, a socket or a device.
    #[error("it is no regular file; put a plain file there")]
    NotRegular,
    /// It is larger than may be read.
    #[error("it has {n_bytes} bytes, and at most {max} are read; make it smaller")]
    TooLarge {
        /// Its size; where it grows while it is read, the bytes that were read.
        n_bytes: u64,
        /// The bound.
        max: u64,
    },
}

impl FileError {
    /// Whether there is no file of that name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Options that open a file for reading without waiting for anything. Who opens a path of the system with them gives the file
/// to [`read_opened`].
pub fn non_blocking() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options
}

/// Opens a regular file of a folder. Links that lead out of the folder are refused by the folder itself.
///
/// # Errors
/// Where it cannot be opened or is no regular file.
pub fn open(dir: &Dir, name: impl AsRef<Path>) -> Result<File, FileError> {
    // Asked first, because opening some devices does something.
    if !dir.metadata(&name)?.is_file() {
        return Err(FileError::NotRegular);
    }
    let file = dir.open_with(&name, &non_blocking())?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(FileError::NotRegular) }
}

/// Opens a file for writing, to lock it, and makes it where there is none. What stands in it stays.
///
/// # Errors
/// Where it cannot be opened or is no regular file.
pub(crate) fn open_lock(dir: &Dir, name: impl AsRef<Path>) -> io::Result<File> {
    let irregular = || io::Error::new(io::ErrorKind::InvalidInput, FileError::NotRegular);
    match dir.metadata(&name) {
        Ok(metadata) if !metadata.is_file() => return Err(irregular()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let mut options = non_blocking();
    options.read(false).write(true).create(true).truncate(false);
    let file = dir.open_with(&name, &options)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(irregular()) }
}

/// The bytes of a regular file of a folder, if there are at most `max`.
///
/// # Errors
/// Where it cannot be read, is no regular file, or is larger.
pub fn read(dir: &Dir, name: impl AsRef<Path>, max: u64) -> Result<Vec<u8>, FileError> {
    read_opened(open(dir, name)?, max)
}

/// The bytes of an open file, if it is a regular one and there are at most `max`.
///
/// # Errors
/// Where it cannot be read, is no regular file, or is larger.
pub fn read_opened(file: File, max: u64) -> Result<Vec<u8>, FileError> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(FileError::NotRegular);
    }
    let n_bytes = metadata.len();
    if n_bytes > max {
        return Err(FileError::TooLarge { n_bytes, max });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(n_bytes).unwrap_or_default());
    // It may grow while it is read.
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if n_bytes > max { Err(FileError::TooLarge { n_bytes, max }) } else { Ok(bytes) }
}

/// A file about to be written, whole or not at all. The defaults:
///
/// - whoever the system lets by default may read it
/// - nobody waits until it is on the disk
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewFile {
    is_private: bool,
    is_synced: bool,
}

impl NewFile {
    /// Only its owner may read and write it. Systems without such modes keep their default.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.is_private = true;
        self
    }

    /// Waits until the file and its name are on the disk.
    #[must_use]
    pub fn synced(mut self) -> Self {
        self.is_synced = true;
        self
    }

    /// Writes the file in place of the one of that name, if there is one: a reader sees the old bytes or the new ones. A link
    /// under the name is replaced, not followed.
    ///
    /// # Errors
    /// Where it cannot be written; what was there stays.
    pub fn replace(self, dir: &Dir, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(dir, name, bytes, |partial| dir.rename(partial, dir, name))
    }

    /// Begins an empty file in place of the one of that name, if there is one, and returns it to be written on: for what is read
    /// while it grows. A link or a pipe under the name is replaced; it is neither followed nor waited for.
    ///
    /// # Errors
    /// Where it cannot be begun; what was there stays.
    pub fn begin(self, dir: &Dir, name: &str) -> io::Result<File> {
        let (file, partial) = self.partial(dir, name)?;
        if let Err(error) = dir.rename(&partial, dir, name) {
            let _ = dir.remove_file(&partial);
            return Err(error);
        }
        Ok(file)
    }

    /// Writes the file if nothing has that name.
    ///
    /// # Errors
    /// Where something has that name (`AlreadyExists`), or it cannot be written.
    pub fn create(self, dir: &Dir, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(dir, name, bytes, |partial| {
            let linked = dir.hard_link(partial, dir, name);
            dir.remove_file(partial)?;
            linked
        })
    }

    /// Writes a file under a random name, and lets `publish` give it its own.
    fn write(
        self,
        dir: &Dir,
        name: &str,
        bytes: &[u8],
        publish: impl FnOnce(&str) -> io::Result<()>,
    ) -> io::Result<()> {
        let (mut file, partial) = self.partial(dir, name)?;
        let written = file.write_all(bytes).and_then(|()| if self.is_synced { file.sync_all() } else { Ok(()) });
        drop(file);
        if let Err(error) = written.and_then(|()| publish(&partial)) {
            let _ = dir.remove_file(&partial);
            return Err(error);
        }
        if self.is_synced { sync_folder(dir, name) } else { Ok(()) }
    }

    /// A new file under a random name beside its own.
    fn partial(self, dir: &Dir, name: &str) -> io::Result<(File, String)> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let partial = format!("{name}.{:032x}.part", u128::from_le_bytes(random));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if self.is_private {
            options.mode(0o600);
        }
        let file = dir.open_with(&partial, &options)?;
        Ok((file, partial))
    }
}

/// Waits until the folder of a file has its entries on the disk. Systems that cannot open a folder as a file need no such step.
fn sync_folder(dir: &Dir, name: &str) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = Path::new(name).parent().filter(|parent| !parent.as_os_str().is_empty());
    dir.open_with(parent.unwrap_or(Path::new(".")), &non_blocking())?.sync_all()
}
