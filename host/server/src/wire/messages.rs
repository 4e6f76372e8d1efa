//! Anthropic's messages, streamed and whole.
//!
//! Blocks are written anew and numbered as they are written. A block ends when the whole was judged; the calls of tools are
//! written then, each in one piece. The signature of a thinking block goes out only where its text is what was signed.

mod whole;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Channel, Piece, Slot};
use super::json::{copy_plain, error_object, is_id, is_tool_name, number, numbers, text, word};
use super::sse::write_event;
use super::transcoder::{AnswerStyle, BlockStyle, End, Finish, Flow, Format};
use whole::is_sealed;
pub(crate) use whole::rewrite;

/// The fields of a message that are passed on as they are.
const HEAD: &[&str] = &["id", "type", "role", "model"];
/// The most blocks that are followed.
const MAX_BLOCKS: usize = 1_024;

/// The interface, as it streams.
pub(crate) struct MessagesFormat {
    style: AnswerStyle,
    has_started: bool,
    blocks: Vec<Block>,
    /// The blocks of the upstream that are followed, by its numbers.
    by_index: BTreeMap<u32, usize>,
    n_written: u32,
    stop_reason: Option<String>,
    usage: Option<Value>,
    is_last: bool,
}

/// One block of the upstream.
struct Block {
    kind: Kind,
    /// Its number on the way to the client, once it was begun there.
    written_as: Option<u32>,
    /// What came of it, where it must be compared with what goes out.
    original: String,
    released: String,
}

/// What a block is.
enum Kind {
    Text(Channel),
    Thinking {
        channel: Channel,
        signature: String,
    },
    /// Thinking that only the provider can read.
    Sealed(String),
    Call {
        channel: Channel,
        id: String,
        name: String,
    },
}

impl Block {
    fn channel(&self) -> Option<Channel> {
        match &self.kind {
            Kind::Text(channel) | Kind::Thinking { channel, .. } | Kind::Call { channel, .. } => Some(*channel),
            Kind::Sealed(_) => None,
        }
    }
}

impl MessagesFormat {
    pub(crate) fn new(style: AnswerStyle) -> Self {
        Self {
            style,
            has_started: false,
            blocks: Vec::new(),
            by_index: BTreeMap::new(),
            n_written: 0,
            stop_reason: None,
            usage: None,
            is_last: false,
        }
    }

    fn start(&mut self, message: &Value, out: &mut Vec<u8>) {
        let mut head = Map::new();
        copy_plain(message, &mut head, HEAD);
        head.insert("content".to_owned(), json!([]));
        head.insert("stop_reason".to_owned(), Value::Null);
        head.insert("stop_sequence".to_owned(), Value::Null);
        head.insert("usage".to_owned(), message.get("usage").map_or_else(|| json!({}), numbers));
        self.has_started = true;
        write(out, "message_start", json!({ "type": "message_start", "message": head }));
    }

    fn begin_block(&mut self, event: &Value, answer: &mut Answer, out: &mut Vec<u8>) -> Result<(), Finish> {
        let Some(index) = number(event, "index") else { return Ok(()) };
        let block = event.get("content_block").unwrap_or(&Value::Null);
        if self.blocks.len() >= MAX_BLOCKS {
            return Err(Finish::broken("the upstream sent more blocks than are followed"));
        }
        let next = |is_it: fn(&Kind) -> bool| {
            u32::try_from(self.blocks.iter().filter(|block| is_it(&block.kind)).count()).unwrap_or(u32::MAX)
        };
        let kind = match text(block, "type") {
            Some("text") => Kind::Text(Channel::Text(next(|kind| matches!(kind, Kind::Text(_))))),
            Some("thinking") => Kind::Thinking {
                channel: Channel::Reasoning(next(|kind| matches!(kind, Kind::Thinking { .. }))),
                signature: text(block, "signature").unwrap_or_default().to_owned(),
            },
            Some("redacted_thinking") => match text(block, "data").filter(|data| is_sealed(data)) {
                Some(data) => Kind::Sealed(data.to_owned()),
                None => return Ok(()),
            },
            Some("tool_use") => {
                let (id, name) = (text(block, "id").filter(|id| is_id(id)), text(block, "name"));
                let (Some(id), Some(name)) = (id, name.filter(|name| is_tool_name(name))) else {
                    return Err(Finish::broken("the upstream called a tool without a usable name"));
                };
                let channel = Channel::ToolArguments(next(|kind| matches!(kind, Kind::Call { .. })));
                Kind::Call { channel, id: id.to_owned(), name: name.to_owned() }
            }
            // What nobody here knows is not passed on.
            _ => return Ok(()),
        };
        let first = text(block, "text").or_else(|| text(block, "thinking")).unwrap_or_default().to_owned();
        self.by_index.insert(index, self.blocks.len());
        self.blocks.push(Block { kind, written_as: None, original: String::new(), released: String::new() });
        self.push(index, &first, answer, out);
        Ok(())
    }

