//! A mark on the pixels of a picture in a file; whatever else the file says stays.

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom, Write};

use image::metadata::Orientation;
use image::{DynamicImage, GenericImage as _, ImageDecoder as _, ImageFormat, ImageReader, RgbaImage};

use super::image::{Corner, DrawError, Drawn, draw, is_drawn, line_on_plate};
use super::jpeg;
use super::outline::outline;
use super::palette::Palette;
use super::plate::{Area, bounded, shows};
use super::{Position, VideoMark, Wording, least_height};
use crate::container::{self, Container};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::MAX_PICTURE;
use crate::reading::{Remark, read};
use crate::source::Source;

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
#[derive(Clone, Copy)]
pub struct PictureMark<'a> {
    /// What it says.
    pub wording: &'a Wording,
    /// Where it stands.
    pub corner: Corner,
    /// Whether it is drawn even where the same mark stands in that corner already.
    pub again: bool,
    /// Encodes a picture as a WebP with losses; see [`LossyEncoder`]. Without it such a WebP is refused.
    pub lossy: Option<LossyEncoder<'a>>,
}

/// Makes a WebP with losses of a PNG, by way of a program; gives a sentence on why that failed. It is called once for a picture, and
/// for a picture that moves once for each frame that changes. It must keep the size of the picture.
pub type LossyEncoder<'a> = &'a dyn Fn(&[u8]) -> Result<Vec<u8>, String>;

/// Draws a mark into a corner of a PNG, JPEG or WebP, as people see it: a picture that is stored turned is marked upright.
///
/// The file's metadata stay, its label among them. So do all pixels outside of the mark, and of a JPEG outside of the blocks beneath
/// it; a WebP with losses is encoded anew. A JPEG keeps its tables and sampling, a PNG its palette.
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
    let PictureMark { wording, corner, again, lossy } = mark;
    let Some(format) = drawn_format(container) else {
        let what = "marks are not drawn on this format here".to_owned();
        let fix = "convert it to PNG, or mark it with the program that made it";
        return Err(LabelError::Unsupported { container, what, fix }.into());
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other format is written anew")]
    let redrawn: Option<Redrawn> = match format {
        ImageFormat::Png => Some(container::png_redrawn),
        ImageFormat::WebP => Some(container::webp_redrawn),
        _ => None,
    };
    let remarks = read(source, container)?.remarks;
    source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
    let mut decoder = ImageReader::with_format(BufReader::new(&mut *source), format).into_decoder()?;
    let (width, height) = decoder.dimensions();
    bounded(width, height)?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    let stored = picture.to_rgba8();
    picture.apply_orientation(orientation);
    let before = picture.to_rgba8();
    if !again && is_drawn(&before, wording, corner)? {
        return Err(MarkError::Already);
    }
    let mut after = before.clone();
    let drawn = draw(&mut after, wording, corner)?;
    take_over(&mut picture, &before, &after);
    picture.apply_orientation(inverse(orientation));
    let file = match redrawn {
        Some(redrawn) => {
            let encoded = as_before(source, (&stored, &picture), format, lossy)?;
            redrawn(&mut Source::new(source, container)?, &encoded)?
        }
        None => {
            let file = Source::new(source, container)?.all(MAX_PICTURE)?;
            jpeg::redrawn(&file, &stored, &picture.to_rgba8()).map_err(not_drawn)?
        }
    };
    sink.write_all(&file).map_err(LabelError::from)?;
    Ok((drawn, remarks))
}

/// A PDF with the mark on its first page or its last: the changes, to be carried out on it. Nothing where the mark is there already and
/// was not asked for `again`.
///
/// # Errors
///
/// If the file is damaged, needs a password or cannot be read, or a character is missing in the font.
pub fn in_pdf<R: Read + Seek>(
    source: &mut R,
    wording: &Wording,
    positions: &[Position],
    again: bool,
) -> Result<Option<Edits>, MarkError> {
    let outline = outline(wording)?;
    Ok(container::pdf_marked(&mut Source::new(source, Container::Pdf)?, &outline, super::places(positions), again)?)
}

