//! Looks at everything that lies in the folder of a log: what `verify` reads, the signed heads, the journals, and what was left behind.

use std::io;
use std::sync::Arc;

use super::log::LogReader;
use super::verify::{VerifyReport, verify};
use crate::disk::Disk;
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::checkpoint::Checkpoint;
use crate::format::note::NoteKey;
use crate::write::heads::{SLOTS, read_checkpoint};
use crate::write::recover::{Recovered, read_journals};
use crate::write::tree::CHECKPOINT;

/// How often a check is made again because whoever writes went on meanwhile.
const MAX_CHECKS: usize = 8;

/// What was found in the folder of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsckReport {
    /// What `verify` says of the newest head that was signed, with damage of heads and journals added.
    pub verified: VerifyReport,
    /// Durable records in journals that are not signed yet.
    pub n_unsigned: u64,
    /// Whether the newest head was signed and not published, because the ledger stopped in between. The tree has its root; the next
    /// start publishes it.
    pub is_unpublished: bool,
    /// Whether the last batch of a journal was cut. It was never acknowledged.
    pub is_torn: bool,
    /// Files that a stop left behind. The next start writes over them; they do no harm.
    pub left_behind: Vec<String>,
}

/// Checks the folder of a log, and the place of its signed heads. Nothing is changed. Whoever writes may go on meanwhile.
///
/// # Errors
/// Where the disk refuses, or there is no checkpoint.
pub fn fsck(disk: &Arc<dyn Disk>, heads: &Arc<dyn Disk>, key: &NoteKey) -> Result<FsckReport, LedgerError> {
    let mut n_checks = 0_usize;
    loop {
        let before = SignedHeads::read(&**disk, &**heads, key)?;
        let result = check(disk, &before, key);
        n_checks = n_checks.saturating_add(1);
        let is_settled = match &result {
            Ok(report) => report.verified.is_sound(),
            // A file that was listed may be gone by the time it is read.
            Err(LedgerError::Disk { source, .. }) => source.kind() != io::ErrorKind::NotFound,
            Err(_) => true,
        };
        if is_settled || n_checks >= MAX_CHECKS || SignedHeads::read(&**disk, &**heads, key)? == before {
            return result;
        }
    }
}

/// The heads that lie on the disk: the published one, and those in the slots.
#[derive(PartialEq, Eq)]
struct SignedHeads {
    /// Those that the key signed, each with its file; the published one is the first.
    signed: Vec<(&'static str, Checkpoint)>,
    /// Those that do not hold.
    damaged: Vec<(&'static str, Damage)>,
}

impl SignedHeads {
    fn read(disk: &dyn Disk, heads: &dyn Disk, key: &NoteKey) -> Result<Self, LedgerError> {
        let mut found = Self { signed: Vec::new(), damaged: Vec::new() };
        for (path, disk) in [(CHECKPOINT, disk), (SLOTS[0], heads), (SLOTS[1], heads)] {
            match read_checkpoint(disk, path, key)? {
                None => {}
                Some(Err(damage)) => found.damaged.push((path, damage)),
                Some(Ok(checkpoint)) => found.signed.push((path, checkpoint)),
            }
        }
        Ok(found)
    }

    /// The newest head whose root the tree on the disk has, with its file; of two of the same size the published one. A tree is
    /// durable before its head is signed: one that lacks what was signed has lost it, and stands among the damaged.
    fn newest(&mut self, disk: &Arc<dyn Disk>) -> Result<Option<(&'static str, Checkpoint)>, LedgerError> {
        let mut newest: Option<(&'static str, Checkpoint)> = None;
        for (path, checkpoint) in &self.signed {
            let head = checkpoint.head();
            let root = LogReader::at(disk.clone(), checkpoint.clone()).root_at(head.size);
            match root {
                Ok(root) if root == head.root => {}
                Ok(_) | Err(LedgerError::Damaged { .. }) => {
                    self.damaged.push((path, Damage::Root));
                    continue;
                }
                Err(other) => return Err(other),
            }
            if newest.as_ref().is_none_or(|(_, other)| head.size > other.head().size) {
                newest = Some((path, checkpoint.clone()));
            }
        }
        Ok(newest)
    }
}

/// Checks the folder once.
fn check(disk: &Arc<dyn Disk>, heads: &SignedHeads, key: &NoteKey) -> Result<FsckReport, LedgerError> {
    let mut heads = SignedHeads { signed: heads.signed.clone(), damaged: heads.damaged.clone() };
    let is_published = heads.signed.iter().any(|(path, _)| *path == CHECKPOINT);
    let newest = heads.newest(disk)?;
    let (path, mut reader) = match newest {
        Some((path, checkpoint)) => (path, LogReader::at(disk.clone(), checkpoint)),
        None => (CHECKPOINT, LogReader::open_unverified(disk.clone())?),
    };
    let mut verified = verify(&mut reader, std::slice::from_ref(key))?;
    let is_published = is_published || heads.damaged.iter().any(|(path, _)| *path == CHECKPOINT);
    for (path, damage) in heads.damaged {
        // `verify` has named a damaged checkpoint that it read.
        if !verified.problems.iter().any(|problem| problem.path == path && problem.damage == damage) {
            verified.add(path, damage);
        }
    }
    let head = reader.checkpoint().head().clone();
    // A log whose making was cut has the head of the empty tree and nothing that is published.
    if !is_published && path != CHECKPOINT && head.size > 0 {
        verified.add(CHECKPOINT, Damage::MissingFile);
    }
    let journals = verified.note(read_journals(disk, &head.origin, head.size))?;
    let Recovered { records, is_torn, .. } = journals.unwrap_or_default();
    let mut left_behind = Vec::new();
    collect_left_behind(&**disk, "", &mut left_behind)?;
    Ok(FsckReport {
        verified,
        n_unsigned: crate::format::reader::u64_of(records.len()),
        is_unpublished: path != CHECKPOINT,
        is_torn,
        left_behind,
    })
}

/// The files under a folder that were being written when the ledger stopped.
fn collect_left_behind(disk: &dyn Disk, folder: &str, found: &mut Vec<String>) -> Result<(), LedgerError> {
    let names = disk.list(folder).map_err(LedgerError::disk(DiskAction::Read, folder))?;
    for name in names {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        if path.ends_with(".part") {
            found.push(path);
        } else if is_folder(&path) {
            collect_left_behind(disk, &path, found)?;
        }
    }
    Ok(())
}

/// Whether a path of a log is a folder: files have names of their own, or lie at the bottom of `tile` and `body`.
pub(crate) fn is_folder(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match path.split('/').next() {
        Some("tile") => path.matches('/').count() <= 1 || name.starts_with('x') || name.ends_with(".p"),
        Some("body") => path.matches('/').count() <= 1 && !name.ends_with(".bin"),
        Some("signed") => path == "signed",
        _ => false,
    }
}
