//! Folders of editions: begun, added to, described, copied.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::signed::{EditionManifest, PublishedFolder, SignedDocument, Statement, approvers_digest, files};
use specialis::{Clock, SystemClock, config};
use specialis_bundle::digest_of;
use specialis_core::{Date, Mode, Origin, PolicyId, SectorId, counted, nearest};

use crate::input::file;
use crate::options::{self, EditionOptions, directory, with_overlays};
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
    #[command(flatten)]
    added: Added,
    /// A policy that must not judge any more, by the digest of its file; may be given several times.
    #[arg(long, value_name = "DIGEST")]
    revoke: Vec<String>,
    /// The key of an approver who signs it at once; may be given several times.
    #[arg(long, value_name = "FILE.pem")]
    key: Vec<PathBuf>,
}

/// What is put into an edition's folder beside what stands there.
#[derive(Args)]
pub(super) struct Added {
    /// A policy's file, in place of the one of its id where one is there; may be given several times.
    #[arg(long, value_name = "FILE.wasm")]
    with: Vec<PathBuf>,
    /// Entries beside the registries, or in place of entries of the same id; may be given several times.
    #[arg(long, value_name = "FILE")]
    registry_add: Vec<PathBuf>,
    /// Entries beside those of the trust policy; may be given several times.
    #[arg(long, value_name = "FILE")]
    trust_add: Vec<PathBuf>,
}

pub(super) fn init(folder: &Path, added: &Added, out: &mut dyn Write) -> Result<Exit> {
    let shown = folder.display();
    let is_taken = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        bail!("`{shown}` is not empty; give a new folder");
    }
    let options = EditionOptions {
        registry_add: added.registry_add.clone(),
        trust_add: added.trust_add.clone(),
        ..EditionOptions::default()
    };
    // Everything is read before anything is written.
    let ((registry, _), (trust, _)) = (options.registry()?, options.trust()?);
    let mut policies: BTreeMap<String, Cow<'static, [u8]>> =
        specialis_artifacts::POLICIES.iter().map(|(id, bytes)| ((*id).to_owned(), Cow::Borrowed(*bytes))).collect();
    let mut sectors = BTreeSet::new();
    for AddedPolicy { id, sector, bytes } in AddedPolicy::read_all(&added.with)? {
        sectors.extend(sector);
        policies.insert(id.to_string(), bytes);
    }
    let (profile, undecided) = with_sectors(specialis_artifacts::PROFILE, sectors)?;
    fs::create_dir_all(folder.join("policies")).with_context(|| format!("`{shown}` cannot be written"))?;
    for (id, bytes) in &policies {
        output::replace(&folder.join(format!("policies/{id}.wasm")), bytes)?;
    }
    let tables = [("registry.toml", &*registry), ("trust.toml", &*trust), ("profile.toml", &*profile)];
    for (name, text) in tables {
        output::replace(&folder.join(name), text.as_bytes())?;
    }
    write_undecided(&undecided, out)?;
    let more = if added.with.is_empty() { "" } else { ", and what was added" };
    writeln!(
        out,
        "`{shown}` has the built-in policies and tables{more}; change what you need, then `edition approvers`"
    )?;
    Ok(Exit::Complete)
}

/// A policy that is put into an edition's folder.
struct AddedPolicy {
    id: PolicyId,
    /// The sector that it is for, where it is for one.
    sector: Option<SectorId>,
    bytes: Cow<'static, [u8]>,
}

impl AddedPolicy {
    fn read_all(files: &[PathBuf]) -> Result<Vec<Self>> {
        let read = |file: &PathBuf| {
            let (name, bytes) = policies::read(file)?;
            let manifest = policies::parse(&name, &bytes)?.manifest;
            let sector = match manifest.origin {
                Origin::Sector(sector) => Some(sector),
                Origin::General | Origin::Common | Origin::Tenant => None,
            };
            Ok(Self { id: manifest.id, sector, bytes })
        };
        files.iter().map(read).collect()
    }
}

/// Says which sectors the profile leaves open.
fn write_undecided(sectors: &[SectorId], out: &mut dyn Write) -> Result<()> {
    for sector in sectors {
        writeln!(
            out,
            "`profile.toml` says `unknown` of the sector `{sector}`; write `yes` or `no` where that is certain"
        )?;
    }
    Ok(())
}

