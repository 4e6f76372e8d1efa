//! An edition's folder: fetched, and verified against what approvers signed, before anything in it is believed.

use std::collections::BTreeMap;
use std::io::Read;

use cap_std::fs::Dir;
use specialis_bundle::{Bundle, PublicKey, digest_of};
use specialis_core::{Date, Mode, TrustLimits};

use super::manifest::{APPROVERS_FILE, Approvers, EditionManifest, MANIFEST_FILE, PolicyPin};
use super::stage::{Approval, Candidate, REDACTION};
use crate::config::{self, ConfigError};
use crate::error::{BuildError, StageError, StageStep};

/// The largest of the signed papers.
const MOST_PAPER: u64 = 4 << 20;

impl Candidate {
    /// Reads an edition's folder:
    ///
    /// - `approvers.json`, signed by `root`
    /// - `edition.json`, signed by approvers: the digest of every other file
    /// - `registry.toml`, `trust.toml`, `profile.toml`, and where there are any `settings.toml` and `vectors/*.toml`
    /// - the policies, wherever the manifest says
    ///
    /// Files that the manifest does not name are not looked at.
    ///
    /// # Errors
    /// Where a paper does not count, or a file is missing, too large, leads out of the folder, or is not the one signed.
    pub fn read(dir: &Dir, root: &PublicKey, today: Date) -> Result<Self, StageError> {
        let in_file = |step: StageStep, file: &str| {
            let file = file.to_owned();
            move |error: BuildError| StageError::new(step, error).of_file(&file)
        };
        let paper = |file: &str| fetch(dir, file, MOST_PAPER).map_err(in_file(StageStep::Fetch, file));
        let approvers = Approvers::read(&paper(APPROVERS_FILE)?, root, today)
            .map_err(|e| in_file(StageStep::Verify, APPROVERS_FILE)(BuildError::Paper { source: e }))?;
        let (manifest, names) = approvers
            .open::<EditionManifest>(&paper(MANIFEST_FILE)?, today)
            .map_err(|e| in_file(StageStep::Verify, MANIFEST_FILE)(BuildError::Paper { source: e }))?;
        let limits = TrustLimits::default();
        let mut texts = BTreeMap::new();
        for (file, digest) in &manifest.files {
            let bytes = pinned(dir, file, digest, limits.file_bytes).map_err(|(step, e)| in_file(step, file)(e))?;
            let text = String::from_utf8(bytes).map_err(|e| {
                let source =
                    std::io::Error::other(format!("it is not UTF-8 from byte {} on", e.utf8_error().valid_up_to()));
                in_file(StageStep::Read, file)(BuildError::File { file: file.clone(), source })
            })?;
            texts.insert(file.clone(), text);
        }
        let table = |file: &str| {
            let missing = || in_file(StageStep::Verify, MANIFEST_FILE)(BuildError::NotNamed { file: file.to_owned() });
            texts.get(file).map(String::as_str).ok_or_else(missing)
        };
        let unread = |file: &str| {
            let refused = in_file(StageStep::Read, file);
            move |e: ConfigError| refused(BuildError::Table { source: e })
        };
        let registry = config::registry(table("registry.toml")?).map_err(unread("registry.toml"))?;
        let trust = config::trust(table("trust.toml")?).map_err(unread("trust.toml"))?;
        let (platform, service) = config::profile(table("profile.toml")?, &registry).map_err(unread("profile.toml"))?;
        let settings = texts.get("settings.toml").map_or("", String::as_str);
        let settings = config::settings(settings).map_err(unread("settings.toml"))?;
        let mut files = Vec::new();
        for (id, PolicyPin { file, digest, .. }) in &manifest.policies {
            let bytes = pinned(dir, file, digest, trust.limits.file_bytes)
                .map_err(|(step, e)| in_file(step, file)(e).of_policy(id.as_str()))?;
            files.push((file.clone(), bytes.into()));
        }
        let cases = texts.iter().filter(|(file, _)| file.starts_with("vectors/"));
        Ok(Self {
            files,
            registry,
            trust,
            settings,
            modes: manifest.policies.iter().map(|(id, pin)| (id.clone(), pin.mode)).collect(),
            platform,
            service,
            redaction: manifest.redaction.clone().unwrap_or_else(|| REDACTION.to_owned()),
            cases: cases.map(|(file, text)| (file.clone(), text.clone())).collect(),
            approval: Approval {
                approvers: names,
                reason: manifest.reason.clone(),
                is_urgent: manifest.urgent,
                root: Some(root.clone()),
                manifest: Some(manifest),
            },
            ..Self::default()
        })
    }
}

