//! Reads bodies from a disk.

use std::sync::Arc;

use crate::disk::{Disk, read_if_there};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::body::Body;
use crate::format::body_file::{BodyFile, MAX_FILE_BYTES, Stored, path, place_of};
use crate::format::entry::{Class, Entry};

/// What is left of a record's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyState {
    /// The record never had one.
    None,
    /// It is there, and it is the one that the entry names.
    There(Body),
    /// It was erased. The entry still proves that it was there.
    Erased,
    /// Its class is gone: its period was over.
    Expired,
}

/// The bodies of a log. It keeps the file that it read last.
pub(crate) struct Bodies {
    disk: Arc<dyn Disk>,
    last: Option<(String, BodyFile)>,
}

impl Bodies {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, last: None }
    }

    /// The body of an entry. It is `Expired` where its file is gone; whether a record says so is for `verify` to tell.
    pub(crate) fn get(&mut self, index: u64, entry: &Entry) -> Result<BodyState, LedgerError> {
        let (Some(class), Some(hash)) = (entry.class, entry.body_hash()) else { return Ok(BodyState::None) };
        let path = path(&class.to_string(), index);
        let Some(file) = self.file(&path)? else { return Ok(BodyState::Expired) };
        let damaged = |damage| Err(LedgerError::damaged(path.clone(), damage));
        match file.get(place_of(index)) {
            Stored::Body(bytes) => {
                let body = Body::from_bytes(bytes);
                if body.hash() == hash { Ok(BodyState::There(body)) } else { damaged(Damage::Body { index }) }
            }
            Stored::Erased => Ok(BodyState::Erased),
            Stored::Missing => damaged(Damage::MissingBody { index }),
            Stored::Damaged => damaged(Damage::Body { index }),
        }
    }

    /// The file at a path; nothing where there is none.
    fn file(&mut self, path: &str) -> Result<Option<&BodyFile>, LedgerError> {
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            let Some(file) = read_file(&*self.disk, path)? else { return Ok(None) };
            self.last = Some((path.to_owned(), file));
        }
        Ok(self.last.as_ref().map(|(_, file)| file))
    }
}

/// A file of bodies; nothing where there is none.
pub(crate) fn read_file(disk: &dyn Disk, path: &str) -> Result<Option<BodyFile>, LedgerError> {
    let bytes = read_if_there(disk, path, MAX_FILE_BYTES).map_err(LedgerError::disk(DiskAction::Read, path))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let file = BodyFile::from_bytes(&bytes);
    file.map(Some).ok_or_else(|| LedgerError::damaged(path, Damage::Unreadable))
}

/// The retention classes that have files.
pub(crate) fn classes(disk: &dyn Disk) -> Result<Vec<Class>, LedgerError> {
    let folders = disk.list("body").map_err(LedgerError::disk(DiskAction::Read, "body"))?;
    Ok(folders.iter().filter_map(|folder| folder.parse().ok()).collect())
}
