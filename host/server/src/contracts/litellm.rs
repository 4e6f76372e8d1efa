//! LiteLLM's generic guardrail. On a stream it sends the whole text so far each time; `stream_holdback_chars` says how much of its
//! end may still become part of a match.

use serde_json::{Value, json};
use specialis::core::Role;
use specialis::core::words::Medium;

use super::{Asked, AskedText, Judged, Read};

/// How many pictures are told of: none of them is looked into.
const MAX_IMAGES: usize = 64;

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
    let said = list(body, "texts");
    let roles = if is_answer { Vec::new() } else { roles(list(body, "structured_messages"), said.len()) };
    for (text, at) in said.iter().zip(0_usize..) {
        let text = text.as_str().ok_or("`texts` holds something that is no text")?;
        let role = if is_answer { Role::Assistant } else { roles.get(at).copied().unwrap_or(Role::User) };
        let choice = if is_answer { u32::try_from(at).unwrap_or(u32::MAX) } else { 0 };
        texts.push(AskedText { choice, ..AskedText::of(role, text) });
    }
    for (call, at) in list(body, "tool_calls").iter().zip(0_u32..) {
        let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or_default();
        let role = if is_answer { Role::Assistant } else { Role::History };
        let channel = Some(if at == 0 { "tool-arguments".to_owned() } else { format!("tool-arguments-{at}+json") });
        texts.push(AskedText { channel, ..AskedText::of(role, arguments) });
    }
    // They have no place in the answer either: a description that had to be masked is blocked.
    for tool in list(body, "tools") {
        let description = tool.pointer("/function/description").or_else(|| tool.get("description"));
        texts.extend(description.and_then(Value::as_str).map(|text| AskedText::of(Role::System, text)));
    }
    for _ in list(body, "images").iter().take(MAX_IMAGES) {
        texts.push(AskedText { medium: Some(Medium::Image), ..AskedText::of(Role::User, "") });
    }
    let exchange = body.get("litellm_call_id").and_then(Value::as_str).map(str::to_owned);
    Ok(Read::Texts(Asked { is_answer, texts, exchange }))
}

fn list<'a>(body: &'a Value, field: &str) -> &'a [Value] {
    body.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Whose each of the texts is, by the messages that they were taken out of; none where the texts are not those of the messages.
fn roles(messages: &[Value], n_texts: usize) -> Vec<Role> {
    let mut roles = Vec::new();
    for message in messages {
        let role = match message.get("role").and_then(Value::as_str) {
            Some("system" | "developer") => Role::System,
            Some("assistant") => Role::History,
            Some("tool" | "function") => Role::Tool,
            _ => Role::User,
        };
        let n_here = match message.get("content") {
            Some(Value::String(_)) => 1,
            Some(Value::Array(parts)) => {
                parts.iter().filter(|part| part.get("text").is_some_and(Value::is_string)).count()
            }
            _ => 0,
        };
        roles.extend(std::iter::repeat_n(role, n_here));
    }
    if roles.len() == n_texts { roles } else { Vec::new() }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &Value) -> Vec<(Role, String, bool)> {
        let Ok(Read::Texts(asked)) = read(body) else { panic!("it has texts") };
        asked.texts.into_iter().map(|text| (text.role, text.text, text.medium.is_some())).collect()
    }

    #[test]
    fn texts_have_the_roles_of_their_messages_and_tools_and_pictures_are_judged_too() {
        let messages = json!([{ "role": "system", "content": "一" },
            { "role": "assistant", "content": null, "tool_calls": [] },
            { "role": "tool", "content": "二" },
            { "role": "user", "content": [{ "type": "text", "text": "三" }, { "type": "image_url", "image_url": {} }] }]);
        let tools =
            json!([{ "type": "function", "function": { "name": "f", "description": "四" } }, { "type": "odd" }]);
        let body = json!({ "input_type": "request", "texts": ["一", "二", "三"], "structured_messages": messages,
            "tools": tools, "images": ["data:image/png;base64,AAAA"], "tool_calls": null });
        let text = |role, text: &str| (role, text.to_owned(), false);
        let picture = (Role::User, String::new(), true);
        let all = [
            text(Role::System, "一"),
            text(Role::Tool, "二"),
            text(Role::User, "三"),
            text(Role::System, "四"),
            picture,
        ];
        assert_eq!(asked(&body), all);
        let many = json!({ "input_type": "request", "images": vec!["x"; 1_000] });
        assert_eq!(asked(&many).len(), MAX_IMAGES);
        // Where the texts are not those of the messages, each may be the user's.
        let other = json!({ "input_type": "request", "texts": ["一", "二"], "structured_messages": messages });
        assert!(asked(&other).iter().all(|(role, ..)| *role == Role::User));
    }

    #[test]
    fn mask_in_what_has_no_place_in_the_answer_blocks() {
        let body = json!({ "input_type": "request", "texts": ["一"] });
        let judged = |masked: usize| Judged {
            is_blocked: false,
            texts: vec!["一".to_owned(), "■".to_owned()],
            kept_back: Vec::new(),
            is_masked: true,
            masks: vec![(masked, 0, 3)],
            duties: Vec::new(),
            notice: "已停止".to_owned(),
            note: Value::Null,
        };
        assert_eq!(write(&body, &judged(1))["action"], "BLOCKED");
        assert_eq!(write(&body, &judged(0))["texts"], json!(["一"]));
    }
}
