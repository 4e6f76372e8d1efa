//! What lexicons and detectors find in a text, without judging it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use hyper::Request;
use serde::{Deserialize, Serialize};
use specialis::text::{Form, Frame, Hit, HitOrigin, Speaker};

use crate::app::App;
use crate::config::{Area, duration};
use crate::serving::{Problem, read_body, read_json};

/// A text to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ScanRequest {
    /// The text.
    text: String,
    /// Who says it.
    #[serde(default)]
    said_by: SaidBy,
    /// What it is written as.
    #[serde(default)]
    written_as: WrittenAs,
}

/// Who says a text.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SaidBy {
    /// A user, or whoever else writes to the model.
    User,
    /// The model.
    #[default]
    Model,
}

/// What a text is written as.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WrittenAs {
    /// As it stands.
    #[default]
    Plain,
    /// A JSON value.
    Json,
    /// HTML.
    Html,
    /// Percent codes.
    Percent,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Scanned {
    /// The edition whose lexicons were read for.
    edition: String,
    /// Each find, in the order of places.
    finds: Vec<Find>,
}

/// One find. Places are in bytes of UTF-8, and in UTF-16 beside.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Find {
    start: usize,
    end: usize,
    start_utf16: usize,
    end_utf16: usize,
    category: String,
    weight: u32,
    /// `lexicon`, `detector` or `pattern`.
    kind: &'static str,
    /// Its name.
    name: String,
    /// Whether it is asked for, offered, or only spoken of.
    act: String,
    /// The frames it stands in.
    frames: Vec<String>,
    /// Whether the term itself is spoken of.
    is_mention: bool,
}

/// Finds what lexicons and detectors of the live edition find in a text.
#[utoipa::path(post, path = "/v1/scan", tag = "looking", request_body = ScanRequest, responses(
    (status = 200, description = "What was found", body = Scanned),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn scan(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Scanned>, Problem> {
    app.caller(request.headers(), Area::Native)?;
    let (bounds, timeouts) = app.limits();
    let body = read_body(request, bounds.body, duration(timeouts.body)).await?;
    let ScanRequest { text, said_by, written_as } = read_json(&body)?;
    let speaker = match said_by {
        SaidBy::User => Speaker::User,
        SaidBy::Model => Speaker::Model,
    };
    let form = match written_as {
        WrittenAs::Plain => Form::Plain,
        WrittenAs::Json => Form::Json,
        WrittenAs::Html => Form::Html,
        WrittenAs::Percent => Form::Percent,
    };
    let edition = app.host.edition();
    let scanned = move || {
        let mut hits = edition.index().scan_as(&text, speaker, form).hits;
        hits.sort_by_key(|hit| (hit.start, hit.end));
        let finds = hits.into_iter().map(|hit| Find::of(hit, &text)).collect();
        Scanned { edition: edition.id().to_owned(), finds }
    };
    Ok(Json(app.judging.run(scanned).await?))
}

impl Find {
    fn of(hit: Hit, text: &str) -> Self {
        let utf16 = |at: usize| text.get(..at).unwrap_or_default().encode_utf16().count();
        let (kind, name) = match &hit.origin {
            HitOrigin::Lexicon { lexicon, .. } => ("lexicon", lexicon.to_string()),
            HitOrigin::Detector(name) => ("detector", (*name).to_owned()),
            HitOrigin::Pattern(name) => ("pattern", name.to_string()),
        };
        Self {
            start: hit.start,
            end: hit.end,
            start_utf16: utf16(hit.start),
            end_utf16: utf16(hit.end),
            category: hit.category.to_string(),
            weight: hit.weight.into(),
            kind,
            name,
            act: hit.speech.act.as_str().to_owned(),
            frames: hit.speech.frames.iter().map(Frame::as_str).map(str::to_owned).collect(),
            is_mention: hit.speech.is_mention,
        }
    }
}
