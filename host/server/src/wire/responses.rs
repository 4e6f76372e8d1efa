//! OpenAI's responses, streamed and whole.
//!
//! The interface says the same text up to five times: as deltas, at the end of a text, a part, an item and the response. All
//! are written from what was released. Items end when the whole was judged; calls of tools are written then.

mod events;
mod item;
mod items;
mod whole;

use serde_json::{Map, Value, json};

use super::answer::{Answer, Piece, Slot};
use super::json::{copy_plain, error_object, list, number, numbers, text};
use super::transcoder::{AnswerStyle, BlockStyle, End, Finish, Flow, Format};
use events::Events;
use item::PartKind;
use items::Items;
pub(crate) use whole::rewrite;

/// The fields of a response that are passed on as they are.
const HEAD: &[&str] = &[
    "id", "object", "created_at", "model", "parallel_tool_calls", "temperature", "top_p", "max_output_tokens",
    "previous_response_id", "store", "truncation", "service_tier", "tool_choice",
];

/// The interface, as it streams.
pub(crate) struct ResponsesFormat {
    style: AnswerStyle,
    head: Map<String, Value>,
    items: Items,
    events: Events,
    /// The status that the upstream ended with, why it is incomplete, and its usage.
    last: Option<Last>,
}

/// How the upstream ended.
#[derive(Clone, Debug, Default)]
struct Last {
    status: String,
    reason: Option<String>,
    usage: Option<Value>,
}

impl ResponsesFormat {
    pub(crate) fn new(style: AnswerStyle) -> Self {
        Self { style, head: Map::new(), items: Items::default(), events: Events::default(), last: None }
    }

    fn begin(&mut self, event: &Value, name: &str, out: &mut Vec<u8>) {
        copy_plain(event.get("response").unwrap_or(&Value::Null), &mut self.head, HEAD);
        let response = response(&self.head, "in_progress", Vec::new());
        self.events.write(out, name, json!({ "response": response }));
    }

    /// Takes text of a part. `is_whole` says that it is all of it: what was not said before is new.
    fn text(
        &mut self,
        (item, kind, part): (u32, PartKind, u32),
        (more, is_whole): (&str, bool),
        answer: &mut Answer,
        out: &mut Vec<u8>,
    ) -> Result<(), Finish> {
        let Some((channel, new)) = self.items.take_text((item, kind, part), more, is_whole)? else { return Ok(()) };
        let pieces = answer.push(Slot::only(channel), &new);
        self.write(pieces, out);
        Ok(())
    }

    /// Takes what an item says of itself: its beginning, or all of it.
    fn item(&mut self, event: &Value, is_whole: bool, answer: &mut Answer, out: &mut Vec<u8>) -> Result<(), Finish> {
        let Some(index) = number(event, "output_index") else { return Ok(()) };
        let item = event.get("item").unwrap_or(&Value::Null);
        if !self.items.begin(index, item)? {
            return Ok(());
        }
        for (kind, part, text) in items::texts_of(item) {
            self.text((index, kind, part), (text, is_whole), answer, out)?;
        }
        Ok(())
    }

    fn write(&mut self, pieces: Vec<Piece>, out: &mut Vec<u8>) {
        for piece in pieces {
            if let Piece::Text(slot, text) = piece {
                self.items.release(slot.channel, &text, &mut self.events, out);
            }
        }
    }

    fn write_notice(&mut self, out: &mut Vec<u8>) {
        let notice = self.style.notice.clone();
        let channel = self.items.notice_channel();
        self.items.release(channel, &notice, &mut self.events, out);
    }
}

