//! The prompt of a request: its texts as parts of an event, and the places they came from.
//!
//! A kind of content that nobody here knows is refused: it would reach the model unjudged.

mod chat;
mod messages;
mod responses;
mod roles;

use serde_json::{Map, Value, json};
use specialis::Release;
use specialis::core::words::Medium;
use specialis::core::{Event, EventKind, Part, Role};

use crate::wire::Interface;

/// The texts of a request.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    parts: Vec<Part>,
    /// Where the text of each part stands; none for a part without text.
    places: Vec<Option<Place>>,
}

/// Where a text stands in a request: a JSON pointer, and whether the value there is JSON rather than a string.
#[derive(Debug)]
struct Place {
    pointer: String,
    is_json: bool,
}

/// Why a request cannot be judged: one line for its sender.
type Refused = String;

impl Prompt {
    /// Reads the texts of a request.
    pub(crate) fn read(interface: Interface, body: &Value) -> Result<Self, Refused> {
        let mut prompt = Self::default();
        match interface {
            Interface::Chat => chat::read(body, &mut prompt)?,
            Interface::Completions => chat::read_completions(body, &mut prompt)?,
            Interface::Responses => responses::read(body, &mut prompt)?,
            Interface::Messages => messages::read(body, &mut prompt)?,
        }
        Ok(prompt)
    }

    /// The event to judge.
    pub(crate) fn event(&self) -> Event {
        Event { parts: self.parts.clone(), ..Event::new(EventKind::Prompt) }
    }

    /// Its texts, in the order in which they are judged.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Puts what may go out into the request. False where some text may not.
    pub(crate) fn apply(&self, release: &Release, body: &mut Value) -> bool {
        for ((part, place), number) in self.parts.iter().zip(&self.places).zip(0_u32..) {
            let (Some(place), Some(before)) = (place, &part.text) else { continue };
            let Some(text) = release.text(number) else { return false };
            if text == before {
                continue;
            }
            let value = if place.is_json { serde_json::from_str(text).ok() } else { Some(json!(text)) };
            let (Some(value), Some(there)) = (value, body.pointer_mut(&place.pointer)) else { return false };
            *there = value;
        }
        true
    }

    /// Adds a text.
    pub(super) fn text(&mut self, role: Role, pointer: String, text: &str) {
        if !text.is_empty() {
            self.parts.push(Part { role: Some(role), ..Part::text(text) });
            self.places.push(Some(Place { pointer, is_json: false }));
        }
    }

    /// Adds the arguments of a tool, as the text of JSON.
    fn arguments(&mut self, role: Role, pointer: String, text: &str) {
        if !text.is_empty() {
            let channel = Some("tool-arguments".to_owned());
            self.parts.push(Part { role: Some(role), channel, ..Part::text(text) });
            self.places.push(Some(Place { pointer, is_json: false }));
        }
    }

    /// Adds the arguments of a tool, as a JSON value.
    fn json(&mut self, role: Role, pointer: String, value: &Value) {
        let channel = Some("tool-arguments".to_owned());
        self.parts.push(Part { role: Some(role), channel, ..Part::text(value.to_string()) });
        self.places.push(Some(Place { pointer, is_json: true }));
    }

    /// Adds a medium, whose content is not looked into.
    fn medium(&mut self, role: Role, medium: Medium) {
        self.parts.push(Part { role: Some(role), medium: Some(medium), text: None, ..Part::text("") });
        self.places.push(None);
    }

    /// Adds the descriptions of tools.
    fn tools(&mut self, body: &Value, inside: &str) {
        for (tool, at) in list(body, "tools").zip(0_usize..) {
            let description = format!("{inside}/description");
            if let Some(text) = tool.pointer(&description).and_then(Value::as_str) {
                self.text(Role::System, format!("/tools/{at}{description}"), text);
            }
        }
    }
}

/// How many answers a request asks for.
pub(crate) fn n_choices(body: &Value) -> u32 {
    body.get("n").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(1)
}

