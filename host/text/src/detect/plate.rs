//! Number plates of motor vehicles of mainland China.

use std::ops::Range;

use super::Sight;
use super::number;
use crate::table::Class;
use crate::view::ViewChar;

/// The one-character names of the provinces, as the view has them.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// What the last place of special plates holds.
const ENDINGS: &str = "警学挂港澳领试超";
/// The most separators between the two parts.
const MAX_JOINT: usize = 3;

/// Plates: province, letter, and five places, or six on plates of electric vehicles (GA 36).
pub(super) fn plates(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let provinces = chars.iter().enumerate().filter(|(_, c)| c.class == Class::Cjk && PROVINCES.contains(c.ch));
    provinces.filter_map(|(first, _)| plate(chars, first)).collect()
}

fn plate(chars: &[ViewChar], first: usize) -> Option<Range<usize>> {
    let letter = first.checked_add(1)?;
    let authority = number::at(chars, Some(letter))?;
    if authority.class != Class::Ascii || matches!(authority.ch, 'i') {
        return None;
    }
    let after_letter = chars.get(letter.checked_add(1)?..)?;
    let n_joint = after_letter.iter().take_while(|c| is_joint(c)).count();
    let places = after_letter.get(n_joint..).filter(|_| n_joint <= MAX_JOINT)?;
    let n_codes = places.iter().take_while(|c| is_code(c)).count();
    let has_ending = places.get(n_codes).is_some_and(|c| ENDINGS.contains(c.ch));
    let body = places.get(..n_codes)?;
    let n = match n_codes {
        4 if has_ending => 5,
        5 => 5,
        6 if is_electric(body) => 6,
        _ => return None,
    };
    let n_digits = body.iter().filter(|c| c.class == Class::Digit).count();
    let is_alone = !places.get(n).is_some_and(|c| c.class.is_word());
    let last = letter.checked_add(n_joint)?.checked_add(n)?;
    (n_digits >= 2 && is_alone).then(|| number::span(chars, first, last))?
}

/// Plates hold no `I` and no `O`.
fn is_code(c: &ViewChar) -> bool {
    c.class == Class::Digit || (c.class == Class::Ascii && !matches!(c.ch, 'i' | 'o'))
}

/// Six places: a letter first and digits after it, on large vehicles the letter last.
fn is_electric(body: &[ViewChar]) -> bool {
    let is_digit = |c: &ViewChar| c.class == Class::Digit;
    match body {
        [kind, _, rest @ ..] if !is_digit(kind) => rest.iter().all(is_digit),
        [rest @ .., kind] => !is_digit(kind) && rest.iter().all(is_digit),
        [] => false,
    }
}

fn is_joint(c: &ViewChar) -> bool {
    c.class == Class::Space || matches!(c.ch, '·' | '-' | '.' | '_')
}
