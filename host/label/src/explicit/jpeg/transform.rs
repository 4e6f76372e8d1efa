//! From pixels to numbers: what was drawn is added to the numbers of the blocks beneath it.

use std::f32::consts::PI;

use image::{Rgba, RgbaImage};

use super::{BLOCK, Colors, Numbers, Plane};

/// In which order the numbers of a block stand in a file: the place of each in the block.
const ZIGZAG: [usize; BLOCK] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];
/// The greatest number of a block.
const MOST: f32 = 1023.0;

/// The shares of red, green and blue in each plane.
const YCBCR: [[f32; 3]; 3] = [[0.299, 0.587, 0.114], [-0.168_736, -0.331_264, 0.5], [0.5, -0.418_688, -0.081_312]];
const RGB: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// What each sample of a block becomes where a plane stands for an ink: for a pixel that changed, what the new pixel has of it.
type Ink = fn(&Rgba<u8>, usize) -> f32;

/// Draws the difference of two pictures into the numbers.
pub(super) fn redraw(numbers: &mut Numbers, before: &RgbaImage, after: &RgbaImage) -> Result<(), String> {
    let Some([left, top, right, bottom]) = changed(before, after) else { return Ok(()) };
    let (shares, ink): ([[f32; 3]; 3], Option<Ink>) = match numbers.colors {
        Colors::YCbCr => (YCBCR, None),
        Colors::Rgb => (RGB, None),
        Colors::Cmyk => (RGB, Some(ink)),
        Colors::Ycck => (YCBCR, Some(turned_ink)),
    };
    let cosines = cosines();
    let (most_across, most_down) = numbers.most;
    for (index, plane) in numbers.planes.iter_mut().enumerate() {
        let share = shares.get(index).copied().unwrap_or_default();
        let scale = (most_across.checked_div(plane.across), most_down.checked_div(plane.down));
        let is_whole = most_across.checked_rem(plane.across) == Some(0) && most_down.checked_rem(plane.down) == Some(0);
        let (Some(x_scale), Some(y_scale)) = scale else { return Err("its sampling cannot be read".to_owned()) };
        if !is_whole || x_scale == 0 || y_scale == 0 {
            return Err("its colors are sampled in a way that is not drawn on here".to_owned());
        }
        let table = numbers.tables.get(plane.table).copied().unwrap_or([1; BLOCK]);
        let block = |pixel: u32, scale: usize| {
            let pixel = usize::try_from(pixel).unwrap_or_default();
            pixel.checked_div(scale.saturating_mul(8)).unwrap_or_default()
        };
        for by in block(top, y_scale)..=block(bottom, y_scale) {
            for bx in block(left, x_scale)..=block(right, x_scale) {
                let place = ((bx, by), (x_scale, y_scale));
                let difference = match ink {
                    None => difference((before, after), share, place),
                    Some(ink) => {
                        let old = samples(plane, (bx, by), &cosines, &table);
                        inked((before, after), &old, &|pixel| ink(pixel, index), place)
                    }
                };
                if difference.iter().any(|value| *value != 0.0) {
                    add(plane, (bx, by), &forward(&difference, &cosines), &table);
                }
            }
        }
    }
    Ok(())
}

/// The stretch in which two pictures differ: left, top, right and bottom, all within.
fn changed(before: &RgbaImage, after: &RgbaImage) -> Option<[u32; 4]> {
    let mut found: Option<[u32; 4]> = None;
    for (x, y, pixel) in after.enumerate_pixels() {
        if before.get_pixel_checked(x, y) != Some(pixel) {
            let [left, top, right, bottom] = found.unwrap_or([x, y, x, y]);
            found = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
        }
    }
    found
}

/// By how much each sample of a block changes: the mean over the pixels that it stands for.
fn difference(pictures: (&RgbaImage, &RgbaImage), share: [f32; 3], place: At) -> [f32; BLOCK] {
    mean(pictures, place, |_, old, new| {
        let channels = old.0.iter().zip(new.0).zip(share);
        channels.map(|((old, new), share)| share * (f32::from(new) - f32::from(*old))).sum()
    })
}

/// The same where a plane stands for an ink, which the pixels before do not tell: `old` is what the samples were.
fn inked(
    pictures: (&RgbaImage, &RgbaImage),
    old: &[f32; BLOCK],
    ink: &dyn Fn(&Rgba<u8>) -> f32,
    place: At,
) -> [f32; BLOCK] {
    mean(pictures, place, |index, before, after| {
        let old = old.get(index).copied().unwrap_or_default();
        if before == after { 0.0 } else { ink(after) - old }
    })
}

/// A block of a plane, and how many pixels each of its samples stands for: across and down.
type At = ((usize, usize), (usize, usize));

