//! The header rows of a lexicon file.

use super::Problem;

/// Where the terms of a lexicon come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LexiconHeader {
    /// `# source:`, who compiled the terms and from what.
    pub source: Option<String>,
    /// `# date:`, as `YYYY-MM-DD`, a real date.
    pub date: Option<String>,
    /// `# licence:` (or `# license:`).
    pub licence: Option<String>,
    /// Header rows with no such key, without the `#`.
    pub notes: Vec<String>,
}

impl LexiconHeader {
    /// Takes one header row, without its `#`.
    pub(super) fn take(&mut self, line: &str) -> Result<(), Problem> {
        let line = line.trim();
        let (key, value) = line.split_once([':', '：']).map_or(("", line), |(key, value)| (key.trim(), value.trim()));
        let (slot, key) = match key.to_lowercase().as_str() {
            "source" => (&mut self.source, "source"),
            "date" => (&mut self.date, "date"),
            "licence" | "license" => (&mut self.licence, "licence"),
            _ => {
                if !line.is_empty() {
                    self.notes.push(line.to_owned());
                }
                return Ok(());
            }
        };
        if value.is_empty() {
            return Err(Problem::EmptyCell);
        }
        if key == "date" && !is_date(value) {
            return Err(Problem::BadDate(value.to_owned()));
        }
        match slot.replace(value.to_owned()) {
            Some(_) => Err(Problem::RepeatedHeader(key)),
            None => Ok(()),
        }
    }

    /// The header rows as they stand in a file, without line ends.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let keys = [("source", &self.source), ("date", &self.date), ("licence", &self.licence)];
        let keyed = keys.into_iter().filter_map(|(key, value)| Some(format!("# {key}: {}", value.as_ref()?)));
        keyed.chain(self.notes.iter().map(|note| format!("# {note}")))
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |len: usize| -> Option<u32> {
        let part = parts.next()?;
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    parts.next().is_none() && crate::calendar::is_date(year, month, day)
}
