//! One item of a response, and how it is written.

use serde_json::{Value, json};

use super::events::Events;
use crate::wire::answer::Channel;

/// What the text of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartKind {
    Text,
    Refusal,
    Reasoning,
    Summary,
    Arguments,
    Input,
}

/// One item.
#[derive(Debug)]
pub(super) struct Item {
    /// The upstream's number.
    pub(super) index: u32,
    pub(super) id: String,
    /// Its type, and for the call of a tool its name and the id of the call.
    pub(super) what: What,
    /// Its number on the way to the client, once it was begun there.
    pub(super) written_as: Option<u32>,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug)]
pub(super) enum What {
    Message,
    Reasoning,
    Call { is_custom: bool, name: String, call_id: String },
}

/// One text of an item.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    /// The upstream's number.
    pub(super) number: u32,
    pub(super) channel: Channel,
    /// Its number on the way to the client, once it was begun there.
    pub(super) written_as: Option<u32>,
    pub(super) original: String,
    pub(super) released: String,
}

impl Item {
    pub(super) fn write_start(&mut self, n_written: &mut u32, events: &mut Events, out: &mut Vec<u8>) {
        if self.written_as.is_some() {
            return;
        }
        let index = *n_written;
        *n_written = index.saturating_add(1);
        self.written_as = Some(index);
        let item = self.json(None);
        events.write(out, "response.output_item.added", json!({ "output_index": index, "item": item }));
    }

    pub(super) fn write_delta(&mut self, at: usize, text: &str, events: &mut Events, out: &mut Vec<u8>) {
        let index = self.written_as.unwrap_or(0);
        let Some(kind) = self.parts.get(at).map(|part| part.kind) else { return };
        let is_same_list = |part: &&Part| (part.kind == PartKind::Summary) == (kind == PartKind::Summary);
        let n_begun = self.parts.iter().filter(is_same_list).filter(|part| part.written_as.is_some()).count();
        let id = self.id.clone();
        let Some(part) = self.parts.get_mut(at) else { return };
        if part.written_as.is_none() {
            part.written_as = Some(u32::try_from(n_begun).unwrap_or(u32::MAX));
            let name = if part.kind == PartKind::Summary { "reasoning_summary_part" } else { "content_part" };
            let fields = part.fields(&id, index, json!({ "part": part.json("") }));
            events.write(out, &format!("response.{name}.added"), fields);
        }
        let mut fields = part.fields(&id, index, json!({ "delta": text }));
        if let (PartKind::Text, Some(fields)) = (part.kind, fields.as_object_mut()) {
            fields.insert("logprobs".to_owned(), json!([]));
        }
        events.write(out, &format!("response.{}.delta", part.kind.event()), fields);
    }

    pub(super) fn write_parts_end(&self, events: &mut Events, out: &mut Vec<u8>) {
        let index = self.written_as.unwrap_or(0);
        for part in self.parts.iter().filter(|part| part.written_as.is_some()) {
            let key = if part.kind == PartKind::Refusal { "refusal" } else { "text" };
            let mut done = json!({ key: part.released });
            if let (PartKind::Text, Some(done)) = (part.kind, done.as_object_mut()) {
                done.insert("logprobs".to_owned(), json!([]));
            }
            let done = part.fields(&self.id, index, done);
            events.write(out, &format!("response.{}.done", part.kind.event()), done);
            let name = if part.kind == PartKind::Summary { "reasoning_summary_part" } else { "content_part" };
            let fields = part.fields(&self.id, index, json!({ "part": part.json(&part.released) }));
            events.write(out, &format!("response.{name}.done"), fields);
        }
    }

    pub(super) fn write_call(&self, events: &mut Events, out: &mut Vec<u8>) {
        let What::Call { is_custom, name, .. } = &self.what else { return };
        let (index, text) = (self.written_as.unwrap_or(0), self.arguments());
        let (event, key) =
            if *is_custom { ("custom_tool_call_input", "input") } else { ("function_call_arguments", "arguments") };
        let fields = |more: Value| {
            let mut fields = json!({ "item_id": self.id, "output_index": index });
            if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
                fields.extend(more);
            }
            fields
        };
        events.write(out, &format!("response.{event}.delta"), fields(json!({ "delta": text })));
        events.write(out, &format!("response.{event}.done"), fields(json!({ key: text, "name": name })));
    }

    fn arguments(&self) -> String {
        self.parts.iter().map(|part| part.released.as_str()).collect()
    }

    /// The item with what was released of it, or, without a status, as it begins.
    pub(super) fn json(&self, status: Option<&str>) -> Value {
        let is_whole = status.is_some();
        let shown = status.unwrap_or("in_progress");
        let texts = |is_summary: bool| -> Vec<Value> {
            let parts = self.parts.iter().filter(|part| is_whole && part.written_as.is_some());
            let parts = parts.filter(|part| (part.kind == PartKind::Summary) == is_summary);
            parts.map(|part| part.json(&part.released)).collect()
        };
        match &self.what {
            What::Message => {
                json!({ "id": self.id, "type": "message", "role": "assistant", "status": shown, "content": texts(false) })
            }
            What::Reasoning => {
                let (summary, content) = (texts(true), texts(false));
                let mut item = json!({ "id": self.id, "type": "reasoning", "status": shown, "summary": summary });
                if let Some(item) = item.as_object_mut().filter(|_| !content.is_empty()) {
                    item.insert("content".to_owned(), Value::Array(content));
                }
                item
            }
            What::Call { is_custom, name, call_id } => {
                let (kind, key) =
                    if *is_custom { ("custom_tool_call", "input") } else { ("function_call", "arguments") };
                let text = if is_whole { self.arguments() } else { String::new() };
                json!({ "id": self.id, "type": kind, "status": shown, "call_id": call_id, "name": name, key: text })
            }
        }
    }

    /// Whether anything of it is shown.
    pub(super) fn whole(&mut self, status: &str, is_closed: bool) -> Option<Value> {
        for (part, at) in self.parts.iter_mut().zip(0_u32..) {
            part.written_as = (!part.released.is_empty()).then_some(at);
        }
        let is_call = matches!(self.what, What::Call { .. });
        let is_shown = if is_call { !is_closed } else { self.parts.iter().any(|part| part.written_as.is_some()) };
        is_shown.then(|| self.json(Some(status)))
    }
}

impl Part {
    /// The fields of an event about the part.
    fn fields(&self, item: &str, output_index: u32, more: Value) -> Value {
        let key = if self.kind == PartKind::Summary { "summary_index" } else { "content_index" };
        let mut fields = json!({ "item_id": item, "output_index": output_index, key: self.written_as });
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
            fields.extend(more);
        }
        fields
    }

    fn json(&self, text: &str) -> Value {
        match self.kind {
            PartKind::Refusal => json!({ "type": "refusal", "refusal": text }),
            PartKind::Reasoning => json!({ "type": "reasoning_text", "text": text }),
            PartKind::Summary => json!({ "type": "summary_text", "text": text }),
            PartKind::Text | PartKind::Arguments | PartKind::Input => {
                json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
            }
        }
    }
}

impl PartKind {
    /// The name of its events.
    fn event(self) -> &'static str {
        match self {
            Self::Text => "output_text",
            Self::Refusal => "refusal",
            Self::Reasoning => "reasoning_text",
            Self::Summary => "reasoning_summary_text",
            Self::Arguments => "function_call_arguments",
            Self::Input => "custom_tool_call_input",
        }
    }
}
