//! What stands in an edition, read and checked, without compiled code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::{Bundle, Manifest, NamedSection, SettingValue, digest_of};
use specialis_core::{
    BoundSide, CategoryId, Date, DeclaredFacts, FactPlace, FactValue, MeasureId, Mode, Origin, PolicyCard, PolicyId,
    PotentialConflict, ReasonId, Registry, RestsOn, SectorFacts, SectorId, SignerId, TextKey, Trust, Wording, Words,
};
use specialis_scorer::{LinearScorer, Scorer};

use super::{PlatformProfile, PolicyStatus, ServiceProfile};
use crate::runtime::{CallTimes, CodeOf, Limits, answer_bits, digest_of_value};

/// Settings by policy and name.
pub type Settings = BTreeMap<PolicyId, BTreeMap<String, SettingValue>>;

/// Everything an edition is made from, as it was given.
#[derive(Clone)]
pub(crate) struct EditionSources {
    /// Policy files with the name to use in messages.
    pub(crate) files: Vec<(String, Arc<[u8]>)>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) trust: Arc<Trust>,
    pub(crate) settings: Settings,
    /// Lexicons in place of those that policies were shipped with, or beside them, by policy and name.
    pub(crate) lexicons: BTreeMap<PolicyId, BTreeMap<String, Arc<[u8]>>>,
    pub(crate) modes: BTreeMap<PolicyId, Mode>,
    pub(crate) platform: PlatformProfile,
    pub(crate) service: ServiceProfile,
    pub(crate) redaction: String,
    pub(crate) keep_unavailable: bool,
    /// The platform's own scorers.
    pub(crate) scorers: Vec<Arc<dyn Scorer>>,
    /// Terms beside those of the policies' lexicons, by category: those that a vector says others have.
    pub(crate) terms: BTreeMap<CategoryId, Vec<String>>,
    /// Files of vectors for the policies together.
    pub(crate) cases: Vec<(String, String)>,
    /// Policies that were taken out of service.
    pub(crate) quarantined: BTreeSet<PolicyId>,
}

impl EditionSources {
    pub(crate) fn scorers(&self) -> impl Iterator<Item = Arc<dyn Scorer>> {
        let is_built_in = self.scorers.is_empty() && self.platform.built_in_scorer;
        let built_in = is_built_in.then(|| Arc::new(LinearScorer::built_in()) as Arc<dyn Scorer>);
        self.scorers.iter().cloned().chain(built_in)
    }
}

/// What stands in a policy of an edition: its file, and what of that counts here.
pub(crate) struct PolicyContent {
    pub(crate) card: Arc<PolicyCard>,
    pub(crate) bundle: Arc<Bundle>,
    /// Its lexicons as they count here: those of its file, but for those that the operator has in their place or beside them.
    pub(crate) lexicons: Arc<[NamedSection]>,
    /// The data that its code reads.
    pub(crate) data: Arc<[NamedSection]>,
    /// The digest of its file.
    pub(crate) digest: String,
    /// The categories whose hits and signals it reads.
    pub(crate) reads: Arc<BTreeSet<CategoryId>>,
    /// Measures and text actions that the trust policy grants to its signer.
    pub(crate) granted: BTreeSet<MeasureId>,
    pub(crate) provenance: Provenance,
    /// Whether it carries an interpreter, as its signer may.
    pub(crate) is_interpreted: bool,
    /// The authors who signed this very version, each with the approvals that they need, whether or not its digest is pinned.
    pub(crate) endorsed: BTreeSet<SignerId>,
    /// The value of every setting.
    pub(crate) settings: Arc<BTreeMap<String, SettingValue>>,
}

/// Why a policy file may be loaded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A signer of the trust policy has this very file's digest.
    Pinned,
    /// An author signed it, and as many as needed approved.
    Signed {
        /// Who approved.
        approvers: Vec<SignerId>,
        /// Until when the signatures count.
        expires: Date,
    },
    /// Nobody signed it, and the trust policy allows that.
    Unsigned,
}

impl PolicyContent {
    /// Whose code it is, for what a call may use.
    pub(crate) fn code_of(&self) -> CodeOf {
        if self.is_interpreted { CodeOf::Interpreter } else { CodeOf::Anyone }
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.bundle.manifest
    }

    /// The digests of the lexicons that are not those of its file, by name.
    fn own_lexicons(&self) -> BTreeMap<String, String> {
        let own = self.lexicons.iter().filter(|one| !self.bundle.lexicons.contains(one));
        own.map(|one| (one.name.clone(), digest_of(&one.data))).collect()
    }

