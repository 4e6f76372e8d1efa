//! The pixels of one picture in a WebP: its chunks, out of everything else.

use super::{ALPHA_FLAG, extended_header};
use crate::container::{Container, riff};
use crate::error::LabelError;
use crate::limits::MAX_PICTURE;
use crate::source::Source;

/// The chunks that hold a picture.
pub(super) struct Pixels {
    /// The data of `VP8X` that a file with nothing else would have.
    pub(super) header: Vec<u8>,
    pub(super) chunks: Vec<u8>,
    pub(super) is_lossy: bool,
}

impl Pixels {
    /// Those between two places of a file; nothing where there are none that state their size.
    pub(super) fn of(source: &mut Source<'_>, places: (u64, u64)) -> Result<Option<Self>, LabelError> {
        let (mut alpha, mut picture) = (Vec::new(), None);
        riff::within(source, places, |source, chunk| {
            if chunk.kind == *b"ALPH" {
                alpha = riff::chunk(*b"ALPH", &chunk.bytes(source, MAX_PICTURE)?);
            } else if matches!(&chunk.kind, b"VP8 " | b"VP8L") && picture.is_none() {
                picture = Some((chunk.kind, chunk.bytes(source, MAX_PICTURE)?));
            }
            Ok(())
        })?;
        let header = picture.as_ref().and_then(|(kind, bytes)| extended_header(kind, bytes));
        let Some(((kind, bytes), mut header)) = picture.zip(header) else { return Ok(None) };
        if let Some(flags) = header.first_mut() {
            *flags = if alpha.is_empty() { *flags & ALPHA_FLAG } else { ALPHA_FLAG };
        }
        let chunks = [alpha, riff::chunk(kind, &bytes)].concat();
        Ok(Some(Self { header, chunks, is_lossy: kind == *b"VP8 " }))
    }

    /// Those of a picture that was encoded just now.
    pub(super) fn of_file(encoded: &[u8]) -> Result<Self, LabelError> {
        let mut cursor = std::io::Cursor::new(encoded);
        let mut source = Source::new(&mut cursor, Container::WebP)?;
        let places = (riff::FILE_HEAD, source.len());
        let pixels = Self::of(&mut source, places)?;
        pixels.ok_or_else(|| source.broken(0, "the new picture has no readable size", "report this"))
    }
}