    fn delta(&mut self, event: &Value, answer: &mut Answer, out: &mut Vec<u8>) {
        let Some(index) = number(event, "index") else { return };
        let delta = event.get("delta").unwrap_or(&Value::Null);
        let more = match text(delta, "type") {
            Some("text_delta") => text(delta, "text"),
            Some("thinking_delta") => text(delta, "thinking"),
            Some("input_json_delta") => text(delta, "partial_json"),
            Some("signature_delta") => {
                let block = self.by_index.get(&index).and_then(|at| self.blocks.get_mut(*at));
                if let (Some(Block { kind: Kind::Thinking { signature, .. }, .. }), Some(more)) =
                    (block, text(delta, "signature"))
                {
                    signature.push_str(more);
                }
                None
            }
            // Citations repeat the text that they cite.
            _ => None,
        };
        self.push(index, more.unwrap_or_default(), answer, out);
    }

    fn push(&mut self, index: u32, text: &str, answer: &mut Answer, out: &mut Vec<u8>) {
        let Some(block) = self.by_index.get(&index).and_then(|at| self.blocks.get_mut(*at)) else { return };
        if matches!(block.kind, Kind::Thinking { .. }) {
            block.original.push_str(text);
        }
        let Some(channel) = block.channel() else { return };
        let pieces = answer.push(Slot::only(channel), text);
        self.write_pieces(pieces, out);
    }

    fn write_pieces(&mut self, pieces: Vec<Piece>, out: &mut Vec<u8>) {
        for piece in pieces {
            let Piece::Text(slot, text) = piece else { continue };
            let Some(at) = self.blocks.iter().position(|block| block.channel() == Some(slot.channel)) else { continue };
            let Some(block) = self.blocks.get_mut(at) else { continue };
            let delta = match &block.kind {
                Kind::Text(_) => json!({ "type": "text_delta", "text": text }),
                Kind::Thinking { .. } => json!({ "type": "thinking_delta", "thinking": text }),
                Kind::Sealed(_) => continue,
                Kind::Call { .. } => {
                    block.released.push_str(&text);
                    continue;
                }
            };
            block.released.push_str(&text);
            let index = self.write_start(at, out);
            write_delta(out, index, delta);
        }
    }

    /// Begins a block on the way to the client, where it was not begun, and returns its number there.
    fn write_start(&mut self, at: usize, out: &mut Vec<u8>) -> u32 {
        let next = self.n_written;
        let Some(block) = self.blocks.get_mut(at) else { return next };
        if let Some(index) = block.written_as {
            return index;
        }
        block.written_as = Some(next);
        self.n_written = next.saturating_add(1);
        let content = match &block.kind {
            Kind::Text(_) => json!({ "type": "text", "text": "" }),
            Kind::Thinking { .. } => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Kind::Sealed(data) => json!({ "type": "redacted_thinking", "data": data }),
            Kind::Call { id, name, .. } => json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
        };
        write_start(out, next, content);
        next
    }

    /// Ends a block: what is missing of it, and its end.
    fn write_block_end(&mut self, at: usize, is_closed: bool, out: &mut Vec<u8>) {
        let Some(block) = self.blocks.get(at) else { return };
        let last = match &block.kind {
            Kind::Text(_) if block.written_as.is_none() => return,
            Kind::Text(_) => None,
            Kind::Thinking { .. } if block.written_as.is_none() => return,
            Kind::Thinking { signature, .. } => {
                let is_as_signed = block.original == block.released && is_sealed(signature);
                is_as_signed.then(|| json!({ "type": "signature_delta", "signature": signature }))
            }
            Kind::Sealed(_) | Kind::Call { .. } if is_closed => return,
            Kind::Sealed(_) => None,
            Kind::Call { .. } => Some(json!({ "type": "input_json_delta", "partial_json": block.released })),
        };
        let index = self.write_start(at, out);
        if let Some(delta) = last {
            write_delta(out, index, delta);
        }
        write_stop(out, index);
    }

