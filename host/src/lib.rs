//! An embeddable host for sandboxed compliance policies on generative-AI services.
//! A platform passes it every generation event; it calls the loaded policies and returns one explained decision.
//!
//! The types in the order of their lives: [`HostBuilder`] → [`Host`] (as long as the platform serves) → [`Edition`]
//! (until it is replaced and its last session ends) → [`Session`] (one exchange) → [`Judged`] with its `Decision`.
//!
//! It does not detect with a model of its own, does not carry out measures outside text, and opens no files but those of
//! folders it is handed.

mod abi;
mod check;
pub mod config;
mod edition;
mod engine;
mod error;
mod fault;
mod folder;
mod gate;
mod host;
mod limits;
mod policy;
mod profile;
mod release;
mod session;
mod snapshot;
mod warrants;

pub use abi::LogSink;
pub use edition::{Clock, Edition, PolicyStatus, Settings, SystemClock};
pub use engine::Reset;
pub use error::BuildError;
pub use folder::policy_files;
pub use host::{Host, HostBuilder, Platform};
pub use limits::Limits;
pub use profile::{PlatformProfile, ServiceProfile};
pub use release::Release;
pub use session::{Judged, Observation, Session, Step};
pub use specialis_core as core;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
