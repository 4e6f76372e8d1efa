//! A JPEG that is drawn on without being encoded anew: it keeps its tables and its sampling, and only the blocks beneath the mark get
//! other numbers (ISO/IEC 10918-1).

mod bits;
mod decode;
mod encode;
mod huffman;
mod transform;

use image::RgbaImage;

/// How many numbers a block has.
const BLOCK: usize = 64;

/// Blocks of one color, each as its numbers in the order of the zigzag.
struct Plane {
    id: u8,
    /// How many blocks of it stand beside and below each other in one unit.
    across: usize,
    down: usize,
    /// Which table its numbers were divided by.
    table: usize,
    /// How many blocks a line has with the filling of the last unit, and how many there are without it.
    stride: usize,
    wide: usize,
    high: usize,
    blocks: Vec<[i16; BLOCK]>,
}

/// A picture as the numbers that stand in its file.
struct Numbers {
    planes: Vec<Plane>,
    /// How many blocks the finest plane has in a unit, across and down.
    most: (usize, usize),
    /// How many units there are.
    units: (usize, usize),
    /// What numbers are divided by, in the order of the zigzag.
    tables: [[u16; BLOCK]; 4],
    is_progressive: bool,
    /// Whether the planes are red, green and blue.
    is_rgb: bool,
    /// What stands before the picture, and behind its end.
    head: Vec<u8>,
    tail: Vec<u8>,
}

/// The file of `before` with the pixels of `after`. Both are as they are stored, not as they are shown.
///
/// What cannot be changed in this way is named in a sentence.
pub(super) fn redrawn(file: &[u8], before: &RgbaImage, after: &RgbaImage) -> Result<Vec<u8>, String> {
    let mut numbers = decode::decode(file)?;
    transform::redraw(&mut numbers, before, after)?;
    Ok(encode::encode(&numbers))
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, Rgb, RgbImage};

    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(203, 141, |x, y| Rgb([(x * 255 / 203) as u8, ((x * y) % 251) as u8, (y * 255 / 141) as u8]))
    }

    fn file(picture: &DynamicImage, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
        bytes
    }

    fn pixels(file: &[u8]) -> RgbaImage {
        image::load_from_memory(file).unwrap().to_rgba8()
    }

    #[test]
    fn what_is_not_drawn_on_stays_to_the_last_bit() {
        for plain in
            [DynamicImage::ImageRgb8(picture()), DynamicImage::ImageLuma8(DynamicImage::from(picture()).to_luma8())]
        {
            for quality in [40, 75, 95] {
                let old = file(&plain, quality);
                let before = pixels(&old);
                let same = redrawn(&old, &before, &before).unwrap();
                assert_eq!(pixels(&same), before, "{quality}");
                let mut after = before.clone();
                for y in 100..120 {
                    for x in 50..90 {
                        after.put_pixel(x, y, image::Rgba([255; 4]));
                    }
                }
                let new = redrawn(&old, &before, &after).unwrap();
                let now = pixels(&new);
                let is_far = |x: u32, y: u32| x + 16 < 48 || x >= 96 + 16 || y + 16 < 96 || y >= 120 + 16;
                let changed = now.enumerate_pixels().filter(|(x, y, pixel)| before.get_pixel(*x, *y) != *pixel);
                assert!(changed.into_iter().all(|(x, y, _)| !is_far(x, y)), "{quality}");
                assert!(
                    now.get_pixel(70, 110).0[..3].iter().all(|channel| *channel > 225),
                    "{:?}",
                    now.get_pixel(70, 110)
                );
                assert!(new.len() * 100 <= old.len() * 105, "{quality}: {} of {}", new.len(), old.len());
            }
        }
    }

    #[test]
    fn damaged_files_are_refused_or_read_and_never_make_it_fall() {
        let old = file(&DynamicImage::ImageRgb8(picture()), 75);
        let before = pixels(&old);
        for at in (2..old.len()).step_by(7) {
            let mut damaged = old.clone();
            damaged[at] ^= 0x55;
            let _ = redrawn(&damaged, &before, &before);
            let _ = redrawn(&old[..at], &before, &before);
        }
    }
}
