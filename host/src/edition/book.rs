//! What a host knows of editions beside the live one: those it can go back to, those that still have sessions, what was ever
//! live, and how the last attempts went.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use specialis_core::PolicyId;

use super::Edition;
use crate::error::BuildError;

/// The highest versions that were ever live, and what was revoked. Nothing in it goes down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Seen {
    /// The highest number of a signed edition.
    pub(crate) number: u64,
    /// The highest version of each policy.
    pub(crate) versions: BTreeMap<PolicyId, String>,
    /// Digests of policy files that were revoked.
    pub(crate) revoked: BTreeSet<String>,
}

impl Seen {
    pub(crate) fn learn(&mut self, edition: &Edition) {
        let manifest = edition.source.approval.manifest.as_ref();
        if let Some(manifest) = manifest {
            self.number = self.number.max(manifest.number);
            self.revoked.extend(manifest.revoked.iter().cloned());
        }
        let may_go_back = manifest.is_some_and(|manifest| manifest.rolls_back);
        for policy in &edition.policies {
            let version = |text: &str| semver::Version::parse(text).ok();
            let seen = self.versions.entry(policy.card.id.clone()).or_default();
            // A signed step back is the new height.
            if may_go_back || version(&policy.card.version) > version(seen) {
                seen.clone_from(&policy.card.version);
            }
        }
    }
}

/// A folder in which the host keeps what it has seen, between starts.
pub(crate) struct Keeper {
    pub(crate) dir: Dir,
    pub(crate) key: [u8; 32],
}

const FILE: &str = "seen.json";

impl Keeper {
    /// What was kept; nothing at the first start.
    pub(crate) fn load(&self) -> Result<Seen, BuildError> {
        let refused = |reason: String| BuildError::Memory { reason };
        let bytes = match self.dir.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Seen::default()),
            Err(error) => return Err(refused(format!("`{FILE}` cannot be read ({error})"))),
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mac, json) = text.split_once('\n').unwrap_or_default();
        let is_ours = blake3::Hash::from_hex(mac).is_ok_and(|mac| mac == self.mac(json));
        let seen = is_ours.then(|| serde_json::from_str(json).ok()).flatten();
        seen.ok_or_else(|| {
            refused(format!(
                "`{FILE}` is damaged or under another key; restore it, or remove it and with it what was seen before"
            ))
        })
    }

    pub(crate) fn save(&self, seen: &Seen) -> Result<(), BuildError> {
        let json = serde_json::to_string(seen).unwrap_or_default();
        let partial = format!("{FILE}.part");
        let write = || {
            self.dir.write(&partial, format!("{}\n{json}", self.mac(&json).to_hex()))?;
            self.dir.rename(&partial, &self.dir, FILE)
        };
        write().map_err(|e: io::Error| BuildError::Memory { reason: format!("`{FILE}` cannot be written ({e})") })
    }

    fn mac(&self, json: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, json.as_bytes())
    }
}

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

/// The editions beside the live one.
pub(crate) struct Book {
    /// Those to go back to, newest first.
    pub(crate) ready: Vec<Arc<Edition>>,
    /// Those that were live, and since when they no longer are.
    pub(crate) draining: Vec<(Arc<Edition>, Duration)>,
    pub(crate) seen: Seen,
    /// By policy; under the empty name the edition as a whole.
    pub(crate) attempts: BTreeMap<String, Attempts>,
}

impl Book {
    pub(crate) fn new(seen: Seen) -> Self {
        Self { ready: Vec::new(), draining: Vec::new(), seen, attempts: BTreeMap::new() }
    }

    pub(crate) fn attempted(&mut self, what: &str, now: Duration, came: Result<String, String>) {
        let attempts = self.attempts.entry(what.to_owned()).or_default();
        attempts.n = attempts.n.saturating_add(1);
        attempts.last = now;
        match came {
            Ok(digest) => {
                attempts.last_success = Some(now);
                attempts.digest = Some(digest);
                attempts.error = None;
            }
            Err(error) => attempts.error = Some(error),
        }
    }

    /// How many copies of an edition stand in this book.
    pub(crate) fn n_held(&self, edition: &Arc<Edition>) -> usize {
        let draining = self.draining.iter().map(|(edition, _)| edition);
        self.ready.iter().chain(draining).filter(|one| Arc::ptr_eq(one, edition)).count()
    }

    /// The live edition makes room for another.
    pub(crate) fn retire(&mut self, edition: Arc<Edition>, now: Duration, keep: usize) {
        self.ready.retain(|one| !Arc::ptr_eq(one, &edition));
        self.ready.insert(0, edition.clone());
        self.ready.truncate(keep);
        self.draining.retain(|(one, _)| !Arc::ptr_eq(one, &edition));
        self.draining.push((edition, now));
        self.let_go();
    }

    /// Lets go what was live and has no session any more, and says how many there were.
    pub(crate) fn let_go(&mut self) -> usize {
        let before = self.draining.len();
        let ready = &self.ready;
        self.draining.retain(|(edition, _)| {
            let n_ready = ready.iter().filter(|one| Arc::ptr_eq(one, edition)).count();
            Arc::strong_count(edition) > n_ready.saturating_add(1)
        });
        before.saturating_sub(self.draining.len())
    }
}
