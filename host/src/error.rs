//! Why a host cannot be built.

use specialis_core::{FaultKind, MeasureId, PolicyId, SectorId};

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
}
