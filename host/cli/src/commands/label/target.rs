//! Where a result goes: into a new file, or in place through a temporary file that takes the old one's name.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;

/// How many names are tried for a temporary file.
const MAX_TRIES: u32 = 100;

#[derive(Args)]
pub(super) struct Target {
    /// The new file; for one file only.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    pub(super) output: Option<PathBuf>,
    /// Change the files themselves, each through a temporary file beside it.
    #[arg(long)]
    in_place: bool,
}

impl Target {
    /// Refuses what was not said, or was said for more files than it can be for.
    pub(super) fn fits(&self, n_files: usize) -> Result<()> {
        if n_files > 1 && self.output.is_some() {
            bail!("`--output` is for one file, and {n_files} were named; use `--in-place`");
        }
        if self.output.is_none() && !self.in_place {
            bail!("say where the result goes: `--output FILE` for a new file, `--in-place` for the file itself");
        }
        Ok(())
    }

    /// The goal for one file. One that is there already is only written over in place.
    pub(super) fn goal(&self, path: &Path) -> Result<Goal> {
        match &self.output {
            Some(output) if fs::symlink_metadata(output).is_ok() => {
                bail!("`{}` is there already; name another file, or remove it first", output.display())
            }
            Some(output) => Ok(Goal(output.clone())),
            // A link stays a link: what it leads to is changed.
            None => Ok(Goal(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))),
        }
    }
}

/// The file that is written.
pub(super) struct Goal(PathBuf);

impl Goal {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes it whole or not at all, with the permissions of `like`.
    pub(super) fn write(&self, like: Option<&File>, fill: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
        let mut temporary = Temporary::new(&self.0)?;
        fill(&mut temporary.file)?;
        // A file that is written over has permissions of its own.
        let permissions = match like {
            Some(like) => Some(like.metadata()?.permissions()),
            None => fs::metadata(&self.0).ok().map(|found| found.permissions()),
        };
        if let Some(permissions) = permissions {
            temporary.file.set_permissions(permissions)?;
        }
        temporary.file.sync_all()?;
        renamed(&temporary.path, &self.0)
    }

    /// Gives a file that another program wrote its name, with the permissions of the one it was made from.
    pub(super) fn take(&self, written: &Path, like: &Path) -> Result<()> {
        fs::set_permissions(written, fs::metadata(like)?.permissions())?;
        File::open(written)?.sync_all()?;
        renamed(written, &self.0)
    }
}

fn renamed(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("`{}` cannot be written", to.display()))
}

/// A name beside a file, for what is not whole yet.
fn part_names(target: &Path) -> Result<impl Iterator<Item = PathBuf>> {
    let name = target.file_name().with_context(|| format!("`{}` is no name of a file", target.display()))?;
    let name = name.to_string_lossy().into_owned();
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let process = std::process::id();
    Ok((0..MAX_TRIES).map(move |n| folder.join(format!(".{name}.{process}-{n}.part"))))
}

/// Makes the first of these that is not there yet.
fn first_free<T>(target: &Path, make: impl Fn(&Path) -> std::io::Result<T>) -> Result<(T, PathBuf)> {
    for path in part_names(target)? {
        match make(&path) {
            Ok(made) => return Ok((made, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("`{}` cannot be written", target.display())),
        }
    }
    bail!("no temporary file could be made beside `{}`; remove those that end in `.part`", target.display())
}

/// A file beside the one that is written, which takes its name when it is whole, and is gone otherwise.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl Temporary {
    fn new(target: &Path) -> Result<Self> {
        let make = |path: &Path| OpenOptions::new().write(true).create_new(true).open(path);
        let (file, path) = first_free(target, make)?;
        Ok(Self { file, path })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the new name was given there is nothing under this one.
        let _ = fs::remove_file(&self.path);
    }
}

/// A folder beside the file that is written, for a program that writes files of its own; it is gone in the end.
pub(super) struct PartFolder(PathBuf);

impl PartFolder {
    pub(super) fn new(target: &Path) -> Result<Self> {
        let ((), path) = first_free(target, |path| fs::create_dir(path))?;
        Ok(Self(fs::canonicalize(path)?))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for PartFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
