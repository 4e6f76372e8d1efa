//! Folders of editions: begun, described, copied.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::signed::{EditionManifest, PublishedFolder, SignedDocument, Statement, approvers_digest, files};
use specialis::{Clock, SystemClock};
use specialis_bundle::digest_of;
use specialis_core::{Date, Mode, PolicyId, nearest};

use crate::options::{self, EditionOptions, directory};
use crate::output::{self, Exit};
use crate::{keys, policies};

/// What a manifest and its statement say beside what stands in the folder.
#[derive(Args)]
pub(super) struct Change {
    /// The edition's number [default: that of the statement]
    #[arg(long, value_name = "N")]
    number: Option<u64>,
    /// Why it loosens, where it does.
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// Move live sessions to it at once; only for an edition that nowhere loosens.
    #[arg(long)]
    urgent: bool,
    /// Let a policy speak in the trace only (`monitor`) or count (`enforce`); may be given for several.
    #[arg(long, value_name = "POLICY=MODE", value_parser = options::mode)]
    mode: Vec<(PolicyId, Mode)>,
    /// A policy that must not judge any more, by the digest of its file; may be given several times.
    #[arg(long, value_name = "DIGEST")]
    revoke: Vec<String>,
    /// The key of an approver who signs it at once; may be given several times.
    #[arg(long, value_name = "FILE.pem")]
    key: Vec<PathBuf>,
}

/// What an edition begins with beside what is built in.
#[derive(Args)]
pub(super) struct Beside {
    /// A policy file beside the built-in ones, or in place of the one of its id; may be given several times.
    #[arg(long, value_name = "FILE.wasm")]
    with: Vec<PathBuf>,
    /// Entries beside the registries, or in place of entries of the same id; may be given several times.
    #[arg(long, value_name = "FILE")]
    registry_add: Vec<PathBuf>,
    /// Entries beside those of the trust policy; may be given several times.
    #[arg(long, value_name = "FILE")]
    trust_add: Vec<PathBuf>,
}

pub(super) fn init(folder: &Path, beside: &Beside, out: &mut dyn Write) -> Result<Exit> {
    let shown = folder.display();
    let is_taken = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        bail!("`{shown}` is not empty; give a new folder");
    }
    let options = EditionOptions {
        registry_add: beside.registry_add.clone(),
        trust_add: beside.trust_add.clone(),
        ..EditionOptions::default()
    };
    // Everything is read before anything is written.
    let ((registry, _), (trust, _)) = (options.registry()?, options.trust()?);
    let mut policies: BTreeMap<String, Cow<'static, [u8]>> =
        specialis_artifacts::POLICIES.iter().map(|(id, bytes)| ((*id).to_owned(), Cow::Borrowed(*bytes))).collect();
    for file in &beside.with {
        let (name, bytes) = policies::read(file)?;
        let id = policies::parse(&name, &bytes)?.manifest.id.to_string();
        policies.insert(id, bytes);
    }
    fs::create_dir_all(folder.join("policies")).with_context(|| format!("`{shown}` cannot be written"))?;
    for (id, bytes) in &policies {
        output::replace(&folder.join(format!("policies/{id}.wasm")), bytes)?;
    }
    let tables =
        [("registry.toml", &*registry), ("trust.toml", &*trust), ("profile.toml", specialis_artifacts::PROFILE)];
    for (name, text) in tables {
        output::replace(&folder.join(name), text.as_bytes())?;
    }
    let more = if beside.with.is_empty() { "" } else { ", and what was added" };
    writeln!(
        out,
        "`{shown}` has the built-in policies and tables{more}; change what you need, then `edition approvers`"
    )?;
    Ok(Exit::Complete)
}

pub(super) fn write(
    folder: &Path,
    expires: Date,
    live: Option<&Path>,
    change: &Change,
    out: &mut dyn Write,
) -> Result<Exit> {
    let dir = directory(folder)?;
    let (edition, approvers) = (String::new(), approvers_digest(&dir)?);
    let today = SystemClock.today();
    let mut statement = match live {
        Some(live) => PublishedFolder::new(directory(live)?)?.next(edition, approvers, today, expires)?,
        None => Statement::first(edition, approvers, today, expires),
    };
    let mut manifest = EditionManifest::of_folder(&dir, change.number.unwrap_or(statement.number))?;
    for (id, mode) in &change.mode {
        let known = manifest.policies.keys().map(|id| id.as_str());
        let near = nearest(id.as_str(), known).unwrap_or("none").to_owned();
        let pin = manifest.policies.get_mut(id);
        let pin = pin.with_context(|| format!("`--mode {id}=…` names no policy of the folder; nearest is `{near}`"))?;
        pin.mode = *mode;
    }
    let json = manifest.to_json()?;
    statement.edition = digest_of(&json);
    statement.reason.clone_from(&change.reason);
    statement.urgent = change.urgent;
    statement.revoked.extend(change.revoke.iter().cloned());
    let mut envelope = statement.envelope()?;
    for key in &change.key {
        envelope.sign(&keys::read(key)?);
    }
    output::replace(&folder.join(files::MANIFEST), &json)?;
    output::replace(&folder.join(files::STATEMENT), &envelope.to_json())?;
    let (n, number) = (manifest.policies.len(), statement.number);
    let signed = match envelope.key_ids().count() {
        0 => "nobody has signed it yet".to_owned(),
        n_keys => format!("signed by {n_keys} keys"),
    };
    writeln!(out, "statement {number} on an edition with {n} policies, until {expires}; {signed}")?;
    Ok(Exit::Complete)
}

pub(super) fn publish(from: &Path, to: &Path, out: &mut dyn Write) -> Result<Exit> {
    fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    let number = PublishedFolder::new(directory(to)?)?.publish(&directory(from)?)?;
    writeln!(out, "statement {number} and its edition stand in `{}`", to.display())?;
    Ok(Exit::Complete)
}
