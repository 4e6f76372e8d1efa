//! A folder by handle: what is opened, made and renamed in it stays in it, whatever its path leads to by then.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Result;

use super::said::{OrSay as _, said};
use super::stop::Unfinished;

/// How many names are tried for a temporary file.
const MAX_TRIES: u32 = 100;
/// The letters of such a name.
const N_LETTERS: usize = 12;

/// A folder that is open.
pub(super) struct Folder(system::Handle);

/// Something new that is not whole yet, and its name in the folder.
pub(super) struct Part<T> {
    pub(super) made: T,
    pub(super) name: OsString,
    pub(super) unfinished: Unfinished,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let handle = system::open_folder(path);
        handle.map(Self).or_say(|| {
            let path = path.display();
            (format!("the folder `{path}` cannot be opened"), format!("文件夹 `{path}` 不能打开"))
        })
    }

    /// A file to read; a link or a pipe under this name is neither followed nor waited for.
    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        system::open_file(&self.0, name)
    }

    /// Whether something has this name; a link is something.
    pub(super) fn has(&self, name: &OsStr) -> bool {
        system::has(&self.0, name)
    }

    /// Whether this name is that of the file that is open.
    pub(super) fn is_name_of(&self, name: &OsStr, file: &File) -> io::Result<bool> {
        system::is_name_of(&self.0, name, file)
    }

    /// A new file beside `target`, a file of this folder, under a name that nobody can guess, for its owner alone.
    pub(super) fn new_part(&self, target: &Path) -> Result<Part<File>> {
        self.part(target, "file", system::new_file)
    }

    /// A new folder of that kind.
    pub(super) fn new_part_folder(&self, target: &Path) -> Result<Part<Self>> {
        self.part(target, "folder", |folder, name| system::new_folder(folder, name).map(Self))
    }

    fn part<T>(
        &self,
        target: &Path,
        kind: &str,
        make: impl Fn(&system::Handle, &OsStr) -> io::Result<T>,
    ) -> Result<Part<T>> {
        for _ in 0..MAX_TRIES {
            let name = part_name(target.file_name().unwrap_or_default());
            match Unfinished::make(target.with_file_name(&name), || make(&self.0, &name)) {
                Ok((made, unfinished)) => return Ok(Part { made, name, unfinished }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).or_say(|| no_part(kind)),
            }
        }
        let (en, zh) = no_part(kind);
        Err(said(format!("{en}; remove those that end in `.part`"), format!("{zh}；请删去以 `.part` 结尾的文件")))
    }

    /// Gives a file of another folder a name here, in the place of what has it.
    pub(super) fn take(&self, from: &Self, old: &OsStr, new: &OsStr) -> io::Result<()> {
        system::rename(&from.0, old, &self.0, new)
    }

    /// Gives a file of another folder a name here that nothing has.
    pub(super) fn take_new(&self, from: &Self, old: &OsStr, new: &OsStr) -> io::Result<()> {
        system::rename_new(&from.0, old, &self.0, new)
    }

    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        system::remove(&self.0, name, false)
    }

    pub(super) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        system::remove(&self.0, name, true)
    }

    /// Makes the names that were given last.
    pub(super) fn sync(&self) -> io::Result<()> {
        system::sync(&self.0)
    }
}

/// Of what kind something new could not be made, `file` or `folder`.
fn no_part(kind: &str) -> (String, String) {
    let zh = if kind == "file" { "文件" } else { "文件夹" };
    (format!("no temporary {kind} can be made beside it"), format!("不能在旁边建立临时{zh}"))
}

