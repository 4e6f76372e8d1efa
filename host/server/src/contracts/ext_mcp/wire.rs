//! The messages of `agentgateway.dev.ext_mcp`, as far as they are read or written here. A field that is not named is skipped when it is
//! read, and absent when it is written.
//!
//! Source: `crates/protos/proto/ext_mcp.proto` of agentgateway, August 2026. Both questions and both answers have the same numbers for
//! the same fields, as far as they are named here.

use prost::{Message, Oneof};

/// `McpRequest` and `McpResponse`: what the gateway asks about.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct McpQuestion {
    /// The servers that it goes to, or comes from.
    #[prost(string, repeated, tag = "1")]
    pub(crate) service_names: Vec<String>,
    /// The method of the request.
    #[prost(string, tag = "2")]
    pub(crate) method: String,
    /// The parameters of the request or the result of its answer, as JSON.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(crate) body: Option<Vec<u8>>,
    /// Headers of the request that brought it.
    #[prost(message, repeated, tag = "5")]
    pub(crate) headers: Vec<McpHeader>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct McpHeader {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// `McpRequestResult` and `McpResponseResult`: what the gateway is answered.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct McpAnswer {
    #[prost(oneof = "Verdict", tags = "1, 2, 3")]
    pub(crate) result: Option<Verdict>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(crate) enum Verdict {
    /// It goes on.
    #[prost(message, tag = "1")]
    Pass(Pass),
    /// This goes on in its place, as JSON.
    #[prost(bytes, tag = "2")]
    Mutated(Vec<u8>),
    /// It ends here.
    #[prost(message, tag = "3")]
    Error(AuthorizationError),
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct Pass {}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct AuthorizationError {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) reason: String,
    /// What stands beside the message of the error, as JSON.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) mcp_error: Option<Vec<u8>>,
}

/// `AuthorizationError::Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// It was judged, and may not go on.
    PermissionDenied,
    /// Too much waits.
    ResourceExhausted,
    /// It cannot be read.
    Invalid,
}

impl Code {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::PermissionDenied => 1,
            Self::ResourceExhausted => 2,
            Self::Invalid => 3,
        }
    }
}

impl McpAnswer {
    pub(crate) fn of(verdict: Verdict) -> Self {
        Self { result: Some(verdict) }
    }

    /// A refusal.
    pub(crate) fn refused(code: Code, reason: &str, more: Option<Vec<u8>>) -> Self {
        Self::of(Verdict::Error(AuthorizationError { code: code.number(), reason: reason.to_owned(), mcp_error: more }))
    }
}
