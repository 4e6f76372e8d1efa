//! The editions that a host knows of beside the live one, and how the last attempts to change it went.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Serialize;
use specialis_core::PolicyId;

use super::signed::ChainHead;
use super::state::{HostState, StateNote};
use crate::runtime::Edition;

/// How the last attempts at something went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempts {
    /// How many there were.
    pub n: u64,
    /// When the last one was, from the host's start.
    pub last: Duration,
    /// When the last one was that succeeded.
    pub last_success: Option<Duration>,
    /// The digest that the last success had: of a policy's file, or the edition's id.
    pub digest: Option<String>,
    /// Why the last one failed, where it did.
    pub error: Option<String>,
}

/// An edition that was live, for as long as anything holds it. The host itself does not.
pub(crate) struct Retired {
    pub(crate) edition: Weak<Edition>,
    pub(crate) id: String,
    pub(crate) since: Duration,
    /// Whether it had sessions when it was looked at last.
    had_sessions: bool,
}

/// The editions beside the live one.
pub(crate) struct History {
    /// Those that a rollback can go to, newest first.
    pub(crate) ready: Vec<Arc<Edition>>,
    /// Those that were live and may still have sessions. A session may open on one just while it retires, so each stays here as
    /// long as anything holds it, and its sessions hear of revocations and deadlines.
    pub(crate) retired: Vec<Retired>,
    pub(crate) state: HostState,
    /// The newest signed statement, where the host was built from one.
    pub(crate) head: Option<ChainHead>,
    /// What the operator has to know about what is remembered.
    pub(crate) notes: Vec<StateNote>,
    /// By policy; under the empty name the edition as a whole.
    pub(crate) attempts: BTreeMap<String, Attempts>,
    /// When each policy ran its vectors last because of faults.
    pub(crate) probes: BTreeMap<PolicyId, Duration>,
}

impl History {
    pub(crate) fn new(state: HostState, head: Option<ChainHead>, notes: Vec<StateNote>) -> Self {
        let (ready, retired, attempts, probes) = (Vec::new(), Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { ready, retired, state, head, notes, attempts, probes }
    }

    pub(crate) fn note_attempt(&mut self, what: &str, now: Duration, outcome: Result<String, String>) {
        let attempts = self.attempts.entry(what.to_owned()).or_default();
        attempts.n = attempts.n.saturating_add(1);
        attempts.last = now;
        match outcome {
            Ok(digest) => {
                attempts.last_success = Some(now);
                attempts.digest = Some(digest);
                attempts.error = None;
            }
            Err(error) => attempts.error = Some(error),
        }
    }

    /// Whether an edition is ready or was live.
    pub(crate) fn knows(&self, edition: &Arc<Edition>) -> bool {
        let is_it = |retired: &Retired| retired.edition.as_ptr() == Arc::as_ptr(edition);
        self.ready.iter().any(|one| Arc::ptr_eq(one, edition)) || self.retired.iter().any(is_it)
    }

    /// The live edition makes room for another: it is ready to be gone back to, with at most `keep` others.
    pub(crate) fn retire(&mut self, edition: Arc<Edition>, now: Duration, keep: usize) {
        self.forget(&edition);
        let had_sessions = edition.n_sessions() > 0;
        let (weak, id) = (Arc::downgrade(&edition), edition.id().to_owned());
        self.retired.push(Retired { edition: weak, id, since: now, had_sessions });
        self.ready.insert(0, edition);
        self.ready.truncate(keep);
    }

    /// An edition becomes the live one: it is neither ready nor retired any more.
    pub(crate) fn forget(&mut self, edition: &Arc<Edition>) {
        self.ready.retain(|one| !Arc::ptr_eq(one, edition));
        self.retired.retain(|one| one.edition.as_ptr() != Arc::as_ptr(edition));
    }

    /// Every edition that was live and that something still holds.
    pub(crate) fn retired(&self) -> impl Iterator<Item = (Arc<Edition>, Duration)> {
        self.retired.iter().filter_map(|retired| Some((retired.edition.upgrade()?, retired.since)))
    }

    /// Drops what nothing holds any more, and returns the ids of the editions whose last session has ended.
    pub(crate) fn take_drained(&mut self) -> Vec<String> {
        let mut drained = Vec::new();
        self.retired.retain_mut(|retired| {
            let edition = retired.edition.upgrade();
            let has_sessions = edition.as_ref().is_some_and(|edition| edition.n_sessions() > 0);
            if std::mem::replace(&mut retired.had_sessions, has_sessions) && !has_sessions {
                drained.push(retired.id.clone());
            }
            edition.is_some()
        });
        drained
    }
}
