//! Servers of the Model Context Protocol.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::route;

/// One server of tools. A client reaches it by setting its address to this server's with `path` behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct McpConfig {
    /// The path on this server, such as `/mcp/files`.
    pub path: String,
    /// The name of the server, such as `files`. Its tools are judged as `files/NAME`.
    pub name: String,
    /// The address of the server's own endpoint, such as `http://127.0.0.1:9000/mcp`.
    pub upstream: String,
    /// A file with the key of the server. It replaces the client's own, which is a token of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// What stands in place of a call, a result or a definition that does not go on.
    #[serde(default = "route::notice")]
    pub notice: String,
}
