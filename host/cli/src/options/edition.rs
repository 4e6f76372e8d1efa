//! The edition: policies, registries, trust policy, profile and settings, from options or built in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use serde::Serialize;
use specialis::signed::{SignedFolder, files};
use specialis::{
    Candidate, Clock, EditionContent, Host, HostBuilder, IdKey, PlatformProfile, ServiceProfile, StateNote,
    SystemClock, config,
};
use specialis_bundle::{Manifest, PublicKey};
use specialis_core::{Mode, PolicyId, Registry, Trust, nearest};
use specialis_scorer_remote::{RemoteScorer, RemoteSettings};

use super::cache::CacheOptions;
use super::ledger::OpenLedger;
use super::state::StateOptions;
use crate::input::file;
use crate::policies::{self, PolicyFile};
use crate::{code_cache, keys, output};

/// The options that fix an edition.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Edition")]
pub(crate) struct EditionOptions {
    /// A signed edition: the folder that `specialis edition` made [default: built-in policies and tables]
    #[arg(long, value_name = "DIR", requires = "root", conflicts_with_all = ["policies", "with", "registry", "trust", "profile", "settings", "mode", "scorer"])]
    pub(crate) edition: Option<PathBuf>,
    /// The published folder whose chain the edition continues, where it is not published yet
    #[arg(skip)]
    pub(crate) after: Option<PathBuf>,
    /// The root key under which the edition's approvers are approvers, as `key show` prints it
    #[arg(long, value_name = "KEY", value_parser = keys::public)]
    pub(crate) root: Option<PublicKey>,
    #[command(flatten)]
    pub(crate) state: StateOptions,
    #[command(flatten)]
    pub(crate) cache: CacheOptions,
    /// A file with 64 hexadecimal digits: the secret key of decision ids [default: a random key, so that ids differ from run
    /// to run]
    #[arg(long, value_name = "FILE", env = "SPECIALIS_ID_KEY")]
    pub(crate) id_key: Option<PathBuf>,
    /// Folder with the policies, one `.wasm` file each [default: the built-in ones]
    #[arg(long, value_name = "DIR")]
    pub(crate) policies: Option<PathBuf>,
    /// A policy file beside those; may be given several times
    #[arg(long, value_name = "FILE.wasm")]
    pub(crate) with: Vec<PathBuf>,
    /// Registries [default: built in; see `specialis registry show`]
    #[arg(long, value_name = "FILE")]
    pub(crate) registry: Option<PathBuf>,
    /// Entries beside the registries, or in place of entries of the same id; may be given several times. Over a signed edition, for
    /// commands that decide nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_add: Vec<PathBuf>,
    /// Trust policy [default: built in; see `specialis trust show`]
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// Entries beside those of the trust policy; may be given several times. Over a signed edition, for commands that decide nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) trust_add: Vec<PathBuf>,
    /// Profile of platform and service; `texts` is a built-in one for heaps of bare texts [default: built in, it knows
    /// nothing of users and providers; see `specialis profile show`]
    #[arg(long, value_name = "FILE|texts")]
    pub(crate) profile: Option<PathBuf>,
    /// Settings: a table for each policy [default: each policy's own; see `specialis policy inspect`]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Let a policy speak in the trace only (`monitor`) or count (`enforce`); may be given for several policies
    #[arg(long, value_name = "POLICY=MODE", value_parser = mode)]
    pub(crate) mode: Vec<(PolicyId, Mode)>,
    /// Ask a guard model behind an endpoint for scores, in place of the built-in scorer; its token is taken from
    /// SPECIALIS_SCORER_TOKEN
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) scorer: Option<PathBuf>,
}

/// The scorer whose settings stand in a file. Its token does not.
fn scorer(path: &Path) -> Result<RemoteScorer> {
    let mut settings = RemoteSettings::parse(&read(path)?).with_context(|| in_file(path))?;
    if let Ok(token) = std::env::var("SPECIALIS_SCORER_TOKEN") {
        settings = settings.token(token);
    }
    RemoteScorer::new(settings).with_context(|| in_file(path))
}

