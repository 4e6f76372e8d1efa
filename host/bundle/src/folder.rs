//! A policy's folder: what its author writes, read into the sources of one file.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use wit_component::ComponentEncoder;

use crate::{NamedSection, Sources};

/// The most bytes of one file of the folder: more than a packed policy may have in all.
const MAX_FILE_BYTES: u64 = 64 << 20;

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
        let manifest = read(&manifest)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e)))
            .map_err(unreadable(&manifest))?;
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

/// The bytes of a regular file. A pipe or a device under the name is refused without waiting for it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let irregular = || io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file; put a plain file there");
    // Asked first, because opening some devices does something.
    if !fs::metadata(path)?.is_file() {
        return Err(irregular());
    }
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(irregular());
    }
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 64 MiB; make it smaller");
    if file.metadata()?.len() > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|n_bytes| n_bytes <= MAX_FILE_BYTES) { Ok(bytes) } else { Err(too_large()) }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable { path, source }
}
