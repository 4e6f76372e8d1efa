//! An embeddable host for sandboxed compliance policies on generative-AI services.
//! A platform passes it every generation event; it calls the loaded policies and returns one explained decision.
//!
//! The types in the order of their lives: [`HostBuilder`] → [`Host`] (as long as the platform serves) → [`Edition`]
//! (until it is replaced and its last session ends) → [`Session`] (one exchange) → [`Judged`] with its `Decision`.
//!
//! It does not detect with a model of its own, does not carry out measures outside text, and opens no files but those of
//! folders it is handed.

mod abi;
mod admission;
mod cache;
mod check;
mod compare;
pub mod config;
mod edition;
mod editions;
mod engine;
mod error;
mod fault;
mod folder;
mod gate;
mod host;
mod limits;
mod needs;
mod policy;
mod preflight;
mod profile;
mod release;
mod session;
mod shadow;
mod snapshot;
mod vectors;
mod warrants;
mod watch;

pub use abi::LogSink;
pub use admission::{AdmissionError, Asked, Inspection, Standing, inspect};
pub use cache::{CodeCache, CodeCounts};
pub use compare::{Comparison, Differences, DutyChange, DutyCounts, Sample};
pub use edition::{
    APPROVERS_FILE, Approvers, Attempts, Candidate, Change, Class, Clock, Edition, EditionManifest, EditionRecord,
    MANIFEST_FILE, Paper, PaperError, PolicyPin, PolicyStatus, RevocationAct, RollbackAct, Settings, SystemClock,
};
pub use editions::{Care, EditionStatus, Leave, Staged, Status, Tended};
pub use engine::Reset;
pub use error::{BuildError, StageError, StageStep};
pub use folder::policy_files;
pub use host::{Host, HostBuilder, Platform};
pub use limits::Limits;
pub use profile::{PlatformProfile, ServiceProfile};
pub use release::Release;
pub use session::{Judged, Observation, Session, Step};
pub use shadow::{ShadowGate, ShadowReport, ShadowShare};
pub use specialis_core as core;
pub use specialis_text as text;
pub use vectors::VectorReport;
pub use watch::{REVOCATION_FILE, ROLLBACK_FILE, Watch, Watched, Watching};

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
