//! TIFF and BigTIFF: tag 700, an XMP packet. EXIF blocks of other formats are built alike.
//!
//! Walked by hand: the crates for TIFF decode pixels, and those for EXIF do not write.

use std::collections::BTreeSet;

use super::frame::larger;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::encoding::{self, Encoding};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_METADATA, MAX_PIECES};
use crate::reading::{Reading, Remark};
use crate::source::{Source, array_at, wide};
use crate::xmp;

const XMP: u16 = 0x02BC;
const WIDTH: u16 = 0x0100;
const HEIGHT: u16 = 0x0101;
const IMAGE_DESCRIPTION: u16 = 0x010E;
const USER_COMMENT: u16 = 0x9286;
const MAKER_NOTE: u16 = 0x927C;
const EXIF_IFD: u16 = 0x8769;
const GPS_IFD: u16 = 0x8825;
/// Directories of smaller pictures of the same page.
const SUB_IFDS: u16 = 0x014A;
/// Name of the document, maker, model, program, artist, computer and rights: texts, whatever type programs give them.
const TEXTS: [u16; 7] = [0x010D, 0x010F, 0x0110, 0x0131, 0x013B, 0x013C, 0x8298];
/// The captions of news agencies.
const IPTC: u16 = 0x83BB;
/// The mark before each of them.
const CAPTION: u8 = 0x1C;
/// The profile of colors.
const PROFILE: u16 = 0x8773;
const C2PA: u16 = 0xCD41;
/// Title, comment, author, keywords and subject as Windows writes them.
const XP_TEXTS: std::ops::RangeInclusive<u16> = 0x9C9B..=0x9C9F;
/// How a position was found and what the place is called, in the directory of positions: texts with a code before them.
const GPS_TEXTS: std::ops::RangeInclusive<u16> = 0x001B..=0x001C;
/// The type of bytes that mean what the tag says, which the practice guides name for XMP.
const UNDEFINED: u16 = 7;
/// The types of text: the usual one, and that of EXIF 3.
const ASCII: u16 = 2;
const UTF_8: u16 = 129;
/// No label is shorter.
const LEAST_TEXT: u64 = 8;
/// How many directories are walked; a document has one a page.
const MAX_DIRECTORIES: usize = 1 << 16;
/// How many directories one entry may name.
const MAX_INNER: u64 = 64;

/// How the numbers of a file are written.
#[derive(Clone, Copy)]
struct Layout {
    is_little: bool,
    is_big: bool,
}

impl Layout {
    fn of(source: &mut Source<'_>) -> Result<Self, LabelError> {
        match source.array::<4>(0, "the header")? {
            [b'I', b'I', 42, 0] => Ok(Self { is_little: true, is_big: false }),
            [b'M', b'M', 0, 42] => Ok(Self { is_little: false, is_big: false }),
            [b'I', b'I', 43, 0] => Ok(Self { is_little: true, is_big: true }),
            [b'M', b'M', 0, 43] => Ok(Self { is_little: false, is_big: true }),
            _ => Err(source.broken(0, "this is no TIFF", "check what the file is")),
        }
    }

    fn number(self, bytes: &[u8]) -> u64 {
        let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        if self.is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }

    /// A number in `n` bytes.
    fn bytes(self, value: u64, n: usize) -> Vec<u8> {
        let all = if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let cut = if self.is_little { all.get(..n) } else { all.get(all.len().saturating_sub(n)..) };
        cut.unwrap_or_default().to_vec()
    }

    fn offset_size(self) -> usize {
        if self.is_big { 8 } else { 4 }
    }

    fn count_size(self) -> usize {
        if self.is_big { 8 } else { 2 }
    }

    fn entry_size(self) -> u64 {
        if self.is_big { 20 } else { 12 }
    }

    /// Where the offset of the first directory stands.
    fn first(self) -> u64 {
        if self.is_big { 8 } else { 4 }
    }

    fn read(self, source: &mut Source<'_>, at: u64, n: usize, what: &str) -> Result<u64, LabelError> {
        Ok(self.number(&source.bytes(at, wide(n), 8, what)?))
    }
}

