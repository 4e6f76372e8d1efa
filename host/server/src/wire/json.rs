//! What of an upstream's JSON is passed on beside text: only fields that are known, and only in forms that hold no text.

use serde_json::{Map, Value};

/// The longest id or name that is passed on.
const MAX_ID: usize = 256;

/// Copies those of the named fields that hold an id, a number, a boolean or null.
pub(crate) fn copy_plain(from: &Value, to: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        let Some(value) = from.get(*name) else { continue };
        let is_plain = match value {
            Value::String(text) => is_id(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => true,
            Value::Array(_) | Value::Object(_) => false,
        };
        if is_plain {
            to.insert((*name).to_owned(), value.clone());
        }
    }
}

/// Whether a text is an id: short, of ASCII letters, digits and marks, without spaces.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() <= MAX_ID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a text can be the name of a tool.
pub(crate) fn is_tool_name(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
    !text.is_empty() && text.len() <= 128 && text.bytes().all(is_of_name)
}

/// The numbers of a usage object, with the objects in it; everything else is left out.
pub(crate) fn numbers(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(key, value)| (key, numbers(value))).filter(|(_, value)| !value.is_null());
            Value::Object(kept.filter(|(key, _)| is_id(key)).map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Number(_) => value.clone(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => Value::Null,
    }
}

/// The text of a field.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A field that is one word, such as the reason for an end.
pub(crate) fn word(value: &Value, name: &str) -> Option<String> {
    text(value, name).filter(|word| word.len() <= 64 && is_id(word)).map(str::to_owned)
}

/// A number of a field that fits.
pub(crate) fn number(value: &Value, name: &str) -> Option<u32> {
    value.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}

/// The elements of a field that is a list.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The error object of an upstream, as it is passed on: its known fields, its message cut.
pub(crate) fn error_object(value: &Value) -> Value {
    let mut error = Map::new();
    copy_plain(value, &mut error, &["type", "code", "param"]);
    let message = value.as_str().or_else(|| text(value, "message"));
    let message = message.unwrap_or("the upstream reported an error").chars().take(1_000).collect::<String>();
    error.insert("message".to_owned(), Value::String(message));
    Value::Object(error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_could_hold_text_is_copied() {
        let from = json!({"id": "chatcmpl-1", "model": "模型 一", "created": 3, "more": ["x"], "note": "two words"});
        let mut to = Map::new();
        copy_plain(&from, &mut to, &["id", "model", "created", "more", "note", "absent"]);
        assert_eq!(Value::Object(to), json!({"id": "chatcmpl-1", "created": 3}));
        let usage = json!({"total": 3, "note": "text", "details": {"cached": 1, "of": [1]}});
        assert_eq!(numbers(&usage), json!({"total": 3, "details": {"cached": 1}}));
    }
}
