//! From text to rows and back.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use specialis_core::CategoryId;

use super::{ANY_CATEGORY, Column, Context, FileError, Lexicon, LexiconError, LexiconHeader, Problem, RowError};
use super::{Added, Term, TermFlags};
use crate::lane;

/// Which cell of a row holds which column.
struct Columns(Vec<Column>);

/// Reads rows to the end, whatever is wrong with some of them.
///
/// # Errors
/// Every problem, in the order of the file. Where the columns are not known no row behind them is read.
pub(super) fn read(name: &str, text: &str) -> Result<Lexicon, Vec<LexiconError>> {
    if let Some((line, separator)) = other_separator(text) {
        return Err(vec![RowError::new(name, line, Column::Header, Problem::Separator(separator)).into()]);
    }
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut header = LexiconHeader::default();
    let mut columns = None;
    let (mut terms, mut problems) = (Vec::new(), Vec::new());
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut record = StringRecord::new();
    // The text is UTF-8 and rows may differ in length, so the reader has nothing left to refuse.
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let row = lines.of(record.position());
        let mut wrong = |column, problem| problems.push(RowError::new(name, row, column, problem).into());
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match &columns {
            None => match record.get(0).and_then(|cell| cell.trim_start().strip_prefix('#')) {
                Some(_) => {
                    let _ = header.take(&header_line(&record)).map_err(|problem| wrong(Column::Header, problem));
                }
                None => match Columns::read(&record) {
                    Ok(read) => columns = Some(read),
                    Err(problem) => {
                        wrong(Column::Header, problem);
                        return Err(problems);
                    }
                },
            },
            Some(columns) => match columns.term(&record) {
                Ok(term) => terms.push(term),
                Err((column, problem)) => wrong(column, problem),
            },
        }
    }
    if columns.is_none() {
        problems.push(FileError::new(name, Problem::NoColumns).into());
    }
    if problems.is_empty() { Ok(Lexicon { name: name.to_owned(), header, terms }) } else { Err(problems) }
}

/// Whether no row stands behind the columns.
pub(super) fn is_without_terms(text: &str) -> bool {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut has_columns = false;
    while matches!(reader.read_record(&mut record), Ok(true)) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if has_columns {
            return false;
        }
        has_columns = !record.get(0).is_some_and(|cell| cell.trim_start().starts_with('#'));
    }
    true
}

/// The line of the columns and what separates them, where that is not a comma.
fn other_separator(text: &str) -> Option<(u64, char)> {
    let is_of_columns = |line: &&str| !line.trim().is_empty() && !line.trim_start_matches('"').starts_with('#');
    let (line, columns) = (1..).zip(text.lines()).find(|(_, line)| is_of_columns(line))?;
    let found = [';', '\t', '，', '；', '|'].into_iter().find(|separator| columns.contains(*separator));
    found.filter(|_| !columns.contains(',')).map(|separator| (line, separator))
}

/// Counts lines as spreadsheets do. The reader's own count is behind by one where lines end in CRLF, and by blank lines.
struct Lines<'a> {
    text: &'a str,
    /// Up to where lines are counted.
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a row begins, from 1.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let start = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.at);
        let blank = self.text.as_bytes().get(start..).unwrap_or_default();
        let n_blank = blank.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = start.saturating_add(n_blank);
        let passed = self.text.as_bytes().get(self.at..start).unwrap_or_default();
        let ends = passed.iter().zip(passed.iter().skip(1).map(Some).chain([None]));
        let n_ends = ends.filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n'))).count();
        (self.at, self.line) = (start, self.line.saturating_add(u64::try_from(n_ends).unwrap_or(0)));
        self.line
    }
}

/// A header row without its `#`. Spreadsheets cut it at commas and pad it to the width of the table.
fn header_line(record: &StringRecord) -> String {
    let line = record.iter().collect::<Vec<_>>().join(",");
    line.trim_end_matches(',').trim_start().trim_start_matches('#').to_owned()
}

