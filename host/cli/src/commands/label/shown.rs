//! Words that come from files and names of files, as a person may see them: nothing in them moves a cursor or turns text around.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use super::progress;
use crate::output;

/// A text without control characters and without those that change the direction of what follows.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a string does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// The name of a file for a person.
pub(super) fn name(path: &Path) -> String {
    shown(&path.display().to_string()).into_owned()
}

/// The name of a file on standard output: as it is for a program, and as a person may see it on a terminal.
pub(super) fn line(path: &Path) -> String {
    if std::io::stdout().is_terminal() { name(path) } else { path.display().to_string() }
}

/// A line on standard error about a file.
pub(super) fn note(path: &Path, text: &str) {
    progress::aside(|| output::note(&format!("{}: {}", name(path), shown(text))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_a_cursor_or_turn_text_is_written_out() {
        assert_eq!(shown("题 a.png"), "题 a.png");
        assert_eq!(shown("a\u{1b}[2J\nb\u{202e}gnp.exe"), "a\\u{1b}[2J\\u{a}b\\u{202e}gnp.exe");
        assert!(matches!(shown("plain"), Cow::Borrowed(_)));
    }
}
