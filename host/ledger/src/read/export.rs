//! Exports of records: one JSON object a line, a table, or a file for databases.

use std::io::Write;

use serde_json::json;
use specialis_core::Date;

use super::body::BodyState;
use super::log::LogReader;
use super::row::Row;
use crate::error::LedgerError;
use crate::format::entry::day_of;
use crate::format::parquet::{Column, Kind, ParquetFile, Values};

/// The columns of the table.
const COLUMNS: [&str; 14] = [
    "index", "time", "day", "kind", "decision", "session", "user", "verdict", "edition", "duties", "policies", "owed",
    "undone", "due",
];

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> LedgerError {
    LedgerError::Export { source: Box::new(error) }
}

/// Writes records, one a line: index, entry, and the body where it is there.
///
/// # Errors
/// Where a record cannot be read or the output not be written.
pub fn export_jsonl(
    reader: &mut LogReader,
    indices: impl IntoIterator<Item = u64>,
    out: &mut dyn Write,
) -> Result<u64, LedgerError> {
    let mut n_records = 0_u64;
    for index in indices {
        let entry = reader.entry(index)?;
        let body = match reader.body(index)? {
            BodyState::There(body) => body.value(),
            BodyState::None | BodyState::Erased | BodyState::Expired => None,
        };
        let line = json!({"index": index, "entry": entry, "body": body});
        writeln!(out, "{line}").map_err(failed)?;
        n_records = n_records.saturating_add(1);
    }
    Ok(n_records)
}

/// Writes rows as a table for a spreadsheet, in UTF-8 with a mark at the start, so that Chinese is read as such.
///
/// # Errors
/// Where the output cannot be written.
pub fn export_csv<'a>(rows: impl IntoIterator<Item = &'a Row>, out: &mut dyn Write) -> Result<(), LedgerError> {
    out.write_all("\u{feff}".as_bytes()).map_err(failed)?;
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS).map_err(failed)?;
    for row in rows {
        let text = |value: &Option<String>| harmless(value.as_deref().unwrap_or_default());
        let joined = |words: Vec<&str>| words.join(" ");
        table
            .write_record([
                row.index.to_string(),
                row.t.to_string(),
                day_of(row.t).to_string(),
                row.kind.word().to_owned(),
                text(&row.id),
                text(&row.session),
                text(&row.subject),
                row.verdict.map(|verdict| verdict.as_str().to_owned()).unwrap_or_default(),
                text(&row.edition),
                joined(row.duties.iter().map(AsRef::as_ref).collect()),
                joined(row.policies.iter().map(AsRef::as_ref).collect()),
                row.n_owed.to_string(),
                row.n_undone().to_string(),
                row.due.map(|due| due.to_string()).unwrap_or_default(),
            ])
            .map_err(failed)?;
    }
    table.flush().map_err(failed)
}

/// The columns of the file for databases.
const TYPED: [Column; 16] = [
    column("index", Kind::U64, false),
    column("time", Kind::Time, false),
    column("day", Kind::Date, false),
    column("kind", Kind::Text, false),
    column("decision", Kind::Text, true),
    column("session", Kind::Text, true),
    column("user", Kind::Text, true),
    column("verdict", Kind::Text, true),
    column("edition", Kind::Text, true),
    column("duties", Kind::Texts, false),
    column("policies", Kind::Texts, false),
    column("owed", Kind::U32, false),
    column("undone", Kind::U32, false),
    column("due", Kind::Date, true),
    column("class", Kind::Text, true),
    column("restricted", Kind::Bool, false),
];
/// How many rows are written in one group.
const GROUP: usize = 65_536;

const fn column(name: &'static str, kind: Kind, may_lack: bool) -> Column {
    Column { name, kind, may_lack }
}

/// Writes rows as a Parquet file, which DuckDB, pandas and Spark read. Days are those of Asia/Shanghai, times are UTC, and a user
/// stands in it as a tag.
///
/// # Errors
/// Where the output cannot be written.
pub fn export_parquet(rows: &[Row], out: &mut dyn Write) -> Result<(), LedgerError> {
    let mut file = ParquetFile::new(out, &TYPED).map_err(failed)?;
    for rows in rows.chunks(GROUP) {
        let mut values = TYPED.map(|_| Values::default());
        rows.iter().for_each(|row| typed(row, &mut values));
        file.group(rows.len(), &values).map_err(failed)?;
    }
    file.finish().and_then(|out| out.flush()).map_err(failed)
}

/// Adds the values of a row, column by column.
fn typed(row: &Row, values: &mut [Values; 16]) {
    let [index, time, day, kind, id, session, user, verdict, edition, duties, policies, owed, undone, due, class, held] =
        values;
    let maybe = |values: &mut Values, text: Option<&str>| match text {
        Some(text) => values.text(text),
        None => values.lacking(),
    };
    index.u64(row.index);
    time.since_1970(&row.t.as_millisecond().to_le_bytes());
    day.since_1970(&day_number(day_of(row.t)).to_le_bytes());
    kind.text(row.kind.word());
    maybe(id, row.id.as_deref());
    maybe(session, row.session.as_deref());
    maybe(user, row.subject.as_deref());
    maybe(verdict, row.verdict.map(|verdict| verdict.as_str()));
    maybe(edition, row.edition.as_deref());
    duties.texts(row.duties.iter().map(AsRef::as_ref));
    policies.texts(row.policies.iter().map(AsRef::as_ref));
    owed.u32(row.n_owed);
    undone.u32(row.n_undone());
    match row.due {
        Some(date) => due.since_1970(&day_number(date).to_le_bytes()),
        None => due.lacking(),
    }
    maybe(class, row.class.map(|class| class.to_string()).as_deref());
    held.bool(row.is_restricted);
}

/// The days since 1970.
fn day_number(day: Date) -> i32 {
    let civil = jiff::civil::Date::new(day.year(), day.month().cast_signed(), day.day().cast_signed());
    let days = civil.and_then(|civil| civil.since(jiff::civil::Date::constant(1970, 1, 1)));
    days.map_or(0, |since| since.get_days())
}

/// A text that no spreadsheet takes for a formula.
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
