//! A streamed answer on its way to the client: bytes of the upstream in, bytes for the client out, without any socket.

use std::fmt;

use super::answer::{Answer, Ended, Piece};
use super::sse::{SseItem, SseParser, write_keep_alive};
use serde_json::{Value, json};

/// How an answer that is stopped ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BlockStyle {
    /// As the interface has it for filtered content: `content_filter`, `incomplete` or `refusal`.
    #[default]
    Filter,
    /// As an ordinary answer with a notice at its end: many clients show only that well.
    Answer,
}

/// How answers of a route are written.
#[derive(Clone, Debug, Default)]
pub struct AnswerStyle {
    /// How one that is stopped ends.
    pub block: BlockStyle,
    /// What stands where text may not go out, with the style `answer`.
    pub notice: String,
    /// How many choices the client asked for; 0 counts as 1.
    pub n_choices: u32,
    /// How long an event of the upstream may be, in bytes.
    pub max_event: usize,
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The upstream said all.
    Complete,
    /// Nothing more may go out.
    Stopped,
    /// The upstream failed, or says what cannot be read. The error object goes to the client.
    Broken(Value),
}

impl Finish {
    /// An answer that breaks off for a reason of this server's own.
    pub fn broken(message: &str) -> Self {
        Self::Broken(json!({ "message": message, "type": "upstream_error", "code": "upstream_error" }))
    }
}

/// Whether more is wanted of the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The answer goes on.
    More,
    /// The client has its end; the upstream is to be cancelled.
    Finished,
}

/// What an event of the upstream means.
pub(crate) enum Flow {
    /// More comes.
    More,
    /// It was the last.
    Last,
}

/// One interface of language models, as it streams.
pub(crate) trait Format: Send {
    /// Takes one event of the upstream, has its text judged, and writes what may go out.
    fn event(&mut self, event: (Option<&str>, &str), answer: &mut Answer, out: &mut Vec<u8>) -> Result<Flow, Finish>;

    /// Whether nothing more can go out.
    fn is_stopped(&self, answer: &Answer) -> bool;

    /// Whether the upstream said all, as far as the interface lets one know.
    fn is_complete(&self) -> bool;

    /// Writes the end: what goes out last, how each choice ended, and what the interface closes with.
    fn finish(&mut self, end: End<'_>, out: &mut Vec<u8>);
}

/// What the end of an answer is written from.
pub(crate) struct End<'a> {
    pub(crate) finish: &'a Finish,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) ended: &'a Ended,
    pub(crate) answer: &'a Answer,
}

impl Ended {
    /// What the client is told of the decision, beside the answer.
    pub fn note(&self) -> Value {
        json!({ "decision": self.decision, "verdict": self.verdict.as_str(), "measures": self.measures })
    }
}

/// A streamed answer.
pub struct Transcoder {
    parser: SseParser,
    format: Box<dyn Format>,
    answer: Answer,
    ended: Option<Ended>,
}

impl fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcoder").field("answer", &self.answer).finish_non_exhaustive()
    }
}

impl Transcoder {
    pub(crate) fn new(format: Box<dyn Format>, answer: Answer, max_event: usize) -> Self {
        Self { parser: SseParser::new(max_event), format, answer, ended: None }
    }

    /// Takes bytes of the upstream, cut anywhere, and writes what goes to the client.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Progress {
        if self.ended.is_some() {
            return Progress::Finished;
        }
        match self.parser.push(bytes) {
            Ok(items) => items.into_iter().map(|item| self.take(item, out)).find(|at| *at == Progress::Finished),
            Err(error) => Some(self.finish(Finish::broken(&error.to_string()), out)),
        }
        .unwrap_or(Progress::More)
    }

    /// Takes the end of the upstream's bytes. An upstream that did not say all counts as broken.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let rest = self.parser.finish();
        if let Ok(Some(item)) = rest
            && self.take(item, out) == Progress::Finished
        {
            return;
        }
        let finish = if self.format.is_complete() {
            Finish::Complete
        } else {
            Finish::broken("the upstream ended its answer early; ask again")
        };
        self.finish(finish, out);
    }

    /// Ends the answer, whatever the upstream still says. What was read is judged and goes out as far as it may.
    pub fn finish(&mut self, finish: Finish, out: &mut Vec<u8>) -> Progress {
        if let Some((pieces, ended)) = self.answer.end() {
            self.format.finish(End { finish: &finish, pieces, ended: &ended, answer: &self.answer }, out);
            self.ended = Some(ended);
        }
        Progress::Finished
    }

    /// What the end brought, once it came.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    fn take(&mut self, item: SseItem, out: &mut Vec<u8>) -> Progress {
        if self.ended.is_some() {
            return Progress::Finished;
        }
        let flow = match &item {
            SseItem::KeepAlive => {
                write_keep_alive(out);
                return Progress::More;
            }
            SseItem::Event { name, data } => self.format.event((name.as_deref(), data), &mut self.answer, out),
        };
        match flow {
            Err(finish) => self.finish(finish, out),
            Ok(_) if self.format.is_stopped(&self.answer) => self.finish(Finish::Stopped, out),
            Ok(Flow::Last) => self.finish(Finish::Complete, out),
            Ok(Flow::More) => Progress::More,
        }
    }
}
