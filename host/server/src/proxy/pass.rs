//! One request on its way through: passed on once its prompt was judged, and its answer judged.

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
use specialis::core::{Decision, Event, EventKind};
use specialis::{Session, Step};

use super::envelope::json_response;
use super::judge::{SessionJudge, asks_for_label, measures};
use super::media;
use super::models;
use super::prompt::{Prompt, n_choices, tame};
use super::received::{Admitted, Received};
use super::relay::Relay;
use super::upstream::Endpoint;
use crate::app::App;
use crate::config::duration;
use crate::mcp;
use crate::native::RequestTurn;
use crate::serving::{Problem, RouteTo, Span, implicit_label, outgoing};
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
    if let Some(to) = settings.models_route(request.uri().path()) {
        return models::pass_on(app, to, request).await;
    }
    let is_post = request.method() == Method::POST;
    if let Some((to, route)) = settings.media_route(request.uri().path()).filter(|_| is_post) {
        return media::pass_on(app, to, route, request).await;
    }
    let Some((to, interface)) = settings.route(request.uri().path()) else {
        return Problem::not_found(
            "nothing is served at this path; see /openapi.json and the routes of the configuration",
        )
        .into_response();
    };
    if !is_post {
        return interface.problem(&Problem::method());
    }
    exchange(app, to, interface, request).await.unwrap_or_else(|problem| interface.problem(&problem))
}

async fn exchange(
    app: Arc<App>,
    to: Arc<RouteTo>,
    interface: Interface,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let read = |body: &mut Value| {
        body.as_object_mut().map_or(Ok(()), |fields| tame(interface, fields))?;
        Prompt::read(interface, body)
    };
    let received = Received::of(&app, request, read).await?;
    let admitted = received.judge(&app, &to.route.path).await?;
    let Admitted { headers, query, body, session, span, turn, decision, may_pass } = admitted;
    let exchange = Exchange { app, to, interface, body, prompt: decision, span };
    exchange.name_span(interface.operation());
    let response =
        if may_pass { exchange.answer(session, (&headers, query.as_deref()), turn).await? } else { exchange.stopped() };
    Ok(exchange.with_decision(response))
}

/// An exchange whose prompt was judged.
pub(super) struct Exchange {
    pub(super) app: Arc<App>,
    pub(super) to: Arc<RouteTo>,
    pub(super) interface: Interface,
    pub(super) body: Value,
    pub(super) prompt: Decision,
    pub(super) span: Option<Span>,
}

/// What an upstream answers that has something to say.
pub(super) struct Answered {
    pub(super) headers: HeaderMap,
    pub(super) body: Incoming,
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
        let Answered { headers, body: upstream } = match self.ask(self.interface.endpoint(), request).await? {
            Ok(answered) => answered,
            Err(refused) => return Ok(refused),
        };
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_stream = kind.starts_with("text/event-stream");
        let (judge, label) = self.judge(session, turn.tenant()).await?;
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

    /// Asks the upstream. Within is what it answers, or else its error as the client gets it.
    pub(super) async fn ask(
        &self,
        endpoint: Endpoint,
        request: (&HeaderMap, Option<&str>),
    ) -> Result<Result<Answered, Response>, Problem> {
        let body = Bytes::from(self.body.to_string());
        let answer = self.app.upstream.ask(&self.to, endpoint, request, Some(body), self.span.as_ref()).await?;
        let (parts, upstream) = answer.into_parts();
        self.app.metrics.count_upstream(&self.to.route.path, parts.status.as_u16());
        if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes() != b"identity") {
            return Err(Problem::upstream("the upstream compresses its answer although it was asked not to"));
        }
        if !parts.status.is_success() {
            return self.upstream_error(parts.status, &parts.headers, upstream).await.map(Err);
        }
        Ok(Ok(Answered { headers: parts.headers, body: upstream }))
    }

    /// Says in the span of the request what is asked of which model.
    pub(super) fn name_span(&self, operation: &str) {
        if let Some(span) = &self.span {
            let provider = if self.interface == Interface::Messages { "anthropic" } else { "openai" };
            span.asks(operation, provider, self.body.get("model").and_then(Value::as_str));
        }
    }

    /// Names the decision on the prompt in an answer.
    pub(super) fn with_decision(&self, mut response: Response) -> Response {
        if let Ok(id) = HeaderValue::from_str(&self.prompt.id) {
            response.headers_mut().insert(DECISION, id);
        }
        response
    }

    /// Begins to judge the answer; with it comes the implicit label, where that is due.
    async fn judge(&self, session: Session, tenant: &str) -> Result<(SessionJudge, Option<HeaderValue>), Problem> {
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
        let judge = SessionJudge::new(self.app.clone(), stream, (route, tenant), label.is_some());
        Ok((judge.under(self.span.clone()), label))
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

    pub(super) async fn collect(&self, upstream: Incoming) -> Result<Bytes, Problem> {
        let (bounds, timeouts) = self.app.limits();
        let body = Limited::new(upstream, bounds.answer).collect();
        match tokio::time::timeout(duration(timeouts.answer), body).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(_)) => Err(Problem::upstream("the upstream broke off, or its answer is longer than the bound")),
            Err(_) => Err(Problem::upstream("the upstream did not finish its answer in time; ask again later")),
        }
    }
}
