//! Number plates of motor vehicles of mainland China.

use super::number::is_digit;
use super::sight::{Found, Glyph, Reading, Sight};
use crate::table::Class;

/// The one-character names of the provinces, as the view has them.
pub(super) const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// What the last place of special plates holds.
const ENDINGS: &str = "警学挂港澳领试超";
/// The most separators between the two parts.
const MAX_JOINT: usize = 3;
/// The most places behind the letter, and one.
const MAX_PLACES: usize = 7;

/// Plates: province, letter, and five places, or six on plates of electric vehicles (GA 36).
pub(super) fn plate(sight: &Sight, first: usize) -> Reading {
    let letter = first.saturating_add(1);
    if !sight.at(letter)?.is_some_and(|c| c.class == Class::Ascii && c.ch != 'i') {
        return Ok(None);
    }
    let after_letter = letter.saturating_add(1);
    let n_joint = sight.run(after_letter, MAX_JOINT, is_joint)?;
    let begin = after_letter.saturating_add(n_joint);
    let n_codes = sight.run(begin, MAX_PLACES, is_code)?;
    let body = sight.part(begin..begin.saturating_add(n_codes));
    let n = match n_codes {
        4 if ENDINGS.contains(sight.ch(begin.saturating_add(n_codes))?) => 5,
        5 => 5,
        6 if is_electric(body) => 6,
        _ => return Ok(None),
    };
    let end = begin.saturating_add(n);
    let n_digits = body.iter().filter(|c| is_digit(c)).count();
    let is_plate = n_digits >= 2 && !sight.class(end)?.is_some_and(Class::is_word);
    Ok(if is_plate { Found::new(first, end.saturating_sub(1)) } else { None })
}

/// Plates hold no `I` and no `O`.
fn is_code(c: &Glyph) -> bool {
    c.class == Class::Digit || (c.class == Class::Ascii && !matches!(c.ch, 'i' | 'o'))
}

/// Six places: a letter first and digits after it, on large vehicles the letter last.
fn is_electric(body: &[Glyph]) -> bool {
    match body {
        [kind, _, rest @ ..] if !is_digit(kind) => rest.iter().all(is_digit),
        [rest @ .., kind] => !is_digit(kind) && rest.iter().all(is_digit),
        [] => false,
    }
}

fn is_joint(c: &Glyph) -> bool {
    c.class == Class::Space || matches!(c.ch, '·' | '-' | '.' | '_')
}
