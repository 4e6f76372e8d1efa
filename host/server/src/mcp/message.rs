//! What of a message is judged: every text in it, wherever it stands, the arguments of a call as JSON.

use serde_json::{Value, json};
use specialis::Release;
use specialis::core::words::Medium;
use specialis::core::{Event, EventFacts, EventKind, Part, Role};

use crate::wire::{is_id, is_tool_name};

/// The most texts of one message. One that holds more is refused.
const MAX_TEXTS: usize = 4_096;

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The program that uses the tools, with what the model wants of them.
    Client,
    /// The server that has the tools.
    Server,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It wants an answer.
    Request,
    /// It wants none.
    Notification,
    /// An answer, with a result or an error.
    Response,
}

/// What is judged at once, and where its texts stand.
#[derive(Debug)]
pub(super) struct Question {
    event: Event,
    places: Vec<Option<Place>>,
    /// Where the definition of a tool stands in its list, if it is one: it can be taken out alone.
    pub(super) definition: Option<usize>,
}

#[derive(Debug)]
struct Place {
    pointer: String,
    kind: PlaceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceKind {
    /// A string.
    Text,
    /// A value, judged as the text of JSON.
    Json,
    /// The key of a field, which cannot be changed.
    Key,
}

/// The form of a message; none of what is no message.
pub(super) fn form(message: &Value) -> Option<Form> {
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return None;
    }
    let is_plain = |value: &Value| value.is_number() || value.as_str().is_some_and(is_id);
    if message.get("method").is_some_and(|method| !method.as_str().is_some_and(is_id)) {
        return None;
    }
    let id = message.get("id").filter(|id| is_plain(id));
    match (message.get("method").is_some(), id) {
        (true, Some(_)) => Some(Form::Request),
        (true, None) => message.get("id").is_none().then_some(Form::Notification),
        (false, None) if message.get("id").is_some_and(|id| !id.is_null()) => None,
        (false, _) if message.get("result").is_some() != message.get("error").is_some() => Some(Form::Response),
        (false, _) => None,
    }
}

/// The method of a request or notification.
pub(super) fn method(message: &Value) -> &str {
    message.get("method").and_then(Value::as_str).unwrap_or_default()
}

/// The tool that a request calls.
pub(super) fn tool(message: &Value) -> Option<&str> {
    let name = message.pointer("/params/name").filter(|_| method(message) == "tools/call");
    name.and_then(Value::as_str).filter(|name| is_tool_name(name))
}

/// What is to be judged of a message. `server` names the server; `method` and `tool` are those of the request that a response
/// answers.
///
/// # Errors
/// Where it holds more texts than are judged at once.
pub(super) fn questions(
    server: &str,
    sender: Sender,
    message: &Value,
    (method, tool): (&str, Option<&str>),
) -> Result<Vec<Question>, &'static str> {
    let role = match sender {
        Sender::Client => Role::Assistant,
        Sender::Server => Role::Tool,
    };
    let tools = message.pointer("/result/tools").and_then(Value::as_array);
    if let Some(tools) = tools.filter(|_| method == "tools/list") {
        let mut questions = Vec::new();
        for (definition, at) in tools.iter().zip(0_usize..) {
            let name = definition.get("name").and_then(Value::as_str).filter(|name| is_tool_name(name));
            let mut question = Question::new(server, name);
            question.definition = Some(at);
            question.collect(Role::System, definition, &format!("/result/tools/{at}"))?;
            questions.push(question);
        }
        let mut rest = Question::new(server, None);
        for (key, value) in message.get("result").and_then(Value::as_object).into_iter().flatten() {
            if key != "tools" {
                rest.collect(role, value, &format!("/result/{}", escaped(key)))?;
            }
        }
        questions.push(rest);
        return Ok(questions.into_iter().filter(|question| !question.places.is_empty()).collect());
    }
    let mut question = Question::new(server, tool);
    for (key, value) in message.as_object().into_iter().flatten() {
        let pointer = format!("/{}", escaped(key));
        match (key.as_str(), value) {
            ("jsonrpc" | "id" | "method", _) => {}
            ("params", Value::Object(params)) if method == "tools/call" => {
                for (key, value) in params {
                    let pointer = format!("/params/{}", escaped(key));
                    match key.as_str() {
                        "arguments" => question.json(role, value, pointer),
                        "name" if tool.is_some() => {}
                        _ => question.collect(role, value, &pointer)?,
                    }
                }
            }
            _ => question.collect(role, value, &pointer)?,
        }
    }
    Ok(if question.places.is_empty() { Vec::new() } else { vec![question] })
}

impl Question {
    fn new(server: &str, tool: Option<&str>) -> Self {
        let name = tool.map_or_else(|| server.to_owned(), |tool| format!("{server}/{tool}"));
        let mut event = Event::new(EventKind::Tool);
        if let EventFacts::Tool(facts) = &mut event.facts {
            facts.name = Some(name);
        }
        Self { event, places: Vec::new(), definition: None }
    }

