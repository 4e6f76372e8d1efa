//! One policy in one file: a WebAssembly component that carries its manifest, lexicons and vectors in custom sections.
//! Any component tool still reads the file; this crate packs it, reads it back whole, and says what it imports.
//!
//! ```
//! use specialis_bundle::{Bundle, BundleError};
//!
//! let error = Bundle::parse(b"not wasm").unwrap_err();
//! assert!(matches!(error, BundleError::NotAComponent { .. }));
//! ```
//!
//! [`Bundle`] is what one file holds, [`Manifest`] what the policy declares, [`Vector`] an event with the findings expected,
//! [`Envelope`] a statement with signatures by [`SecretKey`]s.
//! The crate compiles and runs nothing and decides nothing. The feature `authoring` adds what packs a policy's folder; a
//! platform that only loads policies leaves it out.

mod bundle;
mod envelope;
mod error;
#[cfg(feature = "authoring")]
mod folder;
mod key;
mod manifest;
mod needs;
mod pack;
mod signature;
mod vector;

pub use bundle::{Bundle, Import, NamedSection, WIT_PACKAGE, WIT_VERSION, WitVersion};
pub use envelope::{Envelope, EnvelopeError};
pub use error::BundleError;
#[cfg(feature = "authoring")]
pub use folder::{FolderError, component};
pub use key::{KeyError, KeyId, PublicKey, SecretKey};
pub use manifest::{Keeps, LoosensWhen, Manifest, Pattern, RuleEntry, Setting, SettingValue, TextPoints, Wakes, Words};
pub use needs::Needs;
pub use pack::{Sources, pack};
pub use signature::{Endorsement, PolicyStatement, digest_of};
pub use vector::{Case, Expected, Vector, parse_cases, parse_vectors};
