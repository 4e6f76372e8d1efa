//! Where a folder and its key lie.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use etcetera::BaseStrategy as _;

use super::{key, owner};

/// A folder, and the file with its key.
pub(crate) struct Place {
    folder: PathBuf,
    key: PathBuf,
}

impl Place {
    /// The user's own for compiled code: `specialis/code` in the cache folder, and the key `specialis/cache.key` in the folder
    /// for state. Systems without a folder for state have the key in the folder for data.
    pub(crate) fn of_code() -> Result<Self> {
        let base = base("name a folder with `--cache`, or give `--no-cache`")?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("specialis");
        let folder = base.cache_dir().join("specialis").join("code");
        Ok(Self { folder, key: state.join("cache.key") })
    }

    /// The user's own for the state `name`: `specialis/live/NAME` in the folder for state, and the key `specialis/state.key` in
    /// the folder for data.
    pub(crate) fn of_state(name: &str) -> Result<Self> {
        let base = base("name a folder with `--state`, or give `--no-state`")?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("specialis");
        let key = base.data_dir().join("specialis").join("state.key");
        Ok(Self { folder: state.join("live").join(name), key })
    }

    /// The user's own for what was seen of indexes of policies: `specialis/indexes` in the folder for state, and the key of states.
    pub(crate) fn of_indexes() -> Result<Self> {
        let base = base("name a folder with `--state`, or give `--no-state`")?;
        let state = base.state_dir().unwrap_or_else(|| base.data_dir()).join("specialis");
        let key = base.data_dir().join("specialis").join("state.key");
        Ok(Self { folder: state.join("indexes"), key })
    }

    /// A folder with its key beside it, as `FOLDER.key`.
    pub(crate) fn beside(folder: &Path) -> Result<Self> {
        let shown = folder.display();
        let name =
            folder.file_name().with_context(|| format!("`{shown}` has no name; name a folder"))?.to_string_lossy();
        Ok(Self { folder: folder.to_owned(), key: folder.with_file_name(format!("{name}.key")) })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes what is missing, checks who owns it, and opens the folder and reads the key.
    pub(crate) fn open(&self) -> Result<(Dir, [u8; 32])> {
        let beside = self.key.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_folder(beside)?;
        make_folder(&self.folder)?;
        // INVARIANT: the folder that is checked is the one that is used, whatever its path leads to later.
        let folder = open(&self.folder)?;
        owner::check_folder(&folder, &self.folder)?;
        let beside_dir = open(beside)?;
        if self.folder.parent() != self.key.parent() {
            owner::check_folder(&beside_dir, beside)?;
        }
        Ok((folder, key::read_or_make(&beside_dir, &self.key)?))
    }
}

fn base(remedy: &'static str) -> Result<impl etcetera::BaseStrategy> {
    etcetera::base_strategy::choose_native_strategy().with_context(|| format!("no home folder is known; {remedy}"))
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
