//! The objects of a PDF, as far as labels need them: where a value ends, dictionaries, strings, references.

use crate::limits::MAX_DEPTH;

/// The number of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) number: u64,
    pub(super) generation: u64,
}

/// A dictionary: keys, and values as they stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Dict {
    pub(super) entries: Vec<(String, Vec<u8>)>,
}

impl Dict {
    /// The dictionary that begins at `at`, behind white space; and where it ends.
    pub(super) fn parse(bytes: &[u8], at: usize) -> Option<(Self, usize)> {
        let mut at = blank(bytes, at);
        if bytes.get(at..at.checked_add(2)?)? != b"<<" {
            return None;
        }
        at = at.checked_add(2)?;
        let mut dict = Self::default();
        loop {
            at = blank(bytes, at);
            if bytes.get(at..at.checked_add(2)?)? == b">>" {
                return Some((dict, at.checked_add(2)?));
            }
            let key_end = value_end(bytes, at, 0)?;
            let key = name(bytes.get(at..key_end)?)?;
            let from = blank(bytes, key_end);
            at = value_end(bytes, from, 0)?;
            dict.entries.push((key, bytes.get(from..at)?.to_vec()));
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&[u8]> {
        self.entries.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_slice())
    }

    pub(super) fn integer(&self, key: &str) -> Option<u64> {
        self.get(key).and_then(integer)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// Where the next thing begins: behind white space and comments.
pub(super) fn blank(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            at = at.saturating_add(
                bytes
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .position(|byte| matches!(byte, 10 | 13))
                    .unwrap_or(usize::MAX),
            );
        } else if is_blank(byte) {
            at = at.saturating_add(1);
        } else {
            break;
        }
    }
    at
}

/// Where a word ends: a number, a keyword, the rest of a name.
fn word_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let len = rest.iter().position(|&byte| is_blank(byte) || is_delimiter(byte)).unwrap_or(rest.len());
    at.saturating_add(len)
}

/// Where the value that begins at `at` ends; nothing where it breaks off.
pub(super) fn value_end(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let next = at.checked_add(1)?;
    match bytes.get(at)? {
        b'/' => Some(word_end(bytes, next)),
        b'(' => literal_end(bytes, at),
        b'<' if bytes.get(next) == Some(&b'<') => many_end(bytes, at.checked_add(2)?, b">>", depth),
        b'<' => bytes.get(next..)?.iter().position(|&byte| byte == b'>')?.checked_add(next)?.checked_add(1),
        b'[' => many_end(bytes, next, b"]", depth),
        _ => {
            let end = word_end(bytes, at);
            if end == at {
                return None;
            }
            // A number may be the first of `12 0 R`.
            let second = blank(bytes, end);
            let second_end = word_end(bytes, second);
            let third = blank(bytes, second_end);
            let is_reference = bytes.get(third) == Some(&b'R')
                && word_end(bytes, third) == third.checked_add(1)?
                && digits(bytes.get(at..end)?).is_some()
                && digits(bytes.get(second..second_end)?).is_some();
            Some(if is_reference { third.checked_add(1)? } else { end })
        }
    }
}

fn many_end(bytes: &[u8], mut at: usize, close: &[u8], depth: usize) -> Option<usize> {
    loop {
        at = blank(bytes, at);
        let end = at.checked_add(close.len())?;
        if bytes.get(at..end)? == close {
            return Some(end);
        }
        at = value_end(bytes, at, depth.checked_add(1)?)?;
    }
}

fn literal_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = at;
    loop {
        match bytes.get(at)? {
            b'\\' => at = at.checked_add(1)?,
            b'(' => depth = depth.checked_add(1)?,
            b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at = at.checked_add(1)?;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn digits(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A name, its escapes resolved.
pub(super) fn name(value: &[u8]) -> Option<String> {
    let rest = value.strip_prefix(b"/")?;
    let mut out = Vec::new();
    let mut bytes = rest.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'#' {
            out.push(byte);
            continue;
        }
        let pair = [bytes.next()?, bytes.next()?];
        out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
    }
    Some(out.into_iter().map(char::from).collect())
}

/// A name without its slash, written so that it is read back the same.
pub(super) fn escaped_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && c != '#' && !is_delimiter(u8::try_from(c).unwrap_or(b'('));
    name.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{:02X}", u32::from(c) & 0xFF) }).collect()
}

pub(super) fn integer(value: &[u8]) -> Option<u64> {
    digits(value)
}

pub(super) fn reference(value: &[u8]) -> Option<Reference> {
    let mut words = value.split(|&byte| is_blank(byte)).filter(|word| !word.is_empty());
    let (number, generation, r) = (digits(words.next()?)?, digits(words.next()?)?, words.next()?);
    (r == b"R" && words.next().is_none()).then_some(Reference { number, generation })
}

/// The references in brackets.
pub(super) fn references(value: &[u8]) -> Vec<Reference> {
    let inner = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = blank(inner, 0);
    while let Some(end) = value_end(inner, at, 0) {
        found.extend(inner.get(at..end).and_then(reference));
        at = blank(inner, end);
    }
    found
}

/// Numbers in brackets.
pub(super) fn integers(value: &[u8]) -> Option<Vec<u64>> {
    let inner = value.strip_prefix(b"[")?.strip_suffix(b"]")?;
    inner.split(|&byte| is_blank(byte)).filter(|word| !word.is_empty()).map(digits).collect()
}

/// The bytes of a string.
pub(super) fn string_bytes(value: &[u8]) -> Option<Vec<u8>> {
    if value.starts_with(b"(") { from_literal(value) } else { from_hexadecimal(value) }
}

/// A string of any bytes, in hexadecimal.
pub(super) fn from_bytes(bytes: &[u8]) -> Vec<u8> {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{digits}>").into_bytes()
}

/// The text that the bytes of a string are.
pub(super) fn text(bytes: &[u8]) -> String {
    if let Some(wide) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        let units: Vec<u16> =
            wide.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes)).collect();
        return String::from_utf16_lossy(&units);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    // The encoding of documents equals Latin-1 for what a label may have.
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

