//! Contracts of other gateways: what they ask a guard, and how they read its answer. Each is a file of its own, off unless the
//! configuration names it.
//!
//! A contract reads a request into texts and writes an answer from what was decided on them. Both are plain functions of JSON;
//! this module does the rest.

mod agentgateway;
mod aliyun;
mod dify;
mod ext_mcp;
mod ext_proc;
mod lakera;
mod litellm;
mod moderations;
#[cfg(test)]
mod over_grpc;
mod portkey;
mod template;
mod verdict;

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specialis::core::words::Medium;
use specialis::core::{Context, Event, EventKind, Part, Role, check_id};
use tonic::Status;

use crate::app::App;
use crate::config::{Area, duration};
use crate::native::{RequestTurn, host_session, session_id};
use crate::reviews::Transcript;
use crate::serving::{Caller, Problem, context_of, read_body, read_json};
pub(crate) use aliyun::{Pieces, answer as answer_aliyun};
pub(crate) use ext_mcp::{PATHS as EXT_MCP, check_request, check_response};
pub(crate) use ext_proc::{PATH as EXT_PROC, process};
pub use template::{Condition, Template};
pub(crate) use verdict::Judged;
pub use verdict::ReviewAs;

/// A contract that can be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contract {
    /// LiteLLM's generic guardrail, under `/contracts/litellm`.
    Litellm,
    /// OpenAI's moderations, under `/contracts/openai`.
    Moderations,
    /// Dify's extension for moderation, at `/contracts/dify`.
    Dify,
    /// Lakera's guard, version 2, under `/contracts/lakera`.
    Lakera,
    /// The webhook of agentgateway, under `/contracts/agentgateway`.
    Agentgateway,
    /// The webhook of Portkey's gateway, at `/contracts/portkey`.
    Portkey,
    /// Aliyun's content safety, as Higress, APISIX and AISIX call it, at `/`.
    Aliyun,
    /// Envoy's external processing, over gRPC at the path of its service.
    ExtProc,
    /// The policy server for tools of agentgateway (`ExtMcp`), over gRPC at the paths of its service.
    ExtMcp,
}

/// A key of Aliyun's kind: what a gateway signs its requests with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AliyunKey {
    /// The id, which the gateway's configuration calls access key.
    pub id: String,
    /// A file with the secret. A signature can be checked with the secret alone, so that a digest of it would not do.
    pub secret_file: PathBuf,
    /// The tenant it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// How contracts are spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Contracts {
    /// Those that are spoken.
    pub speak: Vec<Contract>,
    /// Contracts of gateways that none of those is made for, as templates.
    pub templates: Vec<Template>,
    /// What `review` counts as, which none of them knows.
    pub review: ReviewAs,
    /// What becomes of a request whose streamed answer the gateway would never ask about, as Portkey's does not.
    pub unjudged_streams: ReviewAs,
    /// What becomes of a request through Envoy at a path of which nobody here knows where its texts stand.
    pub unjudged_paths: ReviewAs,
    /// What a user reads in place of a text that is blocked.
    pub notice: String,
    /// The keys with which gateways sign for the contract `aliyun`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliyun_keys: Vec<AliyunKey>,
}

impl Default for Contracts {
    fn default() -> Self {
        Self {
            speak: Vec::new(),
            templates: Vec::new(),
            review: ReviewAs::Block,
            unjudged_streams: ReviewAs::Block,
            unjudged_paths: ReviewAs::Block,
            notice: "（该内容无法提供。This content cannot be provided.）".to_owned(),
            aliyun_keys: Vec::new(),
        }
    }
}

/// What a gateway asks.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Whether the texts come from the model.
    pub(crate) is_answer: bool,
    pub(crate) texts: Vec<AskedText>,
    /// What names the exchange, where the gateway says so.
    pub(crate) exchange: Option<String>,
}

/// One text that a gateway asks about.
#[derive(Debug)]
pub(crate) struct AskedText {
    pub(crate) text: String,
    pub(crate) role: Role,
    pub(crate) channel: Option<String>,
    /// Which of several answers.
    pub(crate) choice: u32,
    /// What it is, where it is no text: a picture, a sound. Its content is not looked into.
    pub(crate) medium: Option<Medium>,
}

impl AskedText {
    /// A text of a role.
    pub(crate) fn of(role: Role, text: &str) -> Self {
        Self { text: text.to_owned(), role, channel: None, choice: 0, medium: None }
    }
}

/// What a contract makes of a request.
pub(crate) enum Read {
    /// Texts to judge.
    Texts(Asked),
    /// An answer without judging, as to a ping.
    Answer(Value),
}

