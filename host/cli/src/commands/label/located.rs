//! A file that was found once: its folder and itself by handle, so that no later look at its name leads elsewhere.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::folder::Folder;
use super::inputs::STANDARD;

/// The most that is read from standard input.
const MAX_STANDARD: u64 = 1 << 30;

/// A regular file that is open for reading, and the folder in which it has its name.
pub(super) struct Located {
    /// Nothing for what came from standard input.
    pub(super) home: Option<(Folder, OsString)>,
    /// The name, for people.
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Located {
    /// Finds a file. A link that is named is followed here, and nowhere later.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            bail!(
                "this is a folder; go through it with `--recursive`, or name its files, for example with `{}/*`",
                path.display()
            );
        }
        refuse_others(&fs::metadata(path).context("the file cannot be opened")?)?;
        let real = fs::canonicalize(path).context("the file cannot be opened")?;
        let (folder, name) = parted(&real)?;
        let folder = Folder::open(folder)?;
        // Without waiting: a pipe may have taken the name in between.
        let file = folder.open_file(&name).context("the file cannot be opened")?;
        refuse_others(&file.metadata()?)?;
        Ok(Self { home: Some((folder, name)), path: real, file })
    }

    /// What standard input gives, in a file without a name: places in it can be looked up.
    pub(super) fn standard() -> Result<Self> {
        let mut file = tempfile::tempfile().context("no temporary file can be made")?;
        let mut input = std::io::stdin().lock().take(MAX_STANDARD.saturating_add(1));
        let n_bytes = std::io::copy(&mut input, &mut file).context("standard input cannot be read")?;
        if n_bytes > MAX_STANDARD {
            bail!("standard input gives more than {MAX_STANDARD} bytes; write it to a file first");
        }
        file.rewind()?;
        Ok(Self { home: None, path: PathBuf::from(STANDARD), file })
    }

    /// A second handle on the same file.
    pub(super) fn again(&self) -> Result<File> {
        Ok(self.file.try_clone()?)
    }
}

/// A pipe would be waited for, and places in it cannot be looked up.
fn refuse_others(metadata: &fs::Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    bail!("this is a pipe or a device; write what it gives to a file first")
}

/// A name in its folder.
pub(super) fn parted(path: &Path) -> Result<(&Path, OsString)> {
    let name = path.file_name().map(OsStr::to_owned);
    let name = name.with_context(|| format!("`{}` is no name of a file", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder, name))
}
