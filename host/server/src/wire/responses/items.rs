//! The items of a response and the parts in them: what came of each, and what of it was released.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::events::Events;
use crate::wire::answer::Channel;
use crate::wire::json::{is_id, is_tool_name, list, number, text};
use crate::wire::transcoder::Finish;

/// The most items, and parts of one, that are followed.
const MAX_ITEMS: usize = 1_024;

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

/// All items, by the upstream's numbers.
#[derive(Debug, Default)]
pub(super) struct Items {
    all: Vec<Item>,
    n_written: u32,
    n_channels: BTreeMap<PartKind, u32>,
}

/// One item.
#[derive(Debug)]
pub(super) struct Item {
    index: u32,
    id: String,
    /// Its type, and for the call of a tool its name and the id of the call.
    what: What,
    written_as: Option<u32>,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum What {
    Message,
    Reasoning,
    Call { is_custom: bool, name: String, call_id: String },
}

/// One text of an item.
#[derive(Debug)]
struct Part {
    kind: PartKind,
    /// The upstream's number.
    number: u32,
    channel: Channel,
    written_as: Option<u32>,
    original: String,
    released: String,
}

/// Where a text stands: item, kind and part.
type Place = (u32, PartKind, u32);

impl Items {
    /// Takes note of an item; false for one of a kind that is not passed on.
    pub(super) fn begin(&mut self, index: u32, item: &Value) -> Result<bool, Finish> {
        if self.all.iter().any(|known| known.index == index) {
            return Ok(true);
        }
        let name = || text(item, "name").filter(|name| is_tool_name(name)).map(str::to_owned);
        let call_id = || text(item, "call_id").filter(|id| is_id(id)).map(str::to_owned);
        let what = match text(item, "type") {
            Some("message") => What::Message,
            Some("reasoning") => What::Reasoning,
            Some(kind @ ("function_call" | "custom_tool_call")) => {
                let (Some(name), Some(call_id)) = (name(), call_id()) else {
                    return Err(Finish::broken("the upstream called a tool without a usable name"));
                };
                What::Call { is_custom: kind == "custom_tool_call", name, call_id }
            }
            _ => return Ok(false),
        };
        if self.all.len() >= MAX_ITEMS {
            return Err(Finish::broken("the upstream sent more items than are followed"));
        }
        let id = text(item, "id").filter(|id| is_id(id)).unwrap_or("item").to_owned();
        self.all.push(Item { index, id, what, written_as: None, parts: Vec::new() });
        Ok(true)
    }

    /// Takes text of a part, and returns what of it is new, with its channel. None for a text of an item that is not passed on.
    pub(super) fn take_text(
        &mut self,
        (index, kind, number): Place,
        more: &str,
        is_whole: bool,
    ) -> Result<Option<(Channel, String)>, Finish> {
        let Some(item) = self.all.iter_mut().find(|item| item.index == index) else { return Ok(None) };
        let at = item.parts.iter().position(|part| (part.kind, part.number) == (kind, number));
        let at = match at {
            Some(at) => at,
            None if item.parts.len() >= MAX_ITEMS => {
                return Err(Finish::broken("the upstream sent more parts than are followed"));
            }
            None => {
                let channel = channel(kind, &mut self.n_channels);
                let (original, released) = (String::new(), String::new());
                item.parts.push(Part { kind, number, channel, written_as: None, original, released });
                item.parts.len().saturating_sub(1)
            }
        };
        let Some(part) = item.parts.get_mut(at) else { return Ok(None) };
        let new = if is_whole {
            let new = more.strip_prefix(part.original.as_str());
            new.ok_or_else(|| Finish::broken("the upstream ends a text otherwise than it began it"))?
        } else {
            more
        };
        part.original.push_str(new);
        Ok(Some((part.channel, new.to_owned())))
    }

    /// Writes text that goes out. Arguments are kept with their call.
    pub(super) fn release(&mut self, channel: Channel, text: &str, events: &mut Events, out: &mut Vec<u8>) {
        let n_written = &mut self.n_written;
        for item in &mut self.all {
            let Some(at) = item.parts.iter().position(|part| part.channel == channel) else { continue };
            if matches!(item.what, What::Message | What::Reasoning) {
                item.write_start(n_written, events, out);
                item.write_delta(at, text, events, out);
            }
            if let Some(part) = item.parts.get_mut(at) {
                part.released.push_str(text);
            }
            return;
        }
    }

    /// The channel of the last text of the answer; of one made for it where there is none.
    pub(super) fn notice_channel(&mut self) -> Channel {
        let texts = self.all.iter().flat_map(|item| &item.parts).filter(|part| part.kind == PartKind::Text);
        if let Some(part) = texts.last() {
            return part.channel;
        }
        let channel = channel(PartKind::Text, &mut self.n_channels);
        let part = Part {
            kind: PartKind::Text,
            number: 0,
            channel,
            written_as: None,
            original: String::new(),
            released: String::new(),
        };
        self.all.push(Item {
            index: u32::MAX,
            id: "msg_notice".to_owned(),
            what: What::Message,
            written_as: None,
            parts: vec![part],
        });
        channel
    }

