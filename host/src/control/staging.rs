//! Staging: from files to an edition, or to an error that says at which step, over which policy, and what to do.

mod admission;
mod candidate;
mod content;
mod difference;
mod index;
mod needs;
mod stage;
mod vectors;

pub use admission::{AdmissionError, Asked, Inspection, inspect};
pub use candidate::Candidate;
pub(crate) use candidate::{Approval, REDACTION, Seal};
pub(crate) use difference::{difference, loosening};
pub(crate) use stage::{Stage, VersionFloor};
pub use vectors::VectorReport;
pub(crate) use vectors::{MetVectors, VectorRun};
