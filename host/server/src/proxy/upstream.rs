//! Asking an upstream.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::config::{Interfaces, Timeouts, duration};
use crate::serving::{Problem, RouteTo, Span};
use crate::wire::Interface;

/// Headers that are passed on whatever the route.
const PASSED: [&str; 5] =
    ["openai-organization", "openai-project", "anthropic-version", "anthropic-beta", "x-request-id"];

/// Where on an upstream a request goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint {
    /// The path behind the base address.
    path: &'static str,
    /// Whether the key goes where Anthropic's interface has it.
    has_api_key: bool,
}

impl Endpoint {
    /// A path of OpenAI's interfaces.
    pub(super) fn openai(path: &'static str) -> Self {
        Self { path, has_api_key: false }
    }

    /// The list of models.
    pub(super) fn models(interfaces: Interfaces) -> Self {
        match interfaces {
            Interfaces::Openai => Self::openai("/models"),
            Interfaces::Anthropic => Self { path: "/v1/models", has_api_key: true },
        }
    }
}

impl Interface {
    /// What its requests ask for, by the conventions of traces.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses | Self::Messages => "chat",
            Self::Completions => "text_completion",
        }
    }

    /// Where requests of the interface go.
    pub(super) fn endpoint(self) -> Endpoint {
        match self {
            Self::Chat => Endpoint::openai("/chat/completions"),
            Self::Completions => Endpoint::openai("/completions"),
            Self::Responses => Endpoint::openai("/responses"),
            Self::Messages => Endpoint { path: "/v1/messages", has_api_key: true },
        }
    }
}

/// Asks upstreams, over connections that are kept.
#[derive(Debug)]
pub(crate) struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    answer: Duration,
}

impl Upstream {
    pub(crate) fn new(timeouts: &Timeouts) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(duration(timeouts.connect)));
        let provider = rustls::crypto::ring::default_provider();
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
        let connector = HttpsConnectorBuilder::new();
        let connector = match config {
            Ok(config) => connector.with_tls_config(config),
            // INVARIANT: ring has the safe versions.
            Err(_) => connector.with_webpki_roots(),
        };
        let connector = connector.https_or_http().enable_http1().enable_http2().wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { client, answer: duration(timeouts.answer) }
    }

    /// Sends a request as it is: one that is nobody's prompt.
    ///
    /// # Errors
    /// Where the other side cannot be reached.
    pub(crate) async fn send_plain(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        self.client.request(request).await
    }

    /// Sends a request, one without a body as a `GET`, and returns the answer once its headers are there. Dropping the answer's body
    /// cancels the upstream.
    ///
    /// # Errors
    /// Where the upstream cannot be reached or does not answer in time.
    pub(super) async fn ask(
        &self,
        to: &RouteTo,
        endpoint: Endpoint,
        (headers, query): (&HeaderMap, Option<&str>),
        body: Option<Bytes>,
        span: Option<&Span>,
    ) -> Result<Response<Incoming>, Problem> {
        let base = to.route.upstream.trim_end_matches('/');
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let uri = format!("{base}{}{query}", endpoint.path).parse::<Uri>();
        let uri = uri.map_err(|_| Problem::unreadable("the query cannot be passed on; leave it out"))?;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::new(Full::new(body.unwrap_or_default()));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = passed_on(to, endpoint, headers);
        let parent = span.and_then(|span| HeaderValue::from_str(&span.traceparent()).ok());
        request.headers_mut().extend(parent.map(|parent| (HeaderName::from_static("traceparent"), parent)));
        self.send(request, &to.route.path).await
    }

    /// Sends a request of a route, and returns the answer once its headers are there.
    ///
    /// # Errors
    /// Where the upstream cannot be reached or does not answer in time.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>, route: &str) -> Result<Response<Incoming>, Problem> {
        match tokio::time::timeout(self.answer, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                tracing::warn!(route, error = %error, "the upstream cannot be reached");
                Err(Problem::upstream("the upstream cannot be reached; ask again later"))
            }
            Err(_) => Err(Problem::upstream("the upstream did not answer in time; ask again later")),
        }
    }
}

/// The headers that an upstream is sent. The client's token is this server's and is never among them.
fn passed_on(to: &RouteTo, endpoint: Endpoint, from: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let accept = from.get(ACCEPT).cloned().unwrap_or_else(|| HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT, accept);
    let named = PASSED.into_iter().map(HeaderName::from_static).chain(to.headers.iter().cloned());
    for name in named.filter(|name| !is_of_connection(name)) {
        if let Some(value) = from.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if let Some(key) = to.key() {
        if endpoint.has_api_key {
            headers.insert("x-api-key", key.clone());
        } else if let Ok(mut bearer) = HeaderValue::from_bytes(&[b"Bearer ".as_slice(), key.as_bytes()].concat()) {
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
    }
    headers
}

/// Headers that speak of this connection, or carry the token of this server.
fn is_of_connection(name: &HeaderName) -> bool {
    let own = [
        "authorization", "x-api-key", "host", "content-length", "content-encoding", "transfer-encoding", "connection",
        "accept-encoding", "te", "upgrade", "trailer", "expect",
    ];
    own.contains(&name.as_str())
}