    /// The event to judge.
    pub(super) fn event(&self) -> Event {
        self.event.clone()
    }

    /// Adds a value as the text of JSON, as a call's arguments are in the other interfaces.
    fn json(&mut self, role: Role, value: &Value, pointer: String) {
        let channel = Some("tool-arguments".to_owned());
        self.event.parts.push(Part { role: Some(role), channel, ..Part::text(value.to_string()) });
        self.places.push(Some(Place { pointer, kind: PlaceKind::Json }));
    }

    fn text(&mut self, role: Role, text: &str, place: Place) -> Result<(), &'static str> {
        if self.places.len() >= MAX_TEXTS {
            return Err("it holds more texts than are judged at once");
        }
        self.event.parts.push(Part { role: Some(role), ..Part::text(text) });
        self.places.push(Some(place));
        Ok(())
    }

    /// Adds every text in a value. What is coded content of a medium is a part without text.
    fn collect(&mut self, role: Role, value: &Value, pointer: &str) -> Result<(), &'static str> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::String(text) if text.is_empty() => Ok(()),
            Value::String(text) => self.text(role, text, Place { pointer: pointer.to_owned(), kind: PlaceKind::Text }),
            Value::Array(values) => {
                let mut values = values.iter().zip(0_usize..);
                values.try_for_each(|(value, at)| self.collect(role, value, &format!("{pointer}/{at}")))
            }
            Value::Object(fields) => {
                let medium = medium_of(value);
                if let Some((_, medium)) = medium {
                    self.event.parts.push(Part {
                        role: Some(role),
                        medium: Some(medium),
                        text: None,
                        ..Part::text("")
                    });
                    self.places.push(None);
                }
                for (key, value) in fields {
                    if !is_plain_key(key) {
                        self.text(role, key, Place { pointer: String::new(), kind: PlaceKind::Key })?;
                    }
                    if medium.is_some_and(|(field, _)| field == key) {
                        continue;
                    }
                    self.collect(role, value, &format!("{pointer}/{}", escaped(key)))?;
                }
                Ok(())
            }
        }
    }

    /// Puts what may go out into the message. False where some text may not.
    pub(super) fn apply(&self, release: &Release, message: &mut Value) -> bool {
        for ((part, place), number) in self.event.parts.iter().zip(&self.places).zip(0_u32..) {
            let (Some(place), Some(before)) = (place, &part.text) else { continue };
            let Some(text) = release.text(number) else { return false };
            if text == before {
                continue;
            }
            let value = match place.kind {
                PlaceKind::Text => Some(json!(text)),
                PlaceKind::Json => serde_json::from_str(text).ok(),
                PlaceKind::Key => None,
            };
            let (Some(value), Some(there)) = (value, message.pointer_mut(&place.pointer)) else { return false };
            *there = value;
        }
        true
    }
}

/// The field of an object that holds the content of a medium in base64, as pictures, sounds and files do.
fn medium_of(value: &Value) -> Option<(&'static str, Medium)> {
    let field = ["data", "blob"].into_iter().find(|field| {
        let content = value.get(*field).and_then(Value::as_str);
        content.is_some_and(|content| data_encoding::BASE64.decode_len(content.len()).is_ok() && is_base64(content))
    })?;
    let media_type = value.get("mimeType").and_then(Value::as_str)?;
    let medium = match media_type.split('/').next() {
        Some("image") => Medium::Image,
        Some("audio") => Medium::Audio,
        Some("video") => Medium::Video,
        _ if field == "blob" => Medium::Document,
        _ => return None,
    };
    Some((field, medium))
}