impl Columns {
    fn read(record: &StringRecord) -> Result<Self, Problem> {
        let mut columns = Vec::new();
        let n_named = record.iter().zip(1..).filter(|(cell, _)| !cell.trim().is_empty()).map(|(_, n)| n).last();
        for cell in record.iter().take(n_named.unwrap_or(0)) {
            let name = cell.trim();
            let column = Column::ALL.into_iter().find(|column| column.as_str().eq_ignore_ascii_case(name));
            let column = column.ok_or_else(|| Problem::UnknownColumn(name.to_owned()))?;
            if columns.contains(&column) {
                return Err(Problem::RepeatedColumn(column));
            }
            columns.push(column);
        }
        match [Column::Term, Column::Category].into_iter().find(|column| !columns.contains(column)) {
            Some(missing) => Err(Problem::MissingColumn(missing)),
            None => Ok(Self(columns)),
        }
    }

    fn term(&self, record: &StringRecord) -> Result<Term, (Column, Problem)> {
        let cell = |column| {
            let index = self.0.iter().position(|&other| other == column);
            index.and_then(|index| record.get(index)).unwrap_or("").trim()
        };
        if let Some(extra) = record.iter().skip(self.0.len()).find(|cell| !cell.trim().is_empty()) {
            let last = self.0.last().copied().unwrap_or(Column::Context);
            return Err((last, Problem::ExtraCell(extra.to_owned())));
        }
        let text = cell(Column::Term);
        if text.is_empty() {
            return Err((Column::Term, Problem::EmptyCell));
        }
        lane::check(text).map_err(|problem| (Column::Term, problem))?;
        let flags = TermFlags::parse(cell(Column::Flags)).map_err(|problem| (Column::Flags, problem))?;
        let category = category(cell(Column::Category), flags).map_err(|problem| (Column::Category, problem))?;
        let weight = weight(cell(Column::Weight)).map_err(|problem| (Column::Weight, problem))?;
        let context = Context::parse(cell(Column::Context)).map_err(|problem| (Column::Context, problem))?;
        let by = Some(cell(Column::By)).filter(|by| !by.is_empty()).map(str::to_owned);
        let on = Some(cell(Column::On)).filter(|on| !on.is_empty());
        let on = on.map(|on| on.parse().map_err(|_| (Column::On, Problem::BadDay(on.to_owned())))).transpose()?;
        Ok(Term { text: text.to_owned(), category, weight, flags, context, added: Added { by, on } })
    }
}

fn category(cell: &str, flags: TermFlags) -> Result<CategoryId, Problem> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    match cell {
        "" => Err(Problem::EmptyCell),
        ANY_CATEGORY if flags.is_exception => Ok(cell.into()),
        ANY_CATEGORY => Err(Problem::AnyWithoutException),
        _ if cell.chars().all(is_plain) => Ok(cell.into()),
        _ => Err(Problem::BadCategory(cell.to_owned())),
    }
}

fn weight(cell: &str) -> Result<u8, Problem> {
    if cell.is_empty() {
        return Ok(Term::DEFAULT_WEIGHT);
    }
    let weight = cell.parse().ok().filter(|weight| (1..=100).contains(weight));
    weight.ok_or_else(|| Problem::BadWeight(cell.to_owned()))
}

pub(super) fn write(lexicon: &Lexicon) -> String {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut rows = |cells: &[&str]| {
        // Writing to memory cannot fail, and rows may differ in length.
        let _ = writer.write_record(cells);
    };
    for line in lexicon.header.lines() {
        rows(&[&line]);
    }
    let says_who = lexicon.terms.iter().any(|term| term.added != Added::default());
    let columns: &[Column] = if says_who { &Column::ALL } else { &Column::OF_TERMS };
    rows(&columns.iter().map(|column| column.as_str()).collect::<Vec<_>>());
    for term in &lexicon.terms {
        let on = term.added.on.map(|on| on.to_string()).unwrap_or_default();
        let cells = columns.iter().map(|column| match column {
            Column::Term | Column::Header => term.text.clone(),
            Column::Category => term.category.to_string(),
            Column::Weight => term.weight.to_string(),
            Column::Flags => term.flags.to_cell(),
            Column::Context => term.context.to_cell(),
            Column::By => term.added.by.clone().unwrap_or_default(),
            Column::On => on.clone(),
        });
        let cells: Vec<String> = cells.collect();
        rows(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
