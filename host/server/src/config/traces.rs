//! Where traces go.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where spans of requests go: a collector of OpenTelemetry. They hold names, ids, verdicts and times, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TracesConfig {
    /// The address to which spans are posted as JSON (OTLP over HTTP), such as `http://127.0.0.1:4318/v1/traces`.
    pub url: String,
    /// A file with what is sent as `authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_file: Option<PathBuf>,
    /// What the service is called in traces.
    #[serde(default = "service")]
    pub service: String,
    /// How many spans may wait. Those beyond are dropped, and counted.
    #[serde(default = "waiting")]
    pub waiting: usize,
}

fn service() -> String {
    "specialis".to_owned()
}

fn waiting() -> usize {
    10_000
}