/// A profile that says of each of these sectors whether a session is in it: `unknown` of those that it does not name, which are
/// returned too.
fn with_sectors(profile: &str, sectors: BTreeSet<SectorId>) -> Result<(Cow<'_, str>, Vec<SectorId>)> {
    const HEAD: &str = "[defaults.sectors]\n";
    let table: toml::Table = toml::from_str(profile)?;
    let undecided: Vec<SectorId> = sectors.into_iter().filter(|sector| !names_sector(&table, sector)).collect();
    if undecided.is_empty() {
        return Ok((Cow::Borrowed(profile), undecided));
    }
    let line = |sector: &SectorId| {
        let is_bare = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        let sector = sector.as_str();
        if sector.chars().all(is_bare) {
            format!("{sector} = \"unknown\"\n")
        } else {
            format!("{} = \"unknown\"\n", toml::Value::from(sector))
        }
    };
    let lines: String = undecided.iter().map(line).collect();
    let text = match profile.split_once(HEAD) {
        Some((before, after)) => format!("{before}{HEAD}{lines}{after}"),
        None => format!("{profile}\n{HEAD}{lines}"),
    };
    // Sectors may be written in a way to which nothing can be added like this.
    let names_all = |table: toml::Table| undecided.iter().all(|sector| names_sector(&table, sector));
    if !toml::from_str(&text).is_ok_and(names_all) {
        bail!(
            "it does not name every sector; write these lines under `[defaults.sectors]`: {}",
            lines.trim_end().replace('\n', ", ")
        );
    }
    Ok((Cow::Owned(text), undecided))
}

fn names_sector(profile: &toml::Table, sector: &SectorId) -> bool {
    let sectors = profile.get("defaults").and_then(|defaults| defaults.get("sectors"));
    sectors.and_then(|sectors| sectors.get(sector.as_str())).is_some()
}

pub(super) fn write(
    folder: &Path,
    expires: Date,
    live: Option<&Path>,
    change: &Change,
    out: &mut dyn Write,
) -> Result<Exit> {
    take_in(folder, &change.added, out)?;
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
    let number = statement.number;
    let signed = match change.key.len() {
        0 => "nobody has signed it yet".to_owned(),
        n_keys => format!("signed by {}", counted(n_keys, "key", "keys")),
    };
    let policies = counted(manifest.policies.len(), "policy", "policies");
    writeln!(out, "statement {number} on an edition with {policies}, until {expires}; {signed}")?;
    Ok(Exit::Complete)
}

/// Puts policies and entries of tables into the folder. The profile gets the sectors of the policies that it does not name: hosts
/// refuse an edition whose profile says nothing of a sector.
fn take_in(folder: &Path, added: &Added, out: &mut dyn Write) -> Result<()> {
    let with = AddedPolicy::read_all(&added.with)?;
    let sectors: BTreeSet<SectorId> = with.iter().filter_map(|policy| policy.sector.clone()).collect();
    if !sectors.is_empty() {
        let profile = folder.join("profile.toml");
        let shown = || format!("`{}`", profile.display());
        let text = if profile.is_file() { file::text(&profile).with_context(shown)? } else { String::new() };
        let (text, undecided) = with_sectors(&text, sectors).with_context(shown)?;
        if !undecided.is_empty() {
            output::replace(&profile, text.as_bytes())?;
        }
        write_undecided(&undecided, out)?;
    }
    for AddedPolicy { id, bytes, .. } in &with {
        let policies = folder.join("policies");
        fs::create_dir_all(&policies).with_context(|| format!("`{}` cannot be made", policies.display()))?;
        output::replace(&policies.join(format!("{id}.wasm")), bytes)?;
    }
    put_over(&folder.join("registry.toml"), &added.registry_add, config::registry)?;
    put_over(&folder.join("trust.toml"), &added.trust_add, config::trust)
}

/// Puts entries over a table, whose comments go with that.
fn put_over<T>(table: &Path, added: &[PathBuf], parse: impl Fn(&str) -> Result<T, config::ConfigError>) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    let shown = || format!("`{}`", table.display());
    let text = if table.is_file() { file::text(table).with_context(shown)? } else { String::new() };
    let value = parse(&text).with_context(shown)?;
    let (text, _) = with_overlays((Cow::Owned(text), value), added, parse)?;
    output::replace(table, text.as_bytes())
}

pub(super) fn publish(from: &Path, to: &Path, out: &mut dyn Write) -> Result<Exit> {
    fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    let (published, draft) = (PublishedFolder::new(directory(to)?)?, directory(from)?);
    published.check(&draft).context("nothing is published, because hosts would refuse it")?;
    let number = published.publish(&draft)?;
    writeln!(out, "statement {number} and its edition stand in `{}`", to.display())?;
    Ok(Exit::Complete)
}
