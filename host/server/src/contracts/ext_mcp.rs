//! agentgateway's policy server for tools, over gRPC: the parameters of a request before they reach a server of the Model Context
//! Protocol, and its result before it reaches the client. They are judged as the proxy of this server judges messages.
//!
//! A question that cannot be judged is answered as refused: a gateway that fails open would take an error for a pass.

#[cfg(test)]
mod tests;
mod wire;

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request};
use prost::Message as _;
use serde_json::{Map, Value, json};
use specialis::core::Context;
use tonic::Status;
use tonic::server::{Grpc, UnaryService};
use tonic_prost::ProstCodec;

use super::{Contract, begin_grpc};
use crate::app::App;
use crate::mcp::{Guard, Onward, Pending, Ruling, Sender};
use crate::native::{RequestTurn, new_id};
use crate::proxy::{nothing, settle};
use crate::serving::{Caller, Problem, context_of};
use crate::wire::is_tool_name;
use wire::{Code, McpAnswer, McpQuestion, Pass, Verdict};

/// The paths of the service: before a request, and before its result.
pub(crate) const PATHS: [&str; 2] =
    ["/agentgateway.dev.ext_mcp.ExtMcp/CheckRequest", "/agentgateway.dev.ext_mcp.ExtMcp/CheckResponse"];
/// A message without anything, as gRPC frames it.
const EMPTY: &[u8; 5] = &[0; 5];
/// What a message has beside its body, at most.
const AROUND: usize = 1 << 20;
/// What a tool is judged under where the gateway names no server.
const NAMELESS: &str = "mcp";
/// Names of servers that stand before the name of a tool, at most.
const MAX_NAMES: usize = 4;

/// Judges what is about to go to a server of tools.
pub(crate) async fn check_request(state: State<Arc<App>>, request: Request<Body>) -> Response {
    check(state, Sender::Client, request).await
}

/// Judges what a server of tools answered.
pub(crate) async fn check_response(state: State<Arc<App>>, request: Request<Body>) -> Response {
    check(state, Sender::Server, request).await
}

async fn check(State(app): State<Arc<App>>, sender: Sender, request: Request<Body>) -> Response {
    let (caller, turn) = match begin_grpc(&app, Contract::ExtMcp, &request) {
        Ok(begun) => begun,
        Err(status) if status.code() == tonic::Code::Unimplemented => {
            return status.into_http::<tonic::body::Body>().map(Body::new);
        }
        Err(status) => return unread(&status).await,
    };
    let most = app.settings().config.bounds.body.saturating_add(AROUND);
    let mut grpc = Grpc::new(ProstCodec::<McpAnswer, McpQuestion>::default()).max_decoding_message_size(most);
    let service = Service { app: app.clone(), caller: Arc::new(caller), turn: Arc::new(turn), sender };
    let response = grpc.unary(service, request).await;
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != tonic::Code::Ok => unread(&status).await,
        Some(_) | None => response.map(Body::new),
    }
}

/// Answers a question that was not read with a verdict.
async fn unread(status: &Status) -> Response {
    tracing::warn!(code = %status.code(), "a gateway's question was not judged");
    let code = if matches!(status.code(), tonic::Code::Unauthenticated | tonic::Code::PermissionDenied) {
        Code::PermissionDenied
    } else if status.code() == tonic::Code::ResourceExhausted {
        Code::ResourceExhausted
    } else {
        Code::Invalid
    };
    let fixed = Fixed(McpAnswer::refused(code, status.message(), None));
    let question = Request::new(Body::from(EMPTY.as_slice()));
    Grpc::new(ProstCodec::<McpAnswer, McpQuestion>::default()).unary(fixed, question).await.map(Body::new)
}

/// An answer that is known before anything is asked.
struct Fixed(McpAnswer);

impl UnaryService<McpQuestion> for Fixed {
    type Response = McpAnswer;
    type Future = std::future::Ready<Result<tonic::Response<McpAnswer>, Status>>;

    fn call(&mut self, _: tonic::Request<McpQuestion>) -> Self::Future {
        std::future::ready(Ok(tonic::Response::new(self.0.clone())))
    }
}

/// The texts of a question, for whoever reads any bytes at all; none where it is none.
pub(super) fn texts_of(bytes: &[u8]) -> Option<Vec<String>> {
    let question = McpQuestion::decode(bytes).ok()?;
    Some(question.body.iter().map(|body| String::from_utf8_lossy(body).into_owned()).collect())
}

/// One call of the service.
struct Service {
    app: Arc<App>,
    caller: Arc<Caller>,
    /// Counts it for its tenant.
    turn: Arc<RequestTurn>,
    sender: Sender,
}

