//! Streamable HTTP: a client posts one message; its answer is a message, or a stream of messages. Revisions before 2026 have
//! sessions and a stream of the server's own beside that; later ones have neither.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use specialis::Session;
use specialis::core::Context;
use tokio::sync::mpsc;

use super::guard::error;
use super::{Guard, Onward, Pending, Ruling, Sender, headers};
use crate::app::App;
use crate::config::{Area, duration};
use crate::native::{RequestTurn, new_id};
use crate::proxy::{nothing, settle};
use crate::serving::{Caller, McpTo, OpenOne, Phase, Problem, context_of, outgoing, read_body, read_json};
use crate::wire::{SseItem, SseParser, write_event, write_keep_alive};

/// Headers of an answer that a client needs beside its body.
const PASSED_BACK: [&str; 4] = ["mcp-session-id", "mcp-protocol-version", "www-authenticate", "retry-after"];
/// A header that repeats a part of the message says something else.
const HEADER_MISMATCH: i32 = -32_020;
/// The server of tools failed.
const FAILED: i32 = -32_603;

/// Passes a message on to a server of tools, if it may go there.
pub(crate) async fn pass_on(app: Arc<App>, to: Arc<McpTo>, request: Request<Body>) -> Response {
    let answered = match *request.method() {
        Method::POST => post(app, to, request).await,
        Method::GET | Method::DELETE => without_body(app, to, request).await,
        _ => Err(Problem::method()),
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// Asks a server of tools on behalf of a client.
struct Asker {
    app: Arc<App>,
    to: Arc<McpTo>,
    /// Those of the client.
    headers: HeaderMap,
}

/// One exchange: a message of a client and what comes back.
struct Exchange {
    asker: Asker,
    guard: Guard,
    /// What is judged in; away while a thread judges.
    session: Option<Session>,
    /// The request that the client waits for an answer to, and its id.
    pending: Option<(Value, Pending)>,
    /// Counts it for its tenant.
    turn: RequestTurn,
}

async fn post(app: Arc<App>, to: Arc<McpTo>, request: Request<Body>) -> Result<Response, Problem> {
    let caller = app.caller(&request, Area::Proxy)?;
    let (bounds, timeouts) = app.limits();
    let headers = request.headers().clone();
    let mut exchange = Exchange::begin(app, to, &caller, headers).await?;
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let message: Value = read_json(&body)?;
    let id = message.get("id").cloned().unwrap_or_default();
    exchange.pending = Pending::of(&message).map(|pending| (id.clone(), pending));
    let message = match exchange.judge(Sender::Client, message).await? {
        Onward::Pass(message) => message,
        Onward::Answer(answer) => return Ok(json_response(StatusCode::OK, &answer)),
        Onward::Nothing => return Ok(StatusCode::ACCEPTED.into_response()),
    };
    if !headers::agree(&exchange.asker.headers, &message) {
        let why = "a header repeats a part of the message that is not in it, or may not go out";
        return Ok(json_response(StatusCode::BAD_REQUEST, &error(&id, HEADER_MISMATCH, why, None)));
    }
    let answer = exchange.asker.ask(Method::POST, message.to_string().into()).await?;
    exchange.answer(answer).await
}

/// Opens the stream of a server's own messages, or ends its session.
async fn without_body(app: Arc<App>, to: Arc<McpTo>, request: Request<Body>) -> Result<Response, Problem> {
    let caller = app.caller(&request, Area::Proxy)?;
    let exchange = Exchange::begin(app, to, &caller, request.headers().clone()).await?;
    let answer = exchange.asker.ask(request.method().clone(), Bytes::new()).await?;
    exchange.answer(answer).await
}

impl Asker {
    /// Sends a request. The server gets the headers of the protocol, and never the client's token.
    async fn ask(&self, method: Method, body: Bytes) -> Result<hyper::Response<Incoming>, Problem> {
        let mut request = Request::new(Full::new(body));
        let address = self.to.config.upstream.parse();
        *request.uri_mut() = address.map_err(|_| Problem::failed("the address of the server is none; correct it"))?;
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            if name == ACCEPT || name.as_str().starts_with("mcp-") {
                headers.append(name, value.clone());
            }
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if method == Method::POST {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = &self.to.authorization {
            headers.insert(AUTHORIZATION, key.clone());
        }
        *request.method_mut() = method;
        self.app.upstream.send(request, &self.to.config.path).await
    }

    async fn collect(&self, body: Incoming) -> Result<Bytes, Problem> {
        let (bounds, timeouts) = self.app.limits();
        let body = Limited::new(body, bounds.answer).collect();
        match tokio::time::timeout(duration(timeouts.answer), body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err(Problem::upstream("the server broke off, or its answer is longer than the bound")),
            Err(_) => Err(Problem::upstream("the server did not finish its answer in time; ask again later")),
        }
    }
}

impl Exchange {
    async fn begin(app: Arc<App>, to: Arc<McpTo>, caller: &Caller, headers: HeaderMap) -> Result<Self, Problem> {
        let turn = app.sessions.begin_request(caller)?;
        let context = context_of(caller, Context::default(), &headers)?;
        let id = new_id()?;
        let host = app.host.clone();
        let session = app.judging.run(move || host.open(id, context)).await?;
        let guard = Guard { server: to.config.name.clone(), notice: to.config.notice.clone() };
        let asker = Asker { app, to, headers };
        Ok(Self { asker, guard, session: Some(session), pending: None, turn })
    }

    /// Judges a message.
    async fn judge(&mut self, sender: Sender, message: Value) -> Result<Onward, Problem> {
        let gone = || Problem::failed("the judging broke off before; ask again");
        let mut session = self.session.take().ok_or_else(gone)?;
        let (app, guard, tenant) = (self.asker.app.clone(), self.guard.clone(), self.turn.tenant().to_owned());
        let pending = self.pending.as_ref().filter(|(id, _)| message.get("id") == Some(id));
        let pending = pending.map(|(_, pending)| pending.clone());
        let work = move || {
            let onward = guard.take(sender, message, pending.as_ref(), &mut |event, is_definition| {
                let judged = app.submit_call(&tenant, &mut session, event, is_definition);
                settle(&app, &mut session, &judged.decision, &nothing);
                app.metrics.count_decision(&judged.decision);
                Ruling::of(judged)
            });
            (session, onward)
        };
        let judging = &self.asker.app.judging;
        let done = match sender {
            Sender::Client => judging.run(work).await?,
            // What has begun must end.
            Sender::Server => judging.run_patiently(work).await?,
        };
        self.session = Some(done.0);
        Ok(done.1)
    }

    async fn answer(mut self, answer: hyper::Response<Incoming>) -> Result<Response, Problem> {
        let (parts, body) = answer.into_parts();
        self.asker.app.metrics.count_upstream(&self.asker.to.config.path, parts.status.as_u16());
        if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() != b"identity") {
            return Err(Problem::upstream("the server compresses its answer although it was asked not to"));
        }
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        let mut response = if kind.starts_with("text/event-stream") {
            self.stream(body)
        } else {
            let body = self.asker.collect(body).await?;
            let message = serde_json::from_slice::<Value>(&body).ok();
            match (message, kind.starts_with("application/json")) {
                (Some(message), true) => self.whole(parts.status, message).await?,
                // Of a body that is no message nothing goes out: a status says enough.
                _ if body.is_empty() || !parts.status.is_success() => parts.status.into_response(),
                _ => return Err(Problem::upstream("the server answers with something that is no message")),
            }
        };
        for name in PASSED_BACK {
            if let Some(value) = parts.headers.get(name) {
                response.headers_mut().insert(HeaderName::from_static(name), value.clone());
            }
        }
        Ok(response)
    }

    async fn whole(&mut self, status: StatusCode, message: Value) -> Result<Response, Problem> {
        match self.judge(Sender::Server, message).await? {
            Onward::Pass(message) => Ok(json_response(status, &message)),
            Onward::Answer(_) | Onward::Nothing => match &self.pending {
                Some((id, _)) if status.is_success() => {
                    let why = "the server answers with something that is no message";
                    Ok(json_response(StatusCode::OK, &error(id, FAILED, why, None)))
                }
                _ => Ok(status.into_response()),
            },
        }
    }

    fn stream(self, body: Incoming) -> Response {
        let (sender, outgoing) = outgoing();
        tokio::spawn(self.relay(body, sender));
        let mut response = Response::new(outgoing);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        response
    }

    /// Relays a stream of messages. A client that waits for an answer always gets one.
    async fn relay(mut self, mut body: Incoming, client: mpsc::Sender<Bytes>) {
        let _open = OpenOne::of(&self.asker.app.metrics.streams);
        let (bounds, timeouts) = self.asker.app.limits();
        // A stream that answers nothing may be silent for long.
        let patience = duration(if self.pending.is_some() { timeouts.answer } else { timeouts.session });
        let mut parser = SseParser::new(bounds.stream_event);
        let shutdown = self.asker.app.shutdown.clone();
        let why = loop {
            let came = tokio::select! {
                came = next(&mut body, &mut parser, patience) => came,
                () = client.closed() => return,
                () = shutdown.reached(Phase::Ending) => Err("the server is stopping; ask again"),
            };
            let items = match came {
                Ok(Some(items)) => items,
                Ok(None) => break "the server ended its answer early; ask again",
                Err(why) => break why,
            };
            let mut out = Vec::new();
            for item in items {
                if self.take(item, &mut out).await.is_err() {
                    self.session = None;
                }
            }
            if !out.is_empty() && client.send(out.into()).await.is_err() {
                return;
            }
        };
        if let Some((id, _)) = &self.pending {
            let mut out = Vec::new();
            write_event(&mut out, Some("message"), &error(id, FAILED, why, None).to_string());
            drop(client.send(out.into()).await);
        }
    }

    /// Takes one event of a stream.
    async fn take(&mut self, item: SseItem, out: &mut Vec<u8>) -> Result<(), Problem> {
        let SseItem::Event { data, .. } = item else {
            write_keep_alive(out);
            return Ok(());
        };
        let Ok(message) = serde_json::from_str::<Value>(&data) else { return Ok(()) };
        let is_answer = self
            .pending
            .as_ref()
            .is_some_and(|(id, _)| message.get("id") == Some(id) && message.get("method").is_none());
        match self.judge(Sender::Server, message).await? {
            Onward::Pass(message) => {
                write_event(out, Some("message"), &message.to_string());
                if is_answer {
                    self.pending = None;
                }
            }
            // A request of the server that does not reach the client: the server gets its answer by a request of ours.
            Onward::Answer(answer) => drop(self.asker.ask(Method::POST, answer.to_string().into()).await),
            Onward::Nothing => {}
        }
        Ok(())
    }
}

/// What comes next of a stream; none at its end.
async fn next(
    body: &mut Incoming,
    parser: &mut SseParser,
    patience: Duration,
) -> Result<Option<Vec<SseItem>>, &'static str> {
    let unreadable = "the server sends what cannot be read";
    match tokio::time::timeout(patience, body.frame()).await {
        Err(_) => Err("the server said nothing for too long; ask again"),
        Ok(Some(Err(_))) => Err("the server broke off; ask again"),
        Ok(None) => {
            let last = parser.finish().map_err(|_| unreadable)?;
            Ok(last.map(|item| vec![item]))
        }
        Ok(Some(Ok(frame))) => match frame.into_data() {
            Ok(bytes) => parser.push(&bytes).map(Some).map_err(|_| unreadable),
            Err(_) => Ok(Some(Vec::new())),
        },
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
