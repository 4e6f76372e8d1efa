//! The ledger through its API: what is kept, found, proven and taken away.
#![cfg(test)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test what does not hold ends it, and what is skipped is said"
)]

mod audit;
mod disk;
mod keeping;
mod killed;
mod model;
mod panics;
mod peers;
mod search;
mod stamps;
mod standing;
mod support;
mod writing;
