#![doc = include_str!("../README.md")]
//!
//! # The types and how long they live
//!
//! [`RemoteSettings`] make a [`RemoteScorer`], which lives as long as the host. A [`Template`] is a value.

mod answer;
mod client;
mod file;
mod scorer;
mod template;

pub use client::RemoteError;
pub use file::RemoteFileError;
pub use scorer::{Absence, RemoteScorer, RemoteSettings};
pub use template::{Template, TemplateError};