impl UnaryService<McpQuestion> for Service {
    type Response = McpAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<McpAnswer>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<McpQuestion>) -> Self::Future {
        let (app, caller, turn, sender) = (self.app.clone(), self.caller.clone(), self.turn.clone(), self.sender);
        Box::pin(async move {
            let question = request.into_inner();
            let answered = match Asked::of(&app, &caller, turn.tenant(), sender, question) {
                Ok(asked) => app.judging.run(move || asked.judge()).await.map_err(Problem::from),
                Err(problem) => Err(problem),
            };
            Ok(tonic::Response::new(answered.unwrap_or_else(|problem| unjudged(&problem))))
        })
    }
}

/// The answer to a question that was not judged.
fn unjudged(problem: &Problem) -> McpAnswer {
    tracing::warn!(status = problem.status.as_u16(), "a gateway's question was not judged");
    let code = if problem.status.is_server_error() { Code::ResourceExhausted } else { Code::Invalid };
    McpAnswer::refused(code, &problem.detail, None)
}

/// A question, ready to be judged.
struct Asked {
    app: Arc<App>,
    tenant: String,
    context: Arc<Context>,
    guard: Guard,
    sender: Sender,
    session: String,
    /// The request that is asked about, or that was answered.
    method: String,
    /// Its parameters, or its result.
    body: Option<Value>,
}

impl Asked {
    fn of(
        app: &Arc<App>,
        caller: &Caller,
        tenant: &str,
        sender: Sender,
        question: McpQuestion,
    ) -> Result<Self, Problem> {
        let unreadable = |_| Problem::unreadable("the parameters or the result are no JSON");
        let body = question.body.filter(|body| !body.is_empty());
        let body = body.map(|body| serde_json::from_slice(&body)).transpose().map_err(unreadable)?;
        if sender == Sender::Server && body.is_none() {
            return Err(Problem::unreadable("there is no result; ask about what a server answered"));
        }
        let named = question.headers.iter().filter_map(|header| {
            let name = header.key.parse::<HeaderName>().ok()?;
            Some((name, HeaderValue::from_bytes(&header.value).ok()?))
        });
        let context = context_of(caller, Context::default(), &named.collect::<HeaderMap>())?;
        let session = new_id()?;
        let guard =
            Guard { server: server(&question.service_names), notice: app.settings().config.contracts.notice.clone() };
        let (app, tenant, method) = (app.clone(), tenant.to_owned(), question.method);
        Ok(Self { app, tenant, context, guard, sender, session, method, body })
    }

    /// Judges it as the message that it is a part of.
    fn judge(self) -> McpAnswer {
        let Self { app, tenant, context, guard, sender, session, method, body } = self;
        let mut session = app.host.open(session, context);
        let member = if sender == Sender::Client { "params" } else { "result" };
        let mut message = Map::from_iter([("jsonrpc".to_owned(), json!("2.0")), ("id".to_owned(), json!(0))]);
        if sender == Sender::Client {
            message.insert("method".to_owned(), json!(method));
        }
        let before = body.clone();
        message.extend(body.map(|body| (member.to_owned(), body)));
        let pending = (sender == Sender::Server).then_some(Pending { method, tool: None });
        let onward = guard.take(sender, Value::Object(message), pending.as_ref(), &mut |event, is_definition| {
            let judged = app.submit_call(&tenant, &mut session, event, is_definition);
            settle(&app, &mut session, &judged.decision, &nothing);
            app.metrics.count_decision(&judged.decision);
            Ruling::of(judged)
        });
        match onward {
            Onward::Pass(mut message) if message.get("error").is_none() => {
                let after = message.get_mut(member).map(Value::take);
                match after.filter(|after| before.as_ref() != Some(after)) {
                    Some(after) => McpAnswer::of(Verdict::Mutated(after.to_string().into_bytes())),
                    None => McpAnswer::of(Verdict::Pass(Pass {})),
                }
            }
            Onward::Pass(message) | Onward::Answer(message) => refusal(&guard.notice, &message),
            Onward::Nothing => McpAnswer::refused(Code::Invalid, "this is no message of the protocol", None),
        }
    }
}

/// A refusal, with what is told of the decision.
fn refusal(notice: &str, message: &Value) -> McpAnswer {
    let note = message.pointer("/result/_meta/specialis").or_else(|| message.pointer("/error/data"));
    match note {
        Some(note) => {
            let more = json!({ "specialis": note }).to_string().into_bytes();
            McpAnswer::refused(Code::PermissionDenied, notice, Some(more))
        }
        None => {
            let why = message.pointer("/error/message").and_then(Value::as_str).unwrap_or(notice);
            McpAnswer::refused(Code::Invalid, why, None)
        }
    }
}

/// What stands before the name of a tool: the servers that the gateway names.
fn server(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_tool_name(name)).take(MAX_NAMES).collect();
    if names.is_empty() { NAMELESS.to_owned() } else { names.join("+") }
}
