//! Looks at everything that lies in the folder of a log: what `verify` reads, the signed heads, the journals, and what was left behind.

use std::sync::Arc;

use super::log::LogReader;
use super::verify::{VerifyReport, verify};
use crate::disk::Disk;
use crate::error::{DiskAction, LedgerError};
use crate::format::note::NoteKey;
use crate::write::heads::{SLOTS, read_checkpoint};
use crate::write::recover::read_journals;

/// What was found in the folder of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsckReport {
    /// What `verify` says, with damage of heads and journals added.
    pub verified: VerifyReport,
    /// Durable records in journals that are not signed yet.
    pub n_unsigned: u64,
    /// Whether the last batch of a journal was cut. It was never acknowledged.
    pub is_torn: bool,
    /// Files that a stop left behind. The next start writes over them; they do no harm.
    pub left_behind: Vec<String>,
}

/// Checks the folder of a log, and the place of its signed heads. Nothing is changed.
///
/// # Errors
/// Where the disk refuses, or there is no checkpoint.
pub fn fsck(disk: &Arc<dyn Disk>, heads: &Arc<dyn Disk>, key: &NoteKey) -> Result<FsckReport, LedgerError> {
    let mut reader = LogReader::open_unverified(disk.clone())?;
    let mut verified = verify(&mut reader, std::slice::from_ref(key))?;
    let head = reader.checkpoint().head().clone();
    for path in SLOTS {
        match read_checkpoint(&**heads, path, key)? {
            None => {}
            Some(Err(damage)) => verified.add(path, damage),
            Some(Ok(slot)) if slot.head().size > head.size => verified.add(path, crate::error::Damage::Root),
            Some(Ok(_)) => {}
        }
    }
    let journals = verified.note(read_journals(disk, &head.origin, head.size))?.unwrap_or_default();
    let mut left_behind = Vec::new();
    collect_left_behind(&**disk, "", &mut left_behind)?;
    Ok(FsckReport {
        verified,
        n_unsigned: crate::format::reader::u64_of(journals.records.len()),
        is_torn: journals.is_torn,
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
fn is_folder(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    match path.split('/').next() {
        Some("tile") => path.matches('/').count() <= 1 || name.starts_with('x') || name.ends_with(".p"),
        Some("body") => path.matches('/').count() <= 1 && !name.ends_with(".bin"),
        Some("signed") => path == "signed",
        _ => false,
    }
}
