//! One exchange that goes through Envoy, as a state machine: messages of Envoy in, answers out, without any socket.

use std::sync::Arc;

use hyper::{HeaderMap, StatusCode};
use serde_json::Value;
use specialis::core::{Context, Event, EventKind, Level};
use specialis::{Session, Step};

use super::reading::Reading;
use super::wire::{
    Answered, Asked, BodyMode, BodyMutation, Common, CommonResponse, HeaderMutation, HeaderValueOption, Headers,
    HttpBody, HttpHeaders, HttpStatus, ImmediateResponse, Mutation, ProcessingRequest, ProcessingResponse,
    TrailersResponse,
};
use crate::app::App;
use crate::contracts::ReviewAs;
use crate::native::new_id;
use crate::proxy::{Prompt, SessionJudge, asks_for_label, n_choices, nothing, settle, tame};
use crate::serving::{Caller, Problem, context_of, implicit_label, read_json};
use crate::wire::{Answer, AnswerStyle, BlockStyle, Interface};

/// What figures and logs have in place of the path of a route.
const ROUTE: &str = "ext-proc";

/// One exchange.
pub(super) struct ExtExchange {
    app: Arc<App>,
    caller: Caller,
    tenant: String,
    /// How Envoy sends the body of the request, and that of the answer.
    modes: (BodyMode, BodyMode),
    stage: Stage,
}

/// How far it is.
enum Stage {
    /// Nothing came yet.
    Begun,
    /// The body of the request is awaited.
    Request { interface: Interface, headers: HeaderMap, body: Vec<u8> },
    /// The prompt was judged, and the upstream is asked.
    Asked { interface: Interface, body: Value, session: Box<Session>, decision: String },
    /// The answer comes.
    Answer(Reading),
    /// Nothing of it is judged, because the configuration says so.
    Passed,
    /// Everything was said; what still comes is thrown away.
    Over,
}

/// Which body it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Answer,
}

impl ExtExchange {
    pub(super) fn new(app: Arc<App>, caller: Caller, tenant: &str) -> Self {
        Self { app, caller, tenant: tenant.to_owned(), modes: Default::default(), stage: Stage::Begun }
    }

    /// Takes a message; what Envoy is answered. Only where a body goes both ways at once are there none or several.
    pub(super) fn take(&mut self, message: ProcessingRequest) -> Vec<ProcessingResponse> {
        if let Some(modes) = message.protocol_config {
            self.modes = (BodyMode::of(modes.request_body_mode), BodyMode::of(modes.response_body_mode));
        }
        let taken = match message.request {
            Some(Asked::RequestHeaders(headers)) => self.request_headers(&headers),
            Some(Asked::RequestBody(body)) => self.request_body(body),
            Some(Asked::ResponseHeaders(headers)) => self.response_headers(&headers),
            Some(Asked::ResponseBody(body)) => self.response_body(body),
            Some(Asked::RequestTrailers(_)) => self.request_trailers(),
            Some(Asked::ResponseTrailers(_)) => Ok(self.response_trailers()),
            None => Ok(Vec::new()),
        };
        taken.unwrap_or_else(|(interface, problem)| {
            self.stage = Stage::Over;
            let (status, body) = interface.problem_value(&problem);
            vec![immediate(status, &body)]
        })
    }

    /// Takes the end of the messages. An answer that was begun is decided on as far as it came.
    pub(super) fn abandon(self) {
        if let Stage::Answer(reading) = self.stage {
            reading.abandon();
        }
    }

    fn request_headers(&mut self, headers: &HttpHeaders) -> Taken {
        let named = headers.headers.clone().unwrap_or_default();
        let path = named.get(":path").unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let Some(interface) = Interface::ending(path) else { return self.unjudged() };
        let refused = |problem| Err((interface, problem));
        if self.modes.0 == BodyMode::None || self.modes.1 == BodyMode::None {
            let detail = "Envoy keeps bodies to itself; set `request_body_mode` and `response_body_mode`";
            return refused(Problem::failed(detail));
        }
        if headers.end_of_stream {
            return refused(Problem::unreadable("there is no body; send a request of the interface"));
        }
        // A compressed answer could not be read.
        let mut remove = vec!["accept-encoding".to_owned()];
        remove.extend(self.changes_length(Side::Request));
        self.stage = Stage::Request { interface, headers: header_map(&named), body: Vec::new() };
        let mutation = HeaderMutation { set_headers: Vec::new(), remove_headers: remove };
        Ok(vec![ProcessingResponse::of(Answered::RequestHeaders(with_headers(mutation)))])
    }

