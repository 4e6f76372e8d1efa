//! Why an edition is not published.

use std::fmt;

use semver::Version;
use specialis_bundle::BundleError;
use specialis_core::{MeasureId, PolicyId, RegistryError, SectorId, counted, printable};
use specialis_text::{IndexError, LexiconError};

use super::signed::{ChainError, DocumentError};
use super::staging::AdmissionError;
use crate::config::ConfigError;
use crate::files::FileError;
use crate::runtime::SandboxError;

/// A step on the way from files to the live edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageStep {
    /// Files are read from their folder.
    Fetch,
    /// Signatures, digests, versions and days are checked.
    Verify,
    /// Files are read whole.
    Read,
    /// Imports and needs are held against what the sandbox has.
    Imports,
    /// Code is compiled, or taken from the cache.
    Compile,
    /// `configure` runs.
    Configure,
    /// Vectors run.
    Vectors,
    /// The difference to the live edition is held against who approved.
    Difference,
    /// The edition is published.
    Activate,
}

impl StageStep {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Verify => "verify",
            Self::Read => "read",
            Self::Imports => "imports",
            Self::Compile => "compile",
            Self::Configure => "configure",
            Self::Vectors => "vectors",
            Self::Difference => "difference",
            Self::Activate => "activate",
        }
    }
}

/// Why an edition is not published: at which step, over which policy and which file. The live edition stays.
///
/// What happened is its source, a [`StageCause`].
#[derive(Debug)]
pub struct StageError {
    step: StageStep,
    policy: Option<PolicyId>,
    file: Option<String>,
    cause: Box<StageCause>,
}

impl StageError {
    pub(crate) fn new(step: StageStep, cause: impl Into<StageCause>) -> Self {
        Self { step, policy: None, file: None, cause: Box::new(cause.into()) }
    }

    pub(crate) fn in_policy(mut self, policy: &PolicyId) -> Self {
        self.policy = Some(policy.clone());
        self
    }

    pub(crate) fn in_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    pub(crate) fn in_statement(self, number: u64) -> Self {
        if self.file.is_some() { self } else { self.in_file(&super::signed::files::statement(number)) }
    }

    pub(crate) fn into_cause(self) -> StageCause {
        *self.cause
    }

    /// At which step.
    pub fn step(&self) -> StageStep {
        self.step
    }

    /// Over which policy, where it was one.
    pub fn policy(&self) -> Option<&PolicyId> {
        self.policy.as_ref()
    }

    /// Over which file, where it was one.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// What happened.
    pub fn cause(&self) -> &StageCause {
        &self.cause
    }

    /// Step, place and every cause in one line, for a status.
    pub(crate) fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            line.push_str(": ");
            line.push_str(&error.to_string());
            source = error.source();
        }
        printable(&line).into_owned()
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step `{}`", self.step.as_str())?;
        if let Some(policy) = &self.policy {
            write!(f, ", policy `{policy}`")?;
        }
        if let Some(file) = &self.file {
            write!(f, ", file `{}`", printable(file))?;
        }
        Ok(())
    }
}

impl std::error::Error for StageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}

