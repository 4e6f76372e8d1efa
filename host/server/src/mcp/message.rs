//! What of a message is judged: every text in it, wherever it stands, the arguments of a call as JSON.

use serde_json::{Value, json};
use specialis::Release;
use specialis::core::words::Medium;
use specialis::core::{Event, EventFacts, EventKind, Part, Role};

use crate::wire::{is_id, is_tool_name};

/// The most texts of one message, those that media stand for and definitions of tools included. One that holds more is refused.
const MAX_TEXTS: usize = 4_096;
/// The most bytes of the key of a field.
const MAX_KEY_BYTES: usize = 1_024;
/// The most bytes of all pointers to the texts of one message. Each text has its own, so that long keys above many texts would
/// cost their product.
const MAX_POINTER_BYTES: usize = 4 << 20;

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

/// Where in a message a walk over it is, and how much it has taken.
#[derive(Debug, Default)]
struct Walk {
    /// A JSON pointer to the value that is looked at.
    pointer: String,
    n_texts: usize,
    n_pointer_bytes: usize,
}

impl Walk {
    /// Looks at the field of an object.
    fn field(
        &mut self,
        key: &str,
        look: impl FnOnce(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        if key.len() > MAX_KEY_BYTES {
            return Err("a key of a field in it is longer than 1,024 bytes");
        }
        self.below(&escaped(key), look)
    }

    /// Looks at each element of a list.
    fn elements(
        &mut self,
        values: &[Value],
        mut look: impl FnMut(&mut Self, usize, &Value) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let mut values = values.iter().zip(0_usize..);
        values.try_for_each(|(value, at)| self.below(&at.to_string(), |walk| look(walk, at, value)))
    }

    fn below(
        &mut self,
        step: &str,
        look: impl FnOnce(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let here = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(step);
        let looked = look(self);
        self.pointer.truncate(here);
        looked
    }

    /// Counts one text, or what is judged in the place of one.
    fn count(&mut self) -> Result<(), &'static str> {
        if self.n_texts >= MAX_TEXTS {
            return Err("it holds more texts than are judged at once");
        }
        self.n_texts = self.n_texts.saturating_add(1);
        Ok(())
    }

    /// The place that is looked at.
    fn place(&mut self, kind: PlaceKind) -> Result<Place, &'static str> {
        // A key is not put back, so nobody asks where it stands.
        let pointer = if kind == PlaceKind::Key { "" } else { &self.pointer };
        self.n_pointer_bytes = self.n_pointer_bytes.saturating_add(pointer.len());
        if self.n_pointer_bytes > MAX_POINTER_BYTES {
            return Err("its texts stand below too many long keys");
        }
        Ok(Place { pointer: pointer.to_owned(), kind })
    }
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
/// Where it holds more texts than are judged at once, or keys that are too long for that.
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
    let mut walk = Walk::default();
    let tools = message.pointer("/result/tools").and_then(Value::as_array);
    if let Some(tools) = tools.filter(|_| method == "tools/list") {
        let mut questions = definitions(server, &mut walk, tools)?;
        let mut rest = Question::new(server, None);
        let result = message.get("result").and_then(Value::as_object).into_iter().flatten();
        let mut others = result.filter(|(key, _)| *key != "tools");
        walk.field("result", |walk| others.try_for_each(|(key, value)| rest.field(walk, role, (key, value))))?;
        questions.push(rest);
        return Ok(questions.into_iter().filter(|question| !question.places.is_empty()).collect());
    }
    let mut question = Question::new(server, tool);
    for (key, value) in message.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("jsonrpc" | "id" | "method", _) => {}
            ("params", Value::Object(params)) if method == "tools/call" => walk.field("params", |walk| {
                params.iter().try_for_each(|(key, value)| match key.as_str() {
                    "arguments" => walk.field(key, |walk| question.json(walk, role, value)),
                    "name" if tool.is_some() => Ok(()),
                    _ => question.field(walk, role, (key, value)),
                })
            })?,
            _ => question.field(&mut walk, role, (key, value))?,
        }
    }
    Ok(if question.places.is_empty() { Vec::new() } else { vec![question] })
}