/// The built-in edition. The first edition of a signed folder is compared with it.
pub(crate) fn built_in() -> Result<Candidate> {
    let policies = specialis_artifacts::POLICIES.iter().copied();
    let (registry, trust) = (specialis_artifacts::REGISTRY, specialis_artifacts::TRUST);
    Ok(config::candidate(registry, trust, specialis_artifacts::PROFILE, policies)?)
}

/// The name of the built-in profile for bare texts.
const TEXTS: &str = "texts";

impl EditionOptions {
    /// Compiles and checks everything, and starts a host that judges.
    pub(crate) fn host(&self, threads: u32) -> Result<Host> {
        self.host_with(threads, &OpenLedger::NONE)
    }

    /// The same, with a ledger in which it records what it decides.
    pub(crate) fn host_with(&self, threads: u32, ledger: &OpenLedger) -> Result<Host> {
        let builder = self.cache.builder(self.live()?)?.threads(threads);
        self.build(match ledger.recorder() {
            Some(recorder) => builder.ledger(recorder),
            None => builder,
        })
    }

    /// A host whose day a clock says.
    pub(crate) fn host_on(&self, clock: impl Clock + 'static) -> Result<Host> {
        self.build(self.cache.builder(self.live()?)?.clock(clock))
    }

    fn build(&self, mut builder: HostBuilder) -> Result<Host> {
        if let Some(file) = &self.id_key {
            builder = builder.id_key(id_key(file)?);
        }
        let host = code_cache::while_compiling(|| builder.build());
        let host = match &self.edition {
            Some(folder) => host.with_context(|| in_file(folder))?,
            None => host?,
        };
        // Who has no state folder asked for that, or was told why.
        let is_known = |note: &&StateNote| matches!(note, StateNote::NoStateFolder);
        for note in host.status().notes.iter().filter(|note| !is_known(note)) {
            output::note(&note.to_string());
        }
        Ok(host)
    }

    /// What a host is built from: the edition that is live, as far as it is remembered.
    fn live(&self) -> Result<Candidate> {
        let (Some((path, folder)), Some(root)) = (self.signed()?, &self.root) else { return self.candidate() };
        if self.has_overlays() {
            bail!(
                "entries over a signed edition were not signed with it; put them into its folder with `specialis edition write \
                 --registry-add … --trust-add …`, or leave them out"
            );
        }
        let folder = folder.at_least(self.state.at_least);
        let state = if is_published(path) { self.state.of(path, root)? } else { None };
        let folder = match state {
            Some(state) => folder.state(state),
            None => folder,
        };
        folder.candidate(SystemClock.today()).with_context(|| in_file(path))
    }

    /// The edition read and checked, and not compiled: for commands that look something up in it and judge nothing.
    pub(crate) fn content(&self) -> Result<EditionContent> {
        Ok(self.candidate()?.content(SystemClock.today())?)
    }

    /// What the edition is made from.
    pub(crate) fn candidate(&self) -> Result<Candidate> {
        let signed = self.signed()?;
        if let Some((path, folder)) = &signed {
            let candidate = folder.candidate(SystemClock.today()).with_context(|| in_file(path))?;
            if !self.has_overlays() {
                return Ok(candidate);
            }
            // A variant, which nobody signed: no host that decides is built from it.
            let ((_, registry), (_, trust)) = (self.registry()?, self.trust()?);
            let content = candidate.content(SystemClock.today()).with_context(|| in_file(path))?;
            return Ok(content.candidate().registry(registry).trust(trust));
        }
        let (_, registry) = self.registry()?;
        let (_, trust) = self.trust()?;
        let (_, (platform, service)) = self.profile(&registry)?;
        let files = self.files()?.into_iter().map(|(name, bytes)| (name, bytes.into_owned()));
        let candidate = Candidate::default().platform(platform).service(service).trust(trust).registry(registry);
        let mut candidate = candidate.policies(files);
        if let Some(path) = &self.settings {
            candidate = candidate.settings(config::settings(&read(path)?).with_context(|| in_file(path))?);
        }
        if let Some(path) = &self.scorer {
            candidate = candidate.scorer(scorer(path)?);
        }
        self.check_modes()?;
        Ok(self.mode.iter().fold(candidate, |candidate, (policy, mode)| candidate.mode(policy.clone(), *mode)))
    }

