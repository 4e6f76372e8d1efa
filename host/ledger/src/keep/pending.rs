//! What is being taken away, written down before it goes, so that a stop in the middle is made good at the next start.

use serde::{Deserialize, Serialize};

use crate::disk::{Disk, read_if_there, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::entry::Class;

/// The file.
const PENDING: &str = "pending";
/// The most bytes of it.
const MAX_PENDING_BYTES: u64 = 16 << 20;

/// What is being taken away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Pending {
    /// The bodies of these records.
    Erase(Vec<u64>),
    /// All bodies of a class.
    Expire(Class),
    /// The keys of an epoch.
    DestroyKeys(u32),
}

impl Pending {
    /// What the file of a log says; nothing where there is none.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Option<Self>, LedgerError> {
        let read = read_if_there(disk, PENDING, MAX_PENDING_BYTES);
        let Some(bytes) = read.map_err(LedgerError::disk(DiskAction::Read, PENDING))? else { return Ok(None) };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|_| LedgerError::damaged(PENDING, Damage::Unreadable))
    }

    /// Writes it down, durable.
    pub(crate) fn write(&self, disk: &dyn Disk) -> Result<(), LedgerError> {
        let bytes = serde_json::to_vec(self).map_err(|source| LedgerError::NoJson { kind: "erase", source })?;
        replace(disk, PENDING, &bytes).map_err(LedgerError::disk(DiskAction::Write, PENDING))
    }

    /// Writes down that nothing is being taken away any more.
    pub(crate) fn clear(disk: &dyn Disk) -> Result<(), LedgerError> {
        let removed = disk.remove(PENDING).and_then(|()| disk.sync_folder(""));
        removed.map_err(LedgerError::disk(DiskAction::Remove, PENDING))
    }
}
