//! Why a host cannot be built, and why an edition is not published.

use std::fmt;

use specialis_core::{FaultKind, MeasureId, PolicyId, SectorId};

use crate::admission::AdmissionError;
use crate::config::ConfigError;
use crate::edition::PaperError;

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
#[derive(Debug)]
pub struct StageError {
    step: StageStep,
    policy: Option<String>,
    file: Option<String>,
    cause: Box<BuildError>,
}

impl StageError {
    pub(crate) fn new(step: StageStep, cause: BuildError) -> Self {
        Self { step, policy: None, file: None, cause: Box::new(cause) }
    }

    pub(crate) fn of_policy(mut self, policy: &str) -> Self {
        self.policy = Some(policy.to_owned());
        self
    }

    pub(crate) fn of_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// At which step.
    pub fn step(&self) -> StageStep {
        self.step
    }

    /// Over which policy, where it was one.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Over which file, where it was one.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// What happened.
    pub fn cause(&self) -> &BuildError {
        &self.cause
    }

    /// What happened, for those who do not care where.
    pub fn into_cause(self) -> BuildError {
        *self.cause
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step `{}`", self.step.as_str())?;
        if let Some(policy) = &self.policy {
            write!(f, ", policy `{policy}`")?;
        }
        if let Some(file) = &self.file {
            write!(f, ", file `{file}`")?;
        }
        write!(f, ": {}", self.cause)
    }
}

impl std::error::Error for StageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.cause)
    }
}

