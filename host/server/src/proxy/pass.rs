//! One request on its way through: read, judged, passed on, and its answer judged.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use specialis::core::{Decision, Event, EventKind, Level};
use specialis::{Session, Step};

use super::envelope::json_response;
use super::judge::{SessionJudge, asks_for_label, measures, settle};
use super::prompt::{Prompt, n_choices, tame};
use super::relay::Relay;
use crate::app::App;
use crate::config::{Area, duration};
use crate::mcp;
use crate::native::{RequestTurn, random_id};
use crate::serving::{Problem, RouteTo, context_of, implicit_label, outgoing, read_body, read_json};
use crate::wire::{Answer, AnswerStyle, BlockStyle, Finish, Interface};

/// The header that names the decision on the prompt.
const DECISION: HeaderName = HeaderName::from_static("x-specialis-decision");
/// The header that carries the implicit label of a text.
const LABEL: HeaderName = HeaderName::from_static("aigc");

/// Passes a request on to the upstream of its route, if its prompt may go there.
pub(crate) async fn pass_on(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let settings = app.settings();
    if let Some(to) = settings.mcp(request.uri().path()) {
        return mcp::pass_on(app, to, request).await;
    }
    let Some((to, interface)) = settings.route(request.uri().path()) else {
        return Problem::not_found(
            "nothing is served at this path; see /openapi.json and the routes of the configuration",
        )
        .into_response();
    };
    if request.method() != Method::POST {
        return interface.problem(&Problem::method());
    }
    match Passage::begin(app, to, interface, request).await {
        Ok(passage) => passage.run().await.unwrap_or_else(|problem| interface.problem(&problem)),
        Err(problem) => interface.problem(&problem),
    }
}

/// One request and what is known of it.
struct Passage {
    app: Arc<App>,
    to: Arc<RouteTo>,
    interface: Interface,
    headers: HeaderMap,
    query: Option<String>,
    body: Value,
    session: Session,
    prompt: Prompt,
    /// Counts it for its tenant, to the end of its answer.
    turn: RequestTurn,
}

/// What the judging of the prompt came to.
struct Admitted {
    session: Session,
    decision: Decision,
    body: Value,
    may_pass: bool,
}

impl Passage {
    async fn begin(
        app: Arc<App>,
        to: Arc<RouteTo>,
        interface: Interface,
        request: Request<Body>,
    ) -> Result<Self, Problem> {
        let caller = app.caller(request.headers(), Area::Proxy)?;
        let turn = app.sessions.begin_request(&caller)?;
        let (bounds, timeouts) = app.limits();
        let (headers, query) = (request.headers().clone(), request.uri().query().map(str::to_owned));
        let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
        let mut body: Value = read_json(&body)?;
        let Some(fields) = body.as_object_mut() else {
            return Err(Problem::unreadable("the body is no JSON object; send a request of the interface"));
        };
        tame(interface, fields).map_err(Problem::unreadable)?;
        let prompt = Prompt::read(interface, &body).map_err(Problem::unreadable)?;
        let context = context_of(&caller, specialis::core::Context::default(), &headers)?;
        let id = random_id().ok_or_else(|| Problem::failed("the system gives no randomness; ask again"))?;
        let host = app.host.clone();
        let session = app.judging.run(move || host.open(id, context)).await?;
        Ok(Self { app, to, interface, headers, query, body, session, prompt, turn })
    }

    async fn run(self) -> Result<Response, Problem> {
        let Self { app, to, interface, headers, query, mut body, mut session, prompt, turn } = self;
        let shared = app.clone();
        let judged = app.judging.run(move || {
            let judged = session.submit(prompt.event());
            settle(&shared, &mut session, &judged.decision, false);
            let may_pass = judged.decision.verdict < Level::Review && prompt.apply(&judged.release, &mut body);
            Admitted { session, decision: judged.decision, body, may_pass }
        });
        let Admitted { session, decision, body, may_pass } = judged.await?;
        app.metrics.count_decision(&decision);
        tracing::info!(
            decision = %decision.id, kind = "prompt", verdict = decision.verdict.as_str(), route = to.route.path,
            "decided"
        );
        let exchange = Exchange { app, to, interface, body, prompt: decision };
        let mut response = if may_pass {
            exchange.answer(session, (&headers, query.as_deref()), turn).await?
        } else {
            exchange.stopped()
        };
        if let Ok(id) = HeaderValue::from_str(&exchange.prompt.id) {
            response.headers_mut().insert(DECISION, id);
        }
        Ok(response)
    }
}

/// An exchange whose prompt was judged.
struct Exchange {
    app: Arc<App>,
    to: Arc<RouteTo>,
    interface: Interface,
    body: Value,
    prompt: Decision,
}

impl Exchange {
    /// The answer to a prompt that was stopped.
    fn stopped(&self) -> Response {
        let route = &self.to.route;
        self.app.metrics.count_stopped(&route.path);
        if route.block == BlockStyle::Filter {
            return self.interface.error(StatusCode::BAD_REQUEST, "content_filter", &route.notice);
        }
        let decision = &self.prompt;
        let note =
            json!({ "decision": decision.id, "verdict": decision.verdict.as_str(), "measures": measures(decision) });
        let model = self.body.get("model").and_then(Value::as_str).unwrap_or_default();
        self.interface.notice(&route.notice, model, &note, self.streams())
    }

