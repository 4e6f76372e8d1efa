//! WebP: a chunk `XMP ` of the RIFF file, announced by a flag of `VP8X`.
//!
//! Walked by hand: crates that edit chunks load the whole image.

#[cfg(feature = "draw")]
mod frames;
#[cfg(feature = "draw")]
mod pixels;
#[cfg(feature = "draw")]
mod redrawn;

use super::{exif, riff};
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::MAX_METADATA;
use crate::reading::{Reading, Remark};
use crate::source::{Source, le16, le32, wide};
use crate::xmp;

#[cfg(feature = "draw")]
pub(crate) use frames::{WebPFrame, first_frame, frames};
#[cfg(feature = "draw")]
pub(crate) use redrawn::{is_lossy, redrawn};

/// The chunks of pictures. The profile of colors is none: programs may put texts there.
const OF_PICTURES: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"C2PA"];
const PROFILE: [u8; 4] = *b"ICCP";
const XMP_FLAG: u8 = 0b0000_0100;
const ALPHA_FLAG: u8 = 0b0001_0000;

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let end = riff::walk(source, b"WEBP", |source, chunk| {
        match &chunk.kind {
            b"XMP " => {
                let packet = chunk.bytes(source, MAX_METADATA)?;
                for found in xmp::labels(&packet) {
                    reading.found(format!("XMP chunk, {}", found.name), chunk.at, found.is_standard, found.label)?;
                }
            }
            b"EXIF" => {
                let block = chunk.bytes(source, MAX_METADATA)?;
                let block = block.strip_prefix(b"Exif\0\0").unwrap_or(&block);
                exif::read(block, chunk.data(), "EXIF", reading)?;
            }
            b"C2PA" if cfg!(feature = "c2pa") => reading.remark(Remark::C2pa(format!("byte {}, chunk C2PA", chunk.at))),
            _ if is_of_others(chunk) => {
                let name = String::from_utf8_lossy(&chunk.kind).into_owned();
                for label in embedded::of_field_in_bytes(&name, &chunk.bytes(source, MAX_METADATA)?) {
                    reading.found(format!("chunk {}", name.trim_end()), chunk.at, false, label)?;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if end < source.len() {
        reading.remark(Remark::Trailing(format!("byte {end}")));
    }
    Ok(())
}

/// Whether another program may have put a text into a chunk.
fn is_of_others(chunk: &riff::Chunk) -> bool {
    !OF_PICTURES.contains(&&chunk.kind) && chunk.len <= wide(MAX_METADATA)
}

/// Takes the labels out of a chunk of another program, and the chunk with them where it is nothing else.
fn strip(source: &mut Source<'_>, chunk: &riff::Chunk, edits: &mut Edits) -> Result<(), LabelError> {
    let name = String::from_utf8_lossy(&chunk.kind);
    let data = chunk.bytes(source, MAX_METADATA)?;
    if chunk.kind != PROFILE && embedded::bytes_without_labels(&name, &data) == Remainder::Nothing {
        edits.remove(chunk.at, chunk.end().min(source.len()));
    } else if let Some(blanked) = embedded::blanked(&data) {
        edits.replace(chunk.data(), chunk.data().saturating_add(chunk.len), blanked);
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let mut old: Option<(u64, u64, Vec<u8>)> = None;
    let mut extended: Option<(u64, u8)> = None;
    let mut picture: Option<(u64, [u8; 4], Vec<u8>)> = None;
    let end = riff::walk(source, b"WEBP", |source, chunk| {
        match &chunk.kind {
            b"VP8X" => {
                let flags = chunk.bytes(source, MAX_METADATA)?.first().copied().unwrap_or_default();
                extended = Some((chunk.data(), flags));
            }
            b"VP8 " | b"VP8L" if picture.is_none() => {
                let head = source.bytes(chunk.data(), chunk.len.min(16), MAX_METADATA, "the picture")?;
                picture = Some((chunk.at, chunk.kind, head));
            }
            b"XMP " => {
                let packet = chunk.bytes(source, MAX_METADATA)?;
                if old.is_none() {
                    old = Some((chunk.at, chunk.end(), packet));
                } else if !xmp::labels(&packet).is_empty() {
                    let rest = xmp::without_label(&packet)
                        .map_err(|problem| source.broken(chunk.at, problem.what, "remove the packet first"))?;
                    edits.replace(chunk.at, chunk.end(), riff::chunk(*b"XMP ", &rest));
                }
            }
            b"EXIF" => {
                let block = chunk.bytes(source, MAX_METADATA)?;
                let head = if block.starts_with(b"Exif\0\0") { 6 } else { 0 };
                if let Some(blanked) = exif::without_label(block.get(head..).unwrap_or_default()) {
                    let from = chunk.data().saturating_add(wide(head));
                    edits.replace(from, from.saturating_add(wide(blanked.len())), blanked);
                }
            }
            _ if is_of_others(chunk) => strip(source, chunk, &mut edits)?,
            _ => {}
        }
        Ok(())
    })?;
    match extended {
        Some((at, flags)) => edits.replace(at, at.saturating_add(1), vec![flags | XMP_FLAG]),
        None => {
            let (at, kind, head) = picture
                .ok_or_else(|| source.broken(12, "the file has no picture", "restore the file from its source"))?;
            let header = extended_header(&kind, &head).ok_or_else(|| {
                source.broken(at, "the picture has no readable size", "restore the file from its source")
            })?;
            edits.insert(at, riff::chunk(*b"VP8X", &header));
        }
    }
    let (from, to, packet) = old.map_or((end, end, None), |(from, to, packet)| (from, to, Some(packet)));
    let packet = xmp::with_label(packet.as_deref(), label).map_err(|problem| {
        let what = format!("the XMP packet breaks off at its byte {}: {}", problem.at, problem.what);
        source.broken(from, what, "remove or repair the packet, for example with exiftool")
    })?;
    edits.replace(from, to, riff::chunk(*b"XMP ", &packet));
    riff::resize(source, end, &mut edits)?;
    Ok(edits)
}

/// The header that a simple file does not have: flags, three zeros, width and height less one in 24 bits each.
fn extended_header(kind: &[u8; 4], head: &[u8]) -> Option<Vec<u8>> {
    let (width, height, has_alpha) = match kind {
        b"VP8 " => {
            let is_key_frame = head.get(3..6) == Some(&[0x9D, 0x01, 0x2A]);
            let size = |at| le16(head, at).map(|size| u32::from(size & 0x3FFF));
            is_key_frame.then_some((size(6)?, size(8)?, false))?
        }
        _ => {
            let bits = le32(head, 1).filter(|_| head.first() == Some(&0x2F))?;
            ((bits & 0x3FFF).saturating_add(1), ((bits >> 14) & 0x3FFF).saturating_add(1), bits & (1 << 28) != 0)
        }
    };
    let less = |size: u32| size.checked_sub(1).map(|size| size.to_le_bytes());
    let flags = XMP_FLAG | if has_alpha { ALPHA_FLAG } else { 0 };
    Some([&[flags, 0, 0, 0], less(width)?.get(..3)?, less(height)?.get(..3)?].concat())
}
