//! A JPEG whose pixels were drawn on, with everything else that the old one said.

use super::{APP0, COM, EOI, LAST_APP, SOI, SOS, segment_bytes, walk};
use crate::container::Container;
use crate::error::LabelError;
use crate::source::{Source, wide};

/// The frame of a picture, by how it is coded: it says how many colors there are.
const FRAMES: [u8; 13] = [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF];
/// How an old picture turned its colors into numbers; the new one does it in the usual way.
const ADOBE: u8 = 0xEE;

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
            APP0..=LAST_APP | COM => out.extend(segment_bytes(segment.marker, &segment.data)),
            _ => {}
        }
        Ok(())
    })?;
    let mut scan_at = None;
    let mut cursor = std::io::Cursor::new(encoded);
    walk(&mut Source::new(&mut cursor, Container::Jpeg)?, |segment| {
        if segment.marker == SOS {
            scan_at = scan_at.or(Some(segment.at));
        } else if scan_at.is_none() && !matches!(segment.marker, APP0..=LAST_APP | COM) {
            out.extend(segment_bytes(segment.marker, &segment.data));
        }
        Ok(())
    })?;
    // From the first scan on is the picture itself.
    let rest = scan_at
        .and_then(|at| usize::try_from(at).ok())
        .and_then(|at| encoded.get(at..))
        .filter(|rest| rest.ends_with(&[0xFF, EOI]));
    let rest = rest.ok_or_else(|| LabelError::truncated(Container::Jpeg, wide(encoded.len()), "the new picture"))?;
    out.extend(rest);
    Ok(out)
}
