//! Tokens: who may call what, and whose facts count. A configuration holds their digests, never the tokens.

use std::fmt;

use data_encoding::HEXLOWER;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use specialis::core::words::ReviewRole;
use specialis::core::{Date, SourceId};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenConfig {
    /// The SHA-256 of the token, as `specialis serve --new-token` prints it.
    pub sha256: TokenDigest,
    /// Who holds it, as logs and the ledger name who opened what. A token that decides on reviews has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tenant it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What it may be used for; everything but the console where absent.
    #[serde(default = "Area::all")]
    pub areas: Vec<Area>,
    /// The sources whose facts count where a caller with this token asserts them. None of its facts count where absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceId>,
    /// What it may do in the console.
    #[serde(default, skip_serializing_if = "Role::is_viewer")]
    pub role: Role,
    /// The roles under which it opens content that waits for a person, and decides on it. None where absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<ReviewRole>,
    /// The last day on which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// The native interface under `/v1`.
    Native,
    /// The routes to upstreams.
    Proxy,
    /// The contracts of other gateways.
    Contracts,
    /// `/metrics`.
    Metrics,
    /// The console. A token is for it only where it names it.
    Console,
}

/// What somebody may do in the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks, and tries texts out.
    #[default]
    Viewer,
    /// Publishes signed acts too.
    Operator,
}

impl Role {
    /// Its word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
        }
    }

    fn is_viewer(&self) -> bool {
        *self == Self::Viewer
    }
}

impl Area {
    /// All of them but the console.
    pub(super) fn all() -> Vec<Self> {
        vec![Self::Native, Self::Proxy, Self::Contracts, Self::Metrics]
    }
}

/// The SHA-256 of a token, as 64 hexadecimal digits. Tokens are random and long, so that a plain digest does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

impl Serialize for TokenDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("no SHA-256; give 64 hexadecimal digits in lower case"))
    }
}

impl JsonSchema for TokenDigest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TokenDigest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}
