//! Reading and checking everything that an edition is made from, without compiling anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::{Bundle, BundleError, NamedSection, digest_of};
use specialis_core::{
    Date, DeclaredFacts, Measure, Mode, Origin, PolicyCard, PolicyId, SignerId, When, counted, nearest,
    potential_conflicts,
};

use super::Candidate;
use super::admission::{Admission, admit, odd_signer};
use super::needs;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::runtime::{EditionContent, EditionSources, PolicyContent, Settings, is_allowed};

/// A policy file that was read.
pub(super) struct PolicyFile {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) bundle: Arc<Bundle>,
}

impl PolicyFile {
    pub(super) fn id(&self) -> &PolicyId {
        &self.bundle.manifest.id
    }

    pub(super) fn error(&self, step: StageStep, cause: impl Into<StageCause>) -> StageError {
        StageError::new(step, cause).in_policy(self.id()).in_file(&self.name)
    }
}

impl Candidate {
    /// Reads and checks everything that can be checked without compiling: the policy files, the tables against each other, who
    /// signed what on a day, settings and registered names.
    ///
    /// # Errors
    /// Where anything does not fit, with the step, the policy and the file.
    pub fn content(&self, today: Date) -> Result<EditionContent, StageError> {
        let sources = &self.sources;
        check_tables(sources).map_err(|e| StageError::new(StageStep::Read, e))?;
        let files = policy_files(sources)?;
        let admissions = files.iter().map(|file| {
            let admission = admit(&file.bundle, &file.digest, &sources.trust, &sources.registry, today);
            admission.map_err(|e| file.error(StageStep::Verify, e))
        });
        let admissions = admissions.collect::<Result<Vec<_>, _>>()?;
        check_pins(self, &files)?;
        check_set(sources, &files)?;
        let declared_facts = declared_facts(&files)?;
        let mut settings = settings_of(sources, &files).map_err(|e| StageError::new(StageStep::Configure, e))?;
        let manifests = files.iter().map(|file| &file.bundle.manifest);
        let asks: Vec<_> = manifests
            .flat_map(|manifest| manifest.may_require.iter().map(|measure| (manifest.id.clone(), measure.clone())))
            .collect();
        let policies = files.into_iter().zip(admissions);
        let policies = policies.map(|(file, admission)| {
            let settings = settings.remove(file.id()).unwrap_or_default();
            Arc::new(policy_content(sources, file, admission, settings))
        });
        Ok(EditionContent {
            policies: policies.collect(),
            potential_conflicts: potential_conflicts(&asks, &sources.registry).into(),
            declared_facts: Arc::new(declared_facts),
            sources: Arc::new(sources.clone()),
        })
    }
}

/// The facts that policies of sectors declare. Two of one sector may both declare a fact, where they mean the same.
fn declared_facts(files: &[PolicyFile]) -> Result<DeclaredFacts, StageError> {
    let mut declared = DeclaredFacts::new();
    for file in files {
        let manifest = &file.bundle.manifest;
        let Origin::Sector(sector) = &manifest.origin else { continue };
        for (name, fact) in &manifest.facts {
            let known = declared.entry(sector.clone()).or_default().insert(name.clone(), fact.clone());
            if known.is_some_and(|known| known != *fact) {
                let (sector, fact) = (sector.clone(), name.clone());
                return Err(file.error(StageStep::Read, StageCause::FactDeclaredOtherwise { sector, fact }));
            }
        }
    }
    declared.retain(|_, facts| !facts.is_empty());
    Ok(declared)
}

fn policy_content(
    sources: &EditionSources,
    file: PolicyFile,
    admission: Admission,
    settings: BTreeMap<String, specialis_bundle::SettingValue>,
) -> PolicyContent {
    let card = card(sources, &file.bundle, &admission.signer);
    let displaced = card.displaces.iter().filter_map(|ask| sources.registry.duties.get(&ask.duty));
    let categories = displaced.flat_map(|duty| &duty.categories).chain(&file.bundle.manifest.wakes.categories);
    let own = sources.lexicons.get(&card.id);
    let (trust, needs) = (&sources.trust, &file.bundle.needs);
    let is_interpreted = trust.may_interpret(&admission.signer) && needs::is_for_interpreters(needs, trust);
    PolicyContent {
        reads: Arc::new(categories.cloned().collect()),
        lexicons: lexicons(&file.bundle.lexicons, own.unwrap_or(&BTreeMap::new())).into(),
        card: Arc::new(card),
        data: file.bundle.data.clone().into(),
        bundle: file.bundle,
        digest: file.digest,
        granted: admission.granted,
        provenance: admission.provenance,
        is_interpreted,
        endorsed: admission.endorsed,
        settings: Arc::new(settings),
    }
}