    /// The header that says how long a body is, where it would not fit any more. A body that Envoy has as a whole it counts anew.
    fn changes_length(&self, side: Side) -> Option<String> {
        let mode = if side == Side::Request { self.modes.0 } else { self.modes.1 };
        matches!(mode, BodyMode::Streamed | BodyMode::FullDuplex).then(|| "content-length".to_owned())
    }

    /// A request of which nobody here knows where its texts stand.
    fn unjudged(&mut self) -> Taken {
        if self.app.settings().config.contracts.unjudged_paths == ReviewAs::Block {
            let detail = "nothing is judged at this path, so it is closed; set `contracts.unjudged-paths` to open it";
            return Err((Interface::Chat, Problem::forbidden(detail)));
        }
        self.stage = Stage::Passed;
        Ok(vec![ProcessingResponse::of(Answered::RequestHeaders(Common::default()))])
    }

    fn request_body(&mut self, came: HttpBody) -> Taken {
        let Stage::Request { interface, body, .. } = &mut self.stage else { return Ok(self.echo(Side::Request, came)) };
        let interface = *interface;
        body.extend_from_slice(&came.body);
        let most = self.app.settings().config.bounds.body;
        if body.len() > most || (self.modes.0 == BodyMode::BufferedPartial && !came.end_of_stream) {
            let detail = format!("the body is longer than {most} bytes, or than Envoy keeps; send less at once");
            return Err((interface, Problem::too_large(detail)));
        }
        if !came.end_of_stream {
            return Ok(self.piece(Side::Request, Vec::new(), false));
        }
        let body = self.judge_prompt().map_err(|problem| (interface, problem))?;
        Ok(match body {
            Ok(body) => self.piece(Side::Request, body, true),
            Err(stopped) => vec![stopped],
        })
    }

    fn request_trailers(&mut self) -> Taken {
        let trailers = ProcessingResponse::of(Answered::RequestTrailers(TrailersResponse {}));
        let Stage::Request { interface, .. } = &self.stage else { return Ok(vec![trailers]) };
        let interface = *interface;
        if self.modes.0 != BodyMode::FullDuplex {
            let detail = "the request ends with trailers, behind which its body cannot be written; leave them out";
            return Err((interface, Problem::unreadable(detail)));
        }
        let body = self.judge_prompt().map_err(|problem| (interface, problem))?;
        Ok(match body {
            Ok(body) => [self.piece(Side::Request, body, false), vec![trailers]].concat(),
            Err(stopped) => vec![stopped],
        })
    }

    /// Judges the prompt: the body as it may go on, or the answer in its place.
    fn judge_prompt(&mut self) -> Result<Result<Vec<u8>, ProcessingResponse>, Problem> {
        let Stage::Request { interface, headers, body } = std::mem::replace(&mut self.stage, Stage::Over) else {
            return Err(Problem::failed("the body came before its headers"));
        };
        let mut body: Value = read_json(&body)?;
        let fields = body.as_object_mut().ok_or_else(|| Problem::unreadable("the body is no JSON object"))?;
        tame(interface, fields).map_err(Problem::unreadable)?;
        let prompt = Prompt::read(interface, &body).map_err(Problem::unreadable)?;
        let context = context_of(&self.caller, Context::default(), &headers)?;
        let id = new_id()?;
        let mut session = self.app.host.open(id, context);
        let judged = self.app.submit_for_review(&self.tenant, &mut session, prompt.event());
        settle(&self.app, &mut session, &judged.decision, &nothing);
        self.app.metrics.count_decision(&judged.decision);
        let decision = &judged.decision;
        tracing::info!(decision = %decision.id, kind = "prompt", verdict = decision.verdict.as_str(), route = ROUTE, "decided");
        if decision.verdict >= Level::Review || !prompt.apply(&judged.release, &mut body) {
            self.app.metrics.count_stopped(ROUTE);
            let (settings, status) = (self.app.settings(), StatusCode::BAD_REQUEST);
            let notice = &settings.config.contracts.notice;
            return Ok(Err(immediate(status, &interface.error_value(status, "content_filter", notice))));
        }
        let bytes = body.to_string().into_bytes();
        let decision = judged.decision.id;
        self.stage = Stage::Asked { interface, body, session: Box::new(session), decision };
        Ok(Ok(bytes))
    }

