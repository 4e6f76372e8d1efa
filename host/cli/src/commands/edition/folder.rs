//! Folders of editions: begun, described, copied.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use specialis::{APPROVERS_FILE, Clock, EditionManifest, MANIFEST_FILE, Paper, SystemClock};
use specialis_bundle::Envelope;
use specialis_core::{Date, Mode, PolicyId, nearest};

use crate::options::directory;
use crate::output::{self, Exit};

/// What a manifest says beside what stands in the folder.
pub(super) struct Change<'a> {
    pub(super) reason: &'a Option<String>,
    pub(super) urgent: bool,
    pub(super) rolls_back: bool,
    pub(super) modes: &'a [(PolicyId, Mode)],
    pub(super) revoked: &'a [String],
}

pub(super) fn init(folder: &Path, out: &mut dyn Write) -> Result<Exit> {
    let shown = folder.display();
    let is_taken = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        bail!("`{shown}` is not empty; give a new folder");
    }
    let failed = || format!("`{shown}` cannot be written");
    fs::create_dir_all(folder.join("policies")).with_context(failed)?;
    for (name, bytes) in specialis_artifacts::POLICIES {
        fs::write(folder.join(format!("policies/{name}.wasm")), bytes).with_context(failed)?;
    }
    let tables = [
        ("registry.toml", specialis_artifacts::REGISTRY),
        ("trust.toml", specialis_artifacts::TRUST),
        ("profile.toml", specialis_artifacts::PROFILE),
    ];
    for (name, text) in tables {
        fs::write(folder.join(name), text).with_context(failed)?;
    }
    writeln!(out, "`{shown}` has the built-in policies and tables; change what you need, then `edition approvers`")?;
    Ok(Exit::Complete)
}

/// The manifest that stands in a folder, whoever signed it.
pub(super) fn manifest(folder: &Path) -> Result<(EditionManifest, Envelope)> {
    let file = folder.join(MANIFEST_FILE);
    let shown = file.display();
    let bytes = fs::read(&file).with_context(|| format!("`{shown}` cannot be read; write it first"))?;
    let envelope = Envelope::parse(&bytes).with_context(|| format!("`{shown}`"))?;
    let manifest = envelope.statement(EditionManifest::KIND).with_context(|| format!("`{shown}`"))?;
    Ok((manifest, envelope))
}

pub(super) fn write(
    folder: &Path,
    expires: Date,
    number: Option<u64>,
    change: &Change<'_>,
    out: &mut dyn Write,
) -> Result<Exit> {
    let number = match number {
        Some(number) => number,
        None if folder.join(MANIFEST_FILE).exists() => manifest(folder)?.0.number.saturating_add(1),
        None => 1,
    };
    let made = SystemClock.today();
    let mut manifest = EditionManifest::of_folder(&directory(folder)?, number, made, expires)?;
    for (id, mode) in change.modes {
        let known = manifest.policies.keys().map(|id| id.as_str());
        let near = nearest(id.as_str(), known).unwrap_or("none").to_owned();
        let pin = manifest.policies.get_mut(id);
        let pin = pin.with_context(|| format!("`--mode {id}=…` names no policy of the folder; nearest is `{near}`"))?;
        pin.mode = *mode;
    }
    manifest.reason.clone_from(change.reason);
    manifest.urgent = change.urgent;
    manifest.rolls_back = change.rolls_back;
    manifest.revoked = change.revoked.iter().cloned().collect();
    output::replace(&folder.join(MANIFEST_FILE), &manifest.envelope()?.to_json())?;
    let n = manifest.policies.len();
    writeln!(out, "edition {number} with {n} policies, until {expires}; nobody has signed it yet")?;
    Ok(Exit::Complete)
}

pub(super) fn publish(from: &Path, to: &Path, out: &mut dyn Write) -> Result<Exit> {
    let (manifest, _) = manifest(from)?;
    let policies = manifest.policies.values().map(|pin| pin.file.as_str());
    let files: BTreeSet<&str> = policies.chain(manifest.files.keys().map(String::as_str)).collect();
    let source = directory(from)?;
    fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    // The manifest comes last: until then the folder is what it was, or is refused.
    for name in files.into_iter().chain([APPROVERS_FILE, MANIFEST_FILE]) {
        let bytes = source.read(name).with_context(|| format!("`{}` cannot be read", from.join(name).display()))?;
        let target = to.join(name);
        if fs::read(&target).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| format!("`{}` cannot be made", parent.display()))?;
        }
        output::replace(&target, &bytes)?;
    }
    writeln!(out, "edition {} stands in `{}`", manifest.number, to.display())?;
    Ok(Exit::Complete)
}