/// What stands in the way of an edition. The message says what to do; which policy and file it is, [`StageError`] says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageCause {
    /// The sandbox does not start, or the policy cannot be made ready in it.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A table cannot be read.
    #[error(transparent)]
    Table(#[from] ConfigError),
    /// A signed document does not count.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A statement does not follow the one before.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The file is not a policy, or its vectors cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The trust policy does not let the policy in.
    #[error(transparent)]
    Admission(#[from] AdmissionError),
    /// A lexicon cannot be read.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// The lexicons, detectors and patterns cannot be made into one index.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A file cannot be read.
    #[error("it cannot be read; check that it is there and may be read")]
    File {
        /// What happened.
        source: FileError,
    },
    /// A file cannot be written.
    #[error("it cannot be written; check who may write there, and the space left")]
    Unwritable {
        /// What happened.
        source: std::io::Error,
    },
    /// A file is larger than may be read.
    #[error(
        "it has {n_bytes} bytes, and at most {max} are read; raise `limits.file-bytes` of the trust policy if it must be so large"
    )]
    TooLarge {
        /// Its size.
        n_bytes: u64,
        /// The bound.
        max: u64,
    },
    /// A file is not the one that was signed, or not yet written whole.
    #[error("it has the digest `{found}`, signed is `{expected}`; put the signed file there, or sign anew")]
    Digest {
        /// The digest that was signed.
        expected: String,
        /// The digest it has.
        found: String,
    },
    /// A text is not UTF-8.
    #[error("it is not UTF-8 from byte {at} on; save it as UTF-8")]
    NotUtf8 {
        /// The first bad byte.
        at: usize,
    },
    /// The manifest does not name a file that every edition has.
    #[error("it does not name `{file}`, which every edition has; make the manifest again")]
    NotNamed {
        /// The file.
        file: String,
    },
    /// The manifest and the policy's file disagree.
    #[error("the manifest says {said}, the file says {found}; make the manifest again")]
    Manifest {
        /// What the manifest says.
        said: String,
        /// What the file says.
        found: String,
    },
    /// Settings do not fit the manifests of the policies.
    #[error("settings: {}", problems.join("; "))]
    Settings {
        /// What is wrong, each with what to do.
        problems: Vec<String>,
    },
    /// The registries or the trust policy contradict themselves.
    #[error("the tables contradict themselves: {}", listed(problems))]
    Registry {
        /// What is wrong, each with what to do.
        problems: Vec<RegistryError>,
    },
    /// A signer of the trust policy has an entry that is neither a key nor a digest.
    #[error("signer `{signer}` has `{entry}`; give a key as `ed25519:…` or a digest as `sha256:…`")]
    SignerEntry {
        /// The signer.
        signer: String,
        /// The entry.
        entry: String,
    },
    /// The policy names something that no registry has.
    #[error("it names the {what} `{id}`, which is not registered; nearest is `{nearest}`")]
    Unregistered {
        /// What kind of thing.
        what: &'static str,
        /// The unknown id.
        id: String,
        /// The nearest registered one.
        nearest: String,
    },
    /// A term of a lexicon has a category that no registry has: no rule could read its hits.
    #[error(
        "lexicon `{lexicon}`: the category `{id}` of the term `{term}` is not in the registry; nearest is `{nearest}`"
    )]
    UnregisteredTerm {
        /// The lexicon.
        lexicon: String,
        /// The term.
        term: String,
        /// Its category.
        id: String,
        /// The nearest registered one.
        nearest: String,
    },
    /// The policy declares a value that the registry does not allow for a parameter.
    #[error(
        "`{measure}` with `{parameter}` as declared under `may-require` is not registered; use a value of the registry, or register it"
    )]
    UnregisteredValue {
        /// The measure.
        measure: MeasureId,
        /// The parameter.
        parameter: String,
    },
    /// Two policies have one id.
    #[error("two policies have this id; remove one")]
    Twice,
    /// A required policy is not there.
    #[error("the trust policy requires the policy `{policy}`; load it or take it out of `required`")]
    PolicyMissing {
        /// The policy.
        policy: PolicyId,
    },
    /// A required sector has no policy.
    #[error("the trust policy requires a policy for the sector `{sector}`; load one or take it out of `required`")]
    SectorMissing {
        /// The sector.
        sector: SectorId,
    },
    /// The service profile gives no default status for a sector.
    #[error(
        "the service profile gives no default status for the sector `{sector}`; add `{sector} = \"no\"`, `\"yes\"` or `\"unknown\"` under `sectors`"
    )]
    SectorDefault {
        /// The sector.
        sector: SectorId,
    },
    /// The platform cannot carry out a measure that comes after release, and nobody does it by hand.
    #[error(
        "it may require `{measure}` after release, which the platform profile does not support; add it to `supports`, or name who does it under `by-hand`"
    )]
    Unsupported {
        /// The measure.
        measure: MeasureId,
    },
    /// More is asked for than a limit allows.
    #[error("it needs {needed} {what}, and `{limit}` allows {allowed}; {way_out}")]
    Needs {
        /// Of what.
        what: &'static str,
        /// How much.
        needed: u64,
        /// The limit that says no.
        limit: &'static str,
        /// What it allows.
        allowed: u64,
        /// What to do.
        way_out: &'static str,
    },
    /// The policy was revoked.
    #[error("what it holds (`{digest}`) was revoked; load another version")]
    Revoked {
        /// The digest that was revoked.
        digest: String,
    },
    /// The policy is older than one that was already live.
    #[error(
        "it has version {found}, and {seen} was already live; raise the version, or roll back to the earlier edition"
    )]
    Older {
        /// Its version.
        found: Version,
        /// The highest that was live.
        seen: Version,
    },
    /// The policy has the version of another file.
    #[error("it is another file than the {version} that is live; raise the version")]
    SameVersion {
        /// The version.
        version: Version,
    },
    /// Two policies of a sector declare a fact, and not in the same way.
    #[error("another policy of `{sector}` declares the fact `{fact}` otherwise; give both the same declaration")]
    FactDeclaredOtherwise {
        /// The sector.
        sector: SectorId,
        /// The fact.
        fact: String,
    },
    /// Vectors are not met.
    #[error(
        "{} not met; the first: {}",
        counted(failures.len(), "vector is", "vectors are"),
        failures.first().map_or("", String::as_str)
    )]
    Vectors {
        /// What is not met, one each.
        failures: Vec<String>,
    },
    /// An edition loosens, and too few approved, or nobody said why.
    #[error("it loosens ({first}{}), which needs two approvers and a written reason; there are {n_approvers}{}", more(*n_loosening), if *has_reason { "" } else { " and no reason" })]
    Loosens {
        /// The first item that loosens.
        first: String,
        /// How many do.
        n_loosening: usize,
        /// How many approved.
        n_approvers: usize,
        /// Whether there is a reason.
        has_reason: bool,
    },
    /// An urgent edition loosens.
    #[error("it is urgent and loosens ({first}); an urgent edition may only tighten")]
    UrgentLoosens {
        /// The first item that loosens.
        first: String,
    },
    /// This host takes what is signed and nothing else.
    #[error("this host takes what approvers signed; publish a signed statement and apply it")]
    NotSigned,
    /// A candidate that was read from a signed folder was changed in code.
    #[error(
        "it was changed after it was signed; change it in its folder and sign it again, or start from `EditionContent::candidate`"
    )]
    SealBroken,
    /// Another edition was published since this one was staged.
    #[error("it was staged against edition `{base}`, and `{live}` is live now; stage it again")]
    Stale {
        /// What it was staged against.
        base: String,
        /// What is live.
        live: String,
    },
    /// There is no such edition to go back to.
    #[error("edition `{id}` is not kept; the host keeps the last {kept}")]
    NotKept {
        /// The edition.
        id: String,
        /// How many are kept.
        kept: usize,
    },
    /// What the host remembers between starts cannot be read or written.
    #[error("the host's state in `{file}` of the state folder cannot be used")]
    State {
        /// The file.
        file: &'static str,
        /// What is wrong.
        #[source]
        problem: StateProblem,
    },
    /// The live edition is a later one than the folder knows of.
    #[error("statement {state} was live here, and the folder ends with {folder}; bring the folder up to date")]
    BehindState {
        /// The number of the newest statement in the folder.
        folder: u64,
        /// The number of the statement that was live.
        state: u64,
    },
    /// The folder ends before the statement that is asked for.
    #[error("the folder ends with statement {found}, and at least {least} is asked for; bring the folder up to date")]
    BelowLeast {
        /// The number of the newest statement.
        found: u64,
        /// The number that was asked for.
        least: u64,
    },
    /// The statement that was live is not the one in the folder.
    #[error("statement {number} in the folder is another than the one that was live here; restore the folder")]
    OtherHistory {
        /// Its number.
        number: u64,
    },
    /// A shadow showed too much that differs, or too little of anything.
    #[error("the shadow stands in the way: {0}")]
    Shadow(ShadowObjection),
}

