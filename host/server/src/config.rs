//! The configuration: one TOML file. What is not in it has a default that is safe; what nobody knows is an error.

mod certificate;
mod check;
mod jwt;
mod limits;
mod mcp;
mod reviews;
mod route;
mod token;
mod traces;
mod webhook;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use specialis::core::Context;

use crate::contracts::Contracts;
pub use certificate::CertificateConfig;
pub use check::ConfigError;
pub use jwt::JwtConfig;
pub(crate) use limits::duration;
pub use limits::{Bounds, Timeouts};
pub use mcp::McpConfig;
pub use reviews::ReviewsConfig;
pub use route::{Interfaces, Route};
pub use token::{Area, Role, TokenConfig, TokenDigest};
pub use traces::TracesConfig;
pub use webhook::Webhook;

/// The address that is listened on where none is given.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_787);

/// The configuration of a server. The defaults are safe:
///
/// - it listens on `127.0.0.1:8787`, without TLS
/// - no token, certificate or identity provider, so that nobody is let in; `specialis serve` without a file makes one for the run
/// - callers without a token are refused
/// - no route to an upstream, and no contract of another gateway
/// - no webhook: measures that this server does not carry out are undone
/// - no queue of reviews: text that a person has to see first stays back, and nobody is asked
/// - no traces
/// - [`Bounds`] and [`Timeouts`] as their own defaults say
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The address to listen on. One that others can reach needs `tls`, or `behind-proxy = true`.
    pub listen: SocketAddr,
    /// Whether a proxy in front does TLS, so that an address that others can reach may do without.
    pub behind_proxy: bool,
    /// TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The names under which clients reach the server, as they stand in `Host`, without a port. Those of loopback always count.
    pub hosts: Vec<String>,
    /// The origins of web pages that may call, such as `https://console.example`. Any other request of a web page is refused.
    pub origins: Vec<String>,
    /// Whether callers without a token are let in. Their facts count for nothing.
    pub anonymous: bool,
    /// Whether `/metrics` is readable without a token.
    pub open_metrics: bool,
    /// The tokens.
    pub tokens: Vec<TokenConfig>,
    /// Certificates that stand for a tenant in place of a token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateConfig>,
    /// Identity providers whose tokens count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jwt: Vec<JwtConfig>,
    /// Those on whose behalf is called, by id.
    pub tenants: BTreeMap<String, TenantConfig>,
    /// Where requests are passed on to.
    pub routes: Vec<Route>,
    /// Servers of the Model Context Protocol that are governed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mcp: Vec<McpConfig>,
    /// The contracts of other gateways.
    pub contracts: Contracts,
    /// Where measures go that this server does not carry out. Another one needs a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Where content waits that a person has to see first. Another one needs a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviews: Option<ReviewsConfig>,
    /// Where traces go. Another one needs a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces: Option<TracesConfig>,
    /// How much a request may be.
    pub bounds: Bounds,
    /// How long things may take, in milliseconds.
    pub timeouts: Timeouts,
    /// The provider's code or name for implicit labels, as `specialis label` takes it. Without it an implicit label that is due
    /// counts as undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_producer: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            behind_proxy: false,
            tls: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            anonymous: false,
            open_metrics: false,
            tokens: Vec::new(),
            certificates: Vec::new(),
            jwt: Vec::new(),
            tenants: BTreeMap::new(),
            routes: Vec::new(),
            mcp: Vec::new(),
            contracts: Contracts::default(),
            webhook: None,
            reviews: None,
            traces: None,
            bounds: Bounds::default(),
            timeouts: Timeouts::default(),
            label_producer: None,
        }
    }
}

/// TLS of the listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tls {
    /// A file with the certificates, the server's own first, in PEM.
    pub certificates: PathBuf,
    /// A file with the private key, in PEM.
    pub key: PathBuf,
    /// A file with the certificates of authorities, in PEM. With it every client must show a certificate of one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_authorities: Option<PathBuf>,
    /// Whether clients without a certificate are let in all the same; they need a token then.
    #[serde(default)]
    pub clients_without: bool,
}

/// Somebody on whose behalf is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TenantConfig {
    /// Facts of each session of the tenant. They are asserted under the source `platform`.
    pub facts: Context,
    /// How many requests of the tenant are served at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    /// How many sessions of the tenant are open at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u32>,
    /// How many bytes the acts have together that people of the tenant upload in the console. Where more come, its oldest upload is
    /// forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft_bytes: Option<usize>,
    /// Request headers that carry facts, by the path of the fact, such as `subject.age = "x-user-age"`. They are asserted under
    /// the source `platform`, so only a gateway that sets them itself may hold a token of this tenant.
    pub headers: BTreeMap<String, String>,
}

impl Config {
    /// Reads a configuration and checks it.
    ///
    /// # Errors
    /// Where it is not TOML, has a field that is unknown or mistyped, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|e| ConfigError::Toml { source: Box::new(e) })?;
        config.check()?;
        Ok(config)
    }

    /// The JSON Schema of the configuration.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).into()
    }
}
