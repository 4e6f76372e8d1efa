//! Staging: from files to an edition, or to an error that says at which step, over which policy, and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::{Bundle, PublicKey, digest_of};
use specialis_core::{
    CategoryId, Date, FaultKind, Mode, Origin, PolicyCard, PolicyId, Registry, SignerId, Trust, When, nearest,
    potential_conflicts,
};

use super::difference::{difference, loosening};
use super::manifest::EditionManifest;
use super::{Change, Edition, EditionRecord, Settings, memory};
use crate::admission::{Admission, Standing, admit, odd_signers};
use crate::error::{BuildError, StageError, StageStep};
use crate::limits::Limits;
use crate::needs;
use crate::policy::{Loaded, Policy, Sandbox};
use crate::profile::{PlatformProfile, ServiceProfile};

/// What stands in place of what is masked, unless the operator chose other words.
pub(super) const REDACTION: &str = "［已隐去］";

/// Who answers for an edition, and why it is as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approval {
    pub(crate) approvers: Vec<String>,
    pub(crate) reason: Option<String>,
    /// Whether live sessions move to it.
    pub(crate) is_urgent: bool,
    /// The key under which the approvers are approvers, where the edition was signed.
    pub(crate) root: Option<PublicKey>,
    /// What they signed.
    pub(crate) manifest: Option<EditionManifest>,
}

impl Approval {
    /// Whether changes that loosen are approved: by two, with a written reason.
    pub(crate) fn check(&self, changes: &[Change]) -> Result<(), BuildError> {
        let Some((first, n_loosening)) = loosening(changes) else { return Ok(()) };
        if self.is_urgent {
            return Err(BuildError::UrgentLoosens { first: first.to_string() });
        }
        let approvers: BTreeSet<&String> = self.approvers.iter().collect();
        let has_reason = self.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if approvers.len() >= 2 && has_reason {
            return Ok(());
        }
        Err(BuildError::Loosens { first: first.to_string(), n_loosening, n_approvers: approvers.len(), has_reason })
    }
}

/// Everything an edition is made of, before it is looked at. [`Candidate::read`] takes it from a signed folder; in code it is
/// put together like a host.
///
/// The defaults are those of the host's builder; nobody approved it. One that was read from a signed folder and then changed
/// is no longer signed.
#[derive(Clone)]
pub struct Candidate {
    /// Policy files with the name to use in messages.
    pub(crate) files: Vec<(String, Arc<[u8]>)>,
    pub(crate) registry: Registry,
    pub(crate) trust: Trust,
    pub(crate) settings: Settings,
    pub(crate) modes: BTreeMap<PolicyId, Mode>,
    pub(crate) platform: PlatformProfile,
    pub(crate) service: ServiceProfile,
    pub(crate) redaction: String,
    pub(crate) keep_unavailable: bool,
    /// Terms beside those of the policies' lexicons, by category: those that a vector says others have.
    pub(crate) terms: BTreeMap<CategoryId, Vec<String>>,
    /// Files of vectors for the policies together.
    pub(crate) cases: Vec<(String, String)>,
    pub(crate) approval: Approval,
    pub(crate) quarantined: BTreeSet<PolicyId>,
}

impl Default for Candidate {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            registry: Registry::default(),
            trust: Trust::default(),
            settings: Settings::new(),
            modes: BTreeMap::new(),
            platform: PlatformProfile::default(),
            service: ServiceProfile::default(),
            redaction: REDACTION.to_owned(),
            keep_unavailable: false,
            terms: BTreeMap::new(),
            cases: Vec::new(),
            approval: Approval::default(),
            quarantined: BTreeSet::new(),
        }
    }
}

impl Candidate {
    /// Adds a policy file; `name` is for messages.
    #[must_use]
    pub fn policy(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.break_seal();
        let bytes: Vec<u8> = bytes.into();
        self.files.push((name.into(), bytes.into()));
        self
    }

