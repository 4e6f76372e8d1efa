//! Tags of a Matroska file.

use super::CRC_32;
use super::ebml::{children, element};
use crate::embedded::{self, Remainder};
use crate::label::WRAPPER;
use crate::limits::MAX_DEPTH;
use crate::raw::RawLabel;

const TAG: u32 = 0x7373;
const TARGETS: u32 = 0x63C0;
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_LANGUAGE: u32 = 0x447A;
const TAG_STRING: u32 = 0x4487;
const TAG_BINARY: u32 = 0x4485;
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
        for part in parts.iter().filter(|part| part.id == SIMPLE_TAG) {
            let at = tag.body.checked_add(part.from)?;
            let mut simples = vec![(inner.get(part.body..part.to)?, 0_usize)];
            while let Some((own, depth)) = simples.pop() {
                let simple = Simple::of(own)?;
                let found = embedded::of_field(&simple.name, &simple.text).into_iter();
                labels.extend(found.map(|label| TagLabel { name: simple.name.clone(), label, at, is_global }));
                if depth < MAX_DEPTH {
                    let within = simple.within.into_iter().map(|within| (within, depth.saturating_add(1)));
                    simples.extend(within);
                }
            }
        }
    }
    Some(labels)
}

/// A `SimpleTag`: its name, its text, and those within it.
struct Simple<'a> {
    name: String,
    text: String,
    within: Vec<&'a [u8]>,
}

impl<'a> Simple<'a> {
    fn of(inner: &'a [u8]) -> Option<Self> {
        let mut simple = Self { name: String::new(), text: String::new(), within: Vec::new() };
        for field in children(inner)? {
            let bytes = inner.get(field.body..field.to)?;
            match field.id {
                TAG_NAME => simple.name = String::from_utf8_lossy(bytes).into_owned(),
                TAG_STRING => simple.text = String::from_utf8_lossy(bytes).into_owned(),
                // Some write a text as bytes of any kind.
                TAG_BINARY if simple.text.is_empty() => simple.text = String::from_utf8_lossy(bytes).into_owned(),
                SIMPLE_TAG => simple.within.push(bytes),
                _ => {}
            }
        }
        Some(simple)
    }
}

/// The content of a `SimpleTag` without labels, or nothing where it is one; and whether there were any.
fn stripped(inner: &[u8], depth: usize) -> Option<(Option<Vec<u8>>, bool)> {
    let simple = Simple::of(inner)?;
    let rest = embedded::without_labels(&simple.name, &simple.text);
    if rest == Remainder::Nothing {
        return Some((None, true));
    }
    let (mut out, mut has_label) = (Vec::new(), false);
    for field in children(inner)? {
        let bytes = inner.get(field.body..field.to)?;
        match (&rest, field.id) {
            (_, CRC_32) => {}
            (Remainder::Text(rest), TAG_STRING | TAG_BINARY) => {
                has_label = true;
                out.extend(element(field.id, rest.as_bytes()));
            }
            (_, SIMPLE_TAG) if depth < MAX_DEPTH => {
                let (own, had_label) = stripped(bytes, depth.saturating_add(1))?;
                has_label |= had_label;
                out.extend(own.map(|own| element(SIMPLE_TAG, &own)).unwrap_or_default());
            }
            _ => out.extend(inner.get(field.from..field.to)?),
        }
    }
    Some((Some(out), has_label))
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
            let whole = inner.get(part.from..part.to)?;
            if part.id != SIMPLE_TAG {
                kept.extend(Some(whole).filter(|_| part.id != CRC_32).unwrap_or_default());
                continue;
            }
            let (own, has_label) = stripped(inner.get(part.body..part.to)?, 0)?;
            n_labels = n_labels.checked_add(usize::from(has_label))?;
            n_others = n_others.checked_add(usize::from(own.is_some()))?;
            match own {
                Some(own) if has_label => kept.extend(element(SIMPLE_TAG, &own)),
                Some(_) => kept.extend(whole),
                None => {}
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
