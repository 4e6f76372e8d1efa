//! The size of a video's frames, as its tracks state it.

use super::ebml::{Part, children};
use super::walk;
use crate::container::frame::larger;
use crate::error::LabelError;
use crate::limits::MAX_METADATA;
use crate::source::Source;

const TRACKS: u32 = 0x1654_AE6B;
const TRACK: u32 = 0xAE;
const VIDEO: u32 = 0xE0;
const WIDTH: u32 = 0xB0;
const HEIGHT: u32 = 0xBA;

pub(crate) fn frame_size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    let mut size = None;
    walk(source, |source, found| {
        if found.id == TRACKS {
            let tracks = found.bytes(source, MAX_METADATA, "the tracks")?;
            for track in parts(&tracks, TRACK) {
                for video in parts(track, VIDEO) {
                    let number = |id: u32| parts(video, id).first().map(|bytes| number(bytes));
                    if let (Some(width), Some(height)) = (number(WIDTH), number(HEIGHT)) {
                        size = larger(size, (width, height));
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(size)
}

/// The contents of all parts of a kind.
fn parts(bytes: &[u8], id: u32) -> Vec<&[u8]> {
    let parts: Vec<Part> = children(bytes).unwrap_or_default();
    parts.iter().filter(|part| part.id == id).filter_map(|part| bytes.get(part.body..part.to)).collect()
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_shl(8) | u32::from(*byte))
}
