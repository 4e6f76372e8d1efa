//! A mark on the pixels of a picture in a file; whatever else the file says stays.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use image::metadata::Orientation;
use image::{DynamicImage, GenericImage as _, ImageDecoder as _, ImageFormat, ImageReader, RgbaImage};

use super::image::{Corner, DrawError, Drawn, draw, is_drawn, line_on_plate};
use super::{Wording, least_height};
use crate::container::{self, Container};
use crate::error::LabelError;
use crate::limits::MAX_PIXELS;
use crate::reading::{Remark, read};
use crate::source::Source;

/// How well a JPEG is encoded again, of 100.
const JPEG_QUALITY: u8 = 95;

/// Puts what a file says beside its pixels around those that were encoded anew.
type Redrawn = fn(&mut Source<'_>, &[u8]) -> Result<Vec<u8>, LabelError>;

/// Why a picture in a file could not be marked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// The mark cannot be drawn on it.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// The same mark stands there already.
    #[error("the mark stands in this corner already; `--again` draws it once more")]
    Already,
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] LabelError),
    /// The pixels cannot be read or written.
    #[error("the picture cannot be decoded or encoded ({0}); restore the file from its source")]
    Pixels(String),
}

impl From<image::ImageError> for MarkError {
    fn from(error: image::ImageError) -> Self {
        Self::Pixels(error.to_string())
    }
}

/// What is drawn on a picture in a file.
#[derive(Clone, Copy, Debug)]
pub struct PictureMark<'a> {
    /// What it says.
    pub wording: &'a Wording,
    /// Where it stands.
    pub corner: Corner,
    /// Whether it is drawn even where the same mark stands in that corner already.
    pub again: bool,
}

/// Draws a mark into a corner of a PNG, JPEG or WebP, as people see it: a picture that is stored turned is marked upright.
///
/// The file's metadata stay, its label among them. So do all pixels outside of the mark of a PNG or of a WebP, which is then
/// lossless; a JPEG is encoded anew.
///
/// # Errors
///
/// If the same mark is there already, or the format is another one or the picture moves, is damaged or too large, or the mark does not fit.
pub fn draw_in_file<R: Read + Seek, W: Write>(
    source: &mut R,
    sink: &mut W,
    container: Container,
    mark: PictureMark<'_>,
) -> Result<(Drawn, Vec<Remark>), MarkError> {
    let PictureMark { wording, corner, again } = mark;
    let (format, redrawn): (ImageFormat, Redrawn) = if container == Container::Png {
        (ImageFormat::Png, container::png_redrawn)
    } else if container == Container::Jpeg {
        (ImageFormat::Jpeg, container::jpeg_redrawn)
    } else if container == Container::WebP {
        (ImageFormat::WebP, container::webp_redrawn)
    } else {
        let what = "marks are not drawn on this format here".to_owned();
        let fix = "convert it to PNG, or mark it with the program that made it";
        return Err(LabelError::Unsupported { container, what, fix }.into());
    };
    let remarks = read(source, container)?.remarks;
    source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
    let mut decoder = ImageReader::with_format(BufReader::new(&mut *source), format).into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS {
        return Err(DrawError::TooManyPixels { width, height }.into());
    }
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let before = picture.to_rgba8();
    if !again && is_drawn(&before, wording, corner)? {
        return Err(MarkError::Already);
    }
    let mut after = before.clone();
    let drawn = draw(&mut after, wording, corner)?;
    take_over(&mut picture, &before, &after);
    picture.apply_orientation(inverse(orientation));
    let encoded = encoded(&picture, format)?;
    let file = redrawn(&mut Source::new(source, container)?, &encoded)?;
    sink.write_all(&file).map_err(LabelError::from)?;
    Ok((drawn, remarks))
}

/// How large a picture is, in pixels, before any of it is decoded; nothing for formats that are not decoded here.
///
/// # Errors
///
/// If the picture does not state its size, or the file cannot be read.
pub fn picture_size<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<(u32, u32)>, MarkError> {
    let format = if container == Container::Png {
        ImageFormat::Png
    } else if container == Container::Jpeg {
        ImageFormat::Jpeg
    } else if container == Container::WebP {
        ImageFormat::WebP
    } else {
        return Ok(super::frame_size(source, container)?);
    };
    source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
    Ok(Some(ImageReader::with_format(BufReader::new(source), format).into_dimensions()?))
}

