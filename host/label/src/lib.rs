//! Labels of AI-generated content in real files: read every one that is there, write one, check what is there against the
//! standard GB 45438-2025 and the practice guides beside it.
//!
//! ```
//! use std::io::Cursor;
//! use specialis_label::{Container, Label, Verdict, check, read, write};
//!
//! let page = "# 标题\n\n正文。\n";
//! let label = Label::generated("001191110102MAD55U9H0F10002", "ccf40794-0e83-4b96-8243")?;
//!
//! let mut labelled = Vec::new();
//! write(&mut Cursor::new(page), &mut labelled, Container::Markdown, &label)?;
//! assert!(labelled.ends_with(page.as_bytes()));
//!
//! let reading = read(&mut Cursor::new(labelled), Container::Markdown)?;
//! assert_eq!(check(&reading).verdict, Verdict::Compliant);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Label`] is valid by construction; a [`RawLabel`] is whatever stands in a file. [`read`] gives a [`Reading`] with every
//! label and its place, [`check`] makes a [`Report`] of it: one of four verdicts, and findings that name the rule, the place
//! and the fix. A label that is wrong is `non-compliant`, never `not-found`. [`write()`] and [`update()`] make new bytes and leave
//! the rest of the file as it was; both refuse to be the second label, and both read the file to come before they write a byte of
//! it: a label that would not be read back whole and alone is not written. Files are streamed: what is held of them at a time is
//! bounded by the constants in [`limits`]. [`explicit`] holds the marks that people perceive.
//!
//! It does not judge whether content was generated, does not sign or verify anything, and does not remove labels.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod check;
mod code;
mod container;
mod edits;
mod error;
pub mod explicit;
mod field;
mod label;
pub mod limits;
mod raw;
mod reading;
mod source;
mod update;
mod write;
mod xml;
mod xmp;

pub use check::{Finding, Report, Rule, Severity, Verdict, check};
pub use code::{CodeError, CreditCode, ProviderCode, Service};
pub use container::Container;
pub use edits::Edits;
pub use error::{BrokenFile, LabelError};
pub use field::{FieldError, Text};
pub use label::{Attribute, Label, LabelFieldError};
pub use raw::{Damage, Form, RawLabel, RawValue};
pub use reading::{Found, Place, Reading, Remark, read};
pub use source::Media;
pub use update::{Case, Propagation, update, update_edits};
pub use write::{replace, replace_edits, write, write_edits};
