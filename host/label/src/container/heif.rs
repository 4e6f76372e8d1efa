//! HEIC, HEIF and AVIF: an item with XMP, property `TC260:AIGC`.
//!
//! Pictures are built of boxes as videos are. The packet goes behind the file. The list of items before the pictures grows, so
//! the offsets in it move with what stands behind it.

mod items;

use super::exif;
use super::mp4::{C2PA_UUID, Top, atom, walk};
use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INDEX, MAX_METADATA};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, wide};
use crate::xmp;

use items::{Item, Items};

const AGAIN: &str = "save it again with the program that made it";
/// The length and the kind of a box.
const BOX_HEAD: u64 = 8;
/// At the start of an EXIF item: where in it the block begins.
const EXIF_HEAD: usize = 4;

/// The boxes at the top, and the list of items with its place.
struct Picture {
    tops: Vec<Top>,
    meta: Top,
    items: Items,
}

impl Picture {
    fn of(source: &mut Source<'_>) -> Result<Self, LabelError> {
        let mut tops = Vec::new();
        walk(source, |_, top| {
            tops.push(top.clone());
            Ok(())
        })?;
        let meta = tops.iter().find(|top| top.kind == *b"meta").cloned();
        let meta = meta.ok_or_else(|| source.broken(0, "the picture has no list of items", AGAIN))?;
        let body = meta.bytes(source, MAX_INDEX)?;
        let items = Items::of(&body)
            .map_err(|problem| source.broken(meta.body.saturating_add(problem.at), problem.what, AGAIN))?;
        Ok(Self { tops, meta, items })
    }

    /// The bytes of an item.
    fn content(&self, source: &mut Source<'_>, item: &Item) -> Result<Vec<u8>, LabelError> {
        let mut content = Vec::new();
        for (at, len) in self.items.extents(item) {
            let at = if item.is_inside {
                self.meta.body.saturating_add(self.items.inside_at).saturating_add(at)
            } else {
                at
            };
            // A length of nothing means to the end of the file.
            let len = if len == 0 { source.len().saturating_sub(at) } else { len };
            content.extend(source.bytes(at, len, MAX_METADATA, "an item")?);
            if content.len() > MAX_METADATA {
                return Err(LabelError::too_large(Container::Heif, "an item", MAX_METADATA));
            }
        }
        Ok(content)
    }

    /// Where an item begins in the file.
    fn place(&self, item: &Item) -> u64 {
        let first = self.items.start(item).unwrap_or_default();
        if item.is_inside { self.meta.body.saturating_add(self.items.inside_at).saturating_add(first) } else { first }
    }
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let picture = Picture::of(source)?;
    for top in picture.tops.iter().filter(|top| top.kind == *b"uuid") {
        let id = source.bytes(top.body, 16.min(top.end.saturating_sub(top.body)), MAX_METADATA, "box `uuid`")?;
        if id == C2PA_UUID && cfg!(feature = "c2pa") {
            reading.remark(Remark::C2pa(format!("byte {}, box uuid", top.at)));
        }
    }
    for item in &picture.items.items {
        let at = picture.place(item);
        if item.is_xmp() {
            let content = picture.content(source, item)?;
            for found in xmp::labels(&content) {
                reading.found(format!("item {} (XMP), {}", item.id, found.name), at, found.is_standard, found.label)?;
            }
        } else if item.kind == *b"Exif" {
            let content = picture.content(source, item)?;
            let from = block_at(&content);
            let at = at.saturating_add(wide(from));
            exif::read(content.get(from..).unwrap_or_default(), at, &format!("item {} (EXIF)", item.id), reading)?;
        }
    }
    Ok(())
}