    /// Takes out every policy file that was added under `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.break_seal();
        self.files.retain(|(file, _)| file != name);
        self
    }

    /// The registries.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Self {
        self.break_seal();
        self.registry = registry;
        self
    }

    /// The trust policy.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.break_seal();
        self.trust = trust;
        self
    }

    /// The operator's settings for the policies.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.break_seal();
        self.settings = settings;
        self
    }

    /// Whether a policy's findings count. A policy that is not named enforces.
    #[must_use]
    pub fn mode(mut self, policy: impl Into<PolicyId>, mode: Mode) -> Self {
        self.break_seal();
        self.modes.insert(policy.into(), mode);
        self
    }

    /// What the platform carries out.
    #[must_use]
    pub fn platform(mut self, platform: PlatformProfile) -> Self {
        self.break_seal();
        self.platform = platform;
        self
    }

    /// What the operator says of the service.
    #[must_use]
    pub fn service(mut self, service: ServiceProfile) -> Self {
        self.break_seal();
        self.service = service;
        self
    }

    /// A file of vectors for the policies together, run whenever it is staged; `name` is for messages.
    #[must_use]
    pub fn vectors(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.break_seal();
        self.cases.push((name.into(), text.into()));
        self
    }

    /// Who approved it. For a host without a root key, whose embedder answers for the names.
    #[must_use]
    pub fn approved_by<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.break_seal();
        self.approval.approvers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Why it loosens.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.break_seal();
        self.approval.reason = Some(reason.into());
        self
    }

    /// Moves live sessions to it at once, when it is published. Only for one that nowhere loosens.
    #[must_use]
    pub fn urgent(mut self) -> Self {
        self.break_seal();
        self.approval.is_urgent = true;
        self
    }

    /// What was changed in code is no longer what approvers signed.
    pub(crate) fn break_seal(&mut self) {
        self.approval.root = None;
        self.approval.manifest = None;
    }

    /// What approvers signed, where it was read from a folder.
    pub fn manifest(&self) -> Option<&EditionManifest> {
        self.approval.manifest.as_ref()
    }

    /// Who approved it.
    pub fn approvers(&self) -> &[String] {
        &self.approval.approvers
    }
}

/// What staging knows beside the candidate.
pub(crate) struct Circumstances<'a> {
    pub(crate) today: Date,
    /// The live edition, where there is one.
    pub(crate) base: Option<&'a Edition>,
    /// The highest versions that were ever live, and what was revoked.
    pub(crate) seen: &'a super::Seen,
    /// Whether the edition that was live when the host ended may come again.
    pub(crate) is_start: bool,
}

impl Candidate {
    pub(crate) fn stage(self, sandbox: &Sandbox, around: &Circumstances<'_>) -> Result<Edition, StageError> {
        let at = |step: StageStep| move |error: BuildError| StageError::new(step, error);
        self.check_tables().map_err(at(StageStep::Read))?;
        let mut bundles = self.bundles()?;
        bundles.sort_by(|a, b| a.bundle.manifest.id.cmp(&b.bundle.manifest.id));
        let admissions = bundles
            .iter()
            .map(|file| self.verify(file, around).map_err(|e| file.error(StageStep::Verify, e)))
            .collect::<Result<Vec<_>, _>>()?;
        self.check_pins(&bundles, around)?;
        self.check_set(&bundles)?;
        for file in &bundles {
            needs::check(&file.bundle, &sandbox.limits, &self.trust.limits)
                .map_err(|e| file.error(StageStep::Imports, e))?;
        }
        let settings = self.settings_of(&bundles).map_err(at(StageStep::Configure))?;
        let (index, index_digest) = self.index(&bundles, around.base)?;
        let mut policies = Vec::new();
        for (file, admission) in bundles.iter().zip(admissions) {
            let settings = settings.get(&file.bundle.manifest.id).cloned().unwrap_or_default();
            let policy = self.load(sandbox, file, settings, admission);
            policies.push(policy.map_err(|e| {
                let is_of_settings = matches!(&e, BuildError::Configure { .. } | BuildError::Settings { .. });
                let step = if is_of_settings { StageStep::Configure } else { StageStep::Compile };
                file.error(step, e)
            })?);
        }
        let asks: Vec<_> = bundles
            .iter()
            .flat_map(|file| {
                let manifest = &file.bundle.manifest;
                manifest.may_require.iter().map(|measure| (manifest.id.clone(), measure.clone()))
            })
            .collect();
        let manifest = self.approval.manifest.as_ref();
        let mut edition = Edition {
            id: self.id(&bundles, &settings, &sandbox.limits),
            potential: potential_conflicts(&asks, &self.registry),
            record: EditionRecord {
                number: manifest.map(|manifest| manifest.number),
                approvers: self.approval.approvers.clone(),
                reason: self.approval.reason.clone(),
                is_urgent: self.approval.is_urgent,
                base: around.base.map(|base| base.id.clone()),
                changes: Vec::new(),
            },
            source: Arc::new(self.clone()),
            registry: Arc::new(self.registry),
            trust: Arc::new(self.trust),
            policies,
            index,
            index_digest,
            platform: self.platform,
            service: self.service,
            redaction: self.redaction,
            opened: memory(),
            notice: super::Notice::default(),
        };
        if let Some(base) = around.base {
            let changes = difference(base, &edition);
            if edition.source.quarantined.is_empty() {
                edition.source.approval.check(&changes).map_err(at(StageStep::Difference))?;
            }
            edition.record.changes = changes;
        }
        Ok(edition)
    }