    /// Writes the ends of all items and the calls of tools, and returns the items as they stand in the response.
    pub(super) fn finish(
        &mut self,
        is_closed: bool,
        is_completed: bool,
        events: &mut Events,
        out: &mut Vec<u8>,
    ) -> Vec<Value> {
        let status = if is_completed { "completed" } else { "incomplete" };
        let mut output = Vec::new();
        for item in &mut self.all {
            let is_call = matches!(item.what, What::Call { .. });
            let is_left_out = if is_call { is_closed } else { item.written_as.is_none() };
            if is_left_out {
                continue;
            }
            if is_call {
                item.write_start(&mut self.n_written, events, out);
                item.write_call(events, out);
            } else {
                item.write_parts_end(events, out);
            }
            let whole = item.json(Some(status));
            let index = item.written_as.unwrap_or(0);
            events.write(out, "response.output_item.done", json!({ "output_index": index, "item": whole }));
            output.push((index, whole));
        }
        output.sort_by_key(|(index, _)| *index);
        output.into_iter().map(|(_, item)| item).collect()
    }
}

impl Item {
    fn write_start(&mut self, n_written: &mut u32, events: &mut Events, out: &mut Vec<u8>) {
        if self.written_as.is_some() {
            return;
        }
        let index = *n_written;
        *n_written = index.saturating_add(1);
        self.written_as = Some(index);
        let item = self.json(None);
        events.write(out, "response.output_item.added", json!({ "output_index": index, "item": item }));
    }

    fn write_delta(&mut self, at: usize, text: &str, events: &mut Events, out: &mut Vec<u8>) {
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

    fn write_parts_end(&self, events: &mut Events, out: &mut Vec<u8>) {
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

    fn write_call(&self, events: &mut Events, out: &mut Vec<u8>) {
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
    fn json(&self, status: Option<&str>) -> Value {
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

impl Items {
    /// All items in their order.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        self.all.iter_mut()
    }

    /// Keeps text that goes out, for a response that is written whole.
    pub(super) fn keep(&mut self, channel: Channel, text: &str) {
        let parts = self.all.iter_mut().flat_map(|item| &mut item.parts);
        for part in parts.filter(|part| part.channel == channel) {
            part.released.push_str(text);
        }
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

/// A channel for the next text of a kind. Reasoning and its summary are of one kind to the judge.
fn channel(kind: PartKind, n_channels: &mut BTreeMap<PartKind, u32>) -> Channel {
    let kind = if kind == PartKind::Summary { PartKind::Reasoning } else { kind };
    let next = n_channels.entry(kind).or_default();
    let number = std::mem::replace(next, next.saturating_add(1));
    match kind {
        PartKind::Text => Channel::Text(number),
        PartKind::Refusal => Channel::Refusal(number),
        PartKind::Reasoning | PartKind::Summary => Channel::Reasoning(number),
        PartKind::Arguments => Channel::ToolArguments(number),
        PartKind::Input => Channel::ToolInput(number),
    }
}

/// The texts that an item carries, each with its kind and its number.
pub(super) fn texts_of(item: &Value) -> Vec<(PartKind, u32, &str)> {
    let mut texts = Vec::new();
    for (part, at) in list(item, "content").zip(0_u32..) {
        match text(part, "type") {
            Some("output_text") => texts.extend(text(part, "text").map(|text| (PartKind::Text, at, text))),
            Some("refusal") => texts.extend(text(part, "refusal").map(|text| (PartKind::Refusal, at, text))),
            Some("reasoning_text") => texts.extend(text(part, "text").map(|text| (PartKind::Reasoning, at, text))),
            _ => {}
        }
    }
    for (part, at) in list(item, "summary").zip(0_u32..) {
        texts.extend(text(part, "text").map(|text| (PartKind::Summary, at, text)));
    }
    texts.extend(text(item, "arguments").map(|text| (PartKind::Arguments, 0, text)));
    texts.extend(text(item, "input").map(|text| (PartKind::Input, 0, text)));
    texts.retain(|(_, _, text)| !text.is_empty());
    texts
}

/// The text that an event carries: where it stands, and whether it is all of it.
pub(super) fn text_event<'a>(name: &str, event: &'a Value) -> Option<(Place, &'a str, bool)> {
    let (kind, is_whole) = match name.strip_prefix("response.")?.rsplit_once('.')? {
        ("output_text", end) => (PartKind::Text, end == "done"),
        ("refusal", end) => (PartKind::Refusal, end == "done"),
        ("reasoning_text", end) => (PartKind::Reasoning, end == "done"),
        ("reasoning_summary_text", end) => (PartKind::Summary, end == "done"),
        ("function_call_arguments", end) => (PartKind::Arguments, end == "done"),
        ("custom_tool_call_input", end) => (PartKind::Input, end == "done"),
        _ => return None,
    };
    let index = if kind == PartKind::Summary { "summary_index" } else { "content_index" };
    let whole = ["text", "refusal", "arguments", "input"].into_iter().find_map(|key| text(event, key));
    let more = if is_whole { whole? } else { text(event, "delta")? };
    Some(((number(event, "output_index")?, kind, number(event, index).unwrap_or(0)), more, is_whole))
}
