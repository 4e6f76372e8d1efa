//! Headers that repeat what a message says. Revisions of the protocol from 2026 have them, for proxies that do not read bodies.

use data_encoding::BASE64;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;

/// Whether each header that repeats a name or an argument says what the message says. One that did not would carry text that was
/// not judged, or text that was masked in the message.
pub(super) fn agree(headers: &HeaderMap, message: &Value) -> bool {
    let params = message.get("params").unwrap_or(&Value::Null);
    let repeats = |name: &HeaderName| name == "mcp-name" || name.as_str().starts_with("mcp-param-");
    headers.iter().filter(|(name, _)| repeats(name)).all(|(name, value)| {
        let Some(value) = decoded(value) else { return false };
        if name == "mcp-name" {
            let named = [params.get("name"), params.get("uri")].into_iter().flatten();
            return named.filter_map(Value::as_str).any(|named| named == value);
        }
        params.get("arguments").is_some_and(|arguments| holds(arguments, &value))
    }) && headers.get("mcp-method").is_none_or(|method| method.as_bytes() == super::message::method(message).as_bytes())
}

/// The value of a header; one that is not plain ASCII is coded in base64.
fn decoded(value: &HeaderValue) -> Option<String> {
    let value = value.to_str().ok()?;
    match value.strip_prefix("=?base64?").and_then(|coded| coded.strip_suffix("?=")) {
        Some(coded) => String::from_utf8(BASE64.decode(coded.as_bytes()).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

/// Whether a value is, or holds, what a header says.
fn holds(value: &Value, said: &str) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is_so) => said == is_so.to_string(),
        Value::Number(number) => said == number.to_string(),
        Value::String(text) => text == said,
        Value::Array(values) => values.iter().any(|value| holds(value, said)),
        Value::Object(fields) => fields.values().any(|value| holds(value, said)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn header_that_says_something_else_than_the_message_is_found() {
        let call = json!({ "method": "tools/call", "params": { "name": "send", "arguments": { "to": "文", "n": 3 } } });
        let table = [
            ("mcp-name", "send", true),
            ("mcp-name", "read", false),
            ("mcp-method", "tools/call", true),
            ("mcp-method", "ping", false),
            ("mcp-param-to", "=?base64?5paH?=", true),
            ("mcp-param-n", "3", true),
            ("mcp-param-to", "other", false),
            ("mcp-param-to", "=?base64?!?=", false),
            ("mcp-session-id", "x", true),
        ];
        for (name, value, is_so) in table {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(agree(&headers, &call), is_so, "{name} {value}");
        }
    }
}
