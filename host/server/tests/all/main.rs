//! The server as its clients meet it: over sockets of this machine, before a scripted upstream. The interfaces of language
//! models as state machines, against the library itself.
#![cfg(test)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "in a test what does not hold ends it"
)]

mod callers;
mod console;
mod contracts;
mod deploy;
mod descriptions;
mod envoy;
mod faults;
mod gateways;
mod identities;
mod lasting;
mod ledger;
mod mcp;
mod measures;
mod media;
mod named_files;
mod native;
mod peers;
mod proxied;
mod replicas;
mod reviews;
mod streams;
mod support;
mod traces;
mod transcoded;
