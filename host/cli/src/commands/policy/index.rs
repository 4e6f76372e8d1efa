//! `policy index`: a signed list of policies that lie in registries.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use specialis_bundle::{Envelope, IndexEntry, OciArtifact, PolicyIndex, PublicKey, SecretKey, digest_of};
use specialis_core::{Date, counted, nearest};

use super::oci::{self, Reference};
use super::transfer;
use crate::input::file;
use crate::keys;
use crate::options::last_day;
use crate::output::{self, Exit};
use crate::policies;

/// What is done with an index.
#[derive(Subcommand)]
pub(super) enum IndexCommand {
    /// Write a signed index of policies that were pushed, or continue one.
    Build {
        #[command(flatten)]
        args: IndexBuildArgs,
    },
    /// Push an index to an OCI registry; prints the pinned name.
    Push {
        /// The index, as `policy index build` wrote it.
        #[arg(value_name = "FILE.json")]
        file: PathBuf,
        /// Where to, such as `registry.example/policies/index:latest`. A repository has one index.
        #[arg(value_name = "NAME:TAG")]
        to: Reference,
    },
}

/// What `policy index build` is told.
#[derive(Args)]
pub(super) struct IndexBuildArgs {
    /// The policies to list, pinned as `policy push` printed them; each is pulled and looked at.
    #[arg(value_name = "NAME@sha256:…")]
    policies: Vec<Reference>,
    /// What the index is called; one that goes on from another by `--after` keeps its name.
    #[arg(long, value_name = "NAME", required_unless_present = "after", conflicts_with = "after")]
    name: Option<String>,
    /// The index before: its name and its policies stay, and the number rises by one.
    #[arg(long, value_name = "FILE.json")]
    after: Option<PathBuf>,
    /// A policy of the index before to leave out from now on, or one version of it; may be given several times
    #[arg(long, value_name = "ID[@VERSION]", requires = "after")]
    drop: Vec<String>,
    /// The last day on which it counts.
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    expires: Date,
    /// The secret key that signs it; may be given several times
    #[arg(long, value_name = "FILE.pem", required = true)]
    key: Vec<PathBuf>,
    /// The file to write.
    #[arg(short, long, value_name = "FILE.json")]
    output: PathBuf,
}

pub(super) fn run(command: &IndexCommand, out: &mut dyn Write) -> Result<Exit> {
    match command {
        IndexCommand::Build { args } => build(args, out),
        IndexCommand::Push { file, to } => push(file, to, out),
    }
}

fn build(args: &IndexBuildArgs, out: &mut dyn Write) -> Result<Exit> {
    let keys = args.key.iter().map(|file| keys::read(file)).collect::<Result<Vec<_>>>()?;
    let mut index = args.begin(&keys)?;
    for name in &args.policies {
        add(&mut index, name)?;
    }
    index.policies.sort_by(|a, b| (&a.id, &a.version).cmp(&(&b.id, &b.version)));
    let json = index.signed(&keys).with_context(|| format!("the index `{}`", index.name))?;
    output::replace(&args.output, &json)?;
    let PolicyIndex { name, number, expires, policies } = &index;
    let policies = counted(policies.len(), "policy", "policies");
    writeln!(out, "index {name} {number}: {policies}, signed until {expires}")?;
    writeln!(out, "{}", digest_of(&json))?;
    Ok(Exit::Complete)
}

impl IndexBuildArgs {
    /// The index without what is added to it.
    fn begin(&self, keys: &[SecretKey]) -> Result<PolicyIndex> {
        let Some(file) = &self.after else {
            let name = self.name.clone().unwrap_or_default();
            return Ok(PolicyIndex { name, number: 1, expires: self.expires, policies: Vec::new() });
        };
        let shown = file.display();
        let envelope = read(file)?;
        let public: Vec<PublicKey> = keys.iter().map(SecretKey::public).collect();
        if envelope.signed_by(&public).with_context(|| format!("`{shown}`"))?.is_empty() {
            bail!("`{shown}` is signed by none of these keys; give the key that signed it");
        }
        let mut index = PolicyIndex::read(&envelope).with_context(|| format!("`{shown}`"))?;
        index.number = index.number.checked_add(1).with_context(|| format!("`{shown}` has the last number"))?;
        index.expires = self.expires;
        for one in &self.drop {
            let before = index.policies.len();
            index.policies.retain(|entry| !names(one, entry));
            if index.policies.len() == before {
                bail!("`{shown}` does not list `{one}`; nearest is `{}`", nearest_of(one, &index.policies));
            }
        }
        Ok(index)
    }
}

/// The entry that is named most like `ID` or `ID@VERSION`.
fn nearest_of(text: &str, policies: &[IndexEntry]) -> String {
    let name = |entry: &IndexEntry| match text.contains('@') {
        true => format!("{}@{}", entry.id, entry.version),
        false => entry.id.to_string(),
    };
    let names: Vec<String> = policies.iter().map(name).collect();
    nearest(text, names.iter().map(String::as_str)).unwrap_or("none").to_owned()
}

/// Whether `ID` or `ID@VERSION` names an entry.
fn names(text: &str, entry: &IndexEntry) -> bool {
    let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
    id == entry.id.as_str() && version.is_none_or(|version| version == entry.version.to_string())
}

/// Pulls a policy and puts it into the index, in place of the same version.
fn add(index: &mut PolicyIndex, name: &Reference) -> Result<()> {
    if name.digest.is_none() {
        bail!("`{name}` names no digest, and a tag can be moved; give the name that `policy push` printed");
    }
    let (bytes, _) = transfer::pull_policy(name)?;
    let bundle = policies::parse(&name.to_string(), &bytes)?;
    let entry = IndexEntry::of(&bundle, name.to_string());
    index.policies.retain(|one| (&one.id, &one.version) != (&entry.id, &entry.version));
    index.policies.push(entry);
    Ok(())
}

fn push(file: &Path, to: &Reference, out: &mut dyn Write) -> Result<Exit> {
    let envelope = read(file)?;
    let index = PolicyIndex::read(&envelope).with_context(|| format!("`{}`", file.display()))?;
    let json = envelope.to_json();
    let digest = oci::push(to, &OciArtifact::of_index(&index, &json), &json, "latest")?;
    writeln!(out, "{}", Reference { digest: Some(digest), ..to.clone() })?;
    Ok(Exit::Complete)
}

fn read(path: &Path) -> Result<Envelope> {
    let shown = path.display();
    let bytes = file::document(path).with_context(|| format!("`{shown}` cannot be read; give an index"))?;
    let Ok(envelope) = Envelope::parse(&bytes) else {
        bail!("`{shown}` is no signed index; give a file that `specialis policy index build` wrote");
    };
    Ok(envelope)
}
