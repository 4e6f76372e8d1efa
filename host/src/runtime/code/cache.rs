//! The folder for compiled code.
//!
//! Loading compiled code is loading machine code, so an entry is authenticated with a keyed hash over its name and its bytes
//! before anything looks into it. An entry that is damaged, comes from elsewhere or stands under another name is compiled again
//! and overwritten.

use std::io;

use cap_std::fs::Dir;

use crate::files::{self, NewFile};

/// What begins an entry; another layout begins otherwise.
const MAGIC: &[u8; 16] = b"specialis-code-1";
/// Magic, flag, keyed hash.
const HEAD: usize = 16 + 1 + 32;
/// More than any component compiles to.
const MAX_ENTRY_BYTES: u64 = 512 << 20;

/// A folder for compiled code, with the key that authenticates what stands in it.
///
/// By default it holds at most 1 GiB; what was compiled longest ago is removed first. Whoever can read the key and write to the
/// folder can make the host run any machine code, so keep the key outside the folder.
pub struct CodeCache {
    dir: Dir,
    key: [u8; 32],
    max_bytes: u64,
}

impl CodeCache {
    /// A cache in `dir`, authenticated by `key`.
    pub fn new(dir: Dir, key: [u8; 32]) -> Self {
        Self { dir, key, max_bytes: 1 << 30 }
    }

    /// How many bytes the folder may hold.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The entry of a name, if it is there and authentic.
    pub(super) fn load(&self, name: &str) -> Entry {
        let bytes = match files::read(&self.dir, name, MAX_ENTRY_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Entry::Absent,
            Err(_) => return Entry::Refused,
        };
        let Some((head, code)) = bytes.split_at_checked(HEAD) else { return Entry::Refused };
        let (Some((magic, rest)), Some(flag)) = (head.split_at_checked(MAGIC.len()), head.get(MAGIC.len())) else {
            return Entry::Refused;
        };
        let mac: Option<[u8; 32]> = rest.get(1..).and_then(|mac| mac.try_into().ok());
        // Comparing hashes of this type takes the same time wherever they differ.
        if magic != MAGIC || mac.is_none_or(|mac| blake3::Hash::from(mac) != self.mac(name, *flag, code)) {
            return Entry::Refused;
        }
        Entry::Found { is_configured: *flag == 1, code: code.to_vec() }
    }

    /// Writes an entry whole or not at all.
    pub(super) fn store(&self, name: &str, is_configured: bool, code: &[u8]) -> io::Result<()> {
        let flag = u8::from(is_configured);
        let mac = self.mac(name, flag, code);
        let entry = [MAGIC.as_slice(), &[flag], mac.as_bytes(), code].concat();
        NewFile::default().private().replace(&self.dir, name, &entry)?;
        self.shrink(name)
    }

    /// Removes the oldest entries until the rest fits, but for the one just written.
    fn shrink(&self, keep: &str) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in self.dir.entries()? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let written = metadata.modified()?.into_std();
            entries.push((written, entry.file_name().to_string_lossy().into_owned(), metadata.len()));
        }
        let mut total: u64 = entries.iter().map(|(_, _, bytes)| *bytes).sum();
        entries.sort();
        for (_, name, bytes) in entries {
            if total <= self.max_bytes {
                break;
            }
            if name != keep && self.dir.remove_file(&name).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
        Ok(())
    }

    fn mac(&self, name: &str, flag: u8, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(name.as_bytes()).update(&[0, flag]).update(code);
        hasher.finalize()
    }
}

/// What the folder has under a name.
pub(super) enum Entry {
    Found {
        is_configured: bool,
        code: Vec<u8>,
    },
    Absent,
    /// It is there and not what the host wrote.
    Refused,
}