impl Contract {
    /// Those with a path of their own: all but Aliyun's, which is signed for `/`, and those over gRPC.
    const ALL: [Self; 6] =
        [Self::Litellm, Self::Moderations, Self::Dify, Self::Lakera, Self::Agentgateway, Self::Portkey];

    /// The contract that a path belongs to, with what stands behind its own path.
    pub(crate) fn at(path: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|contract| Some((contract, path.strip_prefix(contract.path())?)))
    }

    fn path(self) -> &'static str {
        match self {
            Self::Litellm => "/contracts/litellm",
            Self::Moderations => "/contracts/openai",
            Self::Dify => "/contracts/dify",
            Self::Lakera => "/contracts/lakera",
            Self::Agentgateway => "/contracts/agentgateway",
            Self::Portkey => "/contracts/portkey",
            Self::Aliyun => "/",
            Self::ExtProc => ext_proc::PATH,
            Self::ExtMcp => ext_mcp::PATHS[0],
        }
    }

    /// Whether a path behind its own is one that it has.
    fn has(self, rest: &str) -> bool {
        match self {
            Self::Litellm => rest == "/beta/litellm_basic_guardrail_api",
            Self::Moderations => matches!(rest, "/v1/moderations" | "/moderations"),
            Self::Dify | Self::Portkey => matches!(rest, "" | "/"),
            Self::Lakera => rest == "/v2/guard",
            Self::Agentgateway => matches!(rest, "/request" | "/response"),
            Self::Aliyun | Self::ExtProc | Self::ExtMcp => false,
        }
    }

    /// The texts that a request of this contract asks about, without looking at who sends it; none where it would be refused.
    /// `path` is what stands behind the contract's own, such as `/request`.
    pub fn texts(self, path: &str, body: &[u8]) -> Option<Vec<String>> {
        if self == Self::Aliyun {
            return aliyun::text_of(body).map(|text| vec![text]);
        }
        if self == Self::ExtProc {
            return ext_proc::body_of(body);
        }
        if self == Self::ExtMcp {
            return ext_mcp::texts_of(body);
        }
        let body = serde_json::from_slice(body).ok()?;
        match self.read(path, &body, &Contracts::default()).ok()? {
            Read::Texts(asked) => Some(asked.texts.into_iter().map(|asked| asked.text).collect()),
            Read::Answer(_) => Some(Vec::new()),
        }
    }

    fn read(self, rest: &str, body: &Value, contracts: &Contracts) -> Result<Read, String> {
        match self {
            Self::Litellm => litellm::read(body),
            Self::Moderations => moderations::read(body),
            Self::Dify => dify::read(body),
            Self::Lakera => lakera::read(body),
            Self::Agentgateway => agentgateway::read(rest == "/response", body),
            Self::Portkey => portkey::read(body, contracts),
            Self::Aliyun => Err("Aliyun's contract is spoken at `/` alone".to_owned()),
            Self::ExtProc | Self::ExtMcp => Err("this contract is spoken over gRPC alone".to_owned()),
        }
    }

    fn write(self, body: &Value, asked: &Asked, judged: &Judged) -> Value {
        match self {
            Self::Litellm => litellm::write(body, judged),
            Self::Moderations => moderations::write(body, asked, judged),
            Self::Dify => dify::write(body, judged),
            Self::Lakera => lakera::write(body, judged),
            Self::Agentgateway => agentgateway::write(body, asked, judged),
            Self::Portkey => portkey::write(body, judged),
            Self::Aliyun | Self::ExtProc | Self::ExtMcp => Value::Null,
        }
    }

    /// The answer to a request that was not judged, where the gateway would take an error for a pass.
    fn refused(self, problem: &Problem, notice: &str) -> Option<Value> {
        match self {
            Self::Dify => Some(dify::refused(notice)),
            Self::Portkey => Some(portkey::refused(problem)),
            Self::Litellm
            | Self::Moderations
            | Self::Lakera
            | Self::Agentgateway
            | Self::Aliyun
            | Self::ExtProc
            | Self::ExtMcp => None,
        }
    }
}

/// Who calls a contract over gRPC, counted for its tenant.
fn begin_grpc(app: &App, contract: Contract, request: &Request<Body>) -> Result<(Caller, RequestTurn), Box<Status>> {
    if !app.settings().config.contracts.speak.contains(&contract) {
        let detail = "this contract is not spoken here; name it under `contracts.speak`";
        return Err(Box::new(Status::unimplemented(detail)));
    }
    let refused = |problem: Problem| Box::new(grpc_status(&problem));
    let caller = app.caller(request, Area::Contracts).map_err(refused)?;
    let turn = app.sessions.begin_request(&caller).map_err(refused)?;
    Ok((caller, turn))
}

