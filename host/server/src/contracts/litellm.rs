//! LiteLLM's generic guardrail. On a stream it sends the whole text so far each time; `stream_holdback_chars` says how much of its
//! end may still become part of a match.

use serde_json::{Value, json};
use specialis::core::Role;

use super::{Asked, AskedText, Judged, Read};

pub(super) fn read(body: &Value) -> Result<Read, String> {
    let is_answer = match body.get("input_type").and_then(Value::as_str) {
        Some("request") => false,
        Some("response") => true,
        _ => {
            return Err(
                "`input_type` is neither `request` nor `response`; use a LiteLLM of version 1.106 or later".to_owned()
            );
        }
    };
    let mut texts = Vec::new();
    let listed = body.get("texts").and_then(Value::as_array);
    for (text, choice) in listed.into_iter().flatten().zip(0_u32..) {
        let text = text.as_str().ok_or("`texts` holds something that is no text")?;
        let role = if is_answer { Role::Assistant } else { Role::User };
        let choice = if is_answer { choice } else { 0 };
        texts.push(AskedText { choice, ..AskedText::of(role, text) });
    }
    let calls = body.get("tool_calls").and_then(Value::as_array);
    for (call, at) in calls.into_iter().flatten().zip(0_u32..) {
        let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or_default();
        let role = if is_answer { Role::Assistant } else { Role::History };
        let channel = Some(if at == 0 { "tool-arguments".to_owned() } else { format!("tool-arguments-{at}+json") });
        texts.push(AskedText { channel, ..AskedText::of(role, arguments) });
    }
    let exchange = body.get("litellm_call_id").and_then(Value::as_str).map(str::to_owned);
    Ok(Read::Texts(Asked { is_answer, texts, exchange }))
}

pub(super) fn write(body: &Value, judged: &Judged) -> Value {
    if judged.is_blocked {
        return json!({ "action": "BLOCKED", "blocked_reason": judged.notice, "specialis": judged.note });
    }
    let n_texts = body.get("texts").and_then(Value::as_array).map_or(0, Vec::len);
    // Arguments of tools have no place in the answer: one that had to be masked is blocked.
    let (texts, arguments) = judged.texts.split_at(n_texts.min(judged.texts.len()));
    let is_masked_call = judged.masks.iter().any(|(text, ..)| *text >= n_texts) && !arguments.is_empty();
    if is_masked_call {
        return json!({ "action": "BLOCKED", "blocked_reason": judged.notice, "specialis": judged.note });
    }
    let mut answer = json!({ "action": "NONE", "specialis": judged.note });
    if judged.is_masked {
        answer = json!({ "action": "GUARDRAIL_INTERVENED", "texts": texts, "specialis": judged.note });
    }
    let kept_back: Vec<usize> = judged.kept_back.iter().take(n_texts).copied().collect();
    if let Some(answer) = answer.as_object_mut().filter(|_| !kept_back.is_empty()) {
        answer.insert("stream_holdback_chars".to_owned(), json!(kept_back));
    }
    answer
}
