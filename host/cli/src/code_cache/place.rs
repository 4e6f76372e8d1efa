//! Where the cache and its key lie.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use etcetera::BaseStrategy as _;
use specialis::CodeCache;

use super::{key, owner};

/// A folder for compiled code, and the file with its key.
pub(super) struct Place {
    folder: PathBuf,
    key: PathBuf,
}

impl Place {
    /// The user's own: `specialis/code` in the cache folder, and the key `specialis/cache.key` in the folder for state.
    /// Systems without a folder for state have the key in the folder for data.
    pub(super) fn of_user() -> Result<Self> {
        let base = etcetera::base_strategy::choose_native_strategy()
            .context("no home folder is known; name a folder with `--cache`, or give `--no-cache`")?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("specialis");
        let folder = base.cache_dir().join("specialis").join("code");
        make_folder(&state)?;
        owner::check_folder(&open(&state)?, &state)?;
        Ok(Self { folder, key: state.join("cache.key") })
    }

    /// A folder with its key beside it.
    pub(super) fn beside(folder: &Path) -> Result<Self> {
        let name = folder.file_name().context("give the folder for compiled code a name")?.to_string_lossy();
        Ok(Self { folder: folder.to_owned(), key: folder.with_file_name(format!("{name}.key")) })
    }

    /// Makes what is missing, checks who owns it, and opens it.
    pub(super) fn open(&self) -> Result<CodeCache> {
        make_folder(&self.folder)?;
        // INVARIANT: the folder that is checked is the one that is used, whatever its path leads to later.
        let folder = open(&self.folder)?;
        owner::check_folder(&folder, &self.folder)?;
        Ok(CodeCache::new(folder, key::read_or_make(&self.key)?))
    }
}

fn open(folder: &Path) -> Result<Dir> {
    Dir::open_ambient_dir(folder, ambient_authority())
        .with_context(|| format!("`{}` cannot be opened; give a folder", folder.display()))
}

/// Makes a folder that nobody else can read. It is not made inside a folder of another user, so that a program run for
/// somebody else, such as by `sudo`, leaves nothing there.
fn make_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    owner::check_parent(folder)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("`{}` cannot be made", folder.display()))
}
