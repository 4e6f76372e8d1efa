//! Opening by name what may be replaced by somebody else: nothing waits, and nothing but a regular file is opened.

use std::io;
use std::path::Path;

#[cfg(unix)]
use cap_std::fs::OpenOptionsExt as _;
use cap_std::fs::{Dir, File, OpenOptions};
#[cfg(unix)]
use rustix::fs::OFlags;

/// Opens a regular file. A pipe, a device, a socket or a folder under the name is refused at once.
pub(crate) fn open(dir: &Dir, path: impl AsRef<Path>, options: &OpenOptions) -> io::Result<File> {
    // Asked first, because opening some devices does something.
    match dir.metadata(&path) {
        Ok(metadata) if !metadata.is_file() => return Err(irregular()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let file = dir.open_with(&path, &non_blocking(options))?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(irregular()) }
}

/// Opens a file for reading and writing, and makes it where there is none.
pub(crate) fn open_or_make(dir: &Dir, path: impl AsRef<Path>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    open(dir, path, &options)
}

/// Opens a folder as a file, so that it can be synced.
pub(crate) fn open_folder(dir: &Dir, path: impl AsRef<Path>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    let folder = dir.open_with(&path, &non_blocking(&options))?;
    if folder.metadata()?.is_dir() { Ok(folder) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

fn irregular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file; put a plain file there")
}

/// The same options, with which opening waits for nobody.
fn non_blocking(options: &OpenOptions) -> OpenOptions {
    let mut options = options.clone();
    #[cfg(unix)]
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    options
}
