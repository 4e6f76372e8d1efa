//! A mark on every frame of a WebP that moves. Frames that leave the corner alone stay byte for byte; the others are encoded anew as
//! they were before, with losses or without, and times stay.

use std::io::{Cursor, Read, Seek};

use image::{DynamicImage, ImageFormat, ImageReader, Rgba, RgbaImage, imageops};

use super::Wording;
use super::image::Corner;
use super::picture::{LossyEncoder, MarkError, PictureMark, as_lossy, encoded};
use super::plate::{Area, Budget, bounded, in_corner, shows};
use crate::container::{Container, WebPFrame, riff_resize, webp_first_frame, webp_frames};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::MAX_PICTURE;
use crate::source::{Source, wide};

/// Whether a WebP has frames, for [`in_webp`].
///
/// # Errors
///
/// If the file is damaged or cannot be read.
pub fn is_moving_webp<R: Read + Seek>(source: &mut R) -> Result<bool, LabelError> {
    Ok(webp_frames(&mut Source::new(source, Container::WebP)?)?.is_some())
}

/// A WebP that moves with the mark in a corner of each frame, on a plate: the changes, to be carried out on it.
///
/// # Errors
///
/// If the same mark stands there already and was not asked for `again`, if a frame was encoded with losses and there is nothing that
/// does so, or if the file does not move, is damaged or too large.
pub fn in_webp<R: Read + Seek>(source: &mut R, mark: PictureMark<'_>) -> Result<Edits, MarkError> {
    let mut source = Source::new(source, Container::WebP)?;
    let Some(file) = webp_frames(&mut source)?.filter(|file| !file.frames.is_empty()) else {
        return Err(source.broken(0, "the picture has no frames", "mark it as one picture").into());
    };
    let (width, height) = file.size;
    bounded(width, height)?;
    let (plate, area) = in_corner(mark.wording, mark.corner, file.size)?;
    let mut budget = Budget::new(Container::WebP);
    // Each frame is decoded, and looked at where the mark would stand.
    file.frames.iter().try_for_each(|frame| budget.spend(place_of(frame)).and_then(|()| budget.spend(area)))?;
    let mut canvas = Canvas::new(file.size, plate, area);
    let mut edits = Edits::default();
    let mut n_marked = 0_usize;
    let mut has_alpha = false;
    for frame in &file.frames {
        let (picture, is_lossy) = decoded(&mut source, frame)?;
        let redrawn = canvas.next(frame, &picture);
        n_marked = n_marked.saturating_add(usize::from(shows(&canvas.picture, &canvas.plate, area)));
        if let Some((place, picture)) = redrawn {
            budget.spend(place)?;
            let size = picture.dimensions();
            let (bytes, shines_through) = encoded_frame(picture, mark.lossy, is_lossy)?;
            has_alpha |= shines_through;
            let has_size = ImageReader::with_format(Cursor::new(&bytes), ImageFormat::WebP).into_dimensions()? == size;
            if !has_size {
                return Err(MarkError::Pixels("the encoder gave a frame of another size".to_owned()));
            }
            edits.replace(frame.from, frame.to, frame.with_picture((place.left, place.top), &bytes)?);
        }
        if edits.n_new() > wide(MAX_PICTURE) {
            return Err(LabelError::too_large(Container::WebP, "the picture", MAX_PICTURE).into());
        }
        canvas.leave(frame);
    }
    if n_marked == file.frames.len() && !mark.again {
        return Err(MarkError::Already);
    }
    if has_alpha {
        let (at, flags) = file.flags_with_alpha();
        edits.replace(at, at.saturating_add(1), vec![flags]);
    }
    riff_resize(&mut source, file.end, &mut edits)?;
    Ok(edits)
}

/// The pixels of a frame, and whether they were encoded with losses.
fn decoded(source: &mut Source<'_>, frame: &WebPFrame) -> Result<(RgbaImage, bool), MarkError> {
    let (picture, is_lossy) = frame.picture(source)?;
    let reader = || ImageReader::with_format(Cursor::new(&picture), ImageFormat::WebP);
    if reader().into_dimensions()? != (frame.width, frame.height) {
        let what = "a frame has another size than it states";
        return Err(source.broken(frame.from, what, "restore the file from its source").into());
    }
    Ok((reader().decode()?.to_rgba8(), is_lossy))
}

