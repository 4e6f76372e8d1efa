//! The queue of content that a person has to see first.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use hyper::Request;
use serde::{Deserialize, Serialize};
use specialis::Release;
use specialis::core::words::ReviewOutcome;

use super::decide::{ReleasedPart, released};
use crate::app::App;
use crate::config::{Area, duration};
use crate::reviews::{KeptFile, Released, Review, Reviewer, ShownPart, State as ReviewState};
use crate::serving::{Caller, Problem, read_body, read_json};

/// A review, and what may go out once it is approved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ReviewPage {
    /// The review.
    #[serde(flatten)]
    review: Review,
    /// The text of each part that may go out; absent where nothing may.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Vec<ReleasedPart>>,
    /// The pictures and sounds that may go out, labelled.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<KeptFile>,
}

/// A person's answer.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// `approved` or `refused`.
    #[schema(value_type = String)]
    outcome: ReviewOutcome,
    /// The id of the decision whose content was opened.
    digest: String,
}

/// Whether a caller is told of a review: of those of its tenant, or of all whose content it may decide on.
fn sees(caller: &Caller, review: &Review) -> bool {
    caller.reviewer().map_or_else(|| caller.tenant() == review.tenant, |reviewer| reviewer.sees(review))
}

/// Lists what waits, the oldest first, and what became of the last that did.
#[utoipa::path(get, path = "/v1/reviews", tag = "reviews", responses(
    (status = 200, description = "The reviews of the caller's tenant, without content", body = Vec<Review>),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn reviews(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Vec<Review>>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let all = app.reviews()?.all();
    Ok(Json(all.into_iter().filter(|review| sees(&caller, review)).collect()))
}

/// Says how far a review is. Once it is approved, the text that may go out comes with it until it expires.
#[utoipa::path(get, path = "/v1/reviews/{decision}", tag = "reviews",
    params(("decision" = String, Path, description = "The id of the decision that asked for a person")), responses(
    (status = 200, description = "The review", body = ReviewPage),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn review(
    State(app): State<Arc<App>>,
    Path(decision): Path<String>,
    request: Request<Body>,
) -> Result<Json<ReviewPage>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let found = app.reviews()?.find(&decision).filter(|review| sees(&caller, review));
    let review = found.ok_or_else(|| Problem::not_found("nothing waits under this id any more"))?;
    if review.state != ReviewState::Approved {
        return Ok(Json(ReviewPage { review, release: None, files: Vec::new() }));
    }
    let shared = app.clone();
    let read = move || shared.reviews()?.release(&decision).map_err(Problem::from);
    let Released { parts, files } = app.judging.run(read).await??;
    Ok(Json(ReviewPage { review, release: Some(released(Release { parts })), files }))
}

/// Opens the content for a person. Every opening is recorded before anything is shown.
#[utoipa::path(post, path = "/v1/reviews/{decision}/open", tag = "reviews",
    params(("decision" = String, Path, description = "The id of the decision that asked for a person")), responses(
    (status = 200, description = "The texts", body = Vec<ShownPart>),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn open_review(
    State(app): State<Arc<App>>,
    Path(decision): Path<String>,
    request: Request<Body>,
) -> Result<Json<Vec<ShownPart>>, Problem> {
    let reviewer = reviewer(&app, &request)?;
    let shared = app.clone();
    let content = app.judging.run(move || shared.open_review(&reviewer, &decision)).await??;
    Ok(Json(content.parts()))
}

/// Takes a person's answer: an approval lets out what the live edition lets out to it, a refusal deletes the content.
#[utoipa::path(post, path = "/v1/reviews/{decision}/answers", tag = "reviews",
    params(("decision" = String, Path, description = "The id of the decision that asked for a person")),
    request_body = AnswerRequest, responses(
    (status = 200, description = "The review as it is now", body = Review),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn answer_review(
    State(app): State<Arc<App>>,
    Path(decision): Path<String>,
    request: Request<Body>,
) -> Result<Json<Review>, Problem> {
    let reviewer = reviewer(&app, &request)?;
    let (bounds, timeouts) = app.limits();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let AnswerRequest { outcome, digest } = read_json(&body)?;
    if outcome == ReviewOutcome::Expired {
        return Err(Problem::unreadable("`expired` is said by the clock; send `approved` or `refused`"));
    }
    let shared = app.clone();
    let answer = move || shared.answer_review(&reviewer, &decision, outcome, &digest);
    app.judging.run(answer).await?.map(Json)
}

/// Who decides with the token of a request.
fn reviewer(app: &App, request: &Request<Body>) -> Result<Reviewer, Problem> {
    let caller = app.caller(request, Area::Native)?;
    let refused = || Problem::forbidden("this token decides on no reviews; give it `name` and `reviews`");
    caller.reviewer().cloned().ok_or_else(refused)
}
