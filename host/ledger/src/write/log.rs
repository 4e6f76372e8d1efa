//! Opens a log for writing: lock, signed head, tree, journals.

use std::sync::Arc;

use crate::disk::Disk;
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::checkpoint::{Checkpoint, Head};
use crate::format::entry::EntryKind;
use crate::format::merkle::empty_root;
use crate::format::note::{NoteSigner, is_name};
use crate::format::reader::u64_of;
use crate::read::fsck::is_folder;
use crate::read::tiles::Tiles;
use crate::write::heads::{FoundHeads, Heads, SLOTS_FOLDER, read_checkpoint};
use crate::write::journal::{FOLDER, Journal, JournalMaker, remove};
use crate::write::recover::{MAX_JOURNAL_BYTES, read_journals};
use crate::write::tree::{CHECKPOINT, Signers, Tree};

/// How many bytes a journal is zeroed to, unless the embedder says otherwise.
pub(crate) const JOURNAL_BYTES: u64 = 8 << 20;
/// The fewest.
const LEAST_JOURNAL_BYTES: u64 = 4_096;
/// The most: with the batch that it begins with, one is always read again.
const MOST_JOURNAL_BYTES: u64 = MAX_JOURNAL_BYTES / 2;

/// What a boot says of a log that ended: the name of the next one.
pub(crate) const ENDED_FOR: &str = "ended-for";

/// What a log is opened with.
pub(crate) struct LogOptions {
    pub(crate) origin: String,
    pub(crate) signers: Vec<Box<dyn NoteSigner>>,
    /// Where signed heads are kept; the log's own folder where there is no other.
    pub(crate) heads: Option<Arc<dyn Disk>>,
    pub(crate) journal_bytes: u64,
}

/// How a log was found when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether it was made now.
    pub is_new: bool,
    /// Whether the last stop was clean: everything was signed, and no journal was left.
    pub is_clean: bool,
    /// How many records were taken from journals.
    pub n_recovered: u64,
    /// Whether a batch was cut by the stop. It was never acknowledged.
    pub is_torn: bool,
    /// Copies of the signed head that do not hold. Another one did, and they are written again.
    pub damaged_heads: Vec<String>,
    /// The boot and the number of the last record before this boot.
    pub last: Option<(String, u64)>,
    /// The log that this one ended for, where it ended: it takes looks, and what keeps and takes away its records, and nothing else.
    pub ended_for: Option<String>,
}

/// A log that is open for writing.
pub(crate) struct Log {
    journal: Journal,
    tree: Tree,
    maker: JournalMaker,
    lock: Box<dyn Send + Sync>,
}

impl Log {
    /// Opens a log, and makes it where its folder is empty. Everything that the journals have is signed when it returns.
    pub(crate) fn open(disk: Arc<dyn Disk>, options: LogOptions) -> Result<(Self, OpenReport), LedgerError> {
        let LogOptions { origin, signers, heads, journal_bytes } = options;
        let lock = disk.lock().map_err(LedgerError::disk(DiskAction::Lock, "lock"))?.ok_or(LedgerError::Locked)?;
        if !is_name(&origin) {
            return Err(LedgerError::BadOrigin { origin });
        }
        let signers = Signers(signers);
        let key = signers.0.first().map(|signer| signer.verifier()).ok_or(LedgerError::Unsigned)?;
        if key.name() != origin {
            return Err(LedgerError::Unsigned);
        }
        let heads = heads.unwrap_or_else(|| disk.clone());
        confirm(&*disk, &*heads)?;
        let (mut heads, mut found) = Heads::read(heads, &key)?;
        let published = read_checkpoint(&*disk, CHECKPOINT, &key)?;
        let (checkpoint, is_new) = match newest(&*disk, &mut found, published)? {
            Some(checkpoint) => (checkpoint, false),
            None => {
                let head = Head { origin: origin.clone(), size: 0, root: empty_root() };
                let checkpoint = signers.sign(head)?;
                heads.write(&checkpoint)?;
                (checkpoint, true)
            }
        };
        if checkpoint.head().origin != origin {
            return Err(LedgerError::OtherOrigin { found: checkpoint.head().origin.clone(), wanted: origin });
        }
        let mut tree = Self::tree(&disk, heads, signers, checkpoint)?;
        let recovered = read_journals(&disk, &origin, tree.checkpoint().head().size)?;
        tree.integrate(&recovered.records)?;
        tree.publish(!found.damaged.is_empty())?;
        let number = recovered.numbers.last().map_or(1, |last| last.saturating_add(1));
        let is_clean = recovered.numbers.is_empty();
        remove(&*disk, recovered.numbers)?;
        let maker =
            JournalMaker { disk, origin, capacity: journal_bytes.clamp(LEAST_JOURNAL_BYTES, MOST_JOURNAL_BYTES) };
        let size = tree.checkpoint().head().size;
        let journal = Journal::new(maker.clone(), number, size)?;
        let report = OpenReport {
            is_new,
            is_clean: is_clean && !recovered.is_torn,
            n_recovered: u64_of(recovered.records.len()),
            is_torn: recovered.is_torn,
            damaged_heads: found.damaged,
            last: last_record(tree.disk(), size)?,
            ended_for: ended_for(tree.disk(), size)?,
        };
        Ok((Self { journal, tree, maker, lock }, report))
    }

