//! A disk in memory that records every operation, can fail any of them, and can say what a power failure may leave of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};

use crate::disk::{Disk, DiskFile, folder_of};
use crate::format::frame::SECTOR;

/// One operation, as far as it changes what is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    MakeFolder(String),
    Create { path: String, file: usize },
    Write { file: usize, offset: usize, bytes: Vec<u8> },
    Sync { file: usize, path: String },
    Rename { from: String, to: String, file: usize },
    Remove(String),
    RemoveFolder(String),
    SyncFolder(String),
}

/// What is on a disk: folders, names, and the contents of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Contents {
    folders: BTreeSet<String>,
    names: BTreeMap<String, usize>,
    files: BTreeMap<usize, Vec<u8>>,
}

impl Contents {
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::MakeFolder(path) => {
                self.folders.insert(path.clone());
            }
            Operation::Create { path, file } => {
                self.names.insert(path.clone(), *file);
            }
            Operation::Write { file, offset, bytes } => {
                let contents = self.files.entry(*file).or_default();
                let end = offset + bytes.len();
                if contents.len() < end {
                    contents.resize(end, 0);
                }
                contents[*offset..end].copy_from_slice(bytes);
            }
            Operation::Rename { from, to, file } => {
                self.names.remove(from);
                self.names.insert(to.clone(), *file);
            }
            Operation::Remove(path) => {
                self.names.remove(path);
            }
            Operation::RemoveFolder(path) => {
                self.folders.remove(path);
            }
            Operation::Sync { .. } | Operation::SyncFolder(_) => {}
        }
    }

    /// Without names in folders that are not there, and without files that have no name.
    fn cleaned(mut self) -> Self {
        let folders = self.folders.clone();
        self.folders.retain(|folder| folder_of(folder).is_empty() || folders.contains(folder_of(folder)));
        let folders = self.folders.clone();
        self.names.retain(|path, _| folder_of(path).is_empty() || folders.contains(folder_of(path)));
        let named: BTreeSet<usize> = self.names.values().copied().collect();
        self.files.retain(|file, _| named.contains(file));
        self
    }

    /// All files with their contents.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.names.iter().map(|(path, file)| (path.as_str(), self.files.get(file).map_or(&[][..], Vec::as_slice)))
    }
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing of it happens.
    Refused,
    /// Half of a write happens.
    Short,
}

#[derive(Default)]
struct State {
    /// What was there, durable, before anything was recorded.
    base: Contents,
    contents: Contents,
    operations: Vec<Operation>,
    next_file: usize,
    /// Operations until one fails, and how.
    fails: Option<(usize, Failure)>,
    /// Writes that a sync failed to make durable: the system takes them for written, and they are not.
    lost: BTreeSet<usize>,
}

/// The disk.
#[derive(Default)]
pub(crate) struct RecordingDisk {
    state: Arc<Mutex<State>>,
    locked: Arc<Mutex<bool>>,
}

