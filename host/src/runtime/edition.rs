//! An edition: policies, settings, lexicons, registries and trust, fixed together and never changed.

mod content;
mod decisions;
mod notices;
mod opening;
mod pinned;
mod profile;
mod record;
mod warrants;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use specialis_core::{CategoryId, FaultKind, PolicyId, PotentialConflict, Registry, SectorId, Trust, Wording, Words};
use specialis_scorer::Scorer;
use specialis_text::Index;

pub use content::{EditionContent, Provenance, Settings};
pub(crate) use content::{EditionSources, PolicyContent};
use decisions::Decisions;
pub(crate) use decisions::{Answered, DecisionKey};
use notices::Notices;
use opening::OpenCache;
pub(crate) use opening::{Opened, Opening, PolicyOpening};
pub(crate) use pinned::PinnedEdition;
pub use profile::{PlatformProfile, ServiceProfile};
pub use record::{Change, ChangeClass, EditionRecord};
pub(crate) use warrants::{admit_event, warranted};

use super::{CallTimes, MemoryCounts, Policy};

/// One immutable edition. A session stays on the edition it was opened on.
pub struct Edition {
    id: String,
    content: EditionContent,
    pub(crate) policies: Vec<Policy>,
    index: Arc<Index>,
    index_digest: blake3::Hash,
    scorers: Arc<[Arc<dyn Scorer>]>,
    /// For each policy, the categories that can lead to a finding on one of its duties.
    pub(crate) categories: Vec<Arc<BTreeSet<CategoryId>>>,
    opened: OpenCache,
    pub(crate) decisions: Decisions,
    record: EditionRecord,
    /// What its sessions have to know.
    pub(crate) notices: Notices,
    n_sessions: AtomicUsize,
}

/// What an edition is put together from once everything was checked and compiled.
pub(crate) struct EditionParts {
    pub(crate) id: String,
    pub(crate) content: EditionContent,
    /// One for each policy of the content, in the same order.
    pub(crate) policies: Vec<Policy>,
    pub(crate) index: Arc<Index>,
    /// Of everything the index was made from.
    pub(crate) index_digest: blake3::Hash,
    pub(crate) record: EditionRecord,
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
    pub unavailable: Option<FaultKind>,
    /// Whether its findings count.
    pub mode: specialis_core::Mode,
    /// Why it may be loaded.
    pub provenance: Provenance,
    /// How often it was called since the edition was staged.
    pub n_calls: u64,
    /// How many of those calls were faults.
    pub n_faults: u64,
    /// How long they took. No part of what is serialized: it is another one each time.
    #[serde(skip)]
    pub times: CallTimes,
}

/// What an edition remembers. The same bytes of the same policy are the same findings, and the same answers lead to the same decision.
/// Each memory is bounded in bytes: answers and findings at 256 KiB for each policy, decisions at 8 MiB. What was used longest ago is
/// forgotten first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Memories {
    /// Whole answers that rest on no text.
    pub answers: MemoryCounts,
    /// Single findings of answers that were new, where they rest on no text.
    pub findings: MemoryCounts,
    /// Decisions on events of which every answer was known.
    pub decisions: MemoryCounts,
}

impl Edition {
    pub(crate) fn new(parts: EditionParts) -> Self {
        let EditionParts { id, content, policies, index, index_digest, record } = parts;
        Self {
            id,
            scorers: content.scorers().collect(),
            categories: content.policies.iter().map(|policy| Arc::new(categories(&content, policy))).collect(),
            content,
            policies,
            index,
            index_digest,
            opened: OpenCache::default(),
            decisions: Decisions::default(),
            record,
            notices: Notices::default(),
            n_sessions: AtomicUsize::new(0),
        }
    }

    /// The edition's id: a digest over everything in it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What stands in it: everything but the compiled code.
    pub fn content(&self) -> &EditionContent {
        &self.content
    }

    /// Its registries.
    pub fn registry(&self) -> &Registry {
        self.content.registry()
    }

    /// Its trust policy.
    pub fn trust(&self) -> &Trust {
        self.content.trust()
    }

    /// The sectors for which a policy is loaded.
    pub fn sectors(&self) -> impl Iterator<Item = &SectorId> {
        self.content.sectors()
    }

    /// Its policies, by id.
    pub fn policies(&self) -> Vec<PolicyStatus> {
        let status = |policy: &Policy| PolicyStatus {
            unavailable: policy.unavailable_because(),
            n_calls: policy.tally.n_calls(),
            n_faults: policy.tally.n_faults(),
            times: policy.tally.times(),
            ..policy.content.status()
        };
        self.policies.iter().map(status).collect()
    }

    /// What it remembers of answers and decisions.
    pub fn memories(&self) -> Memories {
        let counts = self.policies.iter().map(|policy| policy.memory.counts());
        let add = |all: Memories, [answers, findings]: [MemoryCounts; 2]| Memories {
            answers: all.answers.and(answers),
            findings: all.findings.and(findings),
            ..all
        };
        counts.fold(Memories { decisions: self.decisions.counts(), ..Memories::default() }, add)
    }

    /// How it came to be.
    pub fn record(&self) -> &EditionRecord {
        &self.record
    }

    /// Conflicts between measures that the manifests make possible; each would be decided as `review`.
    pub fn potential_conflicts(&self) -> &[PotentialConflict] {
        self.content.potential_conflicts()
    }

    /// Sessions that are open on it.
    pub fn n_sessions(&self) -> usize {
        self.n_sessions.load(Ordering::Acquire)
    }

    /// All lexicons, detectors and patterns of its policies, compiled: what every text is read for.
    ///
    /// With it a text can be read without being judged: [`Index::scan`] finds the hits, and a
    /// [`Reader`](specialis_text::Reader) over it says how much of a text that comes in pieces is kept back.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Its scorers.
    pub(crate) fn scorers(&self) -> &Arc<[Arc<dyn Scorer>]> {
        &self.scorers
    }

    /// The index, where it was made from what `digest` stands for.
    pub(crate) fn index_of(&self, digest: &blake3::Hash) -> Option<Arc<Index>> {
        (self.index_digest == *digest).then(|| self.index.clone())
    }
}

/// The categories that can lead to a finding of a policy: those that its duties name, and those that it reads.
fn categories(content: &EditionContent, policy: &PolicyContent) -> BTreeSet<CategoryId> {
    let duties = policy.card.governs.iter().filter_map(|duty| content.registry().duties.get(duty));
    duties.flat_map(|duty| &duty.categories).chain(policy.reads.iter()).cloned().collect()
}

impl Words for Edition {
    fn registry(&self) -> &Registry {
        self.content.registry()
    }

    fn reason(&self, policy: &PolicyId, reason: &specialis_core::ReasonId) -> Option<Wording<'_>> {
        self.content.reason(policy, reason)
    }

    fn text(&self, policy: &PolicyId, key: &specialis_core::TextKey) -> Option<Wording<'_>> {
        self.content.text(policy, key)
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        self.content.sector(sector)
    }

    fn title(&self, policy: &specialis_core::PolicyId) -> Option<Wording<'_>> {
        self.content.title(policy)
    }

    fn setting(&self, policy: &PolicyId, name: &str) -> Option<Wording<'_>> {
        self.content.setting(policy, name)
    }

    fn fact(&self, path: &str) -> Option<(Wording<'_>, Option<&str>)> {
        self.content.fact(path)
    }

    fn bound_side(&self, policy: &PolicyId, name: &str) -> Option<specialis_core::BoundSide> {
        self.content.bound_side(policy, name)
    }
}

impl std::fmt::Debug for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Edition").field(&self.id).finish()
    }
}
