//! An embeddable host for sandboxed compliance policies on generative-AI services.
//! A platform passes it every generation event; it calls the loaded policies and returns one explained decision.
//!
//! The types in the order of their lives: [`Candidate`] → [`Host`] (as long as the platform serves) → [`Edition`] (until it is
//! replaced and its last session ends) → [`Session`] (one exchange) → [`Stream`] (one streamed answer) → [`Judged`] with its
//! decision. The folders tell where they live: `runtime` is what an open session needs, `session` judges, `control` decides
//! which edition is live.
//!
//! It does not carry out measures outside text, and opens no files but those of
//! folders it is given.

pub mod config;
mod control;
pub mod files;
mod runtime;
mod session;

pub use control::{
    Attempts, Authorization, Candidate, EditionStatus, Host, HostBuilder, MaintenanceReport, MaintenanceSettings,
    StageCause, StageError, StageStep, Staged, StateFolder, StateNote, StateProblem, Status, TriedEdition,
};
pub use runtime::{
    CallTimes, Change, ChangeClass, Clock, CodeCache, CodeCounts, CompilerProcess, Edition, EditionContent,
    EditionRecord, EventLimits, IdKey, InstanceReset, Limits, LogSink, Memories, MemoryCounts, PlatformProfile,
    PolicyStatus, PolicyUsage, Provenance, Runtime, SandboxError, ServiceProfile, Settings, SystemClock,
};
pub use session::{Judged, Observation, OwnedStream, Platform, RecordError, Recorder, Release, Session, Step, Stream};
pub use specialis_bundle as bundle;
pub use specialis_core as core;
pub use specialis_scorer as scorer;
pub use specialis_text as text;

/// Signed editions: the chain of statements that says which edition is live, and acts on a running host.
pub mod signed {
    pub use crate::control::{
        ActError, Applied, Approvers, ChainError, DocumentError, EditionManifest, PolicyPin, PublishedFolder,
        SignedAct, SignedDocument, SignedFolder, Statement, Watch, WatchEvent, WatchHandle, approvers_digest, files,
    };
}

/// What a policy file asks for, and whether a trust policy lets it in; and what of an index of policies counts.
pub mod admission {
    pub use crate::control::{
        AdmissionError, Asked, Inspection, ListedPolicy, Listing, ListingError, carries_interpreter, inspect,
    };
}

/// What became of the vectors of policies.
pub mod vectors {
    pub use crate::control::{
        AnswerDifference, VectorAnswer, VectorAnswers, VectorFailure, VectorMismatch, VectorOutcome, VectorReport,
    };
}

/// Trying an edition beside the live one, and comparing decisions.
pub mod trial {
    pub use crate::control::{
        Comparison, Differences, DutyChange, DutyCounts, PromotionCriteria, Sample, ShadowObjection, ShadowReport,
        ShadowShare,
    };
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
