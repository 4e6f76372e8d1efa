//! JPEG: an `APP1` segment with an XMP packet.
//!
//! Walked by hand; of the picture itself only as much is held as is looked through for its end.

use super::exif;
use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_METADATA;
use crate::limits::MAX_PIECES;
use crate::raw::RawLabel;
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, wide};
use crate::xml::XmlProblem;
use crate::xmp;

const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// A packet too long for one segment goes on in others: head, 32 characters of digest, length, offset, bytes.
const EXTENDED_HEAD: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const EXTENDED_FIXED: usize = 40;
const EXIF_HEAD: &[u8] = b"Exif\0\0";
const MANIFEST_HEAD: &[u8] = b"JP";

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP11: u8 = 0xEB;
const LAST_APP: u8 = 0xEF;
const COM: u8 = 0xFE;
/// How much of the coded data is looked through at once.
const SCAN_STEP: u64 = 64 * 1024;
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

/// Visits the segments up to the end of the picture, that of each scan among them; gives where the picture ends.
fn walk(source: &mut Source<'_>, mut visit: impl FnMut(&Segment) -> Result<(), LabelError>) -> Result<u64, LabelError> {
    if source.array::<2>(0, "the header")? != [0xFF, SOI] {
        return Err(source.broken(0, "this is no JPEG", "check what the file is"));
    }
    let mut at: u64 = 2;
    let mut has_scan = false;
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
            EOI if has_scan => return Ok(at.saturating_add(2)),
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
                if marker == SOS {
                    has_scan = true;
                    at = scan_end(source, at)?;
                }
            }
        }
    }
    Err(LabelError::endless(Container::Jpeg))
}

/// Where the coded data that begin at `at` end: at the first marker that is none of those within.
fn scan_end(source: &mut Source<'_>, from: u64) -> Result<u64, LabelError> {
    if let Some(end) = source.passed_end(from) {
        return Ok(end);
    }
    let end = looked_through(source, from)?;
    source.pass(from, end);
    Ok(end)
}

fn looked_through(source: &mut Source<'_>, mut at: u64) -> Result<u64, LabelError> {
    let mut bytes = Vec::new();
    loop {
        let len = source.len().saturating_sub(at).min(SCAN_STEP);
        if len < 2 {
            // The end of the picture was not there: half of it may be missing.
            return Err(LabelError::truncated(Container::Jpeg, at, "the picture"));
        }
        source.fill(at, usize::try_from(len).unwrap_or_default(), &mut bytes)?;
        let follows = |n: &usize| matches!(bytes.get(n.saturating_add(1)), Some(0x01..=0xCF | 0xD8..=0xFE));
        if let Some(n) = memchr::memchr_iter(0xFF, &bytes).find(follows) {
            return Ok(at.saturating_add(wide(n)));
        }
        // The last byte may be the first of a marker.
        at = at.saturating_add(len).saturating_sub(1);
    }
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let mut extended = Extended::default();
    let mut has_manifest = false;
    let end = walk(source, |segment| {
        let at = segment.at;
        if let Some(text) = own_text(segment) {
            return reading.found(format!("APP{} AIGC", segment.marker & 0x0F), at, false, RawLabel::parse(&text));
        }
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
                    && segment.data.starts_with(MANIFEST_HEAD)
                    && segment.data.windows(4).any(|window| window == b"c2pa") =>
            {
                has_manifest = true;
                reading.remark(Remark::C2pa(format!("byte {at}, APP11")));
            }
            COM => {
                for label in embedded::of_field_in_bytes("", &segment.data) {
                    reading.found("comment", at, false, label)?;
                }
            }
            _ => {}
        }
        if is_of_programs(segment) {
            for label in embedded::of_field_in_bytes("", &segment.data) {
                reading.found(format!("APP{}", segment.marker & 0x0F), at, false, label)?;
            }
        }
        Ok(())
    })?;
    for found in xmp::labels(&extended.bytes) {
        reading.found(format!("APP1 (extended XMP), {}", found.name), extended.at, found.is_standard, found.label)?;
    }
    if end < source.len() {
        reading.remark(Remark::Trailing(format!("byte {end}")));
    }
    Ok(())
}

