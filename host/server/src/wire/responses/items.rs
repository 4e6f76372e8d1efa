//! The items of a response and the parts in them: what came of each, and what of it was released.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::events::Events;
use super::item::{Item, Part, PartKind, What};
use crate::wire::answer::Channel;
use crate::wire::json::{is_id, is_tool_name, list, number, text};
use crate::wire::transcoder::Finish;

/// The most items, and parts of one, that are followed.
const MAX_ITEMS: usize = 1_024;

/// All items, by the upstream's numbers.
#[derive(Debug, Default)]
pub(super) struct Items {
    all: Vec<Item>,
    n_written: u32,
    n_channels: BTreeMap<PartKind, u32>,
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
        let mut texts = self.all.iter().flat_map(|item| &item.parts).filter(|part| part.kind == PartKind::Text);
        if let Some(part) = texts.next_back() {
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
