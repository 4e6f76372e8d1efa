//! Files that are written whole.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes a file whole or not at all: a reader sees the old bytes or the new ones.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let partial = file.with_file_name(format!(".{name}.part"));
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, file));
    written.with_context(|| format!("`{}` cannot be written", file.display()))
}

/// Writes a new file that only its owner can read. A file or link of that name is never followed or written over.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("`{}` cannot be written; give a name that is not taken", file.display()))
}
