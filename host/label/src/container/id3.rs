//! ID3v2 tags: a frame `TXXX` with the description `AIGC`.
//!
//! Read by hand: crates for tags write every frame anew, and a frame that they do not know is lost.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use crate::container::Container;
use crate::embedded::{self, Remainder};
use crate::encoding::{decode_wide, latin_1, utf_16};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_INDEX, MAX_INFLATED};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, wide};

/// Mark, version, flags, length.
pub(super) const HEAD: usize = 10;
/// The length of a tag of version 1, which stands at the end.
const OLD_TAG: u64 = 128;
const UNSYNCHRONIZED: u8 = 0x80;
const EXTENDED: u8 = 0x40;
const FOOTER: u8 = 0x10;
/// Free space that a tag gets when it is written anew, so that the next change moves nothing.
const PADDING: usize = 1024;
/// Flags of frames of version 3.
const V3_PACKED: u8 = 0x80;
const V3_ENCRYPTED: u8 = 0x40;
const V3_GROUPED: u8 = 0x20;
/// Flags of frames of version 4.
const V4_GROUPED: u8 = 0x40;
const V4_PACKED: u8 = 0x08;
const V4_ENCRYPTED: u8 = 0x04;
const V4_UNSYNCHRONIZED: u8 = 0x02;
const V4_HAS_LENGTH: u8 = 0x01;

/// How long a tag is that begins so, with head and footer.
pub(super) fn total(head: &[u8]) -> Option<u64> {
    let is_tag = head.starts_with(b"ID3") && head.get(3..5).is_some_and(|version| !version.contains(&0xFF));
    let size = head.get(6..HEAD).filter(|size| is_tag && size.iter().all(|&byte| byte < 0x80))?;
    let footer = if head.get(5)? & FOOTER == 0 { 0 } else { HEAD };
    Some(wide(synchsafe(size)).saturating_add(wide(HEAD)).saturating_add(wide(footer)))
}

fn synchsafe(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, &byte| (sum << 7) | usize::from(byte & 0x7F))
}

fn as_synchsafe(n: usize) -> Option<[u8; 4]> {
    let n = u32::try_from(n).ok().filter(|&n| n < 1 << 28)?;
    let digit = |shift: u32| u8::try_from((n >> shift) & 0x7F).unwrap_or_default();
    Some([digit(21), digit(14), digit(7), digit(0)])
}

/// A tag that was read: its version and its frames, each as it stands.
struct Tag {
    version: u8,
    /// The flags that stay: in version 4, that its frames are changed against misreading as sound, for they are kept as they are.
    flags: u8,
    frames: Vec<Frame>,
    /// How many bytes the tag takes up, with its head.
    room: usize,
}

struct Frame {
    id: Vec<u8>,
    /// In bytes of the tag, as far as these were not changed to be read.
    at: usize,
    whole: Vec<u8>,
    /// The data; nothing where they are compressed or encrypted.
    data: Option<Vec<u8>>,
}

/// What a frame of text says.
struct Texts {
    encoding: u8,
    /// Three letters, in a comment.
    language: Vec<u8>,
    /// Nothing in a text with a name of the format's own.
    description: Option<String>,
    value: String,
}

impl Frame {
    /// The labels of a text, or of what a program put there for itself.
    fn labels(&self) -> Vec<RawLabel> {
        if let Some((name, data)) = self.private() {
            return embedded::of_field_in_bytes(&name, data);
        }
        self.texts().map(|texts| embedded::of_field(texts.name(), &texts.value)).unwrap_or_default()
    }

    /// What a program put there for itself: whose it is, and the data. A picture or a manifest is none, for it may have labels of its own.
    fn private(&self) -> Option<(String, &[u8])> {
        let data = self.data.as_deref()?;
        let has = |part: &[u8]| data.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
        match self.id.as_slice() {
            b"PRIV" => {
                let at = data.iter().position(|&byte| byte == 0)?;
                Some((latin_1(data.get(..at)?), data.get(at.saturating_add(1)..)?))
            }
            b"GEOB" | b"GEO" if !has(b"image/") && !has(b"c2pa") => Some((String::new(), data)),
            _ => None,
        }
    }

    /// A text, a comment or the words of a song.
    fn texts(&self) -> Option<Texts> {
        let (n_language, is_named) = match self.id.as_slice() {
            b"TXXX" | b"TXX" => (0, false),
            b"COMM" | b"COM" | b"USLT" | b"ULT" => (3, false),
            id if id.starts_with(b"T") => (0, true),
            _ => return None,
        };
        let (encoding, rest) = self.data.as_ref()?.split_first()?;
        let (language, rest) = rest.split_at_checked(n_language)?;
        let (description, value) = if is_named { (None, decoded(*encoding, rest)) } else { described(*encoding, rest) };
        Some(Texts { encoding: *encoding, language: language.to_vec(), description, value })
    }