/// Takes out of a request what would bring text past the judge.
///
/// # Errors
/// Where the answer could be fetched elsewhere.
pub(crate) fn tame(interface: Interface, body: &mut Map<String, Value>) -> Result<(), Refused> {
    // They repeat the text token by token.
    for name in ["logprobs", "top_logprobs"] {
        body.remove(name);
    }
    if let Some(include) = body.get_mut("include").and_then(Value::as_array_mut) {
        include.retain(|wanted| wanted.as_str().is_none_or(|wanted| !wanted.contains("logprobs")));
    }
    if interface == Interface::Responses {
        if body.get("background") == Some(&Value::Bool(true)) {
            return Err(
                "`background` cannot be used here: the answer would be fetched unjudged; leave it out".to_owned()
            );
        }
        if body.get("prompt").is_some_and(|prompt| !prompt.is_null()) {
            return Err("a stored `prompt` cannot be judged; send its text as `instructions`".to_owned());
        }
    }
    Ok(())
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn unknown(pointer: &str, kind: &str) -> Refused {
    let kind: String = kind.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("`{pointer}` is of the type `{kind}`, which cannot be judged here; leave it out")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(interface: Interface, body: &Value) -> Vec<(&'static str, String)> {
        let prompt = Prompt::read(interface, body).unwrap();
        let parts = prompt.parts.iter();
        parts.map(|part| (part.role.unwrap().as_str(), part.text.clone().unwrap_or_default())).collect()
    }

    #[test]
    fn turns_before_the_last_answer_are_history() {
        let body = json!({ "messages": [
            { "role": "system", "content": "s" },
            { "role": "user", "content": "一" },
            { "role": "assistant", "content": "二", "tool_calls": [
                { "id": "c", "type": "function", "function": { "name": "f", "arguments": "{\"a\":1}" } }] },
            { "role": "tool", "tool_call_id": "c", "content": "三" },
            { "role": "user", "content": [{ "type": "text", "text": "四" },
                { "type": "image_url", "image_url": { "url": "data:," } }] },
        ], "tools": [{ "type": "function", "function": { "name": "f", "description": "d" } }] });
        assert_eq!(
            texts(Interface::Chat, &body),
            [
                ("system", "d".to_owned()),
                ("system", "s".to_owned()),
                ("history", "一".to_owned()),
                ("history", "二".to_owned()),
                ("history", "{\"a\":1}".to_owned()),
                ("tool", "三".to_owned()),
                ("user", "四".to_owned()),
                ("user", String::new()),
            ]
        );
    }

    #[test]
    fn every_interface_gives_its_texts_and_takes_them_back() {
        let table = [
            (Interface::Chat, json!({ "messages": [{ "role": "user", "content": "原文" }] })),
            (
                Interface::Chat,
                json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "原文" }] }] }),
            ),
            (Interface::Completions, json!({ "prompt": "原文" })),
            (Interface::Completions, json!({ "prompt": ["原文"] })),
            (Interface::Responses, json!({ "input": "原文" })),
            (
                Interface::Responses,
                json!({ "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "原文" }] }] }),
            ),
            (
                Interface::Responses,
                json!({ "input": [{ "type": "function_call_output", "call_id": "c", "output": "原文" }] }),
            ),
            (Interface::Messages, json!({ "messages": [{ "role": "user", "content": "原文" }] })),
            (Interface::Messages, json!({ "system": [{ "type": "text", "text": "原文" }], "messages": [] })),
            (
                Interface::Messages,
                json!({ "messages": [{ "role": "assistant", "content": [
                { "type": "tool_use", "id": "t", "name": "f", "input": "原文" }] }] }),
            ),
        ];
        for (interface, mut body) in table {
            let prompt = Prompt::read(interface, &body).unwrap();
            assert_eq!(prompt.parts.len(), 1, "{body}");
            let masked = prompt.parts[0].text.as_ref().unwrap().replace("原文", "■");
            assert!(prompt.apply(&Release { parts: vec![(0, Some(masked))] }, &mut body));
            assert!(body.to_string().contains('■') && !body.to_string().contains("原文"), "{body}");
            assert!(!prompt.apply(&Release { parts: vec![(0, None)] }, &mut body));
        }
    }

    #[test]
    fn content_that_nobody_knows_is_refused() {
        let table = [
            (Interface::Chat, json!({ "messages": [{ "role": "user", "content": [{ "type": "hologram" }] }] })),
            (Interface::Chat, json!({ "messages": "text" })),
            (Interface::Completions, json!({ "prompt": [1, 2] })),
            (Interface::Responses, json!({ "input": [{ "type": "hologram" }] })),
            (Interface::Messages, json!({ "messages": [{ "role": "user", "content": [{ "type": "hologram" }] }] })),
        ];
        for (interface, body) in table {
            assert!(Prompt::read(interface, &body).is_err(), "{body}");
        }
    }

    #[test]
    fn what_would_bring_text_past_the_judge_is_taken_out_or_refused() {
        let mut body = json!({ "logprobs": true, "top_logprobs": 3, "n": 2 });
        tame(Interface::Chat, body.as_object_mut().unwrap()).unwrap();
        assert_eq!(body, json!({ "n": 2 }));
        let mut body = json!({ "background": true });
        assert!(tame(Interface::Responses, body.as_object_mut().unwrap()).is_err());
    }
}