    /// Whether entries stand over the tables.
    fn has_overlays(&self) -> bool {
        !self.registry_add.is_empty() || !self.trust_add.is_empty()
    }

    /// The signed folder, where one is given: a published one, or one in which an edition is put together.
    fn signed(&self) -> Result<Option<(&Path, SignedFolder)>> {
        let (Some(path), Some(root)) = (&self.edition, &self.root) else { return Ok(None) };
        let folder = SignedFolder::new(directory(path)?, root.clone()).base(built_in()?);
        if is_published(path) {
            return Ok(Some((path, folder)));
        }
        let after = self.after.as_ref().filter(|after| is_published(after));
        let after = after.map(|after| directory(after)).transpose()?;
        Ok(Some((path, folder.draft(after))))
    }

    /// The folder of the signed edition, where it is published.
    pub(crate) fn published(&self) -> Option<&Path> {
        self.edition.as_deref().filter(|folder| is_published(folder))
    }

    fn check_modes(&self) -> Result<()> {
        if self.mode.is_empty() {
            return Ok(());
        }
        let loaded = self.manifests()?;
        for (id, _) in &self.mode {
            if !loaded.contains_key(id) {
                let near = nearest(id.as_str(), loaded.keys().map(|id| id.as_str())).unwrap_or("none");
                bail!("`--mode {id}=…` names no loaded policy; nearest is `{near}`");
            }
        }
        Ok(())
    }

    /// The policy files.
    pub(crate) fn files(&self) -> Result<Vec<PolicyFile>> {
        let mut files = self.folder()?;
        for path in &self.with {
            files.push(policies::read(path)?);
        }
        Ok(files)
    }

    /// The files of `--policies`, or the built-in ones.
    fn folder(&self) -> Result<Vec<PolicyFile>> {
        let Some(path) = &self.policies else {
            let built_in = specialis_artifacts::POLICIES;
            return Ok(built_in.iter().map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes))).collect());
        };
        let failed = || format!("`{}` cannot be read; give the folder that holds the `.wasm` files", path.display());
        let dir = Dir::open_ambient_dir(path, ambient_authority()).with_context(failed)?;
        let files = config::policies(&dir).with_context(|| in_file(path))?;
        if files.is_empty() {
            bail!("`{}` has no `.wasm` file; build a policy into it or leave out `--policies`", path.display());
        }
        let shown = |(name, bytes): (String, Vec<u8>)| (path.join(name).display().to_string(), Cow::Owned(bytes));
        Ok(files.into_iter().map(shown).collect())
    }

    /// The lexicons as they count: the policy, the name, and the file. A signed edition may have others than its policies were
    /// shipped with.
    pub(crate) fn lexicons(&self) -> Result<Vec<(String, String, Vec<u8>)>> {
        if self.edition.is_some() {
            let content = self.content()?;
            return Ok(content
                .lexicons()
                .map(|(id, name, data)| (id.to_string(), name.to_owned(), data.to_vec()))
                .collect());
        }
        let mut lexicons = Vec::new();
        for (policy, bytes) in self.files()? {
            let shipped = policies::parse(&policy, &bytes)?.lexicons;
            lexicons.extend(shipped.into_iter().map(|one| (policy.clone(), one.name, one.data)));
        }
        Ok(lexicons)
    }

    /// The vectors that travel with the policies: the policy, the name, and the file.
    pub(crate) fn vectors(&self) -> Result<Vec<(String, String, Vec<u8>)>> {
        if self.edition.is_some() {
            let content = self.content()?;
            return Ok(content
                .vectors()
                .map(|(id, name, data)| (id.to_string(), name.to_owned(), data.to_vec()))
                .collect());
        }
        let mut vectors = Vec::new();
        for (policy, bytes) in self.files()? {
            let shipped = policies::parse(&policy, &bytes)?.vectors;
            vectors.extend(shipped.into_iter().map(|one| (policy.clone(), one.name, one.data)));
        }
        Ok(vectors)
    }

    /// The manifests of the policies, by id.
    pub(crate) fn manifests(&self) -> Result<BTreeMap<PolicyId, Manifest>> {
        if self.edition.is_some() {
            let content = self.content()?;
            return Ok(content.manifests().map(|manifest| (manifest.id.clone(), manifest.clone())).collect());
        }
        let manifest = |(name, bytes): PolicyFile| {
            let bundle = policies::parse(&name, &bytes)?;
            Ok((bundle.manifest.id.clone(), bundle.manifest))
        };
        self.files()?.into_iter().map(manifest).collect()
    }

    /// The registries, as written and read.
    pub(crate) fn registry(&self) -> Result<(Cow<'static, str>, Registry)> {
        let given = self.registry.as_deref();
        let table = self.table(given, "registry.toml", specialis_artifacts::REGISTRY, config::registry)?;
        with_overlays(table, &self.registry_add, config::registry)
    }

    /// The trust policy, as written and read.
    pub(crate) fn trust(&self) -> Result<(Cow<'static, str>, Trust)> {
        let table = self.table(self.trust.as_deref(), "trust.toml", specialis_artifacts::TRUST, config::trust)?;
        with_overlays(table, &self.trust_add, config::trust)
    }

    /// The profile, as written and read.
    pub(crate) fn profile(
        &self,
        registry: &Registry,
    ) -> Result<(Cow<'static, str>, (PlatformProfile, ServiceProfile))> {
        let parse = |text: &str| config::profile(text, registry);
        let (given, built_in) = match self.profile.as_deref() {
            Some(name) if name.as_os_str() == TEXTS && !name.exists() => (None, specialis_artifacts::TEXTS),
            given => (given, specialis_artifacts::PROFILE),
        };
        self.table(given, "profile.toml", built_in, parse)
    }

    /// A table: from the file that is given, from the signed edition, or built in.
    fn table<T>(
        &self,
        given: Option<&Path>,
        name: &str,
        built_in: &'static str,
        parse: impl Fn(&str) -> Result<T, config::ConfigError>,
    ) -> Result<(Cow<'static, str>, T)> {
        if let Some(path) = given {
            let text = read(path)?;
            let value = parse(&text).with_context(|| in_file(path))?;
            return Ok((Cow::Owned(text), value));
        }
        if let Some((path, folder)) = self.signed()? {
            let text = folder.text(name, SystemClock.today()).with_context(|| in_file(path))?.unwrap_or_default();
            let value = parse(&text).with_context(|| in_file(path))?;
            return Ok((Cow::Owned(text), value));
        }
        Ok((Cow::Borrowed(built_in), parse(built_in)?))
    }
}

