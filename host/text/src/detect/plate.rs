//! Number plates of motor vehicles of mainland China.

use super::context::{self, Kind, Says};
use super::mode::DetectorMode;
use super::number::is_digit;
use super::sight::{Found, Glyph, Reading, Sight};
use crate::table::Class;

/// The one-character names of the provinces, as the view has them.
pub(super) const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// Those of them that are words of their own, or the ends of others, so that a letter often follows: `腾讯云S`, `更新A`.
const COMMON: &str = "云黑新甘吉贵青藏川宁";
/// What the last place of special plates holds.
const ENDINGS: &str = "警学挂港澳领试超";
/// What shows that it is the number of something else: `A12345号楼`, `B12345型`.
const THINGS: [&str; 33] = [
    "号楼", "号院", "号机", "型", "款", "版", "批", "实例", "系列", "机房", "号线", "次列车", "航班", "展位", "楼",
    "室", "号架", "号柜", "号库", "号位", "号仓", "号桌", "号房", "号门", "号厅", "号馆", "号箱", "号铺", "号间",
    "号井", "号杆", "号站", "号窗",
];
/// What shows that it is a plate where the province may be the end of a word.
const VEHICLES: [&str; 6] = ["车主", "的车", "挪车", "车辆", "轿车", "货车"];
/// The most separators between the two parts.
const MAX_JOINT: usize = 3;
/// The most places behind the letter, and one.
const MAX_PLACES: usize = 7;
/// The most letters among the places behind the first (GA 36, 5.10).
const MAX_LETTERS: usize = 2;

/// Plates: province, letter, and five places, or six on plates of electric vehicles (GA 36).
pub(super) fn plate(sight: &Sight, first: usize) -> Reading {
    let province = sight.ch(first)?;
    let letter = first.saturating_add(1);
    let has_letter = sight.at(letter)?.is_some_and(|c| c.class == Class::Ascii && c.ch != 'i');
    if !has_letter || !PROVINCES.contains(province) {
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
    let n_letters = body.iter().filter(|c| !is_digit(c)).count();
    if n_letters > MAX_LETTERS || sight.class(end)?.is_some_and(Class::is_word) {
        return Ok(None);
    }
    let says = context::says(sight, first, Kind::Plate);
    if says == Says::For {
        return Ok(Found::new(first, end.saturating_sub(1)));
    }
    for thing in THINGS {
        if sight.begins(end, thing)? {
            return Ok(None);
        }
    }
    for vehicle in VEHICLES {
        if sight.begins(end, vehicle)? && sight.mode == DetectorMode::Form && says == Says::Nothing {
            return Ok(Found::new(first, end.saturating_sub(1)));
        }
    }
    let is_word = COMMON.contains(province) && sight.class_before(first) == Some(Class::Cjk);
    let counts = says == Says::Nothing && !is_word && sight.mode == DetectorMode::Form;
    Ok(if counts { Found::new(first, end.saturating_sub(1)) } else { None })
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
