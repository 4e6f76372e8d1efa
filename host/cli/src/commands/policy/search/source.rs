//! Where an index is read from.

use std::fmt;
use std::path::{Path, PathBuf, absolute};
use std::str::FromStr;

use anyhow::{Context as _, Result};
use specialis_bundle::{PolicyIndex, oci_index_layer};

use super::super::oci::{self, Reference};
use crate::input::file;

/// A file, or a name in a registry.
#[derive(Clone, Debug)]
pub(super) enum IndexSource {
    /// A file.
    File(PathBuf),
    /// A name in a registry.
    Registry(Reference),
}

impl IndexSource {
    /// The bytes of the signed index.
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::File(path) => file::document(path).with_context(|| format!("`{self}` cannot be read; give an index")),
            Self::Registry(name) => {
                let most = u64::try_from(PolicyIndex::MOST_BYTES).unwrap_or(u64::MAX);
                Ok(oci::pull(name, |manifest| oci_index_layer(manifest, most))?.0)
            }
        }
    }

    /// Whether it is one index for ever, whatever the registry says.
    pub(super) fn is_pinned(&self) -> bool {
        matches!(self, Self::Registry(name) if name.digest.is_some())
    }

    /// The place whose indexes replace each other: a repository, or a path.
    pub(super) fn place(&self) -> String {
        match self {
            Self::File(path) => absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
            Self::Registry(name) => format!("{}/{}", name.registry, name.repository),
        }
    }
}

impl FromStr for IndexSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if Path::new(text).is_file() {
            return Ok(Self::File(PathBuf::from(text)));
        }
        text.parse().map(Self::Registry).map_err(|reason| format!("there is no such file, and {reason}"))
    }
}

impl fmt::Display for IndexSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Registry(name) => name.fmt(f),
        }
    }
}
