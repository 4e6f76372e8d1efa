//! Chat completions and completions, whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, FUNCTION_CALL, field_of, fragments, texts_of};
use super::{ChatKind, HEAD};
use crate::wire::answer::{Answer, Channel, Ended, Piece, Slot};
use crate::wire::json::{copy_plain, list, number, numbers, text, word};
use crate::wire::transcoder::{AnswerStyle, BlockStyle, Finish};

/// The same answer with what may go out of it. `answer` must be new.
///
/// # Errors
/// Where the answer is not what the interface says.
pub(crate) fn rewrite(
    kind: ChatKind,
    style: &AnswerStyle,
    body: &Value,
    answer: &mut Answer,
) -> Result<(Value, Ended), Finish> {
    let mut whole = Whole::default();
    for choice in list(body, "choices") {
        let index = number(choice, "index").unwrap_or(0);
        whole.take_choice(kind, index, choice, answer)?;
    }
    let (pieces, ended) = answer.end().ok_or_else(|| Finish::broken("the answer was judged before"))?;
    whole.take(pieces);
    let mut out = Map::new();
    copy_plain(body, &mut out, HEAD);
    let choices = whole.choices.keys().copied().collect::<Vec<_>>();
    let choices: Vec<Value> = choices.into_iter().map(|index| whole.json(kind, style, index, answer)).collect();
    out.insert("choices".to_owned(), Value::Array(choices));
    if let Some(usage) = body.get("usage").filter(|usage| usage.is_object()) {
        out.insert("usage".to_owned(), numbers(usage));
    }
    out.insert("specialis".to_owned(), ended.note());
    Ok((Value::Object(out), ended))
}

/// An answer that came whole: what of each choice may go out.
#[derive(Default)]
struct Whole {
    choices: BTreeMap<u32, (BTreeMap<Channel, String>, Option<String>)>,
    calls: BTreeMap<u32, BTreeMap<u32, Call>>,
}

impl Whole {
    fn take_choice(&mut self, kind: ChatKind, index: u32, choice: &Value, answer: &mut Answer) -> Result<(), Finish> {
        let finish = word(choice, "finish_reason");
        self.choices.entry(index).or_default().1 = finish;
        let texts = match kind {
            ChatKind::Completions => text(choice, "text").map(|t| vec![(Channel::Text(0), t.to_owned())]),
            ChatKind::Chat => choice.get("message").map(texts_of),
        };
        for (channel, text) in texts.unwrap_or_default() {
            let pieces = answer.push(Slot { choice: index, channel }, &text);
            self.take(pieces);
        }
        for fragment in fragments(choice.get("message").unwrap_or(&Value::Null))? {
            self.calls.entry(index).or_default().entry(fragment.at).or_default().take(&fragment);
            for (channel, text) in fragment.texts {
                let pieces = answer.push(Slot { choice: index, channel }, text);
                self.take(pieces);
            }
        }
        Ok(())
    }

    fn take(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            let Piece::Text(slot, text) = piece else { continue };
            match slot.channel {
                Channel::ToolArguments(at) | Channel::ToolInput(at) => {
                    let calls = self.calls.entry(slot.choice).or_default();
                    calls.entry(at).or_default().arguments.push_str(&text);
                }
                Channel::Text(_) | Channel::Reasoning(_) | Channel::Refusal(_) => {
                    let (texts, _) = self.choices.entry(slot.choice).or_default();
                    texts.entry(slot.channel).or_default().push_str(&text);
                }
            }
        }
    }

    fn json(&mut self, kind: ChatKind, style: &AnswerStyle, index: u32, answer: &Answer) -> Value {
        let (mut texts, finish) = self.choices.remove(&index).unwrap_or_default();
        let is_closed = answer.is_closed(index);
        let finish = match (is_closed, style.block) {
            (true, BlockStyle::Filter) => Some("content_filter".to_owned()),
            (true, BlockStyle::Answer) => Some("stop".to_owned()),
            (false, _) => finish,
        };
        if is_closed && style.block == BlockStyle::Answer {
            texts.entry(Channel::Text(0)).or_default().push_str(&style.notice);
        }
        let content = texts.remove(&Channel::Text(0));
        if kind == ChatKind::Completions {
            return json!({ "index": index, "text": content.unwrap_or_default(), "finish_reason": finish, "logprobs": null });
        }
        let mut message = Map::new();
        message.insert("role".to_owned(), json!("assistant"));
        message.insert("content".to_owned(), json!(content));
        for (channel, text) in texts {
            message.insert(field_of(channel).to_owned(), json!(text));
        }
        let mut calls = self.calls.remove(&index).filter(|_| !is_closed).unwrap_or_default();
        if let Some(call) = calls.remove(&FUNCTION_CALL) {
            message.insert("function_call".to_owned(), call.function());
        }
        if !calls.is_empty() {
            message.insert("tool_calls".to_owned(), calls.values().map(|call| call.json(None)).collect());
        }
        json!({ "index": index, "message": message, "finish_reason": finish })
    }
}
