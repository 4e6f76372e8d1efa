//! FLV: entry `AIGC` of the script data `onMetaData`.
//!
//! Only the tag with the script data changes. Where it becomes longer, the offsets in it that lead to the frames move with them.

mod amf;

use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_INDEX, MAX_METADATA, MAX_PIECES};
use crate::raw::is_label_name;
use crate::reading::Reading;
use crate::source::{Source, be32, wide};

use amf::Script;

/// Kind, length, time and stream of a tag.
const TAG_HEAD: u64 = 11;
/// The length of the tag before.
const BACK: u64 = 4;
const SCRIPT: u8 = 18;
const REMUX: &str = "remux it, for example with `ffmpeg -c copy`";

/// A tag with script data.
struct Tag {
    at: u64,
    /// Behind its data, where its length is repeated.
    end: u64,
    head: Vec<u8>,
    data: Vec<u8>,
}

/// The tags with script data, where the first tag begins, and why reading ended before the end.
type Scripts = (Vec<Tag>, u64, Result<(), LabelError>);

fn scripts(source: &mut Source<'_>) -> Result<Scripts, LabelError> {
    let head = source.bytes(0, 9, 16, "the header")?;
    if !head.starts_with(b"FLV") {
        return Err(source.broken(0, "this is no FLV", "check what the file is"));
    }
    let first = u64::from(be32(&head, 5).unwrap_or_default()).saturating_add(BACK);
    let mut tags = Vec::new();
    let done = walk(source, first, &mut tags);
    Ok((tags, first, done))
}