    /// Whether a file may be loaded at all.
    fn verify(&self, file: &File, around: &Circumstances<'_>) -> Result<Admission, BuildError> {
        let manifest = &file.bundle.manifest;
        let policy = || manifest.id.clone();
        let admission = admit(&file.bundle, &file.digest, &self.trust, &self.registry, around.today)
            .map_err(|source| BuildError::Admission { policy: policy(), source })?;
        if around.seen.revoked.contains(&file.digest)
            || self.approval.manifest.as_ref().is_some_and(|manifest| manifest.revoked.contains(&file.digest))
        {
            return Err(BuildError::Revoked { policy: policy(), digest: file.digest.clone() });
        }
        let may_go_back = self.approval.manifest.as_ref().is_some_and(|manifest| manifest.rolls_back);
        if let Some(seen) = around.seen.versions.get(&manifest.id)
            && !may_go_back
        {
            let version = |text: &str| semver::Version::parse(text).ok();
            if version(&manifest.version) < version(seen) {
                let (found, seen) = (manifest.version.clone(), seen.clone());
                return Err(BuildError::Older { policy: policy(), found, seen });
            }
        }
        let live = around.base.and_then(|base| base.policy(&manifest.id));
        let is_other = |live: &&Policy| live.card.version == manifest.version && live.digest != file.digest;
        if live.is_some_and(|live| is_other(&live)) && admission.standing != Standing::Unsigned && !may_go_back {
            return Err(BuildError::SameVersion { policy: policy(), version: manifest.version.clone() });
        }
        Ok(admission)
    }

    /// Holds the files against what approvers signed.
    fn check_pins(&self, bundles: &[File], around: &Circumstances<'_>) -> Result<(), StageError> {
        let Some(manifest) = &self.approval.manifest else { return Ok(()) };
        let is_old =
            if around.is_start { manifest.number < around.seen.number } else { manifest.number <= around.seen.number };
        if is_old && !manifest.rolls_back {
            let (number, seen) = (manifest.number, around.seen.number);
            return Err(StageError::new(StageStep::Verify, BuildError::OlderEdition { number, seen }));
        }
        for file in bundles {
            let found = &file.bundle.manifest;
            let disagree =
                |said: String, found: String| Err(file.error(StageStep::Verify, BuildError::Manifest { said, found }));
            let Some(pin) = manifest.policies.get(&found.id) else {
                return disagree("nothing of it".to_owned(), format!("`{}`", found.id));
            };
            if pin.version != found.version {
                return disagree(format!("version {}", pin.version), format!("version {}", found.version));
            }
            let lexicons: BTreeMap<_, _> =
                file.bundle.lexicons.iter().map(|one| (one.name.clone(), digest_of(&one.data))).collect();
            if pin.lexicons != lexicons {
                return disagree("other lexicons".to_owned(), format!("{} lexicons", lexicons.len()));
            }
        }
        Ok(())
    }

    fn check_tables(&self) -> Result<(), BuildError> {
        let mut problems = Vec::new();
        let words =
            |errors: Vec<specialis_core::RegistryError>| errors.into_iter().map(|e| e.to_string()).collect::<Vec<_>>();
        problems.extend(self.registry.check().map_err(words).err().into_iter().flatten());
        problems.extend(self.trust.check(&self.registry).map_err(words).err().into_iter().flatten());
        problems.extend(odd_signers(&self.trust));
        if problems.is_empty() { Ok(()) } else { Err(BuildError::Registry { problems }) }
    }

