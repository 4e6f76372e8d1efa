//! APEv2 tags behind a sound: labels in their items are read, and taken out where one is written elsewhere.

use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::limits::{MAX_METADATA, MAX_PIECES};
use crate::raw::is_label_name;
use crate::reading::Reading;
use crate::source::{Source, le32, wide};

const PREAMBLE: &[u8] = b"APETAGEX";
/// The length of the head and of the foot of a tag.
const FOOT: u64 = 32;
/// The length of a tag of the oldest kind, which stands behind this one.
const ID3_V1: u64 = 128;
const HAS_HEAD: u32 = 1 << 31;
const IS_HEAD: u32 = 1 << 29;
/// The kind of an item, in its flags; 0 is text.
const KIND: u32 = 0b110;

/// A tag, and the stretch of the file that it takes up.
pub(super) struct Tag {
    from: u64,
    to: u64,
    has_head: bool,
    version: u32,
    flags: u32,
    items: Vec<Item>,
}

struct Item {
    /// From the start of the file.
    at: u64,
    flags: u32,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Item {
    fn is_text(&self) -> bool {
        self.flags & KIND == 0
    }

    fn key(&self) -> String {
        String::from_utf8_lossy(&self.key).into_owned()
    }

    fn bytes(&self) -> Vec<u8> {
        let len = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        [&len.to_le_bytes(), self.flags.to_le_bytes().as_slice(), &self.key, &[0], &self.value].concat()
    }
}

/// The tag at the end of a file; nothing where there is none.
pub(super) fn at_end(source: &mut Source<'_>) -> Result<Option<Tag>, LabelError> {
    let mut end = source.len();
    if end >= ID3_V1 && source.array::<3>(end.saturating_sub(ID3_V1), "the end of the sound")? == *b"TAG" {
        end = end.saturating_sub(ID3_V1);
    }
    let Some(foot_at) = end.checked_sub(FOOT) else { return Ok(None) };
    let foot = source.bytes(foot_at, FOOT, 64, "the APE tag")?;
    if !foot.starts_with(PREAMBLE) {
        return Ok(None);
    }
    let number = |at: usize| le32(&foot, at).unwrap_or_default();
    let (version, len, n_items, flags) = (number(8), u64::from(number(12)), number(16), number(20));
    let fix = "write the tag anew, for example with mutagen";
    let start = end.checked_sub(len).filter(|start| *start <= foot_at);
    let start = start.ok_or_else(|| source.broken(foot_at, "the APE tag is longer than the file", fix))?;
    let body = source.bytes(start, foot_at.saturating_sub(start), MAX_METADATA, "the APE tag")?;
    let items = items(&body, start, n_items).ok_or_else(|| source.broken(start, "the APE tag cannot be read", fix))?;
    let has_head = flags & HAS_HEAD != 0;
    let from = if has_head { start.saturating_sub(FOOT) } else { start };
    Ok(Some(Tag { from, to: end, has_head, version, flags, items }))
}

fn items(body: &[u8], start: u64, n_items: u32) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut at = 0_usize;
    for _ in 0..n_items {
        let len = usize::try_from(le32(body, at)?).ok()?;
        let flags = le32(body, at.checked_add(4)?)?;
        let key_at = at.checked_add(8)?;
        let key_len = body.get(key_at..)?.iter().position(|&byte| byte == 0)?;
        let value_at = key_at.checked_add(key_len)?.checked_add(1)?;
        let to = value_at.checked_add(len)?;
        let key = body.get(key_at..key_at.checked_add(key_len)?)?.to_vec();
        items.push(Item { at: start.saturating_add(wide(at)), flags, key, value: body.get(value_at..to)?.to_vec() });
        at = to;
        if items.len() > MAX_PIECES {
            return None;
        }
    }
    Some(items)
}

/// Reads the labels of the tag at the end of a file.
pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let Some(tag) = at_end(source)? else { return Ok(()) };
    for item in tag.items.iter().filter(|item| item.is_text() || is_label_name(&item.key())) {
        for label in embedded::of_field(&item.key(), &String::from_utf8_lossy(&item.value)) {
            reading.found(format!("APEv2 item {}", item.key()), item.at, false, label)?;
        }
    }
    Ok(())
}

/// Takes the labels out of the tag at the end of a file.
pub(super) fn strip(source: &mut Source<'_>, edits: &mut Edits) -> Result<(), LabelError> {
    let Some(mut tag) = at_end(source)? else { return Ok(()) };
    let mut is_changed = false;
    tag.items.retain_mut(|item| {
        if !item.is_text() && !is_label_name(&item.key()) {
            return true;
        }
        let rest = embedded::bytes_without_labels(&item.key(), &item.value);
        is_changed |= rest != Remainder::Unchanged;
        match rest {
            Remainder::Unchanged => true,
            Remainder::Nothing => false,
            Remainder::Text(rest) => {
                item.value = rest;
                true
            }
        }
    });
    if is_changed {
        edits.replace(tag.from, tag.to, if tag.items.is_empty() { Vec::new() } else { tag.bytes() });
    }
    Ok(())
}

impl Tag {
    fn bytes(&self) -> Vec<u8> {
        let body: Vec<u8> = self.items.iter().flat_map(Item::bytes).collect();
        let len = u32::try_from(wide(body.len()).saturating_add(FOOT)).unwrap_or(u32::MAX);
        let n_items = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let end = |flags: u32| {
            let numbers = [self.version, len, n_items, flags].map(u32::to_le_bytes).concat();
            [PREAMBLE, &numbers, &[0; 8]].concat()
        };
        let head = if self.has_head { end(self.flags | IS_HEAD) } else { Vec::new() };
        [head, body, end(self.flags & !IS_HEAD)].concat()
    }
}
