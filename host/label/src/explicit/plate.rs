//! The plate with the mark that stands on every frame of a picture that moves, and the bounds of such pictures.

use image::RgbaImage;

use super::image::{Corner, DrawError, line_on_plate};
use super::picture::MarkError;
use super::{Wording, least_height};
use crate::container::Container;
use crate::error::LabelError;
use crate::limits::{MAX_FRAME_PIXELS, MAX_PIXELS};

/// From this value on a pixel of the plate is a stroke.
pub(super) const INK: u8 = 128;
/// How far a channel of a pixel may be from the plate after it was encoded with losses.
const NEAR: u8 = 64;
/// How many of the pixels of the plate have to be as they were drawn, in hundredths.
const ENOUGH: usize = 90;

/// A stretch of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    fn right(self) -> u32 {
        self.left.saturating_add(self.width)
    }

    fn bottom(self) -> u32 {
        self.top.saturating_add(self.height)
    }

    /// The smallest stretch with both in it.
    pub(super) fn around(self, other: Self) -> Self {
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self { left, top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
    }

    /// Whether the two have pixels in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.left < other.right() && other.left < self.right() && self.top < other.bottom() && other.top < self.bottom()
    }

    pub(super) fn n_pixels(self) -> u64 {
        u64::from(self.width).saturating_mul(u64::from(self.height))
    }

    /// Where a place of the whole picture stands in the pixels of this stretch.
    pub(super) fn index(self, x: u32, y: u32) -> Option<usize> {
        let (x, y) = (x.checked_sub(self.left)?, y.checked_sub(self.top)?);
        let is_within = x < self.width && y < self.height;
        let index = u64::from(y).checked_mul(u64::from(self.width))?.checked_add(u64::from(x))?;
        usize::try_from(index).ok().filter(|_| is_within)
    }
}

/// The plate for a picture of this size, and where it stands.
pub(super) fn in_corner(
    wording: &Wording,
    corner: Corner,
    (width, height): (u32, u32),
) -> Result<(RgbaImage, Area), DrawError> {
    let plate = line_on_plate(wording, least_height(width, height), width)?;
    let (own_width, own_height) = plate.dimensions();
    if own_width > width || own_height > height {
        return Err(DrawError::TooNarrow { needed: own_width, width });
    }
    let (right, bottom) = (width.saturating_sub(own_width), height.saturating_sub(own_height));
    let (left, top) = match corner {
        Corner::TopLeft => (0, 0),
        Corner::TopRight => (right, 0),
        Corner::BottomLeft => (0, bottom),
        Corner::BottomRight => (right, bottom),
    };
    Ok((plate, Area { left, top, width: own_width, height: own_height }))
}

/// Whether a picture shows the plate: its strokes, and what is around them.
pub(super) fn shows(picture: &RgbaImage, plate: &RgbaImage, area: Area) -> bool {
    let (mut n, mut n_near) = ([0_usize; 2], [0_usize; 2]);
    for (x, y, wanted) in plate.enumerate_pixels() {
        let (x, y) = (area.left.saturating_add(x), area.top.saturating_add(y));
        let Some(pixel) = picture.get_pixel_checked(x, y) else { return false };
        let is_near = pixel.0.iter().zip(wanted.0).all(|(one, other)| one.abs_diff(other) <= NEAR);
        let is_stroke = usize::from(wanted.0.first().is_some_and(|value| *value >= INK));
        if let (Some(n), Some(n_near)) = (n.get_mut(is_stroke), n_near.get_mut(is_stroke)) {
            *n = n.saturating_add(1);
            *n_near = n_near.saturating_add(usize::from(is_near));
        }
    }
    n.iter().zip(n_near).all(|(n, near)| near.saturating_mul(100) >= n.saturating_mul(ENOUGH))
}

/// Refuses a picture or a frame of too many pixels.
pub(super) fn bounded(width: u32, height: u32) -> Result<(), DrawError> {
    if u64::from(width).saturating_mul(u64::from(height)) > MAX_PIXELS {
        return Err(DrawError::TooManyPixels { width, height });
    }
    Ok(())
}

/// How many pixels of a picture that moves may still be worked on.
pub(super) struct Budget {
    container: Container,
    left: u64,
}

impl Budget {
    pub(super) fn new(container: Container) -> Self {
        Self { container, left: MAX_FRAME_PIXELS }
    }

    /// Takes the pixels of a stretch. Refuses one that is too large, and what is too much with all before it.
    pub(super) fn spend(&mut self, area: Area) -> Result<(), MarkError> {
        bounded(area.width, area.height)?;
        let left = self.left.checked_sub(area.n_pixels());
        self.left = left.ok_or_else(|| LabelError::Unsupported {
            container: self.container,
            what: format!("its frames have more than {MAX_FRAME_PIXELS} pixels together"),
            fix: "scale it down, or cut it shorter",
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_meet_where_they_have_pixels_in_common() {
        let area = |left, top, width, height| Area { left, top, width, height };
        let one = area(2, 2, 4, 4);
        for (other, meets) in
            [(area(6, 2, 4, 4), false), (area(5, 5, 1, 1), true), (area(0, 0, 2, 9), false), (area(0, 0, 9, 9), true)]
        {
            assert_eq!((one.meets(other), other.meets(one)), (meets, meets), "{other:?}");
        }
        assert_eq!(one.around(area(8, 0, 1, 1)), area(2, 0, 7, 6));
    }

    #[test]
    fn frames_are_bounded_each_and_together() {
        let of = |n: usize, side: u32| {
            let mut budget = Budget::new(Container::Gif);
            (0..n).try_for_each(|_| budget.spend(Area { left: 0, top: 0, width: side, height: side }))
        };
        assert!(of(40, 10_000).is_ok() && of(1000, 1000).is_ok());
        assert!(matches!(of(1, 10_001), Err(MarkError::Draw(DrawError::TooManyPixels { .. }))));
        assert!(matches!(of(41, 10_000), Err(MarkError::File(LabelError::Unsupported { .. }))));
    }
}