    /// The frame without labels: as it stands where it has none, nothing where it is one, else anew.
    fn stripped(&self, version: u8) -> Option<Vec<u8>> {
        if let Some((name, data)) = self.private() {
            if embedded::bytes_without_labels(&name, data) == Remainder::Nothing {
                return None;
            }
            let blanked = self.data.as_deref().and_then(embedded::blanked);
            return blanked.map_or_else(|| Some(self.whole.clone()), |data| frame(version, &self.id, &data));
        }
        let Some(mut texts) = self.texts() else { return Some(self.whole.clone()) };
        match embedded::without_labels(texts.name(), &texts.value) {
            Remainder::Unchanged => Some(self.whole.clone()),
            Remainder::Nothing => None,
            Remainder::Text(rest) => {
                texts.value = rest;
                frame(version, &self.id, &texts.data(version))
            }
        }
    }
}

impl Texts {
    fn name(&self) -> &str {
        self.description.as_deref().unwrap_or_default()
    }

    /// The data of a frame: in UTF-8 where the version has it, which never looks like sound.
    fn data(&self, version: u8) -> Vec<u8> {
        let encoding = if version == 4 { 3 } else { self.encoding };
        let end: &[u8] = if matches!(encoding, 1 | 2) { &[0, 0] } else { &[0] };
        let mut data = [&[encoding], self.language.as_slice()].concat();
        if let Some(description) = &self.description {
            data.extend([encoded(encoding, description).as_slice(), end].concat());
        }
        data.extend(encoded(encoding, &self.value));
        data
    }
}

/// A description and a value, whichever way they are written.
fn described(encoding: u8, bytes: &[u8]) -> (Option<String>, String) {
    let width = if matches!(encoding, 1 | 2) { 2 } else { 1 };
    let at = bytes.chunks_exact(width).position(|unit| unit.iter().all(|&byte| byte == 0));
    let at = at.map_or(bytes.len(), |n| n.saturating_mul(width));
    let value = bytes.get(at.saturating_add(width)..).unwrap_or_default();
    (Some(decoded(encoding, bytes.get(..at).unwrap_or_default())), decoded(encoding, value))
}