impl EditionManifest {
    /// The manifest of what stands in a folder: `registry.toml`, `trust.toml`, `profile.toml`, `settings.toml`, `vectors/*.toml`
    /// and `policies/*.wasm`. Nobody has signed it.
    ///
    /// # Errors
    /// Where a file cannot be read or is no policy.
    pub fn of_folder(dir: &Dir, number: u64, made: Date, expires: Date) -> Result<Self, StageError> {
        let limits = TrustLimits::default();
        let in_file = |file: &str| {
            let file = file.to_owned();
            move |error: BuildError| StageError::new(StageStep::Fetch, error).of_file(&file)
        };
        let fetch = |file: &str| fetch(dir, file, limits.file_bytes).map_err(in_file(file));
        let mut files = BTreeMap::new();
        for file in ["registry.toml", "trust.toml", "profile.toml"] {
            files.insert(file.to_owned(), digest_of(&fetch(file)?));
        }
        let optional = dir.exists("settings.toml").then(|| "settings.toml".to_owned());
        for file in optional.into_iter().chain(names_in(dir, "vectors", ".toml").map_err(in_file("vectors"))?) {
            files.insert(file.clone(), digest_of(&fetch(&file)?));
        }
        let mut policies = BTreeMap::new();
        for file in names_in(dir, "policies", ".wasm").map_err(in_file("policies"))? {
            let bytes = fetch(&file)?;
            let bundle = Bundle::parse(&bytes)
                .map_err(|source| in_file(&file)(BuildError::Bundle { policy: file.clone(), source }))?;
            let pin = PolicyPin {
                file: file.clone(),
                version: bundle.manifest.version.clone(),
                digest: digest_of(&bytes),
                mode: Mode::Enforce,
                lexicons: bundle.lexicons.iter().map(|one| (one.name.clone(), digest_of(&one.data))).collect(),
            };
            if policies.insert(bundle.manifest.id.clone(), pin).is_some() {
                return Err(in_file(&file)(BuildError::Twice { policy: bundle.manifest.id }));
            }
        }
        Ok(Self {
            number,
            made,
            expires,
            policies,
            files,
            reason: None,
            urgent: false,
            rolls_back: false,
            revoked: std::collections::BTreeSet::new(),
            redaction: None,
        })
    }
}

/// The files of a folder in a folder, in the order of names; none where it is not there.
fn names_in(dir: &Dir, folder: &str, extension: &str) -> Result<Vec<String>, BuildError> {
    let failed = |source| BuildError::File { file: folder.to_owned(), source };
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

/// A file, if it is no larger than `most`. A link that leads out of the folder is refused by the folder itself.
pub(crate) fn fetch(dir: &Dir, name: &str, most: u64) -> Result<Vec<u8>, BuildError> {
    let failed = |source| BuildError::File { file: name.to_owned(), source };
    let too_large = |n_bytes| BuildError::TooLarge { file: name.to_owned(), n_bytes, most };
    let file = dir.open(name).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(std::io::Error::other("it is no file")));
    }
    if metadata.len() > most {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if n_bytes > most { Err(too_large(n_bytes)) } else { Ok(bytes) }
}

/// A file, if it is the one that was signed.
fn pinned(dir: &Dir, name: &str, digest: &str, most: u64) -> Result<Vec<u8>, (StageStep, BuildError)> {
    let bytes = fetch(dir, name, most).map_err(|e| (StageStep::Fetch, e))?;
    let found = digest_of(&bytes);
    if found == digest {
        Ok(bytes)
    } else {
        Err((StageStep::Verify, BuildError::Digest { file: name.to_owned(), expected: digest.to_owned(), found }))
    }
}
