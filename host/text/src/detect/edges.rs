//! Where a number begins and where it ends: what stands right before and behind it.

use super::number::is_digit;
use super::sight::{Glyph, Sight, Wait};
use crate::table::Class;

/// What stands right before or behind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing that belongs to it: Chinese, a space, a list mark, an escape.
    Clean,
    /// Latin letters alone.
    Letters,
    /// Letters and digits, or a unit: it is a code or a sum, unless a word announces it.
    Other,
    /// Digits or a decimal point: it is part of a longer number.
    Number,
}

/// Escapes of one letter in program text, as in `\n`.
const ESCAPES: &str = "nrtbfv";
/// Letters behind a number that begin the next thing that is said.
const NEXT: [&str; 8] = ["v", "vx", "wx", "qq", "tel", "email", "wechat", "weixin"];
/// Units in Latin letters.
const LATIN_UNITS: [&str; 44] = [
    "b", "kb", "mb", "gb", "tb", "bit", "bits", "byte", "bytes", "bp", "bps", "kbps", "mbps", "px", "pt", "ms", "us",
    "ns", "s", "sec", "min", "hz", "khz", "mhz", "ghz", "g", "kg", "mg", "t", "m", "km", "cm", "mm", "nm", "w", "kw",
    "kwh", "usd", "rmb", "cny", "eur", "jpy", "krw", "hkd",
];
/// Units in Chinese that stand for themselves.
const LONG_UNITS: [&str; 33] = [
    "字节", "比特", "千克", "公斤", "公里", "千米", "毫米", "厘米", "毫秒", "微秒", "分钟", "小时", "平方", "立方",
    "像素", "美元", "欧元", "日元", "港元", "韩元", "英镑", "卢布", "人民币", "块钱", "万元", "亿元", "万亿", "万吨",
    "亿吨", "赫兹", "千瓦", "人次", "个字",
];
/// Units of one character, with what may follow; as the first character of another word they are none.
const SHORT_UNITS: &str = "年元万亿个条次吨克斤秒倍股件台辆岁册本张份箱包只枚支瓶袋块页套盒桶头棵株幅笔户人例项组粒双";
const AFTER_UNIT: &str = "的多余左以前后内来间和与整或是为";
/// The most letters behind a number that are read as a word.
const MAX_WORD: usize = 12;

/// What stands before the number that begins at `first`.
pub(super) fn start(sight: &Sight, first: usize) -> Edge {
    let Some(before) = sight.before(first, 1) else { return Edge::Clean };
    match before.ch {
        _ if before.class.is_word() && follows_escape(sight, first) => Edge::Clean,
        _ if is_digit(&before) => {
            let is_mark = before.is_enclosed && sight.chars.get(first).is_some_and(|c| !c.is_enclosed);
            if is_mark { Edge::Clean } else { Edge::Number }
        }
        '.' if sight.before(first, 2).is_some_and(|c| is_digit(&c)) => {
            if follows_list_mark(sight, first) {
                Edge::Clean
            } else {
                Edge::Number
            }
        }
        '_' if sight.before(first, 2).is_some_and(|c| c.class.is_word()) => Edge::Number,
        '-' | '/' => token(sight, first, 1),
        '$' | '¥' | '€' | '£' | '₩' => Edge::Other,
        _ if before.class == Class::Ascii => token(sight, first, 0),
        _ => Edge::Clean,
    }
}

/// Whether an escape stands right before `place`: `\n`, `\u4e00`, `\x20`, or a byte in percent code.
pub(super) fn follows_escape(sight: &Sight, place: usize) -> bool {
    let at = |n| sight.before(place, n);
    let is_char = |n, wanted: &str| at(n).is_some_and(|c| wanted.contains(c.ch));
    let are_hex = |n: usize| (1..=n).all(|n| at(n).is_some_and(|c| is_hex(&c)));
    (is_char(2, "\\") && is_char(1, ESCAPES))
        || (are_hex(2) && (is_char(3, "%") || (is_char(3, "x") && is_char(4, "\\"))))
        || (are_hex(4) && is_char(5, "u") && is_char(6, "\\"))
}

/// Whether a list mark such as `3.` stands before `first`: one or two digits where a line or an item begins.
fn follows_list_mark(sight: &Sight, first: usize) -> bool {
    let n_digits = (2..=4).take_while(|&n| sight.before(first, n).is_some_and(|c| is_digit(&c))).count();
    let leads = sight.before(first, n_digits.saturating_add(1)).is_some_and(|c| c.ch != '0');
    let begins = sight.before(first, n_digits.saturating_add(2)).is_none_or(|c| match c.class {
        Class::Newline | Class::Space | Class::Stop => true,
        Class::Separator => ",;:、([{【「|#*>\"'".contains(c.ch),
        Class::Cjk | Class::Digit | Class::Ascii | Class::Letter => false,
    });
    (1..=2).contains(&n_digits) && leads && begins
}