/// The first frame, to look for marks on it: that costs the same however many frames follow.
pub(super) struct FirstFrame {
    size: (u32, u32),
    own: Area,
    picture: RgbaImage,
}

impl FirstFrame {
    /// Nothing where the file does not move.
    pub(super) fn of<R: Read + Seek>(source: &mut R) -> Result<Option<Self>, MarkError> {
        let mut source = Source::new(source, Container::WebP)?;
        let Some((size, frame)) = webp_first_frame(&mut source)? else { return Ok(None) };
        bounded(size.0, size.1)?;
        bounded(frame.width, frame.height)?;
        let (picture, _) = decoded(&mut source, &frame)?;
        Ok(Some(Self { size, own: place_of(&frame), picture }))
    }

    /// Whether a mark stands in a corner. One that does not fit was not set, and one that is set lies within the first frame.
    pub(super) fn has(&self, wording: &Wording, corner: Corner) -> bool {
        let Ok((plate, area)) = in_corner(wording, corner, self.size) else { return false };
        let (left, top) = (area.left.checked_sub(self.own.left), area.top.checked_sub(self.own.top));
        let within = left.zip(top).map(|(left, top)| Area { left, top, ..area });
        within.is_some_and(|within| shows(&self.picture, &plate, within))
    }
}

/// What people see, frame after frame: without the mark, with where the new file differs from it.
struct Canvas {
    /// As in the old file.
    picture: RgbaImage,
    plate: RgbaImage,
    area: Area,
    /// Where the canvas of the new file is not this one with the plate on it. The next frame has to cover it.
    stale: Option<Area>,
    /// Whether the frame that is shown was drawn anew.
    is_redrawn: bool,
}

impl Canvas {
    fn new((width, height): (u32, u32), plate: RgbaImage, area: Area) -> Self {
        let picture = RgbaImage::new(width, height);
        Self { picture, plate, area, stale: Some(area), is_redrawn: false }
    }

    /// Shows a frame; gives its new place and picture where it cannot stay as it is.
    fn next(&mut self, frame: &WebPFrame, picture: &RgbaImage) -> Option<(Area, RgbaImage)> {
        let (left, top) = (i64::from(frame.left), i64::from(frame.top));
        if frame.replaces {
            imageops::replace(&mut self.picture, picture, left, top);
        } else {
            imageops::overlay(&mut self.picture, picture, left, top);
        }
        let own = place_of(frame);
        let stale = self.stale.take();
        self.is_redrawn = stale.is_some() || own.meets(self.area);
        if !self.is_redrawn {
            return None;
        }
        let mut all = stale.map_or(own, |stale| own.around(stale));
        if all.meets(self.area) {
            all = all.around(self.area);
        }
        // Frames stand at even places.
        let even = Area { left: all.left & !1, top: all.top & !1, ..all };
        let all = even.around(all);
        let mut new = imageops::crop_imm(&self.picture, all.left, all.top, all.width, all.height).to_image();
        if all.meets(self.area) {
            let within = |of: u32, from: u32| i64::from(of.saturating_sub(from));
            let (x, y) = (within(self.area.left, all.left), within(self.area.top, all.top));
            imageops::replace(&mut new, &self.plate, x, y);
        }
        Some((all, new))
    }

    /// Ends the time of a frame. What its old file clears is left to the next frame, where this one was drawn anew.
    fn leave(&mut self, frame: &WebPFrame) {
        if !frame.clears {
            return;
        }
        let own = place_of(frame);
        let empty = RgbaImage::new(own.width, own.height);
        imageops::replace(&mut self.picture, &empty, i64::from(own.left), i64::from(own.top));
        if self.is_redrawn {
            self.stale = Some(own);
        }
    }
}

fn place_of(frame: &WebPFrame) -> Area {
    Area { left: frame.left, top: frame.top, width: frame.width, height: frame.height }
}

