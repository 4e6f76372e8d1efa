//! A policy's folder: what its author writes, read into the sources of one file.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wit_component::ComponentEncoder;

use crate::{NamedSection, Sources};

/// What keeps a folder from being packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A file cannot be read.
    #[error("`{}` cannot be read; check the folder of the policy", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The compiled module does not become a component.
    #[error("the module does not become a component; build it for `wasm32-unknown-unknown` against the matching SDK")]
    Module {
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Makes a component of a module compiled against the SDK; a component stays what it is.
///
/// # Errors
/// Where it is neither.
pub fn component(module: Vec<u8>) -> Result<Vec<u8>, FolderError> {
    if wasmparser::Parser::is_component(&module) {
        return Ok(module);
    }
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    let encoded = encoder.and_then(|mut encoder| encoder.encode());
    encoded.map_err(|e| FolderError::Module { source: e.into() })
}

impl Sources {
    /// Reads `policy.toml`, `lexicons/*.csv`, `vectors/*.toml` and all files of `data/` of a folder, beside its component. The folders
    /// may be absent.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn of_folder(folder: &Path, component: Vec<u8>) -> Result<Self, FolderError> {
        let manifest = folder.join("policy.toml");
        let text = read(&manifest).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
        });
        let manifest = text.map_err(unreadable(&manifest))?;
        let lexicons = sections(&folder.join("lexicons"), Some("csv"))?;
        let vectors = sections(&folder.join("vectors"), Some("toml"))?;
        let data = sections(&folder.join("data"), None)?;
        Ok(Self { component, manifest, lexicons, vectors, data })
    }
}

/// The files of a folder, all or those of an extension.
fn sections(folder: &Path, extension: Option<&str>) -> Result<Vec<NamedSection>, FolderError> {
    let mut sections = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(sections),
        Err(error) => return Err(unreadable(folder)(error)),
    };
    for entry in entries {
        let path = entry.map_err(unreadable(folder))?.path();
        let is_wanted = match extension {
            Some(extension) => path.extension().is_some_and(|found| found == extension),
            None => path.is_file(),
        };
        if is_wanted {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sections.push(NamedSection { name, data: read(&path).map_err(unreadable(&path))? });
        }
    }
    Ok(sections)
}

/// More bytes than a file of any policy has.
const MAX_BYTES: u64 = 64 << 20;

/// `O_NONBLOCK | O_NOCTTY`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NON_BLOCKING: i32 = 0o4000 | 0o400;
/// `O_NONBLOCK`.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const NON_BLOCKING: i32 = 0x4;

/// The bytes of a regular file. A pipe or a device is refused; nobody waits for it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let refused = || io::Error::other("it is no regular file; put a plain file there");
    // Asked first, because opening some devices does something.
    if !fs::metadata(path)?.is_file() {
        return Err(refused());
    }
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NON_BLOCKING);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(refused());
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(io::Error::other(format!("it has more than {MAX_BYTES} bytes; make it smaller")));
    }
    Ok(bytes)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn pipe_or_giant_in_the_folder_is_refused_and_nobody_waits() {
        let folder = std::env::temp_dir().join(format!("specialis-folder-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("lexicons")).unwrap();
        fs::write(folder.join("policy.toml"), "").unwrap();
        let lexicon = folder.join("lexicons/a.csv");
        let refused = || match Sources::of_folder(&folder, Vec::new()) {
            Err(FolderError::Unreadable { source, .. }) => source.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(std::process::Command::new("mkfifo").arg(&lexicon).status().unwrap().success());
        assert!(refused().contains("no regular file"), "{}", refused());
        fs::remove_file(&lexicon).unwrap();
        fs::File::create(&lexicon).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(refused().contains("more than"), "{}", refused());
        fs::write(&lexicon, "term,category\n").unwrap();
        assert_eq!(Sources::of_folder(&folder, Vec::new()).unwrap().lexicons.len(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }
}
