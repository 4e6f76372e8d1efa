//! Timestamps that authorities gave on checkpoints, beside the log: `stamp/SIZE.checkpoint` is what was stamped, `.tsq` the request,
//! `.tsr` the response.

use jiff::Timestamp;

use crate::disk::{Disk, make_folders, read_if_there, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::checkpoint::Checkpoint;
use crate::format::note::MAX_NOTE_BYTES;
use crate::format::stamp::{MAX_RESPONSE_BYTES, StampError, StampRequest, nonce};
use crate::read::log::LogReader;

/// The folder.
const FOLDER: &str = "stamp";

/// A checkpoint that an authority stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// How many entries the log had.
    pub size: u64,
    /// When, by the clock of the authority.
    pub time: Timestamp,
    /// The checkpoint, byte by byte as it was stamped.
    pub checkpoint: Vec<u8>,
    /// The response.
    pub response: Vec<u8>,
}

fn path(size: u64, ending: &str) -> String {
    format!("{FOLDER}/{size}.{ending}")
}

impl LogReader {
    /// Keeps the checkpoint, and makes the request for a timestamp on it. A request before it over the same size does not count any
    /// more.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn request_stamp(&self) -> Result<StampRequest, LedgerError> {
        let stamped = self.checkpoint().to_string();
        let size = self.size();
        let nonce =
            nonce().map_err(|error| LedgerError::Entropy { source: std::io::Error::other(error.to_string()) })?;
        let request = StampRequest::new(stamped.as_bytes(), nonce);
        for (ending, bytes) in [("checkpoint", stamped.into_bytes()), ("tsq", request.to_der())] {
            self.put(&path(size, ending), &bytes)?;
        }
        Ok(request)
    }

    /// Keeps the response of an authority beside the request that it answers.
    ///
    /// # Errors
    /// Where it answers none, or cannot be written.
    pub fn add_stamp(&self, response: &[u8]) -> Result<Stamp, LedgerError> {
        let mut why = StampError::OtherImprint;
        for size in sizes(&**self.disk(), "tsq")?.into_iter().rev() {
            let asked = path(size, "tsq");
            let request = read(&**self.disk(), &asked, MAX_NOTE_BYTES)?;
            let request = request.as_deref().and_then(StampRequest::parse);
            let request = request.ok_or_else(|| LedgerError::damaged(asked, Damage::Unreadable))?;
            match request.check(response) {
                Ok(_) => {
                    self.put(&path(size, "tsr"), response)?;
                    let kept = self.stamp(size)?;
                    return kept.ok_or_else(|| LedgerError::damaged(path(size, "checkpoint"), Damage::MissingFile));
                }
                // Of all reasons the one that says most.
                Err(StampError::OtherImprint) => {}
                Err(other) => why = other,
            }
        }
        Err(LedgerError::BadStamp { source: why })
    }

    /// The stamps that the log has, by size.
    ///
    /// # Errors
    /// Where one is damaged, is over something else, or its checkpoint is not an earlier state of this log.
    pub fn stamps(&mut self) -> Result<Vec<Stamp>, LedgerError> {
        let mut stamps = Vec::new();
        for size in sizes(&**self.disk(), "tsr")? {
            let Some(stamp) = self.stamp(size)? else { continue };
            let damaged = |damage| LedgerError::damaged(path(size, "checkpoint"), damage);
            let text = std::str::from_utf8(&stamp.checkpoint).ok().and_then(Checkpoint::parse);
            let head = text.ok_or_else(|| damaged(Damage::Unreadable))?.head().clone();
            let is_own = head.origin == self.checkpoint().head().origin && head.size == size;
            if !is_own || size > self.size() || self.root_at(size)? != head.root {
                return Err(damaged(Damage::Root));
            }
            stamps.push(stamp);
        }
        Ok(stamps)
    }

    /// The stamp on a size, held to what was stamped.
    fn stamp(&self, size: u64) -> Result<Option<Stamp>, LedgerError> {
        let Some(response) = read(&**self.disk(), &path(size, "tsr"), MAX_RESPONSE_BYTES)? else { return Ok(None) };
        let missing = |ending| LedgerError::damaged(path(size, ending), Damage::MissingFile);
        let checkpoint = read(&**self.disk(), &path(size, "checkpoint"), MAX_NOTE_BYTES)?;
        let checkpoint = checkpoint.ok_or_else(|| missing("checkpoint"))?;
        let request = read(&**self.disk(), &path(size, "tsq"), MAX_NOTE_BYTES)?.ok_or_else(|| missing("tsq"))?;
        let request = StampRequest::parse(&request).filter(|request| request.is_over(&checkpoint));
        let request = request.ok_or_else(|| LedgerError::damaged(path(size, "tsq"), Damage::Unreadable))?;
        let time = request.check(&response).map_err(|source| LedgerError::BadStamp { source })?;
        Ok(Some(Stamp { size, time, checkpoint, response }))
    }

    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let disk = &**self.disk();
        // The folder may be there because an earlier try made it, and that one may have ended before the disk confirmed it.
        let written =
            make_folders(disk, path).and_then(|()| disk.sync_folder("")).and_then(|()| replace(disk, path, bytes));
        written.map_err(LedgerError::disk(DiskAction::Write, path))
    }
}

fn read(disk: &dyn Disk, path: &str, max: u64) -> Result<Option<Vec<u8>>, LedgerError> {
    read_if_there(disk, path, max).map_err(LedgerError::disk(DiskAction::Read, path))
}

/// The sizes for which there is a file with an ending, from the least.
fn sizes(disk: &dyn Disk, ending: &str) -> Result<Vec<u64>, LedgerError> {
    let names = disk.list(FOLDER).map_err(LedgerError::disk(DiskAction::Read, FOLDER))?;
    let of_kind = names.iter().filter_map(|name| name.strip_suffix(ending)?.strip_suffix('.')?.parse().ok());
    let mut sizes: Vec<u64> = of_kind.collect();
    sizes.sort_unstable();
    Ok(sizes)
}
