//! The text of a cell, read from left to right.

use super::{Comparison, Value};

/// What is left to read.
pub(super) struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    pub(super) fn new(cell: &'a str) -> Self {
        Self(cell.trim())
    }

    pub(super) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// That the rest cannot be read.
    pub(super) fn unread(&self) -> String {
        if self.is_done() { "it ends too early".to_owned() } else { format!("`{}` cannot be read here", self.0) }
    }

    /// Takes a mark, in its full-width form too.
    pub(super) fn takes(&mut self, mark: &str) -> bool {
        let wide = match mark {
            "(" => "（",
            ")" => "）",
            "," => "，",
            "|" => "｜",
            other => other,
        };
        let rest = self.0.strip_prefix(mark).or_else(|| self.0.strip_prefix(wide));
        if let Some(rest) = rest {
            self.0 = rest.trim_start();
        }
        rest.is_some()
    }

    /// Takes one of these words. A Latin word has to end there.
    pub(super) fn takes_word(&mut self, words: &[&str]) -> bool {
        let ends = |word: &str, rest: &str| !word.is_ascii() || !rest.starts_with(is_of_name);
        let rest = words.iter().find_map(|word| self.0.strip_prefix(word).filter(|rest| ends(word, rest)));
        if let Some(rest) = rest {
            self.0 = rest.trim_start();
        }
        rest.is_some()
    }

    /// A name, such as `subject.age`.
    pub(super) fn name(&mut self) -> Option<String> {
        let name = self.next();
        self.pass(name.len());
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The name of a setting, behind `$`.
    pub(super) fn setting(&mut self) -> Option<String> {
        self.0 = self.0.strip_prefix('$').or_else(|| self.0.strip_prefix('＄'))?;
        self.name()
    }

    /// A text in quotation marks.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let (open, close) = [('"', '"'), ('“', '”')].into_iter().find(|(open, _)| self.0.starts_with(*open))?;
        let (text, rest) = self.0.strip_prefix(open)?.split_once(close)?;
        self.0 = rest.trim_start();
        Some(text.to_owned())
    }

    /// Names in brackets, with `|` or commas between them.
    pub(super) fn list(&mut self) -> Option<Vec<String>> {
        if !self.takes("(") {
            return None;
        }
        let mut names = vec![self.name()?];
        while self.takes("|") || self.takes(",") {
            names.push(self.name()?);
        }
        self.takes(")").then_some(names)
    }

    pub(super) fn comparison(&mut self) -> Option<Comparison> {
        let known = [
            ("!=", Comparison::NotEqual),
            ("≠", Comparison::NotEqual),
            ("<=", Comparison::AtMost),
            ("≤", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("≥", Comparison::AtLeast),
            ("<", Comparison::Less),
            ("＜", Comparison::Less),
            (">", Comparison::More),
            ("＞", Comparison::More),
            ("=", Comparison::Equal),
            ("＝", Comparison::Equal),
        ];
        let (mark, comparison) = known.into_iter().find(|(mark, _)| self.0.starts_with(mark))?;
        self.0 = self.0.strip_prefix(mark)?.trim_start();
        Some(comparison)
    }

    /// The name or word that comes next.
    fn next(&self) -> &'a str {
        let end = self.0.find(|char| !is_of_name(char)).unwrap_or(self.0.len());
        self.0.split_at_checked(end).map_or("", |(word, _)| word)
    }

    /// Passes over so many bytes.
    fn pass(&mut self, n_bytes: usize) {
        self.0 = self.0.split_at_checked(n_bytes).map_or("", |(_, rest)| rest).trim_start();
    }

    /// A day such as `2026-11-02`, or a number. A word that begins with a digit, such as `14-17`, is neither.
    pub(super) fn date_or_number(&mut self) -> Result<Option<Value>, String> {
        let word = self.next();
        let looks_like_a_day = word.len() == 10
            && word
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        let value = if looks_like_a_day {
            Value::Date(word.parse().map_err(|_| format!("`{word}` is no day; write it as `2026-01-31`"))?)
        } else {
            match word.replace('_', "").parse() {
                Ok(number) => Value::Number(number),
                Err(_) => return Ok(None),
            }
        };
        self.pass(word.len());
        Ok(Some(value))
    }

    /// A number with one of these units behind it.
    pub(super) fn counted(&mut self, units: &[&str]) -> Option<i64> {
        let word = self.next();
        if let Some(number) = units.iter().find_map(|unit| word.strip_suffix(unit)?.parse().ok()) {
            self.pass(word.len());
            return Some(number);
        }
        let number = word.parse().ok()?;
        let mut after = Self(self.0);
        after.pass(word.len());
        let has_unit = after.takes_word(units);
        if has_unit {
            *self = after;
        }
        has_unit.then_some(number)
    }

    /// Days to add, such as `+ 30d` or `- 15日`; none where nothing is said.
    pub(super) fn days(&mut self) -> Result<i64, String> {
        let sign = if self.takes("+") {
            1
        } else if self.takes("-") {
            -1
        } else {
            return Ok(0);
        };
        let days = self.counted(&["d", "日", "天"]).ok_or("after the sign stands a number of days, such as `30d`")?;
        Ok(days.saturating_mul(sign))
    }
}

/// Whether a character may stand in a name or a word. Chinese words are words too.
fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '#')
}
