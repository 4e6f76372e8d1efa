//! The messages of `envoy.service.ext_proc.v3`, as far as they are read or written here. A field that is not named is skipped when it is
//! read, and absent when it is written.
//!
//! Source: `api/envoy/service/ext_proc/v3/external_processor.proto` of Envoy 1.36.

use prost::{Message, Oneof};

/// How bodies are sent: `processing_mode::BodySendMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyMode {
    /// Not at all.
    #[default]
    None,
    /// Piece by piece; each waits for its answer.
    Streamed,
    /// As a whole.
    Buffered,
    /// As a whole, cut off where it is long.
    BufferedPartial,
    /// Piece by piece, and answered in pieces of any number.
    FullDuplex,
}

impl BodyMode {
    pub(crate) fn of(number: i32) -> Self {
        match number {
            1 => Self::Streamed,
            2 => Self::Buffered,
            3 => Self::BufferedPartial,
            4 => Self::FullDuplex,
            _ => Self::None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct ProtocolConfiguration {
    #[prost(int32, tag = "1")]
    pub(crate) request_body_mode: i32,
    #[prost(int32, tag = "2")]
    pub(crate) response_body_mode: i32,
}

/// What Envoy sends.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProcessingRequest {
    #[prost(message, optional, tag = "11")]
    pub(crate) protocol_config: Option<ProtocolConfiguration>,
    #[prost(oneof = "Asked", tags = "2, 3, 4, 5, 6, 7")]
    pub(crate) request: Option<Asked>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Asked {
    #[prost(message, tag = "2")]
    RequestHeaders(HttpHeaders),
    #[prost(message, tag = "3")]
    ResponseHeaders(HttpHeaders),
    #[prost(message, tag = "4")]
    RequestBody(HttpBody),
    #[prost(message, tag = "5")]
    ResponseBody(HttpBody),
    #[prost(message, tag = "6")]
    RequestTrailers(HttpTrailers),
    #[prost(message, tag = "7")]
    ResponseTrailers(HttpTrailers),
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HttpHeaders {
    #[prost(message, optional, tag = "1")]
    pub(crate) headers: Option<Headers>,
    #[prost(bool, tag = "3")]
    pub(crate) end_of_stream: bool,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HttpBody {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) body: Vec<u8>,
    #[prost(bool, tag = "2")]
    pub(crate) end_of_stream: bool,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HttpTrailers {}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct Headers {
    #[prost(message, repeated, tag = "1")]
    pub(crate) headers: Vec<HeaderValue>,
}

impl Headers {
    /// The value of a header, by its name in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.key.eq_ignore_ascii_case(name))?;
        if found.raw_value.is_empty() { Some(&found.value) } else { std::str::from_utf8(&found.raw_value).ok() }
    }
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HeaderValue {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) raw_value: Vec<u8>,
}

/// What Envoy is answered.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ProcessingResponse {
    #[prost(oneof = "Answered", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub(crate) response: Option<Answered>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Answered {
    #[prost(message, tag = "1")]
    RequestHeaders(Common),
    #[prost(message, tag = "2")]
    ResponseHeaders(Common),
    #[prost(message, tag = "3")]
    RequestBody(Common),
    #[prost(message, tag = "4")]
    ResponseBody(Common),
    #[prost(message, tag = "5")]
    RequestTrailers(TrailersResponse),
    #[prost(message, tag = "6")]
    ResponseTrailers(TrailersResponse),
    #[prost(message, tag = "7")]
    Immediate(ImmediateResponse),
}

/// `HeadersResponse` and `BodyResponse`, which are the same.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Common {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<CommonResponse>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct CommonResponse {
    #[prost(message, optional, tag = "2")]
    pub(crate) header_mutation: Option<HeaderMutation>,
    #[prost(message, optional, tag = "3")]
    pub(crate) body_mutation: Option<BodyMutation>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct TrailersResponse {}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HeaderMutation {
    #[prost(message, repeated, tag = "1")]
    pub(crate) set_headers: Vec<HeaderValueOption>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) remove_headers: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct HeaderValueOption {
    #[prost(message, optional, tag = "1")]
    pub(crate) header: Option<HeaderValue>,
    /// 2 is `OVERWRITE_IF_EXISTS_OR_ADD`.
    #[prost(int32, tag = "3")]
    pub(crate) append_action: i32,
}

impl HeaderValueOption {
    /// A header in the place of what may stand there.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        let raw_value = value.as_bytes().to_vec();
        Self { header: Some(HeaderValue { key: name.to_owned(), value: String::new(), raw_value }), append_action: 2 }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BodyMutation {
    #[prost(oneof = "Mutation", tags = "1, 2, 3")]
    pub(crate) mutation: Option<Mutation>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(crate) enum Mutation {
    #[prost(bytes, tag = "1")]
    Body(Vec<u8>),
    #[prost(bool, tag = "2")]
    ClearBody(bool),
    #[prost(message, tag = "3")]
    Streamed(HttpBody),
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct ImmediateResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) status: Option<HttpStatus>,
    #[prost(message, optional, tag = "2")]
    pub(crate) headers: Option<HeaderMutation>,
    #[prost(bytes = "vec", tag = "3")]
    pub(crate) body: Vec<u8>,
    #[prost(string, tag = "5")]
    pub(crate) details: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(crate) struct HttpStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
}

impl ProcessingResponse {
    pub(crate) fn of(response: Answered) -> Self {
        Self { response: Some(response) }
    }
}
