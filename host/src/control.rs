//! The control plane: which edition is live, and who may change that.

mod builder;
mod error;
mod history;
mod host;
mod maintenance;
mod signed;
mod staging;
mod state;
mod status;
mod trial;
mod tried;

pub use builder::HostBuilder;
pub use error::{ShadowObjection, StageCause, StageError, StageStep, StateProblem};
pub use history::Attempts;
pub use host::{Authorization, Host, Staged};
pub use maintenance::{MaintenanceReport, MaintenanceSettings};
pub use signed::{
    ActError, Applied, Approvers, ChainError, DocumentError, EditionManifest, PolicyPin, PublishedFolder, SignedAct,
    SignedDocument, SignedFolder, Statement, Watch, WatchEvent, WatchHandle, approvers_digest, files,
};
pub use staging::{
    AdmissionError, AnswerDifference, Asked, Candidate, Inspection, ListedPolicy, Listing, ListingError, VectorAnswer,
    VectorAnswers, VectorFailure, VectorMismatch, VectorOutcome, VectorReport, carries_interpreter, inspect,
};
pub use state::{StateFolder, StateNote};
pub use status::{EditionStatus, Status};
pub use trial::{
    Comparison, Differences, DutyChange, DutyCounts, PromotionCriteria, Sample, ShadowReport, ShadowShare,
};
pub use tried::TriedEdition;
