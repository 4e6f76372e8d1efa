//! Postal addresses as they are written in Chinese: from the large to the small.

use std::ops::Range;

use super::Sight;
use super::number;
use crate::table::Class;
use crate::view::ViewChar;

/// What a street or a compound ends with, right before its number.
const ROADS: [&str; 20] = [
    "大道", "大街", "胡同", "公寓", "小区", "花园", "家园", "新村", "路", "街", "道", "巷", "里", "园", "苑", "村",
    "弄", "镇", "庄", "屯",
];
/// What follows the number of a house.
const HOUSES: [&str; 7] = ["号楼", "号院", "号", "栋", "幢", "弄", "座"];
/// What follows the numbers inside a house.
const ROOMS: [&str; 9] = ["单元", "号楼", "室", "楼", "层", "栋", "幢", "座", "号"];
/// What a district of any size ends with.
const DISTRICTS: &str = "省市区县州盟旗镇乡";
/// Provinces, as one starts an address with them.
const PROVINCES: [&str; 34] = [
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古",
    "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
];
/// Words that announce an address.
const CUES: [&str; 8] = ["地址", "住址", "住在", "家住", "寄到", "寄往", "送到", "收货"];
/// Characters that end a sentence's own words before a district: `我住在深圳市`.
const NOT_NAMES: &str = "在住到是寄送往来至的你我他她";
/// How far to the left an address is followed, in characters of the view.
const MAX_LEFT: usize = 40;
/// How many characters a district's name has before its ending.
const MAX_NAME: usize = 4;
/// How many characters the number of a house has.
const MAX_NUMERALS: usize = 5;
/// How many numbers inside a house are read.
const MAX_ROOMS: usize = 5;

/// Addresses: a street or compound with the number of a house, and with it a district before, a room behind, or a word
/// that announces an address. A street and a number alone are a public place.
pub(super) fn addresses(sight: &Sight) -> Vec<Range<usize>> {
    let chars = sight.chars;
    let mut found: Vec<Range<usize>> = Vec::new();
    for place in 0..chars.len() {
        let is_number =
            is_numeral(chars, place) && !place.checked_sub(1).is_some_and(|before| is_numeral(chars, before));
        let is_past = found.last().is_none_or(|last| chars.get(place).is_some_and(|c| c.start >= last.end));
        if is_number && is_past {
            found.extend(address(chars, place));
        }
    }
    found
}

/// The address whose number of a house begins at `place`.
fn address(chars: &[ViewChar], place: usize) -> Option<Range<usize>> {
    let road_end = skip_space_back(chars, place);
    let road = ROADS.iter().find(|road| ends(chars, road_end, road))?;
    let mut end = unit(chars, place, &HOUSES)?;
    if number::at(chars, Some(end)).is_some_and(|c| matches!(c.ch, '线' | '文' | '令')) {
        // 一号线, 第五号文件: not a house.
        return None;
    }
    let mut n_rooms = 0_usize;
    while n_rooms < MAX_ROOMS {
        let next = skip_joint(chars, end);
        match unit(chars, next, &ROOMS).or_else(|| bare_room(chars, next)) {
            Some(after) => end = after,
            None => break,
        }
        n_rooms = n_rooms.saturating_add(1);
    }
    let road_start = road_end.checked_sub(road.chars().count())?;
    let left = district_start(chars, road_start);
    let is_announced = announced(chars, left.unwrap_or(road_start));
    if left.is_none() && n_rooms == 0 && !is_announced {
        return None;
    }
    let start = left.unwrap_or_else(|| road_name_start(chars, road_start));
    number::span(chars, start, end.checked_sub(1)?)
}

/// Where the districts before a street begin: at a province by name, else at the name of the furthest district.
fn district_start(chars: &[ViewChar], road_start: usize) -> Option<usize> {
    let from = run_start(chars, road_start);
    let places = || from..road_start;
    if let Some(province) = places().find(|&place| PROVINCES.iter().any(|name| begins(chars, place, name))) {
        return Some(province);
    }
    let is_district = |&place: &usize| number::at(chars, Some(place)).is_some_and(|c| DISTRICTS.contains(c.ch));
    let ending = places().filter(|&place| place > from).find(is_district)?;
    let start = name_start(chars, from, ending);
    // A name has two characters at the least, its ending apart one.
    (start < ending).then_some(start)
}

