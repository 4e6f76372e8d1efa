//! Chat completions and completions of OpenAI's interface, streamed and whole. DeepSeek, Qwen and many servers speak it too.
//!
//! Chunks are written anew from what is known of them, so that no field that nobody thought of carries text past the judge.
//! How a choice ended, and the calls of tools, are written at the end: until then a choice can still be stopped.

mod call;
mod whole;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Channel, Piece, Slot};
use super::json::{copy_plain, error_object, list, number, numbers, text, word};
use super::sse::write_event;
use super::transcoder::{AnswerStyle, BlockStyle, End, Finish, Flow, Format};
use call::{Call, FUNCTION_CALL, field_of, fragments, texts_of};
pub(crate) use whole::rewrite;

/// The fields of a chunk or an answer that are passed on as they are.
const HEAD: &[&str] = &["id", "object", "created", "model", "system_fingerprint", "service_tier"];
/// The most choices that are followed.
const MAX_CHOICES: u32 = 128;

/// Which of the two interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    /// `/chat/completions`.
    Chat,
    /// `/completions`.
    Completions,
}

/// Both interfaces, as they stream.
pub(crate) struct ChatFormat {
    kind: ChatKind,
    style: AnswerStyle,
    head: Map<String, Value>,
    choices: BTreeMap<u32, Choice>,
    usage: Option<Value>,
}

/// What is known of one choice.
#[derive(Default)]
struct Choice {
    has_role: bool,
    /// How the upstream says that it ended.
    finish: Option<String>,
    calls: BTreeMap<u32, Call>,
}

impl ChatFormat {
    pub(crate) fn new(kind: ChatKind, style: AnswerStyle) -> Self {
        Self { kind, style, head: Map::new(), choices: BTreeMap::new(), usage: None }
    }

