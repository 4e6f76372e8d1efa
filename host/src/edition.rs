//! An edition: policies, settings, lexicons, registries and trust, fixed together and never changed.

mod book;
mod difference;
mod folder;
mod index;
mod manifest;
mod notice;
mod open;
mod stage;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use lru::LruCache;
use specialis_core::{Date, Origin, PolicyId, PotentialConflict, Registry, SectorId, Trust, Wording, Words};
use specialis_text::Index;

pub use book::Attempts;
pub(crate) use book::{Book, Keeper, Seen};
pub(crate) use difference::difference;
pub use difference::{Change, Class};
pub(crate) use folder::fetch;
pub use manifest::{
    APPROVERS_FILE, Approvers, EditionManifest, MANIFEST_FILE, Paper, PaperError, PolicyPin, RevocationAct, RollbackAct,
};
pub(crate) use notice::Notice;
pub(crate) use open::{Memory, OpenKey, Opened};
pub use stage::Candidate;
pub(crate) use stage::Circumstances;

use crate::admission::Standing;
use crate::policy::Policy;
use crate::profile::{PlatformProfile, ServiceProfile};

/// One immutable edition. Sessions are pinned to the edition they opened on.
pub struct Edition {
    pub(crate) id: String,
    pub(crate) registry: Arc<Registry>,
    pub(crate) trust: Arc<Trust>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) index: Arc<Index>,
    /// Of everything the index was made of.
    pub(crate) index_digest: blake3::Hash,
    pub(crate) platform: PlatformProfile,
    pub(crate) service: ServiceProfile,
    pub(crate) redaction: String,
    pub(crate) potential: Vec<PotentialConflict>,
    pub(crate) opened: Mutex<LruCache<OpenKey, Arc<Opened>>>,
    pub(crate) record: EditionRecord,
    /// What it was made of, so that a variant of it can be made.
    pub(crate) source: Arc<Candidate>,
    /// What its sessions have to know.
    pub(crate) notice: Notice,
}

/// How an edition came to be: it stands beside the edition for as long as that does, and belongs in the operator's records.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EditionRecord {
    /// Its number, where it was signed.
    pub number: Option<u64>,
    /// Who approved it.
    pub approvers: Vec<String>,
    /// Why it loosens, where it does.
    pub reason: Option<String>,
    /// Whether live sessions moved to it.
    pub is_urgent: bool,
    /// The edition that was live when it was staged.
    pub base: Option<String>,
    /// What changed from that one, those that loosen first.
    pub changes: Vec<Change>,
}

/// A policy of an edition, as a person wants to see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyStatus {
    /// Its id.
    pub id: PolicyId,
    /// Its version.
    pub version: String,
    /// The digest of its file.
    pub digest: String,
    /// Who answers for it.
    pub signer: String,
    /// How many duties it governs.
    pub n_duties: usize,
    /// Why it cannot be called, where it cannot.
    pub unavailable: Option<specialis_core::FaultKind>,
    /// Whether its findings count.
    pub mode: specialis_core::Mode,
    /// On what ground it was loaded.
    pub standing: Standing,
    /// How often it was called since the edition was staged.
    pub n_calls: u64,
    /// How many of those calls were faults.
    pub n_faults: u64,
}

impl Edition {
    /// The edition's id: a digest over everything in it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its registries.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Its trust policy.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The sectors for which a policy is loaded.
    pub fn sectors(&self) -> impl Iterator<Item = &SectorId> {
        self.policies.iter().filter_map(|policy| match &policy.card.origin {
            Origin::Sector(sector) => Some(sector),
            Origin::General | Origin::Common | Origin::Tenant => None,
        })
    }

    /// Its policies, by id.
    pub fn policies(&self) -> Vec<PolicyStatus> {
        let status = |policy: &Policy| PolicyStatus {
            id: policy.card.id.clone(),
            version: policy.card.version.clone(),
            digest: policy.digest.clone(),
            signer: policy.card.signer.to_string(),
            n_duties: policy.card.governs.len(),
            unavailable: policy.standing_fault(),
            mode: policy.card.mode,
            standing: policy.standing.clone(),
            n_calls: policy.tally.n_calls(),
            n_faults: policy.tally.n_faults(),
        };
        self.policies.iter().map(status).collect()
    }

    /// How it came to be.
    pub fn record(&self) -> &EditionRecord {
        &self.record
    }

    /// What it was made of, to make a variant of it. Nobody approved the variant.
    pub fn candidate(&self) -> Candidate {
        let mut candidate = (*self.source).clone();
        candidate.approval = stage::Approval::default();
        candidate
    }

    /// Every change from this edition to another, those that loosen first.
    pub fn difference(&self, to: &Self) -> Vec<Change> {
        difference(self, to)
    }

    /// Conflicts between measures that the manifests make possible; each would be decided as `review`.
    pub fn potential_conflicts(&self) -> &[PotentialConflict] {
        &self.potential
    }

    /// How it stands; `n_held` copies of it are held by others than sessions.
    pub(crate) fn status(self: &Arc<Self>, n_held: usize) -> crate::EditionStatus {
        crate::EditionStatus {
            id: self.id.clone(),
            record: self.record.clone(),
            n_sessions: Arc::strong_count(self).saturating_sub(n_held),
            policies: self.policies(),
        }
    }

    /// What its policies have every text read for: all lexicons, detectors and patterns, compiled. With it a text can be
    /// read without being judged: [`Index::scan`] finds the hits, and a [`Reader`](specialis_text::Reader) over it says how
    /// much of a text that comes in pieces is kept back for them.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The policy called `id`.
    pub(crate) fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.card.id == *id)
    }
}

impl Words for Edition {
    fn registry(&self) -> &Registry {
        &self.registry
    }

    fn reason(&self, policy: &PolicyId, reason: &specialis_core::ReasonId) -> Option<Wording<'_>> {
        let words = self.policy(policy)?.manifest.reasons.get(reason)?;
        Some(Wording { en: &words.en, zh: &words.zh })
    }

    fn text(&self, policy: &PolicyId, key: &specialis_core::TextKey) -> Option<Wording<'_>> {
        let words = self.policy(policy)?.manifest.texts.get(key)?;
        Some(Wording { en: &words.en, zh: &words.zh })
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        let of_sector = |policy: &&Policy| policy.card.origin == specialis_core::Origin::Sector(sector.clone());
        let title = &self.policies.iter().find(of_sector)?.manifest.title;
        Some(Wording { en: &title.en, zh: &title.zh })
    }
}

/// How many opened contexts an edition remembers.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

pub(crate) fn memory() -> Mutex<LruCache<OpenKey, Arc<Opened>>> {
    Mutex::new(LruCache::new(REMEMBERED))
}

/// Settings by policy and name.
pub type Settings = BTreeMap<PolicyId, BTreeMap<String, specialis_bundle::SettingValue>>;

/// Which day it is. Called once when a session opens, on the thread that opens it; it must not block.
pub trait Clock: Send + Sync {
    /// Today in Asia/Shanghai.
    fn today(&self) -> Date;

    /// How long it has been running, for deadlines of minutes; called on faults and by [`Host::tend`](crate::Host::tend).
    fn uptime(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn today(&self) -> Date {
        // Asia/Shanghai has kept UTC+8 without summer time since 1991.
        jiff::tz::offset(8).to_datetime(jiff::Timestamp::now()).date().into()
    }
}
