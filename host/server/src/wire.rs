//! The interfaces of language models as state machines: bytes of the upstream in, bytes for the client out. No sockets, no
//! clock, no async.

mod answer;
mod chat;
mod json;
mod messages;
mod responses;
mod sse;
mod transcoder;
mod websocket;

use serde_json::Value;

pub use answer::{Answer, Channel, Ended, Piece, Slot, TextJudge};
pub use chat::ChatKind;
pub(crate) use json::{error_object, is_id, is_tool_name};
pub use sse::{SseError, SseItem, SseParser, write_event, write_keep_alive};
pub use transcoder::{AnswerStyle, BlockStyle, Finish, Progress, Transcoder};
pub use websocket::{FrameKind, SocketError, SocketItem, SocketParser, accept_key, write_frame};

/// One interface of language models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interface {
    /// OpenAI's chat completions.
    Chat,
    /// OpenAI's completions.
    Completions,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Messages,
}

impl Interface {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Completions, Self::Responses, Self::Messages];

    /// A streamed answer of this interface.
    pub fn transcoder(self, style: AnswerStyle, answer: Answer) -> Transcoder {
        let max_event = style.max_event;
        let format: Box<dyn transcoder::Format> = match self {
            Self::Chat => Box::new(chat::ChatFormat::new(ChatKind::Chat, style)),
            Self::Completions => Box::new(chat::ChatFormat::new(ChatKind::Completions, style)),
            Self::Responses => Box::new(responses::ResponsesFormat::new(style)),
            Self::Messages => Box::new(messages::MessagesFormat::new(style)),
        };
        Transcoder::new(format, answer, max_event)
    }

    /// A whole answer of this interface with what may go out of it. `answer` must be new.
    ///
    /// # Errors
    /// Where the answer is not what the interface says.
    pub fn rewrite(self, style: &AnswerStyle, body: &Value, answer: &mut Answer) -> Result<(Value, Ended), Finish> {
        match self {
            Self::Chat => chat::rewrite(ChatKind::Chat, style, body, answer),
            Self::Completions => chat::rewrite(ChatKind::Completions, style, body, answer),
            Self::Responses => responses::rewrite(style, body, answer),
            Self::Messages => messages::rewrite(style, body, answer),
        }
    }
}