/// The lexicons of a policy, with the operator's in place of those of the same name, and its further ones behind them.
fn lexicons(shipped: &[NamedSection], own: &BTreeMap<String, Arc<[u8]>>) -> Vec<NamedSection> {
    let names = shipped
        .iter()
        .map(|one| &one.name)
        .chain(own.keys().filter(|name| !shipped.iter().any(|one| one.name == **name)));
    let section = |name: &String| match own.get(name) {
        Some(data) => Some(NamedSection { name: name.clone(), data: data.to_vec() }),
        None => shipped.iter().find(|one| one.name == *name).cloned(),
    };
    names.filter_map(section).collect()
}

fn card(sources: &EditionSources, bundle: &Bundle, signer: &SignerId) -> PolicyCard {
    let manifest = &bundle.manifest;
    PolicyCard {
        id: manifest.id.clone(),
        version: manifest.version.to_string().into(),
        origin: manifest.origin.clone(),
        signer: signer.clone(),
        governs: manifest.governs.clone(),
        displaces: manifest.displaces.iter().cloned().collect(),
        kinds: manifest.wakes.all_kinds().collect(),
        mode: sources.modes.get(&manifest.id).copied().unwrap_or(Mode::Enforce),
    }
}

fn check_tables(sources: &EditionSources) -> Result<(), StageCause> {
    let mut problems = sources.registry.check().err().unwrap_or_default();
    problems.extend(sources.trust.check(&sources.registry).err().into_iter().flatten());
    if !problems.is_empty() {
        return Err(StageCause::Registry { problems });
    }
    odd_signer(&sources.trust).map_or(Ok(()), Err)
}

/// Reads the policy files, in the order of ids.
fn policy_files(sources: &EditionSources) -> Result<Vec<PolicyFile>, StageError> {
    let limits = &sources.trust.limits;
    let n_policies = u64::try_from(sources.files.len()).unwrap_or(u64::MAX);
    if n_policies > limits.policies {
        let (limit, allowed) = ("limits.policies", limits.policies);
        let (what, way_out) = ("places for policies", needs::SMALLER);
        let cause = StageCause::Needs { what, needed: n_policies, limit, allowed, way_out };
        return Err(StageError::new(StageStep::Read, cause));
    }
    let read = |(name, bytes): &(String, Arc<[u8]>)| {
        let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if n_bytes > limits.file_bytes {
            let cause = StageCause::TooLarge { n_bytes, max: limits.file_bytes };
            return Err(StageError::new(StageStep::Read, cause).in_file(name));
        }
        let bundle = Bundle::parse_shared(bytes.clone()).map_err(|e| {
            let step = if is_of_imports(&e) { StageStep::Imports } else { StageStep::Read };
            StageError::new(step, e).in_file(name)
        })?;
        Ok(PolicyFile { name: name.clone(), digest: digest_of(bytes), bundle: Arc::new(bundle) })
    };
    let mut files = sources.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    files.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(files)
}

fn is_of_imports(error: &BundleError) -> bool {
    matches!(
        error,
        BundleError::ForeignImport { .. }
            | BundleError::WitVersion { .. }
            | BundleError::NewerWit { .. }
            | BundleError::MissingExport { .. }
    )
}

/// Holds the files against what approvers signed.
fn check_pins(candidate: &Candidate, files: &[PolicyFile]) -> Result<(), StageError> {
    let Some(manifest) = candidate.head().map(|head| &head.manifest) else { return Ok(()) };
    for file in files {
        let found = &file.bundle.manifest;
        let disagree =
            |said: String, found: String| Err(file.error(StageStep::Verify, StageCause::Manifest { said, found }));
        let Some(pin) = manifest.policies.get(&found.id) else {
            return disagree("nothing of it".to_owned(), format!("`{}`", found.id));
        };
        if pin.version != found.version {
            return disagree(format!("version {}", pin.version), format!("version {}", found.version));
        }
        let lexicons: BTreeMap<_, _> =
            file.bundle.lexicons.iter().map(|one| (one.name.clone(), digest_of(&one.data))).collect();
        if pin.lexicons != lexicons {
            return disagree("other lexicons".to_owned(), counted(lexicons.len(), "lexicon", "lexicons"));
        }
    }
    Ok(())
}

