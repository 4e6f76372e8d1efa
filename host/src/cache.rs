//! Compiled code, kept: in memory for as long as an edition uses it, and in a folder of the host's own between starts.
//!
//! Loading compiled code is loading machine code, so an entry is authenticated with a keyed hash over its name and its bytes
//! before anything looks into it. What is damaged, comes from elsewhere or stands under another's name is compiled again and
//! overwritten. Two threads that need the same code wait for one compilation.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use cap_std::fs::Dir;
use specialis_bundle::{Bundle, SettingValue};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::limits::Limits;

/// What begins an entry; another layout begins otherwise.
const MAGIC: &[u8; 16] = b"specialis-code-1";
/// Magic, flag, keyed hash.
const HEAD: usize = 16 + 1 + 32;
/// More than any component compiles to.
const MOST_ENTRY: u64 = 512 << 20;

/// A folder for compiled code, with the key that authenticates what stands in it.
///
/// The defaults: at most 1 GiB; what was compiled longest ago goes first. Whoever can read the key and write to the folder can make
/// the host run what he likes, so the key belongs elsewhere.
pub struct CodeCache {
    dir: Dir,
    key: [u8; 32],
    most_bytes: u64,
}

impl CodeCache {
    /// A cache in `dir`, authenticated by `key`.
    pub fn new(dir: Dir, key: [u8; 32]) -> Self {
        Self { dir, key, most_bytes: 1 << 30 }
    }

