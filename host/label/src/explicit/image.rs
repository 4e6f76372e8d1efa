//! A mark drawn on pixels, high enough and in a color that stands out from what is beneath.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use image::{Rgba, RgbaImage};

use super::{Wording, least_height};
use crate::limits::MAX_PIXELS;

/// The characters of labels from Noto Sans CJK SC, under the SIL Open Font License (`font/OFL.txt`).
pub(super) const FONT: &[u8] = include_bytes!("../../font/label.otf");
/// The least contrast between a mark and what is beneath (WCAG 2, level AA).
pub(super) const LEAST_CONTRAST: f64 = 4.5;
/// The least height at which the strokes of a Chinese character can be told apart, in pixels: on a small picture 5 % are less.
const LEGIBLE: u32 = 12;
/// The widest and highest picture that is drawn on, in pixels.
const MAX_SIDE: u32 = 65_535;

/// Where a mark stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Corner {
    /// At the top, left.
    TopLeft,
    /// At the top, right.
    TopRight,
    /// At the bottom, left.
    BottomLeft,
    /// At the bottom, right.
    #[default]
    BottomRight,
}

impl Corner {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::BottomRight, Self::BottomLeft, Self::TopRight, Self::TopLeft];
}

/// What was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Left, top, width and height of the mark.
    pub area: [u32; 4],
    /// The height of its lowest character, in pixels.
    pub height: u32,
    /// The least contrast of any pixel of the mark with what is beneath it.
    pub contrast: f64,
    /// Whether a plate was laid beneath, since no one color stands out from all that was there.
    pub has_plate: bool,
}

/// Why a mark could not be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// The font has no such character.
    #[error("the font has no `{0}`; use the characters of labels")]
    NoGlyph(char),
    /// The picture is too small for a mark that can be read.
    #[error(
        "the mark needs {needed} pixels in width and the picture has {width}; use a shorter wording, or enlarge the picture"
    )]
    TooNarrow {
        /// How wide the mark is.
        needed: u32,
        /// How wide the picture is.
        width: u32,
    },
    /// Decoding would need more memory than a picture is worth.
    #[error("the picture has {width} by {height} pixels, and no more than {MAX_PIXELS} are decoded; scale it down")]
    TooManyPixels {
        /// How wide the picture is.
        width: u32,
        /// How high the picture is.
        height: u32,
    },
    /// The picture is too large.
    #[error("the picture is larger than {MAX_SIDE} pixels; scale it down")]
    TooLarge,
    /// The embedded font is damaged.
    #[error("the embedded font cannot be read; build the crate anew")]
    Font,
}

/// How far a channel of a pixel may be from what was drawn, after it was encoded with losses.
const NEAR: u8 = 48;
/// How many of the pixels of a mark have to be as they were drawn, in hundredths.
const ENOUGH: usize = 95;