impl Format for ResponsesFormat {
    fn event(
        &mut self,
        (name, data): (Option<&str>, &str),
        answer: &mut Answer,
        out: &mut Vec<u8>,
    ) -> Result<Flow, Finish> {
        if data.trim() == "[DONE]" {
            return Ok(Flow::Last);
        }
        let event: Value =
            serde_json::from_str(data).map_err(|_| Finish::broken("the upstream sent an event that is not JSON"))?;
        let name = text(&event, "type").or(name).unwrap_or_default().to_owned();
        match name.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => self.begin(&event, &name, out),
            "response.output_item.added" => self.item(&event, false, answer, out)?,
            "response.output_item.done" => self.item(&event, true, answer, out)?,
            "response.completed" | "response.incomplete" | "response.failed" => {
                let response = event.get("response").unwrap_or(&Value::Null);
                copy_plain(response, &mut self.head, HEAD);
                if name == "response.failed" {
                    return Err(Finish::Broken(error_object(response.get("error").unwrap_or(&Value::Null))));
                }
                // A server may say at the end what it did not say before.
                for (item, index) in list(response, "output").zip(0_u32..) {
                    self.item(&json!({ "output_index": index, "item": item }), true, answer, out)?;
                }
                self.last = Some(Last::of(response, name == "response.completed"));
                return Ok(Flow::Last);
            }
            "error" => return Err(Finish::Broken(error_object(event.get("error").unwrap_or(&event)))),
            other => {
                if let Some((place, more, is_whole)) = items::text_event(other, &event) {
                    self.text(place, (more, is_whole), answer, out)?;
                }
            }
        }
        Ok(Flow::More)
    }

    fn is_stopped(&self, answer: &Answer) -> bool {
        answer.is_closed(0)
    }

    fn is_complete(&self) -> bool {
        self.last.is_some()
    }

    fn finish(&mut self, mut end: End<'_>, out: &mut Vec<u8>) {
        self.write(std::mem::take(&mut end.pieces), out);
        let is_closed = end.answer.is_closed(0);
        if is_closed && self.style.block == BlockStyle::Answer && !self.style.notice.is_empty() {
            self.write_notice(out);
        }
        let last = Last::at_the_end(self.last.take(), &end, self.style.block);
        let output = self.items.finish(is_closed, last.status == "completed", &mut self.events, out);
        let mut response = response(&self.head, &last.status, output);
        if let Some(response) = response.as_object_mut() {
            response.insert("usage".to_owned(), last.usage.unwrap_or(Value::Null));
            if let Some(reason) = last.reason {
                response.insert("incomplete_details".to_owned(), json!({ "reason": reason }));
            }
            if let (Finish::Broken(error), "failed") = (end.finish, last.status.as_str()) {
                response.insert("error".to_owned(), error.clone());
            }
            response.insert("specialis".to_owned(), end.ended.note());
        }
        self.events.write(out, &format!("response.{}", last.status), json!({ "response": response }));
    }
}

impl Last {
    fn of(response: &Value, is_completed: bool) -> Self {
        let status = if is_completed { "completed" } else { "incomplete" };
        let reason = response.get("incomplete_details").and_then(|details| text(details, "reason"));
        let reason = reason.filter(|reason| super::json::is_id(reason)).map(str::to_owned);
        let usage = response.get("usage").filter(|usage| usage.is_object()).map(numbers);
        Self { status: status.to_owned(), reason, usage }
    }

    /// How the response ends for the client.
    fn at_the_end(last: Option<Self>, end: &End<'_>, block: BlockStyle) -> Self {
        let usage = last.as_ref().and_then(|last| last.usage.clone());
        match (end.answer.is_closed(0), block, end.finish) {
            (true, BlockStyle::Filter, _) => {
                Self { status: "incomplete".to_owned(), reason: Some("content_filter".to_owned()), usage }
            }
            (true, BlockStyle::Answer, _) => Self { status: "completed".to_owned(), reason: None, usage },
            (false, _, Finish::Broken(_)) => Self { status: "failed".to_owned(), reason: None, usage },
            (false, _, Finish::Complete | Finish::Stopped) => {
                last.unwrap_or_else(|| Self { status: "completed".to_owned(), ..Self::default() })
            }
        }
    }
}

/// A response with what is known of it.
fn response(head: &Map<String, Value>, status: &str, output: Vec<Value>) -> Value {
    let mut response = head.clone();
    let object = json!({
        "object": "response", "status": status, "error": null, "incomplete_details": null, "instructions": null,
        "metadata": {}, "tools": [],
    });
    if let Value::Object(fields) = object {
        response.extend(fields);
    }
    response.entry("tool_choice").or_insert_with(|| json!("auto"));
    response.entry("parallel_tool_calls").or_insert_with(|| json!(true));
    response.insert("output".to_owned(), Value::Array(output));
    Value::Object(response)
}
