//! Staging: from files and tables to an edition, or to an error that says what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use specialis_bundle::Bundle;
use specialis_core::{
    Mode, Origin, PolicyCard, PolicyId, Registry, SignerId, Trust, When, nearest, potential_conflicts,
};
use specialis_text::{IndexBuilder, Lexicon};

use crate::check::granted;
use crate::edition::{Edition, Settings, memory};
use crate::error::BuildError;
use crate::limits::Limits;
use crate::policy::{Policy, Sandbox};
use crate::profile::{PlatformProfile, ServiceProfile};

/// Everything an edition is made of.
#[derive(Clone, Default)]
pub(crate) struct Candidate {
    /// Policy files with the name to use in messages.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) registry: Registry,
    pub(crate) trust: Trust,
    pub(crate) settings: Settings,
    pub(crate) modes: BTreeMap<PolicyId, Mode>,
    pub(crate) platform: PlatformProfile,
    pub(crate) service: ServiceProfile,
    pub(crate) redaction: String,
    pub(crate) keep_unavailable: bool,
}

/// The digest of a file, as `sha256:` and hex.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Candidate {
    pub(crate) fn stage(self, sandbox: &Sandbox) -> Result<Edition, BuildError> {
        self.check_tables()?;
        let mut bundles = self.read()?;
        bundles.sort_by(|a, b| a.0.manifest.id.cmp(&b.0.manifest.id));
        self.check_set(&bundles)?;
        let settings = self.settings(&bundles)?;
        let index = index(&bundles)?;
        let policies = bundles
            .iter()
            .map(|(bundle, digest)| self.load(sandbox, bundle, digest, settings.get(&bundle.manifest.id)))
            .collect::<Result<Vec<_>, _>>()?;
        let asks: Vec<_> = bundles
            .iter()
            .flat_map(|(bundle, _)| bundle.manifest.may_require.iter().map(|m| (bundle.manifest.id.clone(), m.clone())))
            .collect();
        Ok(Edition {
            id: self.id(&bundles, &settings, &sandbox.limits),
            potential: potential_conflicts(&asks, &self.registry),
            registry: Arc::new(self.registry),
            trust: Arc::new(self.trust),
            policies,
            index: Arc::new(index),
            platform: self.platform,
            service: self.service,
            redaction: self.redaction,
            opened: memory(),
        })
    }

    fn check_tables(&self) -> Result<(), BuildError> {
        let mut problems = Vec::new();
        let words =
            |errors: Vec<specialis_core::RegistryError>| errors.into_iter().map(|e| e.to_string()).collect::<Vec<_>>();
        problems.extend(self.registry.check().map_err(words).err().into_iter().flatten());
        problems.extend(self.trust.check(&self.registry).map_err(words).err().into_iter().flatten());
        if problems.is_empty() { Ok(()) } else { Err(BuildError::Registry { problems }) }
    }

    fn read(&self) -> Result<Vec<(Bundle, String)>, BuildError> {
        let read = |(name, bytes): &(String, Vec<u8>)| match Bundle::parse(bytes) {
            Ok(bundle) => Ok((bundle, digest(bytes))),
            Err(source) => Err(BuildError::Bundle { policy: name.clone(), source }),
        };
        self.files.iter().map(read).collect()
    }

    /// Checks what concerns the policies together: ids, required ones, sectors, registered names, the platform.
    fn check_set(&self, bundles: &[(Bundle, String)]) -> Result<(), BuildError> {
        let mut ids = BTreeSet::new();
        let mut sectors = BTreeSet::new();
        for (bundle, _) in bundles {
            let manifest = &bundle.manifest;
            if !ids.insert(&manifest.id) {
                return Err(BuildError::Twice { policy: manifest.id.clone() });
            }
            if let Origin::Sector(sector) = &manifest.origin {
                sectors.insert(sector);
                if !self.service.defaults.sectors.contains_key(sector) {
                    return Err(BuildError::SectorDefault { sector: sector.clone(), policy: manifest.id.clone() });
                }
            }
            self.check_names(bundle)?;
        }
        let required = &self.trust.required;
        if let Some(policy) = required.policies.iter().find(|id| !ids.contains(id)) {
            return Err(BuildError::Missing { policy: policy.clone() });
        }
        if let Some(sector) = required.sectors.iter().find(|id| !sectors.contains(id)) {
            return Err(BuildError::SectorMissing { sector: sector.clone() });
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

    fn settings(&self, bundles: &[(Bundle, String)]) -> Result<Settings, BuildError> {
        let ids: BTreeSet<_> = bundles.iter().map(|(bundle, _)| &bundle.manifest.id).collect();
        let mut problems: Vec<String> = Vec::new();
        for id in self.settings.keys().filter(|id| !ids.contains(id)) {
            let near = nearest(id.as_str(), ids.iter().map(|id| id.as_str())).unwrap_or("none");
            problems.push(format!("there is no policy `{id}`; nearest is `{near}`"));
        }
        let none = BTreeMap::new();
        let mut all = Settings::new();
        for (bundle, _) in bundles {
            let manifest = &bundle.manifest;
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
        bundle: &Bundle,
        digest: &str,
        settings: Option<&BTreeMap<String, specialis_bundle::SettingValue>>,
    ) -> Result<Policy, BuildError> {
        let card = self.card(bundle, digest);
        let granted = granted(&card, &self.trust);
        let settings = settings.cloned().unwrap_or_default();
        let loaded = Policy::load(sandbox, bundle, card.clone(), digest.to_owned(), settings, &self.registry, granted);
        match loaded {
            Err(BuildError::Configure { fault, .. }) if self.keep_unavailable => {
                Ok(Policy::unavailable(bundle, card, digest.to_owned(), fault))
            }
            other => other,
        }
    }

    fn card(&self, bundle: &Bundle, digest: &str) -> PolicyCard {
        let manifest = &bundle.manifest;
        let named = self.trust.signers.iter().find(|(_, digests)| digests.iter().any(|d| d == digest));
        PolicyCard {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            origin: manifest.origin.clone(),
            signer: named.map_or_else(|| SignerId::from(digest), |(signer, _)| signer.clone()),
            governs: manifest.governs.clone(),
            displaces: manifest.displaces.iter().cloned().collect(),
            kinds: manifest.wakes.all_kinds().collect(),
            mode: self.modes.get(&manifest.id).copied().unwrap_or(Mode::Enforce),
        }
    }

    /// A digest over everything that can change a decision.
    fn id(&self, bundles: &[(Bundle, String)], settings: &Settings, limits: &Limits) -> String {
        let digests: Vec<_> = bundles.iter().map(|(bundle, digest)| (&bundle.manifest.id, digest)).collect();
        let tables = (&self.registry, &self.trust, &self.modes, &self.platform, &self.service, &self.redaction);
        // INVARIANT: every part is a map with text keys or a list, so it has a JSON form.
        let bytes = serde_json::to_vec(&(digests, settings, tables, limits)).unwrap_or_default();
        digest(&bytes)
    }
}

fn index(bundles: &[(Bundle, String)]) -> Result<specialis_text::Index, BuildError> {
    let mut builder = IndexBuilder::new();
    let mut detectors = BTreeSet::new();
    for (bundle, _) in bundles {
        let policy = &bundle.manifest.id;
        let refused = |reason: String| BuildError::Text { policy: policy.clone(), reason };
        for section in &bundle.lexicons {
            let lexicon = Lexicon::parse(&section.name, &section.data).map_err(|e| refused(e.to_string()))?;
            builder.lexicon(&lexicon);
        }
        for (name, pattern) in &bundle.manifest.patterns {
            let name = format!("{policy}/{name}");
            builder
                .pattern(&name, pattern.category.as_str(), &pattern.regex, pattern.max_chars)
                .map_err(|e| refused(e.to_string()))?;
        }
        for detector in &bundle.manifest.detectors {
            if detectors.insert(detector.clone()) {
                builder.detector(detector).map_err(|e| refused(e.to_string()))?;
            }
        }
    }
    builder.build().map_err(|e| BuildError::Text { policy: PolicyId::from("all policies"), reason: e.to_string() })
}