    /// The digest under which it was revoked: that of its file, or of what signatures stand on in it.
    pub(crate) fn revoked_under(&self, revoked: &BTreeSet<String>) -> Option<String> {
        if revoked.is_empty() {
            return None;
        }
        let digests = [self.digest.clone(), self.bundle.content_digest()];
        digests.into_iter().find(|digest| revoked.contains(digest))
    }

    /// How it stands before it was compiled.
    pub(crate) fn status(&self) -> PolicyStatus {
        PolicyStatus {
            id: self.card.id.clone(),
            version: self.card.version.to_string(),
            digest: self.digest.clone(),
            signer: self.card.signer.to_string(),
            n_duties: self.card.governs.len(),
            unavailable: None,
            mode: self.card.mode,
            provenance: self.provenance.clone(),
            n_calls: 0,
            n_faults: 0,
            times: CallTimes::default(),
        }
    }
}

/// What stands in an edition, read and checked, without compiled code: enough to look at policies and tables, to explain
/// decisions, to read text and to compare editions. Cheap to clone.
#[derive(Clone)]
pub struct EditionContent {
    pub(crate) sources: Arc<EditionSources>,
    /// By id.
    pub(crate) policies: Vec<Arc<PolicyContent>>,
    pub(crate) potential_conflicts: Arc<[PotentialConflict]>,
    /// The facts that its policies declare.
    pub(crate) declared_facts: Arc<DeclaredFacts>,
}

impl EditionContent {
    /// The id of the edition that is made from it under these limits: a digest over everything that can change a decision.
    pub fn id(&self, limits: &Limits) -> String {
        let sources = &self.sources;
        let policy = |policy: &Arc<PolicyContent>| {
            (policy.card.id.clone(), policy.digest.clone(), policy.settings.clone(), policy.own_lexicons())
        };
        let policies: Vec<_> = self.policies.iter().map(policy).collect();
        let tables = (&sources.registry, &sources.trust, &sources.modes, &sources.platform, &sources.service);
        let scorers: Vec<_> = self.scorers().map(|one| (one.name().to_owned(), one.version().to_owned())).collect();
        let rest = (&sources.redaction, &sources.quarantined, limits, scorers);
        format!("blake3:{}", digest_of_value("specialis 2026-11 edition", &(policies, tables, rest)))
    }

    /// The lexicons of its policies as they count: the policy, the name, and the file.
    pub fn lexicons(&self) -> impl Iterator<Item = (&PolicyId, &str, &[u8])> {
        self.policies
            .iter()
            .flat_map(|policy| policy.lexicons.iter().map(|one| (&policy.card.id, one.name.as_str(), &*one.data)))
    }

    /// The files of vectors that travel with its policies: the policy, the name, and the file.
    pub fn vectors(&self) -> impl Iterator<Item = (&PolicyId, &str, &[u8])> {
        self.policies
            .iter()
            .flat_map(|policy| policy.bundle.vectors.iter().map(|one| (&policy.card.id, one.name.as_str(), &*one.data)))
    }

    /// Its registries.
    pub fn registry(&self) -> &Registry {
        &self.sources.registry
    }

    /// Its trust policy.
    pub fn trust(&self) -> &Trust {
        &self.sources.trust
    }

    /// What the platform carries out.
    pub fn platform(&self) -> &PlatformProfile {
        &self.sources.platform
    }

    /// The scorers of prompts and outputs: the platform's own, or else the one that is built in, unless the profile turns it off.
    pub fn scorers(&self) -> impl Iterator<Item = Arc<dyn Scorer>> {
        self.sources.scorers()
    }

    /// What the operator says of the service.
    pub fn service(&self) -> &ServiceProfile {
        &self.sources.service
    }

    /// Its policies, by id, as they stand before they are compiled.
    pub fn policies(&self) -> Vec<PolicyStatus> {
        self.policies.iter().map(|policy| policy.status()).collect()
    }

