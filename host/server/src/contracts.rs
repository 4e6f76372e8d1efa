//! Contracts of other gateways: what they ask a guard, and how they read its answer. Each is a file of its own, off unless the
//! configuration names it.
//!
//! A contract reads a request into texts and writes an answer from what was decided on them. Both are plain functions of JSON;
//! this module does the rest.

mod agentgateway;
mod dify;
mod lakera;
mod litellm;
mod moderations;
mod template;
mod verdict;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specialis::core::{Context, Event, EventKind, Part, Role};

use crate::app::App;
use crate::config::{Area, duration};
use crate::native::random_id;
use crate::serving::{Problem, context_of, read_body, read_json};
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
    /// What a user reads in place of a text that is blocked.
    pub notice: String,
}

impl Default for Contracts {
    fn default() -> Self {
        Self {
            speak: Vec::new(),
            templates: Vec::new(),
            review: ReviewAs::Block,
            notice: "（该内容无法提供。This content cannot be provided.）".to_owned(),
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
}

impl AskedText {
    /// A text of a role.
    pub(crate) fn of(role: Role, text: &str) -> Self {
        Self { text: text.to_owned(), role, channel: None, choice: 0 }
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
    /// All of them.
    const ALL: [Self; 5] = [Self::Litellm, Self::Moderations, Self::Dify, Self::Lakera, Self::Agentgateway];

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
        }
    }

    /// Whether a path behind its own is one that it has.
    fn has(self, rest: &str) -> bool {
        match self {
            Self::Litellm => rest == "/beta/litellm_basic_guardrail_api",
            Self::Moderations => matches!(rest, "/v1/moderations" | "/moderations"),
            Self::Dify => matches!(rest, "" | "/"),
            Self::Lakera => rest == "/v2/guard",
            Self::Agentgateway => matches!(rest, "/request" | "/response"),
        }
    }

    fn read(self, rest: &str, body: &Value) -> Result<Read, String> {
        match self {
            Self::Litellm => litellm::read(body),
            Self::Moderations => moderations::read(body),
            Self::Dify => dify::read(body),
            Self::Lakera => lakera::read(body),
            Self::Agentgateway => agentgateway::read(rest == "/response", body),
        }
    }

    fn write(self, body: &Value, asked: &Asked, judged: &Judged) -> Value {
        match self {
            Self::Litellm => litellm::write(body, judged),
            Self::Moderations => moderations::write(body, asked, judged),
            Self::Dify => dify::write(body, judged),
            Self::Lakera => lakera::write(body, judged),
            Self::Agentgateway => agentgateway::write(body, asked, judged),
        }
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

    fn read(&self, body: &Value) -> Result<Read, String> {
        match self {
            Self::Made(contract, rest) => contract.read(rest, body),
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
        Err(problem) => problem.into_response(),
    }
}

async fn exchange(app: &Arc<App>, spoken: &Spoken, request: Request<Body>) -> Result<Value, Problem> {
    let caller = app.caller(request.headers(), Area::Contracts)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let headers: HeaderMap = request.headers().clone();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let body: Value = read_json(&body)?;
    let asked = match spoken.read(&body).map_err(Problem::unreadable)? {
        Read::Texts(asked) => asked,
        Read::Answer(answer) => return Ok(answer),
    };
    let context = context_of(&caller, Context::default(), &headers)?;
    let own = random_id().ok_or_else(|| Problem::failed("the system gives no randomness; ask again"))?;
    let id = asked.exchange.clone().filter(|id| specialis::core::check_id(id).is_ok()).unwrap_or(own);
    let (shared, settings) = (app.clone(), app.settings());
    let judged = app.judging.run(move || {
        let judged = Judged::of(&shared, shared.host.open(id, context), &asked, &settings.config.contracts);
        (asked, judged)
    });
    let (asked, judged) = judged.await?;
    Ok(spoken.write(&body, &asked, &judged))
}

impl Asked {
    /// The event to judge.
    pub(crate) fn event(&self) -> Event {
        let kind = if self.is_answer { EventKind::Output } else { EventKind::Prompt };
        let parts = self.texts.iter().map(|asked| Part {
            role: Some(asked.role),
            channel: asked.channel.clone(),
            choice: asked.choice,
            ..Part::text(asked.text.clone())
        });
        Event { parts: parts.collect(), ..Event::new(kind) }
    }
}

fn json_response(body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
