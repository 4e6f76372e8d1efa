//! Texts in boxes of their own within `udta`: those of QuickTime, whose kinds begin with `©`, and those of 3GPP.

use super::atoms::{Child, atom};
use crate::embedded::{self, Remainder};
use crate::limits::MAX_METADATA;
use crate::raw::RawLabel;
use crate::source::array_at;

/// The first byte of the kinds of QuickTime.
const COPYRIGHT_SIGN: u8 = 0xA9;
/// Before each text of QuickTime: its length and its language.
const TEXT_HEAD: usize = 4;
/// Before the text of 3GPP: version and flags, and a language.
const FULL_HEAD: usize = 6;
/// The kinds of texts of 3GPP.
const TEXTS: [&[u8; 4]; 8] = [b"titl", b"dscp", b"cprt", b"perf", b"auth", b"gnre", b"albm", b"kywd"];

fn is_quicktime(kind: [u8; 4]) -> bool {
    kind.first() == Some(&COPYRIGHT_SIGN)
}

/// The name of a box, its first byte as QuickTime means it.
pub(super) fn name(kind: [u8; 4]) -> String {
    kind.iter().copied().map(char::from).collect()
}

/// The texts of a box; nothing for boxes of other kinds.
fn texts(kind: [u8; 4], body: &[u8]) -> Vec<(&[u8], &[u8])> {
    if TEXTS.contains(&&kind) {
        return body.split_at_checked(FULL_HEAD).into_iter().collect();
    }
    let mut texts = Vec::new();
    let mut at = 0_usize;
    while is_quicktime(kind)
        && let Some(len) = array_at(body, at).map(u16::from_be_bytes)
    {
        let from = at.saturating_add(TEXT_HEAD);
        let to = from.saturating_add(usize::from(len));
        let (Some(head), Some(text)) = (body.get(at..from), body.get(from..to)) else { break };
        texts.push((head, text));
        at = to;
    }
    // Where something else is left behind the last text, the lengths are none.
    let is_whole = body.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0));
    if is_whole { texts } else { Vec::new() }
}

pub(super) fn labels(kind: [u8; 4], body: &[u8]) -> Vec<RawLabel> {
    let found = texts(kind, body).into_iter().flat_map(|(_, value)| embedded::of_field_in_bytes("", value));
    let found: Vec<RawLabel> = found.collect();
    // Other programs write texts in ways of their own.
    if found.is_empty() && is_of_others(kind, body) { embedded::of_field_in_bytes("", body) } else { found }
}

/// A box without its labels; nothing where nothing is left of it.
pub(super) fn without_labels(part: &Child, parent: &[u8]) -> Option<Vec<u8>> {
    let body = part.body(parent);
    let mut out = Vec::new();
    let mut is_changed = false;
    for (head, value) in texts(part.kind, body) {
        let rest = embedded::bytes_without_labels("", value);
        is_changed |= rest != Remainder::Unchanged;
        match rest {
            Remainder::Unchanged => out.extend([head, value].concat()),
            Remainder::Nothing => {}
            Remainder::Text(rest) if is_quicktime(part.kind) => {
                let len = u16::try_from(rest.len()).unwrap_or(u16::MAX).to_be_bytes();
                out.extend([&len, head.get(2..).unwrap_or_default(), &rest].concat());
            }
            Remainder::Text(rest) => out.extend([head, &rest].concat()),
        }
    }
    match (is_changed, out.is_empty()) {
        (false, _) => of_others(part, parent),
        (true, true) => None,
        (true, false) => Some(atom(part.kind, &out)),
    }
}

/// Whether another program may have put a text into a box. Free space may still hold what stood there before.
fn is_of_others(kind: [u8; 4], body: &[u8]) -> bool {
    !matches!(&kind, b"free" | b"skip" | b"wide") && body.len() <= MAX_METADATA
}

/// A box that is written in a way of its own, without its labels; nothing where it is one.
fn of_others(part: &Child, parent: &[u8]) -> Option<Vec<u8>> {
    let body = part.body(parent);
    if is_of_others(part.kind, body) {
        if embedded::bytes_without_labels("", body) == Remainder::Nothing {
            return None;
        }
        // Lengths within it may count the bytes of a label, so blanks take its place.
        if let Some(blanked) = embedded::blanked(body) {
            return Some(atom(part.kind, &blanked));
        }
    }
    Some(part.whole(parent).to_vec())
}
