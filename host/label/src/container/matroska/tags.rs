//! Tags of a Matroska file.

use super::CRC_32;
use super::ebml::{Part, children, element};
use crate::label::WRAPPER;
use crate::raw::is_label;

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
    pub(super) text: String,
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
            if let Some((name, text)) = label(inner, part)? {
                labels.push(TagLabel { name, text, at: tag.body.checked_add(part.from)?, is_global });
            }
        }
    }
    Some(labels)
}

/// The name and the text of a `SimpleTag` that is a label.
fn label(parent: &[u8], part: &Part) -> Option<Option<(String, String)>> {
    if part.id != SIMPLE_TAG {
        return Some(None);
    }
    let inner = parent.get(part.body..part.to)?;
    let fields = children(inner)?;
    let field = |id: u32| {
        let field = fields.iter().find(|field| field.id == id)?;
        Some(String::from_utf8_lossy(inner.get(field.body..field.to)?).into_owned())
    };
    let (name, text) = (field(TAG_NAME).unwrap_or_default(), field(TAG_STRING).unwrap_or_default());
    Some(is_label(&name, &text).then_some((name, text)))
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
            if label(inner, part)?.is_some() {
                n_labels = n_labels.checked_add(1)?;
            } else {
                n_others = n_others.checked_add(usize::from(part.id == SIMPLE_TAG))?;
                if part.id != CRC_32 {
                    kept.extend(inner.get(part.from..part.to)?);
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
