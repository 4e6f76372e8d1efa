//! Turns records that are durable into tiles, files of bodies and a signed head.
//!
//! The order is what makes it safe: files, read back, head in its slot, checkpoint. A head is signed over what was read back from the
//! disk alone, and only after it was compared with the head before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::disk::{Disk, folder_of, make_folders, read_if_there, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::body_file::{self, BLOCK, BodyFile, MAX_FILE_BYTES};
use crate::format::checkpoint::{Checkpoint, Head};
use crate::format::entry::Class;
use crate::format::merkle::{Edge, Hash, consistency, is_consistent, leaf_hash, root};
use crate::format::note::{MAX_NOTE_BYTES, NoteSigner};
use crate::format::reader::u64_of;
use crate::format::tile::{
    HEIGHT, WIDTH, entries_to_bytes, entry_tile, hash_tile, hashes_to_bytes, partial_folder, root_of, width_of,
};
use crate::read::body::{classes, read_file};
use crate::read::tiles::Tiles;
use crate::write::heads::Heads;

/// The file of the checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";

/// A record that is durable in the journal.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    pub(crate) index: u64,
    /// The leaf.
    pub(crate) entry: Vec<u8>,
    /// Salt and JSON; empty where there is none.
    pub(crate) body: Vec<u8>,
    pub(crate) class: Option<Class>,
}

impl Committed {
    /// How many bytes it has.
    pub(crate) fn n_bytes(&self) -> u64 {
        u64_of(self.entry.len().saturating_add(self.body.len()))
    }
}

/// The keys that sign heads: the first is the log's own.
pub(crate) struct Signers(pub(crate) Vec<Box<dyn NoteSigner>>);

impl Signers {
    pub(crate) fn sign(&self, head: Head) -> Result<Checkpoint, LedgerError> {
        let all: Vec<&dyn NoteSigner> = self.0.iter().map(AsRef::as_ref).collect();
        if all.is_empty() {
            return Err(LedgerError::Unsigned);
        }
        Checkpoint::sign(head, &all).ok_or(LedgerError::Unsigned)
    }
}

/// The tree of a log, with the unfinished tiles and files of bodies at its right edge.
pub(crate) struct Tree {
    disk: Arc<dyn Disk>,
    heads: Heads,
    signers: Signers,
    checkpoint: Checkpoint,
    edge: Edge,
    /// The unfinished tile of each level of tiles.
    rows: Vec<Vec<Hash>>,
    /// The unfinished tile of entries.
    entries: Vec<Vec<u8>>,
    /// The files of bodies of the last block.
    files: BTreeMap<Class, BodyFile>,
}

