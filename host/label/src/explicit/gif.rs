//! A mark on every frame of a GIF: only the pixels beneath it change, and times, colors and everything else stay.

use std::io::{Read, Seek};

use image::RgbaImage;
use weezl::BitOrder;

use super::Wording;
use super::image::{Corner, LEAST_CONTRAST, contrast, luminance};
use super::picture::MarkError;
use super::plate::{Area, Budget, INK, bounded, in_corner};
use crate::container::{Container, GifFrame, gif_first_frame, gif_frames};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::MAX_PICTURE;
use crate::source::{Source, wide};

/// The most colors of a table.
const MAX_COLORS: usize = 256;

/// A GIF with the mark in a corner of each frame, on a plate: the changes, to be carried out on it.
///
/// # Errors
///
/// If the same mark stands there already and was not asked for `again`, if the table of colors of a frame has neither room for the mark
/// nor two colors in which it can be read, or if the file is damaged or too large.
pub fn in_gif<R: Read + Seek>(
    source: &mut R,
    wording: &Wording,
    corner: Corner,
    again: bool,
) -> Result<Edits, MarkError> {
    let mut source = Source::new(source, Container::Gif)?;
    let (size, frames) = gif_frames(&mut source)?;
    if frames.is_empty() {
        return Err(source.broken(0, "the picture has no frame", "restore the file from its source").into());
    }
    bounded(size.0, size.1)?;
    let (plate, area) = in_corner(wording, corner, size)?;
    let mut budget = Budget::new(Container::Gif);
    frames.iter().try_for_each(|frame| budget.spend(place_in(frame).around(area)))?;
    let mut edits = Edits::default();
    let mut n_same = 0_usize;
    for frame in &frames {
        let done = redrawn(&mut source, frame, (&plate, area))?;
        n_same = n_same.saturating_add(usize::from(done.is_same));
        edits.replace(frame.from, frame.to, done.bytes);
        if edits.n_new() > wide(MAX_PICTURE) {
            return Err(LabelError::too_large(Container::Gif, "the picture", MAX_PICTURE).into());
        }
    }
    if n_same == frames.len() && !again {
        return Err(MarkError::Already);
    }
    Ok(edits)
}

/// A frame with the mark on it.
struct Done {
    bytes: Vec<u8>,
    /// Whether the mark was there before.
    is_same: bool,
}

fn redrawn(source: &mut Source<'_>, frame: &GifFrame, (plate, area): (&RgbaImage, Area)) -> Result<Done, MarkError> {
    let all = place_in(frame).around(area);
    let inked = Inked::of(source, frame, all)?.ok_or_else(no_room)?;
    let is_same = inked.has(plate, area);
    let Inked { own, pixels, colors, transparent, ink } = inked;
    let mut new = vec![transparent.unwrap_or_default(); usize::try_from(all.n_pixels()).unwrap_or_default()];
    for (index, pixel) in (0_u32..).zip(&pixels) {
        let x = own.left.saturating_add(index.checked_rem(own.width).unwrap_or_default());
        let y = own.top.saturating_add(index.checked_div(own.width).unwrap_or_default());
        if let Some(place) = all.index(x, y).and_then(|index| new.get_mut(index)) {
            *place = *pixel;
        }
    }
    for (index, color) in dots(plate, area, all, ink) {
        if let Some(place) = new.get_mut(index) {
            *place = color;
        }
    }
    Ok(Done { bytes: written(frame, all, &new, (&colors, transparent))?, is_same })
}

/// The pixels of the plate within a stretch: each with its place there, and with the ink that it has.
fn dots(plate: &RgbaImage, area: Area, within: Area, [black, white]: [u8; 2]) -> impl Iterator<Item = (usize, u8)> {
    plate.enumerate_pixels().filter_map(move |(x, y, pixel)| {
        let index = within.index(area.left.saturating_add(x), area.top.saturating_add(y))?;
        let is_stroke = pixel.0.first().is_some_and(|value| *value >= INK);
        Some((index, if is_stroke { white } else { black }))
    })
}

/// The pixels of a frame, with the colors that a mark on it has.
struct Inked {
    own: Area,
    pixels: Vec<u8>,
    colors: Vec<[u8; 3]>,
    transparent: Option<u8>,
    ink: [u8; 2],
}

impl Inked {
    /// A frame that will cover `all`; nothing where its table has no room for a mark.
    fn of(source: &mut Source<'_>, frame: &GifFrame, all: Area) -> Result<Option<Self>, MarkError> {
        let own = place_in(frame);
        let pixels = decoded(source, frame, own.n_pixels())?;
        let mut table = Table::of(frame, &pixels);
        if all != own && table.transparent.is_none() {
            let Some(transparent) = table.added([0; 3]) else { return Ok(None) };
            table.transparent = Some(transparent);
        }
        let Some(ink) = table.ink() else { return Ok(None) };
        let Table { colors, transparent, .. } = table;
        Ok(Some(Self { own, pixels, colors, transparent, ink }))
    }