/// Where the run of Chinese characters, digits and single spaces that ends at `end` begins.
fn run_start(chars: &[ViewChar], end: usize) -> usize {
    let lowest = end.saturating_sub(MAX_LEFT);
    let mut start = end;
    while let Some(place) = start.checked_sub(1).filter(|&place| place >= lowest) {
        let is_part = number::class(chars, Some(place))
            .is_some_and(|class| matches!(class, Class::Cjk | Class::Space | Class::Digit));
        if !is_part {
            break;
        }
        start = place;
    }
    start
}

fn name_start(chars: &[ViewChar], from: usize, ending: usize) -> usize {
    let mut start = ending;
    for _ in 0..MAX_NAME {
        let before = start.checked_sub(1).filter(|&place| place >= from);
        let is_name = |place: &usize| {
            number::at(chars, Some(*place)).is_some_and(|c| c.class == Class::Cjk && !NOT_NAMES.contains(c.ch))
        };
        match before.filter(is_name) {
            Some(place) => start = place,
            None => break,
        }
    }
    start
}

fn road_name_start(chars: &[ViewChar], road_start: usize) -> usize {
    name_start(chars, 0, road_start)
}

fn announced(chars: &[ViewChar], start: usize) -> bool {
    let from = start.saturating_sub(12);
    let before: String = chars.get(from..start).unwrap_or(&[]).iter().map(|c| c.ch).collect();
    CUES.iter().any(|cue| before.contains(cue))
}

/// A number and one of `units` from `place` on: where it ends. The number may have a letter (`12甲号`, `3-2号`), and a
/// building may have a letter for a number (`A座`).
fn unit(chars: &[ViewChar], place: usize, units: &[&str]) -> Option<usize> {
    let rest = chars.get(place..)?;
    let n_numerals =
        |from: usize| (from..from.saturating_add(MAX_NUMERALS)).take_while(|&i| is_numeral(rest, i)).count();
    let is_letter = |c: &ViewChar| c.class == Class::Ascii || "甲乙丙丁-".contains(c.ch);
    let n = n_numerals(0);
    let n = match rest.get(n) {
        Some(c) if is_letter(c) => n.checked_add(1)?.checked_add(n_numerals(n.checked_add(1)?))?,
        _ => n,
    };
    let after = skip_space(chars, place.checked_add(n)?);
    let unit = units.iter().find(|unit| begins(chars, after, unit))?;
    (n > 0).then(|| after.checked_add(unit.chars().count()))?
}

/// The number of a room with no word after it, at the very end: `3栋501`.
fn bare_room(chars: &[ViewChar], place: usize) -> Option<usize> {
    let rest = chars.get(place..)?;
    let n = rest.iter().take(5).take_while(|c| c.class == Class::Digit).count();
    let after = place.checked_add(n)?;
    let is_other = number::at(chars, Some(after)).is_some_and(|c| c.class.is_word() || c.class == Class::Cjk);
    ((3..=4).contains(&n) && !is_other).then_some(after)
}

fn is_numeral(chars: &[ViewChar], place: usize) -> bool {
    chars.get(place).is_some_and(|c| c.class == Class::Digit || "一二三四五六七八九十百〇零".contains(c.ch))
}

fn skip_space_back(chars: &[ViewChar], place: usize) -> usize {
    let before = place.checked_sub(1);
    before.filter(|&before| number::class(chars, Some(before)) == Some(Class::Space)).unwrap_or(place)
}

fn skip_space(chars: &[ViewChar], place: usize) -> usize {
    if number::class(chars, Some(place)) == Some(Class::Space) { place.saturating_add(1) } else { place }
}

fn skip_joint(chars: &[ViewChar], place: usize) -> usize {
    let is_joint = number::at(chars, Some(place)).is_some_and(|c| c.class == Class::Space || c.ch == '-');
    if is_joint { place.saturating_add(1) } else { place }
}

fn begins(chars: &[ViewChar], place: usize, text: &str) -> bool {
    let rest = chars.get(place..).unwrap_or(&[]);
    let mut rest = rest.iter().map(|c| c.ch);
    text.chars().all(|c| rest.next() == Some(c))
}

fn ends(chars: &[ViewChar], end: usize, text: &str) -> bool {
    end.checked_sub(text.chars().count()).is_some_and(|start| begins(chars, start, text))
}
