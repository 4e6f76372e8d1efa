//! Marks below characters. Chinese characters and most full-width ones are two columns wide, so columns are counted, not
//! characters; what shows nothing or would move the cursor is written out.

use std::io::{self, Write};

use specialis_core::needs_escape;
use unicode_width::UnicodeWidthStr;

use super::find::Find;

/// What stands before each line.
const INDENT: &str = "  ";

/// A text laid out in lines.
pub(super) struct Page {
    lines: Vec<Vec<Cell>>,
}

/// A character where it is shown.
struct Cell {
    start: usize,
    end: usize,
    shown: String,
    column: usize,
    width: usize,
}

impl Page {
    /// Breaks the text at its line ends, and where it would be wider than `max_width` columns.
    pub(super) fn new(text: &str, max_width: usize) -> Self {
        let mut lines = Vec::new();
        let mut line: Vec<Cell> = Vec::new();
        let mut column = 0_usize;
        for (start, c) in text.char_indices() {
            let shown = shown(c);
            let width = shown.width();
            if column.saturating_add(width) > max_width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                column = 0;
            }
            line.push(Cell { start, end: start.saturating_add(c.len_utf8()), shown, column, width });
            column = column.saturating_add(width);
            if c == '\n' {
                lines.push(std::mem::take(&mut line));
                column = 0;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        Self { lines }
    }

    /// Writes each line with the marks of what was found in it. What goes on in the next line has its words there.
    pub(super) fn write(&self, finds: &[Find], out: &mut dyn Write) -> io::Result<()> {
        for (line, finds) in self.lines.iter().zip(self.by_line(finds)) {
            let shown: String = line.iter().map(|cell| cell.shown.as_str()).collect();
            writeln!(out, "{INDENT}{shown}")?;
            for find in finds {
                let Some((from, to)) = columns(line, find.hit.start, find.hit.end) else { continue };
                let is_end = line.last().is_none_or(|last| find.hit.end <= last.end);
                let words = if is_end { find.words() } else { "…".to_owned() };
                let marks = "^".repeat(to.saturating_sub(from).max(1));
                writeln!(out, "{INDENT}{}{marks}  {words}", " ".repeat(from))?;
            }
        }
        Ok(())
    }

    /// The finds that stand in each line, in their order.
    fn by_line<'a>(&self, finds: &'a [Find]) -> Vec<Vec<&'a Find>> {
        let mut by_line = vec![Vec::new(); self.lines.len()];
        for find in finds {
            let first = self.lines.partition_point(|line| line.last().is_some_and(|cell| cell.end <= find.hit.start));
            let lines = self.lines.iter().zip(&mut by_line).skip(first);
            let own = lines.take_while(|(line, _)| line.first().is_some_and(|cell| cell.start < find.hit.end));
            own.for_each(|(_, own)| own.push(find));
        }
        by_line
    }
}

/// The columns of a stretch of the text in a line.
fn columns(line: &[Cell], start: usize, end: usize) -> Option<(usize, usize)> {
    let mut cells = line.iter().filter(|cell| cell.start < end && cell.end > start);
    let first = cells.next()?;
    let last = cells.next_back().unwrap_or(first);
    Some((first.column, last.column.saturating_add(last.width)))
}

/// A character as it is shown: one that controls the terminal or hides is written out. Marks on a letter
/// stay on it.
fn shown(c: char) -> String {
    match c {
        '\n' => "↵".to_owned(),
        '\t' => "→".to_owned(),
        _ if needs_escape(c) => c.escape_unicode().to_string(),
        _ => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use specialis_text::{Hit, HitOrigin, Speech};

    use super::*;
    use crate::commands::scan::find::Lane;

    fn draw(text: &str, part: &str, max_width: usize) -> Vec<String> {
        let start = text.find(part).unwrap();
        let origin = HitOrigin::Detector("mobile");
        let hit =
            Hit { start, end: start + part.len(), category: "c".into(), origin, weight: 1, speech: Speech::default() };
        let find = Find { lane: Lane::Tight, hit, what: "x".to_owned(), n_right: 0 };
        let mut out = Vec::new();
        Page::new(text, max_width).write(&[find], &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    const WORDS: &str = "tight  c  weight 1, x";

    #[test]
    fn marks_stand_below_characters_of_two_columns() {
        assert_eq!(draw("一起賭 博，好", "賭 博", 80), ["  一起賭 博，好".to_owned(), format!("      ^^^^^  {WORDS}")]);
        assert_eq!(draw("call 138 now", "138", 80), ["  call 138 now".to_owned(), format!("       ^^^  {WORDS}")]);
        assert_eq!(draw("电话１３８。", "１３８", 80), ["  电话１３８。".to_owned(), format!("      ^^^^^^  {WORDS}")]);
    }

    #[test]
    fn a_find_that_goes_over_a_line_is_marked_in_both() {
        let lines = draw("天气好赌博网站", "赌博", 8);
        assert_eq!(
            lines,
            ["  天气好赌".to_owned(), "        ^^  …".to_owned(), "  博网站".to_owned(), format!("  ^^  {WORDS}")]
        );
        let lines = draw("赌\n博", "赌\n博", 80);
        assert_eq!(lines, ["  赌↵".to_owned(), "  ^^^  …".to_owned(), "  博".to_owned(), format!("  ^^  {WORDS}")]);
    }

    #[test]
    fn what_shows_nothing_is_written_out() {
        assert_eq!(draw("赌\u{200b}博", "赌\u{200b}博", 80).first().unwrap(), "  赌\\u{200b}博");
        assert_eq!(draw("a\u{1b}[31mb", "b", 80).first().unwrap(), "  a\\u{1b}[31mb");
        assert_eq!(draw("e\u{301}\u{202e}x", "x", 80).first().unwrap(), "  e\u{301}\\u{202e}x");
        assert_eq!(draw("全\u{3000}角", "角", 80).first().unwrap(), "  全\u{3000}角");
    }
}
