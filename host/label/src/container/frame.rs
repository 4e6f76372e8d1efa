//! How large the frames of a video are, and the pictures that are not drawn on here.

use super::{Container, avi, flv, gif, heif, matroska, mp4, tiff};
use crate::error::LabelError;
use crate::source::Source;

/// Width and height, of the largest where there are several; nothing for what has no picture, or keeps it elsewhere.
pub(crate) fn size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    match source.container() {
        Container::Mp4 => mp4::frame_size(source),
        Container::Matroska => matroska::frame_size(source),
        Container::Heif => heif::size(source),
        Container::Avi => avi::size(source),
        Container::Flv => flv::size(source),
        Container::Gif => gif::size(source).map(Some),
        Container::Tiff => tiff::size(source),
        Container::Png
        | Container::Jpeg
        | Container::WebP
        | Container::Wav
        | Container::Mp3
        | Container::Flac
        | Container::Ogg
        | Container::Pdf
        | Container::Office
        | Container::Odf
        | Container::Ofd
        | Container::Epub
        | Container::Svg
        | Container::Html
        | Container::Markdown
        | Container::Side => Ok(None),
    }
}

/// The one with the greater area.
pub(crate) fn larger(one: Option<(u32, u32)>, other: (u32, u32)) -> Option<(u32, u32)> {
    let area = |(width, height): (u32, u32)| u64::from(width).saturating_mul(u64::from(height));
    let is_larger = area(other) > one.map_or(0, area);
    if is_larger { Some(other) } else { one }
}