impl RecordingDisk {
    /// A disk that has these contents and no history.
    pub(crate) fn with(contents: Contents) -> Self {
        let next_file = contents.files.keys().chain(contents.names.values()).max().map_or(0, |last| last + 1);
        let state = State { base: contents.clone(), contents, next_file, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), locked: Arc::default() }
    }

    pub(crate) fn n_operations(&self) -> usize {
        self.state.lock().unwrap().operations.len()
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.state.lock().unwrap().operations.clone()
    }

    pub(crate) fn contents(&self) -> Contents {
        self.state.lock().unwrap().contents.clone()
    }

    /// Writes that will never be durable.
    pub(crate) fn lost(&self) -> BTreeSet<usize> {
        self.state.lock().unwrap().lost.clone()
    }

    /// What a power failure may leave now: of what was not synced all, nothing, and all but one.
    pub(crate) fn left_by_power_failure(&self) -> BTreeSet<Contents> {
        let state = self.state.lock().unwrap();
        let crash = Crash { base: &state.base, operations: &state.operations, lost: &state.lost };
        let unsynced = crash.unsynced();
        let mut all = BTreeSet::from([crash.replay(&|_| true), crash.replay(&|at| !unsynced.contains(&at))]);
        all.extend(unsynced.iter().map(|one| crash.replay(&|at| at != *one)));
        all
    }

    /// Lets an operation fail: the one after so many others.
    pub(crate) fn fail_after(&self, n: usize, failure: Failure) {
        self.state.lock().unwrap().fails = Some((n, failure));
    }

    /// Lets nothing fail any more.
    pub(crate) fn mend(&self) {
        self.state.lock().unwrap().fails = None;
    }

    /// Puts bytes under a name, past all records.
    pub(crate) fn overwrite(&self, path: &str, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap();
        let file = state.next_file;
        state.next_file += 1;
        state.contents.names.insert(path.to_owned(), file);
        state.contents.files.insert(file, bytes.to_vec());
    }
}

impl State {
    fn run(&mut self, operation: Operation) -> io::Result<()> {
        let failure = match &mut self.fails {
            Some((0, failure)) => Some(*failure),
            Some((n, _)) => {
                *n -= 1;
                None
            }
            None => None,
        };
        let Some(failure) = failure else {
            self.contents.apply(&operation);
            self.operations.push(operation);
            return Ok(());
        };
        self.fails = None;
        match (failure, operation) {
            (Failure::Short, Operation::Write { file, offset, bytes }) => {
                let half = Operation::Write { file, offset, bytes: bytes[..bytes.len() / 2].to_vec() };
                self.contents.apply(&half);
                self.operations.push(half);
            }
            (_, Operation::Sync { file, .. }) => {
                let of_file =
                    |operation: &Operation| matches!(operation, Operation::Write { file: other, .. } if *other == file);
                let synced = self
                    .operations
                    .iter()
                    .rposition(|o| matches!(o, Operation::Sync { file: other, .. } if *other == file));
                let since = synced.map_or(0, |at| at + 1);
                let lost = (since..self.operations.len()).filter(|at| of_file(&self.operations[*at]));
                let lost: Vec<usize> = lost.collect();
                self.lost.extend(lost);
            }
            (Failure::Refused | Failure::Short, _) => {}
        }
        Err(io::Error::other("the disk was told to fail"))
    }
}

impl Disk for RecordingDisk {
    fn read(&self, path: &str, max: u64) -> io::Result<Vec<u8>> {
        let state = self.state.lock().unwrap();
        let file = state.contents.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        let bytes = state.contents.files.get(file).cloned().unwrap_or_default();
        if u64::try_from(bytes.len()).unwrap() > max { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let state = self.state.lock().unwrap();
        let paths = state.contents.names.keys().chain(&state.contents.folders);
        let mut names: Vec<String> = paths
            .filter(|path| folder_of(path) == folder)
            .map(|path| path.rsplit('/').next().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        Ok(names)
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        self.state.lock().unwrap().run(Operation::MakeFolder(path.to_owned()))
    }

    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state.lock().unwrap();
        let file = state.next_file;
        state.next_file += 1;
        state.run(Operation::Create { path: path.to_owned(), file })?;
        Ok(Box::new(RecordingFile { state: self.state.clone(), file, path: path.to_owned() }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let file = *state.contents.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        state.run(Operation::Rename { from: from.to_owned(), to: to.to_owned(), file })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if !state.contents.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.run(Operation::Remove(path.to_owned()))
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        self.state.lock().unwrap().run(Operation::RemoveFolder(path.to_owned()))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.state.lock().unwrap().run(Operation::SyncFolder(folder.to_owned()))
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        let mut locked = self.locked.lock().unwrap();
        if *locked {
            return Ok(None);
        }
        *locked = true;
        Ok(Some(Box::new(Guard(self.locked.clone()))))
    }
}

/// Frees the lock when it goes.
struct Guard(Arc<Mutex<bool>>);

impl Drop for Guard {
    fn drop(&mut self) {
        *self.0.lock().unwrap() = false;
    }
}

struct RecordingFile {
    state: Arc<Mutex<State>>,
    file: usize,
    path: String,
}

impl DiskFile for RecordingFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.state.lock().unwrap().run(Operation::Write { file: self.file, offset, bytes: bytes.to_vec() })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.state.lock().unwrap().run(Operation::Sync { file: self.file, path: self.path.clone() })
    }
}

/// Operations on a disk, and what it had before, all of it durable.
struct Crash<'a> {
    base: &'a Contents,
    operations: &'a [Operation],
    lost: &'a BTreeSet<usize>,
}

