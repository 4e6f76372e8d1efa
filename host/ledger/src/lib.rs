#![doc = include_str!("../README.md")]
//!
//! # The types
//!
//! A [`Ledger`] is a log that is open for writing, and lives as long as the process serves. A [`Ticket`] is a record on its way to the
//! disk. A [`LogReader`] reads a log at one [`Checkpoint`] and takes no lock. An [`Index`] and a [`StandingStore`] are caches that can
//! be deleted. A [`Keyring`] has the keys under which users are tagged, a pair for each month.

mod audit;
mod disk;
mod error;
mod format;
mod keep;
mod ledger;
mod read;
mod record;
mod standing;
mod write;

pub use audit::completeness::Completeness;
pub use audit::editions::LiveEdition;
pub use audit::numbers::{Audit, AuditRange, ContentTally, Group, MeasureTally, Tally, audit};
pub use audit::pack::{PackOptions, write_pack};
pub use audit::page::audit_page;
pub use disk::{Disk, DiskFile, FolderDisk};
pub use error::{Damage, DiskAction, LedgerError};
pub use format::body::Body;
pub use format::checkpoint::{Checkpoint, Head};
pub use format::entry::{Class, Detail, Entry, EntryKind, MAX_ENTRY_BYTES, day_of};
pub use format::merkle::Hash;
pub use format::note::{Ed25519Signer, NoteKey, NoteSigner};
pub use format::proof::{Proof, ProofError};
#[cfg(feature = "sm2")]
pub use format::sm2::Sm2Signer;
pub use format::stamp::{StampError, StampRequest};
pub use keep::keeper::{Content, FolderKeeper, Keeper, KeeperError};
pub use keep::keys::{Keyring, Subject, epoch_of};
pub use keep::retention::{Retention, content_until};
pub use keep::stamps::Stamp;
pub use ledger::{Erased, Expired, Ledger, LedgerBuilder, LedgerClock, LedgerFault, LedgerHealth, SystemTime, Ticket};
pub use read::body::BodyState;
pub use read::export::{export_csv, export_jsonl, export_parquet};
pub use read::fsck::{FsckReport, fsck};
pub use read::index::Index;
pub use read::log::LogReader;
pub use read::row::{Row, SettledCounts};
pub use read::search::Query;
pub use read::standing::{carry_standing, check_standing, fold_standing};
pub use read::verify::{GapFound, Problem, VerifyReport, verify, verify_range};
pub use record::edition::{EditionBody, EditionChange, EditionLacks, EditionOrigin, EditionPolicy, EditionSetting};
pub use record::{
    DecisionBody, DeclaredBody, KeptBody, OpenedBody, ReadBody, Record, SettlementBody, StandingBody, must_wait,
};
pub use standing::{
    Change, Counts, MeasureInForce, RedbStanding, StandingAway, StandingRecord, StandingStore, SubjectState,
};
pub use write::log::OpenReport;
