//! Explaining a decision in words.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use hyper::Request;
use serde::{Deserialize, Serialize};
use specialis::core::{Decision, Lang};

use crate::app::App;
use crate::config::{Area, duration};
use crate::serving::{Problem, read_body, read_json};

/// A decision to explain.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ExplainRequest {
    /// The decision, as it was returned.
    #[schema(value_type = crate::native::stand_in::AnyDecision)]
    decision: Box<Decision>,
    /// In which language.
    #[serde(default)]
    language: Language,
}

/// A language.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// A decision in words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Explained {
    /// The words.
    text: String,
    /// Whether the decision was made on the edition that is live now. The words of another may differ.
    is_of_live_edition: bool,
}

/// Explains a decision, article by article.
#[utoipa::path(post, path = "/v1/explain", tag = "looking", request_body = ExplainRequest, responses(
    (status = 200, description = "The decision in words", body = Explained),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn explain(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Explained>, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let _turn = app.sessions.begin_request(&caller)?;
    let (bounds, timeouts) = app.limits();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let ExplainRequest { decision, language } = read_json(&body)?;
    let lang = match language {
        Language::En => Lang::En,
        Language::Zh => Lang::Zh,
    };
    let edition = app.host.edition();
    let is_of_live_edition = decision.edition == edition.id();
    let work = move || specialis::core::explain(&decision, &*edition, lang);
    let text = app.judging.run(work).await?;
    Ok(Json(Explained { text: text.trim_end().to_owned(), is_of_live_edition }))
}