/// A table with the entries of files over it, and what it then says.
pub(crate) fn with_overlays<T>(
    (mut text, mut value): (Cow<'static, str>, T),
    files: &[PathBuf],
    parse: impl Fn(&str) -> Result<T, config::ConfigError>,
) -> Result<(Cow<'static, str>, T)> {
    for path in files {
        let added = overlaid(&text, &read(path)?).with_context(|| in_file(path))?;
        value = parse(&added).with_context(|| in_file(path))?;
        text = Cow::Owned(added);
    }
    Ok((text, value))
}

/// A table with entries over it that are given as text.
pub(crate) fn with_entries<T: Clone + Serialize>(
    table: &T,
    entries: &str,
    parse: impl Fn(&str) -> Result<T, config::ConfigError>,
) -> Result<T> {
    if entries.trim().is_empty() {
        return Ok(table.clone());
    }
    Ok(parse(&overlaid(&toml::to_string(table)?, entries)?)?)
}

/// Tables with the entries of others in them: what has the same id is replaced whole, and lists grow by what they do not have. An
/// entry of a measure that is there already says what is added to it, such as the words that a parameter may take.
fn overlaid(base: &str, added: &str) -> Result<String> {
    let mut base: toml::Table = toml::from_str(base)?;
    for (name, entries) in toml::from_str::<toml::Table>(added)? {
        match (base.get_mut(&name), entries) {
            (Some(toml::Value::Table(known)), toml::Value::Table(entries)) if name != "measures" => {
                known.extend(entries)
            }
            (Some(known), entries) => merge(known, entries),
            (None, entries) => drop(base.insert(name, entries)),
        }
    }
    Ok(toml::to_string(&base)?)
}

/// Puts a value into another: tables take the entries, lists grow by what they do not have, and all else is replaced.
fn merge(known: &mut toml::Value, added: toml::Value) {
    match (known, added) {
        (toml::Value::Table(known), toml::Value::Table(added)) => {
            for (name, value) in added {
                match known.get_mut(&name) {
                    Some(known) => merge(known, value),
                    None => drop(known.insert(name, value)),
                }
            }
        }
        (toml::Value::Array(known), toml::Value::Array(added)) => {
            for entry in added {
                if !known.contains(&entry) {
                    known.push(entry);
                }
            }
        }
        (known, added) => *known = added,
    }
}

/// Whether a folder holds a chain of statements.
fn is_published(folder: &Path) -> bool {
    folder.join(files::STATEMENTS).exists()
}

/// A handle on a folder.
pub(crate) fn directory(folder: &Path) -> Result<Dir> {
    Dir::open_ambient_dir(folder, ambient_authority())
        .with_context(|| format!("`{}` cannot be opened; give a folder", folder.display()))
}

fn read(path: &Path) -> Result<String> {
    file::text(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// The key of decision ids that a file holds.
fn id_key(path: &Path) -> Result<IdKey> {
    let text = read(path)?;
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let bytes = bytes.with_context(|| format!("`{}` has no key; give 64 hexadecimal digits", path.display()))?;
    IdKey::new(0, bytes).with_context(|| in_file(path))
}

fn in_file(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// `news=monitor`.
pub(crate) fn mode(text: &str) -> Result<(PolicyId, Mode), String> {
    let (policy, word) = text.split_once('=').ok_or("write it like `news=monitor`")?;
    let mode = Mode::ALL.iter().find(|mode| mode.as_str() == word);
    let mode = mode.ok_or_else(|| format!("`{word}` is no mode; give `monitor` or `enforce`"))?;
    if policy.is_empty() { Err("name a policy, as in `news=monitor`".to_owned()) } else { Ok((policy.into(), *mode)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_are_put_over_a_table_twice_stand_there_once() {
        let base = "[signers]\na = [\"1\"]\n[[grants]]\nid = \"x\"\n";
        let added = "[signers]\nb = [\"2\"]\n[[grants]]\nid = \"y\"\n[[measures]]\nsigner = \"b\"\n";
        let once = overlaid(base, added).unwrap();
        let read: toml::Table = toml::from_str(&once).unwrap();
        assert_eq!((read["grants"].as_array().unwrap().len(), read["signers"].as_table().unwrap().len()), (2, 2));
        assert_eq!(overlaid(&once, added).unwrap(), once);
    }

    #[test]
    fn entries_are_put_over_a_table_that_was_read() {
        let registry = config::registry(specialis_artifacts::REGISTRY).unwrap();
        assert_eq!(with_entries(&registry, " \n", config::registry).unwrap(), registry);
        let added = "[categories.\"tea.term\"]\nzh = \"茶\"\nen = \"tea\"\n";
        let mut more = with_entries(&registry, added, config::registry).unwrap();
        assert!(more.categories.remove("tea.term").is_some());
        assert_eq!(more, registry, "nothing else changed");
    }

    #[test]
    fn an_entry_of_a_known_measure_adds_words_and_one_of_a_known_duty_replaces_it() {
        let added = "[measures.remind.params.kind]\nids = [\"recipe\"]\n[duties.\"im.art9.agreement\"]\nzh = \"z\"\n";
        let read: toml::Table = toml::from_str(&overlaid(specialis_artifacts::REGISTRY, added).unwrap()).unwrap();
        let remind = &read["measures"]["remind"];
        let words: Vec<&str> =
            remind["params"]["kind"]["ids"].as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
        assert!(words.contains(&"verify") && words.ends_with(&["recipe"]) && remind["when"].is_str(), "{remind:?}");
        assert_eq!(read["duties"]["im.art9.agreement"].as_table().unwrap().len(), 1);
    }

    #[test]
    fn mode_names_a_policy_and_a_known_word() {
        assert_eq!(mode("news=monitor"), Ok((PolicyId::from("news"), Mode::Monitor)));
        assert!(mode("news").is_err());
        assert!(mode("=monitor").is_err());
        assert_eq!(mode("news=off"), Err("`off` is no mode; give `monitor` or `enforce`".to_owned()));
    }
}