impl Tree {
    /// The tree as it was signed last.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        heads: Heads,
        signers: Signers,
        checkpoint: Checkpoint,
    ) -> Result<Self, LedgerError> {
        let size = checkpoint.head().size;
        let mut tiles = Tiles::new(disk.clone(), size);
        let edge = Edge::read(&mut tiles, size)?;
        let mut rows = Vec::new();
        for level in 0..8_u8 {
            let n_nodes = size.checked_shr(u32::from(level.saturating_mul(HEIGHT))).unwrap_or(0);
            if n_nodes == 0 {
                break;
            }
            let open = n_nodes % WIDTH;
            rows.push(if open == 0 { Vec::new() } else { tiles.hashes(level, n_nodes / WIDTH)? });
        }
        let entries = if size.is_multiple_of(WIDTH) { Vec::new() } else { tiles.entries(size / WIDTH)?.to_vec() };
        let mut tree = Self { disk, heads, signers, checkpoint, edge, rows, entries, files: BTreeMap::new() };
        tree.load_files()?;
        Ok(tree)
    }

    pub(crate) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// Reads the files of bodies of the last block anew, without what was never signed.
    pub(crate) fn load_files(&mut self) -> Result<(), LedgerError> {
        self.files.clear();
        let size = self.checkpoint.head().size;
        if size.is_multiple_of(BLOCK) {
            return Ok(());
        }
        for class in classes(&*self.disk)? {
            let path = body_file::path(&class.to_string(), size);
            let Some(mut file) = read_file(&*self.disk, &path)? else { continue };
            file.truncate(body_file::place_of(size)).map_err(LedgerError::disk(DiskAction::Read, &path))?;
            self.files.insert(class, file);
        }
        Ok(())
    }

    /// Adds records, writes what they change, reads it back and signs the new head.
    pub(crate) fn integrate(&mut self, records: &[Committed]) -> Result<(), LedgerError> {
        let old = self.checkpoint.head().size;
        if records.is_empty() {
            return Ok(());
        }
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for record in records {
            self.push(record, &mut files);
        }
        self.unfinished(old, &mut files);
        self.bodies(records, &mut files)?;
        self.write(&files)?;
        self.read_back(&files)?;
        self.sign()?;
        self.remove_superseded(old)
    }

    /// Adds one entry; tiles that it fills are to be written.
    fn push(&mut self, record: &Committed, files: &mut BTreeMap<String, Vec<u8>>) {
        let mut hash = leaf_hash(&record.entry);
        self.edge.push(hash);
        self.entries.push(record.entry.clone());
        if u64_of(self.entries.len()) == WIDTH {
            let all = std::mem::take(&mut self.entries);
            let bytes = entries_to_bytes(all.iter().map(Vec::as_slice));
            files.insert(entry_tile(record.index / WIDTH, WIDTH), bytes);
        }
        let mut number = record.index;
        for level in 0..8_u8 {
            let at = usize::from(level);
            if self.rows.len() <= at {
                self.rows.push(Vec::new());
            }
            let Some(row) = self.rows.get_mut(at) else { return };
            row.push(hash);
            number /= WIDTH;
            if u64_of(row.len()) < WIDTH {
                return;
            }
            let all = std::mem::take(row);
            files.insert(hash_tile(level, number, WIDTH), hashes_to_bytes(&all));
            let Some(above) = root_of(&all) else { return };
            hash = above;
        }
    }

    /// The unfinished tiles that changed since a size.
    fn unfinished(&self, old: u64, files: &mut BTreeMap<String, Vec<u8>>) {
        let size = self.edge.size();
        for (level, row) in (0_u8..).zip(&self.rows) {
            let shift = u32::from(level.saturating_mul(HEIGHT));
            let (before, now) = (old >> shift, size >> shift);
            if !row.is_empty() && before != now {
                files.insert(hash_tile(level, now / WIDTH, u64_of(row.len())), hashes_to_bytes(row));
            }
        }
        if !self.entries.is_empty() {
            let path = entry_tile(size / WIDTH, u64_of(self.entries.len()));
            files.insert(path, entries_to_bytes(self.entries.iter().map(Vec::as_slice)));
        }
    }

    /// The files of bodies that change.
    fn bodies(&mut self, records: &[Committed], files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), LedgerError> {
        let mut rest = records;
        while let Some(first) = rest.first() {
            let block = first.index / BLOCK;
            let n = rest.partition_point(|record| record.index / BLOCK == block);
            let (own, later) = rest.split_at(n);
            if body_file::place_of(first.index) == 0 {
                self.files.clear();
            }
            let mut by_class: BTreeMap<Class, Vec<(u16, Vec<u8>)>> = BTreeMap::new();
            for record in own {
                if let Some(class) = record.class {
                    let place = body_file::stored_place(record.index);
                    by_class.entry(class).or_default().push((place, record.body.clone()));
                }
            }
            for (class, bodies) in by_class {
                let path = body_file::path(&class.to_string(), first.index);
                let file = self.files.entry(class).or_default();
                file.push(bodies).map_err(LedgerError::disk(DiskAction::Read, &path))?;
                files.insert(path, file.to_bytes());
            }
            rest = later;
        }
        Ok(())
    }

    /// Writes files, all durable when it returns.
    fn write(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<(), LedgerError> {
        let mut folders: BTreeSet<&str> = BTreeSet::new();
        for (path, bytes) in files {
            let folder = folder_of(path);
            let failed = || LedgerError::disk(DiskAction::Write, path);
            if folders.insert(folder) {
                make_folders(&*self.disk, path).map_err(failed())?;
            }
            let partial = format!("{path}.part");
            let mut file = self.disk.create(&partial).map_err(failed())?;
            file.write_at(0, bytes).map_err(failed())?;
            file.sync().map_err(failed())?;
            self.disk.rename(&partial, path).map_err(failed())?;
        }
        for folder in folders {
            self.disk.sync_folder(folder).map_err(LedgerError::disk(DiskAction::Write, folder))?;
        }
        Ok(())
    }

    /// Reads back what was written, and computes the root again from the disk alone.
    fn read_back(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<(), LedgerError> {
        for (path, bytes) in files {
            let read = self.disk.read(path, MAX_FILE_BYTES).map_err(LedgerError::disk(DiskAction::Read, path))?;
            if read != *bytes {
                return Err(LedgerError::damaged(path, Damage::Unreadable));
            }
        }
        let (old, size) = (self.checkpoint.head(), self.edge.size());
        let mut tiles = Tiles::new(self.disk.clone(), size);
        let new = root(&mut tiles, size)?;
        let proof = consistency(&mut tiles, old.size, size)?;
        if new != self.edge.root() || !is_consistent((old.size, old.root), (size, new), &proof) {
            return Err(LedgerError::damaged("tile", Damage::Root));
        }
        for tile in old.size / WIDTH..size.div_ceil(WIDTH) {
            let hashes = tiles.hashes(0, tile)?;
            let leaves: Vec<Hash> = tiles.entries(tile)?.iter().map(|entry| leaf_hash(entry)).collect();
            if leaves != hashes {
                return Err(LedgerError::damaged(entry_tile(tile, WIDTH), Damage::Node));
            }
        }
        Ok(())
    }

    /// Signs the head, in its slot first.
    fn sign(&mut self) -> Result<(), LedgerError> {
        let head =
            Head { origin: self.checkpoint.head().origin.clone(), size: self.edge.size(), root: self.edge.root() };
        let checkpoint = self.signers.sign(head)?;
        self.heads.write(&checkpoint)?;
        let text = checkpoint.to_string();
        replace(&*self.disk, CHECKPOINT, text.as_bytes()).map_err(LedgerError::disk(DiskAction::Write, CHECKPOINT))?;
        self.checkpoint = checkpoint;
        Ok(())
    }

    /// Writes the head again that was signed last, where the published one is another, and its slot where one was damaged.
    pub(crate) fn publish(&mut self, repairs_slots: bool) -> Result<(), LedgerError> {
        if repairs_slots {
            self.heads.write(&self.checkpoint)?;
        }
        let text = self.checkpoint.to_string();
        let read = read_if_there(&*self.disk, CHECKPOINT, MAX_NOTE_BYTES);
        let published = read.map_err(LedgerError::disk(DiskAction::Read, CHECKPOINT))?;
        if published.is_some_and(|published| published == text.as_bytes()) {
            return Ok(());
        }
        replace(&*self.disk, CHECKPOINT, text.as_bytes()).map_err(LedgerError::disk(DiskAction::Write, CHECKPOINT))
    }

    /// Adds the cosignatures of another note over the head that was signed last. Whether it was over that head.
    pub(crate) fn cosign(&mut self, other: &Checkpoint) -> Result<bool, LedgerError> {
        let mut checkpoint = self.checkpoint.clone();
        if !checkpoint.add(other) {
            return Ok(false);
        }
        let text = checkpoint.to_string();
        replace(&*self.disk, CHECKPOINT, text.as_bytes()).map_err(LedgerError::disk(DiskAction::Write, CHECKPOINT))?;
        self.checkpoint = checkpoint;
        Ok(true)
    }

    /// Removes unfinished states of tiles that later ones replace. What a stop leaves behind goes the next time.
    fn remove_superseded(&self, old: u64) -> Result<(), LedgerError> {
        let size = self.edge.size();
        let mut tiles: Vec<(String, u64)> = Vec::new();
        for level in 0..8_u8 {
            let shift = u32::from(level.saturating_mul(HEIGHT));
            let tile = (old >> shift) / WIDTH;
            tiles.push((hash_tile(level, tile, WIDTH), width_of(level, tile, size)));
        }
        tiles.push((entry_tile(old / WIDTH, WIDTH), width_of(0, old / WIDTH, size)));
        for (full, width) in tiles {
            let folder = partial_folder(&full);
            let others = self.disk.list(&folder).map_err(LedgerError::disk(DiskAction::Read, &folder))?;
            let keeps = |name: &str| width < WIDTH && name.parse().is_ok_and(|other: u64| other >= width);
            for name in others.iter().filter(|name| !keeps(name)) {
                let path = format!("{folder}/{name}");
                self.disk.remove(&path).map_err(LedgerError::disk(DiskAction::Remove, &path))?;
            }
        }
        Ok(())
    }
}
