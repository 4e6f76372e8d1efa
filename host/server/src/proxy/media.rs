//! Routes whose answers are media: pictures and speech. The bytes leave with the implicit label written into them and, where it is
//! due, the explicit mark drawn or sounded; what cannot be labelled does not leave.

mod kind;
mod mark;
mod spool;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use data_encoding::BASE64;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Request, StatusCode};
use serde_json::{Value, json};
use specialis::core::words::{Direction, MediaOperation, Medium};
use specialis::core::{Decision, Event, EventFacts, Level, Measure, Obligation, Part, kinds};
use specialis::{Judged, Session};
use specialis_label::Label;

use super::envelope::json_response;
use super::judge::{is_implicit_label, measures, settle};
use super::pass::{Answered, Exchange};
use super::received::{Admitted, Received};
use crate::app::App;
use crate::native::RequestTurn;
use crate::reviews::{KeptFile, QueueError};
use crate::serving::{Problem, RouteTo};
use crate::wire::{Interface, is_id};
pub(crate) use kind::MediaRoute;
use mark::Due;
use spool::Spool;

/// How many bytes of media may wait for a person, of one decision: they are held in memory when they are encrypted and shown.
const MAX_KEPT: u64 = 32 << 20;

/// Passes a request for media on to the upstream of its route, if its prompt may go there.
pub(super) async fn pass_on(app: Arc<App>, to: Arc<RouteTo>, route: MediaRoute, request: Request<Body>) -> Response {
    let answered = exchange(app, to, route, request).await;
    answered.unwrap_or_else(|problem| Interface::Chat.problem(&problem))
}

async fn exchange(
    app: Arc<App>,
    to: Arc<RouteTo>,
    route: MediaRoute,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let received = Received::of(&app, request, |body| route.prompt(body)).await?;
    let admitted = received.judge(&app, &to.route.path).await?;
    let Admitted { headers, query, body, session, span, turn, decision, may_pass } = admitted;
    let exchange = Exchange { app, to, interface: Interface::Chat, body, prompt: decision, span };
    exchange.name_span("generate_content");
    if !may_pass {
        return Ok(exchange.with_decision(stopped(&exchange)));
    }
    let upstream = match exchange.ask(route.endpoint(), (&headers, query.as_deref())).await? {
        Ok(upstream) => upstream,
        Err(refused) => return Ok(refused),
    };
    let media = match route {
        MediaRoute::Images => Media::pictures(&exchange.collect(upstream.body).await?)?,
        MediaRoute::Speech => Media::speech(&exchange, upstream).await?,
    };
    let response = match exchange.judge_media(session, media, turn.tenant()).await? {
        Some(Labelled { media, decision }) => media.into_response(&decision, turn)?,
        None => stopped(&exchange),
    };
    Ok(exchange.with_decision(response))
}

/// What is answered where nothing may go out. There is no ready answer of pictures or sound.
fn stopped(exchange: &Exchange) -> Response {
    let route = &exchange.to.route;
    exchange.app.metrics.count_stopped(&route.path);
    Interface::Chat.error(StatusCode::BAD_REQUEST, "content_filter", &route.notice)
}

/// What an upstream made.
enum Media {
    Pictures {
        /// What the answer says beside them.
        answer: Value,
        pictures: Vec<Picture>,
    },
    Speech {
        sound: Spool,
        kind: HeaderValue,
        /// What is spoken.
        text: String,
    },
}

/// One picture.
struct Picture {
    file: Spool,
    /// The prompt that the model made of the user's.
    prompt: Option<String>,
}

/// Media with their labels.
struct Labelled {
    media: Media,
    decision: Decision,
}

impl Media {
    /// Reads an answer of pictures.
    fn pictures(body: &[u8]) -> Result<Self, Problem> {
        let unreadable = || Problem::upstream("the upstream answers with something that is no list of pictures");
        let body: Value = serde_json::from_slice(body).map_err(|_| unreadable())?;
        let mut pictures = Vec::new();
        for picture in body.get("data").and_then(Value::as_array).ok_or_else(unreadable)? {
            let encoded = picture.get("b64_json").and_then(Value::as_str).ok_or_else(|| {
                Problem::upstream(
                    "the upstream answers with an address, behind which the picture has no label; ask for `\"response_format\": \"b64_json\"`",
                )
            })?;
            let bytes = BASE64.decode(encoded.as_bytes()).map_err(|_| unreadable())?;
            let prompt = picture.get("revised_prompt").and_then(Value::as_str).map(str::to_owned);
            pictures.push(Picture { file: Spool::of(bytes), prompt });
        }
        // Fields that hold no text.
        let mut answer = json!({ "created": body.get("created").and_then(Value::as_u64).unwrap_or_default() });
        for name in ["background", "output_format", "quality", "size"] {
            if let (Some(Value::String(word)), Some(answer)) = (body.get(name), answer.as_object_mut())
                && is_id(word)
            {
                answer.insert(name.to_owned(), json!(word));
            }
        }
        Ok(Self::Pictures { answer, pictures })
    }

