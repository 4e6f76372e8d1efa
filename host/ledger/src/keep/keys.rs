//! The keys of ids and tags: one pair for each month. Destroying the pair of a month links its ids and tags to nobody.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use specialis_core::Date;

use crate::disk::{Disk, read_if_there, replace};
use crate::error::{Damage, DiskAction, LedgerError};

/// The bytes of one key.
const KEY_BYTES: usize = 32;
/// The bytes of a file: two keys in hexadecimal digits, each with a line end.
const FILE_BYTES: u64 = 130;

/// How often the lock of the folder is tried.
const MAX_TRIES: usize = 10_000;

/// A user, as the platform calls them. It stands in no record: only a tag made of it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The tenant; empty where there is none.
    pub tenant: String,
    /// The platform's own pseudonym of the user.
    pub pseudonym: String,
}

/// The two keys of a month.
#[derive(Clone)]
struct Pair {
    id: [u8; KEY_BYTES],
    tag: [u8; KEY_BYTES],
}

/// The keys of all months that were not destroyed, in a folder that nobody else may read.
pub struct Keyring {
    disk: Arc<dyn Disk>,
    pairs: Mutex<BTreeMap<u32, Pair>>,
}

/// The epoch of a day: year and month, as 202611.
pub fn epoch_of(day: Date) -> u32 {
    u32::from(day.year().unsigned_abs()).saturating_mul(100).saturating_add(u32::from(day.month()))
}

fn path_of(epoch: u32) -> String {
    format!("{epoch:06}.key")
}

impl Keyring {
    /// Reads the keys of a folder.
    ///
    /// # Errors
    /// Where a key cannot be read.
    pub fn open(disk: Arc<dyn Disk>) -> Result<Self, LedgerError> {
        let mut pairs = BTreeMap::new();
        let files = disk.list("").map_err(LedgerError::disk(DiskAction::Read, "keys"))?;
        for epoch in files.iter().filter_map(|file| file.strip_suffix(".key")?.parse().ok()) {
            let path = path_of(epoch);
            let read = read_if_there(&*disk, &path, FILE_BYTES).map_err(LedgerError::disk(DiskAction::Read, &path))?;
            let pair = read.as_deref().and_then(parse).ok_or_else(|| LedgerError::damaged(path, Damage::Unreadable))?;
            pairs.insert(epoch, pair);
        }
        Ok(Self { disk, pairs: Mutex::new(pairs) })
    }

    /// Makes the keys of an epoch where there are none. Whether it made them. Several processes may share the folder.
    ///
    /// # Errors
    /// Where they cannot be made durable, or another process holds the folder.
    pub fn ensure(&self, epoch: u32) -> Result<bool, LedgerError> {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if pairs.contains_key(&epoch) {
            return Ok(false);
        }
        let path = path_of(epoch);
        // Nodes that serve the same users share the folder: whoever comes first makes the keys.
        let _guard = self.lock()?;
        let read = read_if_there(&*self.disk, &path, FILE_BYTES).map_err(LedgerError::disk(DiskAction::Read, &path))?;
        if let Some(bytes) = read {
            let pair = parse(&bytes).ok_or_else(|| LedgerError::damaged(path.as_str(), Damage::Unreadable))?;
            self.disk.sync_folder("").map_err(LedgerError::disk(DiskAction::Write, &path))?;
            pairs.insert(epoch, pair);
            return Ok(false);
        }
        let mut bytes = [0; 2 * KEY_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| LedgerError::Entropy { source: io::Error::other(error.to_string()) })?;
        let (id, tag) = bytes.split_at(KEY_BYTES);
        let text = format!("{}\n{}\n", HEXLOWER.encode(id), HEXLOWER.encode(tag));
        replace(&*self.disk, &path, text.as_bytes()).map_err(LedgerError::disk(DiskAction::Write, &path))?;
        if let Some(pair) = parse(text.as_bytes()) {
            pairs.insert(epoch, pair);
        }
        Ok(true)
    }

    /// The lock of the folder. Whoever else has it makes keys, which is soon done.
    fn lock(&self) -> Result<Box<dyn Send + Sync>, LedgerError> {
        for _ in 0..MAX_TRIES {
            if let Some(guard) = self.disk.lock().map_err(LedgerError::disk(DiskAction::Lock, "keys"))? {
                return Ok(guard);
            }
            std::thread::yield_now();
        }
        Err(LedgerError::Locked)
    }

