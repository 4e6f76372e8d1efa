//! The size of a video's frames, as its tracks state it.

use super::atoms::children;
use super::{child, walk};
use crate::container::frame::larger;
use crate::error::LabelError;
use crate::limits::MAX_INDEX;
use crate::source::{Source, be32};

/// Width and height stand at the end of a track's head, after times that have 32 or 64 bits.
const SIZE_AT: [usize; 2] = [76, 88];

pub(crate) fn frame_size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    let mut size = None;
    walk(source, |source, top| {
        if top.kind == *b"moov" {
            let moov = top.bytes(source, MAX_INDEX)?;
            for track in children(&moov).unwrap_or_default().iter().filter(|part| part.kind == *b"trak") {
                if let Some(found) = child(track.body(&moov), b"tkhd").and_then(of_head) {
                    size = larger(size, found);
                }
            }
        }
        Ok(())
    })?;
    Ok(size)
}

/// Whole pixels: the numbers have sixteen more bits behind the point.
fn of_head(head: &[u8]) -> Option<(u32, u32)> {
    let at = *SIZE_AT.get(usize::from(*head.first()?))?;
    let pixels = |at: usize| be32(head, at).map(|fixed| fixed >> 16);
    Some((pixels(at)?, pixels(at.checked_add(4)?)?))
}
