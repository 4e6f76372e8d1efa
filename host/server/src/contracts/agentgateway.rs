//! The webhook of agentgateway. Its answer is told by its fields: a rejection needs both `body` and `status_code`, or it counts as
//! passed.

use serde_json::{Value, json};
use specialis::core::Role;

use super::{Asked, AskedText, Judged, Read};

/// The status of a rejection.
const REJECTED: u16 = 400;

pub(super) fn read(is_answer: bool, body: &Value) -> Result<Read, String> {
    let field = if is_answer { "choices" } else { "messages" };
    let rows = body.pointer(&format!("/body/{field}")).and_then(Value::as_array);
    let rows = rows.ok_or_else(|| format!("`body.{field}` is no list; check the path of the webhook"))?;
    let texts = rows.iter().zip(0_u32..).map(|(row, at)| {
        let message = if is_answer { row.get("message").unwrap_or(&Value::Null) } else { row };
        let role = match (is_answer, message.get("role").and_then(Value::as_str)) {
            (true, _) => Role::Assistant,
            (false, Some("system" | "developer")) => Role::System,
            (false, Some("assistant")) => Role::History,
            (false, Some("tool")) => Role::Tool,
            (false, _) => Role::User,
        };
        let text = message.get("content").and_then(Value::as_str).unwrap_or_default();
        AskedText { choice: if is_answer { at } else { 0 }, ..AskedText::of(role, text) }
    });
    Ok(Read::Texts(Asked { is_answer, texts: texts.collect(), ..Asked::default() }))
}

pub(super) fn write(body: &Value, asked: &Asked, judged: &Judged) -> Value {
    let reason = judged.note.get("decision").cloned().unwrap_or_default();
    if judged.is_blocked {
        return json!({ "action": { "body": judged.notice, "status_code": REJECTED, "reason": reason } });
    }
    if !judged.is_masked {
        return json!({ "action": { "reason": reason } });
    }
    let field = if asked.is_answer { "choices" } else { "messages" };
    let place = if asked.is_answer { "/message/content" } else { "/content" };
    let mut rows = body.pointer(&format!("/body/{field}")).cloned().unwrap_or_default();
    for (row, text) in rows.as_array_mut().into_iter().flatten().zip(&judged.texts) {
        if let Some(content) = row.pointer_mut(place) {
            *content = json!(text);
        }
    }
    json!({ "action": { "body": { field: rows }, "reason": reason } })
}
