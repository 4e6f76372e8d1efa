//! Streams: lines of JSON in, lines of JSON out, both at once.
//!
//! The first line in may say more of the stream. Every other is a chunk of text, or an event of the session. Each line out is a
//! step; the last is the decision on the whole, or a problem. Over a WebSocket each line is a message.

mod line;
mod reader;
mod socket;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Request};
use specialis::core::{Event, EventKind, FactPlace};
use specialis::{OwnedStream, Session};
use tokio::sync::mpsc::Sender;

use super::decide::{host_session, session_id};
use super::store::{Open, RequestTurn, Taken};
use crate::app::App;
use crate::config::{Area, duration};
use crate::reviews::Transcript;
use crate::serving::{
    Caller, OpenOne, Phase, Problem, admit_event, check_sector_facts, context_of, outgoing, read_json,
};
use line::{Begin, LineIn, LineOut};
use reader::Lines;
use socket::Incoming;
pub(crate) use socket::{socket, socket_alone};

/// Streams into a session that is open.
#[utoipa::path(post, path = "/v1/sessions/{session}/streams", tag = "streams",
    params(("session" = String, Path, description = "The id of the session")),
    request_body(content = LineIn, content_type = "application/x-ndjson"), responses(
    (status = 200, description = "Steps, a line each", body = LineOut, content_type = "application/x-ndjson"),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn stream(
    State(app): State<Arc<App>>,
    Path(session): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let turn = app.sessions.begin_request(&caller)?;
    let mut input = Input::new(&app, Source::Body(request.into_body()));
    let (event, home) = begin_in(&app, &caller, &session, &mut input).await?;
    Ok(StreamTask { app, caller, input, home: Some(home), turn }.answer(event, None))
}

/// Begins a stream in a session that is open.
async fn begin_in(
    app: &Arc<App>,
    caller: &Caller,
    session: &str,
    input: &mut Input,
) -> Result<(Option<Event>, Taken), Problem> {
    let begin = input.begin().await?;
    if begin.session.is_some() || begin.context.is_some() {
        let detail = "the session is open: leave out `session` and `context`, or stream to /v1/streams";
        return Err(Problem::unreadable(detail));
    }
    Ok((begin.event, app.sessions.take(caller, session)?))
}

/// Streams into a session of its own.
#[utoipa::path(post, path = "/v1/streams", tag = "streams",
    request_body(content = LineIn, content_type = "application/x-ndjson"), responses(
    (status = 200, description = "Steps, a line each", body = LineOut, content_type = "application/x-ndjson"),
    (status = "default", description = "What went wrong, and what to do", body = crate::serving::ProblemBody,
     content_type = "application/problem+json"),
))]
pub(crate) async fn stream_alone(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Response, Problem> {
    let caller = app.caller(&request, Area::Native)?;
    let turn = app.sessions.begin_request(&caller)?;
    let headers = request.headers().clone();
    let mut input = Input::new(&app, Source::Body(request.into_body()));
    let (event, session) = begin_alone(&app, (&caller, &headers), &mut input).await?;
    Ok(StreamTask { app, caller, input, home: None, turn }.answer(event, Some(session)))
}

/// Begins a stream in a session of its own.
async fn begin_alone(
    app: &Arc<App>,
    (caller, headers): (&Caller, &HeaderMap),
    input: &mut Input,
) -> Result<(Option<Event>, Session), Problem> {
    let begin = input.begin().await?;
    let id = host_session(&session_id(begin.session)?)?;
    let context = context_of(caller, begin.context.unwrap_or_default(), headers)?;
    check_sector_facts(&app.host, &context.sector_facts, FactPlace::Context)?;
    if let Some(event) = &begin.event {
        check_sector_facts(&app.host, &event.sector_facts, FactPlace::Event(event.kind()))?;
    }
    let host = app.host.clone();
    let session = app.judging.run(move || host.open(id, context)).await?;
    Ok((begin.event, session))
}

/// Where lines come from.
enum Source {
    Body(Body),
    Socket(Incoming),
}

/// What comes in.
struct Input {
    source: Source,
    lines: Lines,
    ready: Vec<String>,
    piece: std::time::Duration,
    /// Bytes of all lines that came.
    n_bytes: usize,
}

impl Input {
    fn new(app: &App, source: Source) -> Self {
        let (bounds, timeouts) = app.limits();
        let lines = Lines::new(bounds.stream_event);
        Self { source, lines, ready: Vec::new(), piece: duration(timeouts.piece), n_bytes: 0 }
    }

    /// The next lines, or none at the end.
    async fn next(&mut self) -> Result<Option<Vec<String>>, Problem> {
        if !self.ready.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ready)));
        }
        let lines = self.come().await?;
        let n_bytes = lines.iter().flatten().map(String::len).fold(0, usize::saturating_add);
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        Ok(lines)
    }

    /// The next lines that come in, or none at the end.
    async fn come(&mut self) -> Result<Option<Vec<String>>, Problem> {
        loop {
            let late = |_| Problem::timeout("no line came in time; end the stream when it is over");
            let body = match &mut self.source {
                Source::Body(body) => body,
                Source::Socket(socket) => {
                    let line = tokio::time::timeout(self.piece, socket.next_line()).await.map_err(late)??;
                    return Ok(line.map(|line| vec![line]));
                }
            };
            match tokio::time::timeout(self.piece, body.frame()).await.map_err(late)? {
                Some(Ok(frame)) => {
                    if let Some(bytes) = frame.data_ref() {
                        let lines = self.lines.push(bytes)?;
                        if !lines.is_empty() {
                            return Ok(Some(lines));
                        }
                    }
                }
                Some(Err(_)) => return Err(Problem::unreadable("the stream broke off")),
                None => {
                    let last = self.lines.finish()?;
                    return Ok(last.map(|line| vec![line]));
                }
            }
        }
    }

    /// The first line, where it says more of the stream; otherwise it stays the first of the text.
    async fn begin(&mut self) -> Result<Begin, Problem> {
        let Some(mut lines) = self.next().await? else { return Ok(Begin::default()) };
        let first = lines.first().map(|line| read_json::<LineIn>(line.as_bytes())).transpose()?;
        let begin = match first {
            Some(LineIn::Begin(begin)) => {
                lines.remove(0);
                *begin
            }
            Some(LineIn::Chunk(_) | LineIn::Submit(_)) | None => Begin::default(),
        };
        self.ready = lines;
        Ok(begin)
    }
}