    /// Takes an answer of sound in.
    async fn speech(exchange: &Exchange, upstream: Answered) -> Result<Self, Problem> {
        let octets = HeaderValue::from_static("application/octet-stream");
        let kind = upstream.headers.get(CONTENT_TYPE).cloned().unwrap_or(octets);
        if kind.as_bytes().starts_with(b"text/event-stream") {
            return Err(Problem::upstream("the upstream streams events although it was not asked to"));
        }
        let (bounds, timeouts) = exchange.app.limits();
        let sound = spool::fill(upstream.body, &bounds, &timeouts).await?;
        let text = exchange.body.get("input").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self::Speech { sound, kind, text })
    }

    /// The event to judge: what left the model, with the text that is known of it.
    fn event(&self) -> Event {
        let facts = kinds::Media {
            direction: Some(Direction::Out),
            operation: Some(MediaOperation::Generate),
            ..kinds::Media::default()
        };
        let part = |medium, text: Option<String>| Part { medium: Some(medium), text, ..Part::text("") };
        let parts = match self {
            Self::Pictures { pictures, .. } => {
                pictures.iter().map(|picture| part(Medium::Image, picture.prompt.clone())).collect()
            }
            Self::Speech { text, .. } => vec![part(Medium::Audio, Some(text.clone()))],
        };
        Event { parts, ..EventFacts::Media(facts).into() }
    }

    /// Puts what may go out of its texts in their place. False where something may not: a sound cannot be masked.
    fn take_release(&mut self, judged: &Judged) -> bool {
        match self {
            Self::Pictures { pictures, .. } => {
                let mut with_text = pictures.iter_mut().zip(0_u32..).filter(|(picture, _)| picture.prompt.is_some());
                with_text.all(|(picture, part)| {
                    picture.prompt = judged.release.text(part).map(str::to_owned);
                    picture.prompt.is_some()
                })
            }
            Self::Speech { text, .. } => judged.release.text(0) == Some(text.as_str()),
        }
    }

    /// Its files as they wait for a person.
    fn kept(&mut self) -> Result<Vec<KeptFile>, QueueError> {
        let spoken = match self {
            Self::Pictures { .. } => None,
            Self::Speech { kind, .. } => Some(kind.to_str().unwrap_or_default().to_owned()),
        };
        let files = self.files();
        let n_bytes = files.iter().map(|file| file.n_bytes()).fold(0, u64::saturating_add);
        if n_bytes > MAX_KEPT {
            return Err(QueueError::Full);
        }
        let keep = |(file, part): (&mut Spool, u32)| -> Result<KeptFile, QueueError> {
            let bytes = file.read_all()?;
            let kind = spoken.clone().unwrap_or_else(|| picture_type(&bytes).to_owned());
            Ok(KeptFile { part, kind, data: BASE64.encode(&bytes) })
        };
        files.into_iter().zip(0_u32..).map(keep).collect()
    }

    /// Its files.
    fn files(&mut self) -> Vec<&mut Spool> {
        match self {
            Self::Pictures { pictures, .. } => pictures.iter_mut().map(|picture| &mut picture.file).collect(),
            Self::Speech { sound, .. } => vec![sound],
        }
    }

    fn into_response(self, decision: &Decision, turn: RequestTurn) -> Result<Response, Problem> {
        Ok(match self {
            Self::Pictures { mut answer, pictures } => {
                let data = pictures.into_iter().map(Picture::into_json).collect::<Result<Vec<_>, _>>()?;
                let note = json!({ "decision": decision.id, "verdict": decision.verdict.as_str(), "measures": measures(decision) });
                if let Some(answer) = answer.as_object_mut() {
                    answer.insert("data".to_owned(), json!(data));
                    answer.insert("specialis".to_owned(), note);
                }
                json_response(StatusCode::OK, &answer)
            }
            Self::Speech { sound, kind, .. } => {
                let n_bytes = sound.n_bytes();
                let mut response = Response::new(spool::send(sound, turn));
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(n_bytes));
                response
            }
        })
    }
}