/// A question for each definition of a tool, whatever it holds.
fn definitions(server: &str, walk: &mut Walk, tools: &[Value]) -> Result<Vec<Question>, &'static str> {
    if tools.len() > MAX_TEXTS {
        return Err("it holds more definitions than are judged at once");
    }
    let mut questions = Vec::new();
    let look = |walk: &mut Walk, at: usize, definition: &Value| -> Result<(), &'static str> {
        let name = definition.get("name").and_then(Value::as_str).filter(|name| is_tool_name(name));
        let mut question = Question::new(server, name);
        question.definition = Some(at);
        question.collect(walk, Role::System, definition)?;
        questions.push(question);
        Ok(())
    };
    walk.field("result", |walk| walk.field("tools", |walk| walk.elements(tools, look)))?;
    Ok(questions)
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
    fn json(&mut self, walk: &mut Walk, role: Role, value: &Value) -> Result<(), &'static str> {
        walk.count()?;
        let channel = Some("tool-arguments".to_owned());
        self.event.parts.push(Part { role: Some(role), channel, ..Part::text(value.to_string()) });
        self.places.push(Some(walk.place(PlaceKind::Json)?));
        Ok(())
    }

    fn text(&mut self, walk: &mut Walk, role: Role, (text, kind): (&str, PlaceKind)) -> Result<(), &'static str> {
        walk.count()?;
        self.event.parts.push(Part { role: Some(role), ..Part::text(text) });
        self.places.push(Some(walk.place(kind)?));
        Ok(())
    }

    /// Adds every text in the field of an object, and its key where that is no plain name.
    fn field(&mut self, walk: &mut Walk, role: Role, (key, value): (&str, &Value)) -> Result<(), &'static str> {
        if !is_plain_key(key) {
            self.text(walk, role, (key, PlaceKind::Key))?;
        }
        walk.field(key, |walk| self.collect(walk, role, value))
    }

    /// Adds every text in a value. What is coded content of a medium is a part without text.
    fn collect(&mut self, walk: &mut Walk, role: Role, value: &Value) -> Result<(), &'static str> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::String(text) if text.is_empty() => Ok(()),
            Value::String(text) => self.text(walk, role, (text, PlaceKind::Text)),
            Value::Array(values) => walk.elements(values, |walk, _, value| self.collect(walk, role, value)),
            Value::Object(fields) => {
                let medium = medium_of(value);
                if let Some((_, medium)) = medium {
                    walk.count()?;
                    let (role, medium) = (Some(role), Some(medium));
                    self.event.parts.push(Part { role, medium, text: None, ..Part::text("") });
                    self.places.push(None);
                }
                for (key, value) in fields {
                    if medium.is_none_or(|(field, _)| field != key) {
                        self.field(walk, role, (key, value))?;
                    }
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

    /// The server's answer with a result.
    fn answer(result: &Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": 1, "result": result })
    }

    fn is_refused(method: &str, message: &Value) -> bool {
        questions("s", Sender::Server, message, (method, None)).is_err()
    }

    #[test]
    fn all_that_is_judged_of_a_message_counts_towards_its_texts() {
        let picture = json!({ "mimeType": "image/png", "data": "AAAA" });
        let pictures = |n: usize| answer(&json!({ "content": vec![&picture; n] }));
        // The type of each picture is a text beside it.
        assert!(!is_refused("a", &pictures(MAX_TEXTS / 2)));
        assert!(is_refused("a", &pictures(MAX_TEXTS / 2 + 1)));
        let tools = |n: usize, tool: Value| answer(&json!({ "tools": vec![tool; n] }));
        let named = json!({ "description": "x" });
        assert!(!is_refused("tools/list", &tools(MAX_TEXTS, named.clone())));
        assert!(is_refused("tools/list", &tools(MAX_TEXTS + 1, named)));
        assert!(is_refused("tools/list", &tools(MAX_TEXTS + 1, json!({}))));
        assert!(is_refused("tools/list", &tools(MAX_TEXTS / 2 + 1, json!({ "title": "x", "description": "y" }))));
    }

    #[test]
    fn key_that_is_no_plain_name_is_judged_wherever_it_stands() {
        let judged = |sender, message: &Value, method: &str| {
            let questions = questions("s", sender, message, (method, Some("t"))).unwrap();
            questions.iter().flat_map(texts).any(|(_, _, text)| text == "一段话")
        };
        let keyed = json!({ "一段话": 1 });
        let mut at_the_top = answer(&json!({}));
        at_the_top["一段话"] = json!(1);
        assert!(judged(Sender::Server, &at_the_top, "a"));
        assert!(judged(Sender::Server, &answer(&keyed), "a"));
        assert!(judged(Sender::Server, &answer(&json!({ "tools": [], "一段话": 1 })), "tools/list"));
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": keyed });
        assert!(judged(Sender::Client, &call, "tools/call"));
    }

    #[test]
    fn key_that_is_too_long_is_refused_wherever_it_stands() {
        let keyed = |n: usize| json!({ "k".repeat(n): ["x"] });
        for (n, expected) in [(MAX_KEY_BYTES, false), (MAX_KEY_BYTES + 1, true)] {
            let at_the_top = {
                let mut message = answer(&json!({}));
                message["k".repeat(n)] = json!(1);
                message
            };
            let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": keyed(n) });
            assert_eq!(is_refused("a", &at_the_top), expected, "{n}");
            assert_eq!(is_refused("a", &answer(&keyed(n))), expected, "{n}");
            assert_eq!(is_refused("tools/call", &call), expected, "{n}");
            assert_eq!(is_refused("tools/list", &answer(&json!({ "tools": [keyed(n)] }))), expected, "{n}");
            let mut beside = json!({ "tools": [] });
            beside["k".repeat(n)] = json!("x");
            assert_eq!(is_refused("tools/list", &answer(&beside)), expected, "{n}");
        }
    }

    #[test]
    fn pointers_to_texts_are_bounded_together() {
        // Every text below all of these keys would repeat them.
        let below = |n_keys: usize, n_texts: usize| {
            let key = "k".repeat(MAX_KEY_BYTES);
            (0..n_keys).fold(json!(vec!["x"; n_texts]), |value, _| json!({ key.as_str(): value }))
        };
        let bytes = |message: &Value| {
            let (mut walk, mut question) = (Walk::default(), Question::new("s", None));
            let collected = question.collect(&mut walk, Role::Tool, message);
            let kept: usize = question.places.iter().flatten().map(|place| place.pointer.len()).sum();
            assert!(kept <= MAX_POINTER_BYTES);
            collected.map(|()| kept)
        };
        assert!(bytes(&below(1, 2_000)).is_ok_and(|n| n > 2_000 * MAX_KEY_BYTES));
        assert!(bytes(&below(1, 4_090)).is_err());
        assert!(bytes(&below(100, 4_000)).is_err());
        // A value without text costs none.
        let numbers = (0..100).fold(json!(vec![1; 4_000]), |value, _| json!({ "k".repeat(MAX_KEY_BYTES): value }));
        assert_eq!(bytes(&numbers), Ok(0));
    }
}
