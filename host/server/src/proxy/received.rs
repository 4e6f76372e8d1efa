//! A request that came in: read, counted for its tenant, and its prompt judged.

use std::sync::Arc;

use axum::body::Body;
use hyper::{HeaderMap, Request};
use serde_json::Value;
use specialis::Session;
use specialis::core::{Context, Decision, Level};

use super::judge::{nothing, settle};
use super::prompt::Prompt;
use crate::app::App;
use crate::config::{Area, duration};
use crate::native::{RequestTurn, new_id};
use crate::serving::{Problem, Span, context_of, read_body, read_json};

/// One request and what is known of it.
pub(super) struct Received {
    headers: HeaderMap,
    query: Option<String>,
    body: Value,
    prompt: Prompt,
    session: Session,
    span: Option<Span>,
    /// Counts it for its tenant, to the end of its answer.
    turn: RequestTurn,
}

/// A request whose prompt was judged.
pub(super) struct Admitted {
    pub(super) headers: HeaderMap,
    pub(super) query: Option<String>,
    /// The request, as it may reach the upstream.
    pub(super) body: Value,
    pub(super) session: Session,
    pub(super) span: Option<Span>,
    pub(super) turn: RequestTurn,
    pub(super) decision: Decision,
    pub(super) may_pass: bool,
}

impl Received {
    /// Reads a request; `read` finds its texts, and takes out what may not pass.
    ///
    /// # Errors
    /// Where it may not call, is too large, or cannot be judged.
    pub(super) async fn of(
        app: &Arc<App>,
        request: Request<Body>,
        read: impl FnOnce(&mut Value) -> Result<Prompt, String>,
    ) -> Result<Self, Problem> {
        let caller = app.caller(&request, Area::Proxy)?;
        let turn = app.sessions.begin_request(&caller)?;
        let (bounds, timeouts) = app.limits();
        let span = Span::of(&request);
        let (headers, query) = (request.headers().clone(), request.uri().query().map(str::to_owned));
        let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
        let mut body: Value = read_json(&body)?;
        if !body.is_object() {
            return Err(Problem::unreadable("the body is no JSON object; send a request of the interface"));
        }
        let prompt = read(&mut body).map_err(Problem::unreadable)?;
        let context = context_of(&caller, Context::default(), &headers)?;
        let id = new_id()?;
        let host = app.host.clone();
        let session = app.judging.run(move || host.open(id, context)).await?;
        Ok(Self { headers, query, body, prompt, session, span, turn })
    }

    /// Judges its prompt.
    ///
    /// # Errors
    /// Where too much waits to be judged.
    pub(super) async fn judge(self, app: &Arc<App>, route: &str) -> Result<Admitted, Problem> {
        let Self { headers, query, mut body, prompt, mut session, span, turn } = self;
        let (shared, tenant) = (app.clone(), turn.tenant().to_owned());
        let judged = app.judging.run(move || {
            let judged = shared.submit_for_review(&tenant, &mut session, prompt.event());
            settle(&shared, &mut session, &judged.decision, &nothing);
            let may_pass = judged.decision.verdict < Level::Review && prompt.apply(&judged.release, &mut body);
            (session, judged.decision, body, may_pass)
        });
        let (session, decision, body, may_pass) = judged.await?;
        app.metrics.count_decision(&decision);
        if let Some(span) = &span {
            span.decided_on_prompt(&decision);
        }
        tracing::info!(decision = %decision.id, kind = "prompt", verdict = decision.verdict.as_str(), route, "decided");
        Ok(Admitted { headers, query, body, session, span, turn, decision, may_pass })
    }
}