/// What is wrong with the host's state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateProblem {
    /// It cannot be read.
    #[error("it cannot be read; check who may read it")]
    Unreadable(#[source] FileError),
    /// It cannot be written.
    #[error("it cannot be written; check who may write there, and the space left")]
    Unwritable(#[source] std::io::Error),
    /// Others may write to the folder.
    #[error("others may write to the folder; take that away with `chmod go-w`, or give another folder")]
    Writable,
    /// It is damaged or was written under another key.
    #[error("it is damaged or under another key; restore it, or remove it and with it what was remembered")]
    Damaged,
}

/// Why a shadow does not let an edition be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShadowObjection {
    /// The edition is not in shadow.
    #[error("this edition is not in shadow; start it with `Host::shadow`")]
    Absent,
    /// The shadow's thread panicked.
    #[error("the shadow broke off; report what it said, and start it again with `Host::shadow`")]
    BrokeOff,
    /// Too few events were compared.
    #[error("{compared} of {} compared", counted(*needed, "event was", "events were"))]
    TooFew {
        /// How many were.
        compared: u64,
        /// How many have to be.
        needed: u64,
    },
    /// Too many events loosened.
    #[error("{} loosened, {allowed} may", counted(*found, "event", "events"))]
    Loosened {
        /// How many did.
        found: u64,
        /// How many may.
        allowed: u64,
    },
    /// Too many events brought a new fault.
    #[error("{} brought a new fault, {allowed} may", counted(*found, "event", "events"))]
    NewFaults {
        /// How many did.
        found: u64,
        /// How many may.
        allowed: u64,
    },
}

fn more(n: usize) -> String {
    if n > 1 { format!(" and {} more", n.saturating_sub(1)) } else { String::new() }
}

fn listed(problems: &[RegistryError]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
