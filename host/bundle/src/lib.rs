#![doc = include_str!("../README.md")]
//!
//! # The types
//!
//! A [`Bundle`] is what one file holds, a [`Manifest`] what the policy declares, a [`Vector`] the events of a session with the findings
//! that are expected on them, an [`Envelope`] a statement with signatures by [`SecretKey`]s, a [`PolicyIndex`] a signed list of
//! policies that lie in registries, an [`OciArtifact`] what a registry is told of a file.

mod bundle;
mod envelope;
mod error;
#[cfg(feature = "authoring")]
mod folder;
mod index;
mod key;
mod manifest;
mod needs;
mod oci;
mod pack;
mod signature;
mod vector;
mod wit;

pub use bundle::{Bundle, Import, NamedSection};
pub use envelope::{Envelope, EnvelopeError};
pub use error::{BundleError, ComponentProblem, SignatureProblem, VectorProblem};
#[cfg(feature = "authoring")]
pub use folder::{FolderError, component};
pub use index::{IndexEntry, IndexError, IndexSignature, PolicyIndex};
pub use key::{KeyError, KeyId, PublicKey, SecretKey};
pub use manifest::{
    Keeps, LoosensWhen, Manifest, Pattern, Reason, RuleEntry, Setting, SettingValue, TextPoints, Wakes, Words,
};
pub use needs::Needs;
pub use oci::{Descriptor, OCI_MANIFEST, OciArtifact, OciError, is_digest, oci_index_layer, oci_layer};
pub use pack::{Sources, pack};
pub use signature::{Endorsement, PolicyStatement, digest_of};
pub use vector::{Case, Expected, Vector, VectorEvent, parse_cases, parse_vectors};
pub use wit::{WIT_PACKAGE, WIT_VERSION, WitVersion};
