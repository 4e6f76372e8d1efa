//! Files that are written whole, under a random name first. No link is followed.

use std::path::Path;

use anyhow::{Context as _, Result};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File};
use specialis::files::NewFile;

/// Writes a file whole or not at all: a reader sees the old bytes or the new ones.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("`{}` cannot be written", file.display());
    let (dir, name) = folder_of(file).with_context(failed)?;
    NewFile::default().replace(&dir, &name, bytes).with_context(failed)
}

/// Writes a new file that only its owner can read, and waits until it is on the disk: it may be a key that nothing brings back. A file or
/// link of that name is never followed or written over.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("`{}` cannot be written; give a name that is not taken", file.display());
    let (dir, name) = folder_of(file).with_context(failed)?;
    NewFile::default().private().synced().create(&dir, &name, bytes).with_context(failed)
}

/// Begins an empty file in place of what has its name, to be written on while others read it.
pub(crate) fn begin(file: &Path) -> Result<File> {
    let failed = || format!("`{}` cannot be written; check the path", file.display());
    let (dir, name) = folder_of(file).with_context(failed)?;
    NewFile::default().begin(&dir, &name).with_context(failed)
}

/// The folder of a file, and the file's name in it.
fn folder_of(file: &Path) -> Result<(Dir, String)> {
    let name = file.file_name().context("it names no file")?;
    let name = name.to_str().context("its name is not UTF-8; rename it")?.to_owned();
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((Dir::open_ambient_dir(parent, ambient_authority())?, name))
}
