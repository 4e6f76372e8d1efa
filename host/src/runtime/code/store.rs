//! Compiled code in memory, shared by all editions that use it, with the cache folder behind it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::Serialize;
use specialis_bundle::{SettingValue, WitVersion};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::{CodeCache, Entry};
use crate::runtime::feed;
use crate::runtime::limits::Limits;

/// How compiled code came to be, counted since the host was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

#[derive(Default)]
struct Counts {
    n_shared: AtomicU64,
    n_loaded: AtomicU64,
    n_compiled: AtomicU64,
    n_refused: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The name of compiled code: a digest over everything that can change it. `code` is what is compiled, for a version of the contract.
pub(crate) fn code_name(
    engine: &Engine,
    (code, wit): (&[u8], WitVersion),
    settings: &BTreeMap<String, SettingValue>,
    limits: &Limits,
    snapshots: bool,
) -> String {
    let mut hasher = Blake(blake3::Hasher::new());
    // The compiler's version, its settings and what the processor can.
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.update(blake3::hash(code).as_bytes());
    hasher.0.update(wit.as_str().as_bytes());
    feed(&mut hasher.0, &(settings, limits, snapshots));
    hasher.0.finalize().to_hex().to_string()
}

/// A [`Hasher`] whose digest is collision-resistant.
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
pub(crate) struct CompiledCode {
    pub(crate) component: Component,
    /// Whether its memory is the one that `configure` left.
    pub(crate) is_configured: bool,
}

/// The compiled code of every edition in memory, by name, and the folder behind it. `B` is what editions share.
pub(crate) struct CodeStore<B> {
    folder: Option<CodeCache>,
    slots: Mutex<HashMap<String, Arc<Mutex<Weak<B>>>>>,
    counts: Counts,
}

impl<B> CodeStore<B> {
    pub(crate) fn new(folder: Option<CodeCache>) -> Self {
        Self { folder, slots: Mutex::default(), counts: Counts::default() }
    }

    pub(crate) fn counts(&self) -> CodeCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counts { n_shared, n_loaded, n_compiled, n_refused } = &self.counts;
        CodeCounts {
            n_shared: read(n_shared),
            n_loaded: read(n_loaded),
            n_compiled: read(n_compiled),
            n_refused: read(n_refused),
        }
    }

    /// The code called `name`: shared with another edition, loaded from the folder, or compiled and stored. Of two threads that
    /// need the same code the second waits for the first.
    pub(crate) fn get<E>(
        &self,
        engine: &Engine,
        name: &str,
        compile: impl FnOnce() -> Result<CompiledCode, E>,
        finish: impl Fn(CompiledCode) -> Result<B, E>,
    ) -> Result<Arc<B>, E> {
        self.shared(name, || match self.load(engine, name).map(&finish) {
            Some(Ok(body)) => Ok(body),
            Some(Err(_)) | None => {
                count(&self.counts.n_compiled);
                let code = compile()?;
                self.keep(name, &code);
                finish(code)
            }
        })
    }

    /// The same for code that is needed for a short time: the folder neither has it nor gets it.
    pub(crate) fn get_in_memory<E>(
        &self,
        name: &str,
        compile: impl FnOnce() -> Result<CompiledCode, E>,
        finish: impl Fn(CompiledCode) -> Result<B, E>,
    ) -> Result<Arc<B>, E> {
        self.shared(name, || {
            count(&self.counts.n_compiled);
            finish(compile()?)
        })
    }

    /// The code called `name`, where an edition in memory has it.
    pub(crate) fn known(&self, name: &str) -> Option<Arc<B>> {
        let slot = self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()?;
        let known = slot.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        known.inspect(|_| count(&self.counts.n_shared))
    }

    /// What editions share under a name, or what is made now.
    fn shared<E>(&self, name: &str, make: impl FnOnce() -> Result<B, E>) -> Result<Arc<B>, E> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            // Forget what no edition uses any more, unless a thread is compiling it right now.
            slots.retain(|_, slot| {
                Arc::strong_count(slot) > 1 || slot.try_lock().map_or(true, |body| body.strong_count() > 0)
            });
            slots.entry(name.to_owned()).or_default().clone()
        };
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = held.upgrade() {
            count(&self.counts.n_shared);
            return Ok(body);
        }
        let body = Arc::new(make()?);
        *held = Arc::downgrade(&body);
        Ok(body)
    }

    /// Whether something was marked as done, in the folder.
    pub(crate) fn has_mark(&self, key: &blake3::Hash) -> bool {
        let entry = self.folder.as_ref().map(|folder| folder.load(&mark(key)));
        matches!(entry, Some(Entry::Found { .. }))
    }

    /// Marks something as done, in the folder.
    pub(crate) fn mark(&self, key: &blake3::Hash) {
        if let Some(folder) = &self.folder {
            // Without the mark the work is done again at the next start; nothing else depends on it.
            let _ = folder.store(&mark(key), false, &[]);
        }
    }

    fn load(&self, engine: &Engine, name: &str) -> Option<CompiledCode> {
        match self.folder.as_ref()?.load(name) {
            Entry::Absent => None,
            Entry::Refused => {
                tracing::warn!("an entry of the code cache is not what it should be; compiling again");
                count(&self.counts.n_refused);
                None
            }
            Entry::Found { is_configured, code } => {
                let component = trusted(engine, &code)?;
                count(&self.counts.n_loaded);
                Some(CompiledCode { component, is_configured })
            }
        }
    }

    fn keep(&self, name: &str, code: &CompiledCode) {
        let Some(folder) = &self.folder else { return };
        let stored = code.component.serialize().ok().map(|bytes| folder.store(name, code.is_configured, &bytes));
        // A full or read-only folder costs time at the next start; nothing else depends on it.
        if let Some(Err(error)) = stored {
            tracing::warn!(%error, "compiled code cannot be kept");
        }
    }
}

fn mark(key: &blake3::Hash) -> String {
    format!("met-{}", key.to_hex())
}

/// Loads code that came from a compiler of this host; none where this build of the sandbox cannot use it.
pub(super) fn trusted(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the bytes are what a compiler of this program wrote: they were authenticated under the host's key as what it got from
    // `Component::serialize`, or came over the pipe of a process that it started itself, as its embedder told it to. They stand in
    // memory, where nobody can change them between that check and this call.
    #[expect(unsafe_code, reason = "loading compiled code; the only place, and who wrote it is known before")]
    unsafe { Component::deserialize(engine, code) }.ok()
}
