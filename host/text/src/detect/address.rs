//! Postal addresses as they are written in Chinese: from the large to the small.
//!
//! A stream can keep back only what begins like an address: a province by name, what follows a word that announces an
//! address, or the word for a district or a street. So the span begins there, and where nothing announces it, the name of
//! the first district is not in it.

use std::sync::LazyLock;

use super::cues::Announces;
use super::sight::{Found, Glyph, Reading, Sight, Wait};
use crate::table::Class;

/// What a street or a compound ends with, right before its number.
const ROADS: [&str; 21] = [
    "大道", "大街", "胡同", "公寓", "小区", "花园", "家园", "新村", "路", "街", "道", "巷", "里", "园", "苑", "村",
    "弄", "镇", "庄", "屯", "段",
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
/// Characters between the word that announces an address and the address: `地址是`.
const LINKS: &str = "是为在到至给";
/// How many characters may stand between the word that announces an address and the address.
pub(super) const MAX_LINK: u64 = 4;
/// How many characters a place may have without a word for a district or a street among them.
const MAX_NAME: usize = 8;
/// How many characters stand before the number of a house at most.
const MAX_BEFORE: usize = 40;
/// How many characters the number of a house has.
const MAX_NUMERALS: usize = 5;
/// How many numbers inside a house are read.
const MAX_ROOMS: usize = 5;

/// Whether an address may begin with a character. Behind a word that announces one, any may.
pub(super) fn may_begin(c: char) -> bool {
    let begins = |words: &[&str]| words.iter().any(|word| word.starts_with(c));
    DISTRICTS.contains(c) || begins(&PROVINCES) || begins(&ROADS)
}

/// An address: a street or compound with the number of a house, and with it a district before, a room behind, or a word
/// that announces an address. A street and a number alone are a public place.
pub(super) fn address(sight: &Sight, first: usize) -> Reading {
    let is_announced = is_announced(sight, first);
    let c = sight.ch(first)?;
    let is_place = is_district(c) || PROVINCE_WORDS.begin(sight, first)?.is_some();
    if !is_place && !is_announced {
        // A street alone: its number comes right behind it.
        let Some(road) = ROAD_WORDS.begin(sight, first)? else { return Ok(None) };
        let after = first.saturating_add(road);
        let number = skip_space(sight, after)?;
        return if is_numeral(sight, number)? { house(sight, first, number, false) } else { Ok(None) };
    }
    let mut place = first;
    let mut anchor = first;
    let mut has_district = is_place;
    while place.saturating_sub(first) <= MAX_BEFORE && place.saturating_sub(anchor) <= MAX_NAME {
        let Some(c) = sight.at(place)? else { break };
        if !matches!(c.class, Class::Cjk | Class::Space | Class::Digit) {
            break;
        }
        let begins_number = is_numeral(sight, place)? || matches!(c.ch, '甲' | '乙' | '丙' | '丁');
        let is_number = begins_number && !sight.before(place, 1).is_some_and(|c| is_numeral_char(&c));
        if is_number
            && road_before(sight, first, place)
            && let Some(found) = house(sight, first, place, is_announced || has_district)?
        {
            return Ok(Some(found));
        }
        let is_district = is_district(c.ch);
        has_district |= is_district;
        if is_district || ends_road(c.ch) {
            anchor = place;
        }
        place = place.saturating_add(1);
    }
    Ok(None)
}

/// Whether the address that begins at `first` is announced: right behind such a word, links and punctuation apart.
fn is_announced(sight: &Sight, first: usize) -> bool {
    let Some(n_between) = sight.cues.since(Announces::Address, sight, first).filter(|n| *n <= MAX_LINK) else {
        return false;
    };
    let is_link = |c: Option<Glyph>| c.is_some_and(|c| c.class.is_gap() || LINKS.contains(c.ch));
    let n_between = usize::try_from(n_between).unwrap_or(usize::MAX);
    let first_is_name = sight.chars.get(first).is_some_and(|c| c.class == Class::Cjk && !LINKS.contains(c.ch));
    first_is_name && (1..=n_between).all(|n| is_link(sight.before(first, n)))
}

/// The rest of the address from the number of the house on.
fn house(sight: &Sight, first: usize, number: usize, is_private: bool) -> Reading {
    let Some(mut end) = unit(sight, number, &HOUSE_WORDS)? else { return Ok(None) };
    if matches!(sight.ch(end)?, '线' | '文' | '令') {
        // 一号线, 第五号文件: not a house.
        return Ok(None);
    }
    let mut n_rooms = 0_usize;
    while n_rooms < MAX_ROOMS {
        let next = skip_joint(sight, end)?;
        match (unit(sight, next, &ROOM_WORDS)?, bare_room(sight, next)?) {
            (Some(after), _) | (None, Some(after)) => end = after,
            (None, None) => break,
        }
        n_rooms = n_rooms.saturating_add(1);
    }
    Ok(if is_private || n_rooms > 0 { Found::new(first, end.saturating_sub(1)) } else { None })
}

/// A number and one of `units` from `place` on: where it ends. The number may have a letter (`12甲号`, `3-2号`), and a
/// building may have a letter for a number (`A座`).
fn unit(sight: &Sight, place: usize, units: &Words) -> Result<Option<usize>, Wait> {
    let mut after = place.saturating_add(sight.run(place, MAX_NUMERALS, is_numeral_char)?);
    if sight.at(after)?.is_some_and(|c| c.class == Class::Ascii || "甲乙丙丁-".contains(c.ch)) {
        after = after.saturating_add(1);
        after = after.saturating_add(sight.run(after, MAX_NUMERALS, is_numeral_char)?);
    }
    if after == place {
        return Ok(None);
    }
    let after = skip_space(sight, after)?;
    Ok(units.begin(sight, after)?.map(|n| after.saturating_add(n)))
}

/// The number of a room with no word after it, at the very end: `3栋501`.
fn bare_room(sight: &Sight, place: usize) -> Result<Option<usize>, Wait> {
    let n = sight.run(place, 5, |c| c.class == Class::Digit)?;
    let after = place.saturating_add(n);
    let is_other = sight.class(after)?.is_some_and(|class| class.is_word() || class == Class::Cjk);
    Ok(((3..=4).contains(&n) && !is_other).then_some(after))
}

fn is_numeral_char(c: &Glyph) -> bool {
    let is_written =
        |c| matches!(c, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '百' | '〇' | '零');
    c.class == Class::Digit || is_written(c.ch)
}

fn is_numeral(sight: &Sight, place: usize) -> Result<bool, Wait> {
    Ok(sight.at(place)?.is_some_and(|c| is_numeral_char(&c)))
}

fn skip_space(sight: &Sight, place: usize) -> Result<usize, Wait> {
    let is_space = sight.class(place)? == Some(Class::Space);
    Ok(place.saturating_add(usize::from(is_space)))
}

fn skip_joint(sight: &Sight, place: usize) -> Result<usize, Wait> {
    let is_joint = sight.at(place)?.is_some_and(|c| c.class == Class::Space || c.ch == '-');
    Ok(place.saturating_add(usize::from(is_joint)))
}

/// Words by their first characters: at most places none of them can begin.
struct Words {
    /// First characters, in order, each with the words that it begins, in the order of their table.
    by_first: Box<[(char, Begun)]>,
}

/// Words that begin with one character.
type Begun = Box<[Box<[char]>]>;

static PROVINCE_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(&PROVINCES));
static ROAD_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(&ROADS));
static HOUSE_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(&HOUSES));
static ROOM_WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(&ROOMS));