    /// The manifests of its policies, by id.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.policies.iter().map(|policy| policy.manifest())
    }

    /// The value of every setting of a policy, the operator's or the default.
    pub fn settings_of(&self, policy: &PolicyId) -> Option<&BTreeMap<String, SettingValue>> {
        self.policy(policy).map(|policy| &*policy.settings)
    }

    /// The sectors for which a policy is loaded.
    pub fn sectors(&self) -> impl Iterator<Item = &SectorId> {
        self.policies.iter().filter_map(|policy| match &policy.card.origin {
            Origin::Sector(sector) => Some(sector),
            Origin::General | Origin::Common | Origin::Tenant => None,
        })
    }

    /// The facts that its policies declare, by sector.
    pub fn declared_facts(&self) -> &DeclaredFacts {
        &self.declared_facts
    }

    /// What of the facts of sectors does not fit what its policies declare, a sentence each. Whoever takes events in refuses them
    /// with these; where they are judged all the same, such a fact counts as unknown.
    pub fn unfit_facts(&self, facts: &SectorFacts, place: FactPlace) -> Vec<String> {
        let mut facts = facts.clone();
        facts.admit(self.declared_facts(), place).into_iter().map(|(_, problem)| problem).collect()
    }

    /// Conflicts between measures that the manifests make possible; each would be decided as `review`.
    pub fn potential_conflicts(&self) -> &[PotentialConflict] {
        &self.potential_conflicts
    }

    /// An upper bound of the bits that one answer of a policy carries to whoever reads decisions, under these limits and where the
    /// call showed so many hits: what a malicious policy could send.
    pub fn answer_bits(&self, policy: &PolicyId, limits: &Limits, n_hits: usize) -> Option<u64> {
        let bits = answer_bits(self.policy(policy)?.manifest(), self.registry(), limits, n_hits).ceil();
        // Thousands of bits; `as` saturates.
        Some(bits as u64)
    }

    /// What a policy declares that a reason rests on, with the values of its bounds. Where `has_grades`, a grade may replace a bound,
    /// so none is named.
    pub(crate) fn rests_on(
        &self,
        policy: &PolicyId,
        reason: &ReasonId,
        has_grades: bool,
    ) -> Option<(&RestsOn, BTreeMap<String, FactValue>)> {
        let policy = self.policy(policy)?;
        let rests_on = &policy.manifest().reasons.get(reason)?.rests_on;
        if rests_on.is_empty() {
            return None;
        }
        let bounds = rests_on.bounds.iter().filter(|_| !has_grades).filter_map(|name| {
            let value = match policy.settings.get(name)? {
                SettingValue::Flag(flag) => FactValue::Flag(*flag),
                SettingValue::Number(number) => FactValue::Number(*number),
                SettingValue::Date(day) => FactValue::Day(*day),
                SettingValue::Texts(rows) => rests_on.table(rows)?,
                SettingValue::Text(_) => return None,
            };
            Some((name.clone(), value))
        });
        Some((rests_on, bounds.collect()))
    }

    /// The policy called `id`.
    pub(crate) fn policy(&self, id: &PolicyId) -> Option<&PolicyContent> {
        self.policies.iter().find(|policy| policy.card.id == *id).map(|policy| &**policy)
    }
}

impl Words for EditionContent {
    fn registry(&self) -> &Registry {
        &self.sources.registry
    }

    fn reason(&self, policy: &PolicyId, reason: &ReasonId) -> Option<Wording<'_>> {
        let words = self.policy(policy)?.manifest().reasons.get(reason)?;
        Some(Wording { en: &words.en, zh: &words.zh })
    }

    fn text(&self, policy: &PolicyId, key: &TextKey) -> Option<Wording<'_>> {
        let words = self.policy(policy)?.manifest().texts.get(key)?;
        Some(Wording { en: &words.en, zh: &words.zh })
    }

    fn sector(&self, sector: &SectorId) -> Option<Wording<'_>> {
        let of_sector = |policy: &&Arc<PolicyContent>| policy.card.origin == Origin::Sector(sector.clone());
        let title = &self.policies.iter().find(of_sector)?.manifest().title;
        Some(Wording { en: &title.en, zh: &title.zh })
    }

    fn title(&self, policy: &PolicyId) -> Option<Wording<'_>> {
        let title = &self.policy(policy)?.manifest().title;
        Some(Wording { en: &title.en, zh: &title.zh })
    }

    fn setting(&self, policy: &PolicyId, name: &str) -> Option<Wording<'_>> {
        Some(self.policy(policy)?.manifest().settings.get(name)?.bound_words())
    }

    fn fact(&self, path: &str) -> Option<(Wording<'_>, Option<&str>)> {
        let of_sectors = path.strip_prefix(SectorFacts::GROUP)?.strip_prefix('.')?;
        let (sector, name) = of_sectors.rsplit_once('.')?;
        let fact = self.declared_facts.get(sector)?.get(name)?;
        Some((Wording { en: &fact.en, zh: &fact.zh }, fact.unit.as_deref()))
    }

    fn bound_side(&self, policy: &PolicyId, name: &str) -> Option<BoundSide> {
        self.policy(policy)?.manifest().settings.get(name)?.bound_side()
    }
}
