//! Staging: from files to an edition, or to an error that says at which step, over which policy, and what to do.

mod admission;
mod candidate;
mod content;
mod difference;
mod index;
mod listing;
mod needs;
mod past;
mod stage;
mod vectors;

pub use admission::{AdmissionError, Asked, Inspection, carries_interpreter, inspect};
pub use candidate::Candidate;
pub(crate) use candidate::{Approval, REDACTION, Seal, SignedOrigin};
pub(crate) use difference::{difference, dropped, loosening};
pub use listing::{ListedPolicy, Listing, ListingError};
pub(crate) use past::{Past, VersionFloor, learn_versions};
pub(crate) use stage::Stage;
pub use vectors::{
    AnswerDifference, VectorAnswer, VectorAnswers, VectorFailure, VectorMismatch, VectorOutcome, VectorReport,
};
pub(crate) use vectors::{MetVectors, Unproved, VectorRun, effects, has_effects, regressions};
