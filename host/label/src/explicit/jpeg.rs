//! A JPEG that is drawn on without being encoded anew: it keeps its tables and its sampling, and only the blocks beneath the mark get
//! other numbers (ISO/IEC 10918-1).

mod bits;
mod decode;
mod encode;
mod huffman;
mod transform;

use huffman::Codes;
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

/// What the planes stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colors {
    /// Brightness, and two for what differs from gray; of a gray picture the first alone.
    YCbCr,
    Rgb,
    /// Four inks, each stored as what is left of white: 255 where there is none of it.
    Cmyk,
    /// The same inks, of which the first three became brightness and two for what differs from gray.
    Ycck,
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
    /// The codes that scans have for the first numbers of the first plane and of the others, then for all other numbers of these. A
    /// picture is written with its own, where it has one kind of each.
    codes: [Vec<Codes>; 4],
    colors: Colors,
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
                assert!(same.len().abs_diff(old.len()) * 100 <= old.len(), "{quality}: its own codes are kept");
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

    /// A picture of four colors, all of them the same; what they are stands in a segment of Adobe, where there is one.
    fn four_colors(kind: Option<u8>) -> Vec<u8> {
        let mut numbers =
            decode::decode(&file(&DynamicImage::ImageLuma8(DynamicImage::from(picture()).to_luma8()), 90)).unwrap();
        let at = numbers.head.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        let size = numbers.head[at + 5..at + 9].to_vec();
        let parts: Vec<u8> = (1..=4).flat_map(|id| [id, 0x11, 0]).collect();
        let frame = [&[0xFF, 0xC0, 0, 20, 8], size.as_slice(), &[4], &parts].concat();
        numbers.head.splice(at..at + 13, frame);
        if let Some(kind) = kind {
            numbers.head.extend([b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0".as_slice(), &[kind]].concat());
        }
        let gray = numbers.planes.remove(0);
        numbers.planes =
            (1..=4).map(|id| Plane { id, across: 1, down: 1, blocks: gray.blocks.clone(), ..gray }).collect();
        encode::encode(&numbers)
    }

    #[test]
    fn inks_are_drawn_on_like_other_colors() {
        for kind in [0, 2] {
            let old = four_colors(Some(kind));
            let before = pixels(&old);
            let mut after = before.clone();
            for y in 96..120 {
                for x in 48..96 {
                    let value = if x < 72 { 255 } else { 0 };
                    after.put_pixel(x, y, image::Rgba([value, value, value, 255]));
                }
            }
            let now = pixels(&redrawn(&old, &before, &after).unwrap());
            for (x, y, pixel) in now.enumerate_pixels() {
                let is_within = (48..96).contains(&x) && (96..120).contains(&y);
                let near = |one: u8, other: u8| one.abs_diff(other) <= if is_within { 12 } else { 0 };
                let wanted = after.get_pixel(x, y);
                assert!(
                    pixel.0.iter().zip(wanted.0).all(|(one, other)| near(*one, other)),
                    "{kind} {x} {y}: {pixel:?}"
                );
            }
        }
        let unknown = four_colors(None);
        let before = pixels(&unknown);
        assert!(redrawn(&unknown, &before, &before).unwrap_err().contains("does not say which"));
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
