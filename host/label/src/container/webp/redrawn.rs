//! A WebP whose pixels were drawn on, with everything else that the old one said.

use super::XMP_FLAG;
use super::pixels::Pixels;
use crate::container::{Container, riff};
use crate::error::LabelError;
use crate::limits::MAX_METADATA;
use crate::source::Source;

const EXIF_FLAG: u8 = 0b0000_1000;
const COLOR_FLAG: u8 = 0b0010_0000;

/// Puts the chunks that are not about pixels around a picture that was encoded anew.
pub(crate) fn redrawn(source: &mut Source<'_>, encoded: &[u8]) -> Result<Vec<u8>, LabelError> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut flags = 0_u8;
    riff::walk(source, b"WEBP", |source, chunk| {
        match &chunk.kind {
            b"ANIM" | b"ANMF" => return Err(LabelError::animated(Container::WebP)),
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" => {}
            kind => {
                let bytes = riff::chunk(*kind, &chunk.bytes(source, MAX_METADATA)?);
                if kind == b"ICCP" {
                    flags |= COLOR_FLAG;
                    before.extend(bytes);
                    return Ok(());
                }
                flags |= match kind {
                    b"EXIF" => EXIF_FLAG,
                    b"XMP " => XMP_FLAG,
                    _ => 0,
                };
                after.extend(bytes);
            }
        }
        Ok(())
    })?;
    let mut pixels = Pixels::of_file(encoded)?;
    if let Some(own) = pixels.header.first_mut() {
        *own |= flags;
    }
    let body = [b"WEBP".to_vec(), riff::chunk(*b"VP8X", &pixels.header), before, pixels.chunks, after].concat();
    Ok(riff::chunk(*b"RIFF", &body))
}

/// Whether the picture was encoded with losses.
pub(crate) fn is_lossy(source: &mut Source<'_>) -> Result<bool, LabelError> {
    let mut is_lossy = false;
    riff::walk(source, b"WEBP", |_, chunk| {
        is_lossy |= chunk.kind == *b"VP8 ";
        Ok(())
    })?;
    Ok(is_lossy)
}