/// Where the block begins in an EXIF item.
fn block_at(content: &[u8]) -> usize {
    let skip = be32(content, 0).and_then(|skip| usize::try_from(skip).ok()).unwrap_or_default();
    EXIF_HEAD.saturating_add(skip)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let picture = Picture::of(source)?;
    if picture.tops.last().is_some_and(|top| top.is_open) {
        let what = "its last part states no length, so nothing can stand behind it".to_owned();
        return Err(LabelError::Unsupported { container: Container::Heif, what, fix: AGAIN });
    }
    let mut edits = Edits::default();
    let packets = packets(source, &picture, label, &mut edits)?;
    let mut items = picture.items.clone();
    let primary =
        items.primary.ok_or_else(|| source.broken(picture.meta.at, "no item is the picture itself", AGAIN))?;
    let mut placed: Vec<(u32, u64, u64)> = Vec::new();
    let mut data = Vec::new();
    for (id, packet) in packets {
        let id = match id {
            Some(id) => id,
            None => items
                .add_xmp(primary)
                .ok_or_else(|| source.broken(picture.meta.at, "no number is free for a further item", AGAIN))?,
        };
        placed.push((id, wide(data.len()), wide(packet.len())));
        data.extend(packet);
    }
    // What an item needs does not depend on where it stands, so the length is known before the places are.
    place(&mut items, &placed, 0);
    let len = |items: &Items| items.bytes().map(|bytes| wide(bytes.len()).saturating_add(BOX_HEAD));
    let unfit = || LabelError::Unsupported {
        container: Container::Heif,
        what: "the places of its items do not fit their fields".to_owned(),
        fix: AGAIN,
    };
    let new_len = len(&items).ok_or_else(unfit)?;
    let delta = i128::from(new_len).saturating_sub(i128::from(picture.meta.end.saturating_sub(picture.meta.at)));
    items.shift(picture.meta.end, delta).ok_or_else(unfit)?;
    let end = picture.tops.last().map_or(source.len(), |top| top.end);
    let data_at = u64::try_from(i128::from(end).saturating_add(delta)).unwrap_or_default().saturating_add(BOX_HEAD);
    place(&mut items, &placed, data_at);
    let body = items.bytes().ok_or_else(unfit)?;
    edits.replace(picture.meta.at, picture.meta.end, atom(*b"meta", &body));
    edits.insert(end, atom(*b"mdat", &data));
    move_frames(source, &picture, delta, &mut edits)?;
    Ok(edits)
}

/// Gives items their places behind the file.
fn place(items: &mut Items, placed: &[(u32, u64, u64)], data_at: u64) {
    for (id, at, len) in placed {
        items.place(*id, data_at.saturating_add(*at), *len);
    }
}

/// A packet for the item of this number, or for a new one.
type PacketFor = (Option<u32>, Vec<u8>);

/// The packets that are new. The first takes the label.
fn packets(
    source: &mut Source<'_>,
    picture: &Picture,
    label: &Label,
    edits: &mut Edits,
) -> Result<Vec<PacketFor>, LabelError> {
    let mut packets: Vec<PacketFor> = Vec::new();
    for item in &picture.items.items {
        let at = picture.place(item);
        if item.kind == *b"Exif" && !item.is_inside {
            let content = picture.content(source, item)?;
            let from = block_at(&content);
            if let (Some(blanked), [_]) =
                (exif::without_label(content.get(from..).unwrap_or_default()), picture.items.extents(item).as_slice())
            {
                let at = at.saturating_add(wide(from));
                edits.replace(at, at.saturating_add(wide(blanked.len())), blanked);
            }
        }
        if !item.is_xmp() {
            continue;
        }
        let content = picture.content(source, item)?;
        let new = if packets.iter().all(|(id, _)| id.is_none()) {
            xmp::with_label(Some(&content), label)
        } else if xmp::labels(&content).is_empty() {
            continue;
        } else {
            xmp::without_label(&content)
        };
        let new = new.map_err(|problem| {
            let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
            source.broken(at, what, "remove or repair the packet, for example with exiftool")
        })?;
        packets.push((Some(item.id), new));
        // What nobody points at any more shall not be found by looking for text.
        for (at, len) in picture.items.extents(item) {
            if !item.is_inside && len > 0 {
                let n = usize::try_from(len).unwrap_or_default().min(MAX_METADATA);
                edits.replace(at, at.saturating_add(len), vec![0; n]);
            }
        }
    }
    if packets.is_empty() {
        let new = xmp::with_label(None, label);
        packets.push((None, new.map_err(|problem| source.broken(0, problem.what, AGAIN))?));
    }
    Ok(packets)
}

/// Moves the offsets of the index of a picture that moves.
fn move_frames(source: &mut Source<'_>, picture: &Picture, delta: i128, edits: &mut Edits) -> Result<(), LabelError> {
    for top in picture.tops.iter().filter(|top| matches!(&top.kind, b"moov" | b"moof" | b"mfra" | b"sidx")) {
        let body = top.bytes(source, MAX_INDEX)?;
        let moved = if top.kind == *b"moov" { super::mp4::moved_index(&body, picture.meta.end, delta) } else { None };
        let moved = moved.ok_or_else(|| LabelError::Unsupported {
            container: Container::Heif,
            what: "its index has offsets that cannot follow the label".to_owned(),
            fix: AGAIN,
        })?;
        edits.replace(top.body, top.end, moved);
    }
    Ok(())
}

/// The size of the largest picture, as its properties state it.
pub(super) fn size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    Ok(Picture::of(source)?.items.size)
}