    fn response_headers(&mut self, headers: &HttpHeaders) -> Taken {
        let (interface, body, session, decision) = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Asked { interface, body, session, decision } => (interface, body, *session, decision),
            other @ (Stage::Begun | Stage::Request { .. } | Stage::Answer(_) | Stage::Passed | Stage::Over) => {
                self.stage = other;
                return Ok(vec![ProcessingResponse::of(Answered::ResponseHeaders(Common::default()))]);
            }
        };
        let named = headers.headers.clone().unwrap_or_default();
        if named.get("content-encoding").is_some_and(|encoding| encoding != "identity") {
            let detail = "the upstream compresses its answer although it was asked not to";
            return Err((interface, Problem::upstream(detail)));
        }
        let status = named.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0_u16);
        self.app.metrics.count_upstream(ROUTE, status);
        let mut set = vec![HeaderValueOption::new("x-specialis-decision", &decision)];
        let reading = if (200..300).contains(&status) {
            let (judge, label) = self.judge_of(session);
            set.extend(label.map(|label| HeaderValueOption::new("aigc", &label)));
            let settings = self.app.settings();
            let style = AnswerStyle {
                block: BlockStyle::Filter,
                notice: settings.config.contracts.notice.clone(),
                n_choices: n_choices(&body),
                max_event: settings.config.bounds.stream_event,
            };
            let is_stream = named.get("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"));
            Reading::new(interface, style, Answer::new(Box::new(judge)), is_stream)
        } else {
            Reading::error(interface, status)
        };
        self.stage = Stage::Answer(reading);
        let remove_headers = self.changes_length(Side::Answer).into_iter().collect();
        let mutation = HeaderMutation { set_headers: set, remove_headers };
        Ok(vec![ProcessingResponse::of(Answered::ResponseHeaders(with_headers(mutation)))])
    }

    /// Begins to judge the answer; with it comes the implicit label, where that is due.
    fn judge_of(&self, session: Session) -> (SessionJudge, Option<String>) {
        let mut stream = session.into_stream(Event::new(EventKind::Output));
        let asks = |step: &Step| matches!(step, Step::Decision(decision) if asks_for_label(decision));
        let is_due = stream.steps().iter().any(asks);
        let settings = self.app.settings();
        let producer = settings.config.label_producer.as_deref().filter(|_| is_due);
        let label = producer.and_then(|producer| implicit_label(producer, stream.session().id().as_str()));
        let route = (Arc::from(ROUTE), self.tenant.as_str());
        (SessionJudge::new(self.app.clone(), stream, route, label.is_some()), label)
    }

    fn response_body(&mut self, came: HttpBody) -> Taken {
        let most = self.app.settings().config.bounds.answer;
        let Stage::Answer(reading) = &mut self.stage else { return Ok(self.echo(Side::Answer, came)) };
        let is_cut = self.modes.1 == BodyMode::BufferedPartial && !came.end_of_stream;
        let mut out = Vec::new();
        let is_over = if is_cut {
            reading.cut(&mut out);
            true
        } else {
            reading.push(&came.body, most, &mut out) || (came.end_of_stream && reading.end(&mut out))
        };
        if is_over {
            self.stage = Stage::Over;
        }
        Ok(self.piece(Side::Answer, out, is_over))
    }

    fn response_trailers(&mut self) -> Vec<ProcessingResponse> {
        let trailers = ProcessingResponse::of(Answered::ResponseTrailers(TrailersResponse {}));
        let Stage::Answer(mut reading) = std::mem::replace(&mut self.stage, Stage::Over) else { return vec![trailers] };
        let mut out = Vec::new();
        reading.end(&mut out);
        if self.modes.1 != BodyMode::FullDuplex {
            // Behind a body that Envoy sent piece by piece nothing can be written any more.
            return vec![trailers];
        }
        [self.piece(Side::Answer, out, false), vec![trailers]].concat()
    }

    /// What is answered to a piece of a body that is not judged: as it came, or nothing of it once everything was said.
    fn echo(&self, side: Side, came: HttpBody) -> Vec<ProcessingResponse> {
        let mode = if side == Side::Request { self.modes.0 } else { self.modes.1 };
        match (&self.stage, mode) {
            (Stage::Passed, BodyMode::FullDuplex) => self.piece(side, came.body, came.end_of_stream),
            (Stage::Passed, _) => vec![of_body(side, CommonResponse::default())],
            (_, BodyMode::FullDuplex) => Vec::new(),
            (_, _) => self.piece(side, Vec::new(), came.end_of_stream),
        }
    }

    /// A piece of a body in the place of the one that came.
    fn piece(&self, side: Side, bytes: Vec<u8>, is_last: bool) -> Vec<ProcessingResponse> {
        let mode = if side == Side::Request { self.modes.0 } else { self.modes.1 };
        let mutation = match mode {
            BodyMode::FullDuplex if bytes.is_empty() && !is_last => return Vec::new(),
            BodyMode::FullDuplex => Mutation::Streamed(HttpBody { body: bytes, end_of_stream: is_last }),
            BodyMode::None | BodyMode::Streamed | BodyMode::Buffered | BodyMode::BufferedPartial
                if bytes.is_empty() =>
            {
                Mutation::ClearBody(true)
            }
            BodyMode::None | BodyMode::Streamed | BodyMode::Buffered | BodyMode::BufferedPartial => {
                Mutation::Body(bytes)
            }
        };
        let body_mutation = Some(BodyMutation { mutation: Some(mutation) });
        vec![of_body(side, CommonResponse { header_mutation: None, body_mutation })]
    }
}