impl Picture {
    /// As the answer has it.
    fn into_json(self) -> Result<Value, Problem> {
        let bytes = self.file.into_bytes();
        let bytes = bytes.map_err(|error| Problem::failed(format!("a picture cannot be read back: {error}")))?;
        let mut one = json!({ "b64_json": BASE64.encode(&bytes) });
        if let (Some(prompt), Some(one)) = (self.prompt, one.as_object_mut()) {
            one.insert("revised_prompt".to_owned(), json!(prompt));
        }
        Ok(one)
    }
}

impl Exchange {
    /// Judges media for a tenant and labels them. None where nothing of them may go out.
    async fn judge_media(
        &self,
        mut session: Session,
        mut media: Media,
        tenant: &str,
    ) -> Result<Option<Labelled>, Problem> {
        let (app, route, tenant) = (self.app.clone(), self.to.route.path.clone(), tenant.to_owned());
        let (settings, span) = (self.app.settings(), self.span.clone());
        let work = move || {
            let judged = session.submit(media.event());
            let decision = &judged.decision;
            app.metrics.count_decision(decision);
            if let Some(span) = span {
                span.decided(decision);
            }
            tracing::info!(decision = %decision.id, kind = "media", verdict = decision.verdict.as_str(), route, "decided");
            let may_go_out = decision.verdict < Level::Review && media.take_release(&judged);
            app.queue_media(&tenant, &session, decision, || Ok((media.event(), media.kept()?)));
            let labelled = if may_go_out {
                let of = (session.id().as_str(), settings.config.label_producer.as_deref());
                label_all(media.files(), decision, of)
            } else {
                Ok(())
            };
            let is_out = may_go_out && labelled.is_ok();
            settle(&app, &mut session, decision, &|measure| is_out && mark::is_on_the_bytes(measure));
            labelled.map(|()| is_out.then_some(Labelled { media, decision: judged.decision }))
        };
        self.app.judging.run_patiently(work).await?
    }
}

/// The type of a picture, by how its file begins.
fn picture_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => "application/octet-stream",
    }
}

/// Labels files that waited for a person as a decision on them asks.
///
/// # Errors
/// Where one cannot be labelled: none of them goes out.
pub(crate) fn label_kept(
    mut kept: Vec<KeptFile>,
    decision: &Decision,
    of: (&str, Option<&str>),
) -> Result<Vec<KeptFile>, Problem> {
    let unreadable = || Problem::failed("a file that waited cannot be read back");
    let bytes = kept.iter().map(|file| BASE64.decode(file.data.as_bytes()).map(Spool::of));
    let mut files: Vec<Spool> = bytes.collect::<Result<_, _>>().map_err(|_| unreadable())?;
    label_all(files.iter_mut().collect(), decision, of)?;
    for (kept, file) in kept.iter_mut().zip(files) {
        kept.data = BASE64.encode(&file.into_bytes().map_err(|_| unreadable())?);
    }
    Ok(kept)
}

/// Labels the files of media as a decision on them asks.
fn label_all(files: Vec<&mut Spool>, decision: &Decision, (id, producer): (&str, Option<&str>)) -> Result<(), Problem> {
    let asked: Vec<&Measure> = decision
        .obligations
        .iter()
        .filter_map(|due| match &due.obligation {
            Obligation::Measure(measure) => Some(measure),
            Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => None,
        })
        .collect();
    let is_implicit = asked.iter().any(|measure| is_implicit_label(measure));
    let wording = asked.iter().find_map(|measure| mark::wording(measure));
    for (file, n) in files.into_iter().zip(1_usize..) {
        let label = if is_implicit {
            let producer = producer.ok_or_else(|| {
                Problem::failed("an implicit label is due and nobody is named as producer; set `label-producer`")
            })?;
            let label = Label::generated(producer, &format!("{id}-{n}"));
            Some(label.map_err(|error| Problem::failed(format!("no label can be made: {error}")))?)
        } else {
            None
        };
        Due { label, wording: wording.clone() }.put_on(file).map_err(|trouble| {
            tracing::warn!(error = trouble, "what an upstream made cannot be labelled; it does not go out");
            Problem::upstream(format!("what the upstream made cannot be labelled, so it does not go out: {trouble}"))
        })?;
    }
    Ok(())
}
