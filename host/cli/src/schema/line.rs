//! The schemas of a line and of its event, as they are read: what may be left out is optional.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use specialis_core::{Context, Event};

use super::generate::of;
use super::rules;
use crate::input::Chunk;

/// A line of input.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Line")]
#[expect(dead_code, reason = "a description of what is read")]
struct Whole {
    /// The session the line belongs to; without it a line is a session of its own.
    session: Option<String>,
    /// Whether the session ends with this line; a later line of its name opens another one.
    ends: Option<bool>,
    /// An RFC 3339 time, or a date; its day in Asia/Shanghai on a session's first line is the day the law is looked up for.
    time: Option<String>,
    /// The context of the session, on its first line; on later ones absent or the same.
    context: Option<Context>,
    /// The event.
    event: Event,
    /// The pieces of a stream, beside an `output` that has no text of its own in their choice and channel.
    chunks: Option<Vec<Chunk>>,
}

/// The schema of a line.
pub(crate) fn line() -> Value {
    let mut schema = of::<Whole>();
    if let Some(event) = schema.pointer_mut("/$defs/Event").and_then(Value::as_object_mut) {
        as_read(event);
    }
    rules::lifted(schema)
}

/// The schema of an event.
pub(crate) fn event() -> Value {
    let mut schema = of::<Event>();
    if let Some(event) = schema.as_object_mut() {
        as_read(event);
    }
    rules::lifted(schema)
}

/// Events are read more leniently than they are written: facts, parts, signals and sources may be left out, and `text`
/// stands for one part of plain text.
fn as_read(event: &mut Map<String, Value>) {
    event.remove("required");
    let text = json!({
        "description": "Short for a first part of plain text.",
        "type": ["string", "null"],
    });
    if let Some(properties) = event.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("text".to_owned(), text);
    }
    let kinds = event.get_mut("oneOf").and_then(Value::as_array_mut);
    for kind in kinds.into_iter().flatten() {
        if let Some(required) = kind.get_mut("required") {
            *required = json!(["kind"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_accept_what_is_read_and_refuse_what_is_not() {
        let event = jsonschema::validator_for(&event()).unwrap();
        let line = jsonschema::validator_for(&line()).unwrap();
        let good = json!({"kind": "prompt", "text": "你好", "facts": {"task": "chat"}});
        assert!(event.is_valid(&good));
        assert!(event.is_valid(&json!({"kind": "abort"})));
        assert!(!event.is_valid(&json!({"kind": "promt"})));
        assert!(!event.is_valid(&json!({"kind": "prompt", "facts": {"task": 5}})));
        assert!(line.is_valid(&json!({"event": good, "session": "s", "context": {"subject": {"age": "adult"}}})));
        assert!(line.is_valid(&json!({"event": {"kind": "output"}, "chunks": ["a", {"text": "b", "choice": 1}]})));
        assert!(!line.is_valid(&json!({"session": "s"})));
        assert!(!line.is_valid(&json!({"event": good, "sesion": "s"})));
    }
}
