//! Where measures go that somebody else carries out.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where measures go that are due afterwards and that this server does not carry out. Without it they are undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Webhook {
    /// The address that they are posted to.
    pub url: String,
    /// A file with the key that signs them: 24 bytes or more, as they are or in Base64 behind `whsec_`.
    pub key_file: PathBuf,
    /// The folder in which they are kept until they are answered.
    pub folder: PathBuf,
    /// The measures that go there; all where absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Milliseconds until the second try. Each further wait is twice as long, up to an hour.
    #[serde(default = "first_wait")]
    pub first_wait: u64,
    /// How often is tried before a measure counts as undone.
    #[serde(default = "attempts")]
    pub attempts: u32,
    /// How many may be kept, those that wait and those that are undone together. A measure beyond that is refused: it is undone and
    /// cannot be sent again.
    #[serde(default = "waiting")]
    pub waiting: usize,
}

fn first_wait() -> u64 {
    1_000
}

fn attempts() -> u32 {
    40
}

fn waiting() -> usize {
    10_000
}
