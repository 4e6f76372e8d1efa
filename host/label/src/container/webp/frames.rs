//! The frames of a WebP that moves: chunks `ANMF`, each with a picture of its own.

use super::ALPHA_FLAG;
use super::pixels::Pixels;
use crate::container::{Container, riff};
use crate::error::LabelError;
use crate::limits::MAX_METADATA;
use crate::source::{Source, array_at};

const ANIMATION_FLAG: u8 = 0b0000_0010;
/// What stands in a frame before its picture.
const FRAME_HEAD: u64 = 16;
/// Whether a frame is laid over what is there, or takes its place.
const REPLACES: u8 = 0b0000_0010;
/// Whether its place is cleared before the next frame.
const CLEARS: u8 = 0b0000_0001;

/// A WebP that moves.
pub(crate) struct WebPFrames {
    pub(crate) size: (u32, u32),
    pub(crate) frames: Vec<WebPFrame>,
    /// Where the flags of the file stand, and what they are.
    flags: (u64, u8),
    /// Where the format ends.
    pub(crate) end: u64,
}

impl WebPFrames {
    /// The place of the flags, and what they are where a frame has pixels that let something shine through.
    pub(crate) fn flags_with_alpha(&self) -> (u64, u8) {
        let (at, flags) = self.flags;
        (at, flags | ALPHA_FLAG)
    }
}

/// One frame: where it stands in the file and on the canvas, and how it is shown.
#[derive(Clone, Copy)]
pub(crate) struct WebPFrame {
    pub(crate) from: u64,
    pub(crate) to: u64,
    len: u64,
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    duration: [u8; 3],
    pub(crate) replaces: bool,
    pub(crate) clears: bool,
}

impl WebPFrame {
    /// The picture of the frame, as a file of its own; and whether it was encoded with losses.
    pub(crate) fn picture(&self, source: &mut Source<'_>) -> Result<(Vec<u8>, bool), LabelError> {
        let from = self.from.saturating_add(8);
        let Some(pixels) = Pixels::of(source, (from.saturating_add(FRAME_HEAD), from.saturating_add(self.len)))? else {
            return Err(source.broken(
                self.from,
                "a frame has no readable picture",
                "restore the file from its source",
            ));
        };
        let body = [b"WEBP".to_vec(), riff::chunk(*b"VP8X", &pixels.header), pixels.chunks].concat();
        Ok((riff::chunk(*b"RIFF", &body), pixels.is_lossy))
    }

    /// The frame with another picture, a file of its own, that takes the place of what is there and stays.
    pub(crate) fn with_picture(&self, (left, top): (u32, u32), picture: &[u8]) -> Result<Vec<u8>, LabelError> {
        let pixels = Pixels::of_file(picture)?;
        let place = [left / 2, top / 2].map(u32::to_le_bytes);
        let place: Vec<u8> = place.iter().flat_map(|[a, b, c, _]| [*a, *b, *c]).collect();
        // Behind the flags of a header stand width and height, as a frame has them.
        let size = pixels.header.get(4..).unwrap_or_default();
        Ok(riff::chunk(*b"ANMF", &[&place, size, &self.duration, &[REPLACES], &pixels.chunks].concat()))
    }
}

/// The frames of the file; nothing where it does not move.
pub(crate) fn frames(source: &mut Source<'_>) -> Result<Option<WebPFrames>, LabelError> {
    let mut header: Option<(u64, [u8; 10])> = None;
    let mut frames = Vec::new();
    let end = riff::walk(source, b"WEBP", |source, chunk| {
        match &chunk.kind {
            b"VP8X" if header.is_none() => header = Some((chunk.data(), source.array(chunk.data(), "the header")?)),
            b"ANMF" => frames.push(frame_of(source, chunk)?),
            _ => {}
        }
        Ok(())
    })?;
    let Some((at, header)) = header else { return Ok(None) };
    let [flags, ..] = header;
    if flags & ANIMATION_FLAG == 0 && frames.is_empty() {
        return Ok(None);
    }
    let size = (side(&header, 4), side(&header, 7));
    let is_outside = |frame: &&WebPFrame| {
        frame.left.saturating_add(frame.width) > size.0 || frame.top.saturating_add(frame.height) > size.1
    };
    if let Some(outside) = frames.iter().find(is_outside) {
        return Err(source.broken(
            outside.from,
            "a frame lies outside the picture",
            "restore the file from its source",
        ));
    }
    Ok(Some(WebPFrames { size, frames, flags: (at, flags), end }))
}

/// Width and height of a picture.
pub(crate) type Size = (u32, u32);

/// The size of a WebP that moves, and its first frame; what stands behind that frame is not read. Nothing where it does not move.
pub(crate) fn first_frame(source: &mut Source<'_>) -> Result<Option<(Size, WebPFrame)>, LabelError> {
    let kinds = [*b"VP8X", *b"VP8 ", *b"VP8L", *b"ANMF"];
    let Some(header) = riff::first(source, b"WEBP", riff::FILE_HEAD, &kinds)?.filter(|chunk| chunk.kind == *b"VP8X")
    else {
        return Ok(None);
    };
    let sides: [u8; 10] = source.array(header.data(), "the header")?;
    let first = riff::first(source, b"WEBP", header.end(), &kinds)?;
    let Some(chunk) = first.filter(|chunk| chunk.kind == *b"ANMF") else { return Ok(None) };
    Ok(Some(((side(&sides, 4), side(&sides, 7)), frame_of(source, &chunk)?)))
}

fn frame_of(source: &mut Source<'_>, chunk: &riff::Chunk) -> Result<WebPFrame, LabelError> {
    let from = chunk.data();
    let head = source.bytes(from, FRAME_HEAD.min(chunk.len), MAX_METADATA, "a frame")?;
    let frame = frame(&head).ok_or_else(|| LabelError::truncated(Container::WebP, from, "a frame"))?;
    Ok(WebPFrame { from: chunk.at, to: chunk.end(), len: chunk.len, ..frame })
}

fn frame(head: &[u8]) -> Option<WebPFrame> {
    let flags = *head.get(15)?;
    Some(WebPFrame {
        from: 0,
        to: 0,
        len: 0,
        left: three(head, 0).saturating_mul(2),
        top: three(head, 3).saturating_mul(2),
        width: side(head, 6),
        height: side(head, 9),
        duration: array_at(head, 12)?,
        replaces: flags & REPLACES != 0,
        clears: flags & CLEARS != 0,
    })
}

fn three(bytes: &[u8], at: usize) -> u32 {
    array_at::<3>(bytes, at).map_or(0, |[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

/// A width or a height, which stands there less one.
fn side(bytes: &[u8], at: usize) -> u32 {
    three(bytes, at).saturating_add(1)
}