impl Crash<'_> {
    /// The operations that may be undone by a power failure.
    fn unsynced(&self) -> Vec<usize> {
        (0..self.operations.len()).filter(|at| !self.is_safe(*at)).collect()
    }

    fn is_safe(&self, at: usize) -> bool {
        let later = &self.operations[at + 1..];
        let folder_synced =
            |path: &str| later.iter().any(|o| matches!(o, Operation::SyncFolder(f) if f == folder_of(path)));
        match &self.operations[at] {
            Operation::Write { file, .. } => {
                !self.lost.contains(&at)
                    && later.iter().any(|o| matches!(o, Operation::Sync { file: other, .. } if other == file))
            }
            Operation::MakeFolder(path)
            | Operation::Create { path, .. }
            | Operation::Remove(path)
            | Operation::RemoveFolder(path)
            | Operation::Rename { to: path, .. } => folder_synced(path),
            Operation::Sync { .. } | Operation::SyncFolder(_) => true,
        }
    }

    /// What is there once some of the operations were done.
    fn replay(&self, is_done: &dyn Fn(usize) -> bool) -> Contents {
        self.replay_as(&|at| is_done(at).then(|| self.operations[at].clone()))
    }

    /// The same with operations that were done in another way.
    fn replay_as(&self, done: &dyn Fn(usize) -> Option<Operation>) -> Contents {
        let mut contents = self.base.clone();
        for at in 0..self.operations.len() {
            if let Some(operation) = done(at) {
                contents.apply(&operation);
            }
        }
        contents.cleaned()
    }
}

/// Everything that a power failure after some operations may leave: what was synced, and of the rest all, nothing, all but one, one
/// alone, and each write torn at a sector.
pub(crate) fn after_power_failure(operations: &[Operation], lost: &BTreeSet<usize>) -> BTreeSet<Contents> {
    let base = Contents::default();
    let crash = Crash { base: &base, operations, lost };
    let unsynced = crash.unsynced();
    let mut all = BTreeSet::from([crash.replay(&|_| true), crash.replay(&|at| !unsynced.contains(&at))]);
    for one in &unsynced {
        all.insert(crash.replay(&|at| at != *one));
        all.insert(crash.replay(&|at| at == *one || !unsynced.contains(&at)));
        for keeps_first in [true, false] {
            let torn = torn(&operations[*one], keeps_first);
            all.insert(crash.replay_as(&|at| if at == *one { torn.clone() } else { Some(operations[at].clone()) }));
        }
    }
    all
}

/// The first or the last sectors of a write.
fn torn(operation: &Operation, keeps_first: bool) -> Option<Operation> {
    let Operation::Write { file, offset, bytes } = operation else { return Some(operation.clone()) };
    let half = bytes.len() / SECTOR / 2 * SECTOR;
    if half == 0 {
        return None;
    }
    Some(if keeps_first {
        Operation::Write { file: *file, offset: *offset, bytes: bytes[..half].to_vec() }
    } else {
        Operation::Write { file: *file, offset: offset + half, bytes: bytes[half..].to_vec() }
    })
}
