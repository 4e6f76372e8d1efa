//! From text to rows and back.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use specialis_core::CategoryId;

use super::{ANY_CATEGORY, Column, Context, FileError, Lexicon, LexiconError, LexiconHeader, Problem, RowError};
use super::{Added, Term, TermFlags};
use crate::lane;

/// Which cell of a row holds which column.
struct Columns(Vec<Column>);

pub(super) fn read(name: &str, text: &str) -> Result<Lexicon, LexiconError> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut header = LexiconHeader::default();
    let mut columns = None;
    let mut terms = Vec::new();
    let mut record = StringRecord::new();
    // The text is UTF-8 and rows may differ in length, so the reader has nothing left to refuse.
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let row = record.position().map_or(0, csv::Position::line);
        let at = |column, problem| LexiconError::from(RowError::new(name, row, column, problem));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        match &columns {
            None => match record.get(0).and_then(|cell| cell.trim_start().strip_prefix('#')) {
                Some(_) => header.take(&header_line(&record)).map_err(|problem| at(Column::Header, problem))?,
                None => columns = Some(Columns::read(&record).map_err(|problem| at(Column::Header, problem))?),
            },
            Some(columns) => terms.push(columns.term(&record).map_err(|(column, problem)| at(column, problem))?),
        }
    }
    if columns.is_none() {
        return Err(FileError::new(name, Problem::NoColumns).into());
    }
    Ok(Lexicon { name: name.to_owned(), header, terms })
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
