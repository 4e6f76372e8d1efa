//! Sessions: several events of one exchange.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use hyper::{Request, StatusCode};
use serde::{Deserialize, Serialize};
use specialis::core::{Context, Delivery, Event, FactPlace, Outcome, Settlement};

use super::decide::{Decided, host_session, session_id};
use super::store::{Kept, Open};
use crate::app::App;
use crate::config::{Area, duration};
use crate::serving::{NotJudged, Problem, Span, admit_event, check_sector_facts, context_of, read_body, read_json};

/// A session to open.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct OpenRequest {
    /// Its id; a random one where absent. Its decisions name a session of its own under this id.
    session: Option<String>,
    /// Who serves whom, with what.
    #[schema(value_type = crate::native::stand_in::AnyContext)]
    context: Context,
    /// The delivery promise that is asked for.
    #[schema(value_type = Option<String>)]
    delivery: Option<Delivery>,
}

/// A session that was opened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Opened {
    /// Its id.
    session: String,
    /// The edition that it stays on.
    edition: String,
}

/// What became of the obligations of a decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SettleRequest {
    /// The id of the decision.
    decision: String,
    /// For each obligation that was dealt with: its index, and `"done"`, `{"handed-over": "…"}` or `{"failed": "…"}`.
    #[schema(value_type = Vec<Object>)]
    outcomes: Vec<(usize, Outcome)>,
}

/// Opens a session.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = OpenRequest, responses(
    (status = 201, description = "The session", body = Opened),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<Opened>), Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let headers = request.headers().clone();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let OpenRequest { session: id, context, delivery } =
        if body.is_empty() { OpenRequest::default() } else { read_json(&body)? };
    let id = session_id(id)?;
    let context = context_of(&caller, context, &headers)?;
    check_sector_facts(&app.host, &context.sector_facts, FactPlace::Context)?;
    let (host, name) = (app.host.clone(), host_session(&id)?);
    let mut session = app.judging.run(move || host.open(name, context)).await?;
    if let Some(delivery) = delivery {
        session.ask_delivery(delivery);
    }
    let edition = session.edition().id().to_owned();
    let open = Open::join(session, Kept::opened_by(body.len()));
    app.sessions.add((&caller, &id), open, &bounds, duration(timeouts.session))?;
    app.count_sessions();
    Ok((StatusCode::CREATED, Json(Opened { session: id, edition })))
}

/// Judges the next event of a session.
#[utoipa::path(post, path = "/v1/sessions/{session}/events", tag = "sessions",
    params(("session" = String, Path, description = "The id of the session")),
    request_body(content = crate::native::stand_in::AnyEvent), responses(
    (status = 200, description = "The decision, and the text that may go out", body = Decided),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    request: Request<Body>,
) -> Result<Json<Decided>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let of_tenant = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let span = Span::of(&request);
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let event: Event = read_json(&body)?;
    let event = admit_event(&caller, event);
    check_sector_facts(&app.host, &event.sector_facts, FactPlace::Event(event.kind()))?;
    let turn = app.judging.turn().await?;
    let mut taken = app.sessions.take(&caller, &session)?;
    let Some(mut open) = taken.open() else { return Err(NotJudged::BrokeOff.into()) };
    let (judging, tenant) = (app.clone(), of_tenant.tenant().to_owned());
    let (open, judged) = turn
        .run(move || {
            let judged = judging.submit_for_review(&tenant, &mut open.session, event);
            open.given(body.len());
            open.keep(&judged.decision, bounds.decisions);
            (open, judged)
        })
        .await?;
    taken.give_back(open, &bounds);
    if let Some(span) = span {
        span.decided(&judged.decision);
    }
    Ok(Json(app.decided(judged)))
}

/// Takes what became of the obligations of a decision.
#[utoipa::path(post, path = "/v1/sessions/{session}/settlements", tag = "sessions",
    params(("session" = String, Path, description = "The id of the session")),
    request_body = SettleRequest, responses(
    (status = 200, description = "What is done, handed over, failed and undone", body = crate::native::stand_in::AnySettlement),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn settle(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    request: Request<Body>,
) -> Result<Json<Settlement>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let SettleRequest { decision, outcomes } = read_json(&body)?;
    check_outcomes(&outcomes)?;
    let mut taken = app.sessions.take(&caller, &session)?;
    let Some(mut open) = taken.open() else { return Err(NotJudged::BrokeOff.into()) };
    let settlement = settled(&mut open, &decision, &outcomes);
    taken.give_back(open, &bounds);
    let settlement = settlement.ok_or_else(|| {
        Problem::not_found("the session has no decision of this id any more; settle a decision before the next ones")
    })?;
    app.metrics.count_undone(settlement.undone);
    Ok(Json(settlement))
}

/// The most outcomes of one request.
const MAX_OUTCOMES: usize = 4_096;

/// Holds what a client reports to the bounds: a settlement is kept and recorded.
fn check_outcomes(outcomes: &[(usize, Outcome)]) -> Result<(), Problem> {
    if outcomes.len() > MAX_OUTCOMES {
        return Err(Problem::too_large(format!(
            "at most {MAX_OUTCOMES} outcomes are taken; report each obligation once"
        )));
    }
    if outcomes.iter().any(|(_, outcome)| outcome.is_too_long()) {
        let most = Outcome::MAX_REFERENCE_BYTES;
        return Err(Problem::unreadable(format!(
            "a reference has at most {most} bytes; name the ticket, not its content"
        )));
    }
    Ok(())
}

fn settled(open: &mut Open, decision: &str, outcomes: &[(usize, Outcome)]) -> Option<Settlement> {
    let decision = open.decision(decision)?.clone();
    Some(open.session.settle(&decision, outcomes))
}

/// Closes a session. Text of it that waits never goes out.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "sessions",
    params(("session" = String, Path, description = "The id of the session")), responses(
    (status = 204, description = "It is closed"),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    request: Request<Body>,
) -> Result<StatusCode, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    drop(app.sessions.take(&caller, &session)?);
    app.count_sessions();
    Ok(StatusCode::NO_CONTENT)
}

impl App {
    /// Tells the figures how many sessions are open.
    pub(crate) fn count_sessions(&self) {
        self.metrics.sessions.set(i64::try_from(self.sessions.n_open()).unwrap_or(i64::MAX));
    }
}
