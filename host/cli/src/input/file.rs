//! Files that are read whole: settings, tables, keys, policies, documents.

use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::File;
use specialis::files::{self, FileError};
use specialis_core::TrustLimits;

/// More bytes than any table, key or document of ours has.
const MAX_DOCUMENT: u64 = 64 << 20;

/// The text of a regular file.
///
/// # Errors
/// Where it cannot be read, is a pipe or a device, is too large or not UTF-8.
pub(crate) fn text(path: &Path) -> Result<String, FileError> {
    let text = String::from_utf8(read(path, MAX_DOCUMENT)?);
    text.map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e).into())
}

/// The bytes of a signed document.
///
/// # Errors
/// Where it cannot be read, is a pipe or a device, or is too large.
pub(crate) fn document(path: &Path) -> Result<Vec<u8>, FileError> {
    read(path, MAX_DOCUMENT)
}

/// The bytes of a policy, or of what becomes one.
///
/// # Errors
/// Where it cannot be read, is a pipe or a device, or is larger than any policy may be.
pub(crate) fn policy(path: &Path) -> Result<Vec<u8>, FileError> {
    read(path, TrustLimits::default().file_bytes)
}

fn read(path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
    // Asked first, because opening some devices does something.
    if !std::fs::metadata(path)?.is_file() {
        return Err(FileError::NotRegular);
    }
    files::read_opened(File::open_ambient_with(path, &files::non_blocking(), ambient_authority())?, max)
}