/// What came of a message: answers, or why the exchange ends here, in the form of its interface.
type Taken = Result<Vec<ProcessingResponse>, (Interface, Problem)>;

impl Interface {
    /// The interface that a path names with its end.
    fn ending(path: &str) -> Option<Self> {
        // The longer end first: both name completions.
        let ends = [
            ("/chat/completions", Self::Chat),
            ("/completions", Self::Completions),
            ("/responses", Self::Responses),
            ("/messages", Self::Messages),
        ];
        ends.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, interface)| interface)
    }
}

fn of_body(side: Side, response: CommonResponse) -> ProcessingResponse {
    let common = Common { response: Some(response) };
    ProcessingResponse::of(match side {
        Side::Request => Answered::RequestBody(common),
        Side::Answer => Answered::ResponseBody(common),
    })
}

fn with_headers(mutation: HeaderMutation) -> Common {
    Common { response: Some(CommonResponse { header_mutation: Some(mutation), body_mutation: None }) }
}

/// An answer in the place of everything else.
fn immediate(status: StatusCode, body: &Value) -> ProcessingResponse {
    let json = HeaderValueOption::new("content-type", "application/json");
    ProcessingResponse::of(Answered::Immediate(ImmediateResponse {
        status: Some(HttpStatus { code: i32::from(status.as_u16()) }),
        headers: Some(HeaderMutation { set_headers: vec![json], remove_headers: Vec::new() }),
        body: body.to_string().into_bytes(),
        details: "specialis".to_owned(),
    }))
}

/// Headers as they are looked up for facts. Those of the protocol, and what cannot be one, are left out.
fn header_map(headers: &Headers) -> HeaderMap {
    let named = headers.headers.iter().filter_map(|header| {
        let value = headers.get(&header.key)?;
        Some((header.key.parse::<hyper::header::HeaderName>().ok()?, value.parse().ok()?))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interface_is_named_by_the_end_of_the_path() {
        let table = [
            ("/v1/chat/completions", Some(Interface::Chat)),
            ("/openai/deployments/x/completions", Some(Interface::Completions)),
            ("/v1/responses", Some(Interface::Responses)),
            ("/anthropic/v1/messages", Some(Interface::Messages)),
            ("/v1/models", None),
            ("/v1/responses/r-1", None),
        ];
        for (path, interface) in table {
            assert_eq!(Interface::ending(path), interface, "{path}");
        }
    }

    #[test]
    fn headers_of_the_protocol_are_no_facts() {
        let header = |key: &str, value: &str| HeaderValueOption::new(key, value).header.unwrap();
        let headers = Headers { headers: vec![header(":path", "/x"), header("X-User-Age", "14-17")] };
        let map = header_map(&headers);
        assert_eq!((map.len(), map["x-user-age"].to_str().unwrap()), (1, "14-17"));
        assert_eq!(headers.get(":path"), Some("/x"));
    }
}
