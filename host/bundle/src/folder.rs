//! A policy's folder: what its author writes, read into the sources of one file.

use std::path::{Path, PathBuf};
use std::{fs, io};

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
        let manifest = fs::read_to_string(&manifest).map_err(unreadable(&manifest))?;
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
            sections.push(NamedSection { name, data: fs::read(&path).map_err(unreadable(&path))? });
        }
    }
    Ok(sections)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable { path, source }
}
