//! The one way to files: a small trait, so that tests can record what reached the disk and cut it anywhere.

mod folder;
pub(crate) mod regular;

use std::io;

pub use folder::FolderDisk;

/// A folder of files. All paths are relative, with `/` between their parts.
///
/// The ledger calls it on its own threads and on those that search and verify. An implementation may block; it must not report that
/// something is synced before it would survive a power failure. After an error of a write or a sync the ledger writes no more.
pub trait Disk: Send + Sync {
    /// The whole contents of a file, if it has at most `max` bytes.
    ///
    /// # Errors
    /// `NotFound` where there is none; `FileTooLarge` where it is larger.
    fn read(&self, path: &str, max: u64) -> io::Result<Vec<u8>>;

    /// The plain names in a folder, sorted; none where there is no such folder.
    ///
    /// # Errors
    /// Where it cannot be listed.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Makes a folder in one that is there. One that is there already is no error.
    ///
    /// # Errors
    /// Where it cannot be made.
    fn make_folder(&self, path: &str) -> io::Result<()>;

    /// Makes a new, empty file, in place of one that has its name.
    ///
    /// # Errors
    /// Where it cannot be made.
    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file another name, in place of one that has it.
    ///
    /// # Errors
    /// Where it cannot.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// Where it is not there, or not empty.
    fn remove_folder(&self, path: &str) -> io::Result<()>;

    /// Waits until names that were made, changed or removed in a folder are on the disk.
    ///
    /// # Errors
    /// Where the disk does not confirm.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;

    /// Takes the lock of the folder for as long as the guard lives; nothing where somebody else has it.
    ///
    /// # Errors
    /// Where the system has no locks for it.
    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>>;
}

/// An open file that is written.
pub trait DiskFile: Send {
    /// Writes bytes at a place. What lies between the end and a later place reads as zeros.
    ///
    /// # Errors
    /// Where not all of them could be written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Waits until the contents are on the disk.
    ///
    /// # Errors
    /// Where the disk does not confirm.
    fn sync(&mut self) -> io::Result<()>;
}

/// The folder that a path lies in; the empty text is the top.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Makes every folder on the way to a file that is not there yet, each durable in its own.
pub(crate) fn make_folders(disk: &dyn Disk, path: &str) -> io::Result<()> {
    for (at, _) in path.match_indices('/') {
        let folder = path.get(..at).unwrap_or_default();
        let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        if disk.list(parent)?.iter().any(|other| other == name) {
            continue;
        }
        disk.make_folder(folder)?;
        disk.sync_folder(parent)?;
    }
    Ok(())
}

/// Writes a file whole or not at all, and durable: under another name first, synced, then renamed.
pub(crate) fn replace(disk: &dyn Disk, path: &str, bytes: &[u8]) -> io::Result<()> {
    let partial = format!("{path}.part");
    let mut file = disk.create(&partial)?;
    file.write_at(0, bytes)?;
    file.sync()?;
    drop(file);
    disk.rename(&partial, path)?;
    disk.sync_folder(folder_of(path))
}

/// The contents of a file; nothing where there is none.
pub(crate) fn read_if_there(disk: &dyn Disk, path: &str, max: u64) -> io::Result<Option<Vec<u8>>> {
    match disk.read(path, max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
