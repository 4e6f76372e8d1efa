//! Anthropic's messages, whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::HEAD;
use crate::wire::answer::{Answer, Channel, Ended, Piece, Slot};
use crate::wire::json::{copy_plain, is_id, is_tool_name, list, numbers, text, word};
use crate::wire::transcoder::{AnswerStyle, BlockStyle, Finish};

/// A block with the channel of its text, where it has one.
type Block<'a> = (&'a Value, Option<Channel>);

/// The same message with what may go out of it. `answer` must be new.
///
/// # Errors
/// Where the message is not what the interface says.
pub(crate) fn rewrite(style: &AnswerStyle, body: &Value, answer: &mut Answer) -> Result<(Value, Ended), Finish> {
    let mut released: BTreeMap<Channel, String> = BTreeMap::new();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let (mut n_texts, mut n_thoughts, mut n_calls) = (0, 0, 0);
    for block in list(body, "content") {
        let (channel, original) = match text(block, "type") {
            Some("text") => (Channel::Text(next(&mut n_texts)), text(block, "text").map(str::to_owned)),
            Some("thinking") => (Channel::Reasoning(next(&mut n_thoughts)), text(block, "thinking").map(str::to_owned)),
            Some("tool_use") => (Channel::ToolArguments(next(&mut n_calls)), block.get("input").map(Value::to_string)),
            Some("redacted_thinking") => {
                blocks.push((block, None));
                continue;
            }
            // What nobody here knows is not passed on.
            _ => continue,
        };
        let pieces = answer.push(Slot::only(channel), &original.unwrap_or_default());
        take(&mut released, pieces);
        blocks.push((block, Some(channel)));
    }
    let (pieces, ended) = answer.end().ok_or_else(|| Finish::broken("the answer was judged before"))?;
    take(&mut released, pieces);
    let is_closed = answer.is_closed(0);
    let mut content = Vec::new();
    for (block, channel) in blocks {
        let text = channel.and_then(|channel| released.remove(&channel)).unwrap_or_default();
        content.extend(rewritten(block, text, is_closed)?);
    }
    if is_closed && style.block == BlockStyle::Answer {
        content.push(json!({ "type": "text", "text": style.notice }));
    }
    let reason = word(body, "stop_reason");
    let reason = match (is_closed, style.block) {
        (true, BlockStyle::Filter) => Some("refusal".to_owned()),
        (true, BlockStyle::Answer) => Some("end_turn".to_owned()),
        (false, _) => reason,
    };
    let mut out = Map::new();
    copy_plain(body, &mut out, HEAD);
    out.insert("content".to_owned(), Value::Array(content));
    out.insert("stop_reason".to_owned(), json!(reason));
    out.insert("stop_sequence".to_owned(), Value::Null);
    out.insert("usage".to_owned(), body.get("usage").map_or_else(|| json!({}), numbers));
    out.insert("specialis".to_owned(), ended.note());
    Ok((Value::Object(out), ended))
}

/// The number of the next of several.
fn next(n: &mut u32) -> u32 {
    std::mem::replace(n, n.saturating_add(1))
}

fn take(released: &mut BTreeMap<Channel, String>, pieces: Vec<Piece>) {
    for piece in pieces {
        if let Piece::Text(slot, text) = piece {
            released.entry(slot.channel).or_default().push_str(&text);
        }
    }
}

/// A block with what may go out of it; none where that is nothing.
fn rewritten(block: &Value, released: String, is_closed: bool) -> Result<Option<Value>, Finish> {
    Ok(match text(block, "type") {
        Some("text") => (!released.is_empty()).then(|| json!({ "type": "text", "text": released })),
        Some("thinking") => {
            let is_as_signed = text(block, "thinking") == Some(released.as_str());
            let signature = text(block, "signature").filter(|signature| is_as_signed && is_sealed(signature));
            let signature = signature.unwrap_or_default();
            let block = json!({ "type": "thinking", "thinking": released, "signature": signature });
            (!released.is_empty()).then_some(block)
        }
        Some("redacted_thinking") => {
            let data = text(block, "data").filter(|data| !is_closed && is_sealed(data));
            data.map(|data| json!({ "type": "redacted_thinking", "data": data }))
        }
        Some("tool_use") if !is_closed => {
            let (id, name) = (text(block, "id").filter(|id| is_id(id)), text(block, "name"));
            let (Some(id), Some(name)) = (id, name.filter(|name| is_tool_name(name))) else {
                return Err(Finish::broken("the upstream called a tool without a usable name"));
            };
            let input: Value = serde_json::from_str(&released)
                .map_err(|_| Finish::broken("the arguments of a tool are no JSON once they are masked"))?;
            Some(json!({ "type": "tool_use", "id": id, "name": name, "input": input }))
        }
        _ => None,
    })
}

/// Whether a text is what only the provider can read: base64 and nothing else.
pub(super) fn is_sealed(data: &str) -> bool {
    let is_of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    data.len() >= 32 && data.bytes().all(is_of_base64)
}
