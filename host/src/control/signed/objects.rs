//! Where the files of editions come from: a published folder names them by digest, a folder under work by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use cap_std::fs::Dir;
use specialis_bundle::{Bundle, digest_of};
use specialis_core::{Mode, PolicyId, TrustLimits, check_id};

use super::documents::{EditionManifest, PolicyPin};
use super::folder::files;
use crate::config;
use crate::control::error::{StageCause, StageError, StageStep};
use crate::control::staging::{Approval, Candidate, REDACTION};
use crate::files::FileError;
use crate::runtime::EditionSources;

/// The largest of the signed documents, and of manifests.
pub(super) const MAX_DOCUMENT: u64 = 4 << 20;

/// A place with files that are known by their digests.
#[derive(Debug)]
pub(crate) enum Objects {
    /// `objects/` of a published folder.
    Published(Dir),
    /// A folder under work, with the names that its manifest gives to digests; what it does not have comes from the published
    /// folder that it continues, if there is one.
    Draft { dir: Dir, names: BTreeMap<String, String>, published: Option<Dir> },
}

impl Objects {
    /// A folder under work, whose newest statement names `edition` and `approvers`.
    pub(super) fn draft(dir: Dir, published: Option<Dir>) -> Result<Self, StageError> {
        let mut names = BTreeMap::new();
        for file in [files::MANIFEST, files::APPROVERS] {
            let bytes = fetch(&dir, file, MAX_DOCUMENT).map_err(|e| in_file(StageStep::Fetch, file, e))?;
            if file == files::MANIFEST {
                let manifest = EditionManifest::parse(&bytes).map_err(|e| in_file(StageStep::Read, file, e))?;
                let policies = manifest.policies.into_values().map(|pin| (pin.digest, pin.file));
                names.extend(policies.chain(manifest.files.into_iter().map(|(name, digest)| (digest, name))));
            }
            names.insert(digest_of(&bytes), file.to_owned());
        }
        Ok(Self::Draft { dir, names, published })
    }

    /// The bytes with a digest, and the name of their file for messages.
    pub(crate) fn get(&self, digest: &str, max: u64) -> Result<(String, Vec<u8>), StageError> {
        let (dir, name) = match self {
            Self::Published(dir) => (dir, object_name(digest)),
            Self::Draft { dir, names, published } => match (names.get(digest), published) {
                (Some(name), _) => (dir, name.clone()),
                (None, Some(published)) => (published, object_name(digest)),
                (None, None) => (dir, object_name(digest)),
            },
        };
        let bytes = fetch(dir, &name, max).map_err(|e| in_file(StageStep::Fetch, &name, e))?;
        let found = digest_of(&bytes);
        if found != digest {
            let cause = StageCause::Digest { expected: digest.to_owned(), found };
            return Err(in_file(StageStep::Verify, &name, cause));
        }
        Ok((name, bytes))
    }

    /// The manifest with a digest.
    pub(super) fn manifest(&self, digest: &str) -> Result<EditionManifest, StageError> {
        let (name, bytes) = self.get(digest, MAX_DOCUMENT)?;
        EditionManifest::parse(&bytes).map_err(|e| in_file(StageStep::Read, &name, e))
    }

    /// Everything that a manifest names, read into what an edition is made from.
    pub(super) fn candidate(&self, manifest: &EditionManifest) -> Result<Candidate, StageError> {
        let limits = TrustLimits::default();
        let mut texts = BTreeMap::new();
        for (name, digest) in &manifest.files {
            let (file, bytes) = self.get(digest, limits.file_bytes)?;
            let text = String::from_utf8(bytes).map_err(|e| {
                in_file(StageStep::Read, &file, StageCause::NotUtf8 { at: e.utf8_error().valid_up_to() })
            })?;
            texts.insert(name.as_str(), text);
        }
        let table = |file: &'static str| {
            let missing =
                || in_file(StageStep::Verify, files::MANIFEST, StageCause::NotNamed { file: file.to_owned() });
            texts.get(file).map(String::as_str).ok_or_else(missing)
        };
        let unread = |file: &'static str| move |e: config::ConfigError| in_file(StageStep::Read, file, e);
        let registry = config::registry(table("registry.toml")?).map_err(unread("registry.toml"))?;
        let trust = config::trust(table("trust.toml")?).map_err(unread("trust.toml"))?;
        let (platform, service) = config::profile(table("profile.toml")?, &registry).map_err(unread("profile.toml"))?;
        let settings = texts.get("settings.toml").map_or("", String::as_str);
        let settings = config::settings(settings).map_err(unread("settings.toml"))?;
        let mut policies = Vec::new();
        for (id, PolicyPin { file, digest, .. }) in &manifest.policies {
            let (_, bytes) = self.get(digest, trust.limits.file_bytes).map_err(|e| e.in_policy(id))?;
            policies.push((file.clone(), bytes.into()));
        }
        let mut lexicons: BTreeMap<PolicyId, BTreeMap<String, Arc<[u8]>>> = BTreeMap::new();
        for (file, text) in &texts {
            if let Some((policy, name)) = lexicon_of(file) {
                lexicons.entry(policy.into()).or_default().insert(name.to_owned(), text.as_bytes().into());
            }
        }
        let cases = texts.iter().filter(|(file, _)| file.starts_with("vectors/"));
        let sources = EditionSources {
            files: policies,
            registry: registry.into(),
            trust: trust.into(),
            settings,
            lexicons,
            modes: manifest.policies.iter().map(|(id, pin)| (id.clone(), pin.mode)).collect(),
            platform,
            service,
            redaction: manifest.redaction.clone().unwrap_or_else(|| REDACTION.to_owned()),
            cases: cases.map(|(file, text)| ((*file).to_owned(), text.clone())).collect(),
            ..Candidate::default().sources
        };
        Ok(Candidate { sources, approval: Approval::default() })
    }
}