    /// Whether a mark stands here already.
    fn has(&self, plate: &RgbaImage, area: Area) -> bool {
        let color = |place: u8| self.colors.get(usize::from(place));
        self.own.around(area) == self.own
            && dots(plate, area, self.own, self.ink).all(|(index, ink)| {
                let place = self.pixels.get(index).copied();
                place.is_some_and(|place| Some(place) != self.transparent && color(place) == color(ink))
            })
    }
}

/// The first frame, to look for marks on it: that costs the same however many frames follow.
pub(super) struct FirstFrame {
    size: (u32, u32),
    inked: Inked,
}

impl FirstFrame {
    /// Nothing where there is no frame, or where it has no colors for a mark.
    pub(super) fn of<R: Read + Seek>(source: &mut R) -> Result<Option<Self>, MarkError> {
        let mut source = Source::new(source, Container::Gif)?;
        let (size, Some(frame)) = gif_first_frame(&mut source)? else { return Ok(None) };
        bounded(size.0, size.1)?;
        bounded(frame.width, frame.height)?;
        let inked = Inked::of(&mut source, &frame, place_in(&frame))?;
        Ok(inked.map(|inked| Self { size, inked }))
    }

    /// Whether a mark stands in a corner. One that does not fit was not set.
    pub(super) fn has(&self, wording: &Wording, corner: Corner) -> bool {
        in_corner(wording, corner, self.size).is_ok_and(|(plate, area)| self.inked.has(&plate, area))
    }
}

fn place_in(frame: &GifFrame) -> Area {
    Area { left: frame.left, top: frame.top, width: frame.width, height: frame.height }
}

fn no_room() -> LabelError {
    let what = "the table of colors of a frame is full, and no two of them are far enough apart for a mark".to_owned();
    LabelError::Unsupported { container: Container::Gif, what, fix: "save it with fewer colors" }
}

/// The colors of a frame. Those that no pixel has make room for others.
struct Table {
    colors: Vec<[u8; 3]>,
    transparent: Option<u8>,
    is_used: [bool; MAX_COLORS],
}

impl Table {
    fn of(frame: &GifFrame, pixels: &[u8]) -> Self {
        let mut is_used = [false; MAX_COLORS];
        for index in pixels.iter().copied().chain(frame.transparent) {
            if let Some(is_used) = is_used.get_mut(usize::from(index)) {
                *is_used = true;
            }
        }
        Self { colors: frame.colors.to_vec(), transparent: frame.transparent, is_used }
    }

    /// Puts a color into the table, where there is room.
    fn added(&mut self, color: [u8; 3]) -> Option<u8> {
        let index = if self.colors.len() < MAX_COLORS {
            self.colors.push(color);
            self.colors.len().checked_sub(1)?
        } else {
            let index = self.is_used.iter().position(|is_used| !is_used)?;
            *self.colors.get_mut(index)? = color;
            index
        };
        *self.is_used.get_mut(index)? = true;
        u8::try_from(index).ok()
    }

    /// The colors that can be seen, with their places.
    fn visible(&self) -> impl Iterator<Item = (u8, [u8; 3])> {
        let places = (0..=u8::MAX).zip(&self.colors);
        places.filter(|(index, _)| Some(*index) != self.transparent).map(|(index, color)| (index, *color))
    }

    fn place_of(&mut self, color: [u8; 3]) -> Option<u8> {
        let found = self.visible().find(|(_, known)| *known == color).map(|(index, _)| index);
        if let Some(is_used) = found.and_then(|index| self.is_used.get_mut(usize::from(index))) {
            *is_used = true;
        }
        found.or_else(|| self.added(color))
    }

    /// The places of black and white, or in a full table those of the darkest and the lightest color, if a mark in them can be read.
    fn ink(&mut self) -> Option<[u8; 2]> {
        let (black, white) = (self.place_of([0; 3]), self.place_of([255; 3]));
        let light = |(index, color): (u8, [u8; 3])| (luminance(color.map(f64::from)), index);
        let darkest =
            black.or_else(|| self.visible().map(light).min_by(|a, b| a.0.total_cmp(&b.0)).map(|found| found.1));
        let lightest =
            white.or_else(|| self.visible().map(light).max_by(|a, b| a.0.total_cmp(&b.0)).map(|found| found.1));
        let of = |index: u8| Some(luminance(self.colors.get(usize::from(index))?.map(f64::from)));
        let is_legible = contrast(of(lightest?)?, of(darkest?)?) >= LEAST_CONTRAST;
        is_legible.then_some([darkest?, lightest?])
    }
}