fn part_name(target: &OsStr) -> OsString {
    let mut name = OsString::from(".");
    // The longest name that a folder may have, less what is put around it.
    let shown: String = target.to_string_lossy().chars().take(48).collect();
    name.push(shown);
    name.push(".");
    let letters: String = std::iter::repeat_with(fastrand::alphanumeric).take(N_LETTERS).collect();
    name.push(letters);
    name.push(".part");
    name
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, open, openat, renameat, statat, unlinkat};

    pub(super) type Handle = OwnedFd;

    const OF_FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

    pub(super) fn open_folder(path: &Path) -> io::Result<Handle> {
        Ok(open(path, OF_FOLDER, Mode::empty())?)
    }

    pub(super) fn open_file(folder: &Handle, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(openat(folder, name, flags, Mode::empty())?.into())
    }

    pub(super) fn has(folder: &Handle, name: &OsStr) -> bool {
        statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    pub(super) fn is_name_of(folder: &Handle, name: &OsStr, file: &File) -> io::Result<bool> {
        let (named, own) = (open_file(folder, name)?.metadata()?, file.metadata()?);
        Ok((named.ino(), named.dev()) == (own.ino(), own.dev()))
    }

    pub(super) fn new_file(folder: &Handle, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    pub(super) fn new_folder(folder: &Handle, name: &OsStr) -> io::Result<Handle> {
        mkdirat(folder, name, Mode::RWXU)?;
        Ok(openat(folder, name, OF_FOLDER | OFlags::NOFOLLOW, Mode::empty())?)
    }

    pub(super) fn rename(from: &Handle, old: &OsStr, to: &Handle, new: &OsStr) -> io::Result<()> {
        Ok(renameat(from, old, to, new)?)
    }

    /// A second name first, which never takes the place of what is there.
    pub(super) fn rename_new(from: &Handle, old: &OsStr, to: &Handle, new: &OsStr) -> io::Result<()> {
        match rustix::fs::linkat(from, old, to, new, AtFlags::empty()) {
            Ok(()) => Ok(unlinkat(from, old, AtFlags::empty())?),
            Err(rustix::io::Errno::EXIST) => Err(io::ErrorKind::AlreadyExists.into()),
            // Some file systems have no second names.
            Err(_) if has(to, new) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => rename(from, old, to, new),
        }
    }

    pub(super) fn remove(folder: &Handle, name: &OsStr, is_folder: bool) -> io::Result<()> {
        Ok(unlinkat(folder, name, if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() })?)
    }

    pub(super) fn sync(folder: &Handle) -> io::Result<()> {
        match rustix::fs::fsync(folder) {
            // Not every file system can do that for a folder.
            Err(rustix::io::Errno::INVAL) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Where there are no handles of folders, names are joined to the folder's path.
#[cfg(not(unix))]
mod system {
    use std::ffi::OsStr;
    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::path::{Path, PathBuf};

    pub(super) type Handle = PathBuf;

    pub(super) fn open_folder(path: &Path) -> io::Result<Handle> {
        fs::canonicalize(path)
    }

    pub(super) fn open_file(folder: &Handle, name: &OsStr) -> io::Result<File> {
        File::open(folder.join(name))
    }

    pub(super) fn has(folder: &Handle, name: &OsStr) -> bool {
        fs::symlink_metadata(folder.join(name)).is_ok()
    }

    pub(super) fn is_name_of(folder: &Handle, name: &OsStr, file: &File) -> io::Result<bool> {
        let (named, own) = (fs::symlink_metadata(folder.join(name))?, file.metadata()?);
        Ok(named.len() == own.len() && named.modified()? == own.modified()?)
    }

    pub(super) fn new_file(folder: &Handle, name: &OsStr) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(folder.join(name))
    }

    pub(super) fn new_folder(folder: &Handle, name: &OsStr) -> io::Result<Handle> {
        let path = folder.join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }

    pub(super) fn rename(from: &Handle, old: &OsStr, to: &Handle, new: &OsStr) -> io::Result<()> {
        fs::rename(from.join(old), to.join(new))
    }

    pub(super) fn rename_new(from: &Handle, old: &OsStr, to: &Handle, new: &OsStr) -> io::Result<()> {
        if has(to, new) { Err(io::ErrorKind::AlreadyExists.into()) } else { rename(from, old, to, new) }
    }

    pub(super) fn remove(folder: &Handle, name: &OsStr, is_folder: bool) -> io::Result<()> {
        let path = folder.join(name);
        if is_folder { fs::remove_dir(path) } else { fs::remove_file(path) }
    }

    pub(super) fn sync(_folder: &Handle) -> io::Result<()> {
        Ok(())
    }
}