/// A problem as gRPC has it.
fn grpc_status(problem: &Problem) -> Status {
    let detail = problem.detail.clone();
    match problem.status {
        StatusCode::UNAUTHORIZED => Status::unauthenticated(detail),
        StatusCode::FORBIDDEN => Status::permission_denied(detail),
        StatusCode::TOO_MANY_REQUESTS => Status::resource_exhausted(detail),
        _ => Status::internal(detail),
    }
}

/// What is spoken at a path.
enum Spoken {
    Made(Contract, String),
    Template(Box<Template>),
}

impl Spoken {
    /// What the configuration has at a path.
    fn at(contracts: &Contracts, path: &str) -> Option<Self> {
        let made =
            Contract::at(path).filter(|(contract, rest)| contracts.speak.contains(contract) && contract.has(rest));
        if let Some((contract, rest)) = made {
            return Some(Self::Made(contract, rest.to_owned()));
        }
        let name = path.strip_prefix("/contracts/")?;
        contracts.templates.iter().find(|template| template.name == name).cloned().map(Box::new).map(Self::Template)
    }

    fn read(&self, body: &Value, contracts: &Contracts) -> Result<Read, String> {
        match self {
            Self::Made(contract, rest) => contract.read(rest, body, contracts),
            Self::Template(template) => template.read(body),
        }
    }

    fn write(&self, body: &Value, asked: &Asked, judged: &Judged) -> Value {
        match self {
            Self::Made(contract, _) => contract.write(body, asked, judged),
            Self::Template(template) => template.write(judged),
        }
    }
}

/// Answers a gateway by its contract.
pub(crate) async fn answer(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let Some(spoken) = Spoken::at(&app.settings().config.contracts, request.uri().path()) else {
        return Problem::not_found("this contract is not spoken here; name it under `contracts.speak`").into_response();
    };
    if request.method() != Method::POST {
        return Problem::method().into_response();
    }
    match exchange(&app, &spoken, request).await {
        Ok(answer) => json_response(&answer),
        Err(problem) => {
            tracing::warn!(status = problem.status.as_u16(), "a gateway's request was not judged");
            let refused = match &spoken {
                Spoken::Made(contract, _) => contract.refused(&problem, &app.settings().config.contracts.notice),
                Spoken::Template(_) => None,
            };
            refused.map_or_else(|| problem.into_response(), |answer| json_response(&answer))
        }
    }
}

async fn exchange(app: &Arc<App>, spoken: &Spoken, request: Request<Body>) -> Result<Value, Problem> {
    let caller = app.caller(&request, Area::Contracts)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let headers: HeaderMap = request.headers().clone();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let body: Value = read_json(&body)?;
    let asked = match spoken.read(&body, &app.settings().config.contracts).map_err(Problem::unreadable)? {
        Read::Texts(asked) => asked,
        Read::Answer(answer) => return Ok(answer),
    };
    let (asked, judged) = judge(app, (&caller, &headers), asked).await?;
    Ok(spoken.write(&body, &asked, &judged))
}

/// Judges the texts that a gateway asks about, in a session of their own.
async fn judge(app: &Arc<App>, from: (&Caller, &HeaderMap), asked: Asked) -> Result<(Asked, Judged), Problem> {
    let context = context_of(from.0, Context::default(), from.1)?;
    let exchange = asked.exchange.clone().filter(|id| check_id(id).is_ok());
    let id = host_session(&session_id(exchange)?)?;
    let (shared, settings, tenant) = (app.clone(), app.settings(), from.0.tenant().to_owned());
    let judged = app.judging.run(move || {
        let session = shared.host.open(id, context);
        let judged = Judged::of(&shared, (session, tenant.as_str()), &asked, &settings.config.contracts);
        (asked, judged)
    });
    Ok(judged.await?)
}

impl Asked {
    /// The event to judge.
    pub(crate) fn event(&self) -> Event {
        let kind = if self.is_answer { EventKind::Output } else { EventKind::Prompt };
        let parts = self.texts.iter().map(|asked| Part {
            role: Some(asked.role),
            channel: asked.channel.clone(),
            choice: asked.choice,
            medium: asked.medium,
            text: asked.medium.is_none().then(|| asked.text.clone()),
            ..Part::text("")
        });
        Event { parts: parts.collect(), ..Event::new(kind) }
    }

    /// What a person is shown of it, where somebody has to see it first: the event as it is judged, and what comes as a stream.
    fn content(&self) -> (Event, Transcript) {
        let mut transcript = Transcript::default();
        if !self.is_answer {
            return (self.event(), transcript);
        }
        for asked in self.texts.iter().filter(|asked| !asked.text.is_empty()) {
            transcript.push(asked.choice, asked.channel.as_deref(), &asked.text);
        }
        (Event::new(EventKind::Output), transcript)
    }
}

fn json_response(body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
