//! The last signed head, kept apart from the data: two slots, of which one is always whole.

use std::sync::Arc;

use crate::disk::{Disk, make_folders, read_if_there, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::checkpoint::Checkpoint;
use crate::format::note::{MAX_NOTE_BYTES, NoteKey};

/// The two slots.
pub(crate) const SLOTS: [&str; 2] = ["signed/a", "signed/b"];

/// The folder of the slots.
pub(crate) const SLOTS_FOLDER: &str = "signed";

/// Where the last signed heads are.
pub(crate) struct Heads {
    disk: Arc<dyn Disk>,
    /// Which slot is written next.
    next: usize,
}

/// What the slots said.
pub(crate) struct FoundHeads {
    /// The newest that holds.
    pub(crate) newest: Option<Checkpoint>,
    /// Slots that are there and do not hold.
    pub(crate) damaged: Vec<String>,
}

impl Heads {
    /// Reads both slots.
    pub(crate) fn read(disk: Arc<dyn Disk>, key: &NoteKey) -> Result<(Self, FoundHeads), LedgerError> {
        let mut found = FoundHeads { newest: None, damaged: Vec::new() };
        let mut next = 0;
        for (at, path) in SLOTS.iter().enumerate() {
            match read_checkpoint(&*disk, path, key)? {
                None => {}
                Some(Err(_)) => found.damaged.push((*path).to_owned()),
                Some(Ok(checkpoint)) => {
                    let size = checkpoint.head().size;
                    let newest = found.newest.as_ref().map(|newest| newest.head().clone());
                    match newest {
                        Some(newest) if newest.size == size && newest.root != checkpoint.head().root => {
                            return Err(LedgerError::damaged(*path, Damage::Root));
                        }
                        Some(newest) if newest.size > size => next = at,
                        Some(_) | None => {
                            found.newest = Some(checkpoint);
                            next = (at + 1) % SLOTS.len();
                        }
                    }
                }
            }
        }
        Ok((Self { disk, next }, found))
    }

    /// Writes a head to the slot that does not have the last one, durable.
    pub(crate) fn write(&mut self, checkpoint: &Checkpoint) -> Result<(), LedgerError> {
        let Some(path) = SLOTS.get(self.next) else { return Ok(()) };
        let written = make_folders(&*self.disk, path)
            .and_then(|()| replace(&*self.disk, path, checkpoint.to_string().as_bytes()));
        written.map_err(LedgerError::disk(DiskAction::Write, path))?;
        self.next = (self.next + 1) % SLOTS.len();
        Ok(())
    }
}

/// A checkpoint from a file: nothing where there is none, and the damage where it does not hold.
pub(crate) fn read_checkpoint(
    disk: &dyn Disk,
    path: &str,
    key: &NoteKey,
) -> Result<Option<Result<Checkpoint, Damage>>, LedgerError> {
    let bytes = read_if_there(disk, path, MAX_NOTE_BYTES).map_err(LedgerError::disk(DiskAction::Read, path))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let parsed = std::str::from_utf8(&bytes).ok().and_then(Checkpoint::parse);
    Ok(Some(match parsed {
        None => Err(Damage::Unreadable),
        Some(checkpoint) if checkpoint.is_signed_by(key) => Ok(checkpoint),
        Some(_) => Err(Damage::Signature),
    }))
}