/// The pixels of a frame as numbers of colors, line by line.
fn decoded(source: &mut Source<'_>, frame: &GifFrame, n_pixels: u64) -> Result<Vec<u8>, MarkError> {
    let data = frame.data(source)?;
    let mut decoder = weezl::decode::Decoder::new(BitOrder::Lsb, frame.code_size);
    let mut out = vec![0_u8; usize::try_from(n_pixels).unwrap_or_default()];
    let (mut read, mut at) = (0_usize, 0_usize);
    // No more is unpacked than the frame has pixels.
    while at < out.len() {
        let result = decoder.decode_bytes(data.get(read..).unwrap_or_default(), out.get_mut(at..).unwrap_or_default());
        read = read.saturating_add(result.consumed_in);
        at = at.saturating_add(result.consumed_out);
        match result.status {
            Ok(weezl::LzwStatus::Ok) if result.consumed_in > 0 || result.consumed_out > 0 => {}
            Ok(_) => break,
            Err(error) => return Err(MarkError::Pixels(error.to_string())),
        }
    }
    let width = usize::try_from(frame.width).unwrap_or_default();
    if !frame.is_interlaced || width == 0 {
        return Ok(out);
    }
    let height = usize::try_from(frame.height).unwrap_or_default();
    let passes = [(0, 8), (4, 8), (2, 4), (1, 2)].map(|(first, step)| (first..height).step_by(step));
    let mut lines = vec![0_u8; out.len()];
    for (line, row) in out.chunks(width).zip(passes.into_iter().flatten()) {
        let from = row.saturating_mul(width);
        if let Some(place) = lines.get_mut(from..from.saturating_add(line.len())) {
            place.copy_from_slice(line);
        }
    }
    Ok(lines)
}

