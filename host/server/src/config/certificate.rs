//! Certificates of clients that stand for a tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use specialis::core::{Date, SourceId};

use super::token::Area;

/// A client that shows a certificate. A token that it sends beside comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CertificateConfig {
    /// A name that the certificate has as a DNS name of its subject, such as `gateway.shop.internal`.
    pub name: String,
    /// The tenant it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What it may be used for; everything but the console where absent.
    #[serde(default = "Area::all")]
    pub areas: Vec<Area>,
    /// The sources whose facts count where the client asserts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceId>,
    /// The last day on which it counts, before that of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}
