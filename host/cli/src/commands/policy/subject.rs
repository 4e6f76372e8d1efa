//! The policies that a command is about, and each of them alone in a host.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use specialis::admission::carries_interpreter;
use specialis::{Candidate, Host, LogSink, PlatformProfile, ServiceProfile};
use specialis_bundle::{Bundle, digest_of};
use specialis_core::{Context, Interpreter, Origin, PolicyId, Registry, SignerId, Status, Trust};

use super::build;
use crate::options::EditionOptions;
use crate::{code_cache, output, policies};

/// The code of a policy that is built from its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Its own, compiled now.
    Compiled,
    /// The same, with the names of its functions.
    Named,
    /// That of the interpreter of tables, where all else of the policy is looked at.
    StandIn,
}

/// One policy.
pub(super) struct Subject {
    /// Its file, read.
    pub(super) bundle: Bundle,
    /// Its file.
    bytes: Cow<'static, [u8]>,
}

impl Subject {
    /// Reads a file.
    pub(super) fn of(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self> {
        Ok(Self { bundle: policies::parse(name, &bytes)?, bytes })
    }
}

/// The folder of a policy that `of` names.
pub(super) fn folder(of: &str) -> Option<&Path> {
    Some(Path::new(of)).filter(|path| path.join("policy.toml").is_file())
}

/// Whether `of` names a folder or a file, and so not the policy of the edition with that id: who made a folder and names it means it.
pub(super) fn is_path(of: &str) -> bool {
    folder(of).is_some() || Path::new(of).is_file()
}

/// Policies, with the tables that they are held against.
pub(super) struct Subjects {
    /// The policies.
    pub(super) all: Vec<Subject>,
    /// The registries.
    pub(super) registry: Registry,
    /// The trust policy.
    pub(super) trust: Trust,
}

impl Subjects {
    /// What `of` names: a folder, whose policy is built first, else a file, else the id of a policy of the edition; all policies of
    /// the edition where it is absent. None where a table cannot be built; what is wrong with it was written.
    pub(super) fn read(
        of: Option<&str>,
        args: &EditionOptions,
        (code, out): (Code, &mut dyn Write),
    ) -> Result<Option<Self>> {
        let mut all = Vec::new();
        for (name, bytes) in args.files()? {
            all.push(Subject::of(&name, bytes)?);
        }
        let Some(of) = of else { return Self::with(all, args).map(Some) };
        let of_edition = all.iter().position(|subject| subject.bundle.manifest.id.as_str() == of);
        if is_path(of) && of_edition.is_some() {
            output::note(&format!("`{of}` is read from disk, and not the policy of the edition with that id"));
        }
        if let Some(folder) = folder(of) {
            let args = with_own_registry(args, folder);
            let (_, registry) = args.registry()?;
            let Some(packed) = build::packed((folder, code), &registry, &[], out)? else { return Ok(None) };
            return Self::with(vec![Subject::of(of, Cow::Owned(packed))?], &args).map(Some);
        }
        if is_path(of) {
            let (name, bytes) = policies::read(Path::new(of))?;
            return Self::with(vec![Subject::of(&name, bytes)?], args).map(Some);
        }
        if let Some(at) = of_edition {
            return Self::with(vec![all.swap_remove(at)], args).map(Some);
        }
        if Path::new(of).is_dir() {
            bail!("`{of}` has no `policy.toml`; give the folder of a policy");
        }
        if of.contains(std::path::is_separator) || of.ends_with(".wasm") {
            bail!("there is no file or folder `{of}`; give the folder of a policy, its file, or its id");
        }
        let ids = all.iter().map(|subject| subject.bundle.manifest.id.as_str());
        let near = specialis_core::nearest(of, ids).unwrap_or("none");
        bail!("there is no policy `{of}`; nearest is `{near}`");
    }

    fn with(all: Vec<Subject>, args: &EditionOptions) -> Result<Self> {
        let ((_, registry), (_, trust)) = (args.registry()?, args.trust()?);
        Ok(Self { all, registry, trust })
    }

    /// What is read where a command is about one policy.
    pub(super) fn one(of: &str, args: &EditionOptions, out: (Code, &mut dyn Write)) -> Result<Option<(Self, Subject)>> {
        let Some(mut subjects) = Self::read(Some(of), args, out)? else { return Ok(None) };
        let subject = subjects.all.pop();
        Ok(subject.map(|subject| (subjects, subject)))
    }

    /// A host with one policy alone, in its own sector, under the warrants of the trust policy. It may carry an
    /// interpreter, whoever signs it later. What the policy logs is shown.
    pub(super) fn host(&self, subject: &Subject, args: &EditionOptions) -> Result<Host> {
        let builder = args.cache.builder(self.candidate(subject))?.threads(1).log(PolicyLog);
        Ok(code_cache::while_compiling(|| builder.build())?)
    }

    /// Whether a policy needs room for an interpreter, which the trust policy gives to some signers.
    pub(super) fn carries_interpreter(&self, subject: &Subject) -> bool {
        carries_interpreter(&subject.bundle, &self.trust)
    }

    /// What that host is built from.
    pub(super) fn candidate(&self, subject: &Subject) -> Candidate {
        let manifest = &subject.bundle.manifest;
        let signer = SignerId::from("tested");
        let trust = Trust {
            signers: [(signer.clone(), vec![digest_of(&subject.bytes)])].into(),
            interpreters: self.carries_interpreter(subject).then_some(Interpreter { signer }).into_iter().collect(),
            warrants: self.trust.warrants.clone(),
            ..Trust::default()
        };
        let mut defaults = Context::default();
        if let Origin::Sector(sector) = &manifest.origin {
            defaults.sectors.insert(sector.clone(), Status::Yes);
        }
        Candidate::default()
            .registry(self.registry.clone())
            .trust(trust)
            .platform(PlatformProfile::everything(&self.registry))
            .service(ServiceProfile { defaults, ..ServiceProfile::default() })
            .policy(manifest.id.to_string(), subject.bytes.as_ref())
    }
}

/// The options with the entries that stand in the folder of a policy, where no registries are given.
pub(super) fn with_own_registry(args: &EditionOptions, folder: &Path) -> EditionOptions {
    let mut args = args.clone();
    let own = folder.join("registry.toml");
    if args.registry_add.is_empty() && args.registry.is_none() && own.is_file() {
        args.registry_add.push(own);
    }
    args
}

/// Shows what a policy logs, and the text of its panics.
struct PolicyLog;

impl LogSink for PolicyLog {
    fn line(&self, policy: &PolicyId, message: &str) {
        output::note(&format!("{policy} says: {}", output::one_line(message)));
    }
}
