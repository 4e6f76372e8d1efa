//! Routes: where requests of which interface are passed on to.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wire::BlockStyle;

/// One way to an upstream. A client reaches it by setting its base address to this server's with `path` behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Route {
    /// The path on this server, such as `/openai`.
    pub path: String,
    /// Which interfaces it speaks.
    pub interface: Interfaces,
    /// The base address of the upstream, such as `https://api.example/v1`.
    pub upstream: String,
    /// A file with the key of the upstream. It replaces the client's own, which is a token of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Headers of a request that are passed on beside those that always are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// How an answer that is stopped ends.
    #[serde(default)]
    pub block: BlockStyle,
    /// What a client reads in place of a prompt or an answer that was stopped, with `block = "answer"`.
    #[serde(default = "notice")]
    pub notice: String,
}

/// The interfaces of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interfaces {
    /// `/chat/completions`, `/completions` and `/responses`; `/images/generations` and `/audio/speech`; `/models`.
    Openai,
    /// `/v1/messages` and `/v1/models`.
    Anthropic,
}

pub(super) fn notice() -> String {
    "（该内容无法提供。This content cannot be provided.）".to_owned()
}
