//! ID3v2 tags: a frame `TXXX` with the description `AIGC`.
//!
//! Read by hand: crates for tags write every frame anew, and a frame that they do not know is lost.

use crate::container::Container;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_INDEX;
use crate::raw::{RawLabel, is_label, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, wide};

/// Mark, version, flags, length.
pub(super) const HEAD: usize = 10;
const UNSYNCHRONIZED: u8 = 0x80;
const EXTENDED: u8 = 0x40;
const FOOTER: u8 = 0x10;
/// Free space that a tag gets when it is written anew, so that the next change moves nothing.
const PADDING: usize = 1024;
/// The same of version 3: compression, encryption, group.
const V3_CHANGED: u8 = 0xE0;

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

impl Frame {
    /// The text of a label; nothing for any other frame.
    fn label(&self) -> Option<RawLabel> {
        let (description, value) = self.texts()?;
        is_label(&description, &value).then(|| RawLabel::parse(&value))
    }

    /// Description and value of a text of somebody's own, or of a comment.
    fn texts(&self) -> Option<(String, String)> {
        // A comment has its language, in three letters, before its description.
        let skip = match self.id.as_slice() {
            b"TXXX" | b"TXX" => 0,
            b"COMM" | b"COM" => 3,
            _ => return None,
        };
        let (encoding, rest) = self.data.as_ref()?.split_first()?;
        Some(texts(*encoding, rest.get(skip..)?))
    }
}

/// A description and a value, whichever way they are written.
fn texts(encoding: u8, bytes: &[u8]) -> (String, String) {
    if !matches!(encoding, 1 | 2) {
        let at = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        let text = |bytes: &[u8]| match encoding {
            0 => bytes.iter().copied().map(char::from).collect(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        let value = bytes.get(at.saturating_add(1)..).unwrap_or_default();
        return (text(bytes.get(..at).unwrap_or_default()), text(value));
    }
    let mut texts = [String::new(), String::new()];
    let units: Vec<[u8; 2]> = bytes.chunks_exact(2).map(|pair| pair.try_into().unwrap_or_default()).collect();
    for (text, units) in texts.iter_mut().zip(units.splitn(2, |unit| *unit == [0, 0])) {
        let (is_little, units) = match units.split_first() {
            Some(([0xFF, 0xFE], rest)) => (true, rest),
            Some(([0xFE, 0xFF], rest)) => (false, rest),
            _ => (false, units),
        };
        let number = |unit: &[u8; 2]| if is_little { u16::from_le_bytes(*unit) } else { u16::from_be_bytes(*unit) };
        *text = String::from_utf16_lossy(&units.iter().map(number).collect::<Vec<u16>>());
    }
    let [description, value] = texts;
    (description, value)
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
        frames.push(Frame { id: id.to_vec(), at, whole: whole.to_vec(), data: plain(version, format, flags, data) });
        at = to;
    }
    let flags = if version == 4 { flags & UNSYNCHRONIZED } else { 0 };
    Ok(Tag { version, flags, frames, room })
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte))
}

fn plain(version: u8, format: u8, tag_flags: u8, data: &[u8]) -> Option<Vec<u8>> {
    match version {
        4 => {
            let skip = if format & 1 == 0 { 0 } else { 4 };
            let data = data.get(skip..)?;
            let is_changed = format & 2 != 0 || tag_flags & UNSYNCHRONIZED != 0;
            (format & 0x0C == 0).then(|| if is_changed { resynchronized(data) } else { data.to_vec() })
        }
        _ => (format & V3_CHANGED == 0).then(|| data.to_vec()),
    }
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

/// Reads the labels of a tag that stands at `at`.
pub(super) fn read_tag(tag: &[u8], at: u64, is_standard: bool, reading: &mut Reading) -> Result<(), LabelError> {
    for frame in parse(tag, at, reading.container)?.frames {
        if let Some(label) = frame.label() {
            let place = at.saturating_add(wide(HEAD)).saturating_add(wide(frame.at));
            let description = frame.texts().map(|(description, _)| description).unwrap_or_default();
            let name = format!("ID3v2 {} {description}", String::from_utf8_lossy(&frame.id));
            let is_own = frame.id.starts_with(b"TXX") && is_label_name(&description);
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
    if parsed.frames.iter().all(|frame| frame.label().is_none()) {
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
    let kept = tag.frames.iter().filter(|frame| frame.label().is_none());
    let mut body: Vec<u8> = kept.flat_map(|frame| frame.whole.clone()).collect();
    if let Some(label) = label {
        body.extend(frame(tag.version, label).ok_or_else(too_large)?);
    }
    let used = body.len().saturating_add(HEAD);
    let padding = room.checked_sub(used).unwrap_or(PADDING);
    body.resize(body.len().saturating_add(padding), 0);
    let size = as_synchsafe(body.len()).ok_or_else(too_large)?;
    Ok([b"ID3", [tag.version, 0, tag.flags].as_slice(), &size, &body].concat())
}

fn frame(version: u8, label: &Label) -> Option<Vec<u8>> {
    // Latin-1, which every version has; a label is ASCII, so nothing has to be changed against misreading as sound.
    let data = [&[0], WRAPPER.as_bytes(), &[0], label.to_json().as_bytes()].concat();
    let plain = u32::try_from(data.len()).ok()?.to_be_bytes();
    Some(match version {
        2 => [b"TXX", plain.get(1..)?, &data].concat(),
        3 => [b"TXXX", plain.as_slice(), &[0, 0], &data].concat(),
        _ => [b"TXXX", as_synchsafe(data.len())?.as_slice(), &[0, 0], &data].concat(),
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
