//! OpenAI's responses, whole.

use serde_json::{Map, Value, json};

use super::items::{Items, texts_of};
use super::{HEAD, Last, response};
use crate::wire::answer::{Answer, Ended, Piece, Slot};
use crate::wire::json::{copy_plain, list, text};
use crate::wire::transcoder::{AnswerStyle, BlockStyle, Finish};

/// The same response with what may go out of it. `answer` must be new.
///
/// # Errors
/// Where the response is not what the interface says.
pub(crate) fn rewrite(style: &AnswerStyle, body: &Value, answer: &mut Answer) -> Result<(Value, Ended), Finish> {
    let mut items = Items::default();
    for (item, index) in list(body, "output").zip(0_u32..) {
        if !items.begin(index, item)? {
            continue;
        }
        for (kind, part, text) in texts_of(item) {
            let Some((channel, new)) = items.take_text((index, kind, part), text, false)? else { continue };
            let pieces = answer.push(Slot::only(channel), &new);
            keep(&mut items, pieces);
        }
    }
    let (pieces, ended) = answer.end().ok_or_else(|| Finish::broken("the answer was judged before"))?;
    keep(&mut items, pieces);
    let is_closed = answer.is_closed(0);
    let mut last = Last::of(body, text(body, "status") != Some("incomplete"));
    if is_closed && style.block == BlockStyle::Filter {
        last = Last { status: "incomplete".to_owned(), reason: Some("content_filter".to_owned()), ..last };
    } else if is_closed {
        let channel = items.notice_channel();
        items.keep(channel, &style.notice);
        last = Last { status: "completed".to_owned(), reason: None, ..last };
    }
    let output = items.iter_mut().filter_map(|item| item.whole(&last.status, is_closed)).collect();
    let mut head = Map::new();
    copy_plain(body, &mut head, HEAD);
    let mut out = response(&head, &last.status, output);
    if let Some(out) = out.as_object_mut() {
        out.insert("usage".to_owned(), last.usage.unwrap_or(Value::Null));
        if let Some(reason) = last.reason {
            out.insert("incomplete_details".to_owned(), json!({ "reason": reason }));
        }
        out.insert("specialis".to_owned(), ended.note());
    }
    Ok((out, ended))
}

fn keep(items: &mut Items, pieces: Vec<Piece>) {
    for piece in pieces {
        if let Piece::Text(slot, text) = piece {
            items.keep(slot.channel, &text);
        }
    }
}
