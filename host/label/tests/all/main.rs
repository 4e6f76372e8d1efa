//! Labels in whole files: verdicts, round trips, and what tools that others wrote say of the files.
#![cfg(test)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test what does not hold ends it, and what is skipped is said"
)]

mod as_found;
mod books;
mod carriers;
mod damages;
mod foreign;
mod growth;
mod hostile;
mod manifests;
mod marks;
mod media;
mod others;
mod page;
mod places;
mod round_trip;
#[cfg(feature = "sm2")]
mod security;
#[cfg(feature = "c2pa")]
mod signed;
mod sparse;
mod told_apart;
mod tools;
mod unusual;