fn walk(source: &mut Source<'_>, first: u64, tags: &mut Vec<Tag>) -> Result<(), LabelError> {
    let mut at = first;
    let mut n_held: usize = 0;
    for _ in 0..MAX_PIECES.saturating_mul(4) {
        if at == source.len() && at > first {
            return Ok(());
        }
        let head = source.bytes(at, TAG_HEAD, 16, "a tag")?;
        let len = u64::from(be32(&head, 0).unwrap_or_default() & 0xFF_FFFF);
        let (data_at, kind) = (at.saturating_add(TAG_HEAD), head.first().copied().unwrap_or_default() & 0x1F);
        let end = data_at.saturating_add(len);
        if end.saturating_add(BACK) > source.len() {
            return Err(LabelError::truncated(Container::Flv, at, "a tag"));
        }
        if kind == SCRIPT {
            let data = source.bytes(data_at, len, MAX_METADATA, "script data")?;
            n_held = n_held.saturating_add(head.len()).saturating_add(data.len());
            tags.push(Tag { at, end, head, data });
        }
        if n_held > MAX_INDEX {
            return Err(LabelError::too_large(Container::Flv, "the script data", MAX_INDEX));
        }
        at = end.saturating_add(BACK);
    }
    Err(LabelError::endless(Container::Flv))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (tags, _, done) = scripts(source)?;
    for tag in &tags {
        let Some(script) = Script::read(&tag.data) else {
            // What cannot be read may still hold a label.
            if embedded::has_label("", &String::from_utf8_lossy(&tag.data)) {
                return Err(source.broken(tag.at, "the script data cannot be read", REMUX));
            }
            continue;
        };
        for text in &script.texts {
            let at = tag.at.saturating_add(TAG_HEAD).saturating_add(wide(text.from));
            for label in embedded::of_field(&text.key, &text.value) {
                let is_standard = script.is_metadata && text.depth == 0 && is_label_name(&text.key);
                reading.found(format!("{}, {}", script.name, text.key), at, is_standard, label)?;
            }
        }
    }
    done
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (tags, first, done) = scripts(source)?;
    done?;
    let mut edits = Edits::default();
    let mut is_placed = false;
    for tag in &tags {
        let script = Script::read(&tag.data);
        let script = script.ok_or_else(|| source.broken(tag.at, "the script data cannot be read", REMUX))?;
        let mut own = Edits::default();
        let mut n_removed = 0_u32;
        for text in &script.texts {
            match embedded::without_labels(&text.key, &text.value) {
                Remainder::Unchanged => {}
                Remainder::Nothing => {
                    n_removed = n_removed.saturating_add(u32::from(text.depth == 0));
                    own.remove(wide(text.from), wide(text.to));
                }
                Remainder::Text(rest) => {
                    own.replace(wide(text.from), wide(text.to), amf::entry(&text.key, &rest));
                }
            }
        }
        let mut n_added = 0;
        if let (false, Some(end)) = (is_placed, script.end_of_metadata) {
            own.insert(wide(end), amf::entry(WRAPPER, &label.to_json()));
            (is_placed, n_added) = (true, 1);
        }
        if own.n_new() == 0 && own.n_replaced() == 0 {
            continue;
        }
        if let Some((at, count)) = script.count {
            let count = count.saturating_sub(n_removed).saturating_add(n_added);
            own.replace(wide(at), wide(at.saturating_add(4)), count.to_be_bytes().to_vec());
        }
        rewrite(source, tag, &script, own, &mut edits)?;
    }
    if !is_placed {
        let data = amf::new_metadata(&amf::entry(WRAPPER, &label.to_json()));
        edits.insert(first, written(&[SCRIPT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &data)?);
    }
    Ok(edits)
}

/// Writes a tag with its changes, and moves its offsets that lead behind it.
fn rewrite(
    source: &Source<'_>,
    tag: &Tag,
    script: &Script,
    mut own: Edits,
    edits: &mut Edits,
) -> Result<(), LabelError> {
    let delta = own.shift(wide(tag.data.len()));
    for offset in &script.offsets {
        let old = tag
            .data
            .get(offset.at..offset.at.saturating_add(8))
            .and_then(|bytes| bytes.try_into().ok())
            .map(f64::from_be_bytes);
        let Some(new) = old.and_then(|old| moved(old, offset.is_length, tag.end, source.len(), delta)) else {
            continue;
        };
        own.replace(wide(offset.at), wide(offset.at.saturating_add(8)), new.to_be_bytes().to_vec());
    }
    if !own.is_disjoint() {
        return Err(source.broken(tag.at, "the parts of the script data overlap", REMUX));
    }
    edits.replace(tag.at, tag.end.saturating_add(BACK), written(&tag.head, &own.apply_to(&tag.data))?);
    Ok(())
}

/// An offset or a length that follows what moved; nothing where it stays.
#[expect(clippy::as_conversions, reason = "offsets in files are below 2^53, and stand as numbers with a fraction")]
fn moved(old: f64, is_length: bool, tag_end: u64, len: u64, delta: i128) -> Option<f64> {
    let is_it = if is_length { old == len as f64 } else { old >= tag_end as f64 && old <= len as f64 };
    is_it.then_some(old + delta as f64)
}

/// A tag with other data, and its length behind it.
fn written(head: &[u8], data: &[u8]) -> Result<Vec<u8>, LabelError> {
    let len = u32::try_from(data.len()).ok().filter(|len| *len <= 0xFF_FFFF);
    let [_, a, b, c] =
        len.ok_or_else(|| LabelError::too_large(Container::Flv, "the script data", 0xFF_FFFF))?.to_be_bytes();
    let (kind, rest) = head.split_at_checked(1).unwrap_or((&[SCRIPT], &[]));
    let tag = [kind, &[a, b, c], rest.get(3..).unwrap_or_default(), data].concat();
    let back = u32::try_from(tag.len()).unwrap_or(u32::MAX).to_be_bytes();
    Ok([tag.as_slice(), &back].concat())
}

/// Width and height, as the metadata state them.
pub(super) fn size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    let (tags, ..) = scripts(source)?;
    Ok(tags.iter().filter_map(|tag| Script::read(&tag.data)).find_map(|script| script.size))
}
