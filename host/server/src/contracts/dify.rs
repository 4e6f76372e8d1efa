//! Dify's extension for moderation. Each field must be there and be a string, also where nothing is flagged.

use serde_json::{Map, Value, json};
use specialis::core::Role;

use super::{Asked, AskedText, Judged, Read};

pub(super) fn read(body: &Value) -> Result<Read, String> {
    let params = body.get("params").unwrap_or(&Value::Null);
    let text = |field: &str| params.get(field).and_then(Value::as_str).unwrap_or_default();
    match body.get("point").and_then(Value::as_str) {
        Some("ping") => Ok(Read::Answer(json!({ "result": "pong" }))),
        Some("app.moderation.input") => {
            let mut texts: Vec<AskedText> =
                inputs(body).map(|(_, value)| AskedText::of(Role::User, &text_of(value))).collect();
            texts.push(AskedText::of(Role::User, text("query")));
            Ok(Read::Texts(Asked { texts, ..Asked::default() }))
        }
        Some("app.moderation.output") => {
            let texts = vec![AskedText::of(Role::Assistant, text("text"))];
            Ok(Read::Texts(Asked { is_answer: true, texts, ..Asked::default() }))
        }
        _ => Err("`point` is not one of this extension; use it for moderation".to_owned()),
    }
}

/// The inputs of an app, in their order.
fn inputs(body: &Value) -> impl Iterator<Item = (&String, &Value)> {
    body.pointer("/params/inputs").and_then(Value::as_object).into_iter().flatten()
}

/// What an input says: its text, or its JSON where it is something else.
fn text_of(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_null() => String::new(),
        None => value.to_string(),
    }
}

pub(super) fn write(body: &Value, judged: &Judged) -> Value {
    let action = if judged.is_blocked || !judged.is_masked { "direct_output" } else { "overridden" };
    let preset = if judged.is_blocked { judged.notice.as_str() } else { "" };
    let mut answer = json!({
        "flagged": judged.is_blocked || judged.is_masked, "action": action, "preset_response": preset,
        "specialis": judged.note,
    });
    let Some(fields) = answer.as_object_mut() else { return answer };
    // Of a text that is blocked nothing is echoed.
    let mut texts = judged.texts.iter().map(|text| if judged.is_blocked { "" } else { text.as_str() });
    if body.get("point").and_then(Value::as_str) == Some("app.moderation.output") {
        fields.insert("text".to_owned(), json!(texts.next().unwrap_or_default()));
        return answer;
    }
    let mut echoed = Map::new();
    for (name, value) in inputs(body) {
        let text = texts.next().unwrap_or_default();
        let value = if !value.is_string() && text == text_of(value) { value.clone() } else { json!(text) };
        echoed.insert(name.clone(), value);
    }
    fields.insert("inputs".to_owned(), Value::Object(echoed));
    fields.insert("query".to_owned(), json!(texts.next().unwrap_or_default()));
    answer
}

/// The answer to a request that was not judged: Dify shows the output otherwise.
pub(super) fn refused(notice: &str) -> Value {
    json!({ "flagged": true, "action": "direct_output", "preset_response": notice, "inputs": {}, "query": "", "text": "" })
}
