//! PNG: a chunk `iTXt` with an XMP packet.
//!
//! Walked by hand: crates that edit chunks load the whole image.

#[cfg(feature = "draw")]
mod redrawn;

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::exif;
use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INFLATED, MAX_LABEL, MAX_METADATA, MAX_PIECES};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xml::XmlProblem;
use crate::xmp;

#[cfg(feature = "draw")]
pub(crate) use redrawn::redrawn;

pub(crate) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

/// The keyword under which XMP stands.
const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp";
/// The keyword under which ImageMagick writes it: two lines, then the packet in hexadecimal.
const XMP_PROFILE: &[u8] = b"Raw profile type xmp";
/// How the keywords of all profiles begin that are written in hexadecimal.
const PROFILE: &[u8] = b"Raw profile type ";
const EXIF_HEAD: &[u8] = b"Exif\0\0";
/// The chunks of pictures that hold no text. Those of other programs may hold anything.
const OF_PICTURES: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"bKGD", b"hIST", b"pHYs",
    b"sPLT", b"tIME", b"acTL", b"fcTL", b"fdAT", b"caBX",
];
/// Length and type before the data of a chunk.
const HEAD: u64 = 8;
/// The check value behind them.
const CRC: u64 = 4;

struct Chunk {
    kind: [u8; 4],
    /// Where its length stands.
    at: u64,
    len: u64,
}

impl Chunk {
    fn data(&self) -> u64 {
        self.at.saturating_add(HEAD)
    }

    fn end(&self) -> u64 {
        self.data().saturating_add(self.len).saturating_add(CRC)
    }

    fn name(&self) -> String {
        String::from_utf8_lossy(&self.kind).into_owned()
    }

    /// Whether another program may have put a text there.
    fn is_of_others(&self) -> bool {
        !OF_PICTURES.contains(&&self.kind) && self.len <= wide(MAX_LABEL)
    }

    fn bytes(&self, source: &mut Source<'_>) -> Result<Vec<u8>, LabelError> {
        source.bytes(self.data(), self.len, MAX_METADATA, &format!("chunk `{}`", self.name()))
    }
}

/// Visits the chunks up to `IEND`. What stands before a damaged place is visited all the same.
fn walk(
    source: &mut Source<'_>,
    mut visit: impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<(), LabelError> {
    if source.array::<8>(0, "the signature")? != SIGNATURE {
        return Err(source.broken(0, "this is no PNG", "check what the file is"));
    }
    let mut at = wide(SIGNATURE.len());
    for n in 0..MAX_PIECES {
        let len = u64::from(source.u32_be(at, "a chunk")?);
        let kind: [u8; 4] = source.array(at.saturating_add(4), "a chunk")?;
        if !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(source.broken(at, "no chunk begins here", "restore the file from its source"));
        }
        let chunk = Chunk { kind, at, len };
        if (n == 0) != (kind == *b"IHDR") {
            return Err(source.broken(at, "`IHDR` is not the first chunk", "restore the file from its source"));
        }
        at = chunk.end();
        if at > source.len() {
            return Err(LabelError::truncated(Container::Png, chunk.at, &format!("chunk `{}`", chunk.name())));
        }
        visit(source, &chunk)?;
        if kind == *b"IEND" {
            return Ok(());
        }
    }
    Err(LabelError::endless(Container::Png))
}

/// A chunk of text: keyword, and the text or what is wrong with it.
struct TextChunk {
    keyword: Vec<u8>,
    /// Everything before the text, as it stands.
    head: Vec<u8>,
    is_packed: bool,
    /// Whether it is a profile of colors, in which lengths count its bytes.
    is_colors: bool,
    text: Result<Vec<u8>, String>,
}

impl TextChunk {
    /// What is left of the text without its labels.
    fn remainder(&self, at: u64) -> Result<Remainder<Vec<u8>>, LabelError> {
        let keyword = String::from_utf8_lossy(&self.keyword);
        let Ok(text) = &self.text else {
            return Ok(if is_label_name(&keyword) { Remainder::Nothing } else { Remainder::Unchanged });
        };
        if self.keyword == XMP_PROFILE {
            let packet = from_profile(text);
            return if xmp::labels(&packet).is_empty() {
                Ok(Remainder::Unchanged)
            } else {
                Ok(Remainder::Text(to_profile("xmp", &without_label(&packet, at)?)))
            };
        }
        if self.keyword.starts_with(PROFILE) && !self.is_colors {
            let rest = profile_without_labels(&from_profile(text));
            return Ok(
                rest.map_or(Remainder::Unchanged, |rest| Remainder::Text(to_profile(&profile_name(text), &rest)))
            );
        }
        if self.is_colors {
            return Ok(embedded::blanked(text).map_or(Remainder::Unchanged, Remainder::Text));
        }
        Ok(embedded::bytes_without_labels(&keyword, text))
    }

