//! Tags of a Matroska file.

use super::CRC_32;
use super::ebml::{Part, children, element};
use crate::embedded::{self, Remainder};
use crate::label::WRAPPER;
use crate::raw::RawLabel;

const TAG: u32 = 0x7373;
const TARGETS: u32 = 0x63C0;
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_LANGUAGE: u32 = 0x447A;
const TAG_STRING: u32 = 0x4487;
/// Ids of tracks, editions, chapters and attachments that a tag may be about.
const TARGET_IDS: [u32; 4] = [0x63C5, 0x63C9, 0x63C4, 0x63C6];

pub(super) struct TagLabel {
    pub(super) name: String,
    pub(super) label: RawLabel,
    /// In bytes of the tags.
    pub(super) at: usize,
    /// Whether it is about the whole file and not about one track.
    pub(super) is_global: bool,
}

/// The labels in the content of `Tags`; nothing where it cannot be read.
pub(super) fn labels(tags: &[u8]) -> Option<Vec<TagLabel>> {
    let mut labels = Vec::new();
    for tag in children(tags)?.iter().filter(|part| part.id == TAG) {
        let inner = tags.get(tag.body..tag.to)?;
        let parts = children(inner)?;
        let is_global = parts.iter().filter(|part| part.id == TARGETS).all(|part| {
            let targets = inner.get(part.body..part.to).and_then(children).unwrap_or_default();
            targets.iter().all(|target| !TARGET_IDS.contains(&target.id))
        });
        for part in &parts {
            let Some(simple) = simple(inner, part)? else { continue };
            for label in embedded::of_field(&simple.name, &simple.text) {
                let at = tag.body.checked_add(part.from)?;
                labels.push(TagLabel { name: simple.name.clone(), label, at, is_global });
            }
        }
    }
    Some(labels)
}

/// A `SimpleTag`: its name, its text, and everything else in it.
struct Simple {
    name: String,
    text: String,
    others: Vec<u8>,
}

/// Nothing where a part is no `SimpleTag`.
fn simple(parent: &[u8], part: &Part) -> Option<Option<Simple>> {
    if part.id != SIMPLE_TAG {
        return Some(None);
    }
    let inner = parent.get(part.body..part.to)?;
    let mut simple = Simple { name: String::new(), text: String::new(), others: Vec::new() };
    for field in children(inner)? {
        let text = || Some(String::from_utf8_lossy(inner.get(field.body..field.to)?).into_owned());
        match field.id {
            TAG_NAME => simple.name = text()?,
            TAG_STRING => simple.text = text()?,
            _ => {}
        }
        if !matches!(field.id, TAG_STRING | CRC_32) {
            simple.others.extend(inner.get(field.from..field.to)?);
        }
    }
    Some(Some(simple))
}

/// The tags without labels, and without their check value, which would no longer hold.
pub(super) fn without_labels(tags: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for tag in children(tags)? {
        let whole = tags.get(tag.from..tag.to)?;
        if tag.id == CRC_32 {
            continue;
        }
        if tag.id != TAG {
            out.extend(whole);
            continue;
        }
        let inner = tags.get(tag.body..tag.to)?;
        let parts = children(inner)?;
        let mut kept = Vec::new();
        let mut n_labels = 0_usize;
        let mut n_others = 0_usize;
        for part in &parts {
            let simple = simple(inner, part)?;
            let rest = simple.as_ref().map(|simple| embedded::without_labels(&simple.name, &simple.text));
            match (rest, simple) {
                (Some(Remainder::Nothing), _) => n_labels = n_labels.checked_add(1)?,
                (Some(Remainder::Text(rest)), Some(simple)) => {
                    (n_labels, n_others) = (n_labels.checked_add(1)?, n_others.checked_add(1)?);
                    let text = element(TAG_STRING, rest.as_bytes());
                    kept.extend(element(SIMPLE_TAG, &[simple.others, text].concat()));
                }
                (_, simple) => {
                    n_others = n_others.checked_add(usize::from(simple.is_some()))?;
                    if part.id != CRC_32 {
                        kept.extend(inner.get(part.from..part.to)?);
                    }
                }
            }
        }
        match (n_labels, n_others) {
            (0, _) => out.extend(whole),
            (_, 0) => {}
            _ => out.extend(element(TAG, &kept)),
        }
    }
    Some(out)
}

/// A tag about the whole file with this label.
pub(super) fn tag(label: &str) -> Vec<u8> {
    let name = element(TAG_NAME, WRAPPER.as_bytes());
    let language = element(TAG_LANGUAGE, b"und");
    let text = element(TAG_STRING, label.as_bytes());
    let simple = element(SIMPLE_TAG, &[name, language, text].concat());
    element(TAG, &[element(TARGETS, &[]), simple].concat())
}