    fn bundles(&self) -> Result<Vec<File>, StageError> {
        let limits = &self.trust.limits;
        let n_policies = u64::try_from(self.files.len()).unwrap_or(u64::MAX);
        if n_policies > limits.policies {
            let cause = BuildError::Needs {
                policy: PolicyId::from("all policies"),
                what: "places",
                needed: n_policies,
                limit: "limits.policies",
                allowed: limits.policies,
            };
            return Err(StageError::new(StageStep::Read, cause));
        }
        let read = |(name, bytes): &(String, Arc<[u8]>)| {
            let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let error = |e: BuildError| StageError::new(StageStep::Read, e).of_file(name);
            if n_bytes > limits.file_bytes {
                return Err(error(BuildError::TooLarge { file: name.clone(), n_bytes, most: limits.file_bytes }));
            }
            let bundle = Bundle::parse(bytes).map_err(|source| {
                let is_import = matches!(
                    source,
                    specialis_bundle::BundleError::ForeignImport { .. }
                        | specialis_bundle::BundleError::WitVersion { .. }
                        | specialis_bundle::BundleError::MissingExport { .. }
                );
                let step = if is_import { StageStep::Imports } else { StageStep::Read };
                StageError::new(step, BuildError::Bundle { policy: name.clone(), source }).of_file(name)
            })?;
            Ok(File { name: name.clone(), digest: digest_of(bytes), bundle })
        };
        self.files.iter().map(read).collect()
    }

    /// Checks what concerns the policies together: ids, required ones, sectors, registered names, the platform.
    fn check_set(&self, bundles: &[File]) -> Result<(), StageError> {
        let mut ids = BTreeSet::new();
        let mut sectors = BTreeSet::new();
        for file in bundles {
            let manifest = &file.bundle.manifest;
            let refused = |error: BuildError| Err(file.error(StageStep::Read, error));
            if !ids.insert(&manifest.id) {
                return refused(BuildError::Twice { policy: manifest.id.clone() });
            }
            if let Origin::Sector(sector) = &manifest.origin {
                sectors.insert(sector);
                if !self.service.defaults.sectors.contains_key(sector) {
                    return refused(BuildError::SectorDefault { sector: sector.clone(), policy: manifest.id.clone() });
                }
            }
            self.check_names(&file.bundle).map_err(|e| file.error(StageStep::Read, e))?;
        }
        let required = &self.trust.required;
        let missing = |error: BuildError| Err(StageError::new(StageStep::Read, error));
        if let Some(policy) = required.policies.iter().find(|id| !ids.contains(id)) {
            return missing(BuildError::Missing { policy: policy.clone() });
        }
        if let Some(sector) = required.sectors.iter().find(|id| !sectors.contains(id)) {
            return missing(BuildError::SectorMissing { sector: sector.clone() });
        }
        Ok(())
    }

    fn check_names(&self, bundle: &Bundle) -> Result<(), BuildError> {
        let manifest = &bundle.manifest;
        let registry = &self.registry;
        let unknown = |what, id: &str, known: Vec<&str>| BuildError::Unregistered {
            policy: manifest.id.clone(),
            what,
            id: id.to_owned(),
            nearest: nearest(id, known).unwrap_or("nothing").to_owned(),
        };
        if let Some(duty) = manifest.governs.iter().find(|duty| !registry.duties.contains_key(*duty)) {
            return Err(unknown("duty", duty.as_str(), registry.duties.keys().map(|d| d.as_str()).collect()));
        }
        let instruments = manifest.rules.values().flat_map(|rule| rule.cites.keys());
        let asked = manifest.displaces.iter().map(|ask| &ask.instrument);
        if let Some(id) = instruments.chain(asked).find(|id| !registry.instruments.contains_key(*id)) {
            return Err(unknown("instrument", id.as_str(), registry.instruments.keys().map(|i| i.as_str()).collect()));
        }
        let patterns = manifest.patterns.values().map(|pattern| &pattern.category);
        let mut categories = manifest.wakes.categories.iter().chain(&manifest.wakes.awaits).chain(patterns);
        if let Some(id) = categories.find(|id| !registry.categories.contains_key(*id)) {
            return Err(unknown("category", id.as_str(), registry.categories.keys().map(|c| c.as_str()).collect()));
        }
        for measure in &manifest.may_require {
            let Some(entry) = registry.measures.get(&measure.id) else {
                let known = registry.measures.keys().map(|m| m.as_str()).collect();
                return Err(unknown("measure", measure.id.as_str(), known));
            };
            let done = self.platform.supports.contains(&measure.id) || self.platform.by_hand.contains_key(&measure.id);
            if entry.when == When::Afterwards && !done {
                return Err(BuildError::Unsupported { policy: manifest.id.clone(), measure: measure.id.clone() });
            }
        }
        Ok(())
    }

