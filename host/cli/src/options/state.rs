//! Where the program remembers what was live.

use std::path::{Component, Path, PathBuf, absolute};
use std::sync::Once;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::StateFolder;
use specialis_bundle::{PublicKey, digest_of};

use crate::output;
use crate::private::Place;

/// Where the program remembers which statement of a published folder was live.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StateOptions {
    /// Folder in which to remember what was live in the folder of `--edition`, so that no earlier state of it is brought back;
    /// its key is made beside it, as `DIR.key` [default: `specialis/live` in your folder for state]
    #[arg(long = "state", value_name = "DIR", env = "SPECIALIS_STATE")]
    folder: Option<PathBuf>,
    /// Remember nothing of what was live
    #[arg(long, conflicts_with = "folder")]
    no_state: bool,
    /// Refuse a folder whose newest statement has a lower number than this
    #[arg(long, value_name = "NUMBER", default_value_t, hide_default_value = true)]
    pub(crate) at_least: u64,
}

impl StateOptions {
    /// Options under which nothing is remembered.
    pub(crate) fn none() -> Self {
        Self { no_state: true, ..Self::default() }
    }

    /// The state folder for a published folder under a root key.
    ///
    /// # Errors
    /// If the folder that was named cannot be used. If the default folder cannot be used, a note says why and nothing is
    /// remembered.
    pub(crate) fn of(&self, published: &Path, root: &PublicKey) -> Result<Option<StateFolder>> {
        if self.no_state {
            return Ok(None);
        }
        if let Some(folder) = &self.folder {
            let state = open(&Place::beside(folder)?, published);
            return Ok(Some(state.context("the state folder cannot be used")?));
        }
        static NOTED: Once = Once::new();
        match name_of(published, root).and_then(|name| open(&Place::of_state(&name)?, published)) {
            Ok(state) => Ok(Some(state)),
            Err(error) => {
                NOTED.call_once(|| output::note_error("what is live is not remembered", &error));
                Ok(None)
            }
        }
    }
}

fn open(place: &Place, published: &Path) -> Result<StateFolder> {
    let (state, published) = (resolved(place.folder())?, resolved(published)?);
    if state.starts_with(&published) || published.starts_with(&state) {
        bail!(
            "`{}` lies in the folder of `--edition`, or that lies in it; name one elsewhere",
            place.folder().display()
        );
    }
    let (folder, key) = place.open()?;
    Ok(StateFolder::new(folder, key))
}

/// A path without links, as far as it is there.
fn resolved(path: &Path) -> Result<PathBuf> {
    let path = absolute(path).with_context(|| format!("`{}` cannot be found", path.display()))?;
    let there = path.ancestors().find(|there| there.exists()).unwrap_or(&path);
    let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
    let there = there.canonicalize().with_context(|| format!("`{}` cannot be found", there.display()))?;
    Ok(there.join(rest))
}

/// A name for the state of a published folder under a root key. The folder is the one that the operator names, wherever a link
/// of that name leads.
fn name_of(published: &Path, root: &PublicKey) -> Result<String> {
    let path = absolute(published).with_context(|| format!("`{}` cannot be found", published.display()))?;
    let path: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let digest = digest_of(format!("{root}\n{}", path.display()).as_bytes());
    let hex = digest.strip_prefix("sha256:").unwrap_or(&digest);
    Ok(hex.chars().take(32).collect())
}

#[cfg(test)]
mod tests {
    use specialis_bundle::SecretKey;

    use super::*;

    #[test]
    fn a_folder_has_one_name_however_its_path_is_written_and_another_under_another_root() {
        let root = SecretKey::from_seed([1; 32]).public();
        let name = |path: &str| name_of(Path::new(path), &root).unwrap();
        assert_eq!(name("live"), name("./live/"));
        assert_ne!(name("live"), name("other"));
        assert_ne!(name("live"), name_of(Path::new("live"), &SecretKey::from_seed([2; 32]).public()).unwrap());
    }
}
