//! Marks as this crate puts them: found where it would put them, exactly. What others drew is for a reader of pixels.

use std::io::{BufReader, Read, Seek, SeekFrom};

use image::{DynamicImage, ImageDecoder as _, ImageReader};

use super::image::{Corner, is_drawn};
use super::picture::{MarkError, PictureMark, drawn_format, in_pdf};
use super::plate::bounded;
use super::words::{FoundMark, MarkPlace};
use super::{Cue, Position, Wording, around_mp3, has_rhythm, in_gif, in_webp, is_moving_webp};
use crate::container::Container;
use crate::error::LabelError;

/// How the rhythm is written: short, long, short, short.
pub const RHYTHM_IN_WORDS: &str = "短长 短短";

/// The first mark of this crate on a picture, in a corner of every frame of one that moves, on a page of a PDF, or around a WAV or MP3:
/// any of its own wordings, in any of its places. Nothing where there is none, and for all other formats.
///
/// # Errors
///
/// If the file is damaged, too large or cannot be read, or its pixels cannot be decoded.
#[expect(clippy::wildcard_enum_match_arm, reason = "on every other kind of file no mark is set here")]
pub fn own_mark<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<FoundMark>, MarkError> {
    let is_moving = container == Container::Gif || container == Container::WebP && is_moving_webp(source)?;
    if is_moving {
        return first_corner(|wording, corner| on_frames(source, container, wording, corner));
    }
    match container {
        Container::Pdf => on_pages(source),
        Container::Wav => around(|cue| has_rhythm(source, cue)),
        Container::Mp3 => around(|cue| Ok(around_mp3(source, cue, false)?.is_none())),
        Container::Png | Container::Jpeg | Container::WebP => {
            let Some(format) = drawn_format(container) else { return Ok(None) };
            source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
            let mut decoder = ImageReader::with_format(BufReader::new(source), format).into_decoder()?;
            let (width, height) = decoder.dimensions();
            bounded(width, height)?;
            let orientation = decoder.orientation()?;
            let mut picture = DynamicImage::from_decoder(decoder)?;
            picture.apply_orientation(orientation);
            let picture = picture.to_rgba8();
            // A wording that does not fit was not drawn.
            first_corner(|wording, corner| Ok(is_drawn(&picture, wording, corner).unwrap_or(false)))
        }
        _ => Ok(None),
    }
}

/// The first corner in which one of the wordings stands.
fn first_corner(
    mut is_there: impl FnMut(&Wording, Corner) -> Result<bool, MarkError>,
) -> Result<Option<FoundMark>, MarkError> {
    for wording in Wording::own() {
        for corner in Corner::ALL {
            if is_there(&wording, corner)? {
                return Ok(Some(FoundMark { text: wording.to_string(), place: MarkPlace::Corner }));
            }
        }
    }
    Ok(None)
}

/// Whether a mark stands on every frame: drawing it would then be refused. What cannot be drawn there was not.
fn on_frames<R: Read + Seek>(
    source: &mut R,
    container: Container,
    wording: &Wording,
    corner: Corner,
) -> Result<bool, MarkError> {
    let drawn = if container == Container::Gif {
        in_gif(source, wording, corner, false)
    } else {
        in_webp(source, PictureMark { wording, corner, again: false, lossy: None })
    };
    match drawn {
        Err(MarkError::Already) => Ok(true),
        Err(error @ MarkError::File(_)) => Err(error),
        _ => Ok(false),
    }
}

fn on_pages<R: Read + Seek>(source: &mut R) -> Result<Option<FoundMark>, MarkError> {
    for wording in Wording::own() {
        for (position, place) in [(Position::Start, MarkPlace::Start), (Position::End, MarkPlace::End)] {
            if in_pdf(source, &wording, &[position])?.is_none() {
                return Ok(Some(FoundMark { text: wording.to_string(), place }));
            }
        }
    }
    Ok(None)
}

fn around(mut is_there: impl FnMut(Cue) -> Result<bool, LabelError>) -> Result<Option<FoundMark>, MarkError> {
    for (cue, place) in [(Cue::Start, MarkPlace::Start), (Cue::End, MarkPlace::End)] {
        if is_there(cue)? {
            return Ok(Some(FoundMark { text: RHYTHM_IN_WORDS.to_owned(), place }));
        }
    }
    Ok(None)
}
