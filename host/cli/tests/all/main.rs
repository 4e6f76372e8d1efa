//! The command line, as a person or a script meets it: the built program, its output and its exit codes.
#![cfg(test)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "in a test what does not hold ends it"
)]

mod authors;
mod book;
mod code_cache;
mod compiler;
mod conformance;
mod coverage;
mod errors;
mod evaluate;
mod explain;
mod facts;
mod label;
mod label_archives;
#[cfg(unix)]
mod label_files;
mod label_undo;
mod ledger;
#[cfg(target_os = "linux")]
mod ledger_crashes;
mod ledger_kills;
#[cfg(target_os = "linux")]
mod ledger_power;
#[cfg(unix)]
mod ledger_replay;
#[cfg(unix)]
mod ledger_ship;
mod oci;
mod officer;
mod own_sector;
mod policy;
mod policy_authors;
mod policy_index;
mod policy_kit;
mod policy_tables;
mod printable;
mod profile;
mod publish;
mod replay;
mod run;
mod scan;
mod second_signatures;
mod serve;
mod state;
mod stream;
mod tables;
mod twin;
mod vectors;
