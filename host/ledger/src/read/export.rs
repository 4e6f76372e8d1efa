//! Exports of records: one JSON object a line, or a table.

use std::io::Write;

use serde_json::json;

use super::body::BodyState;
use super::log::LogReader;
use super::row::Row;
use crate::error::LedgerError;
use crate::format::entry::day_of;

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
        let undone = row.settled.map_or(row.n_owed, |settled| settled.undone.saturating_add(settled.failed));
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
                undone.to_string(),
                row.due.map(|due| due.to_string()).unwrap_or_default(),
            ])
            .map_err(failed)?;
    }
    table.flush().map_err(failed)
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