fn decoded(encoding: u8, bytes: &[u8]) -> String {
    match (encoding, bytes) {
        (0, _) => latin_1(bytes),
        (1, [0xFF, 0xFE, rest @ ..]) => utf_16(rest, true).unwrap_or_else(|| latin_1(bytes)),
        (1, [0xFE, 0xFF, rest @ ..]) => utf_16(rest, false).unwrap_or_else(|| latin_1(bytes)),
        // Programs leave out the mark of the order.
        (1, _) => decode_wide(bytes).0,
        (2, _) => utf_16(bytes, false).unwrap_or_else(|| latin_1(bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn encoded(encoding: u8, text: &str) -> Vec<u8> {
    match encoding {
        0 => text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        1 => [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        2 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

fn parse(tag: &[u8], at: u64, container: Container) -> Result<Tag, LabelError> {
    let broken = |what: &str| LabelError::broken(container, at, what, "write the tag anew, for example with mutagen");
    let room = total(tag).ok_or_else(|| broken("the ID3 tag has no readable head"))?;
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let (Some(&version), Some(&flags)) = (tag.get(3), tag.get(5)) else {
        return Err(broken("the ID3 tag has no readable head"));
    };
    if !(2..=4).contains(&version) {
        return Err(broken("the ID3 tag has a version that is not known"));
    }
    let body = tag.get(HEAD..).ok_or_else(|| broken("the ID3 tag breaks off"))?;
    // Before version 4 the whole tag is changed so that no player takes it for sound.
    let body = if flags & UNSYNCHRONIZED != 0 && version < 4 { resynchronized(body) } else { body.to_vec() };
    let mut at = 0;
    if flags & EXTENDED != 0 && version > 2 {
        let size = body.get(..4).ok_or_else(|| broken("the ID3 tag breaks off"))?;
        at = if version == 4 { synchsafe(size) } else { number(size).saturating_add(4) };
    }
    let mut frames = Vec::new();
    let mut left = MAX_INFLATED;
    let (id_len, head_len) = if version == 2 { (3, 6) } else { (4, 10) };
    while let Some(head) = body.get(at..at.saturating_add(head_len)) {
        let id = head.get(..id_len).unwrap_or_default();
        if !id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            break;
        }
        let size = head.get(id_len..id_len.saturating_mul(2)).unwrap_or_default();
        let is_synchsafe = version == 4 && size.iter().all(|&byte| byte < 0x80);
        let len = if is_synchsafe { synchsafe(size) } else { number(size) };
        let to = at.saturating_add(head_len).saturating_add(len);
        let whole = body.get(at..to).ok_or_else(|| broken("a frame of the ID3 tag is longer than the tag"))?;
        let data = whole.get(head_len..).unwrap_or_default();
        let format = if version == 2 { 0 } else { head.get(9).copied().unwrap_or_default() };
        // A picture is not read, so it is not unpacked.
        let data = if is_read(id) {
            let endless = |Endless| LabelError::too_large(container, "the unpacked ID3 tag", MAX_INFLATED);
            plain(version, format, flags, data, &mut left).map_err(endless)?
        } else {
            None
        };
        frames.push(Frame { id: id.to_vec(), at, whole: whole.to_vec(), data });
        at = to;
    }
    let flags = if version == 4 { flags & UNSYNCHRONIZED } else { 0 };
    Ok(Tag { version, flags, frames, room })
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte))
}

/// Whether labels, or a manifest, are looked for in frames of this name.
fn is_read(id: &[u8]) -> bool {
    id.starts_with(b"T") || matches!(id, b"COMM" | b"COM" | b"USLT" | b"ULT" | b"PRIV" | b"GEOB" | b"GEO")
}

/// The packed frames of a tag become too many bytes together.
struct Endless;

/// The data of a frame as they were before they were packed or changed; nothing where they are encrypted or cannot be unpacked.
/// `left` is how many bytes the frames of the tag may still become.
fn plain(version: u8, format: u8, tag_flags: u8, data: &[u8], left: &mut usize) -> Result<Option<Vec<u8>>, Endless> {
    let has = |flag: u8| format & flag != 0;
    let (is_encrypted, is_packed, n_before) = match version {
        4 => (has(V4_ENCRYPTED), has(V4_PACKED), if has(V4_HAS_LENGTH) { 4 } else { 0 }),
        _ => (has(V3_ENCRYPTED), has(V3_PACKED), if has(V3_PACKED) { 4 } else { 0 }),
    };
    let is_grouped = if version == 4 { has(V4_GROUPED) } else { has(V3_GROUPED) };
    let Some(data) = data.get(usize::from(is_grouped).saturating_add(n_before)..) else { return Ok(None) };
    let is_changed = version == 4 && (has(V4_UNSYNCHRONIZED) || tag_flags & UNSYNCHRONIZED != 0);
    let data = if is_changed { resynchronized(data) } else { data.to_vec() };
    if is_encrypted {
        return Ok(None);
    }
    if !is_packed {
        return Ok(Some(data));
    }
    let mut out = Vec::new();
    let mut decoder = ZlibDecoder::new(data.as_slice()).take(wide(*left).saturating_add(1));
    let is_whole = decoder.read_to_end(&mut out).is_ok();
    *left = left.checked_sub(out.len()).ok_or(Endless)?;
    Ok(Some(out).filter(|_| is_whole))
}

/// Takes out the zeros that were put behind every `FF`.
fn resynchronized(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut is_after_ff = false;
    for &byte in bytes {
        if !(is_after_ff && byte == 0) {
            out.push(byte);
        }
        is_after_ff = byte == 0xFF;
    }
    out
}

/// The bytes of a tag at `at`, bounded.
pub(super) fn bytes(source: &mut Source<'_>, at: u64) -> Result<Option<Vec<u8>>, LabelError> {
    let left = source.len().saturating_sub(at);
    let head = source.bytes(at, left.min(wide(HEAD)), HEAD, "the ID3 tag")?;
    total(&head).map(|total| source.bytes(at, total, MAX_INDEX, "the ID3 tag")).transpose()
}

/// The tag behind everything else, but for the old tag of 128 bytes: it ends with a mark of its own. Gives where it begins, too.
pub(super) fn last(source: &mut Source<'_>) -> Result<Option<(u64, Vec<u8>)>, LabelError> {
    let old = source.len().checked_sub(OLD_TAG);
    let has_old = match old {
        Some(at) => source.array::<3>(at, "the old tag")? == *b"TAG",
        None => false,
    };
    let end = old.filter(|_| has_old).unwrap_or(source.len());
    let Some(foot_at) = end.checked_sub(wide(HEAD)) else { return Ok(None) };
    let foot = source.bytes(foot_at, wide(HEAD), HEAD, "the ID3 tag")?;
    let is_foot = foot.starts_with(b"3DI") && foot.get(6..).is_some_and(|size| size.iter().all(|&byte| byte < 0x80));
    let len = wide(synchsafe(foot.get(6..).unwrap_or_default()));
    let at = foot_at.checked_sub(len).and_then(|at| at.checked_sub(wide(HEAD))).filter(|&at| is_foot && at > 0);
    let Some(at) = at else { return Ok(None) };
    let tag = source.bytes(at, end.saturating_sub(at), MAX_INDEX, "the ID3 tag")?;
    Ok(Some((at, tag)).filter(|(_, tag)| tag.starts_with(b"ID3")))
}

/// Reads the labels of a tag that stands at `at`.
pub(super) fn read_tag(tag: &[u8], at: u64, is_standard: bool, reading: &mut Reading) -> Result<(), LabelError> {
    for frame in parse(tag, at, reading.container)?.frames {
        let description = frame.texts().and_then(|texts| texts.description).unwrap_or_default();
        let name = format!("ID3v2 {} {description}", String::from_utf8_lossy(&frame.id));
        let is_own = frame.id.starts_with(b"TXX") && is_label_name(&description);
        for label in frame.labels() {
            let place = at.saturating_add(wide(HEAD)).saturating_add(wide(frame.at));
            reading.found(name.trim_end(), place, is_standard && is_own, label)?;
        }
        let is_manifest = frame.id.starts_with(b"GEO")
            && frame.data.is_some_and(|data| data.windows(4).any(|window| window.eq_ignore_ascii_case(b"c2pa")));
        if is_manifest && cfg!(feature = "c2pa") {
            reading.remark(Remark::C2pa(format!("byte {at}, ID3v2 GEOB")));
        }
    }
    Ok(())
}

/// The tag without labels; nothing where it has none.
pub(super) fn without_label(tag: &[u8], at: u64) -> Result<Option<Vec<u8>>, LabelError> {
    let parsed = parse(tag, at, Container::Wav)?;
    if parsed.frames.iter().all(|frame| frame.labels().is_empty()) {
        return Ok(None);
    }
    build(&parsed, None, parsed.room, Container::Wav).map(Some)
}

/// The tag with this label and no other, in the same room where it fits.
pub(super) fn with_label(tag: Option<&[u8]>, label: &Label, container: Container) -> Result<Vec<u8>, LabelError> {
    let parsed = match tag {
        Some(tag) => parse(tag, 0, container)?,
        None => Tag { version: 4, flags: 0, frames: Vec::new(), room: 0 },
    };
    build(&parsed, Some(label), parsed.room, container)
}

fn build(tag: &Tag, label: Option<&Label>, room: usize, container: Container) -> Result<Vec<u8>, LabelError> {
    let too_large = || LabelError::too_large(container, "the ID3 tag", MAX_INDEX);
    let mut body: Vec<u8> = tag.frames.iter().filter_map(|frame| frame.stripped(tag.version)).flatten().collect();
    if let Some(label) = label {
        // Latin-1, which every version has; a label is ASCII, so nothing has to be changed against misreading as sound.
        let data = [&[0], WRAPPER.as_bytes(), &[0], label.to_json().as_bytes()].concat();
        let id: &[u8] = if tag.version == 2 { b"TXX" } else { b"TXXX" };
        body.extend(frame(tag.version, id, &data).ok_or_else(too_large)?);
    }
    let used = body.len().saturating_add(HEAD);
    let padding = room.checked_sub(used).unwrap_or(PADDING);
    body.resize(body.len().saturating_add(padding), 0);
    let size = as_synchsafe(body.len()).ok_or_else(too_large)?;
    Ok([b"ID3", [tag.version, 0, tag.flags].as_slice(), &size, &body].concat())
}

fn frame(version: u8, id: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let plain = u32::try_from(data.len()).ok()?.to_be_bytes();
    Some(match version {
        2 => [id, plain.get(1..)?, data].concat(),
        3 => [id, plain.as_slice(), &[0, 0], data].concat(),
        _ => [id, as_synchsafe(data.len())?.as_slice(), &[0, 0], data].concat(),
    })
}

/// Whether a frame of sound begins here: sync, a version and a layer that exist, a rate of bits and of samples that do.
///
/// Layer I is left out: nobody uses it, and UTF-16 text begins so.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    be32(bytes, 0).is_some_and(|word| {
        let (version, layer) = ((word >> 19) & 3, (word >> 17) & 3);
        let (bits, samples) = ((word >> 12) & 15, (word >> 10) & 3);
        word >> 21 == 0x7FF && version != 1 && matches!(layer, 1 | 2) && bits != 15 && samples != 3
    })
}
