//! The body: what a record says in full. A random salt stands before it, so that its hash says nothing once it is gone.

use serde::Serialize;
use serde_json::Value;

use super::canonical;
use super::merkle::Hash;

/// How many bytes of salt.
pub(crate) const SALT_BYTES: usize = 32;
/// The most bytes of a body, with its salt.
pub(crate) const MAX_BODY_BYTES: u64 = 1 << 20;

/// A body with its salt, as it is stored and hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl Body {
    pub(crate) fn new(salt: [u8; SALT_BYTES], value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut bytes = salt.to_vec();
        bytes.extend(canonical::to_vec(value)?);
        Ok(Self(bytes))
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The salt and the JSON.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash that stands in the entry.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.0)
    }

    /// The JSON, without the salt.
    pub fn json(&self) -> &[u8] {
        self.0.get(SALT_BYTES..).unwrap_or_default()
    }

    /// The JSON as a value; nothing where it is none.
    pub fn value(&self) -> Option<Value> {
        serde_json::from_slice(self.json()).ok()
    }
}