/// For each sample of a block the mean of what `of` says of the pixels that it stands for, before and after.
#[expect(clippy::as_conversions, reason = "a number of pixels as a divisor")]
fn mean(
    (before, after): (&RgbaImage, &RgbaImage),
    ((bx, by), (x_scale, y_scale)): At,
    of: impl Fn(usize, &Rgba<u8>, &Rgba<u8>) -> f32,
) -> [f32; BLOCK] {
    let mut block = [0.0; BLOCK];
    for (index, sample) in block.iter_mut().enumerate() {
        let x = bx.saturating_mul(8).saturating_add(index % 8).saturating_mul(x_scale);
        let y = by.saturating_mul(8).saturating_add(index / 8).saturating_mul(y_scale);
        let (mut sum, mut n) = (0.0_f32, 0_usize);
        for y in y..y.saturating_add(y_scale) {
            for x in x..x.saturating_add(x_scale) {
                let place = (u32::try_from(x).unwrap_or(u32::MAX), u32::try_from(y).unwrap_or(u32::MAX));
                let old = before.get_pixel_checked(place.0, place.1);
                let Some((old, new)) = old.zip(after.get_pixel_checked(place.0, place.1)) else { continue };
                n = n.saturating_add(1);
                sum += of(index, old, new);
            }
        }
        *sample = if n == 0 { 0.0 } else { sum / n as f32 };
    }
    block
}

/// What a pixel leaves white of each of four inks: gray is black ink alone.
fn ink(pixel: &Rgba<u8>, plane: usize) -> f32 {
    let [red, green, blue, _] = pixel.0;
    let most = red.max(green).max(blue);
    match [red, green, blue].get(plane) {
        None => f32::from(most),
        Some(_) if most == 0 => 255.0,
        Some(channel) => f32::from(*channel) * 255.0 / f32::from(most),
    }
}

/// The same where the first three became brightness and two for what differs from gray. What became of them is the ink itself.
fn turned_ink(pixel: &Rgba<u8>, plane: usize) -> f32 {
    let Some(share) = YCBCR.get(plane) else { return ink(pixel, plane) };
    let middle = if plane == 0 { 0.0 } else { 128.0 };
    share.iter().enumerate().map(|(channel, share)| share * (255.0 - ink(pixel, channel))).sum::<f32>() + middle
}

/// The samples of a block, as a decoder makes them of its numbers.
fn samples(plane: &Plane, (bx, by): (usize, usize), cosines: &[[f32; 8]; 8], table: &[u16; BLOCK]) -> [f32; BLOCK] {
    let index = by.saturating_mul(plane.stride).saturating_add(bx);
    let mut waves = [0.0; BLOCK];
    let numbers = plane.blocks.get(index).copied().unwrap_or([0; BLOCK]);
    for ((number, place), step) in numbers.iter().zip(ZIGZAG).zip(table) {
        if let Some(wave) = waves.get_mut(place) {
            *wave = f32::from(*number) * f32::from((*step).max(1));
        }
    }
    let mut turned = [[0.0; 8]; 8];
    for (u, row) in cosines.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            if let Some(place) = turned.get_mut(x).and_then(|row| row.get_mut(u)) {
                *place = *value;
            }
        }
    }
    forward(&waves, &turned).map(|sample| (sample + 128.0).clamp(0.0, 255.0))
}

/// The cosines of the transform: for each frequency its value at each of the eight places.
#[expect(clippy::as_conversions, reason = "numbers below eight")]
fn cosines() -> [[f32; 8]; 8] {
    let mut table = [[0.0; 8]; 8];
    for (u, row) in table.iter_mut().enumerate() {
        let norm = if u == 0 { (1.0_f32 / 8.0).sqrt() } else { 0.5 };
        for (x, value) in row.iter_mut().enumerate() {
            *value = norm * ((2.0 * x as f32 + 1.0) * u as f32 * PI / 16.0).cos();
        }
    }
    table
}

/// The transform of a block, in the order of its lines.
fn forward(block: &[f32; BLOCK], cosines: &[[f32; 8]; 8]) -> [f32; BLOCK] {
    let along = |values: &[f32; BLOCK]| {
        let mut out = [0.0; BLOCK];
        for (index, value) in out.iter_mut().enumerate() {
            // The result is turned, so that a second time does the other direction.
            let (line, u) = (index % 8, index / 8);
            let row = values.iter().skip(line.saturating_mul(8)).take(8);
            let waves = cosines.get(u).into_iter().flatten();
            *value = row.zip(waves).map(|(sample, wave)| sample * wave).sum();
        }
        out
    };
    along(&along(block))
}

/// Adds a change to the numbers of a block.
#[expect(clippy::as_conversions, reason = "a number within the range of a block; `as` saturates")]
fn add(plane: &mut Plane, (bx, by): (usize, usize), change: &[f32; BLOCK], table: &[u16; BLOCK]) {
    let index = by.saturating_mul(plane.stride).saturating_add(bx);
    let Some(block) = plane.blocks.get_mut(index).filter(|_| bx < plane.stride) else { return };
    for ((number, place), step) in block.iter_mut().zip(ZIGZAG).zip(table) {
        let step = f32::from((*step).max(1));
        let change = change.get(place).copied().unwrap_or_default();
        let new = (f32::from(*number) + change / step).round();
        *number = new.clamp(-MOST, MOST) as i16;
    }
}