/// A picture encoded as its frame was; and whether something shines through it.
fn encoded_frame(
    picture: RgbaImage,
    lossy: Option<LossyEncoder<'_>>,
    is_lossy: bool,
) -> Result<(Vec<u8>, bool), MarkError> {
    let shines_through = picture.pixels().any(|Rgba([.., alpha])| *alpha < 255);
    let picture = DynamicImage::ImageRgba8(picture);
    let picture = if shines_through { picture } else { DynamicImage::ImageRgb8(picture.to_rgb8()) };
    let bytes = if is_lossy { as_lossy(&picture, lossy)? } else { encoded(&picture, ImageFormat::WebP)? };
    Ok((bytes, shines_through))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::riff_chunk;

    const SIZE: (u32, u32) = (200, 120);
    /// One pixel, encoded with losses.
    const LOSSY: &[u8] =
        b"RIFF\"\0\0\0WEBPVP8 \x16\0\0\x000\x01\0\x9d\x01*\x01\0\x01\0\x0e\xc0\xfe%\xa4\0\x03p\0\0\0\0";

    fn three(n: u32) -> Vec<u8> {
        n.to_le_bytes()[..3].to_vec()
    }

    fn frame(area: Area, flags: u8, file: &[u8]) -> Vec<u8> {
        let numbers = [area.left / 2, area.top / 2, area.width - 1, area.height - 1, 70];
        let head: Vec<u8> = numbers.into_iter().flat_map(three).collect();
        riff_chunk(*b"ANMF", &[head.as_slice(), &[flags], &file[12..]].concat())
    }

    fn picture(area: Area, color: [u8; 3], holes: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(area.width, area.height, |x, y| {
            let is_hole = holes > 0 && (x / 4 + y / 4) % holes == 0;
            Rgba([color[0], color[1], (x * 3 + y) as u8, if is_hole { 0 } else { 255 }])
        });
        encoded(&DynamicImage::ImageRgba8(picture), ImageFormat::WebP).unwrap()
    }

    fn file(frames: &[Vec<u8>]) -> Vec<u8> {
        let header = [&[0b0001_0010, 0, 0, 0][..], &three(SIZE.0 - 1), &three(SIZE.1 - 1)].concat();
        let head =
            [b"WEBP".to_vec(), riff_chunk(*b"VP8X", &header), riff_chunk(*b"ANIM", &[0, 0, 0, 0, 3, 0])].concat();
        riff_chunk(*b"RIFF", &[head, frames.concat(), riff_chunk(*b"EXIF", b"own")].concat())
    }

    /// What people see, frame after frame, in pixels that are there or are not.
    fn shown(file: &[u8]) -> Vec<Vec<Option<[u8; 3]>>> {
        let mut cursor = Cursor::new(file);
        let mut source = Source::new(&mut cursor, Container::WebP).unwrap();
        let frames = webp_frames(&mut source).unwrap().unwrap().frames;
        let mut canvas = vec![None; (SIZE.0 * SIZE.1) as usize];
        let mut all = Vec::new();
        for frame in frames {
            let (picture, _) = frame.picture(&mut source).unwrap();
            let picture = image::load_from_memory(&picture).unwrap().to_rgba8();
            for (x, y, pixel) in picture.enumerate_pixels() {
                let place = &mut canvas[((y + frame.top) * SIZE.0 + x + frame.left) as usize];
                let [r, g, b, a] = pixel.0;
                assert!(a == 0 || a == 255);
                *place = (a == 255).then_some([r, g, b]).or(place.filter(|_| !frame.replaces));
            }
            all.push(canvas.clone());
            for at in (0..SIZE.0 * SIZE.1).filter(|_| frame.clears) {
                if place_of(&frame).index(at % SIZE.0, at / SIZE.0).is_some() {
                    canvas[at as usize] = None;
                }
            }
        }
        all
    }

    fn marked(file: &[u8], corner: Corner, again: bool, lossy: Option<LossyEncoder<'_>>) -> Result<Vec<u8>, MarkError> {
        let wording = Wording::default();
        let edits = in_webp(&mut Cursor::new(file), PictureMark { wording: &wording, corner, again, lossy })?;
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(file), &mut out)?;
        Ok(out)
    }

    /// Frames that are laid over others, that take their place, that clear theirs, with holes and without.
    fn moving() -> (Vec<u8>, Vec<u8>) {
        let area = |left, top, width, height| Area { left, top, width, height };
        let whole = area(0, 0, SIZE.0, SIZE.1);
        let (far, near) = (area(10, 10, 20, 31), area(150, 80, 49, 39));
        let untouched = frame(far, 0, &picture(far, [200, 20, 0], 3));
        let of = |area, flags, color, holes| frame(area, flags, &picture(area, color, holes));
        let frames = [
            of(whole, 0, [10, 90, 0], 0),
            untouched.clone(),
            of(near, REPLACES, [90, 90, 0], 2),
            of(near, CLEARS, [250, 90, 0], 0),
            of(far, 0, [0, 0, 0], 0),
            of(whole, REPLACES | CLEARS, [60, 0, 0], 5),
            of(far, REPLACES, [0, 200, 0], 2),
            of(far, REPLACES | CLEARS, [0, 250, 0], 2),
            of(area(100, 4, 2, 2), 0, [1, 1, 1], 0),
        ];
        (file(&frames), untouched)
    }

    const CLEARS: u8 = 1;
    const REPLACES: u8 = 2;

    #[test]
    fn every_frame_shows_the_mark_and_is_as_before_elsewhere() {
        let (old, untouched) = moving();
        for corner in [Corner::BottomRight, Corner::TopLeft] {
            let new = marked(&old, corner, false, None).unwrap();
            let (plate, area) = in_corner(&Wording::default(), corner, SIZE).unwrap();
            let (before, after) = (shown(&old), shown(&new));
            assert_eq!(before.len(), after.len());
            for (n, (before, after)) in before.iter().zip(&after).enumerate() {
                for at in 0..SIZE.0 * SIZE.1 {
                    let (x, y) = (at % SIZE.0, at / SIZE.0);
                    let wanted = area.index(x, y).map(|index| {
                        let [r, g, b, _] = plate.get_pixel(index as u32 % area.width, index as u32 / area.width).0;
                        [r, g, b]
                    });
                    assert_eq!(after[at as usize], wanted.or(before[at as usize]), "frame {n} at {x}, {y}");
                }
            }
            let has = |part: &[u8]| new.windows(part.len()).any(|window| window == part);
            assert!(has(&riff_chunk(*b"EXIF", b"own")) && has(&riff_chunk(*b"ANIM", &[0, 0, 0, 0, 3, 0])));
            assert!(corner == Corner::TopLeft || has(&untouched), "a frame that leaves the corner alone stays");
            assert!(new.windows(3).filter(|window| window == &[70, 0, 0]).count() >= 9, "times stay");
            assert!(matches!(marked(&new, corner, false, None), Err(MarkError::Already)));
            assert_eq!(shown(&marked(&new, corner, true, None).unwrap()), after);
        }
    }

    #[test]
    fn a_frame_with_losses_is_encoded_with_losses_or_refused() {
        let whole = Area { left: 0, top: 0, width: SIZE.0, height: SIZE.1 };
        let one = Area { left: 196, top: 116, width: 1, height: 1 };
        let old = file(&[frame(whole, 0, &picture(whole, [9, 9, 0], 0)), frame(one, 0, LOSSY)]);
        let refused = marked(&old, Corner::BottomRight, false, None);
        assert!(matches!(refused, Err(MarkError::File(LabelError::Unsupported { .. }))));
        let n_calls = std::cell::Cell::new(0);
        let encoder = |png: &[u8]| {
            n_calls.set(n_calls.get() + 1);
            encoded(&image::load_from_memory(png).unwrap(), ImageFormat::WebP).map_err(|error| error.to_string())
        };
        let new = marked(&old, Corner::BottomRight, false, Some(&encoder)).unwrap();
        assert_eq!((n_calls.get(), shown(&new).len()), (1, 2), "the frame without losses keeps without");
        let other = |_: &[u8]| Ok(LOSSY.to_vec());
        assert!(marked(&old, Corner::BottomRight, false, Some(&other)).is_err(), "an encoder must keep the size");
        // Where the corner is not touched, nothing has to be encoded.
        assert!(marked(&old, Corner::TopLeft, false, None).is_ok());
    }

    #[test]
    fn frames_that_are_damaged_or_too_many_are_refused() {
        let whole = Area { left: 0, top: 0, width: SIZE.0, height: SIZE.1 };
        let good = picture(whole, [9, 9, 0], 0);
        let outside = frame(Area { left: 2, ..whole }, 0, &good);
        let other_size = frame(Area { width: 100, ..whole }, 0, &good);
        for frames in [vec![], vec![outside], vec![other_size], vec![frame(whole, 0, &[0; 12])]] {
            let refused = marked(&file(&frames), Corner::TopLeft, false, None);
            assert!(matches!(refused, Err(MarkError::File(LabelError::Broken(_)))), "{refused:?}");
        }
        assert!(!is_moving_webp(&mut Cursor::new(good)).unwrap());
        assert!(is_moving_webp(&mut Cursor::new(file(&[]))).unwrap());
    }
}