    /// The tree of a head. One that is not on the disk was rolled back.
    fn tree(disk: &Arc<dyn Disk>, heads: Heads, signers: Signers, checkpoint: Checkpoint) -> Result<Tree, LedgerError> {
        let head = checkpoint.head().clone();
        let rolled_back = || LedgerError::RolledBack { signed: head.size, root: head.root };
        let found = crate::format::merkle::root(&mut Tiles::new(disk.clone(), head.size), head.size);
        match found {
            Ok(root) if root == head.root => Tree::open(disk.clone(), heads, signers, checkpoint),
            Ok(_) | Err(LedgerError::Damaged { damage: Damage::MissingFile, .. }) => Err(rolled_back()),
            Err(other) => Err(other),
        }
    }

    /// The parts, for threads of their own; the lock goes with whoever keeps it.
    pub(crate) fn into_parts(self) -> (Journal, Tree, JournalMaker, Box<dyn Send + Sync>) {
        (self.journal, self.tree, self.maker, self.lock)
    }
}

/// Makes durable which files and folders there are. An earlier run may have ended because the disk did not confirm a name that is seen
/// all the same: it would go with the next power failure, and with it what was written there since.
fn confirm(disk: &dyn Disk, heads: &dyn Disk) -> Result<(), LedgerError> {
    let sync =
        |disk: &dyn Disk, folder: &str| disk.sync_folder(folder).map_err(LedgerError::disk(DiskAction::Write, folder));
    let list = |folder: &str| disk.list(folder).map_err(LedgerError::disk(DiskAction::Read, folder));
    sync(disk, "")?;
    sync(heads, "")?;
    // After a clean stop everything further down was confirmed.
    if list(FOLDER)?.is_empty() {
        return Ok(());
    }
    let slots = heads.list("").map_err(LedgerError::disk(DiskAction::Read, SLOTS_FOLDER))?;
    if slots.iter().any(|name| name == SLOTS_FOLDER) {
        sync(heads, SLOTS_FOLDER)?;
    }
    let mut folders = vec![FOLDER.to_owned()];
    folders.extend(list("")?.into_iter().filter(|name| ["tile", "body"].contains(&name.as_str())));
    while let Some(folder) = folders.pop() {
        sync(disk, &folder)?;
        let inner = list(&folder)?.into_iter().map(|name| format!("{folder}/{name}"));
        folders.extend(inner.filter(|path| is_folder(path)));
    }
    Ok(())
}

/// The newest head that holds, of the slots and the published checkpoint; nothing where the log is new.
fn newest(
    disk: &dyn Disk,
    found: &mut FoundHeads,
    published: Option<Result<Checkpoint, Damage>>,
) -> Result<Option<Checkpoint>, LedgerError> {
    let published = match published {
        None => None,
        Some(Ok(checkpoint)) => Some(checkpoint),
        Some(Err(_)) => {
            found.damaged.push(CHECKPOINT.to_owned());
            None
        }
    };
    let is_there = |folder: &str| -> Result<bool, LedgerError> {
        Ok(!disk.list(folder).map_err(LedgerError::disk(DiskAction::Read, folder))?.is_empty())
    };
    match (found.newest.take(), published) {
        // Somebody took the heads away: nothing says that this is the newest state.
        (None, Some(_)) if found.damaged.is_empty() => Err(LedgerError::damaged("signed", Damage::MissingFile)),
        (None, Some(checkpoint)) => Ok(Some(checkpoint)),
        (Some(slot), None) => Ok(Some(slot)),
        (Some(slot), Some(checkpoint)) => {
            let (a, b) = (slot.head(), checkpoint.head());
            if a.size == b.size && a.root != b.root {
                return Err(LedgerError::damaged(CHECKPOINT, Damage::Root));
            }
            if b.size > a.size && found.damaged.is_empty() {
                found.damaged.push("signed".to_owned());
            }
            // The published one has the cosignatures.
            Ok(Some(if b.size >= a.size { checkpoint } else { slot }))
        }
        (None, None) if !found.damaged.is_empty() || is_there("tile")? || is_there(FOLDER)? => {
            Err(LedgerError::damaged(CHECKPOINT, Damage::MissingFile))
        }
        (None, None) => Ok(None),
    }
}

/// The boot and the number of the last record of a log.
fn last_record(disk: &Arc<dyn Disk>, size: u64) -> Result<Option<(String, u64)>, LedgerError> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    let entry = Tiles::new(disk.clone(), size).entry(last)?;
    Ok(Some((entry.boot, entry.n)))
}

/// The log that this one ended for; nothing where it goes on. Behind its end a log has looks and entries about itself alone, and each boot
/// there says so.
fn ended_for(disk: &Arc<dyn Disk>, size: u64) -> Result<Option<String>, LedgerError> {
    let mut tiles = Tiles::new(disk.clone(), size);
    for index in (0..size).rev() {
        let entry = tiles.entry(index)?;
        match entry.kind {
            EntryKind::Close => return Ok(entry.word("next").map(str::to_owned)),
            EntryKind::Boot => return Ok(entry.word(ENDED_FOR).map(str::to_owned)),
            EntryKind::Restrict
            | EntryKind::Erase
            | EntryKind::Expire
            | EntryKind::Key
            | EntryKind::Gap
            | EntryKind::Read => {}
            EntryKind::Opened
            | EntryKind::Declared
            | EntryKind::Decision
            | EntryKind::Settlement
            | EntryKind::Kept
            | EntryKind::Breach
            | EntryKind::Lawful
            | EntryKind::Measure
            | EntryKind::Refuted
            | EntryKind::Edition => return Ok(None),
        }
    }
    Ok(None)
}
