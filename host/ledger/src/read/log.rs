//! Reads a log up to a checkpoint: entries, bodies, proofs.

use std::sync::Arc;

use super::body::{Bodies, BodyState};
use super::tiles::Tiles;
use crate::disk::Disk;
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::Entry;
use crate::format::merkle::{Hash, inclusion, leaf_hash, root, root_of_inclusion};
use crate::format::note::{MAX_NOTE_BYTES, NoteKey};
use crate::format::proof::Proof;
use crate::write::tree::CHECKPOINT;

/// A log as a checkpoint has it. It takes no lock: whoever writes goes on beside it.
pub struct LogReader {
    disk: Arc<dyn Disk>,
    checkpoint: Checkpoint,
    pub(crate) tiles: Tiles,
    bodies: Bodies,
}

impl LogReader {
    /// Opens a log at its published checkpoint, which one of these keys has to have signed.
    ///
    /// # Errors
    /// Where there is no checkpoint, or none of the keys signed it.
    pub fn open(disk: Arc<dyn Disk>, keys: &[NoteKey]) -> Result<Self, LedgerError> {
        let reader = Self::open_unverified(disk)?;
        if keys.iter().any(|key| reader.checkpoint.is_signed_by(key)) {
            Ok(reader)
        } else {
            Err(LedgerError::damaged(CHECKPOINT, Damage::Signature))
        }
    }

    /// Opens a log at its published checkpoint, whoever signed it.
    ///
    /// # Errors
    /// Where there is no checkpoint.
    pub fn open_unverified(disk: Arc<dyn Disk>) -> Result<Self, LedgerError> {
        let bytes = disk.read(CHECKPOINT, MAX_NOTE_BYTES).map_err(LedgerError::disk(DiskAction::Read, CHECKPOINT))?;
        let checkpoint = std::str::from_utf8(&bytes).ok().and_then(Checkpoint::parse);
        let checkpoint = checkpoint.ok_or_else(|| LedgerError::damaged(CHECKPOINT, Damage::Unreadable))?;
        Ok(Self::at(disk, checkpoint))
    }

    pub(crate) fn at(disk: Arc<dyn Disk>, checkpoint: Checkpoint) -> Self {
        let tiles = Tiles::new(disk.clone(), checkpoint.head().size);
        let bodies = Bodies::new(disk.clone());
        Self { disk, checkpoint, tiles, bodies }
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// How many entries it has.
    pub fn size(&self) -> u64 {
        self.checkpoint.head().size
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// An entry. Whether it is the one that was signed is for [`LogReader::prove`] to tell.
    ///
    /// # Errors
    /// Where there is none, or it cannot be read.
    pub fn entry(&mut self, index: u64) -> Result<Entry, LedgerError> {
        self.tiles.entry(index)
    }

    /// The bytes of an entry: what is hashed.
    ///
    /// # Errors
    /// As [`LogReader::entry`].
    pub fn leaf(&mut self, index: u64) -> Result<Vec<u8>, LedgerError> {
        self.tiles.leaf(index)
    }

    /// What is left of the body of an entry. A body that is there has the hash that its entry has for it.
    ///
    /// # Errors
    /// Where it cannot be read, or is another one.
    pub fn body(&mut self, index: u64) -> Result<BodyState, LedgerError> {
        let entry = self.tiles.entry(index)?;
        self.bodies.get(index, &entry)
    }

    /// The root that the log had at a size, up to that of its checkpoint: whoever kept an earlier one compares.
    ///
    /// # Errors
    /// Where the log is shorter, or its tiles cannot be read.
    pub fn root_at(&mut self, size: u64) -> Result<Hash, LedgerError> {
        if size > self.size() {
            return Err(LedgerError::NoRecord { index: size, size: self.size() });
        }
        root(&mut self.tiles, size)
    }

    /// The proof that an entry stands in the log, made from the tiles and tried before it is returned.
    ///
    /// # Errors
    /// Where there is no such entry, or it is not the one that was signed.
    pub fn prove(&mut self, index: u64) -> Result<Proof, LedgerError> {
        let leaf = self.tiles.leaf(index)?;
        let head = self.checkpoint.head().clone();
        let hashes = inclusion(&mut self.tiles, index, head.size)?;
        if root_of_inclusion(leaf_hash(&leaf), index, head.size, &hashes) != Some(head.root) {
            return Err(LedgerError::damaged("tile", Damage::Entry { index }));
        }
        Ok(Proof { index, hashes, checkpoint: self.checkpoint.clone() })
    }
}
