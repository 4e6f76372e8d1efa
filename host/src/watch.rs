//! Watching a folder: a signed edition that is put there is staged and published, and signed acts are carried out.
//!
//! The folder is looked at at a steady pace instead of being listened to: that works on every file system, through a handle
//! that leads nowhere else. A state of the folder counts once it was seen twice in a row, so that files which are still being
//! written are left alone; and since every file is named by its digest, one that was caught half-written is refused and looked
//! at again as soon as it changes.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use cap_std::fs::Dir;
use specialis_bundle::{Envelope, PublicKey};

use crate::edition::{
    APPROVERS_FILE, Candidate, Edition, EditionManifest, MANIFEST_FILE, Paper, RevocationAct, RollbackAct, fetch,
};
use crate::editions::{Leave, Tended};
use crate::error::{BuildError, StageError, StageStep};
use crate::host::Host;

/// The name of a signed act to roll back, in a watched folder.
pub const ROLLBACK_FILE: &str = "rollback.json";
/// The name of a signed act of revocation, in a watched folder.
pub const REVOCATION_FILE: &str = "revocation.json";

const MOST_PAPER: u64 = 4 << 20;

/// What a look at the folder came to.
#[derive(Debug)]
pub enum Watched {
    /// A new edition is live.
    Activated(Arc<Edition>),
    /// An earlier edition is live again.
    RolledBack(Arc<Edition>),
    /// Policies were revoked.
    Revoked,
    /// What stands there was refused; the live edition stays.
    Refused(StageError),
}

impl std::fmt::Debug for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edition({})", self.id())
    }
}

/// Watches one folder for one host.
pub struct Watch {
    host: Host,
    dir: Dir,
    root: PublicKey,
    papers: [Looked; 3],
}

/// One paper that is looked for.
struct Looked {
    name: &'static str,
    last: Option<blake3::Hash>,
    done: Option<blake3::Hash>,
}

impl Looked {
    fn new(name: &'static str) -> Self {
        Self { name, last: None, done: None }
    }
}

impl Watch {
    /// Watches `dir`, whose papers are signed under `root`. What stands there now is taken for what the host was built from, if
    /// its number is that of the live edition.
    pub fn new(host: Host, dir: Dir, root: PublicKey) -> Self {
        let papers = [MANIFEST_FILE, ROLLBACK_FILE, REVOCATION_FILE].map(Looked::new);
        let mut watch = Self { host, dir, root, papers };
        let is_live = watch.number().is_some() && watch.number() == watch.host.edition().record().number;
        let now = watch.state(MANIFEST_FILE);
        if let [manifest, ..] = &mut watch.papers
            && is_live
        {
            manifest.done = now;
        }
        watch
    }

    /// Looks once. Something comes of it when the folder changed and was the same at the last look.
    pub fn look(&mut self) -> Vec<Watched> {
        let mut came = Vec::new();
        for at in 0..self.papers.len() {
            let Some(name) = self.papers.get(at).map(|paper| paper.name) else { continue };
            let state = self.state(name);
            let Some(paper) = self.papers.get_mut(at) else { continue };
            let is_steady = paper.last == state;
            paper.last = state;
            if state.is_none() || !is_steady || paper.done == state {
                continue;
            }
            paper.done = state;
            came.push(self.act(name).unwrap_or_else(Watched::Refused));
        }
        came
    }

    fn act(&self, name: &str) -> Result<Watched, StageError> {
        let today = self.host.0.sandbox.clock.today();
        let paper = |name: &str| {
            fetch(&self.dir, name, MOST_PAPER).map_err(|e| StageError::new(StageStep::Fetch, e).of_file(name))
        };
        if name == ROLLBACK_FILE {
            let act = paper(name)?;
            let leave = Leave::rollback(&act, &paper(APPROVERS_FILE)?, &self.root, today)?;
            let to = statement::<RollbackAct>(&act)?.to;
            return self.host.rollback(&to, &leave).map(Watched::RolledBack);
        }
        if name == REVOCATION_FILE {
            let act = paper(name)?;
            let leave = Leave::revocation(&act, &paper(APPROVERS_FILE)?, &self.root, today)?;
            let digests: Vec<String> = statement::<RevocationAct>(&act)?.digests.into_iter().collect();
            return self.host.revoke(&digests, &leave).map(|()| Watched::Revoked);
        }
        let candidate = Candidate::read(&self.dir, &self.root, today);
        let candidate = candidate.inspect_err(|error| self.host.note(error))?;
        let staged = self.host.stage(candidate)?;
        self.host.activate(staged).map(Watched::Activated)
    }

    /// What a paper and everything it names looks like; none where it is not there.
    fn state(&self, name: &str) -> Option<blake3::Hash> {
        let bytes = fetch(&self.dir, name, MOST_PAPER).ok()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes);
        if let Ok(approvers) = fetch(&self.dir, APPROVERS_FILE, MOST_PAPER) {
            hasher.update(&approvers);
        }
        // Nothing of this is believed: it only says what to look at.
        if let Ok(manifest) = statement::<EditionManifest>(&bytes) {
            let policies = manifest.policies.values().map(|pin| &pin.file);
            for file in policies.chain(manifest.files.keys()) {
                let metadata = self.dir.metadata(file).ok();
                let written = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
                let seen = (metadata.map(|metadata| metadata.len()), written.map(|time| time.into_std()));
                hasher.update(format!("{file} {seen:?}").as_bytes());
            }
        }
        Some(hasher.finalize())
    }

    fn number(&self) -> Option<u64> {
        let bytes = fetch(&self.dir, MANIFEST_FILE, MOST_PAPER).ok()?;
        statement::<EditionManifest>(&bytes).ok().map(|manifest| manifest.number)
    }

    /// Looks every so often on a thread of its own, and looks after the host's editions ([`Host::tend`]), until what is
    /// returned is dropped. `report` hears what came of it, on that thread.
    ///
    /// # Errors
    /// Where the thread does not start.
    pub fn spawn(
        mut self,
        every: Duration,
        report: impl Fn(&Watched) + Send + 'static,
        tended: impl Fn(&Tended) + Send + 'static,
    ) -> std::io::Result<Watching> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("specialis-watch".to_owned()).spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                self.look().iter().for_each(&report);
                let came = self.host.tend();
                if came != Tended::default() {
                    tended(&came);
                }
            }
        })?;
        Ok(Watching { stop: Some(stop), thread: Some(thread) })
    }
}

/// A statement, whoever signed it.
fn statement<P: Paper>(bytes: &[u8]) -> Result<P, StageError> {
    let envelope = Envelope::parse(bytes).and_then(|envelope| envelope.statement(P::KIND));
    envelope.map_err(|e| StageError::new(StageStep::Read, BuildError::Paper { source: e.into() }))
}

/// A watch at work; it ends when this is dropped.
pub struct Watching {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