    fn settings_of(&self, bundles: &[File]) -> Result<Settings, BuildError> {
        let ids: BTreeSet<_> = bundles.iter().map(|file| &file.bundle.manifest.id).collect();
        let mut problems: Vec<String> = Vec::new();
        for id in self.settings.keys().filter(|id| !ids.contains(id)) {
            let near = nearest(id.as_str(), ids.iter().map(|id| id.as_str())).unwrap_or("none");
            problems.push(format!("there is no policy `{id}`; nearest is `{near}`"));
        }
        let none = BTreeMap::new();
        let mut all = Settings::new();
        for file in bundles {
            let manifest = &file.bundle.manifest;
            match manifest.settings_with(self.settings.get(&manifest.id).unwrap_or(&none)) {
                Ok(values) => drop(all.insert(manifest.id.clone(), values)),
                Err(more) => problems.extend(more),
            }
        }
        if problems.is_empty() { Ok(all) } else { Err(BuildError::Settings { problems }) }
    }

    fn load(
        &self,
        sandbox: &Sandbox,
        file: &File,
        settings: BTreeMap<String, specialis_bundle::SettingValue>,
        admission: Admission,
    ) -> Result<Policy, BuildError> {
        let card = self.card(&file.bundle, &admission.signer);
        let id = card.id.clone();
        let loaded = Loaded {
            bundle: &file.bundle,
            digest: file.digest.clone(),
            card,
            settings,
            granted: admission.granted,
            standing: admission.standing,
        };
        if self.quarantined.contains(&id) {
            return Ok(Policy::unavailable(loaded, FaultKind::Quarantined));
        }
        match Policy::load(sandbox, loaded.clone(), &self.registry) {
            Err(BuildError::Configure { fault, .. }) if self.keep_unavailable => Ok(Policy::unavailable(loaded, fault)),
            other => other,
        }
    }

    fn card(&self, bundle: &Bundle, signer: &SignerId) -> PolicyCard {
        let manifest = &bundle.manifest;
        PolicyCard {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            origin: manifest.origin.clone(),
            signer: signer.clone(),
            governs: manifest.governs.clone(),
            displaces: manifest.displaces.iter().cloned().collect(),
            kinds: manifest.wakes.all_kinds().collect(),
            mode: self.modes.get(&manifest.id).copied().unwrap_or(Mode::Enforce),
        }
    }

    /// A digest over everything that can change a decision.
    fn id(&self, bundles: &[File], settings: &Settings, limits: &Limits) -> String {
        let digests: Vec<_> = bundles.iter().map(|file| (&file.bundle.manifest.id, &file.digest)).collect();
        let tables = (&self.registry, &self.trust, &self.modes, &self.platform, &self.service, &self.redaction);
        // INVARIANT: every part is a map with text keys or a list, so it has a JSON form.
        let bytes = if self.quarantined.is_empty() {
            serde_json::to_vec(&(digests, settings, tables, limits))
        } else {
            serde_json::to_vec(&(digests, settings, tables, limits, &self.quarantined))
        };
        digest_of(&bytes.unwrap_or_default())
    }
}

/// A policy file that was read.
pub(super) struct File {
    pub(super) name: String,
    digest: String,
    pub(super) bundle: Bundle,
}

impl File {
    pub(super) fn error(&self, step: StageStep, error: BuildError) -> StageError {
        StageError::new(step, error).of_policy(self.bundle.manifest.id.as_str()).of_file(&self.name)
    }
}
