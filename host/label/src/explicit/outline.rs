//! A mark as paths: for pages, which have no pixels.

use ab_glyph::{Font, FontRef, OutlineCurve, Point, PxScale, ScaleFont as _};

use super::Wording;
use super::image::{DrawError, FONT};
use crate::container::Outline;

/// A mark as paths in the operators of PDF, in units of its lowest character's height.
///
/// # Errors
///
/// If a character is missing in the font.
pub(super) fn outline(wording: &Wording) -> Result<Outline, DrawError> {
    let font = FontRef::try_from_slice(FONT).map_err(|_| DrawError::Font)?;
    let scaled = font.as_scaled(PxScale::from(font.height_unscaled()));
    let (mut pen, mut lowest, mut base) = (0.0_f32, f32::MAX, f32::MAX);
    let mut curves: Vec<OutlineCurve> = Vec::new();
    for c in wording.as_str().chars() {
        let id = font.glyph_id(c);
        if id.0 == 0 {
            return Err(DrawError::NoGlyph(c));
        }
        if let Some(glyph) = font.outline(id) {
            let own = |point: Point| Point { x: point.x + pen, y: point.y };
            let (mut bottom, mut top) = (f32::MAX, f32::MIN);
            for curve in glyph.curves {
                let curve = moved(curve, own);
                let ends = ends(&curve);
                bottom = bottom.min(ends[0].y).min(ends[1].y);
                top = top.max(ends[0].y).max(ends[1].y);
                curves.push(curve);
            }
            if c.is_alphanumeric() {
                lowest = lowest.min(top - bottom);
            }
            base = base.min(bottom);
        }
        pen += scaled.h_advance(id);
    }
    let size = lowest.max(1.0);
    let unit = |point: Point| format!("{:.4} {:.4}", point.x / size, (point.y - base) / size);
    let mut paths = String::new();
    let mut at: Option<Point> = None;
    for curve in curves {
        let [from, to] = ends(&curve);
        if at != Some(from) {
            paths.push_str(&format!("{} m\n", unit(from)));
        }
        match curve {
            OutlineCurve::Line(_, to) => paths.push_str(&format!("{} l\n", unit(to))),
            OutlineCurve::Quad(from, by, to) => {
                let third =
                    |end: Point| Point { x: end.x + (by.x - end.x) * 2.0 / 3.0, y: end.y + (by.y - end.y) * 2.0 / 3.0 };
                paths.push_str(&format!("{} {} {} c\n", unit(third(from)), unit(third(to)), unit(to)));
            }
            OutlineCurve::Cubic(_, by, and, to) => {
                paths.push_str(&format!("{} {} {} c\n", unit(by), unit(and), unit(to)));
            }
        }
        at = Some(to);
    }
    Ok(Outline { name: wording.as_str().to_owned(), paths, width: f64::from(pen / size) })
}

fn ends(curve: &OutlineCurve) -> [Point; 2] {
    match curve {
        OutlineCurve::Line(from, to) | OutlineCurve::Quad(from, _, to) | OutlineCurve::Cubic(from, _, _, to) => {
            [*from, *to]
        }
    }
}

fn moved(curve: OutlineCurve, own: impl Fn(Point) -> Point) -> OutlineCurve {
    match curve {
        OutlineCurve::Line(from, to) => OutlineCurve::Line(own(from), own(to)),
        OutlineCurve::Quad(from, by, to) => OutlineCurve::Quad(own(from), own(by), own(to)),
        OutlineCurve::Cubic(from, by, and, to) => OutlineCurve::Cubic(own(from), own(by), own(and), own(to)),
    }
}