    /// How many bytes the folder may hold.
    #[must_use]
    pub fn most_bytes(mut self, bytes: u64) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// The entry of a name, where it is there and its own.
    fn load(&self, name: &str) -> Entry {
        let bytes = match self.read(name) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Entry::Absent,
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

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = self.dir.open(name)?;
        let mut bytes = Vec::new();
        file.take(MOST_ENTRY).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes an entry whole or not at all.
    fn store(&self, name: &str, is_configured: bool, code: &[u8]) -> io::Result<()> {
        let flag = u8::from(is_configured);
        let partial = format!("{name}.part{}", std::process::id());
        let mut file = self.dir.create(&partial)?;
        file.write_all(MAGIC)?;
        file.write_all(&[flag])?;
        file.write_all(self.mac(name, flag, code).as_bytes())?;
        file.write_all(code)?;
        drop(file);
        self.dir.rename(&partial, &self.dir, name)?;
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
            if total <= self.most_bytes {
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

enum Entry {
    Found { is_configured: bool, code: Vec<u8> },
    Absent,
    Refused,
}

/// How compiled code came to be, counted since the host was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CodeCounts {
    /// Taken from an edition that still had it.
    pub n_shared: u64,
    /// Loaded from the folder.
    pub n_loaded: u64,
    /// Compiled.
    pub n_compiled: u64,
    /// Entries of the folder that were not what they should be.
    pub n_refused: u64,
}

/// What code is named by: everything that can change it.
pub(crate) fn name_of(
    engine: &Engine,
    bundle: &Bundle,
    settings: &std::collections::BTreeMap<String, SettingValue>,
    limits: &Limits,
    snapshots: bool,
) -> String {
    let mut hasher = Blake(blake3::Hasher::new());
    // The compiler's version, its settings and what the processor can.
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(blake3::hash(bundle.content()).as_bytes());
    hasher.0.update(bundle.wit.as_str().as_bytes());
    // INVARIANT: settings have a JSON form.
    hasher.0.update(&serde_json::to_vec(settings).unwrap_or_default());
    hasher.0.update(format!("{limits:?} {snapshots}").as_bytes());
    hasher.0.finalize().to_hex().to_string()
}

/// Lets what can be hashed be hashed by a hash that attackers cannot aim at.
struct Blake(blake3::Hasher);

impl Hasher for Blake {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Compiled code with what is known about it.
pub(crate) struct Code {
    pub(crate) component: Component,
    /// Whether its memory is the one that `configure` left.
    pub(crate) is_configured: bool,
}

/// The code of every edition that is still there, by name, and the folder behind it. `B` is what is shared.
pub(crate) struct Codes<B> {
    folder: Option<CodeCache>,
    slots: Mutex<HashMap<String, Arc<Mutex<Weak<B>>>>>,
    counts: [AtomicU64; 4],
}

impl<B> Codes<B> {
    pub(crate) fn new(folder: Option<CodeCache>) -> Self {
        Self { folder, slots: Mutex::default(), counts: [const { AtomicU64::new(0) }; 4] }
    }

    pub(crate) fn counts(&self) -> CodeCounts {
        let [n_shared, n_loaded, n_compiled, n_refused] = self.counts.each_ref().map(|n| n.load(Ordering::Relaxed));
        CodeCounts { n_shared, n_loaded, n_compiled, n_refused }
    }

    fn count(&self, what: usize) {
        if let Some(counter) = self.counts.get(what) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is called `name`: shared, loaded, or compiled and kept. Whoever comes second waits for the first.
    pub(crate) fn get<E>(
        &self,
        engine: &Engine,
        name: &str,
        compile: impl FnOnce() -> Result<Code, E>,
        finish: impl Fn(Code) -> Result<B, E>,
    ) -> Result<Arc<B>, E> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            // What no edition uses any more goes, unless somebody is at it right now.
            slots.retain(|_, slot| {
                Arc::strong_count(slot) > 1 || slot.try_lock().map_or(true, |body| body.strong_count() > 0)
            });
            slots.entry(name.to_owned()).or_default().clone()
        };
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = held.upgrade() {
            self.count(0);
            return Ok(body);
        }
        let body = match self.load(engine, name).map(&finish) {
            Some(Ok(body)) => body,
            Some(Err(_)) | None => {
                self.count(2);
                let code = compile()?;
                self.keep(name, &code);
                finish(code)?
            }
        };
        let body = Arc::new(body);
        *held = Arc::downgrade(&body);
        Ok(body)
    }

    /// Whether something was marked as done, in the folder.
    pub(crate) fn has_mark(&self, key: &[u8; 32]) -> bool {
        let entry = self.folder.as_ref().map(|folder| folder.load(&mark(key)));
        matches!(entry, Some(Entry::Found { .. }))
    }

    /// Marks something as done, in the folder.
    pub(crate) fn mark(&self, key: &[u8; 32]) {
        if let Some(folder) = &self.folder {
            // Unmarked it is done again at the next start, and nothing else.
            let _ = folder.store(&mark(key), false, &[]);
        }
    }

    fn load(&self, engine: &Engine, name: &str) -> Option<Code> {
        match self.folder.as_ref()?.load(name) {
            Entry::Absent => None,
            Entry::Refused => {
                tracing::warn!("an entry of the code cache is not what it should be; compiling again");
                self.count(3);
                None
            }
            Entry::Found { is_configured, code } => {
                let component = trusted(engine, &code)?;
                self.count(1);
                Some(Code { component, is_configured })
            }
        }
    }

    fn keep(&self, name: &str, code: &Code) {
        let Some(folder) = &self.folder else { return };
        let stored = code.component.serialize().ok().map(|bytes| folder.store(name, code.is_configured, &bytes));
        // A full or read-only folder costs time at the next start, and nothing else.
        if let Some(Err(error)) = stored {
            tracing::warn!(%error, "compiled code cannot be kept");
        }
    }
}

fn mark(key: &[u8; 32]) -> String {
    format!("met-{}", blake3::Hash::from(*key).to_hex())
}

/// Loads code that was authenticated before; none where this build of the sandbox cannot use it.
fn trusted(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the bytes were authenticated under the host's key as what this program got from `Component::serialize`, and they
    // stand in memory, where nobody can change them between that check and this call.
    #[expect(unsafe_code, reason = "loading compiled code; the only place, and it is authenticated before")]
    unsafe { Component::deserialize(engine, code) }.ok()
}
