//! Pictures that have a palette: they keep it where the colors of the mark are in it, or find room in it.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read, Seek, SeekFrom};

use image::{DynamicImage, Rgba, RgbaImage};

use super::image::{LEAST_CONTRAST, contrast, luminance};
use super::picture::MarkError;
use crate::error::LabelError;

/// The most colors of a palette.
const MAX_COLORS: usize = 256;
/// How far a channel of a color may be from black or white to stand for it.
const MOST_OFF: u8 = 40;

/// The colors of a picture.
pub(super) struct Palette(Vec<Rgba<u8>>);

impl Palette {
    /// The palette of a PNG; nothing for one that has none.
    pub(super) fn of<R: Read + Seek>(source: &mut R) -> Result<Option<Self>, MarkError> {
        source.seek(SeekFrom::Start(0)).map_err(LabelError::from)?;
        let reader = png::Decoder::new(BufReader::new(source)).read_info();
        let reader = reader.map_err(|error| MarkError::Pixels(error.to_string()))?;
        let info = reader.info();
        let (png::ColorType::Indexed, Some(colors)) = (info.color_type, &info.palette) else { return Ok(None) };
        let alphas = info.trns.as_deref().unwrap_or_default();
        let color = |(index, rgb): (usize, &[u8])| {
            let channel = |n: usize| rgb.get(n).copied().unwrap_or_default();
            Rgba([channel(0), channel(1), channel(2), alphas.get(index).copied().unwrap_or(u8::MAX)])
        };
        Ok(Some(Self(colors.chunks_exact(3).enumerate().map(color).collect())))
    }

    /// The picture as a PNG with this palette; nothing where black or white, of which marks are, find no room in it and no color is
    /// close to them. `before` is the picture without the mark.
    pub(super) fn encoded(&self, before: &RgbaImage, picture: &DynamicImage) -> Result<Option<Vec<u8>>, MarkError> {
        let pixels = picture.to_rgba8();
        let changed: Vec<(Rgba<u8>, Rgba<u8>)> =
            before.pixels().copied().zip(pixels.pixels().copied()).filter(|(old, new)| old != new).collect();
        let mut colors = self.0.clone();
        let mut places: HashMap<Rgba<u8>, u8> = HashMap::new();
        for (index, color) in colors.iter().enumerate() {
            places.entry(*color).or_insert(u8::try_from(index).unwrap_or_default());
        }
        // Colors that no pixel has make room for others.
        let used: HashSet<Rgba<u8>> = pixels.pixels().copied().collect();
        let mut free: Vec<u8> =
            (0..=u8::MAX).zip(&colors).filter(|(_, color)| !used.contains(color)).map(|(n, _)| n).collect();
        let mut indices = Vec::new();
        for pixel in pixels.pixels() {
            let index = match places.get(pixel).copied().or_else(|| placed(&mut colors, &mut free, *pixel)) {
                Some(index) => index,
                // The strokes themselves have to stay about as dark or light as they are; their edges may be off.
                None if is_ink(*pixel) => match stand_in(&colors, *pixel, &changed) {
                    Some(index) => index,
                    None => return Ok(None),
                },
                None => nearest(&colors, *pixel),
            };
            places.insert(*pixel, index);
            indices.push(index);
        }
        written(&pixels, &colors, &indices).map(Some).map_err(|error| MarkError::Pixels(error.to_string()))
    }
}

/// The place of a color that is new in the palette, where there is room.
fn placed(colors: &mut Vec<Rgba<u8>>, free: &mut Vec<u8>, color: Rgba<u8>) -> Option<u8> {
    if colors.len() < MAX_COLORS {
        colors.push(color);
        return u8::try_from(colors.len().checked_sub(1)?).ok();
    }
    let index = free.pop()?;
    *colors.get_mut(usize::from(index))? = color;
    Some(index)
}

fn is_ink(pixel: Rgba<u8>) -> bool {
    [Rgba([0, 0, 0, 255]), Rgba([255; 4])].contains(&pixel)
}

/// A color that is close to black or white, and still stands out from what was beneath the mark where that has no plate.
fn stand_in(colors: &[Rgba<u8>], ink: Rgba<u8>, changed: &[(Rgba<u8>, Rgba<u8>)]) -> Option<u8> {
    let index = nearest(colors, ink);
    let color = *colors.get(usize::from(index))?;
    let is_near = color.0.iter().zip(ink.0).all(|(one, other)| one.abs_diff(other) <= MOST_OFF);
    let light = |pixel: Rgba<u8>| {
        let [red, green, blue, _] = pixel.0.map(f64::from);
        luminance([red, green, blue])
    };
    let has_plate = changed.iter().any(|(_, new)| is_ink(*new) && *new != ink);
    let mut beneath = changed.iter().filter(|(_, new)| *new == ink).map(|(old, _)| light(*old));
    let stands_out = has_plate || beneath.all(|old| contrast(light(color), old) >= LEAST_CONTRAST);
    (is_near && stands_out).then_some(index)
}

fn nearest(colors: &[Rgba<u8>], pixel: Rgba<u8>) -> u8 {
    let distance = |color: &Rgba<u8>| {
        let squares = color.0.iter().zip(pixel.0).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2));
        squares.fold(0, u32::saturating_add)
    };
    let near = colors.iter().enumerate().min_by_key(|(_, color)| distance(color));
    near.and_then(|(index, _)| u8::try_from(index).ok()).unwrap_or_default()
}

fn written(pixels: &RgbaImage, colors: &[Rgba<u8>], indices: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixels.width(), pixels.height());
    let bits = match colors.len() {
        0..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(match bits {
        1 => png::BitDepth::One,
        2 => png::BitDepth::Two,
        4 => png::BitDepth::Four,
        _ => png::BitDepth::Eight,
    });
    encoder.set_palette(colors.iter().flat_map(|color| [color.0[0], color.0[1], color.0[2]]).collect::<Vec<u8>>());
    let n_alphas = colors.iter().rposition(|color| color.0[3] < u8::MAX).map_or(0, |last| last.saturating_add(1));
    if n_alphas > 0 {
        encoder.set_trns(colors.iter().take(n_alphas).map(|color| color.0[3]).collect::<Vec<u8>>());
    }
    let mut writer = encoder.write_header()?;
    let width = usize::try_from(pixels.width()).unwrap_or(usize::MAX).max(1);
    writer.write_image_data(&packed(indices, width, bits))?;
    drop(writer);
    Ok(bytes)
}

/// Lines of indices with several in a byte, the first in its highest bits.
fn packed(indices: &[u8], width: usize, bits: usize) -> Vec<u8> {
    let in_a_byte = 8_usize.checked_div(bits).unwrap_or(1).max(1);
    let byte = |part: &[u8]| {
        let filled = part.iter().copied().chain(std::iter::repeat(0)).take(in_a_byte);
        filled.fold(0_u8, |sum, index| sum.checked_shl(u32::try_from(bits).unwrap_or(8)).unwrap_or(0) | index)
    };
    indices.chunks(width).flat_map(|line| line.chunks(in_a_byte).map(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_packed_from_the_left() {
        assert_eq!(packed(&[1, 0, 1, 1, 0], 5, 1), [0b1011_0000]);
        assert_eq!(packed(&[1, 2, 3, 4, 5, 6], 3, 4), [0x12, 0x30, 0x45, 0x60]);
        assert_eq!(packed(&[7, 9], 2, 8), [7, 9]);
    }
}