/// What the token of letters, digits and dashes is that ends so many marks before `first`.
fn token(sight: &Sight, first: usize, n_marks: usize) -> Edge {
    let is_token = |c: &&Glyph| matches!(c.class, Class::Ascii | Class::Digit) || c.ch == '-';
    let n = sight.left(first).skip(n_marks).take_while(is_token).count();
    let begin = first.saturating_sub(n_marks).saturating_sub(n);
    // The letter of an escape belongs to no token.
    let is_escape = n > 0 && follows_escape(sight, begin.saturating_add(1));
    let token = sight.part(begin.saturating_add(usize::from(is_escape))..first.saturating_sub(n_marks));
    let has = |class| token.iter().any(|c| c.class == class);
    match (has(Class::Ascii), has(Class::Digit)) {
        (false, _) => Edge::Clean,
        (true, false) => Edge::Letters,
        (true, true) => Edge::Other,
    }
}

/// What stands behind the number that ends at `last`.
pub(super) fn end(sight: &Sight, last: usize) -> Result<Edge, Wait> {
    let after = last.saturating_add(1);
    let Some(c) = sight.at(after)? else { return Ok(Edge::Clean) };
    let further = after.saturating_add(1);
    let is_enclosed = sight.chars.get(last).is_some_and(|c| c.is_enclosed);
    let is_part = match c.ch {
        '%' => return Ok(if are_hex(sight, further)? { Edge::Clean } else { Edge::Number }),
        '.' => sight.at(further)?.is_some_and(|c| is_digit(&c)),
        '_' => sight.class(further)?.is_some_and(Class::is_word),
        _ => is_digit(&c) && (is_enclosed || !c.is_enclosed),
    };
    match c.class {
        _ if is_part => Ok(Edge::Number),
        Class::Ascii => letters_behind(sight, after),
        Class::Cjk => Ok(if is_unit(sight, after)? { Edge::Other } else { Edge::Clean }),
        Class::Space => match sight.class(further)? {
            Some(Class::Cjk) if is_unit(sight, further)? => Ok(Edge::Other),
            Some(Class::Ascii) if is_latin_unit(sight, further)? => Ok(Edge::Other),
            _ => Ok(Edge::Clean),
        },
        Class::Digit | Class::Letter | Class::Newline | Class::Stop | Class::Separator => Ok(Edge::Clean),
    }
}

fn are_hex(sight: &Sight, place: usize) -> Result<bool, Wait> {
    let is_hex_at = |place| Ok(sight.at(place)?.is_some_and(|c| is_hex(&c)));
    Ok(is_hex_at(place)? && is_hex_at(place.saturating_add(1))?)
}

/// Letters right behind a number: what is said next, a unit, or more of a code.
fn letters_behind(sight: &Sight, after: usize) -> Result<Edge, Wait> {
    let n = sight.run(after, MAX_WORD.saturating_add(1), |c| c.class == Class::Ascii)?;
    let word = word(sight, after, n);
    if NEXT.contains(&word.as_str()) {
        return Ok(Edge::Clean);
    }
    let is_hash = n == 1 || n > MAX_WORD || word.chars().all(|c| c.is_ascii_hexdigit());
    let goes_on = sight.class(after.saturating_add(n))? == Some(Class::Digit);
    let is_other = is_hash || goes_on || LATIN_UNITS.contains(&word.as_str());
    Ok(if is_other { Edge::Other } else { Edge::Letters })
}

fn is_latin_unit(sight: &Sight, place: usize) -> Result<bool, Wait> {
    let n = sight.run(place, MAX_WORD.saturating_add(1), |c| c.class == Class::Ascii)?;
    Ok(LATIN_UNITS.contains(&word(sight, place, n).as_str()))
}

fn word(sight: &Sight, first: usize, n: usize) -> String {
    sight.part(first..first.saturating_add(n)).iter().map(|c| c.ch).collect()
}

/// Whether a unit in Chinese stands at `place`.
fn is_unit(sight: &Sight, place: usize) -> Result<bool, Wait> {
    for unit in LONG_UNITS {
        if sight.begins(place, unit)? {
            return Ok(true);
        }
    }
    if !SHORT_UNITS.contains(sight.ch(place)?) {
        return Ok(false);
    }
    Ok(sight.at(place.saturating_add(1))?.is_none_or(|c| c.class != Class::Cjk || AFTER_UNIT.contains(c.ch)))
}

fn is_hex(c: &Glyph) -> bool {
    is_digit(c) || matches!(c.ch, 'a'..='f')
}
