//! The journal: the only files that anybody waits for. A batch is one write and one sync.

use std::sync::Arc;

use crate::disk::{Disk, DiskFile, make_folders};
use crate::error::{DiskAction, LedgerError};
use crate::format::frame::{Batch, Framed, SECTOR};
use crate::format::merkle::Hash;
use crate::format::reader::u64_of;

/// What the first sector of a journal begins with.
const MAGIC: &[u8; 20] = b"specialis journal 1\n";
/// How much is zeroed in one write.
const ZEROS: usize = 1 << 20;
/// The folder of journals.
pub(crate) const FOLDER: &str = "journal";

/// The path of a journal.
pub(crate) fn path_of(number: u64) -> String {
    format!("{FOLDER}/{number:012}.wal")
}

/// The number of a journal, from its name.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    name.strip_suffix(".wal")?.parse().ok()
}

/// The first sector of a journal of a log.
pub(crate) fn header(origin: &str, number: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(Hash::of(origin.as_bytes()).0);
    bytes.extend(number.to_le_bytes());
    let check = crc32fast::hash(&bytes);
    bytes.extend(check.to_le_bytes());
    bytes.resize(SECTOR, b'.');
    bytes
}

/// How journals of a log are made.
#[derive(Clone)]
pub(crate) struct JournalMaker {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) origin: String,
    /// How many bytes a journal is zeroed to.
    pub(crate) capacity: u64,
}

/// A journal that is durable and has no batch yet.
pub(crate) struct EmptyJournal {
    pub(crate) number: u64,
    file: Box<dyn DiskFile>,
}

impl JournalMaker {
    /// Makes a journal, zeroed and durable.
    pub(crate) fn make(&self, number: u64) -> Result<EmptyJournal, LedgerError> {
        let path = path_of(number);
        let made = || {
            make_folders(&*self.disk, &path)?;
            let mut file = self.disk.create(&path)?;
            let mut offset = u64_of(SECTOR);
            while offset < self.capacity {
                let n = self.capacity.saturating_sub(offset).min(u64_of(ZEROS));
                file.write_at(offset, &vec![0; usize::try_from(n).unwrap_or(ZEROS)])?;
                offset = offset.saturating_add(n);
            }
            file.write_at(0, &header(&self.origin, number))?;
            file.sync()?;
            self.disk.sync_folder(FOLDER)?;
            Ok(EmptyJournal { number, file })
        };
        made().map_err(LedgerError::disk(DiskAction::Write, &path))
    }
}

/// The journals of a log that is being written.
pub(crate) struct Journal {
    maker: JournalMaker,
    open: EmptyJournal,
    offset: u64,
    /// The index of the next record.
    next: u64,
}

/// A journal that is full: its number, and the index after its last record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FullJournal {
    pub(crate) number: u64,
    pub(crate) end: u64,
}

impl Journal {
    /// Begins with an empty journal.
    pub(crate) fn new(maker: JournalMaker, number: u64, next: u64) -> Result<Self, LedgerError> {
        let open = maker.make(number)?;
        Ok(Self { maker, open, offset: u64_of(SECTOR), next })
    }

    /// The number that the next journal has, once this one is at least half full.
    pub(crate) fn wants_spare(&self) -> Option<u64> {
        (self.offset >= self.maker.capacity / 2).then(|| self.open.number.saturating_add(1))
    }

    /// Whether these bytes need another journal.
    pub(crate) fn is_full_for(&self, n_bytes: u64) -> bool {
        self.offset.saturating_add(n_bytes) > self.maker.capacity && self.offset > u64_of(SECTOR)
    }

    /// Goes on in another journal: the one that was made ahead, or a new one. The one that is full is needed until its records
    /// are signed.
    pub(crate) fn rotate(&mut self, spare: Option<EmptyJournal>) -> Result<FullJournal, LedgerError> {
        let number = self.open.number.saturating_add(1);
        let open = match spare.filter(|spare| spare.number == number) {
            Some(spare) => spare,
            None => self.maker.make(number)?,
        };
        let full = FullJournal { number: self.open.number, end: self.next };
        self.open = open;
        self.offset = u64_of(SECTOR);
        Ok(full)
    }

    /// Writes a batch, durable when it returns: the index of its first record. After an error nothing may be written any more.
    pub(crate) fn commit(&mut self, bytes: &[u8], n_records: u64) -> Result<u64, LedgerError> {
        let first = self.next;
        let written = self.open.file.write_at(self.offset, bytes).and_then(|()| self.open.file.sync());
        written.map_err(LedgerError::disk(DiskAction::Write, &path_of(self.open.number)))?;
        self.offset = self.offset.saturating_add(u64_of(bytes.len()));
        self.next = first.saturating_add(n_records);
        Ok(first)
    }

    /// The batch of these records, as it is written next.
    pub(crate) fn batch(&self, records: Vec<Framed>) -> Batch {
        Batch { first: self.next, records }
    }

    /// The last journal, once nothing is written any more.
    pub(crate) fn close(&self) -> FullJournal {
        FullJournal { number: self.open.number, end: self.next }
    }
}

/// Removes journals. Which of them are gone after a power failure does not matter: all they had is signed.
pub(crate) fn remove(disk: &dyn Disk, numbers: impl IntoIterator<Item = u64>) -> Result<(), LedgerError> {
    let mut any = false;
    for number in numbers {
        let path = path_of(number);
        match disk.remove(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(LedgerError::disk(DiskAction::Remove, &path)(error));
            }
            Ok(()) | Err(_) => any = true,
        }
    }
    if any {
        disk.sync_folder(FOLDER).map_err(LedgerError::disk(DiskAction::Remove, FOLDER))?;
    }
    Ok(())
}