    fn streams(&self) -> bool {
        self.body.get("stream") == Some(&Value::Bool(true))
    }

    async fn answer(
        &self,
        session: Session,
        request: (&HeaderMap, Option<&str>),
        turn: RequestTurn,
    ) -> Result<Response, Problem> {
        let body = Bytes::from(self.body.to_string());
        let answer = self.app.upstream.ask(&self.to, self.interface, request, body).await?;
        let (parts, upstream) = answer.into_parts();
        self.app.metrics.count_upstream(&self.to.route.path, parts.status.as_u16());
        if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() != b"identity") {
            return Err(Problem::upstream("the upstream compresses its answer although it was asked not to"));
        }
        if !parts.status.is_success() {
            return self.upstream_error(parts.status, &parts.headers, upstream).await;
        }
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_stream = kind.starts_with("text/event-stream");
        let (judge, label) = self.judge(session).await?;
        let mut response = if is_stream {
            self.stream(upstream, Answer::new(Box::new(judge)), turn)
        } else {
            self.whole(upstream, Answer::new(Box::new(judge))).await?
        };
        if let Some(label) = label {
            response.headers_mut().insert(LABEL, label);
        }
        Ok(response)
    }

    /// Begins to judge the answer; with it comes the implicit label, where that is due.
    async fn judge(&self, session: Session) -> Result<(SessionJudge, Option<HeaderValue>), Problem> {
        let work = move || {
            let mut stream = session.into_stream(Event::new(EventKind::Output));
            let asks = |step: &Step| matches!(step, Step::Decision(decision) if asks_for_label(decision));
            let is_due = stream.steps().iter().any(asks);
            (stream, is_due)
        };
        let (stream, is_due) = self.app.judging.run(work).await?;
        let settings = self.app.settings();
        let producer = settings.config.label_producer.as_deref().filter(|_| is_due);
        let label = producer.and_then(|producer| implicit_label(producer, stream.session().id().as_str()));
        let label = label.and_then(|label| HeaderValue::from_str(&label).ok());
        let route = Arc::from(self.to.route.path.as_str());
        Ok((SessionJudge::new(self.app.clone(), stream, route, label.is_some()), label))
    }

    fn style(&self) -> AnswerStyle {
        let (bounds, _) = self.app.limits();
        let route = &self.to.route;
        AnswerStyle {
            block: route.block,
            notice: route.notice.clone(),
            n_choices: n_choices(&self.body),
            max_event: bounds.stream_event,
        }
    }

    fn stream(&self, upstream: Incoming, answer: Answer, turn: RequestTurn) -> Response {
        let (client, body) = outgoing();
        let (_, timeouts) = self.app.limits();
        let relay = Relay {
            app: self.app.clone(),
            interface: self.interface,
            upstream,
            transcoder: self.interface.transcoder(self.style(), answer),
            client,
            turn,
            patience: duration(timeouts.piece),
        };
        tokio::spawn(relay.run());
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        // A proxy in front that collects the stream would undo it.
        response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        response
    }

    async fn whole(&self, upstream: Incoming, mut answer: Answer) -> Result<Response, Problem> {
        let body = self.collect(upstream).await?;
        let body: Value = serde_json::from_slice(&body)
            .map_err(|_| Problem::upstream("the upstream answers with something that is not JSON"))?;
        let (interface, style) = (self.interface, self.style());
        let rewritten = self.app.judging.run(move || interface.rewrite(&style, &body, &mut answer)).await?;
        match rewritten {
            Ok((body, _)) => Ok(json_response(StatusCode::OK, &body)),
            Err(Finish::Broken(error)) => Ok(json_response(StatusCode::BAD_GATEWAY, &self.interface.error_body(error))),
            Err(Finish::Complete | Finish::Stopped) => Err(Problem::failed("the answer was not judged to its end")),
        }
    }

    /// Passes the error of an upstream on: its status, and of its body the error object alone.
    async fn upstream_error(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        upstream: Incoming,
    ) -> Result<Response, Problem> {
        let body = self.collect(upstream).await?;
        let error = serde_json::from_slice::<Value>(&body).ok().and_then(|body| body.get("error").cloned());
        let error = error.map(|error| crate::wire::error_object(&error)).unwrap_or_else(|| {
            json!({ "message": format!("the upstream answers with status {}", status.as_u16()), "type": "upstream_error" })
        });
        let mut response = json_response(status, &self.interface.error_body(error));
        for name in ["retry-after", "x-request-id", "request-id"] {
            if let Some(value) = headers.get(name) {
                response.headers_mut().insert(HeaderName::from_static(name), value.clone());
            }
        }
        Ok(response)
    }

    async fn collect(&self, upstream: Incoming) -> Result<Bytes, Problem> {
        let (bounds, timeouts) = self.app.limits();
        let body = Limited::new(upstream, bounds.answer).collect();
        match tokio::time::timeout(duration(timeouts.answer), body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err(Problem::upstream("the upstream broke off, or its answer is longer than the bound")),
            Err(_) => Err(Problem::upstream("the upstream did not finish its answer in time; ask again later")),
        }
    }
}
