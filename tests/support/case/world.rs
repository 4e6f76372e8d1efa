//! The edition of a case: compiled policies, scripted ones, registries and trust.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use specialis::{Candidate, Host, PlatformProfile, ServiceProfile, config};
use specialis_core::{Context, Grant, Instrument, InstrumentId, Registry, Status, Trust};

use crate::guest::{Guest, Manifest};
use crate::{files, hosts};

/// What stands behind the decisions of a case, beside the built-in registries, trust policy and profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct World {
    /// The compiled policies that are loaded; all where absent.
    pub policies: Option<Vec<String>>,
    /// Policies that give one answer to every call.
    pub scripted: Vec<Scripted>,
    /// Invented instruments.
    pub instruments: BTreeMap<InstrumentId, Instrument>,
    /// Grants beside the built-in ones; the signer of a scripted policy has its name.
    pub grants: Vec<Grant>,
    /// Obligations that could come to conflict, reported when the edition is loaded: `policy: measure / policy: measure`.
    pub conflicts_at_load: Option<Vec<String>>,
}

/// A policy that gives one answer to every call, or traps.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Scripted {
    /// Its id, and the name of its signer.
    pub id: String,
    /// Its title in Chinese and in English; its id where absent.
    #[serde(default)]
    pub title: Option<[String; 2]>,
    /// What its reason says, in Chinese and in English; placeholders where absent.
    #[serde(default)]
    pub because: Option<[String; 2]>,
    /// Its sector; without one it is `general`.
    #[serde(default)]
    pub sector: Option<String>,
    /// The duties it governs.
    pub governs: Vec<String>,
    /// The kinds of event on which it is called.
    pub kinds: Vec<String>,
    /// What it asks to displace: duty, instrument, article.
    #[serde(default)]
    pub displaces: Vec<(String, String, String)>,
    /// The articles that it cites, by instrument; those of every guest where absent.
    #[serde(default)]
    pub cites: Option<BTreeMap<String, Vec<String>>>,
    /// Measures it may require.
    #[serde(default)]
    pub may_require: Vec<String>,
    /// A lexicon below `guest-policies` that it brings along, so that terms are found without the policy they come from.
    #[serde(default)]
    pub lexicon: Option<String>,
    /// Whether it traps.
    #[serde(default)]
    pub traps: bool,
    /// What it answers, in the shapes of the contract.
    #[serde(default)]
    pub findings: Vec<Value>,
}

impl Scripted {
    /// The policy's file.
    fn pack(&self) -> Vec<u8> {
        let sector = self.sector.as_ref().map(|sector| format!("{{ sector = \"{sector}\" }}"));
        let manifest = Manifest {
            version: "1.0.0".to_owned(),
            title: self.title.clone(),
            wakes: String::new(),
            more: String::new(),
            id: self.id.clone(),
            origin: sector.unwrap_or_else(|| "\"general\"".to_owned()),
            governs: self.governs.clone(),
            kinds: self.kinds.clone(),
            open: false,
            displaces: self.displaces.clone(),
            cites: self.cites.clone().unwrap_or(Manifest::hostile().cites),
            may_require: self.may_require.clone(),
            because: self.because.clone(),
        };
        let guest = if self.traps {
            Guest::from_file("trap")
        } else {
            Guest::from_file("answers").with("answer", &json!({"findings": self.findings}).to_string())
        };
        let guest = guest.under(manifest);
        match &self.lexicon {
            Some(file) => guest.with_lexicon("terms.csv", &files::read(format!("../guest-policies/{file}"))).pack(),
            None => guest.pack(),
        }
    }
}

/// The tables of a case as files, for the command line.
#[derive(Clone, Debug)]
pub struct Files {
    /// `--policies`.
    pub policies: String,
    /// `--registry`.
    pub registry: String,
    /// `--trust`.
    pub trust: String,
    /// `--profile`.
    pub profile: String,
}

impl World {
    /// Whether it is the compiled policies as they come.
    pub fn is_built_in(&self) -> bool {
        self.policies.is_none() && self.scripted.is_empty() && self.instruments.is_empty() && self.grants.is_empty()
    }

    /// The host, with the key and the clock of [`hosts::builder`].
    ///
    /// # Panics
    /// Where the world is not one.
    pub fn host(&self) -> Host {
        hosts::host(self.candidate())
    }

    /// What the host is built from.
    ///
    /// # Panics
    /// Where the world names a policy that is not there.
    pub fn candidate(&self) -> Candidate {
        let registry = self.registry();
        Candidate::default()
            .platform(PlatformProfile::everything(&registry))
            .registry(registry)
            .trust(self.trust())
            .service(ServiceProfile { defaults: self.defaults(), ..ServiceProfile::default() })
            .policies(self.files())
    }

    /// Writes everything into a folder.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, folder: &Path) -> Files {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap_or_else(|e| panic!("cannot write `{}`: {e}", path.display()));
            path.display().to_string()
        };
        let policies = folder.join("policies");
        fs::create_dir_all(&policies).expect("a folder");
        for (name, bytes) in self.files() {
            write(&format!("policies/{name}.wasm"), &bytes);
        }
        let toml = |table: Result<String, toml::ser::Error>| table.expect("a table has a TOML form");
        let Context { service, general, sectors, .. } = self.defaults();
        let defaults = json!({"service": service, "general": general, "sectors": sectors});
        // What a case expects is what policies answer.
        let profile = json!({"supports": "everything", "built-in-scorer": false, "defaults": defaults});
        Files {
            policies: policies.display().to_string(),
            registry: write("registry.toml", toml(toml::to_string(&self.registry())).as_bytes()),
            trust: write("trust.toml", toml(toml::to_string(&self.trust())).as_bytes()),
            profile: write("profile.toml", toml(toml::to_string(&profile)).as_bytes()),
        }
    }

    fn registry(&self) -> Registry {
        let mut registry = hosts::registry();
        registry.instruments.extend(self.instruments.clone());
        registry
    }

    fn trust(&self) -> Trust {
        let mut trust = hosts::built_in_trust();
        for one in &self.scripted {
            let hex: String = Sha256::digest(one.pack()).iter().map(|byte| format!("{byte:02x}")).collect();
            trust.signers.insert(one.id.as_str().into(), vec![format!("sha256:{hex}")]);
        }
        trust.grants.extend(self.grants.clone());
        trust.required = specialis_core::Required::default();
        trust
    }

    /// The profile's defaults: in no sector unless a session says so.
    fn defaults(&self) -> Context {
        let registry = hosts::registry();
        let (_, built_in) = config::profile(specialis_artifacts::PROFILE, &registry).expect("the built-in profile");
        let mut defaults = built_in.defaults;
        for sector in self.scripted.iter().filter_map(|one| one.sector.as_deref()) {
            defaults.sectors.entry(sector.into()).or_insert(Status::No);
        }
        defaults
    }

    /// The policy files by name.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let known: Vec<&str> = specialis_artifacts::POLICIES.iter().map(|(name, _)| *name).collect();
        for name in self.policies.iter().flatten() {
            assert!(known.contains(&name.as_str()), "there is no policy `{name}` among {known:?}");
        }
        let is_loaded =
            |name: &str| self.policies.as_ref().is_none_or(|policies| policies.iter().any(|one| one == name));
        let compiled = specialis_artifacts::POLICIES.iter().filter(|(name, _)| is_loaded(name));
        let compiled = compiled.map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        compiled.chain(self.scripted.iter().map(|one| (one.id.clone(), one.pack()))).collect()
    }
}