impl Words {
    fn new(table: &[&str]) -> Self {
        let mut firsts: Vec<char> = table.iter().filter_map(|word| word.chars().next()).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let words = |first| table.iter().filter(move |word| word.starts_with(first));
        let of = |first: char| (first, words(first).map(|word| word.chars().collect()).collect());
        Self { by_first: firsts.into_iter().map(of).collect() }
    }

    /// The number of characters of the first word of the table that begins at `place`.
    fn begin(&self, sight: &Sight, place: usize) -> Result<Option<usize>, Wait> {
        let first = sight.ch(place)?;
        let Ok(found) = self.by_first.binary_search_by_key(&first, |(first, _)| *first) else { return Ok(None) };
        let words = self.by_first.get(found).map_or(&[][..], |(_, words)| words);
        for word in words {
            if sight.begins_with(place, word)? {
                return Ok(Some(word.len()));
            }
        }
        Ok(None)
    }
}

/// Whether a character ends the name of a district.
fn is_district(c: char) -> bool {
    matches!(c, '省' | '市' | '区' | '县' | '州' | '盟' | '旗' | '镇' | '乡')
}

/// Whether a character ends the name of a road.
fn ends_road(c: char) -> bool {
    matches!(
        c,
        '道' | '街'
            | '同'
            | '寓'
            | '区'
            | '园'
            | '村'
            | '路'
            | '巷'
            | '里'
            | '苑'
            | '弄'
            | '镇'
            | '庄'
            | '屯'
            | '段'
    )
}

/// Whether the word for a street or a compound ends right before `place`, from `first` on.
fn road_before(sight: &Sight, first: usize, place: usize) -> bool {
    let is_spaced = sight.class_before(place) == Some(Class::Space);
    let end = place.saturating_sub(usize::from(is_spaced));
    let before = sight.part(first..end);
    let ends = |road: &&str| before.iter().rev().map(|c| c.ch).zip(road.chars().rev()).filter(|(a, b)| a == b).count();
    ROADS.iter().any(|road| ends(road) == road.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_end_names_are_those_of_the_tables() {
        for c in '\u{3000}'..='\u{9FFF}' {
            assert_eq!(is_district(c), DISTRICTS.contains(c), "{c}");
            assert_eq!(ends_road(c), ROADS.iter().any(|road| road.ends_with(c)), "{c}");
        }
    }

    #[test]
    fn every_word_stands_under_its_first_character() {
        for (words, table) in [(&PROVINCE_WORDS, &PROVINCES[..]), (&ROOM_WORDS, &ROOMS[..])] {
            let n_words: usize = words.by_first.iter().map(|(_, words)| words.len()).sum();
            assert_eq!(n_words, table.len());
            assert!(words.by_first.iter().all(|(first, words)| words.iter().all(|word| word.first() == Some(first))));
        }
    }
}