/// The format of the pixels of a picture that is drawn on here.
#[expect(clippy::wildcard_enum_match_arm, reason = "on every other kind of file nothing is drawn here")]
pub(super) fn drawn_format(container: Container) -> Option<ImageFormat> {
    match container {
        Container::Png => Some(ImageFormat::Png),
        Container::Jpeg => Some(ImageFormat::Jpeg),
        Container::WebP => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// How large a picture is, in pixels, before any of it is decoded; nothing for formats that are not decoded here.
///
/// # Errors
///
/// If the picture does not state its size, or the file cannot be read.
pub fn picture_size<R: Read + Seek>(source: &mut R, container: Container) -> Result<Option<(u32, u32)>, MarkError> {
    let Some(format) = drawn_format(container) else { return Ok(super::frame_size(source, container)?) };
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

/// A WebP that was encoded with losses, encoded so again.
pub(super) fn as_lossy(picture: &DynamicImage, lossy: Option<LossyEncoder<'_>>) -> Result<Vec<u8>, MarkError> {
    let lossy = lossy.ok_or_else(|| LabelError::Unsupported {
        container: Container::WebP,
        what: "the picture was encoded with losses, and nothing is at hand that encodes it so again".to_owned(),
        fix: "install ffmpeg, or convert it to PNG first",
    })?;
    lossy(&encoded(picture, ImageFormat::Png)?).map_err(MarkError::Pixels)
}

/// A JPEG on which nothing can be drawn without encoding it anew.
fn not_drawn(what: String) -> LabelError {
    LabelError::Unsupported {
        container: Container::Jpeg,
        what,
        fix: "convert it to RGB with eight bits a color, or to PNG",
    }
}

/// The pixels in the way in which they were encoded before: a PNG with a palette keeps it where the mark finds room in it, or colors
/// that are close to its own.
fn as_before<R: Read + Seek>(
    source: &mut R,
    (before, picture): (&RgbaImage, &DynamicImage),
    format: ImageFormat,
    lossy: Option<LossyEncoder<'_>>,
) -> Result<Vec<u8>, MarkError> {
    if format == ImageFormat::WebP && container::webp_is_lossy(&mut Source::new(source, Container::WebP)?)? {
        return as_lossy(picture, lossy);
    }
    if format == ImageFormat::Png
        && let Some(palette) = Palette::of(source)?
        && let Some(bytes) = palette.encoded(before, picture)?
    {
        return Ok(bytes);
    }
    encoded(picture, format)
}

pub(super) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, MarkError> {
    let mut bytes = Vec::new();
    if format == ImageFormat::WebP {
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

impl VideoMark {
    /// Whether a frame, a PNG, shows the mark already where it would be put.
    ///
    /// # Errors
    ///
    /// If the frame cannot be decoded or is too large, or the mark does not fit.
    pub fn is_drawn(&self, frame: &[u8]) -> Result<bool, MarkError> {
        self.is_on(&decoded(frame)?)
    }

    /// What the mark says that a frame, a PNG, shows where this one would be put: any wording of decisions, or that of this mark. Nothing
    /// where it shows none.
    ///
    /// # Errors
    ///
    /// If the frame cannot be decoded or is too large.
    pub fn found_on(&self, frame: &[u8]) -> Result<Option<Wording>, MarkError> {
        let picture = decoded(frame)?;
        let wordings = Wording::own().into_iter().chain([self.wording.clone()]);
        // One that does not fit was not put there.
        let mut marks = wordings.map(|wording| Self { wording, ..self.clone() });
        Ok(marks.find(|mark| mark.is_on(&picture).unwrap_or(false)).map(|mark| mark.wording))
    }

    fn is_on(&self, picture: &RgbaImage) -> Result<bool, MarkError> {
        let (width, height) = picture.dimensions();
        let plate = line_on_plate(&self.wording, least_height(width, height), width)?;
        let far = |size: u32, own: u32| size.saturating_sub(own).saturating_sub(self.margin());
        let (own_width, own_height) = plate.dimensions();
        let (left, top) = (far(width, own_width), far(height, own_height));
        let area = Area { left, top, width: own_width, height: own_height };
        Ok(shows(picture, &plate, area))
    }
}

/// The pixels of a frame, a PNG.
fn decoded(frame: &[u8]) -> Result<RgbaImage, MarkError> {
    let reader = || ImageReader::with_format(Cursor::new(frame), ImageFormat::Png);
    let (width, height) = reader().into_dimensions()?;
    bounded(width, height)?;
    Ok(reader().decode()?.to_rgba8())
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, Rgba};

    use super::*;
    use crate::explicit::{FoundMark, MarkPlace, own_mark};
    use crate::label::Label;
    use crate::write::write;

    fn made(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, image::ImageError> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format)?;
        Ok(bytes.into_inner())
    }

    fn labelled(picture: &DynamicImage, format: ImageFormat, container: Container) -> Vec<u8> {
        let file = made(picture, format).unwrap();
        let mut out = Vec::new();
        write(&mut Cursor::new(file), &mut out, container, &Label::generated("p", "c-1").unwrap()).unwrap();
        out
    }

    fn mark(corner: Corner) -> PictureMark<'static> {
        static WORDING: std::sync::OnceLock<Wording> = std::sync::OnceLock::new();
        PictureMark { wording: WORDING.get_or_init(Wording::default), corner, again: false, lossy: None }
    }

    #[test]
    fn own_marks_are_found_in_every_corner_and_wording() {
        let ground = RgbImage::from_fn(640, 480, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
        let plain = DynamicImage::ImageRgb8(ground);
        let wordings = ["AI生成", "疑似AI生成", "此内容由AI生成"].map(|text| Wording::new(text).unwrap());
        for (format, container) in [(ImageFormat::Png, Container::Png), (ImageFormat::Jpeg, Container::Jpeg)] {
            let file = made(&plain, format).unwrap();
            assert_eq!(own_mark(&mut Cursor::new(&file), container).unwrap(), None);
            for (wording, corner) in wordings.iter().flat_map(|wording| Corner::ALL.map(|corner| (wording, corner))) {
                let (mut out, mark) = (Vec::new(), PictureMark { wording, ..mark(corner) });
                draw_in_file(&mut Cursor::new(&file), &mut out, container, mark).unwrap();
                let found = own_mark(&mut Cursor::new(&out), container).unwrap();
                let expected = FoundMark { text: wording.to_string(), place: MarkPlace::Corner };
                assert_eq!(found, Some(expected), "{container}, {corner:?}");
            }
        }
    }

    #[test]
    fn any_wording_of_decisions_is_found_on_a_frame() {
        let ground = RgbaImage::from_fn(640, 360, |x, y| Rgba([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8, 255]));
        let of = |picture: &RgbaImage| encoded(&DynamicImage::ImageRgba8(picture.clone()), ImageFormat::Png).unwrap();
        let custom = Wording::new("人工智能合成").unwrap();
        let mark = VideoMark::new(custom.clone(), 640, 360);
        assert_eq!(mark.found_on(&of(&ground)).unwrap(), None);
        for wording in Wording::own().into_iter().chain([custom]) {
            let plate = line_on_plate(&wording, least_height(640, 360), 640).unwrap();
            let far = |size: u32, own: u32| i64::from(size - own - mark.margin());
            let mut frame = ground.clone();
            let (left, top) = (far(640, plate.width()), far(360, plate.height()));
            image::imageops::replace(&mut frame, &plate, left, top);
            assert_eq!(mark.found_on(&of(&frame)).unwrap(), Some(wording));
        }
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
                let file = made(&plain, format).unwrap();
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
            // A JPEG has lost something before: it is compared with itself.
            if container == Container::Jpeg {
                let before = image::load_from_memory_with_format(&file, format).unwrap().to_rgb8();
                let far = |x: u32, y: u32| {
                    let (x, y) = (x + 24, y + 24);
                    x < left || y < top || x >= left + width + 48 || y >= top + height + 48
                };
                let mut pixels = now.enumerate_pixels();
                assert!(pixels.all(|(x, y, pixel)| !far(x, y) || before.get_pixel(x, y) == pixel));
            } else {
                assert!(changed.into_iter().all(|(x, y, _)| is_mark(x, y)), "{container}");
            }
        }
    }

    #[test]
    fn a_jpeg_stays_within_a_twentieth_of_its_size() {
        // As detailed as a photograph. On a smooth ground a few letters are most of what a file says, so no share of it is a measure.
        let ground = RgbImage::from_fn(640, 480, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x ^ y) as u8]));
        let file = made(&DynamicImage::ImageRgb8(ground), ImageFormat::Jpeg).unwrap();
        for corner in Corner::ALL {
            let mut out = Vec::new();
            draw_in_file(&mut Cursor::new(&file), &mut out, Container::Jpeg, mark(corner)).unwrap();
            assert!(out.len().abs_diff(file.len()) * 20 <= file.len(), "{corner:?}: {} of {}", out.len(), file.len());
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
        let file = made(&deep, ImageFormat::Png).unwrap();
        draw_in_file(&mut Cursor::new(file), &mut out, Container::Png, mark(Corner::TopLeft)).unwrap();
        let now = image::load_from_memory(&out).unwrap();
        assert_eq!(now.as_rgb16().unwrap().get_pixel(199, 199), &Rgb([1000, 30_000, 500]));
        // A header that promises 60,000 pixels on either side.
        let mut bomb =
            made(&DynamicImage::ImageRgba8(RgbaImage::from_pixel(1, 1, Rgba([0; 4]))), ImageFormat::Png).unwrap();
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        let checksum = crc32fast::hash(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&checksum);
        let refused = draw_in_file(&mut Cursor::new(bomb), &mut Vec::new(), Container::Png, mark(Corner::TopLeft));
        let many = DrawError::TooManyPixels { width: 60_000, height: 60_000 };
        assert!(matches!(refused, Err(MarkError::Draw(why)) if why == many));
    }

    #[test]
    fn a_palette_stays_where_the_mark_finds_room_in_it() {
        let colors: Vec<[u8; 3]> = (0..=255).map(|n| [n, 255 - n, 40]).collect();
        // The last is full, and the pixels do not have all of its colors.
        for (n_colors, n_used) in [(2_usize, 2), (14, 14), (200, 200), (256, 150)] {
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, 240, 160);
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_palette(colors[..n_colors].concat());
            let indices: Vec<u8> = (0..240 * 160).map(|n| ((n / 240) % n_used) as u8).collect();
            encoder.write_header().unwrap().write_image_data(&indices).unwrap();
            let mut out = Vec::new();
            draw_in_file(&mut Cursor::new(&file), &mut out, Container::Png, mark(Corner::TopLeft)).unwrap();
            assert_eq!(out[25], 3, "{n_colors} colors: the picture has a palette");
            let (before, now) = (image::load_from_memory(&file).unwrap(), image::load_from_memory(&out).unwrap());
            let (before, now) = (before.to_rgba8(), now.to_rgba8());
            assert!((80..160).all(|y| (0..240).all(|x| before.get_pixel(x, y) == now.get_pixel(x, y))));
            assert!(now.pixels().any(|pixel| is_far(*pixel, &colors[..n_colors])), "a mark is there");
        }
        // All colors are used; in the second palette two are nearly black and white.
        let grays: Vec<[u8; 3]> = (0..=255_u16).map(|n| [(8 + n * 15 / 16) as u8; 3]).collect();
        for (colors, kind) in [(&colors, 2), (&grays, 3)] {
            let full: Vec<u8> = (0..240 * 160).map(|n| (n % 256) as u8).collect();
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, 240, 160);
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_palette(colors.concat());
            encoder.write_header().unwrap().write_image_data(&full).unwrap();
            let mut out = Vec::new();
            draw_in_file(&mut Cursor::new(&file), &mut out, Container::Png, mark(Corner::TopLeft)).unwrap();
            assert_eq!(out[25], kind, "neither black nor white find room in the first");
            let mut twice = Vec::new();
            let again = draw_in_file(&mut Cursor::new(&out), &mut twice, Container::Png, mark(Corner::TopLeft));
            assert!(matches!(again, Err(MarkError::Already)), "{kind}");
        }
    }

    fn is_far(pixel: Rgba<u8>, colors: &[[u8; 3]]) -> bool {
        !colors.iter().any(|color| pixel.0[..3] == color[..])
    }

    #[test]
    fn the_mark_on_a_frame_is_recognized_where_it_would_be_put() {
        let mark = VideoMark::new(Wording::default(), 640, 360);
        let plate = image::load_from_memory(&plate(&mark.wording, 640, 360).unwrap()).unwrap().to_rgba8();
        let mut frame = RgbaImage::from_fn(640, 360, |x, y| Rgba([x as u8, y as u8, 90, 255]));
        let png = |frame: &RgbaImage| encoded(&DynamicImage::ImageRgba8(frame.clone()), ImageFormat::Png).unwrap();
        assert!(!mark.is_drawn(&png(&frame)).unwrap());
        let at = |size: u32, own: u32| i64::from(size - own - mark.margin());
        image::imageops::replace(&mut frame, &plate, at(640, plate.width()), at(360, plate.height()));
        // A little darker, as after losses.
        frame.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|value| value - value / 16));
        frame.pixels_mut().for_each(|pixel| pixel.0[3] = 255);
        assert!(mark.is_drawn(&png(&frame)).unwrap());
        assert!(mark.is_drawn(b"no picture").is_err());
    }

    #[test]
    fn a_plate_is_as_high_as_frames_ask() {
        let picture = image::load_from_memory(&plate(&Wording::default(), 1920, 1080).unwrap()).unwrap();
        assert!(picture.height() >= 54 && picture.width() < 1920);
        assert!(matches!(plate(&Wording::default(), 12, 400), Err(MarkError::Draw(DrawError::TooNarrow { .. }))));
    }
}