/// Whether a key is the name of a field, and no text that somebody would put there to have it pass unread.
fn is_plain_key(key: &str) -> bool {
    let n_digits = key.bytes().filter(u8::is_ascii_digit).count();
    is_tool_name(key.trim_start_matches('$')) && key.len() <= 64 && n_digits < 6
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// A key as it stands in a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Whether every text that is read out of a message stands in the place that it would be put back into. A message that would be
/// refused unread counts as one where that holds.
pub fn texts_fit_back(sender: Sender, message: &Value) -> bool {
    let Ok(questions) = questions("server", sender, message, (method(message), tool(message))) else { return true };
    let fits = |part: &Part, place: &Place| {
        let (there, text) = (message.pointer(&place.pointer), part.text.as_deref().unwrap_or_default());
        match place.kind {
            PlaceKind::Text => there.and_then(Value::as_str) == Some(text),
            PlaceKind::Json => there.map(Value::to_string).as_deref() == Some(text),
            PlaceKind::Key => true,
        }
    };
    questions.iter().all(|question| {
        let mut pairs = question.event.parts.iter().zip(&question.places);
        pairs.all(|(part, place)| place.as_ref().is_none_or(|place| fits(part, place)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(question: &Question) -> Vec<(&'static str, Option<&str>, &str)> {
        let parts = question.event.parts.iter();
        let parts = parts.map(|part| {
            (part.role.unwrap().as_str(), part.channel.as_deref(), part.text.as_deref().unwrap_or("(medium)"))
        });
        parts.collect()
    }

    fn name(question: &Question) -> String {
        let EventFacts::Tool(facts) = &question.event.facts else { panic!("a tool") };
        facts.name.clone().unwrap()
    }

    #[test]
    fn arguments_of_a_call_are_json_and_everything_else_in_it_is_text() {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "send", "arguments": { "to": "原文" }, "_meta": { "who/what": "一" } } });
        assert_eq!((form(&call), tool(&call)), (Some(Form::Request), Some("send")));
        let questions = questions("mail", Sender::Client, &call, ("tools/call", Some("send"))).unwrap();
        assert_eq!((questions.len(), name(&questions[0])), (1, "mail/send".to_owned()));
        let expected = [("assistant", None, "一"), ("assistant", Some("tool-arguments"), "{\"to\":\"原文\"}")];
        let mut found = texts(&questions[0]);
        found.sort_unstable();
        assert_eq!(found, expected);
        let mut masked = call.clone();
        let release = |text: &str| text.replace("原文", "■");
        let parts = questions[0].event.parts.iter().map(|part| part.text.as_deref().map(release));
        assert!(questions[0].apply(&Release { parts: (0..).zip(parts).collect() }, &mut masked));
        assert_eq!(masked["params"]["arguments"], json!({ "to": "■" }));
        assert_eq!(masked["params"]["_meta"], call["params"]["_meta"]);
    }

    #[test]
    fn results_are_the_texts_in_them_and_media_are_not_read_as_text() {
        let result = json!({ "jsonrpc": "2.0", "id": "a", "result": { "content": [
            { "type": "text", "text": "一" }, { "type": "image", "mimeType": "image/png", "data": "AAAA" },
            { "type": "image", "mimeType": "image/png", "data": "这不是编码" },
            { "type": "resource", "resource": { "uri": "file:///a", "mimeType": "application/pdf", "blob": "AAAA" } }],
            "structuredContent": { "t": "二", "键": 1 }, "isError": false } });
        assert_eq!(form(&result), Some(Form::Response));
        let questions = questions("mail", Sender::Server, &result, ("tools/call", Some("read"))).unwrap();
        let texts = texts(&questions[0]);
        for text in ["一", "二", "键", "这不是编码", "file:///a"] {
            assert!(texts.contains(&("tool", None, text)), "{text}");
        }
        assert_eq!(texts.iter().filter(|(_, _, text)| *text == "(medium)").count(), 2);
        assert!(!texts.iter().any(|(_, _, text)| *text == "AAAA"));
    }

    #[test]
    fn each_definition_is_a_question_of_its_own() {
        let list = json!({ "jsonrpc": "2.0", "id": 2, "result": { "nextCursor": "c", "tools": [
            { "name": "a", "description": "一", "inputSchema": { "properties": { "q": { "description": "二" } } } },
            { "name": "b" }] } });
        let questions = questions("mail", Sender::Server, &list, ("tools/list", None)).unwrap();
        let of: Vec<_> = questions.iter().map(|question| (name(question), question.definition)).collect();
        assert_eq!(of, [("mail/a".to_owned(), Some(0)), ("mail/b".to_owned(), Some(1)), ("mail".to_owned(), None)]);
        assert!(texts(&questions[0]).contains(&("system", None, "二")));
    }

    #[test]
    fn what_is_no_message_has_no_form() {
        for wrong in [
            json!([]),
            json!({ "id": 1, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": 1 }),
            json!({ "jsonrpc": "2.0", "id": null, "method": "ping" }),
            json!({ "jsonrpc": "2.0", "id": {}, "method": "a" }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {}, "error": {} }),
        ] {
            assert_eq!(form(&wrong), None, "{wrong}");
        }
        assert_eq!(form(&json!({ "jsonrpc": "2.0", "method": "a" })), Some(Form::Notification));
        assert_eq!(form(&json!({ "jsonrpc": "2.0", "id": null, "error": {} })), Some(Form::Response));
    }

    #[test]
    fn message_with_more_texts_than_are_judged_at_once_is_refused() {
        let many = json!({ "jsonrpc": "2.0", "method": "a", "params": vec!["x"; MAX_TEXTS + 1] });
        assert!(questions("s", Sender::Server, &many, ("a", None)).is_err());
        assert!(texts_fit_back(Sender::Server, &many));
    }
}