/// The blocks of a frame: how it is shown, where it stands, its colors, its pixels.
fn written(
    frame: &GifFrame,
    area: Area,
    pixels: &[u8],
    (colors, transparent): (&[[u8; 3]], Option<u8>),
) -> Result<Vec<u8>, MarkError> {
    let short = |n: u32| u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes();
    let bits = colors.len().max(2).next_power_of_two().ilog2().clamp(1, 8);
    let code_size = u8::try_from(bits.max(2)).unwrap_or(8);
    let mut out = vec![0x21, 0xF9, 4];
    out.push((frame.control & !1) | u8::from(transparent.is_some()));
    out.extend(frame.delay);
    out.extend([transparent.unwrap_or_default(), 0, 0x2C]);
    out.extend([short(area.left), short(area.top), short(area.width), short(area.height)].concat());
    out.push(0x80 | u8::try_from(bits.saturating_sub(1)).unwrap_or(7));
    let filled =
        colors.iter().copied().chain(std::iter::repeat([0; 3])).take(1_usize.checked_shl(bits).unwrap_or(MAX_COLORS));
    filled.for_each(|color| out.extend(color));
    out.push(code_size);
    let packed = weezl::encode::Encoder::new(BitOrder::Lsb, code_size).encode(pixels);
    let packed = packed.map_err(|error| MarkError::Pixels(error.to_string()))?;
    for part in packed.chunks(255) {
        out.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        out.extend(part);
    }
    out.push(0);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A picture of three frames: the first whole, the second a part of it, the third with a table of its own and lines out of order.
    fn picture(n_colors: usize) -> Vec<u8> {
        picture_of(n_colors, n_colors, |n| [(n * 3 % 200 + 20) as u8, 90, 60])
    }

    /// The same with other colors, of which the pixels have only so many.
    fn picture_of(n_colors: usize, n_used: usize, color: impl Fn(usize) -> [u8; 3]) -> Vec<u8> {
        let table = |shift: usize| -> Vec<u8> { (0..n_colors).flat_map(|n| color((n + shift) % n_colors)).collect() };
        let bits = n_colors.ilog2() as u8;
        let pack = |pixels: &[u8]| {
            let data = weezl::encode::Encoder::new(BitOrder::Lsb, bits.max(2)).encode(pixels).unwrap();
            let parts = data.chunks(255).flat_map(|part| [&[part.len() as u8], part].concat()).collect::<Vec<u8>>();
            [&[bits.max(2)], parts.as_slice(), &[0]].concat()
        };
        let place = |rest: [u16; 4]| rest.map(u16::to_le_bytes).concat();
        let frame = |area: [u16; 4], flags: u8, own: &[u8]| {
            let pixels: Vec<u8> =
                (0..usize::from(area[2]) * usize::from(area[3])).map(|n| (n % n_used) as u8).collect();
            [b"\x21\xF9\x04\x04\x0A\0\0\0,".as_slice(), &place(area), &[flags], own, &pack(&pixels)].concat()
        };
        let head =
            [b"GIF89a".as_slice(), &200_u16.to_le_bytes(), &120_u16.to_le_bytes(), &[0x80 | (bits - 1), 0, 0]].concat();
        let own = table(9);
        let frames = [
            frame([0, 0, 200, 120], 0, &[]),
            frame([10, 10, 20, 30], 0, &[]),
            frame([0, 0, 200, 120], 0xC0 | (bits - 1), &own),
        ];
        let comment = b"\x21\xFE\x03own\0";
        [head, table(0), frames[0].clone(), comment.to_vec(), frames[1].clone(), frames[2].clone(), b";".to_vec()]
            .concat()
    }

    fn marked(file: &[u8], again: bool) -> Result<Vec<u8>, MarkError> {
        let edits = in_gif(&mut Cursor::new(file), &Wording::default(), Corner::BottomRight, again)?;
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(file), &mut out)?;
        Ok(out)
    }

    #[test]
    fn every_frame_has_the_mark_once_and_keeps_its_time() {
        let full = picture_of(256, 240, |n| [(n * 3 % 200 + 20) as u8, 90, 60]);
        for file in [picture(4), picture(64), picture(128), full] {
            let out = marked(&file, false).unwrap();
            let mut source = Cursor::new(&out);
            let mut source = Source::new(&mut source, Container::Gif).unwrap();
            let (_, frames) = gif_frames(&mut source).unwrap();
            assert_eq!(frames.len(), 3);
            for frame in &frames {
                assert_eq!(frame.delay, [10, 0]);
                assert_eq!((frame.left + frame.width, frame.top + frame.height), (200, 120), "to the corner");
                let area = u64::from(frame.width) * u64::from(frame.height);
                let pixels = decoded(&mut source, frame, area).unwrap();
                let is_white = |pixel: &u8| frame.colors[usize::from(*pixel)] == [255; 3];
                assert!(pixels.iter().filter(|pixel| is_white(pixel)).count() > 50);
            }
            let mut old = Cursor::new(&file);
            let mut old = Source::new(&mut old, Container::Gif).unwrap();
            let (_, before) = gif_frames(&mut old).unwrap();
            // Far from the mark each pixel has the color that it had, lines out of order too.
            for n in [0, 2] {
                let (one, other) =
                    (decoded(&mut old, &before[n], 24_000).unwrap(), decoded(&mut source, &frames[n], 24_000).unwrap());
                for at in 0..200 * 60 {
                    assert_eq!(before[n].colors[usize::from(one[at])], frames[n].colors[usize::from(other[at])]);
                }
            }
            assert!(out.windows(7).any(|window| window == b"\x21\xFE\x03own\0"), "what stands between stays");
            assert!(matches!(marked(&out, false), Err(MarkError::Already)));
            marked(&out, true).unwrap();
        }
    }

    #[test]
    fn the_darkest_and_the_lightest_color_of_a_full_table_are_the_ink() {
        let file = picture_of(256, 256, |n| [(20 + n * 220 / 255) as u8; 3]);
        // The second frame has no room for a color that cannot be seen, which it needs outside of its own area.
        let start = file.windows(2).position(|pair| pair == b"\x21\xFE").unwrap();
        let file = [&file[..start], b";"].concat();
        let out = marked(&file, false).unwrap();
        let mut source = Cursor::new(&out);
        let mut source = Source::new(&mut source, Container::Gif).unwrap();
        let (_, frames) = gif_frames(&mut source).unwrap();
        assert_eq!(frames[0].colors.len(), 256);
        let pixels = decoded(&mut source, &frames[0], 24_000).unwrap();
        let n_of = |color: [u8; 3]| pixels.iter().filter(|at| frames[0].colors[usize::from(**at)] == color).count();
        assert!(n_of([20; 3]) > 400 && n_of([240; 3]) > 150, "{} {}", n_of([20; 3]), n_of([240; 3]));
        assert!(matches!(marked(&out, false), Err(MarkError::Already)));
    }

    #[test]
    fn a_full_table_without_black_or_white_is_refused() {
        assert!(matches!(marked(&picture(256), false), Err(MarkError::File(LabelError::Unsupported { .. }))));
        assert!(marked(b"GIF89a\xC8\0\x90\x01\0\0\0;", false).is_err());
    }
}