    /// The content of the chunk with another text.
    fn with_text(&self, text: &[u8]) -> Result<Vec<u8>, LabelError> {
        if !self.is_packed {
            return Ok([self.head.as_slice(), text].concat());
        }
        let mut encoder = ZlibEncoder::new(self.head.clone(), Compression::default());
        encoder.write_all(text)?;
        Ok(encoder.finish()?)
    }

    /// How many bytes were unpacked to read it.
    fn n_unpacked(&self) -> usize {
        match &self.text {
            Ok(text) if self.is_packed => text.len(),
            Err(_) => MAX_INFLATED,
            Ok(_) => 0,
        }
    }
}

/// A packet without its labels.
fn without_label(packet: &[u8], at: u64) -> Result<Vec<u8>, LabelError> {
    xmp::without_label(packet).map_err(|problem| broken_packet(at, &problem))
}

fn broken_packet(at: u64, problem: &XmlProblem) -> LabelError {
    let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
    LabelError::broken(Container::Png, at, what, "remove or repair the packet, for example with exiftool")
}

/// The bytes of a profile in hexadecimal: behind its name and its length, each on a line.
fn from_profile(text: &[u8]) -> Vec<u8> {
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let digits: Vec<u8> = lines
        .skip(2)
        .flatten()
        .filter_map(|&byte| char::from(byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect()
}

/// What the profile is called: its first line.
fn profile_name(text: &[u8]) -> String {
    let line = text.split(|&byte| byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

/// A profile of another kind, such as captions or EXIF, with blanks where labels stood; nothing where none did.
fn profile_without_labels(profile: &[u8]) -> Option<Vec<u8>> {
    match profile.strip_prefix(EXIF_HEAD) {
        Some(block) => Some([EXIF_HEAD, &exif::without_label(block)?].concat()),
        None => embedded::blanked(profile),
    }
}

/// The same the other way round.
fn to_profile(name: &str, packet: &[u8]) -> Vec<u8> {
    let digits: String = packet.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = digits.as_bytes().chunks(72).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("\n{name}\n{:8}\n{}\n", packet.len(), lines.join("\n")).into_bytes()
}

fn text_chunk(kind: &[u8; 4], data: &[u8]) -> Option<TextChunk> {
    let (keyword, rest) = split_nul(data)?;
    let (text, is_packed) = match kind {
        b"tEXt" => (rest, false),
        b"zTXt" | b"iCCP" => (rest.get(1..)?, true),
        b"iTXt" => {
            let (flag, rest) = (rest.first()?, rest.get(2..)?);
            let (_language, rest) = split_nul(rest)?;
            let (_translated, text) = split_nul(rest)?;
            (text, *flag != 0)
        }
        _ => return None,
    };
    let head = data.get(..data.len().checked_sub(text.len())?)?.to_vec();
    let text = if is_packed { inflate(text) } else { Ok(text.to_vec()) };
    Some(TextChunk { keyword: keyword.to_vec(), head, is_packed, is_colors: kind == b"iCCP", text })
}

fn split_nul(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = data.iter().position(|&byte| byte == 0)?;
    Some((data.get(..at)?, data.get(at.checked_add(1)?..)?))
}

/// What a zlib stream holds, up to the limit.
fn inflate(data: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let limit = wide(MAX_INFLATED);
    let mut decoder = ZlibDecoder::new(data).take(limit.saturating_add(1));
    decoder.read_to_end(&mut out).map_err(|error| format!("its compressed text cannot be read ({error})"))?;
    if out.len() > MAX_INFLATED {
        return Err(format!("its compressed text grows past {MAX_INFLATED} bytes"));
    }
    Ok(out)
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    walk(source, |source, chunk| {
        match &chunk.kind {
            b"caBX" if cfg!(feature = "c2pa") => reading.remark(Remark::C2pa(format!("byte {}, chunk caBX", chunk.at))),
            b"IEND" if chunk.end() < source.len() => {
                reading.remark(Remark::Trailing(format!("byte {}", chunk.end())));
            }
            b"eXIf" => exif::read(&chunk.bytes(source)?, chunk.data(), "eXIf", reading)?,
            b"iTXt" | b"tEXt" | b"zTXt" | b"iCCP" => {
                let data = chunk.bytes(source)?;
                if let Some(text) = text_chunk(&chunk.kind, &data) {
                    source.unpacked(text.n_unpacked())?;
                    of_text(chunk, &text, reading)?;
                }
            }
            _ if chunk.is_of_others() => {
                let data = chunk.bytes(source)?;
                for label in embedded::of_field_in_bytes(&chunk.name(), &data) {
                    reading.found(format!("chunk {}", chunk.name()), chunk.at, false, label)?;
                }
            }
            _ => {}
        }
        Ok(())
    })
}

fn of_text(chunk: &Chunk, text: &TextChunk, reading: &mut Reading) -> Result<(), LabelError> {
    let keyword = String::from_utf8_lossy(&text.keyword);
    let name = format!("{} {keyword}", chunk.name());
    let is_label = is_label_name(&keyword);
    match &text.text {
        Ok(packet) if text.keyword == XMP_KEYWORD => {
            for found in xmp::labels(packet) {
                let is_standard = found.is_standard && chunk.kind == *b"iTXt";
                reading.found(format!("{name}, {}", found.name), chunk.at, is_standard, found.label)?;
            }
        }
        Ok(profile) if text.keyword == XMP_PROFILE => {
            for found in xmp::labels(&from_profile(profile)) {
                reading.found(format!("{name}, {}", found.name), chunk.at, false, found.label)?;
            }
        }
        Ok(profile) if text.is_colors => {
            for label in embedded::labels_in_bytes(profile) {
                reading.found("color profile", chunk.at, false, label)?;
            }
        }
        // Captions of news agencies, EXIF and others.
        Ok(profile) if text.keyword.starts_with(PROFILE) => {
            let profile = from_profile(profile);
            if let Some(block) = profile.strip_prefix(EXIF_HEAD) {
                return exif::read(block, chunk.data(), &name, reading);
            }
            for label in embedded::labels_in_bytes(&profile) {
                reading.found(name.clone(), chunk.at, false, label)?;
            }
        }
        Ok(bytes) => {
            for label in embedded::of_field_in_bytes(&keyword, bytes) {
                reading.found(name.clone(), chunk.at, is_label && chunk.kind == *b"tEXt", label)?;
            }
        }
        Err(what) if is_label || text.keyword == XMP_KEYWORD => {
            if !is_label {
                // Nobody can tell whether a label stands in a packet that cannot be read.
                return Err(LabelError::broken(
                    Container::Png,
                    chunk.at,
                    format!("{name}: {what}"),
                    "write its text anew",
                ));
            }
            reading.found(name, chunk.at, false, RawLabel::unreadable("", 0, what.clone()))?;
        }
        Err(_) => {}
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let mut packet: Option<(u64, u64, Vec<u8>)> = None;
    let mut after_header = wide(SIGNATURE.len());
    walk(source, |source, chunk| {
        match &chunk.kind {
            b"IHDR" => after_header = chunk.end(),
            b"eXIf" => {
                let data = chunk.bytes(source)?;
                if let Some(blanked) = exif::without_label(&data) {
                    edits.replace(chunk.at, chunk.end(), chunk_bytes(*b"eXIf", &blanked));
                }
            }
            b"iTXt" | b"tEXt" | b"zTXt" | b"iCCP" => {
                let data = chunk.bytes(source)?;
                let Some(text) = text_chunk(&chunk.kind, &data) else { return Ok(()) };
                source.unpacked(text.n_unpacked())?;
                if text.keyword != XMP_KEYWORD {
                    match text.remainder(chunk.at)? {
                        Remainder::Unchanged => {}
                        Remainder::Nothing => edits.remove(chunk.at, chunk.end()),
                        Remainder::Text(rest) => {
                            edits.replace(chunk.at, chunk.end(), chunk_bytes(chunk.kind, &text.with_text(&rest)?));
                        }
                    }
                } else if let Ok(bytes) = &text.text {
                    // The first packet takes the label; the label goes from any other.
                    if packet.is_none() && chunk.kind == *b"iTXt" {
                        packet = Some((chunk.at, chunk.end(), bytes.clone()));
                    } else if !xmp::labels(bytes).is_empty() {
                        let data = text.with_text(&without_label(bytes, chunk.at)?)?;
                        edits.replace(chunk.at, chunk.end(), chunk_bytes(chunk.kind, &data));
                    }
                }
            }
            _ if chunk.is_of_others() => {
                let data = chunk.bytes(source)?;
                if embedded::bytes_without_labels(&chunk.name(), &data) == Remainder::Nothing {
                    edits.remove(chunk.at, chunk.end());
                } else if let Some(blanked) = embedded::blanked(&data) {
                    edits.replace(chunk.at, chunk.end(), chunk_bytes(chunk.kind, &blanked));
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let (from, to, old) = match packet {
        Some((from, to, old)) => (from, to, Some(old)),
        None => (after_header, after_header, None),
    };
    let new = xmp::with_label(old.as_deref(), label).map_err(|problem| broken_packet(from, &problem))?;
    let mut data = XMP_KEYWORD.to_vec();
    data.extend([0, 0, 0, 0, 0]);
    data.extend(new);
    edits.replace(from, to, chunk_bytes(*b"iTXt", &data));
    Ok(edits)
}

fn chunk_bytes(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&kind);
    checksum.update(data);
    let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let parts: [&[u8]; 4] = [&len.to_be_bytes(), &kind, data, &checksum.finalize().to_be_bytes()];
    parts.concat()
}