/// The text of a segment that is a label by itself: `AIGC` and an object behind it.
fn own_text(segment: &Segment) -> Option<String> {
    let is_app = (APP0..=LAST_APP).contains(&segment.marker);
    let rest = segment.data.strip_prefix(WRAPPER.as_bytes()).filter(|_| is_app)?;
    let text = String::from_utf8_lossy(rest);
    let text = text.trim_start_matches(|c: char| c == '\0' || c == ':' || c == '=' || c.is_whitespace());
    text.starts_with('{').then(|| text.to_owned())
}

/// Whether programs write in a segment what they like, such as the captions of news agencies (IPTC, in `APP13`). A manifest is none.
fn is_of_programs(segment: &Segment) -> bool {
    let is_known =
        [XMP_HEAD, EXTENDED_HEAD, EXIF_HEAD, MANIFEST_HEAD].iter().any(|head| segment.data.starts_with(head));
    (APP0..=LAST_APP).contains(&segment.marker) && !is_known && own_text(segment).is_none()
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
        if own_text(segment).is_some() {
            edits.remove(segment.at, segment.end());
            return Ok(());
        }
        match segment.marker {
            APP1 => {
                if let Some(packet) = segment.data.strip_prefix(XMP_HEAD) {
                    match &old {
                        None => old = Some((segment.at, segment.end(), packet.to_vec())),
                        Some(_) if xmp::labels(packet).is_empty() => {}
                        Some(_) => {
                            let rest =
                                xmp::without_label(packet).map_err(|problem| broken_packet(segment.at, &problem))?;
                            edits.replace(segment.at, segment.end(), segment_bytes(APP1, &[XMP_HEAD, &rest].concat()));
                        }
                    }
                } else if let Some(part) = segment.data.strip_prefix(EXTENDED_HEAD) {
                    extended.add(segment.at, part)?;
                } else if let Some(blanked) = segment.data.strip_prefix(EXIF_HEAD).and_then(exif::without_label) {
                    let data = [EXIF_HEAD, blanked.as_slice()].concat();
                    edits.replace(segment.at.saturating_add(Segment::HEAD), segment.end(), data);
                }
            }
            COM => match embedded::bytes_without_labels("", &segment.data) {
                Remainder::Unchanged => {}
                Remainder::Nothing => edits.remove(segment.at, segment.end()),
                Remainder::Text(rest) => edits.replace(segment.at, segment.end(), segment_bytes(COM, &rest)),
            },
            _ => {}
        }
        if is_of_programs(segment) {
            strip(segment, &mut edits);
        }
        Ok(())
    })?;
    if !xmp::labels(&extended.bytes).is_empty() {
        let what = format!("a label stands in the extended XMP packet at byte {}", extended.at);
        let fix = "remove it first, for example with exiftool";
        return Err(LabelError::Unsupported { container: Container::Jpeg, what, fix });
    }
    let (from, to, packet) = old.map_or((place, place, None), |(from, to, packet)| (from, to, Some(packet)));
    let packet = xmp::with_label(packet.as_deref(), label).map_err(|problem| broken_packet(from, &problem))?;
    let data = [XMP_HEAD, packet.as_slice()].concat();
    if data.len() > MAX_SEGMENT {
        let what = "the XMP packet has no room for a label within one segment".to_owned();
        let fix = "shorten the packet, for example by removing an embedded preview with exiftool";
        return Err(LabelError::Unsupported { container: Container::Jpeg, what, fix });
    }
    edits.replace(from, to, segment_bytes(APP1, &data));
    Ok(edits)
}

/// Takes the labels out of a segment of another program, and the segment with them where it is nothing else.
fn strip(segment: &Segment, edits: &mut Edits) {
    if embedded::bytes_without_labels("", &segment.data) == Remainder::Nothing {
        edits.remove(segment.at, segment.end());
    } else if let Some(blanked) = embedded::blanked(&segment.data) {
        edits.replace(segment.at.saturating_add(Segment::HEAD), segment.end(), blanked);
    }
}

fn broken_packet(at: u64, problem: &XmlProblem) -> LabelError {
    let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
    LabelError::broken(Container::Jpeg, at, what, "remove or repair the packet, for example with exiftool")
}

fn segment_bytes(marker: u8, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(data.len().saturating_add(2)).unwrap_or(u16::MAX);
    [&[0xFF, marker], len.to_be_bytes().as_slice(), data].concat()
}
