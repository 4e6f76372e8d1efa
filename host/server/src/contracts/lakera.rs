//! Lakera's guard, version 2. What is to be masked is told as spans of the kind `pii`, which gateways mask themselves; anything
//! else that is found blocks.

use serde_json::{Value, json};
use specialis::core::Role;

use super::{Asked, AskedText, Judged, Read};

pub(super) fn read(body: &Value) -> Result<Read, String> {
    let messages = body.get("messages").and_then(Value::as_array);
    let messages = messages.ok_or("`messages` is no list; send the messages of the conversation")?;
    let is_answer = messages.last().is_some_and(|last| role_of(last) == Role::Assistant);
    let last = messages.len().saturating_sub(1);
    let texts = messages.iter().zip(0_usize..).map(|(message, at)| {
        // Of an answer the rest was asked about before. Its place stays, since masks name it.
        let content = if is_answer && at < last { String::new() } else { content(message) };
        let is_earlier = role_of(message) == Role::Assistant && at < last;
        let role = if is_earlier { Role::History } else { role_of(message) };
        AskedText::of(role, &content)
    });
    Ok(Read::Texts(Asked { is_answer, texts: texts.collect(), ..Asked::default() }))
}

fn role_of(message: &Value) -> Role {
    match message.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("assistant") => Role::Assistant,
        Some("tool") => Role::Tool,
        _ => Role::User,
    }
}

fn content(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

pub(super) fn write(body: &Value, judged: &Judged) -> Value {
    let masked = !judged.masks.is_empty();
    let is_flagged = judged.is_blocked || judged.is_masked;
    let mut breakdown: Vec<Value> = Vec::new();
    if judged.is_blocked || (judged.is_masked && !masked) {
        breakdown.push(json!({ "detector_type": "moderated_content/specialis", "detected": true }));
    }
    if masked {
        breakdown.push(json!({ "detector_type": "pii/specialis", "detected": true }));
    }
    let mut answer = json!({ "flagged": is_flagged, "metadata": judged.note });
    let Some(fields) = answer.as_object_mut() else { return answer };
    let wants = |field: &str| body.get(field) == Some(&Value::Bool(true));
    if wants("breakdown") {
        fields.insert("breakdown".to_owned(), json!(breakdown));
    }
    if wants("payload") {
        let messages = body.get("messages").and_then(Value::as_array);
        let payload = judged.masks.iter().filter_map(|(message, start, end)| {
            let text = content(messages?.get(*message)?);
            // Places are in characters.
            let characters = |at: usize| text.get(..at).map(|text| text.chars().count());
            let (start, end) = (characters(*start)?, characters(*end)?);
            Some(json!({ "start": start, "end": end, "detector_type": "pii/specialis", "message_id": message }))
        });
        fields.insert("payload".to_owned(), payload.collect());
    }
    answer
}
