//! Labels that somebody encoded: in base64, or with their characters escaped as addresses, pages and programs need it.

use data_encoding::BASE64_NOPAD;
use quick_xml::escape::unescape;

use crate::limits::MAX_LABEL;
use crate::raw::Form;

/// No label in base64 is shorter.
const LEAST: usize = 16;
/// How often a text may be encoded over and over.
pub(crate) const MAX_TIMES: usize = 3;
/// How many pieces of a text are tried as base64.
const MAX_PIECES: usize = 64;
/// How base64 of an object begins: `{"`, or a brace with a space or a line break behind it.
const BEGINNINGS: [&str; 3] = ["eyJ", "eyA", "ew"];
/// What stands for a quotation mark or a brace.
const OF_ADDRESSES: [&str; 2] = ["%7B", "%7b"];
const OF_PAGES: [&str; 4] = ["&quot;", "&#34;", "&#x22;", "&amp;quot;"];
const OF_PROGRAMS: [&str; 3] = ["\\u0022", "\\u007b", "\\u007B"];

/// What a text says that holds an object, and how it is encoded; nothing for one that is not.
pub(crate) fn plain(text: &str) -> Option<(String, Form)> {
    if text.len() < LEAST || text.len() > MAX_LABEL {
        return None;
    }
    let escaped = || {
        let own = from_address(text).or_else(|| from_page(text)).or_else(|| from_program(text));
        own.or_else(|| from_string(text))
    };
    let base64 = from_base64(text).map(|plain| (plain, Form::Base64));
    base64.or_else(|| escaped().map(|plain| (plain, Form::Escaped)))
}

/// The pieces of a text that are base64 of an object: where each stands, and what it says.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, String)> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let pieces = text
        .split(move |c: char| !is_inside(c))
        .filter(|piece| piece.len() >= LEAST && BEGINNINGS.iter().any(|beginning| piece.starts_with(beginning)));
    pieces.take(MAX_PIECES).filter_map(|piece| {
        let from = piece.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let to = from.saturating_add(piece.len());
        let n_filling = text.get(to..)?.bytes().take_while(|byte| *byte == b'=').count();
        let plain = if piece.len() <= MAX_LABEL { from_base64(piece) } else { None };
        Some((from..to.saturating_add(n_filling), plain?))
    })
}

/// Of either alphabet, on lines or on one, with its filling or without.
fn from_base64(text: &str) -> Option<String> {
    let usual = |c: char| match c {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).map(usual).collect();
    let bytes = BASE64_NOPAD.decode(digits.trim_end_matches('=').as_bytes()).ok()?;
    String::from_utf8(bytes).ok().filter(|plain| plain.trim_start().starts_with('{'))
}

fn has(text: &str, signs: &[&str]) -> bool {
    signs.iter().any(|sign| text.contains(sign))
}

/// `%7B%22AIGC%22…`, with a plus sign for a space.
fn from_address(text: &str) -> Option<String> {
    if !has(text, &OF_ADDRESSES) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |n: usize| behind.get(n).and_then(|byte| char::from(*byte).to_digit(16));
        let byte = digit(0).zip(digit(1)).filter(|_| *first == b'%');
        let byte = byte.and_then(|(high, low)| u8::try_from((high << 4) | low).ok());
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8(bytes).ok()
}

/// `{&quot;AIGC&quot;…`.
fn from_page(text: &str) -> Option<String> {
    if !has(text, &OF_PAGES) {
        return None;
    }
    Some(unescape(text).ok()?.into_owned())
}

/// Whether a text is one string of JSON, as it becomes by serializing twice.
pub(crate) fn is_string(text: &str) -> bool {
    from_string(text.trim_matches(|c: char| c.is_whitespace() || c == '\0')).is_some()
}

/// `"{\"AIGC\"…}"`.
fn from_string(text: &str) -> Option<String> {
    if !text.starts_with('"') || text.len() > MAX_LABEL {
        return None;
    }
    serde_json::from_str::<String>(text).ok().filter(|plain| plain.trim_start().starts_with(['{', '"']))
}

/// `{\u0022AIGC\u0022…`.
fn from_program(text: &str) -> Option<String> {
    if !has(text, &OF_PROGRAMS) {
        return None;
    }
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{"AIGC": {"Label":"1"}}"#;

    #[test]
    fn each_way_of_encoding_is_undone() {
        for (text, form) in [
            ("eyJBSUdDIjogeyJMYWJlbCI6IjEifX0=", Form::Base64),
            ("eyJBSUdDIjogeyJMYWJlbCI6IjEifX0", Form::Base64),
            ("eyJBSUdDIjogeyJM\r\nYWJlbCI6IjEifX0=\n", Form::Base64),
            ("%7B%22AIGC%22%3A%20%7B%22Label%22%3A%221%22%7D%7D", Form::Escaped),
            ("%7b%22AIGC%22:+%7b%22Label%22:%221%22%7d%7d", Form::Escaped),
            ("{&quot;AIGC&quot;: {&#34;Label&#34;:&#x22;1&#x22;}}", Form::Escaped),
            ("{\\u0022AIGC\\u0022: {\\u0022Label\\u0022:\\u00221\\u0022}}", Form::Escaped),
            (r#""{\"AIGC\": {\"Label\":\"1\"}}""#, Form::Escaped),
        ] {
            assert_eq!(plain(text), Some((PLAIN.to_owned(), form)), "{text}");
        }
        for text in [
            PLAIN,
            "",
            "a plain text of some length",
            "100%7Bx",
            "&quot;",
            "eyJBSUdDIjogeyJ!",
            "\\u0022\"\\u007b and more",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn a_piece_in_base64_is_found_with_its_filling() {
        let text = "label=eyJBSUdDIjogeyJMYWJlbCI6IjEifX0=; eyJub3Q";
        let found: Vec<_> = pieces(text).collect();
        assert_eq!(found, [(6..38, PLAIN.to_owned())]);
        assert_eq!(text.get(6..38), Some("eyJBSUdDIjogeyJMYWJlbCI6IjEifX0="));
    }
}