/// One entry of a directory.
struct Entry {
    tag: u16,
    kind: u16,
    /// Where the entry itself stands.
    at: u64,
    /// Where its value stands.
    value_at: u64,
    len: u64,
}

impl Entry {
    /// Whether people write in it, or programs for them.
    fn is_text(&self) -> bool {
        [USER_COMMENT, IMAGE_DESCRIPTION].contains(&self.tag)
            || TEXTS.contains(&self.tag)
            || XP_TEXTS.contains(&self.tag)
            || GPS_TEXTS.contains(&self.tag)
            || [ASCII, UTF_8].contains(&self.kind) && self.len > LEAST_TEXT
    }

    /// Whether programs write in it what they like, with lengths that count the bytes of a label.
    fn is_note(&self) -> bool {
        [IPTC, MAKER_NOTE, PROFILE].contains(&self.tag)
    }

    /// What a note says. Programs write lengths that are too long here, and others take no offense.
    fn note(&self, source: &mut Source<'_>) -> Result<Vec<u8>, LabelError> {
        let left = source.len().saturating_sub(self.value_at).min(wide(MAX_METADATA));
        let mut note = source.bytes(self.value_at, self.len.min(left), MAX_METADATA, "a note")?;
        if self.tag == IPTC {
            note.truncate(captions_len(&note));
        }
        Ok(note)
    }

    fn name(&self) -> String {
        match self.tag {
            USER_COMMENT => "UserComment".to_owned(),
            IMAGE_DESCRIPTION => "ImageDescription".to_owned(),
            MAKER_NOTE => "MakerNote".to_owned(),
            IPTC => "IPTC".to_owned(),
            PROFILE => "color profile".to_owned(),
            tag => format!("tag {tag}"),
        }
    }
}

/// Where captions end: each begins with a mark of its own and states its length. What follows is of others, such as a packet of XMP.
fn captions_len(note: &[u8]) -> usize {
    let mut at = 0_usize;
    while note.get(at) == Some(&CAPTION) {
        let len = array_at(note, at.saturating_add(3)).map(u16::from_be_bytes);
        // A longer one states how long its length is.
        let Some(len) = len.filter(|len| *len < 0x8000) else { return note.len() };
        at = at.saturating_add(5).saturating_add(usize::from(len));
    }
    if at == 0 { note.len() } else { at }
}

struct Directory {
    at: u64,
    /// Whether it is the first of the file.
    is_first: bool,
    entries: Vec<Entry>,
    /// The bytes of all entries, as they stand.
    raw: Vec<u8>,
    /// The offset of the directory that follows.
    next: u64,
}

fn directory(source: &mut Source<'_>, layout: Layout, at: u64) -> Result<Directory, LabelError> {
    let n_entries = layout.read(source, at, layout.count_size(), "a directory")?;
    let entries_at = at.saturating_add(wide(layout.count_size()));
    let len = n_entries.saturating_mul(layout.entry_size());
    let raw = source.bytes(entries_at, len, MAX_METADATA, "a directory")?;
    let mut entries = Vec::new();
    let size = usize::try_from(layout.entry_size()).unwrap_or(usize::MAX);
    for (n, bytes) in raw.chunks_exact(size).enumerate() {
        let entry_at = entries_at.saturating_add(layout.entry_size().saturating_mul(wide(n)));
        let (count_to, offset) = if layout.is_big { (12, 12) } else { (8, 8) };
        let field = |from: usize, to: usize| layout.number(bytes.get(from..to).unwrap_or_default());
        let unit = match field(2, 4) {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => 1,
        };
        let len = field(4, count_to).saturating_mul(unit);
        let is_inside = len <= wide(layout.offset_size());
        let value_at = if is_inside { entry_at.saturating_add(wide(offset)) } else { field(offset, size) };
        let tag = u16::try_from(field(0, 2)).unwrap_or_default();
        let kind = u16::try_from(field(2, 4)).unwrap_or_default();
        entries.push(Entry { tag, kind, at: entry_at, value_at, len });
    }
    let next_at = entries_at.saturating_add(len);
    // An EXIF block may end without the offset that follows its last directory.
    let next = match layout.read(source, next_at, layout.offset_size(), "a directory") {
        Err(LabelError::Broken(_)) => 0,
        next => next?,
    };
    Ok(Directory { at, is_first: false, entries, raw, next })
}