fn from_literal(value: &[u8]) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(b"(")?.strip_suffix(b")")?;
    let mut out = Vec::new();
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next()? {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\r' => {
                bytes.next_if_eq(&b'\n');
            }
            b'\n' => {}
            digit @ b'0'..=b'7' => {
                let mut code = u32::from(digit & 7);
                for _ in 0..2 {
                    if let Some(digit) = bytes.next_if(|byte| matches!(byte, b'0'..=b'7')) {
                        code = (code << 3) | u32::from(digit & 7);
                    }
                }
                out.push(u8::try_from(code & 0xFF).ok()?);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

fn from_hexadecimal(value: &[u8]) -> Option<Vec<u8>> {
    let inner = value.strip_prefix(b"<")?.strip_suffix(b">")?;
    let mut digits: Vec<u8> = inner.iter().copied().filter(|&byte| !is_blank(byte)).collect();
    if !digits.len().is_multiple_of(2) {
        digits.push(b'0');
    }
    digits.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A text as a string between parentheses.
pub(super) fn literal(text: &str) -> String {
    let escaped: String =
        text.chars().map(|c| if matches!(c, '(' | ')' | '\\') { format!("\\{c}") } else { c.to_string() }).collect();
    format!("({escaped})")
}

/// The bytes of a text of any characters: UTF-16 with its mark.
pub(super) fn wide(text: &str) -> Vec<u8> {
    [vec![0xFE, 0xFF], text.encode_utf16().flat_map(u16::to_be_bytes).collect()].concat()
}

/// The strings in brackets, as far as they can be read.
pub(super) fn strings(value: &[u8]) -> Vec<Vec<u8>> {
    let inner = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or_default();
    let mut found = Vec::new();
    let mut at = blank(inner, 0);
    while let Some(end) = value_end(inner, at, 0) {
        found.extend(inner.get(at..end).and_then(string_bytes));
        at = blank(inner, end);
    }
    found
}

/// The numbers of the objects in a stream of them.
pub(super) fn numbers_in_stream(dict: &Dict, bytes: &[u8]) -> Vec<u64> {
    let first = dict.integer("First").and_then(|first| usize::try_from(first).ok()).unwrap_or_default();
    let head = bytes.get(..first).unwrap_or_default();
    let numbers = head.split(|&byte| is_blank(byte)).filter(|word| !word.is_empty());
    numbers.step_by(2).map_while(digits).collect()
}

/// Two strings in brackets, as a document's ID is, in hexadecimal.
pub(super) fn hexadecimal_array(value: &[u8]) -> Option<String> {
    let strings = strings(value);
    let items: Vec<Vec<u8>> = strings.iter().map(|bytes| from_bytes(bytes)).collect();
    (!items.is_empty()).then(|| format!("[{}]", String::from_utf8_lossy(&items.concat())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(value: &[u8]) -> Option<String> {
        string_bytes(value).map(|bytes| text(&bytes))
    }

    #[test]
    fn values_end_where_the_format_says() {
        for (text, value) in [
            ("12 0 R/x", "12 0 R"),
            ("12 0 /R", "12"),
            ("(a\\)(b)) 1", "(a\\)(b))"),
            ("<< /A [1 2 (x)] /B << /C <0a> >> >>]", "<< /A [1 2 (x)] /B << /C <0a> >> >>"),
            ("/Name(x)", "/Name"),
            ("true]", "true"),
        ] {
            assert_eq!(value_end(text.as_bytes(), 0, 0), Some(value.len()), "{text}");
        }
        assert_eq!(value_end("[".repeat(100_000).as_bytes(), 0, 0), None);
        assert_eq!(value_end(b"(never", 0, 0), None);
    }

    #[test]
    fn strings_are_decoded_from_every_way_of_writing() {
        assert_eq!(string(b"(a\\(b\\)\\101\\\nc)").as_deref(), Some("a(b)Ac"));
        assert_eq!(string(b"<FEFF 8F93>").as_deref(), Some("输"));
        assert_eq!(string(literal("{\"a\":\"(x\\)\"}").as_bytes()).as_deref(), Some("{\"a\":\"(x\\)\"}"));
        assert_eq!(name(b"/A#49GC").as_deref(), Some("AIGC"));
    }
}