/// Why a host or an edition cannot be built. The message says what to do; nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The sandbox does not start.
    #[error("the sandbox does not start: {reason}")]
    Engine {
        /// What the engine said.
        reason: String,
    },
    /// A policy's file cannot be read from the folder.
    #[error("policy file `{file}`: {source}")]
    File {
        /// The file.
        file: String,
        /// What happened.
        source: std::io::Error,
    },
    /// A policy's file is not a policy.
    #[error("policy `{policy}`: {source}")]
    Bundle {
        /// The policy or its file.
        policy: String,
        /// What is wrong.
        source: specialis_bundle::BundleError,
    },
    /// A policy does not compile.
    #[error("policy `{policy}` does not compile: {reason}")]
    Compile {
        /// The policy.
        policy: PolicyId,
        /// What the compiler said.
        reason: String,
    },
    /// A policy did not get through `configure`.
    #[error("policy `{policy}` faulted while it was configured: `{}`", fault.as_str())]
    Configure {
        /// The policy.
        policy: PolicyId,
        /// The fault.
        fault: FaultKind,
    },
    /// A policy refused its settings, or settings do not fit the manifest.
    #[error("settings: {}", problems.join("; "))]
    Settings {
        /// What is wrong, each with what to do.
        problems: Vec<String>,
    },
    /// A manifest names something that no registry has.
    #[error("policy `{policy}` names the {what} `{id}`, which is not registered; nearest is `{nearest}`")]
    Unregistered {
        /// The policy.
        policy: PolicyId,
        /// What kind of thing.
        what: &'static str,
        /// The unknown id.
        id: String,
        /// The nearest registered one.
        nearest: String,
    },
    /// Two policies have one id.
    #[error("two policies are called `{policy}`; remove one")]
    Twice {
        /// The id.
        policy: PolicyId,
    },
    /// A required policy is not there.
    #[error("the trust policy requires the policy `{policy}`; load it or take it out of `required`")]
    Missing {
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
        "the service profile gives no default status for the sector `{sector}` of policy `{policy}`; add `{sector} = \"no\"`, `\"yes\"` or `\"unknown\"` under `sectors`"
    )]
    SectorDefault {
        /// The sector.
        sector: SectorId,
        /// Its policy.
        policy: PolicyId,
    },
    /// The registries or the trust policy contradict themselves.
    #[error("registries: {}", problems.join("; "))]
    Registry {
        /// What is wrong, each with what to do.
        problems: Vec<String>,
    },
    /// A lexicon or detector cannot be used.
    #[error("policy `{policy}`: {reason}")]
    Text {
        /// The policy.
        policy: PolicyId,
        /// What is wrong.
        reason: String,
    },
    /// The platform cannot carry out a measure that comes after release, and nobody does it by hand.
    #[error(
        "policy `{policy}` may require `{measure}` after release, which the platform profile does not support; add it to `supports`, or name who does it under `by-hand`"
    )]
    Unsupported {
        /// The policy.
        policy: PolicyId,
        /// The measure.
        measure: MeasureId,
    },
    /// Fewer pool slots than threads.
    #[error("{slots} pool slots for {threads} threads; give at least one slot for each thread")]
    PoolTooSmall {
        /// The slots.
        slots: u32,
        /// The threads.
        threads: u32,
    },
    /// A file is larger than anybody looks at.
    #[error(
        "`{file}` has {n_bytes} bytes, and at most {most} are read; raise `limits.file-bytes` of the trust policy if it must be so large"
    )]
    TooLarge {
        /// The file.
        file: String,
        /// Its size.
        n_bytes: u64,
        /// The bound.
        most: u64,
    },
    /// A file is not the one that was signed, or not yet written whole.
    #[error("`{file}` has the digest `{found}`, signed is `{expected}`; put the signed file there, or sign anew")]
    Digest {
        /// The file.
        file: String,
        /// The digest that was signed.
        expected: String,
        /// The digest it has.
        found: String,
    },
    /// A signed paper does not count.
    #[error("{source}")]
    Paper {
        /// Why.
        source: PaperError,
    },
    /// The manifest does not name a file that every edition has.
    #[error("it does not name `{file}`, which every edition has; make the manifest again")]
    NotNamed {
        /// The file.
        file: String,
    },
    /// A table cannot be read.
    #[error("{source}")]
    Table {
        /// What is wrong.
        source: ConfigError,
    },
    /// The trust policy does not let a policy in.
    #[error("policy `{policy}`: {source}")]
    Admission {
        /// The policy.
        policy: PolicyId,
        /// Why.
        source: AdmissionError,
    },
    /// A policy's file was revoked.
    #[error("policy `{policy}` with the digest `{digest}` was revoked; load another version")]
    Revoked {
        /// The policy.
        policy: PolicyId,
        /// The digest.
        digest: String,
    },
    /// A policy is older than one that was already loaded.
    #[error(
        "policy `{policy}` has version {found}, and {seen} was already live; raise the version, or sign a manifest with `rolls-back`"
    )]
    Older {
        /// The policy.
        policy: PolicyId,
        /// Its version.
        found: String,
        /// The highest seen.
        seen: String,
    },
    /// A policy has the version of another file.
    #[error("policy `{policy}` {version} is another file than the {version} that is live; raise the version")]
    SameVersion {
        /// The policy.
        policy: PolicyId,
        /// The version.
        version: String,
    },
    /// An edition is not newer than one already published.
    #[error("edition {number} does not come after {seen}, which was already live; give it a higher number")]
    OlderEdition {
        /// Its number.
        number: u64,
        /// The highest seen.
        seen: u64,
    },
    /// A policy needs more than the sandbox has.
    #[error(
        "policy `{policy}` needs {needed} {what}, and `{limit}` allows {allowed}; make it smaller or raise the limit"
    )]
    Needs {
        /// The policy.
        policy: PolicyId,
        /// Of what.
        what: &'static str,
        /// How much.
        needed: u64,
        /// The limit that says no.
        limit: &'static str,
        /// What it allows.
        allowed: u64,
    },
    /// A policy was built against another contract.
    #[error("policy `{policy}` does not fit specialis:policy@{version}: {difference}; build it with the matching SDK")]
    Contract {
        /// The policy.
        policy: PolicyId,
        /// The version it names.
        version: &'static str,
        /// The first difference.
        difference: String,
    },
    /// Vectors are not met.
    #[error("{} vectors are not met; the first: {}", failures.len(), failures.first().map_or("", String::as_str))]
    Vectors {
        /// What is not met, one each.
        failures: Vec<String>,
    },
    /// The manifest and the file disagree.
    #[error("the manifest says {said}, the file says {found}; make the manifest again")]
    Manifest {
        /// What the manifest says.
        said: String,
        /// What the file says.
        found: String,
    },
    /// An edition loosens, and too few approved, or nobody said why.
    #[error("it loosens ({}{}), which needs two approvers and a written reason; there are {n_approvers}{}", first, more(*n_loosening), if *has_reason { "" } else { " and no reason" })]
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
    #[error(
        "this host has a root key and takes editions that approvers signed under it; read one with `Candidate::read`"
    )]
    NotSigned,
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
    #[error("the host's memory of versions: {reason}")]
    Memory {
        /// What is wrong and what to do.
        reason: String,
    },
    /// A shadow has seen too much that differs.
    #[error("the shadow stands in the way: {reason}")]
    Gate {
        /// Why.
        reason: String,
    },
}

fn more(n: usize) -> String {
    if n > 1 { format!(" and {} more", n.saturating_sub(1)) } else { String::new() }
}
