//! Deciding one event on its own.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use hyper::Request;
use serde::{Deserialize, Serialize};
use specialis::core::{Context, Decision, Event, FactPlace, SessionId, check_id};
use specialis::{Judged, Release};

use crate::app::App;
use crate::config::{Area, duration};
use crate::serving::{Problem, Span, admit_event, check_sector_facts, context_of, read_body, read_json};

/// One event to decide.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct DecideRequest {
    /// The name of the session that the event is judged in; a random one where absent. The decision names a session of its own
    /// under it.
    #[serde(default)]
    pub(crate) session: Option<String>,
    /// Who serves whom, with what.
    #[serde(default)]
    #[schema(value_type = crate::native::stand_in::AnyContext)]
    pub(crate) context: Context,
    /// What happens.
    #[schema(value_type = crate::native::stand_in::AnyEvent)]
    pub(crate) event: Event,
}

/// A decision with the text that may go out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Decided {
    /// The decision.
    #[schema(value_type = crate::native::stand_in::AnyDecision)]
    pub(crate) decision: Decision,
    /// The text of each part that has some.
    pub(crate) release: Vec<ReleasedPart>,
}

/// The text of a part that may go out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ReleasedPart {
    /// The part.
    part: u32,
    /// Its text; null where nothing of it may go out.
    text: Option<String>,
}

/// Decides one event.
#[utoipa::path(post, path = "/v1/decide", tag = "judging", request_body = DecideRequest, responses(
    (status = 200, description = "The decision, and the text that may go out", body = Decided),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn decide(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Decided>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let span = Span::of(&request);
    let headers = request.headers().clone();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let DecideRequest { session, context, event } = read_json(&body)?;
    let session = host_session(&session_id(session)?)?;
    let context = context_of(&caller, context, &headers)?;
    let event = admit_event(&caller, event);
    check_sector_facts(&app.host, &context.sector_facts, FactPlace::Context)?;
    check_sector_facts(&app.host, &event.sector_facts, FactPlace::Event(event.kind()))?;
    let (judging, tenant) = (app.clone(), turn.tenant().to_owned());
    let work = move || {
        let mut session = judging.host.open(session, context);
        let judged = judging.submit_for_review(&tenant, &mut session, event);
        // Nobody can settle a decision on its own but who carries out its measures.
        let taken = judging.hand_over(&judged.decision);
        if !taken.is_empty() {
            session.settle(&judged.decision, &taken);
        }
        judged
    };
    let judged = app.judging.run(work).await?;
    if let Some(span) = span {
        span.decided(&judged.decision);
    }
    Ok(Json(app.decided(judged)))
}

/// The id that a caller gave, or a random one.
///
/// # Errors
/// Where what it gave is no id.
pub(crate) fn session_id(given: Option<String>) -> Result<String, Problem> {
    match given {
        Some(id) => check_id(&id).map(|()| id).map_err(|error| Problem::unreadable(format!("`session`: {error}"))),
        None => new_id(),
    }
}

/// The session of the host for a name that a caller chose: one of its own. So a name that comes again, or that two tenants
/// choose, never gives one decision id twice.
///
/// # Errors
/// Where the system gives no randomness.
pub(crate) fn host_session(name: &str) -> Result<SessionId, Problem> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|_| no_randomness())?;
    Ok(SessionId::of_its_own(name, random))
}

fn no_randomness() -> Problem {
    Problem::failed("the system gives no randomness; ask again")
}

/// A random id.
///
/// # Errors
/// Where the system gives no randomness.
pub(crate) fn new_id() -> Result<String, Problem> {
    random_id().ok_or_else(no_randomness)
}

/// The same, for whoever has another way out.
pub(crate) fn random_id() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(data_encoding::HEXLOWER.encode(&bytes))
}

impl App {
    /// Counts what was judged, and makes an answer of it.
    pub(crate) fn decided(&self, judged: Judged) -> Decided {
        let Judged { decision, release, observation } = judged;
        self.metrics.count_decision(&decision);
        self.metrics.time_judging(observation.elapsed);
        self.metrics.recent.observe(&observation);
        Decided { decision, release: released(release) }
    }
}

/// What may go out, part by part.
pub(crate) fn released(release: Release) -> Vec<ReleasedPart> {
    release.parts.into_iter().map(|(part, text)| ReleasedPart { part, text }).collect()
}
