//! Reads what the journals have beyond the signed head. Nothing is trusted, and nothing is cut that was ever acknowledged.

use std::sync::Arc;

use crate::disk::Disk;
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::entry::Entry;
use crate::format::frame::{Batch, Framed, SECTOR, Tail, tail};
use crate::format::merkle::{Hash, leaf_hash};
use crate::format::reader::{u64_of, usize_of};
use crate::format::tile::WIDTH;
use crate::read::tiles::Tiles;
use crate::write::journal::{FOLDER, header, number_of, path_of};
use crate::write::tree::Committed;

/// The most bytes of a journal that is read.
pub(crate) const MAX_JOURNAL_BYTES: u64 = 1 << 30;

/// What the journals have.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Records beyond the signed head, in order.
    pub(crate) records: Vec<Committed>,
    /// The numbers of all journals that are there.
    pub(crate) numbers: Vec<u64>,
    /// Whether the last batch was torn. It was never acknowledged.
    pub(crate) is_torn: bool,
}

/// Reads all journals of a log whose signed head has a size.
pub(crate) fn read_journals(disk: &Arc<dyn Disk>, origin: &str, size: u64) -> Result<Recovered, LedgerError> {
    let names = disk.list(FOLDER).map_err(LedgerError::disk(DiskAction::Read, FOLDER))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    let mut found = Recovered { numbers: numbers.clone(), ..Recovered::default() };
    let mut reading = Reading { tiles: Tiles::new(disk.clone(), size), next: None };
    for (at, number) in numbers.iter().enumerate() {
        let path = path_of(*number);
        let bytes = disk.read(&path, MAX_JOURNAL_BYTES).map_err(LedgerError::disk(DiskAction::Read, &path))?;
        let is_last = at.saturating_add(1) == numbers.len();
        let batches = read_journal(&bytes, origin, *number, is_last)
            .ok_or_else(|| LedgerError::damaged(&path, Damage::Journal))?;
        // A torn batch is the last thing that was written: in an earlier journal, only if the later ones are empty.
        if found.is_torn && !batches.all.is_empty() {
            return Err(LedgerError::damaged(&path, Damage::Journal));
        }
        found.is_torn |= batches.is_torn;
        for batch in batches.all {
            reading.add(&path, batch, &mut found.records)?;
        }
    }
    Ok(found)
}

struct Batches {
    all: Vec<Batch>,
    is_torn: bool,
}

/// The batches of a journal; nothing where it was damaged after it was written.
fn read_journal(bytes: &[u8], origin: &str, number: u64, is_last: bool) -> Option<Batches> {
    let none = Batches { all: Vec::new(), is_torn: false };
    let (head, mut rest) = bytes.split_at_checked(SECTOR).unwrap_or((bytes, &[]));
    if head != header(origin, number) {
        // One that was being made when the power failed: it has nothing, and nothing comes after it.
        return (is_last && rest.iter().all(|byte| *byte == 0)).then_some(none);
    }
    let mut all = Vec::new();
    while let Some((batch, n_bytes)) = Batch::read(rest) {
        all.push(batch);
        rest = rest.get(n_bytes..).unwrap_or_default();
    }
    match tail(rest) {
        Tail::Clean => Some(Batches { all, is_torn: false }),
        Tail::Torn => Some(Batches { all, is_torn: true }),
        Tail::Damaged => None,
    }
}

/// Where the reading of batches stands.
struct Reading {
    tiles: Tiles,
    next: Option<u64>,
}

impl Reading {
    /// Adds the records of a batch that are beyond the signed head; those below have to be the ones that were signed.
    fn add(&mut self, path: &str, batch: Batch, records: &mut Vec<Committed>) -> Result<(), LedgerError> {
        let size = self.tiles.size();
        let expected = self.next.unwrap_or(batch.first.min(size));
        // Of journals that are not needed any more, any may be gone.
        let is_gap_below = expected < batch.first && batch.first <= size;
        if batch.first != expected && !is_gap_below {
            let damage = Damage::MissingRecords { from: expected, until: batch.first };
            return Err(LedgerError::damaged(path, damage));
        }
        for (index, record) in (batch.first..).zip(batch.records) {
            self.next = Some(index.saturating_add(1));
            if index < size {
                if self.signed(index)? != Some(leaf_hash(&record.entry)) {
                    return Err(LedgerError::damaged(path, Damage::Entry { index }));
                }
            } else {
                records.push(committed(path, index, record)?);
            }
        }
        self.next = self.next.or(Some(batch.first));
        Ok(())
    }

    /// The hash that was signed for an entry.
    fn signed(&mut self, index: u64) -> Result<Option<Hash>, LedgerError> {
        let hashes = self.tiles.hashes(0, index / WIDTH)?;
        Ok(hashes.get(usize_of(index % WIDTH)).copied())
    }
}

/// A record of the journal, its body held to the hash in its entry.
fn committed(path: &str, index: u64, record: Framed) -> Result<Committed, LedgerError> {
    let damaged = |damage| LedgerError::damaged(path, damage);
    let entry = Entry::from_bytes(&record.entry).ok_or_else(|| damaged(Damage::Entry { index }))?;
    let is_body = match entry.body_hash() {
        Some(hash) => hash == Hash::of(&record.body) && entry.len.map(u64::from) == Some(u64_of(record.body.len())),
        None => record.body.is_empty(),
    };
    if !is_body {
        return Err(damaged(Damage::Body { index }));
    }
    Ok(Committed { index, entry: record.entry, body: record.body, class: entry.class })
}