/// The directories that others name: those of EXIF, of a position, and of smaller pictures.
fn inner(source: &mut Source<'_>, layout: Layout, directory: &Directory) -> Result<Vec<u64>, LabelError> {
    let mut found = Vec::new();
    let names = |entry: &&Entry| [EXIF_IFD, GPS_IFD, SUB_IFDS].contains(&entry.tag);
    for entry in directory.entries.iter().filter(names) {
        let size = match entry.kind {
            16 | 18 => 8,
            4 | 13 => 4,
            _ => layout.offset_size(),
        };
        let n = entry.len.checked_div(wide(size)).unwrap_or_default().clamp(1, MAX_INNER);
        for index in 0..n {
            let at = entry.value_at.saturating_add(index.saturating_mul(wide(size)));
            found.push(layout.read(source, at, size, "the EXIF directory")?);
        }
    }
    Ok(found)
}

/// Visits the directories of a file: those of its pages, and of each those that it names.
fn walk(
    source: &mut Source<'_>,
    mut visit: impl FnMut(&mut Source<'_>, Layout, &Directory) -> Result<(), LabelError>,
) -> Result<Layout, LabelError> {
    let layout = Layout::of(source)?;
    let mut at = layout.read(source, layout.first(), layout.offset_size(), "the header")?;
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut seen_inner: BTreeSet<u64> = BTreeSet::new();
    while at != 0 {
        if seen.contains(&at) {
            return Err(source.broken(at, "the directories lead in a circle", "restore the file from its source"));
        }
        if seen.len() >= MAX_DIRECTORIES.min(MAX_PIECES) {
            return Err(LabelError::endless(source.container()));
        }
        let mut page = directory(source, layout, at)?;
        page.is_first = seen.is_empty();
        seen.insert(at);
        visit(source, layout, &page)?;
        let mut named = inner(source, layout, &page)?;
        while let Some(place) = named.pop() {
            if seen.contains(&place) || !seen_inner.insert(place) {
                continue;
            }
            if seen_inner.len() > MAX_DIRECTORIES {
                return Err(LabelError::endless(source.container()));
            }
            let own = directory(source, layout, place)?;
            visit(source, layout, &own)?;
            named.extend(inner(source, layout, &own)?);
        }
        at = page.next;
    }
    Ok(layout)
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    read_block(source, 0, "", reading)
}

/// Reads a block that stands at `base` of its file under a name of its own.
pub(super) fn read_block(
    source: &mut Source<'_>,
    base: u64,
    name: &str,
    reading: &mut Reading,
) -> Result<(), LabelError> {
    let name = |tag: &str| if name.is_empty() { tag.to_owned() } else { format!("{name}, {tag}") };
    let is_own_file = base == 0;
    walk(source, |source, _, directory| {
        for entry in &directory.entries {
            let at = base.saturating_add(entry.value_at);
            match entry.tag {
                XMP => {
                    let packet = source.bytes(entry.value_at, entry.len, MAX_METADATA, "tag 700 (XMP)")?;
                    for found in xmp::labels(&packet) {
                        let name = name(&format!("tag 700 (XMP), {}", found.name));
                        let is_standard = found.is_standard && is_own_file && directory.is_first;
                        reading.found(name, at, is_standard, found.label)?;
                    }
                }
                _ if entry.is_note() => {
                    for label in embedded::labels_in_bytes(&entry.note(source)?) {
                        reading.found(name(&entry.name()), at, false, label)?;
                    }
                }
                _ if entry.is_text() => {
                    let bytes = source.bytes(entry.value_at, entry.len, MAX_METADATA, "a comment")?;
                    for found in embedded::labels_in(&comment(&bytes).text) {
                        reading.found(name(&entry.name()), at, entry.tag == USER_COMMENT, found.label)?;
                    }
                }
                C2PA if cfg!(feature = "c2pa") => reading.remark(Remark::C2pa(format!("byte {at}, tag 52545"))),
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Width and height of the largest page.
pub(super) fn size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    let mut size = None;
    walk(source, |source, layout, directory| {
        let mut number = |tag: u16| -> Result<Option<u32>, LabelError> {
            let Some(entry) = directory.entries.iter().find(|entry| entry.tag == tag) else { return Ok(None) };
            let len = usize::try_from(entry.len).unwrap_or(usize::MAX).min(4);
            Ok(u32::try_from(layout.read(source, entry.value_at, len, "the size of a page")?).ok())
        };
        if let (Some(width), Some(height)) = (number(WIDTH)?, number(HEIGHT)?) {
            size = larger(size, (width, height));
        }
        Ok(())
    })?;
    Ok(size)
}

/// A comment: the code that says how it is written, and the text.
struct Comment {
    code: Vec<u8>,
    text: String,
    encoding: Encoding,
}

/// Programs write UTF-8 under the code for UTF-16, and UTF-16 in either order: what the bytes look like counts.
fn comment(bytes: &[u8]) -> Comment {
    let codes: [&[u8]; 4] = [b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", b"\0\0\0\0\0\0\0\0"];
    let code = codes.into_iter().find(|code| bytes.starts_with(code)).unwrap_or_default();
    let (text, encoding) = encoding::decode_wide(bytes.get(code.len()..).unwrap_or_default());
    Comment { code: code.to_vec(), text, encoding }
}

impl Comment {
    /// The bytes of the comment without its labels, as long as they were; nothing where it has none.
    fn without_labels(&self, len: usize) -> Option<Vec<u8>> {
        let rest = match embedded::without_labels("", &self.text) {
            Remainder::Unchanged => return None,
            Remainder::Nothing => String::new(),
            Remainder::Text(rest) => rest,
        };
        let blank = encoding::encode(" ", self.encoding);
        let mut bytes = [self.code.as_slice(), &encoding::encode(&rest, self.encoding)].concat();
        while bytes.len() < len {
            bytes.extend(&blank);
        }
        bytes.truncate(len);
        Some(bytes)
    }
}

/// The entries of a block that hold labels: where they stand, and what is left of them with blanks, as long as they were.
///
/// Where the block breaks off, those before that are still in `edits`.
pub(super) fn blanks(source: &mut Source<'_>, edits: &mut Edits) -> Result<(), LabelError> {
    walk(source, |source, _, directory| blanks_of(source, directory, true, edits))?;
    Ok(())
}

/// The same for one directory, with its XMP packet or without it.
fn blanks_of(
    source: &mut Source<'_>,
    directory: &Directory,
    with_packet: bool,
    edits: &mut Edits,
) -> Result<(), LabelError> {
    for entry in &directory.entries {
        let blanked = if entry.tag == XMP {
            let packet = source.bytes(entry.value_at, entry.len, MAX_METADATA, "tag 700 (XMP)")?;
            Some(packet).filter(|_| with_packet).and_then(|packet| blank_packet(&packet))
        } else if entry.is_note() {
            let note = entry.note(source)?;
            if let Some(blanked) = embedded::blanked(&note) {
                changed(entry.value_at, &note, &blanked, edits);
            }
            None
        } else if entry.is_text() {
            let bytes = source.bytes(entry.value_at, entry.len, MAX_METADATA, "a comment")?;
            comment(&bytes).without_labels(bytes.len())
        } else {
            None
        };
        if let Some(blanked) = blanked {
            edits.replace(entry.value_at, entry.value_at.saturating_add(wide(blanked.len())), blanked);
        }
    }
    Ok(())
}

/// Replaces the stretch in which two notes of one length differ: one that states too great a length covers others.
fn changed(at: u64, old: &[u8], new: &[u8], edits: &mut Edits) {
    let differs = |(one, other): (&u8, &u8)| one != other;
    let from = old.iter().zip(new).position(differs).unwrap_or(new.len());
    let to = old.iter().zip(new).rposition(differs).map_or(from, |last| last.saturating_add(1));
    let place = |n: usize| at.saturating_add(wide(n));
    edits.replace(place(from), place(to), new.get(from..to).unwrap_or_default().to_vec());
}

/// A packet without its labels, as long as it was; nothing where it has none, or none that can be told apart.
fn blank_packet(packet: &[u8]) -> Option<Vec<u8>> {
    if xmp::labels(packet).is_empty() {
        return None;
    }
    let mut rest = xmp::without_label(packet).ok()?;
    rest.resize(packet.len().max(rest.len()), b' ');
    (rest.len() == packet.len()).then_some(rest)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let mut first: Option<Directory> = None;
    let mut old: Option<(u64, u64, u64, Vec<u8>)> = None;
    let layout = walk(source, |source, _, directory| {
        blanks_of(source, directory, !directory.is_first, &mut edits)?;
        for entry in directory.entries.iter().filter(|entry| entry.tag == XMP && directory.is_first) {
            let packet = source.bytes(entry.value_at, entry.len, MAX_METADATA, "tag 700 (XMP)")?;
            old = old.take().or(Some((entry.at, entry.value_at, entry.len, packet)));
        }
        if directory.is_first {
            let Directory { at, entries: _, raw, next, .. } = directory;
            first = Some(Directory { at: *at, is_first: true, entries: Vec::new(), raw: raw.clone(), next: *next });
        }
        Ok(())
    })?;
    let first =
        first.ok_or_else(|| source.broken(0, "the file has no directory", "restore the file from its source"))?;
    let packet = xmp::with_label(old.as_ref().map(|(.., packet)| packet.as_slice()), label).map_err(|problem| {
        let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
        source.broken(first.at, what, "remove or repair the packet, for example with exiftool")
    })?;
    append(source, layout, &first, old, packet, &mut edits)?;
    Ok(edits)
}

/// Puts the packet behind the file, and a directory that knows it behind that where the old one has no such entry.
fn append(
    source: &Source<'_>,
    layout: Layout,
    first: &Directory,
    old: Option<(u64, u64, u64, Vec<u8>)>,
    packet: Vec<u8>,
    edits: &mut Edits,
) -> Result<(), LabelError> {
    let size = layout.offset_size();
    let mut tail = Vec::new();
    let packet_at = aligned(source.len(), &mut tail);
    let packet_len = wide(packet.len());
    tail.extend(packet);
    let tail_end = source.len().saturating_add(wide(tail.len()));
    if !layout.is_big && tail_end.saturating_add(wide(first.raw.len())).saturating_add(64) > u64::from(u32::MAX) {
        return Err(LabelError::Unsupported {
            container: source.container(),
            what: "the file would grow past 4 GiB, which this kind of TIFF cannot address".to_owned(),
            fix: "convert it to BigTIFF",
        });
    }
    let entry = |tag: u16| {
        [
            layout.bytes(u64::from(tag), 2),
            layout.bytes(u64::from(UNDEFINED), 2),
            layout.bytes(packet_len, size),
            layout.bytes(packet_at, size),
        ]
        .concat()
    };
    if let Some((entry_at, value_at, len, old)) = old {
        edits.replace(entry_at, entry_at.saturating_add(layout.entry_size()), entry(XMP));
        if len > wide(size) {
            // What nobody points at any more shall not be found by looking for text.
            edits.replace(value_at, value_at.saturating_add(len), vec![0; old.len()]);
        }
    } else {
        let directory_at = aligned(tail_end, &mut tail);
        let entry_size = usize::try_from(layout.entry_size()).unwrap_or(usize::MAX);
        let mut entries: Vec<Vec<u8>> = first.raw.chunks_exact(entry_size).map(<[u8]>::to_vec).collect();
        let tag_of = |entry: &Vec<u8>| layout.number(entry.get(..2).unwrap_or_default());
        let place = entries.partition_point(|entry| tag_of(entry) < u64::from(XMP));
        entries.insert(place, entry(XMP));
        tail.extend(layout.bytes(wide(entries.len()), layout.count_size()));
        tail.extend(entries.concat());
        tail.extend(layout.bytes(first.next, size));
        let pointer = layout.bytes(directory_at, size);
        edits.replace(layout.first(), layout.first().saturating_add(wide(size)), pointer);
    }
    edits.insert(source.len(), tail);
    Ok(())
}

/// Offsets are even: the next one that is, after putting a byte between where it needs one.
fn aligned(at: u64, tail: &mut Vec<u8>) -> u64 {
    if at.is_multiple_of(2) {
        at
    } else {
        tail.push(0);
        at.saturating_add(1)
    }
}
