//! JPEG: an `APP1` segment with an XMP packet.
//!
//! Walked by hand up to the first scan, so that the picture itself is never loaded.

#[cfg(feature = "draw")]
mod redrawn;

use super::exif;
use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::MAX_METADATA;
use crate::limits::MAX_PIECES;
use crate::raw::{RawLabel, looks_like_label};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, wide};
use crate::xmp;

#[cfg(feature = "draw")]
pub(crate) use redrawn::redrawn;

const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// A packet too long for one segment goes on in others: head, 32 characters of digest, length, offset, bytes.
const EXTENDED_HEAD: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const EXTENDED_FIXED: usize = 40;
const EXIF_HEAD: &[u8] = b"Exif\0\0";

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP11: u8 = 0xEB;
const COM: u8 = 0xFE;
/// The longest that the data of a segment may be.
const MAX_SEGMENT: usize = 65_533;

struct Segment {
    marker: u8,
    /// Where the marker begins.
    at: u64,
    data: Vec<u8>,
}

impl Segment {
    /// Marker and length, before the data.
    const HEAD: u64 = 4;

    fn end(&self) -> u64 {
        self.at.saturating_add(Self::HEAD).saturating_add(wide(self.data.len()))
    }
}

fn walk(source: &mut Source<'_>, mut visit: impl FnMut(&Segment) -> Result<(), LabelError>) -> Result<(), LabelError> {
    if source.array::<2>(0, "the header")? != [0xFF, SOI] {
        return Err(source.broken(0, "this is no JPEG", "check what the file is"));
    }
    let mut at: u64 = 2;
    for _ in 0..MAX_PIECES {
        let [first, marker] = source.array(at, "a segment")?;
        if first != 0xFF {
            return Err(source.broken(at, "no segment begins here", "restore the file from its source"));
        }
        match marker {
            // Any number of these may fill the space before a marker.
            0xFF => at = at.saturating_add(1),
            // Markers without data.
            0x01 | 0xD0..=0xD7 => at = at.saturating_add(2),
            SOS => return Ok(()),
            EOI => {
                return Err(source.broken(at, "the file ends before any picture", "restore the file from its source"));
            }
            _ => {
                let len = u16::from_be_bytes(source.array(at.saturating_add(2), "a segment")?);
                let len = len.checked_sub(2).ok_or_else(|| {
                    source.broken(at, "a segment is shorter than its own length", "restore the file from its source")
                })?;
                let name = format!("segment {marker:02X}");
                let data = source.bytes(at.saturating_add(Segment::HEAD), u64::from(len), MAX_SEGMENT, &name)?;
                let segment = Segment { marker, at, data };
                visit(&segment)?;
                at = segment.end();
            }
        }
    }
    Err(LabelError::endless(Container::Jpeg))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let mut extended = Extended::default();
    let mut has_manifest = false;
    walk(source, |segment| {
        let at = segment.at;
        match segment.marker {
            APP1 => {
                if let Some(packet) = segment.data.strip_prefix(XMP_HEAD) {
                    for found in xmp::labels(packet) {
                        reading.found(format!("APP1 (XMP), {}", found.name), at, found.is_standard, found.label)?;
                    }
                } else if let Some(part) = segment.data.strip_prefix(EXTENDED_HEAD) {
                    extended.add(at, part)?;
                } else if let Some(block) = segment.data.strip_prefix(EXIF_HEAD) {
                    let block_at = at.saturating_add(Segment::HEAD).saturating_add(wide(EXIF_HEAD.len()));
                    exif::read(block, block_at, "APP1 (EXIF)", reading)?;
                }
            }
            // Other boxes of this kind are no manifests; a long one goes on in more segments.
            APP11
                if cfg!(feature = "c2pa")
                    && !has_manifest
                    && segment.data.starts_with(b"JP")
                    && segment.data.windows(4).any(|window| window == b"c2pa") =>
            {
                has_manifest = true;
                reading.remark(Remark::C2pa(format!("byte {at}, APP11")));
            }
            COM => {
                let text = String::from_utf8_lossy(&segment.data);
                if looks_like_label(&text) {
                    reading.found("comment", at, false, RawLabel::parse(&text))?;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    for found in xmp::labels(&extended.bytes) {
        reading.found(format!("APP1 (extended XMP), {}", found.name), extended.at, found.is_standard, found.label)?;
    }
    Ok(())
}

/// The second packet, put together from its segments.
#[derive(Default)]
struct Extended {
    at: u64,
    bytes: Vec<u8>,
}

impl Extended {
    fn add(&mut self, at: u64, part: &[u8]) -> Result<(), LabelError> {
        let (Some(offset), Some(bytes)) = (be32(part, EXTENDED_FIXED.saturating_sub(4)), part.get(EXTENDED_FIXED..))
        else {
            return Ok(());
        };
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let to = from.saturating_add(bytes.len());
        if to > MAX_METADATA {
            return Err(LabelError::too_large(Container::Jpeg, "the extended XMP packet", MAX_METADATA));
        }
        if self.bytes.is_empty() {
            self.at = at;
        }
        if self.bytes.len() < to {
            self.bytes.resize(to, b' ');
        }
        if let Some(place) = self.bytes.get_mut(from..to) {
            place.copy_from_slice(bytes);
        }
        Ok(())
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let mut old: Option<(u64, u64, Vec<u8>)> = None;
    let mut extended = Extended::default();
    // The standard for EXIF wants its segment first; a new one goes behind the first segments of that kind.
    let mut place: u64 = 2;
    walk(source, |segment| {
        if matches!(segment.marker, APP0 | APP1) && place == segment.at {
            place = segment.end();
        }
        match segment.marker {
            APP1 => {
                if let Some(packet) = segment.data.strip_prefix(XMP_HEAD) {
                    match &old {
                        None => old = Some((segment.at, segment.end(), packet.to_vec())),
                        Some(_) if !xmp::labels(packet).is_empty() => edits.remove(segment.at, segment.end()),
                        Some(_) => {}
                    }
                } else if let Some(part) = segment.data.strip_prefix(EXTENDED_HEAD) {
                    extended.add(segment.at, part)?;
                } else if let Some(blanked) = segment.data.strip_prefix(EXIF_HEAD).and_then(exif::without_label) {
                    let data = [EXIF_HEAD, blanked.as_slice()].concat();
                    edits.replace(segment.at.saturating_add(Segment::HEAD), segment.end(), data);
                }
            }
            COM if looks_like_label(&String::from_utf8_lossy(&segment.data)) => {
                edits.remove(segment.at, segment.end());
            }
            _ => {}
        }
        Ok(())
    })?;
    if !xmp::labels(&extended.bytes).is_empty() {
        return Err(LabelError::Unsupported {
            container: Container::Jpeg,
            what: format!("a label stands in the extended XMP packet at byte {}", extended.at),
            fix: "remove it first, for example with exiftool",
        });
    }
    let (from, to, packet) = old.map_or((place, place, None), |(from, to, packet)| (from, to, Some(packet)));
    let packet = xmp::with_label(packet.as_deref(), label).map_err(|problem| {
        let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
        source.broken(from, what, "remove or repair the packet, for example with exiftool")
    })?;
    let data = [XMP_HEAD, packet.as_slice()].concat();
    let len = u16::try_from(data.len().saturating_add(2)).ok().filter(|_| data.len() <= MAX_SEGMENT);
    let len = len.ok_or_else(|| LabelError::Unsupported {
        container: Container::Jpeg,
        what: "the XMP packet has no room for a label within one segment".to_owned(),
        fix: "shorten the packet, for example by removing an embedded preview with exiftool",
    })?;
    edits.replace(from, to, [&[0xFF, APP1], len.to_be_bytes().as_slice(), &data].concat());
    Ok(edits)
}