/// Whether this mark stands in a corner already: its strokes are there in black or white, and what is around them is not.
///
/// # Errors
///
/// As [`draw`].
pub fn is_drawn(picture: &RgbaImage, wording: &Wording, corner: Corner) -> Result<bool, DrawError> {
    let font = FontRef::try_from_slice(FONT).map_err(|_| DrawError::Font)?;
    let Spot { line, left, top, .. } = Spot::new(&font, picture.dimensions(), wording, corner)?;
    // How many pixels are wholly within a stroke, and how many of them have each ink; the same for what is around.
    let (mut n_strokes, mut inked) = (0_usize, [0_usize; 2]);
    let mut strokes = std::collections::BTreeSet::new();
    let is_near = |x: u32, y: u32, ink: u8| {
        picture.get_pixel_checked(x, y).is_some_and(|pixel| {
            let [r, g, b, _] = pixel.0;
            [r, g, b].iter().all(|channel| channel.abs_diff(ink) <= NEAR)
        })
    };
    line.paint(&font, |x, y, coverage| {
        let place = (left.saturating_add(x), top.saturating_add(y));
        if coverage > 0.0 {
            strokes.insert(place);
        }
        if coverage >= 0.99 {
            n_strokes = n_strokes.saturating_add(1);
            for (count, ink) in inked.iter_mut().zip([0, 255]) {
                *count = count.saturating_add(usize::from(is_near(place.0, place.1, ink)));
            }
        }
    });
    let is_most = |n: usize, of: usize| n.saturating_mul(100) >= of.saturating_mul(ENOUGH);
    for (n, ink) in inked.into_iter().zip([0, 255]) {
        let (mut n_around, mut n_other) = (0_usize, 0_usize);
        for y in top..top.saturating_add(line.height) {
            for x in left..left.saturating_add(line.width) {
                if !strokes.contains(&(x, y)) {
                    n_around = n_around.saturating_add(1);
                    n_other = n_other.saturating_add(usize::from(!is_near(x, y, ink)));
                }
            }
        }
        if n_strokes > 0 && is_most(n, n_strokes) && is_most(n_other, n_around) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A mark that was laid out, and where it stands.
struct Spot {
    line: Line,
    left: u32,
    top: u32,
    margin: u32,
}

impl Spot {
    fn new(
        font: &FontRef<'_>,
        (width, height): (u32, u32),
        wording: &Wording,
        corner: Corner,
    ) -> Result<Self, DrawError> {
        if width.max(height) > MAX_SIDE {
            return Err(DrawError::TooLarge);
        }
        let least = least_height(width, height).max(LEGIBLE);
        let line = Line::new(font, wording.as_str(), least)?;
        let margin = (least / 2).max(1);
        let needed = line.width.saturating_add(margin.saturating_mul(2));
        if needed > width || line.height.saturating_add(margin.saturating_mul(2)) > height {
            return Err(DrawError::TooNarrow { needed, width });
        }
        let far = |size: u32, own: u32| size.saturating_sub(own).saturating_sub(margin);
        let (left, top) = match corner {
            Corner::TopLeft => (margin, margin),
            Corner::TopRight => (far(width, line.width), margin),
            Corner::BottomLeft => (margin, far(height, line.height)),
            Corner::BottomRight => (far(width, line.width), far(height, line.height)),
        };
        Ok(Self { line, left, top, margin })
    }
}

/// Draws a mark into a corner. Its lowest character is at least 5 % of the shortest side in height, and never too low to be read.
///
/// # Errors
///
/// If a character is missing in the font, or the mark does not fit.
pub fn draw(picture: &mut RgbaImage, wording: &Wording, corner: Corner) -> Result<Drawn, DrawError> {
    let font = FontRef::try_from_slice(FONT).map_err(|_| DrawError::Font)?;
    let Spot { line, left, top, margin } = Spot::new(&font, picture.dimensions(), wording, corner)?;
    let area = [left, top, line.width, line.height];
    let pad = (margin / 2).max(1);
    let [white, black] = [1.0, 0.0].map(|own| least_contrast(picture, area, own));
    let has_plate = white.max(black) < LEAST_CONTRAST;
    let ink = if has_plate || white >= black { 255 } else { 0 };
    if has_plate {
        let across = |from: u32, len: u32| from.saturating_sub(pad)..from.saturating_add(len).saturating_add(pad);
        for y in across(top, line.height) {
            for x in across(left, line.width) {
                if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                    *pixel = Rgba([0, 0, 0, 255]);
                }
            }
        }
    }
    line.paint(&font, |x, y, coverage| {
        if let Some(pixel) = picture.get_pixel_mut_checked(left.saturating_add(x), top.saturating_add(y)) {
            let mix = |old: u8, new: u8| {
                let value = f32::from(old).mul_add(1.0 - coverage, f32::from(new) * coverage);
                #[expect(clippy::as_conversions, reason = "a mixture of two bytes is a byte; `as` saturates")]
                let byte = value.round() as u8;
                byte
            };
            let [r, g, b, a] = pixel.0;
            *pixel = Rgba([mix(r, ink), mix(g, ink), mix(b, ink), mix(a, 255)]);
        }
    });
    let contrast = if has_plate { 21.0 } else { white.max(black) };
    Ok(Drawn { area, height: line.lowest, contrast, has_plate })
}

/// A line in white on a black plate with a margin around it, no wider than `width`.
pub(super) fn line_on_plate(wording: &Wording, least: u32, width: u32) -> Result<RgbaImage, DrawError> {
    let font = FontRef::try_from_slice(FONT).map_err(|_| DrawError::Font)?;
    let least = least.max(LEGIBLE);
    let line = Line::new(&font, wording.as_str(), least)?;
    let margin = (least / 4).max(1);
    let across = |len: u32| len.saturating_add(margin.saturating_mul(2));
    if across(line.width) > width {
        return Err(DrawError::TooNarrow { needed: across(line.width), width });
    }
    let mut plate = RgbaImage::from_pixel(across(line.width), across(line.height), Rgba([0, 0, 0, 255]));
    line.paint(&font, |x, y, coverage| {
        if let Some(pixel) = plate.get_pixel_mut_checked(x.saturating_add(margin), y.saturating_add(margin)) {
            #[expect(clippy::as_conversions, reason = "a share of 255 is a byte; `as` saturates")]
            let ink = (coverage * 255.0).round() as u8;
            *pixel = Rgba([ink.max(pixel.0[0]), ink.max(pixel.0[0]), ink.max(pixel.0[0]), 255]);
        }
    });
    Ok(plate)
}

/// The least contrast of a color with the pixels of an area. What shines through may be anything from black to white.
fn least_contrast(picture: &RgbaImage, [left, top, width, height]: [u32; 4], own: f64) -> f64 {
    let mut least = f64::MAX;
    for y in top..top.saturating_add(height) {
        for x in left..left.saturating_add(width) {
            let Some(pixel) = picture.get_pixel_checked(x, y) else { continue };
            let [r, g, b, a] = pixel.0;
            let opaque = f64::from(a) / 255.0;
            for behind in [0.0, 255.0] {
                let channel = |value: u8| f64::from(value).mul_add(opaque, behind * (1.0 - opaque));
                let beneath = luminance([channel(r), channel(g), channel(b)]);
                least = least.min(contrast(own, beneath));
            }
        }
    }
    least
}

/// The contrast of two luminances, as WCAG 2 defines it: from 1 to 21.
pub(super) fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of a color in sRGB, of channels from 0 to 255.
pub(super) fn luminance(channels: [f64; 3]) -> f64 {
    let linear = channels.map(|value| {
        let value = value / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let [r, g, b] = linear;
    0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
}

/// A line of glyphs, laid out from (0, 0).
struct Line {
    glyphs: Vec<Glyph>,
    width: u32,
    height: u32,
    /// The height of the lowest glyph, in pixels.
    lowest: u32,
}

impl Line {
    fn new(font: &FontRef<'_>, text: &str, least: u32) -> Result<Self, DrawError> {
        // Points are no pixels: the scale is raised until the lowest character is high enough on the grid of pixels.
        let mut scale = pixels(least) * 1.2;
        for _ in 0..64 {
            let line = Self::at_scale(font, text, scale)?;
            if line.lowest >= least {
                return Ok(line);
            }
            scale = scale.mul_add(1.05, 1.0);
        }
        Err(DrawError::TooLarge)
    }

    fn at_scale(font: &FontRef<'_>, text: &str, scale: f32) -> Result<Self, DrawError> {
        let scaled = font.as_scaled(PxScale::from(scale));
        let mut pen = 0.0_f32;
        let mut glyphs = Vec::new();
        let mut bounds: Option<[f32; 4]> = None;
        let mut lowest = f32::MAX;
        for c in text.chars() {
            let id = font.glyph_id(c);
            if id.0 == 0 {
                return Err(DrawError::NoGlyph(c));
            }
            let glyph = id.with_scale_and_position(PxScale::from(scale), point(pen, scaled.ascent()));
            pen += scaled.h_advance(id);
            if let Some(outline) = font.outline_glyph(glyph.clone()) {
                let own = outline.px_bounds();
                if c.is_alphanumeric() {
                    lowest = lowest.min(own.height());
                }
                let all = bounds.unwrap_or([own.min.x, own.min.y, own.max.x, own.max.y]);
                let [left, top, right, bottom] = all;
                bounds = Some([left.min(own.min.x), top.min(own.min.y), right.max(own.max.x), bottom.max(own.max.y)]);
                glyphs.push(glyph);
            }
        }
        let [left, top, right, bottom] = bounds.ok_or(DrawError::Font)?;
        for glyph in &mut glyphs {
            glyph.position.x -= left;
            glyph.position.y -= top;
        }
        Ok(Self { glyphs, width: whole(right - left), height: whole(bottom - top), lowest: whole(lowest) })
    }

    fn paint(&self, font: &FontRef<'_>, mut dot: impl FnMut(u32, u32, f32)) {
        for glyph in &self.glyphs {
            let Some(outline) = font.outline_glyph(glyph.clone()) else { continue };
            let bounds = outline.px_bounds();
            let (left, top) = (whole(bounds.min.x.max(0.0)), whole(bounds.min.y.max(0.0)));
            outline.draw(|x, y, coverage| dot(left.saturating_add(x), top.saturating_add(y), coverage));
        }
    }
}

#[expect(
    clippy::as_conversions,
    reason = "sizes of pictures are far below where a float loses whole numbers; `as` saturates"
)]
fn pixels(n: u32) -> f32 {
    n as f32
}

#[expect(clippy::as_conversions, reason = "a size of a picture; `as` saturates")]
fn whole(n: f32) -> u32 {
    n.floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_high_enough_and_stands_out() {
        for (width, height) in [(640, 480), (200, 900), (1920, 1080)] {
            for shade in [0, 64, 128, 200, 255] {
                let mut picture = RgbaImage::from_pixel(width, height, Rgba([shade, shade, shade, 255]));
                let drawn = draw(&mut picture, &Wording::default(), Corner::BottomRight).unwrap();
                assert!(drawn.height >= least_height(width, height).max(LEGIBLE), "{drawn:?}");
                assert!(drawn.contrast >= LEAST_CONTRAST && !drawn.has_plate, "{drawn:?}");
            }
        }
    }

    #[test]
    fn the_font_has_every_character_of_the_wordings_of_decisions() {
        for wording in Wording::own() {
            let mut picture = RgbaImage::from_pixel(640, 480, Rgba([90, 90, 90, 255]));
            draw(&mut picture, &wording, Corner::BottomRight).unwrap_or_else(|error| panic!("{wording}: {error}"));
            assert!(is_drawn(&picture, &wording, Corner::BottomRight).unwrap(), "{wording}");
        }
    }

    #[test]
    fn black_and_white_beneath_call_for_a_plate() {
        let mut picture =
            RgbaImage::from_fn(400, 300, |x, _| if x % 2 == 0 { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) });
        let drawn = draw(&mut picture, &Wording::default(), Corner::TopLeft).unwrap();
        assert!(drawn.has_plate);
        let mut clear = RgbaImage::from_pixel(400, 300, Rgba([0, 0, 0, 0]));
        assert!(draw(&mut clear, &Wording::default(), Corner::TopLeft).unwrap().has_plate);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut picture = RgbaImage::new(60, 400);
        let long = Wording::new(&"AI生成".repeat(16)).unwrap();
        let refused = draw(&mut picture, &long, Corner::default());
        assert!(matches!(refused, Err(DrawError::TooNarrow { .. })));
        let rare = Wording::new("龘AI生成").unwrap();
        assert_eq!(draw(&mut RgbaImage::new(400, 400), &rare, Corner::default()), Err(DrawError::NoGlyph('龘')));
    }
}