/// Checks what concerns the policies together: ids, required ones, sectors, registered names, the platform.
fn check_set(sources: &EditionSources, files: &[PolicyFile]) -> Result<(), StageError> {
    let mut ids = BTreeSet::new();
    let mut sectors = BTreeSet::new();
    for file in files {
        let manifest = &file.bundle.manifest;
        if !ids.insert(&manifest.id) {
            return Err(file.error(StageStep::Read, StageCause::Twice));
        }
        if let Origin::Sector(sector) = &manifest.origin {
            sectors.insert(sector);
            if !sources.service.defaults.sectors.contains_key(sector) {
                return Err(file.error(StageStep::Read, StageCause::SectorDefault { sector: sector.clone() }));
            }
        }
        check_names(sources, &file.bundle).map_err(|e| file.error(StageStep::Read, e))?;
    }
    let n_patterns: usize = files.iter().map(|file| file.bundle.manifest.patterns.len()).sum();
    let (needed, allowed) = (u64::try_from(n_patterns).unwrap_or(u64::MAX), sources.trust.limits.patterns);
    if needed > allowed {
        let (what, limit, way_out) = ("patterns of all policies", "limits.patterns", needs::SMALLER);
        let cause = StageCause::Needs { what, needed, limit, allowed, way_out };
        return Err(StageError::new(StageStep::Read, cause));
    }
    let required = &sources.trust.required;
    let missing = |cause: StageCause| Err(StageError::new(StageStep::Read, cause));
    if let Some(id) = sources.lexicons.keys().find(|id| !ids.contains(id)) {
        let known = ids.iter().map(|known| known.as_str());
        let nearest = nearest(id.as_str(), known).unwrap_or("nothing").to_owned();
        return missing(StageCause::Unregistered { what: "policy of a lexicon", id: id.to_string(), nearest });
    }
    if let Some(policy) = required.policies.iter().find(|id| !ids.contains(id)) {
        return missing(StageCause::PolicyMissing { policy: policy.clone() });
    }
    if let Some(sector) = required.sectors.iter().find(|id| !sectors.contains(id)) {
        return missing(StageCause::SectorMissing { sector: sector.clone() });
    }
    Ok(())
}

/// Checks that every name a policy declares is registered.
fn check_names(sources: &EditionSources, bundle: &Bundle) -> Result<(), StageCause> {
    let manifest = &bundle.manifest;
    let registry = &sources.registry;
    let unknown = |what, id: &str, known: Vec<&str>| StageCause::Unregistered {
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
    manifest.may_require.iter().try_for_each(|measure| check_measure(sources, measure))
}

/// Checks that a declared measure and its parameters are registered, and that the platform can carry it out.
fn check_measure(sources: &EditionSources, measure: &Measure) -> Result<(), StageCause> {
    let registry = &sources.registry;
    let Some(entry) = registry.measures.get(&measure.id) else {
        let known = registry.measures.keys().map(|m| m.as_str());
        let nearest = nearest(measure.id.as_str(), known).unwrap_or("nothing").to_owned();
        return Err(StageCause::Unregistered { what: "measure", id: measure.id.to_string(), nearest });
    };
    for (name, value) in &measure.params {
        if !entry.params.get(name).is_some_and(|param| is_allowed(param, value)) {
            return Err(StageCause::UnregisteredValue { measure: measure.id.clone(), parameter: name.clone() });
        }
    }
    let platform = &sources.platform;
    let is_done = platform.supports.contains(&measure.id) || platform.by_hand.contains_key(&measure.id);
    if entry.when == When::Afterwards && !is_done {
        return Err(StageCause::Unsupported { measure: measure.id.clone() });
    }
    Ok(())
}

/// The value of every setting of every policy.
fn settings_of(sources: &EditionSources, files: &[PolicyFile]) -> Result<Settings, StageCause> {
    let ids: BTreeSet<_> = files.iter().map(PolicyFile::id).collect();
    let mut problems: Vec<String> = Vec::new();
    for id in sources.settings.keys().filter(|id| !ids.contains(id)) {
        let near = nearest(id.as_str(), ids.iter().map(|id| id.as_str())).unwrap_or("none");
        problems.push(format!("there is no policy `{id}`; nearest is `{near}`"));
    }
    let none = BTreeMap::new();
    let mut all = Settings::new();
    for file in files {
        let manifest = &file.bundle.manifest;
        match manifest.settings_with(sources.settings.get(&manifest.id).unwrap_or(&none)) {
            Ok(values) => drop(all.insert(manifest.id.clone(), values)),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(StageCause::Settings { problems }) }
}
