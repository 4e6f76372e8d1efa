//! An edition: policies, settings, lexicons, registries and trust, fixed together and never changed.

mod open;
mod stage;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use lru::LruCache;
use specialis_core::{Date, PolicyId, PotentialConflict, Registry, SectorId, Trust, Wording, Words};
use specialis_text::Index;

pub(crate) use open::{Memory, OpenKey, Opened};
pub(crate) use stage::Candidate;

use crate::policy::Policy;
use crate::profile::{PlatformProfile, ServiceProfile};

/// One immutable edition. Sessions are pinned to the edition they opened on.
pub struct Edition {
    pub(crate) id: String,
    pub(crate) registry: Arc<Registry>,
    pub(crate) trust: Arc<Trust>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) index: Arc<Index>,
    pub(crate) platform: PlatformProfile,
    pub(crate) service: ServiceProfile,
    pub(crate) redaction: String,
    pub(crate) potential: Vec<PotentialConflict>,
    pub(crate) opened: Mutex<LruCache<OpenKey, Arc<Opened>>>,
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

    /// Its policies, by id.
    pub fn policies(&self) -> Vec<PolicyStatus> {
        let status = |policy: &Policy| PolicyStatus {
            id: policy.card.id.clone(),
            version: policy.card.version.clone(),
            digest: policy.digest.clone(),
            signer: policy.card.signer.to_string(),
            n_duties: policy.card.governs.len(),
            unavailable: policy.standing_fault(),
        };
        self.policies.iter().map(status).collect()
    }

    /// Conflicts between measures that the manifests make possible; each would be decided as `review`.
    pub fn potential_conflicts(&self) -> &[PotentialConflict] {
        &self.potential
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
