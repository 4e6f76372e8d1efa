//! The folder of a host's state: one authenticated file, and a copy of the chain that leads to it.

use std::io;
use std::sync::Arc;

use cap_std::fs::Dir;
use specialis_core::Date;

use super::{ChainCopy, HostState};
use crate::control::error::{StageCause, StateProblem};
use crate::control::signed::ChainHead;
use crate::files::{self, NewFile};

/// A folder in which a host remembers, between starts, which statement and which versions were live, what was revoked, and the
/// last day it saw. It also keeps a copy of the live edition, so that the host can serve it where the published folder is
/// damaged, cut or gone.
///
/// Nobody but the user that runs the host may write there; the host refuses a folder that others may write. A key that is kept
/// elsewhere authenticates what stands in it. The folder must be neither the published folder nor inside it. Several hosts of
/// one chain may share it. Cheap to clone.
#[derive(Clone)]
pub struct StateFolder(Arc<Folder>);

struct Folder {
    dir: Dir,
    key: [u8; 32],
}

const FILE: &str = "state.json";
const LOCK: &str = "state.lock";
/// More than a state ever has.
const MAX_BYTES: u64 = 16 << 20;

impl StateFolder {
    /// The state in `dir`, authenticated by `key`.
    pub fn new(dir: Dir, key: [u8; 32]) -> Self {
        Self(Arc::new(Folder { dir, key }))
    }

    /// The copy of the chain that is kept here.
    pub(crate) fn copy(&self) -> ChainCopy<'_> {
        ChainCopy::new(&self.0.dir)
    }

    /// What was remembered; none where nothing was.
    pub(crate) fn load(&self) -> Result<Option<HostState>, StageCause> {
        self.check_access().map_err(refused)?;
        self.read().map_err(refused)
    }

    /// Remembers a state: the copy of its chain first, then the state itself, whole or not at all. Returns when both are on the
    /// disk.
    ///
    /// Another host may have gone further meanwhile. What it remembers is kept then: a state never goes back.
    pub(crate) fn save(&self, state: &HostState, head: Option<&ChainHead>) -> Result<(), StageCause> {
        let unwritable = |e: io::Error| refused(StateProblem::Unwritable(e));
        self.check_access().map_err(refused)?;
        let lock = self.lock().map_err(unwritable)?;
        let there = self.read().map_err(refused)?.unwrap_or_default();
        let later = later(&there, state);
        let head = head.filter(|_| later.chain == state.chain);
        if let Some(head) = head {
            self.copy().keep(head)?;
        }
        let write = || {
            let json = serde_json::to_string(&later).map_err(io::Error::other)?;
            let bytes = format!("{}\n{json}", self.mac(&json).to_hex());
            NewFile::default().private().synced().replace(&self.0.dir, FILE, bytes.as_bytes())
        };
        if later != there {
            write().map_err(unwritable)?;
        }
        if let Some(head) = head {
            self.copy().drop_unused(head);
        }
        drop(lock);
        Ok(())
    }

    fn read(&self) -> Result<Option<HostState>, StateProblem> {
        let bytes = match files::read(&self.0.dir, FILE, MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(StateProblem::Unreadable(error)),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mac, json) = text.split_once('\n').unwrap_or_default();
        // Comparing hashes of this type takes the same time wherever they differ.
        let is_ours = blake3::Hash::from_hex(mac).is_ok_and(|mac| mac == self.mac(json));
        let state = is_ours.then(|| serde_json::from_str(json).ok()).flatten();
        state.map(Some).ok_or(StateProblem::Damaged)
    }

    /// Waits for other hosts that write here; they may, for as long as what is returned lives.
    fn lock(&self) -> io::Result<impl Sized> {
        let file = files::open_lock(&self.0.dir, LOCK)?.into_std();
        file.lock()?;
        Ok(file)
    }

    #[cfg(unix)]
    fn check_access(&self) -> Result<(), StateProblem> {
        use cap_std::fs::MetadataExt as _;
        let mode = self.0.dir.dir_metadata().map_err(|e| StateProblem::Unreadable(e.into()))?.mode();
        if mode & 0o022 == 0 { Ok(()) } else { Err(StateProblem::Writable) }
    }

    #[cfg(not(unix))]
    fn check_access(&self) -> Result<(), StateProblem> {
        Ok(())
    }

    fn mac(&self, json: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.0.key, json.as_bytes())
    }
}

/// What is to be remembered, where `there` is remembered already.
fn later(there: &HostState, state: &HostState) -> HostState {
    let number = |state: &HostState| state.chain.as_ref().map_or(0, |chain| chain.position.number);
    let last_day: Option<Date> = there.last_day.max(state.last_day);
    let mut later = if number(there) > number(state) { there.clone() } else { state.clone() };
    later.revoked.extend(there.revoked.iter().chain(&state.revoked).cloned());
    later.last_day = last_day;
    later
}

impl std::fmt::Debug for StateFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateFolder").field("dir", &self.0.dir).finish_non_exhaustive()
    }
}

fn refused(problem: StateProblem) -> StageCause {
    StageCause::State { file: FILE, problem }
}
