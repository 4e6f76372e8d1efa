//! A PNG whose pixels were drawn on, with everything else that the old one said.

use super::{Chunk, walk};
use crate::container::Container;
use crate::error::LabelError;
use crate::limits::MAX_PICTURE;
use crate::source::Source;

/// What is about pixels as they were written before: a palette, what is transparent, what is behind, how deep they are.
const OF_PIXELS: [[u8; 4]; 6] = [*b"tRNS", *b"bKGD", *b"hIST", *b"sBIT", *b"sPLT", *b"dSIG"];

/// Puts the chunks that are not about pixels into a picture that was encoded anew.
pub(crate) fn redrawn(source: &mut Source<'_>, encoded: &[u8]) -> Result<Vec<u8>, LabelError> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut is_behind = false;
    walk(source, |source, chunk| {
        match &chunk.kind {
            b"acTL" => return Err(LabelError::animated(Container::Png)),
            b"IDAT" => is_behind = true,
            kind if !kind[0].is_ascii_lowercase() || OF_PIXELS.contains(kind) => {}
            _ => {
                let kept = if is_behind { &mut after } else { &mut before };
                kept.extend(whole(source, chunk)?);
            }
        }
        Ok(())
    })?;
    let mut out = Vec::with_capacity(encoded.len().saturating_add(before.len()).saturating_add(after.len()));
    let mut cursor = std::io::Cursor::new(encoded);
    out.extend(super::SIGNATURE);
    walk(&mut Source::new(&mut cursor, Container::Png)?, |source, chunk| {
        if chunk.kind == *b"IEND" {
            out.append(&mut after);
        }
        // The encoder's own view of colors gives way to that of the old file.
        if !chunk.kind[0].is_ascii_lowercase() || chunk.kind == *b"tRNS" {
            out.extend(whole(source, chunk)?);
        }
        if chunk.kind == *b"IHDR" {
            out.append(&mut before);
        }
        Ok(())
    })?;
    Ok(out)
}

fn whole(source: &mut Source<'_>, chunk: &Chunk) -> Result<Vec<u8>, LabelError> {
    source.bytes(chunk.at, chunk.end().saturating_sub(chunk.at), MAX_PICTURE, "a chunk")
}
