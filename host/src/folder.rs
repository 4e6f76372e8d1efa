//! A folder of policies.

use std::io;
use std::path::Path;

use cap_std::fs::Dir;

use crate::error::BuildError;

/// Every `.wasm` file of a folder: its name and its bytes, in the order of names. What a host loads and what a program says of
/// a folder is the same.
///
/// # Errors
/// Where the folder or a file cannot be read, or a file's name is not UTF-8.
pub fn policy_files(dir: &Dir) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    let failed = |file: &str| {
        let file = file.to_owned();
        move |source: io::Error| BuildError::File { file, source }
    };
    let mut names = Vec::new();
    for entry in dir.entries().map_err(failed("."))? {
        let name = entry.map_err(failed("."))?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "wasm") {
            let shown = name.to_string_lossy().into_owned();
            let unreadable = || io::Error::new(io::ErrorKind::InvalidFilename, "its name is not UTF-8; rename it");
            names.push(name.into_string().map_err(|_| failed(&shown)(unreadable()))?);
        }
    }
    names.sort();
    let read = |name: String| match dir.read(&name) {
        Ok(bytes) => Ok((name, bytes)),
        Err(source) => Err(BuildError::File { file: name, source }),
    };
    names.into_iter().map(read).collect()
}
