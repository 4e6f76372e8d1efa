//! A JPEG whose pixels were drawn on, with everything else that the old one said.

use super::{APP0, COM, EOI, SOI, Segment, walk};
use crate::container::Container;
use crate::error::LabelError;
use crate::source::{Source, wide};

/// The frame of a picture, by how it is coded: it says how many colors there are.
const FRAMES: [u8; 13] = [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF];
/// How an old picture turned its colors into numbers; the new one does it in the usual way.
const ADOBE: u8 = 0xEE;
const LAST_APP: u8 = 0xEF;

/// Puts the segments that are not about pixels before a picture that was encoded anew.
pub(crate) fn redrawn(source: &mut Source<'_>, encoded: &[u8]) -> Result<Vec<u8>, LabelError> {
    let mut out = vec![0xFF, SOI];
    walk(source, |segment| {
        match segment.marker {
            marker if FRAMES.contains(&marker) && segment.data.get(5) == Some(&4) => {
                return Err(LabelError::Unsupported {
                    container: Container::Jpeg,
                    what: "the picture is in the four colors of print".to_owned(),
                    fix: "convert it to RGB first",
                });
            }
            ADOBE => {}
            APP0..=LAST_APP | COM => out.extend(whole(segment)),
            _ => {}
        }
        Ok(())
    })?;
    let mut scan_at: u64 = 2;
    let mut cursor = std::io::Cursor::new(encoded);
    walk(&mut Source::new(&mut cursor, Container::Jpeg)?, |segment| {
        if !matches!(segment.marker, APP0..=LAST_APP | COM) {
            out.extend(whole(segment));
        }
        scan_at = segment.end();
        Ok(())
    })?;
    // Behind the last segment is the picture itself.
    let rest =
        usize::try_from(scan_at).ok().and_then(|at| encoded.get(at..)).filter(|rest| rest.ends_with(&[0xFF, EOI]));
    let rest = rest.ok_or_else(|| LabelError::truncated(Container::Jpeg, wide(encoded.len()), "the new picture"))?;
    out.extend(rest);
    Ok(out)
}

fn whole(segment: &Segment) -> Vec<u8> {
    let len = u16::try_from(segment.data.len().saturating_add(2)).unwrap_or(u16::MAX);
    [&[0xFF, segment.marker], len.to_be_bytes().as_slice(), &segment.data].concat()
}
