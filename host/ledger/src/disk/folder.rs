//! A folder of the file system, through a handle that the embedder gave.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use cap_std::fs::{Dir, File, OpenOptions};

use super::{Disk, DiskFile, regular};

/// The file whose lock says that somebody writes.
const LOCK: &str = "lock";

/// A folder of the file system.
pub struct FolderDisk {
    dir: Dir,
}

impl FolderDisk {
    /// The disk that is this folder.
    pub fn new(dir: Dir) -> Self {
        Self { dir }
    }
}

/// The top folder as a path.
fn path_of(path: &str) -> &Path {
    Path::new(if path.is_empty() { "." } else { path })
}

impl Disk for FolderDisk {
    fn read(&self, path: &str, max: u64) -> io::Result<Vec<u8>> {
        let mut options = OpenOptions::new();
        options.read(true);
        let file = regular::open(&self.dir, path, &options)?;
        let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len().min(max)).unwrap_or_default());
        file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any file of its kind"));
        }
        Ok(bytes)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match self.dir.read_dir(path_of(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        match self.dir.create_dir(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        // A link under the name is replaced, not followed.
        match self.dir.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        Ok(Box::new(FolderFile { file: self.dir.open_with(path, &options)? }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.dir.rename(from, &self.dir, to)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.dir.remove_file(path)
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        self.dir.remove_dir(path)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        // Systems that cannot open a folder as a file need no such step.
        if cfg!(unix) { regular::open_folder(&self.dir, path_of(folder))?.sync_all() } else { Ok(()) }
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = regular::open(&self.dir, LOCK, &options)?.into_std();
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(error) => match io::Error::from(error) {
                error if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                error => Err(error),
            },
        }
    }
}

struct FolderFile {
    file: File,
}

impl DiskFile for FolderFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