impl EditionManifest {
    /// The manifest of what stands in a folder: `registry.toml`, `trust.toml`, `profile.toml`, `settings.toml`, `vectors/*.toml`,
    /// `lexicons/POLICY/*.csv` and `policies/*.wasm`.
    ///
    /// # Errors
    /// Where a file cannot be read or is no policy.
    pub fn of_folder(dir: &Dir, number: u64) -> Result<Self, StageError> {
        let limits = TrustLimits::default();
        let failed = |file: &str| {
            let file = file.to_owned();
            move |e: StageCause| in_file(StageStep::Fetch, &file, e)
        };
        let fetch = |file: &str| fetch(dir, file, limits.file_bytes).map_err(failed(file));
        let mut files = BTreeMap::new();
        for file in ["registry.toml", "trust.toml", "profile.toml"] {
            files.insert(file.to_owned(), digest_of(&fetch(file)?));
        }
        let optional = dir.exists("settings.toml").then(|| "settings.toml".to_owned());
        for file in optional.into_iter().chain(names_in(dir, "vectors", ".toml").map_err(failed("vectors"))?) {
            files.insert(file.clone(), digest_of(&fetch(&file)?));
        }
        for folder in names_in(dir, "lexicons", "").map_err(failed("lexicons"))? {
            for file in names_in(dir, &folder, ".csv").map_err(failed(&folder))? {
                files.insert(file.clone(), digest_of(&fetch(&file)?));
            }
        }
        let mut policies = BTreeMap::new();
        for file in names_in(dir, "policies", ".wasm").map_err(failed("policies"))? {
            let bytes = fetch(&file)?;
            let bundle = Bundle::parse(&bytes).map_err(|e| failed(&file)(e.into()))?;
            let pin = PolicyPin {
                file: file.clone(),
                version: bundle.manifest.version.clone(),
                digest: digest_of(&bytes),
                mode: Mode::Enforce,
                lexicons: bundle.lexicons.iter().map(|one| (one.name.clone(), digest_of(&one.data))).collect(),
            };
            if policies.insert(bundle.manifest.id.clone(), pin).is_some() {
                return Err(failed(&file)(StageCause::Twice).in_policy(&bundle.manifest.id));
            }
        }
        Ok(Self { number, policies, files, redaction: None })
    }
}

/// The policy and the name of a lexicon, by the name of its file in an edition's folder.
fn lexicon_of(file: &str) -> Option<(&str, &str)> {
    let (policy, name) = file.strip_prefix("lexicons/")?.split_once('/')?;
    check_id(policy).is_ok().then_some((policy, name))
}

/// The name of an object in a published folder. A digest that is none names nothing that is there.
pub(super) fn object_name(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let is_hex = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    format!("objects/{}", if is_hex { hex } else { "malformed" })
}

/// The files of a folder in a folder, in the order of names; none where it is not there.
fn names_in(dir: &Dir, folder: &str, extension: &str) -> Result<Vec<String>, StageCause> {
    let failed = |e: std::io::Error| StageCause::File { source: e.into() };
    if !dir.exists(folder) {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in dir.read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(extension) {
            names.push(format!("{folder}/{name}"));
        }
    }
    names.sort();
    Ok(names)
}

/// A file, if it is no larger than `max`.
pub(super) fn fetch(dir: &Dir, name: &str, max: u64) -> Result<Vec<u8>, StageCause> {
    match crate::files::read(dir, name, max) {
        Err(FileError::TooLarge { n_bytes, max }) => Err(StageCause::TooLarge { n_bytes, max }),
        Err(source) => Err(StageCause::File { source }),
        Ok(bytes) => Ok(bytes),
    }
}

pub(super) fn in_file(step: StageStep, file: &str, cause: impl Into<StageCause>) -> StageError {
    StageError::new(step, cause).in_file(file)
}
