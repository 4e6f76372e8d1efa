#![doc = include_str!("../README.md")]
//!
//! # The types
//!
//! A [`Label`] is valid by construction; a [`RawLabel`] is whatever stands in a file. [`read`] returns a [`Reading`] with every
//! label and its place. [`check`] makes a [`Report`] of it: one of four verdicts, and findings that name the rule, the place and
//! the fix. A label that is wrong is `non-compliant`, never `not-found`.
//!
//! [`write()`] and [`update()`] make new bytes and leave the rest of the file as it was. Both refuse to add a second label. Both read
//! the file to come before they write a byte of it; a label that would not be read back whole and alone is not written. The
//! constants in [`limits`] bound how much of a file is held at a time. [`explicit`] holds the marks that people perceive.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod check;
mod chinese;
mod code;
mod container;
mod edits;
mod embedded;
mod encoded;
mod encoding;
mod error;
pub mod explicit;
mod field;
mod label;
pub mod limits;
mod providers;
mod raw;
mod reading;
#[cfg(feature = "sm2")]
mod security;
mod source;
mod update;
mod write;
mod xml;
mod xmp;

pub use check::{Finding, Report, Rule, Severity, Verdict, check};
pub use code::{CodeError, CreditCode, ProviderCode, Service};
pub use container::Container;
pub use edits::Edits;
pub use error::{Both, BrokenFile, LabelError};
pub use field::{FieldError, Text};
pub use label::{Attribute, Label, LabelFieldError};
pub use providers::{Providers, ProvidersError};
pub use raw::{Damage, Form, RawLabel, RawValue};
pub use reading::{Found, Place, Reading, Remark, read};
#[cfg(feature = "sm2")]
pub use security::{LabelKey, LabelKeyError, SignatureStatus, signature};
pub use source::Media;
pub use update::{Case, Propagation, update, update_edits};
pub use write::{replace, replace_edits, write, write_edits};