    /// Takes one chunk.
    fn chunk(&mut self, chunk: &Value, answer: &mut Answer, out: &mut Vec<u8>) -> Result<(), Finish> {
        copy_plain(chunk, &mut self.head, HEAD);
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(numbers(usage));
        }
        for choice in list(chunk, "choices") {
            let index = number(choice, "index").unwrap_or(0);
            if index >= MAX_CHOICES {
                return Err(Finish::broken("the upstream sent more choices than are followed"));
            }
            let known = self.choices.entry(index).or_default();
            if text(choice, "finish_reason").is_some() {
                known.finish = Some(word(choice, "finish_reason").unwrap_or_else(|| "stop".to_owned()));
            }
            match self.kind {
                ChatKind::Completions => {
                    let pushed = text(choice, "text").map(|text| (Channel::Text(0), text.to_owned()));
                    self.push(index, pushed.into_iter().collect(), answer, out);
                }
                ChatKind::Chat => {
                    let delta = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
                    if text(delta, "role").is_some() {
                        self.write_role(index, out);
                    }
                    self.push(index, texts_of(delta), answer, out);
                    self.calls(index, delta, answer, out)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, choice: u32, texts: Vec<(Channel, String)>, answer: &mut Answer, out: &mut Vec<u8>) {
        for (channel, text) in texts {
            let pieces = answer.push(Slot { choice, channel }, &text);
            self.write(pieces, out);
        }
    }

    /// Takes the fragments of calls. They are kept until the end: a call that is cut off must not look like one.
    fn calls(&mut self, index: u32, delta: &Value, answer: &mut Answer, out: &mut Vec<u8>) -> Result<(), Finish> {
        for fragment in fragments(delta)? {
            let calls = &mut self.choices.entry(index).or_default().calls;
            calls.entry(fragment.at).or_default().take(&fragment);
            for (channel, text) in fragment.texts {
                let pieces = answer.push(Slot { choice: index, channel }, text);
                self.write(pieces, out);
            }
        }
        Ok(())
    }

    /// Writes what goes out. Arguments are kept with their call.
    fn write(&mut self, pieces: Vec<Piece>, out: &mut Vec<u8>) {
        for piece in pieces {
            let Piece::Text(slot, text) = piece else { continue };
            let choice = self.choices.entry(slot.choice).or_default();
            match slot.channel {
                Channel::ToolArguments(at) | Channel::ToolInput(at) => {
                    choice.calls.entry(at).or_default().arguments.push_str(&text);
                }
                Channel::Text(_) | Channel::Reasoning(_) | Channel::Refusal(_) => {
                    self.write_text(slot, &text, out);
                }
            }
        }
    }

    fn write_text(&mut self, slot: Slot, text: &str, out: &mut Vec<u8>) {
        match self.kind {
            ChatKind::Completions => {
                let choice = json!({ "index": slot.choice, "text": text, "finish_reason": null });
                self.write_choices(json!([choice]), out);
            }
            ChatKind::Chat => {
                self.write_role(slot.choice, out);
                self.write_delta(slot.choice, json!({ field_of(slot.channel): text }), None, out);
            }
        }
    }

    fn write_role(&mut self, index: u32, out: &mut Vec<u8>) {
        let choice = self.choices.entry(index).or_default();
        if !std::mem::replace(&mut choice.has_role, true) {
            self.write_delta(index, json!({ "role": "assistant", "content": "" }), None, out);
        }
    }

    fn write_delta(&self, index: u32, delta: Value, finish: Option<&str>, out: &mut Vec<u8>) {
        self.write_choices(json!([{ "index": index, "delta": delta, "finish_reason": finish }]), out);
    }

    fn write_choices(&self, choices: Value, out: &mut Vec<u8>) {
        let mut chunk = self.head.clone();
        chunk.insert("choices".to_owned(), choices);
        write_event(out, None, &Value::Object(chunk).to_string());
    }

    /// Writes the calls of a choice, each in one piece.
    fn write_calls(&mut self, index: u32, out: &mut Vec<u8>) {
        let calls = self.choices.entry(index).or_default().calls.iter();
        let (old, new): (Vec<_>, Vec<_>) = calls.partition(|(at, _)| **at == FUNCTION_CALL);
        let mut delta = Map::new();
        if !new.is_empty() {
            delta.insert("tool_calls".to_owned(), new.into_iter().map(|(at, call)| call.json(Some(*at))).collect());
        }
        if let Some((_, call)) = old.first() {
            delta.insert("function_call".to_owned(), call.function());
        }
        if !delta.is_empty() {
            self.write_role(index, out);
            self.write_delta(index, Value::Object(delta), None, out);
        }
    }

    fn write_finish(&mut self, index: u32, end: &End<'_>, out: &mut Vec<u8>) {
        let is_closed = end.answer.is_closed(index);
        let finish = self.choices.get(&index).and_then(|choice| choice.finish.clone());
        let finish = match (is_closed, self.style.block, finish, end.finish) {
            (true, BlockStyle::Filter, _, _) => "content_filter".to_owned(),
            (true, BlockStyle::Answer, _, _) => "stop".to_owned(),
            (false, _, Some(finish), _) => finish,
            (false, _, None, Finish::Broken(_)) => return,
            (false, _, None, _) => "stop".to_owned(),
        };
        if is_closed && self.style.block == BlockStyle::Answer && !self.style.notice.is_empty() {
            let notice = self.style.notice.clone();
            self.write_text(Slot { choice: index, channel: Channel::Text(0) }, &notice, out);
        }
        if !is_closed {
            self.write_calls(index, out);
        }
        let mut choice = json!({ "index": index, "finish_reason": finish });
        let rest = match self.kind {
            ChatKind::Chat => ("delta", json!({})),
            ChatKind::Completions => ("text", json!("")),
        };
        if let Some(choice) = choice.as_object_mut() {
            choice.insert(rest.0.to_owned(), rest.1);
        }
        let mut chunk = self.head.clone();
        chunk.insert("choices".to_owned(), json!([choice]));
        chunk.insert("specialis".to_owned(), end.ended.note());
        write_event(out, None, &Value::Object(chunk).to_string());
    }
}

impl Format for ChatFormat {
    fn event(
        &mut self,
        (_, data): (Option<&str>, &str),
        answer: &mut Answer,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Finish> {
        if data.trim() == "[DONE]" {
            return Ok(Flow::Last);
        }
        let chunk: Value =
            serde_json::from_str(data).map_err(|_| Finish::broken("the upstream sent an event that is not JSON"))?;
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            return Err(Finish::Broken(error_object(error)));
        }
        self.chunk(&chunk, answer, out)?;
        Ok(Flow::More)
    }

    fn is_stopped(&self, answer: &Answer) -> bool {
        let is_closed = |index| answer.is_closed(index);
        (0..self.style.n_choices.max(1)).all(is_closed) && self.choices.keys().all(|index| is_closed(*index))
    }

    fn is_complete(&self) -> bool {
        !self.choices.is_empty() && self.choices.values().all(|choice| choice.finish.is_some())
    }

    fn finish(&mut self, mut end: End<'_>, out: &mut Vec<u8>) {
        self.write(std::mem::take(&mut end.pieces), out);
        for index in self.choices.keys().copied().collect::<Vec<_>>() {
            self.write_finish(index, &end, out);
        }
        if let Finish::Broken(error) = end.finish {
            write_event(out, None, &json!({ "error": error }).to_string());
        } else if let Some(usage) = self.usage.take() {
            let mut chunk = self.head.clone();
            chunk.insert("choices".to_owned(), json!([]));
            chunk.insert("usage".to_owned(), usage);
            write_event(out, None, &Value::Object(chunk).to_string());
        }
        write_event(out, None, "[DONE]");
    }
}