/// One stream while it runs.
struct StreamTask {
    app: Arc<App>,
    caller: Caller,
    input: Input,
    /// Where its session goes back to.
    home: Option<Taken>,
    /// Counts it for its tenant.
    turn: RequestTurn,
}

/// What a stream said, for a person who may have to see it.
struct Heard {
    event: Event,
    transcript: Transcript,
}

impl StreamTask {
    /// The answer, whose body is written as the stream goes on.
    fn answer(self, event: Option<Event>, session: Option<Session>) -> Response {
        let (sender, body) = outgoing();
        tokio::spawn(self.run(event, session, sender));
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        response
    }

    async fn run(mut self, event: Option<Event>, session: Option<Session>, sender: Sender<Bytes>) {
        let _open = OpenOne::of(&self.app.metrics.streams);
        let event = admit_event(&self.caller, event.unwrap_or_else(|| Event::new(EventKind::Output)));
        if let Err(problem) = self.judge(event, session, &sender).await {
            drop(sender.send(LineOut::problem(&problem)).await);
        }
    }

    async fn judge(&mut self, event: Event, session: Option<Session>, sender: &Sender<Bytes>) -> Result<(), Problem> {
        let mut kept = self.home.as_mut().and_then(Taken::open);
        let broke_off = || Problem::failed("the session is gone; open another one");
        let (session, kept) = match (session, kept.take()) {
            (Some(session), _) => (session, None),
            (None, Some(open)) => {
                let (session, kept) = (*open).split();
                (session, Some(kept))
            }
            (None, None) => return Err(broke_off()),
        };
        let mut heard =
            self.app.keeps_reviews().then(|| Heard { event: event.clone(), transcript: Transcript::default() });
        let work = move || {
            let mut stream = session.into_stream(event);
            let steps = stream.steps();
            (stream, steps)
        };
        let (mut stream, steps) = self.app.judging.run(work).await?;
        let mut out: Vec<u8> = steps.into_iter().flat_map(LineOut::step).collect();
        loop {
            if !out.is_empty() && sender.send(Bytes::from(std::mem::take(&mut out))).await.is_err() {
                return Ok(());
            }
            let lines = tokio::select! {
                lines = self.input.next() => lines?,
                () = sender.closed() => return Ok(()),
                () = self.app.shutdown.reached(Phase::Ending) => None,
            };
            let Some(lines) = lines else { break };
            let lines = lines.iter().map(|line| read_json(line.as_bytes())).collect::<Result<Vec<LineIn>, _>>()?;
            let caller = self.caller.clone();
            let app = self.app.clone();
            let work = move || {
                let mut out = Vec::new();
                let mut take = |line: LineIn| {
                    if let (Some(heard), LineIn::Chunk(chunk)) = (&mut heard, &line) {
                        heard.transcript.push(chunk.choice, chunk.channel.as_deref(), &chunk.text);
                    }
                    take(&app, &caller, &mut stream, line, &mut out)
                };
                let problem = lines.into_iter().find_map(&mut take);
                (stream, heard, out, problem)
            };
            let (back, text, written, problem) = self.app.judging.run_patiently(work).await?;
            (stream, heard) = (back, text);
            out = written;
            if let Some(problem) = problem {
                drop(sender.send(Bytes::from(out)).await);
                return Err(problem);
            }
        }
        let (app, tenant) = (self.app.clone(), self.turn.tenant().to_owned());
        let work = move || {
            let (session, judged) = stream.end();
            if let Some(Heard { event, transcript }) = heard {
                app.queue_review(&tenant, &session, &judged.decision, || (event, transcript));
            }
            (session, judged)
        };
        let (session, judged) = self.app.judging.run_patiently(work).await?;
        if let (Some(home), Some(mut kept)) = (self.home.take(), kept) {
            let (bounds, _) = self.app.limits();
            kept.keep(&judged.decision, bounds.decisions);
            kept.streamed(self.input.n_bytes);
            home.give_back(Box::new(Open::join(session, kept)), &bounds);
        }
        drop(sender.send(LineOut::end(self.app.decided(judged))).await);
        Ok(())
    }
}

/// Takes one line in, and writes the steps that it brings.
fn take(app: &App, caller: &Caller, stream: &mut OwnedStream, line: LineIn, out: &mut Vec<u8>) -> Option<Problem> {
    match line {
        LineIn::Chunk(chunk) => {
            let steps = stream.push(chunk.choice, chunk.channel.as_deref(), &chunk.text);
            out.extend(steps.into_iter().flat_map(LineOut::step));
            None
        }
        LineIn::Submit(submit) => {
            let judged = stream.submit(admit_event(caller, submit.submit));
            out.extend_from_slice(&LineOut::judged(app.decided(judged)));
            None
        }
        LineIn::Begin(_) => {
            Some(Problem::unreadable("only the first line may say more of the stream; this one has no text"))
        }
    }
}
