//! Text of strangers as a person may see it: nothing in it controls a terminal, hides, or changes the order of what is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character is shown as an escape: control characters, line and paragraph separators, and format characters. Format
/// characters set the direction of text, join or separate characters, or carry hidden tags, and show nothing themselves.
///
/// Source: the categories Cc, Zl, Zp and Cf of Unicode 17, without the signs of Arabic, Syriac and Kaithi numbers, which are
/// visible; and the fillers and joiners of other categories that show nothing.
pub fn needs_escape(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e007f}')
}

/// A text in one line: line ends become `\n`, tabs `\t`, and every other character that [`needs_escape`] becomes `\u{…}`. All
/// else stays as it is.
///
/// ```
/// use specialis_core::printable;
///
/// assert_eq!(printable("新闻 news"), "新闻 news");
/// assert_eq!(printable("a\u{202e}b\nc\u{1b}[2J"), "a\\u{202e}b\\nc\\u{1b}[2J");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, needs_escape)
}

/// The same for a text of several lines: its line ends stay.
///
/// ```
/// assert_eq!(specialis_core::printable_lines("a\u{9b}b\nc\r\n"), "a\\u{9b}b\nc\\r\n");
/// ```
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && needs_escape(c))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_escaped(c) {
            shown.push(c);
            continue;
        }
        // INVARIANT: writing to a string does not fail.
        _ = match c {
            '\n' | '\r' | '\t' => write!(shown, "{}", c.escape_default()),
            _ => write!(shown, "{}", c.escape_unicode()),
        };
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_hides_or_turns_text_is_escaped() {
        let hostile = [
            '\0', '\u{7}', '\u{8}', '\u{b}', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{ad}', '\u{61c}', '\u{200b}',
            '\u{200d}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2060}', '\u{2066}',
            '\u{2069}', '\u{feff}', '\u{fffa}', '\u{e0001}', '\u{e0041}',
        ];
        for c in hostile {
            assert_eq!(printable(&format!("a{c}b")), format!("a\\u{{{:x}}}b", u32::from(c)));
        }
        assert_eq!(printable("a\r\n\tb"), "a\\r\\n\\tb");
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["", "《办法》第四条（一）", "naïve café e\u{301}", "全\u{3000}角", "“引号”—…", "👍🏽", "\\u{202e}"]
        {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
