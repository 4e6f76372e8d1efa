//! Reads tiles of hashes and of entries from a disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::disk::{Disk, read_if_there};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::entry::{Entry, MAX_ENTRY_BYTES};
use crate::format::merkle::{Hash, Nodes};
use crate::format::reader::{u64_of, usize_of};
use crate::format::tile::{
    HEIGHT, WIDTH, entries_from_bytes, entry_tile, hash_tile, hashes_from_bytes, partial_folder, root_of, width_of,
};

/// The bytes of a full tile of hashes.
const HASH_TILE_BYTES: u64 = 32 * WIDTH;
/// The most bytes of a tile of entries.
const ENTRY_TILE_BYTES: u64 = WIDTH * (u64_const(MAX_ENTRY_BYTES) + 2);
/// How many tiles are kept in memory.
const CACHED: usize = 64;

const fn u64_const(n: usize) -> u64 {
    n as u64
}

/// The tiles of a log up to a size.
pub(crate) struct Tiles {
    disk: Arc<dyn Disk>,
    size: u64,
    cached: BTreeMap<(u8, u64), Vec<Hash>>,
    entries: Option<(u64, Vec<Vec<u8>>)>,
}

impl Tiles {
    pub(crate) fn new(disk: Arc<dyn Disk>, size: u64) -> Self {
        Self { disk, size, cached: BTreeMap::new(), entries: None }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of a tile, as many as belong to the size.
    pub(crate) fn hashes(&mut self, level: u8, index: u64) -> Result<Vec<Hash>, LedgerError> {
        if let Some(hashes) = self.cached.get(&(level, index)) {
            return Ok(hashes.clone());
        }
        let width = width_of(level, index, self.size);
        let (path, bytes) = self.find(&|width| hash_tile(level, index, width), width, HASH_TILE_BYTES)?;
        let found = u64_of(bytes.len() / 32);
        let mut hashes = hashes_from_bytes(&bytes, found)
            .filter(|hashes| u64_of(hashes.len()) >= width)
            .ok_or_else(|| LedgerError::damaged(path, Damage::Unreadable))?;
        hashes.truncate(usize_of(width));
        if self.cached.len() >= CACHED {
            self.cached.clear();
        }
        self.cached.insert((level, index), hashes.clone());
        Ok(hashes)
    }

    /// The entries of a tile, as many as belong to the size.
    pub(crate) fn entries(&mut self, index: u64) -> Result<&[Vec<u8>], LedgerError> {
        if self.entries.as_ref().is_none_or(|(number, _)| *number != index) {
            let width = width_of(0, index, self.size);
            let (path, bytes) = self.find(&|width| entry_tile(index, width), width, ENTRY_TILE_BYTES)?;
            let full = path.rsplit_once(".p/").and_then(|(_, width)| width.parse().ok()).unwrap_or(WIDTH);
            let mut entries = entries_from_bytes(&bytes, full)
                .filter(|entries| u64_of(entries.len()) >= width)
                .ok_or_else(|| LedgerError::damaged(path, Damage::Unreadable))?;
            entries.truncate(usize_of(width));
            self.entries = Some((index, entries));
        }
        Ok(self.entries.as_ref().map(|(_, entries)| entries.as_slice()).unwrap_or_default())
    }

    /// The bytes of an entry.
    pub(crate) fn leaf(&mut self, index: u64) -> Result<Vec<u8>, LedgerError> {
        if index >= self.size {
            return Err(LedgerError::NoRecord { index, size: self.size });
        }
        let place = usize_of(index % WIDTH);
        let leaf = self.entries(index / WIDTH)?.get(place).cloned();
        leaf.ok_or_else(|| LedgerError::damaged(entry_tile(index / WIDTH, WIDTH), Damage::Unreadable))
    }

    /// An entry.
    pub(crate) fn entry(&mut self, index: u64) -> Result<Entry, LedgerError> {
        let leaf = self.leaf(index)?;
        let damaged = || LedgerError::damaged(entry_tile(index / WIDTH, WIDTH), Damage::Entry { index });
        Entry::from_leaf(&leaf).ok_or_else(damaged)
    }

    /// The file of a tile with at least a width: that one, the full one, or a wider unfinished state.
    fn find(
        &self,
        path: &dyn Fn(u64) -> String,
        width: u64,
        full_bytes: u64,
    ) -> Result<(String, Vec<u8>), LedgerError> {
        let full = path(WIDTH);
        for candidate in [path(width), full.clone()] {
            let read = read_if_there(&*self.disk, &candidate, full_bytes);
            if let Some(bytes) = read.map_err(LedgerError::disk(DiskAction::Read, &candidate))? {
                return Ok((candidate, bytes));
            }
        }
        let folder = partial_folder(&full);
        let others = self.disk.list(&folder).map_err(LedgerError::disk(DiskAction::Read, &folder))?;
        let wider = others.iter().filter_map(|other| other.parse::<u64>().ok()).filter(|other| *other > width).min();
        if let Some(wider) = wider {
            let candidate = path(wider);
            let read = self.disk.read(&candidate, full_bytes);
            return Ok((candidate.clone(), read.map_err(LedgerError::disk(DiskAction::Read, &candidate))?));
        }
        Err(LedgerError::damaged(path(width), Damage::MissingFile))
    }
}

impl Nodes for Tiles {
    type Error = LedgerError;

    fn node(&mut self, level: u8, index: u64) -> Result<Hash, LedgerError> {
        let (tile_level, inner) = (level / HEIGHT, u32::from(level % HEIGHT));
        let per_tile = WIDTH >> inner;
        let (tile, place) = (index / per_tile, index % per_tile);
        let hashes = self.hashes(tile_level, tile)?;
        let start = usize_of(place << inner);
        let end = usize_of(place.saturating_add(1) << inner);
        let root = hashes.get(start..end).and_then(root_of);
        root.ok_or_else(|| LedgerError::damaged(hash_tile(tile_level, tile, WIDTH), Damage::Unreadable))
    }
}