    /// The tag of a user under the keys of an epoch.
    ///
    /// # Errors
    /// Where the keys of the epoch are gone.
    pub fn tag(&self, epoch: u32, subject: &Subject) -> Result<String, LedgerError> {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pairs.get(&epoch).ok_or(LedgerError::NoKeys { epoch })?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&pair.tag).map_err(|_| LedgerError::NoKeys { epoch })?;
        mac.update(subject.tenant.as_bytes());
        mac.update(&[0]);
        mac.update(subject.pseudonym.as_bytes());
        Ok(HEXLOWER.encode(&mac.finalize().into_bytes()))
    }

    /// The tags of a user under the keys of every epoch, the newest first.
    ///
    /// # Errors
    /// As [`Keyring::tag`].
    pub fn tags(&self, subject: &Subject) -> Result<Vec<String>, LedgerError> {
        self.epochs().into_iter().map(|epoch| self.tag(epoch, subject)).collect()
    }

    /// The key under which ids of decisions of an epoch are computed, for the host.
    ///
    /// # Errors
    /// Where the keys of the epoch are gone.
    pub fn id_key(&self, epoch: u32) -> Result<[u8; KEY_BYTES], LedgerError> {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.get(&epoch).map(|pair| pair.id).ok_or(LedgerError::NoKeys { epoch })
    }

    /// The epochs whose keys are there, the newest first.
    pub fn epochs(&self) -> Vec<u32> {
        let pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.keys().rev().copied().collect()
    }

    /// Destroys the keys of an epoch. Whether there were any. Copies of the folder have them still.
    pub(crate) fn destroy(&self, epoch: u32) -> Result<bool, LedgerError> {
        let mut pairs = self.pairs.lock().unwrap_or_else(PoisonError::into_inner);
        if !pairs.contains_key(&epoch) {
            return Ok(false);
        }
        let path = path_of(epoch);
        let removed = match self.disk.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => self.disk.sync_folder(""),
        };
        removed.map_err(LedgerError::disk(DiskAction::Remove, &path))?;
        pairs.remove(&epoch);
        Ok(true)
    }

    /// Makes durable which keys there are: an earlier run may have ended before its disk confirmed that.
    pub(crate) fn confirm(&self) -> Result<(), LedgerError> {
        self.disk.sync_folder("").map_err(LedgerError::disk(DiskAction::Write, "keys"))
    }
}

fn parse(bytes: &[u8]) -> Option<Pair> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines().map(|line| HEXLOWER.decode(line.as_bytes()).ok()?.try_into().ok());
    let (id, tag) = (lines.next()??, lines.next()??);
    lines.next().is_none().then_some(Pair { id, tag })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::disk::RecordingDisk;

    #[test]
    fn tags_differ_by_user_tenant_and_epoch_and_end_with_their_key() {
        let disk = Arc::new(RecordingDisk::default());
        let open = || Keyring::open(disk.clone()).unwrap();
        let keys = open();
        assert!(keys.ensure(202_611).unwrap() && !keys.ensure(202_611).unwrap());
        keys.ensure(202_612).unwrap();
        let user =
            |tenant: &str, pseudonym: &str| Subject { tenant: tenant.to_owned(), pseudonym: pseudonym.to_owned() };
        let tag = keys.tag(202_611, &user("t", "u")).unwrap();
        assert_eq!(tag.len(), 64);
        assert_eq!(open().tag(202_611, &user("t", "u")).unwrap(), tag, "after a restart");
        for other in [user("t", "v"), user("", "u"), user("tu", "")] {
            assert_ne!(keys.tag(202_611, &other).unwrap(), tag, "{other:?}");
        }
        assert_ne!(keys.tag(202_612, &user("t", "u")).unwrap(), tag);
        assert_ne!(keys.id_key(202_611).unwrap(), keys.id_key(202_612).unwrap());
        assert!(keys.destroy(202_611).unwrap() && !keys.destroy(202_611).unwrap());
        assert!(matches!(keys.tag(202_611, &user("t", "u")), Err(LedgerError::NoKeys { epoch: 202_611 })));
        assert_eq!((keys.epochs(), open().epochs()), (vec![202_612], vec![202_612]));
    }
}
