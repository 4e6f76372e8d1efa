//! PNG: a chunk `iTXt` with an XMP packet.
//!
//! Walked by hand: crates that edit chunks load the whole image.

#[cfg(feature = "draw")]
mod redrawn;

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::exif;
use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INFLATED, MAX_METADATA, MAX_PIECES};
use crate::raw::{RawLabel, is_label, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, wide};
use crate::xmp;

#[cfg(feature = "draw")]
pub(crate) use redrawn::redrawn;

pub(crate) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

/// The keyword under which XMP stands.
const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp";
/// The keyword under which ImageMagick writes it: two lines, then the packet in hexadecimal.
const XMP_PROFILE: &[u8] = b"Raw profile type xmp";
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
    text: Result<Vec<u8>, String>,
}

impl TextChunk {
    /// Whether it is a label itself, or a packet that holds one and that nobody would miss.
    fn is_label(&self) -> bool {
        let keyword = String::from_utf8_lossy(&self.keyword);
        match &self.text {
            Ok(_) if self.keyword == XMP_KEYWORD => false,
            Ok(profile) if self.keyword == XMP_PROFILE => !xmp::labels(&from_profile(profile)).is_empty(),
            Ok(text) => is_label(&keyword, &String::from_utf8_lossy(text)),
            Err(_) => is_label_name(&keyword),
        }
    }
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

fn text_chunk(kind: &[u8; 4], data: &[u8]) -> Option<TextChunk> {
    let (keyword, rest) = split_nul(data)?;
    let keyword = keyword.to_vec();
    match kind {
        b"tEXt" => Some(TextChunk { keyword, text: Ok(rest.to_vec()) }),
        b"zTXt" => {
            let compressed = rest.get(1..)?;
            Some(TextChunk { keyword, text: inflate(compressed) })
        }
        b"iTXt" => {
            let (flag, rest) = (rest.first()?, rest.get(2..)?);
            let (_language, rest) = split_nul(rest)?;
            let (_translated, text) = split_nul(rest)?;
            let text = if *flag == 0 { Ok(text.to_vec()) } else { inflate(text) };
            Some(TextChunk { keyword, text })
        }
        _ => None,
    }
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
            b"iTXt" | b"tEXt" | b"zTXt" => {
                let data = chunk.bytes(source)?;
                if let Some(text) = text_chunk(&chunk.kind, &data) {
                    of_text(chunk, &text, reading)?;
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
        Ok(bytes) if text.is_label() => {
            let label = RawLabel::parse(&String::from_utf8_lossy(bytes));
            reading.found(name, chunk.at, is_label && chunk.kind == *b"tEXt", label)?;
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
        Ok(_) | Err(_) => {}
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
            b"iTXt" | b"tEXt" | b"zTXt" => {
                let data = chunk.bytes(source)?;
                let Some(text) = text_chunk(&chunk.kind, &data) else { return Ok(()) };
                if text.is_label() {
                    edits.remove(chunk.at, chunk.end());
                } else if text.keyword == XMP_KEYWORD
                    && let Ok(bytes) = text.text
                {
                    // The first packet takes the label; the label goes from any other.
                    match &packet {
                        None if chunk.kind == *b"iTXt" => packet = Some((chunk.at, chunk.end(), bytes)),
                        _ if !xmp::labels(&bytes).is_empty() => edits.remove(chunk.at, chunk.end()),
                        _ => {}
                    }
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
    let new = xmp::with_label(old.as_deref(), label).map_err(|problem| {
        let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
        source.broken(from, what, "remove or repair the packet, for example with exiftool")
    })?;
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