/// Puts the pixels that differ into the picture, which keeps its own kind of pixels.
fn take_over(picture: &mut DynamicImage, before: &RgbaImage, after: &RgbaImage) {
    for (x, y, pixel) in after.enumerate_pixels() {
        if before.get_pixel_checked(x, y) != Some(pixel) {
            picture.put_pixel(x, y, *pixel);
        }
    }
}

/// What turns a picture back.
fn inverse(orientation: Orientation) -> Orientation {
    match orientation {
        Orientation::Rotate90 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::Rotate90,
        same @ (Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH) => same,
    }
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, MarkError> {
    let mut bytes = Vec::new();
    if format == ImageFormat::Jpeg {
        picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))?;
    } else if format == ImageFormat::WebP {
        picture.write_with_encoder(image::codecs::webp::WebPEncoder::new_lossless(&mut bytes))?;
    } else {
        picture.write_with_encoder(image::codecs::png::PngEncoder::new(&mut bytes))?;
    }
    Ok(bytes)
}

/// A mark in white on black, to be laid over frames of this size: a PNG.
///
/// # Errors
///
/// If a character is missing in the font, or the mark is wider than the frames.
pub fn plate(wording: &Wording, width: u32, height: u32) -> Result<Vec<u8>, MarkError> {
    let picture = line_on_plate(wording, least_height(width, height), width)?;
    encoded(&DynamicImage::ImageRgba8(picture), ImageFormat::Png)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, Rgba};

    use super::*;
    use crate::label::Label;
    use crate::write::write;

    fn labelled(picture: &DynamicImage, format: ImageFormat, container: Container) -> Vec<u8> {
        let file = encoded(picture, format).unwrap();
        let mut out = Vec::new();
        write(&mut Cursor::new(file), &mut out, container, &Label::generated("p", "c-1").unwrap()).unwrap();
        out
    }

    fn mark(corner: Corner) -> PictureMark<'static> {
        static WORDING: std::sync::OnceLock<Wording> = std::sync::OnceLock::new();
        PictureMark { wording: WORDING.get_or_init(Wording::default), corner, again: false }
    }

    #[test]
    fn a_mark_is_drawn_once_unless_it_is_asked_for_again() {
        // Light, dark, and so varied that a plate is laid beneath.
        let grounds: [fn(u32, u32) -> Rgb<u8>; 3] = [
            |_, _| Rgb([250, 250, 240]),
            |x, y| Rgb([x as u8 / 8, y as u8 / 8, 30]),
            |x, y| if (x / 3 + y / 3) % 2 == 0 { Rgb([255; 3]) } else { Rgb([0; 3]) },
        ];
        for (n, ground) in grounds.into_iter().enumerate() {
            let plain = DynamicImage::ImageRgb8(RgbImage::from_fn(300, 200, ground));
            for (format, container) in [(ImageFormat::Png, Container::Png), (ImageFormat::Jpeg, Container::Jpeg)] {
                let mut once = Vec::new();
                let file = encoded(&plain, format).unwrap();
                draw_in_file(&mut Cursor::new(file), &mut once, container, mark(Corner::TopLeft)).unwrap();
                let mut twice = Vec::new();
                let again = draw_in_file(&mut Cursor::new(&once), &mut twice, container, mark(Corner::TopLeft));
                assert!(matches!(again, Err(MarkError::Already)) && twice.is_empty(), "{container}, ground {n}");
                let insisted = PictureMark { again: true, ..mark(Corner::TopLeft) };
                draw_in_file(&mut Cursor::new(&once), &mut twice, container, insisted).unwrap();
                draw_in_file(&mut Cursor::new(&once), &mut twice, container, mark(Corner::BottomRight)).unwrap();
            }
        }
    }

    #[test]
    fn the_label_stays_and_so_do_all_other_pixels() {
        let plain = RgbImage::from_fn(300, 200, |x, y| Rgb([x as u8, y as u8, 90]));
        for (format, container) in [
            (ImageFormat::Png, Container::Png),
            (ImageFormat::Jpeg, Container::Jpeg),
            (ImageFormat::WebP, Container::WebP),
        ] {
            let file = labelled(&DynamicImage::ImageRgb8(plain.clone()), format, container);
            let mut out = Vec::new();
            let corner = Corner::TopRight;
            let (drawn, _) = draw_in_file(&mut Cursor::new(&file), &mut out, container, mark(corner)).unwrap();
            assert!(drawn.height >= 10, "{drawn:?}");
            let before = read(&mut Cursor::new(&file), container).unwrap().labels;
            let after = read(&mut Cursor::new(&out), container).unwrap().labels;
            assert_eq!((before.len(), &before[0].label), (after.len(), &after[0].label), "{container}");
            let now = image::load_from_memory_with_format(&out, format).unwrap().to_rgb8();
            assert_eq!(now.dimensions(), plain.dimensions());
            let [left, top, width, height] = drawn.area;
            let is_mark = |x: u32, y: u32| {
                let (x, y) = (x + 5, y + 5);
                x >= left && y >= top && x < left + width + 10 && y < top + height + 10
            };
            let changed = now.enumerate_pixels().filter(|(x, y, pixel)| plain.get_pixel(*x, *y) != *pixel);
            if container != Container::Jpeg {
                assert!(changed.into_iter().all(|(x, y, _)| is_mark(x, y)), "{container}");
            }
        }
    }

    #[test]
    fn a_picture_that_is_stored_turned_is_marked_upright() {
        // Orientation 6: the right side of what is stored is shown at the bottom.
        let exif: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut file = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        let stored = RgbImage::from_pixel(200, 400, Rgb([0, 60, 0]));
        encoder.write_image(&stored, 200, 400, ExtendedColorType::Rgb8).unwrap();
        let mut out = Vec::new();
        let corner = Corner::BottomRight;
        draw_in_file(&mut Cursor::new(&file), &mut out, Container::Png, mark(corner)).unwrap();
        let now = image::load_from_memory(&out).unwrap().to_rgb8();
        assert_eq!(now.dimensions(), (200, 400));
        let changed: Vec<(u32, u32)> =
            now.enumerate_pixels().filter(|(x, y, p)| stored.get_pixel(*x, *y) != *p).map(|(x, y, _)| (x, y)).collect();
        // Bottom right of what is shown is top right of what is stored, and the line runs along the longer side.
        assert!(changed.iter().all(|&(x, y)| x > 150 && y < 150), "{changed:?}");
        let (low, high) =
            (changed.iter().map(|(_, y)| y).min().unwrap(), changed.iter().map(|(_, y)| y).max().unwrap());
        assert!(high - low > 20, "the line is longer than it is high");
    }

    #[test]
    fn deep_pixels_stay_deep_and_bombs_are_refused() {
        let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(200, 200, Rgb([1000, 30_000, 500])));
        let mut out = Vec::new();
        let file = encoded(&deep, ImageFormat::Png).unwrap();
        draw_in_file(&mut Cursor::new(file), &mut out, Container::Png, mark(Corner::TopLeft)).unwrap();
        let now = image::load_from_memory(&out).unwrap();
        assert_eq!(now.as_rgb16().unwrap().get_pixel(199, 199), &Rgb([1000, 30_000, 500]));
        // A header that promises 60,000 pixels on either side.
        let mut bomb =
            encoded(&DynamicImage::ImageRgba8(RgbaImage::from_pixel(1, 1, Rgba([0; 4]))), ImageFormat::Png).unwrap();
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        let checksum = crc32fast::hash(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&checksum);
        let refused = draw_in_file(&mut Cursor::new(bomb), &mut Vec::new(), Container::Png, mark(Corner::TopLeft));
        let many = DrawError::TooManyPixels { width: 60_000, height: 60_000 };
        assert!(matches!(refused, Err(MarkError::Draw(why)) if why == many));
    }

    #[test]
    fn a_plate_is_as_high_as_frames_ask() {
        let picture = image::load_from_memory(&plate(&Wording::default(), 1920, 1080).unwrap()).unwrap();
        assert!(picture.height() >= 54 && picture.width() < 1920);
        assert!(matches!(plate(&Wording::default(), 12, 400), Err(MarkError::Draw(DrawError::TooNarrow { .. }))));
    }
}