    fn write_notice(&mut self, out: &mut Vec<u8>) {
        if self.style.notice.is_empty() {
            return;
        }
        let index = self.n_written;
        self.n_written = index.saturating_add(1);
        write_start(out, index, json!({ "type": "text", "text": "" }));
        write_delta(out, index, json!({ "type": "text_delta", "text": self.style.notice }));
        write_stop(out, index);
    }
}

impl Format for MessagesFormat {
    fn event(
        &mut self,
        (_, data): (Option<&str>, &str),
        answer: &mut Answer,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Finish> {
        let event: Value =
            serde_json::from_str(data).map_err(|_| Finish::broken("the upstream sent an event that is not JSON"))?;
        match text(&event, "type") {
            Some("message_start") => self.start(event.get("message").unwrap_or(&Value::Null), out),
            Some("content_block_start") => self.begin_block(&event, answer, out)?,
            Some("content_block_delta") => self.delta(&event, answer, out),
            Some("message_delta") => {
                self.stop_reason = event.get("delta").and_then(|delta| word(delta, "stop_reason"));
                self.usage = event.get("usage").map(numbers);
            }
            Some("message_stop") => {
                self.is_last = true;
                return Ok(Flow::Last);
            }
            Some("ping") => write(out, "ping", json!({ "type": "ping" })),
            Some("error") => return Err(Finish::Broken(error_object(event.get("error").unwrap_or(&Value::Null)))),
            _ => {}
        }
        Ok(Flow::More)
    }

    fn is_stopped(&self, answer: &Answer) -> bool {
        answer.is_closed(0)
    }

    fn is_complete(&self) -> bool {
        self.is_last || self.stop_reason.is_some()
    }

    fn finish(&mut self, mut end: End<'_>, out: &mut Vec<u8>) {
        self.write_pieces(std::mem::take(&mut end.pieces), out);
        let is_closed = end.answer.is_closed(0);
        for at in 0..self.blocks.len() {
            self.write_block_end(at, is_closed, out);
        }
        match end.finish {
            Finish::Broken(error) if !is_closed => {
                write(out, "error", json!({ "type": "error", "error": error }));
                return;
            }
            // Without its beginning a message cannot end.
            Finish::Complete | Finish::Stopped | Finish::Broken(_) if !self.has_started => {
                let error = json!({ "type": "api_error", "message": "the upstream sent no message" });
                write(out, "error", json!({ "type": "error", "error": error }));
                return;
            }
            Finish::Complete | Finish::Stopped | Finish::Broken(_) => {}
        }
        let reason = match (is_closed, self.style.block) {
            (true, BlockStyle::Filter) => "refusal".to_owned(),
            (true, BlockStyle::Answer) => {
                self.write_notice(out);
                "end_turn".to_owned()
            }
            (false, _) => self.stop_reason.take().unwrap_or_else(|| "end_turn".to_owned()),
        };
        let usage = self.usage.take().unwrap_or_else(|| json!({ "output_tokens": 0 }));
        let delta = json!({ "stop_reason": reason, "stop_sequence": null });
        let note = end.ended.note();
        write(
            out,
            "message_delta",
            json!({
                "type": "message_delta", "delta": delta, "usage": usage, "specialis": note,
            }),
        );
        write(out, "message_stop", json!({ "type": "message_stop" }));
    }
}

fn write(out: &mut Vec<u8>, name: &str, event: Value) {
    write_event(out, Some(name), &event.to_string());
}

fn write_start(out: &mut Vec<u8>, index: u32, block: Value) {
    write(out, "content_block_start", json!({ "type": "content_block_start", "index": index, "content_block": block }));
}

fn write_delta(out: &mut Vec<u8>, index: u32, delta: Value) {
    write(out, "content_block_delta", json!({ "type": "content_block_delta", "index": index, "delta": delta }));
}

fn write_stop(out: &mut Vec<u8>, index: u32) {
    write(out, "content_block_stop", json!({ "type": "content_block_stop", "index": index }));
}
