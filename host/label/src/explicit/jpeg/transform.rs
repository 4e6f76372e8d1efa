//! From pixels to numbers: what was drawn is added to the numbers of the blocks beneath it.

use std::f32::consts::PI;

use image::RgbaImage;

use super::{BLOCK, Numbers, Plane};

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

/// Adds the difference of two pictures to the numbers.
pub(super) fn redraw(numbers: &mut Numbers, before: &RgbaImage, after: &RgbaImage) -> Result<(), String> {
    let Some([left, top, right, bottom]) = changed(before, after) else { return Ok(()) };
    let shares = if numbers.is_rgb { RGB } else { YCBCR };
    let cosines = cosines();
    let (most_across, most_down) = numbers.most;
    for (plane, share) in numbers.planes.iter_mut().zip(shares) {
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
                let difference = difference((before, after), share, (bx, by), (x_scale, y_scale));
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
#[expect(clippy::as_conversions, reason = "a number of pixels as a divisor")]
fn difference(
    (before, after): (&RgbaImage, &RgbaImage),
    share: [f32; 3],
    (bx, by): (usize, usize),
    (x_scale, y_scale): (usize, usize),
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
                for ((old, new), share) in old.0.iter().zip(new.0).zip(share) {
                    sum += share * (f32::from(new) - f32::from(*old));
                }
            }
        }
        *sample = if n == 0 { 0.0 } else { sum / n as f32 };
    }
    block
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
