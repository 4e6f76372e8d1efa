//! What lexicons and detectors find in a text, without judging it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use hyper::Request;
use serde::{Deserialize, Serialize};
use specialis::text::{Form, Frame, Hit, HitOrigin, Index, Reader, Speaker, Utf16Offsets};

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
    let caller = app.caller(&request, Area::Native)?;
    let _turn = app.sessions.begin_request(&caller)?;
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
    let max = app.host.runtime().limits().event.hits;
    let scanned = move || {
        let hits = hits_of(edition.index(), (speaker, form), &text, max)
            .ok_or_else(|| Problem::too_large(format!("the text holds more than {max} finds; send it in parts")))?;
        Ok::<_, Problem>(Scanned { edition: edition.id().to_owned(), finds: finds(hits, &text) })
    };
    app.judging.run(scanned).await?.map(Json)
}

/// How many bytes are read before finds are counted.
const PIECE: usize = 16 << 10;

/// The hits of a text by place; nothing where there are more than `max`. The rest of such a text is not read.
fn hits_of(index: &Arc<Index>, (speaker, form): (Speaker, Form), text: &str, max: usize) -> Option<Vec<Hit>> {
    let mut reader = Reader::new(index.clone()).said_by(speaker).written_in(form).max_kept_back(usize::MAX);
    let mut hits: Vec<Hit> = Vec::new();
    let mut rest = text;
    loop {
        let is_end = rest.is_empty();
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE));
        rest = behind;
        let points = if is_end { reader.finish() } else { reader.push(piece).points };
        hits.extend(points.into_iter().flat_map(|point| point.hits));
        // One that resolves at several points is one find. So each time the list halves, or the text is refused.
        if is_end || hits.len() > max.saturating_mul(2) {
            hits.sort_unstable();
            hits.dedup();
            if hits.len() > max {
                return None;
            }
        }
        if is_end {
            return Some(hits);
        }
    }
}

/// What is told of hits.
fn finds(hits: Vec<Hit>, text: &str) -> Vec<Find> {
    let utf16 = Utf16Offsets::new(text, hits.iter().flat_map(|hit| [hit.start, hit.end]));
    hits.into_iter().map(|hit| Find::of(hit, &utf16)).collect()
}

impl Find {
    fn of(hit: Hit, utf16: &Utf16Offsets) -> Self {
        let utf16 = |at: usize| utf16.get(at).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use specialis::text::{IndexBuilder, Lexicon};

    use super::*;

    fn index() -> Arc<Index> {
        let lexicon = Lexicon::parse("l", "term,category\n赌博,a1.gambling\n".as_bytes()).unwrap();
        Arc::new(IndexBuilder::new().lexicon(&lexicon).build().unwrap())
    }

    #[test]
    fn text_is_scanned_as_a_whole_and_refused_beyond_the_bound() {
        let (index, how) = (index(), (Speaker::Model, Form::Plain));
        // Longer than a piece, with a find across the place where one ends.
        let text = format!("{}赌博。", "天气好，".repeat(PIECE / 12)) + &"赌博。".repeat(4_000);
        let whole = index.scan_as(&text, how.0, how.1).hits;
        assert_eq!(whole.len(), 4_001);
        assert_eq!(hits_of(&index, how, &text, 4_001), Some(whole));
        assert_eq!(hits_of(&index, how, &text, 4_000), None);
        assert_eq!(hits_of(&index, how, "", 0), Some(Vec::new()));
    }

    #[test]
    fn finds_stand_in_bytes_and_in_utf16() {
        let text = "😀赌博，赌博";
        let hits = hits_of(&index(), (Speaker::Model, Form::Plain), text, 9).unwrap();
        let places: Vec<_> = finds(hits, text).iter().map(|f| (f.start, f.end, f.start_utf16, f.end_utf16)).collect();
        assert_eq!(places, [(4, 10, 2, 4), (13, 19, 5, 7)]);
    }
}
