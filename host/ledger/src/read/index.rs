//! The index for searching, in a file of its own. Deleting it loses nothing: it is built again from the records.

use cap_std::fs::Dir;
use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition, WriteTransaction};

use super::body::BodyState;
use super::log::LogReader;
use super::row::Row;
use super::search::Query;
use crate::disk::regular;
use crate::error::LedgerError;
use crate::format::entry::{Class, Entry, EntryKind};

/// The file.
const FILE: &str = "index.redb";
/// Rows by index, as JSON.
const ROWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");
/// Indices by what they are looked up by: `id`, `session` or `subject`, then its text.
const KEYS: TableDefinition<'_, (&str, &str, u64), ()> = TableDefinition::new("keys");
/// How far each log was read.
const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("cursors");
/// How many rows are written in one transaction.
const STEP: u64 = 8_192;

/// What a record is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    Id,
    Session,
    Subject,
}

impl Lookup {
    fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Session => "session",
            Self::Subject => "subject",
        }
    }
}

/// The index of one log.
pub struct Index {
    database: Database,
}

fn failed(error: impl Into<redb::Error>) -> LedgerError {
    LedgerError::store("index")(Box::new(error.into()))
}

fn json_failed(error: serde_json::Error) -> LedgerError {
    LedgerError::store("index")(Box::new(error))
}

impl Index {
    /// Opens the index in a folder, and makes it where there is none.
    ///
    /// # Errors
    /// Where the file cannot be used; deleting it helps.
    pub fn open(dir: &Dir) -> Result<Self, LedgerError> {
        let file = regular::open_or_make(dir, FILE).map_err(|error| LedgerError::store("index")(Box::new(error)))?;
        let backend = FileBackend::new(file.into_std()).map_err(failed)?;
        let database = Database::builder().create_with_backend(backend).map_err(failed)?;
        let write = database.begin_write().map_err(failed)?;
        write.open_table(ROWS).map_err(failed)?;
        write.open_table(KEYS).map_err(failed)?;
        write.open_table(CURSORS).map_err(failed)?;
        write.commit().map_err(failed)?;
        Ok(Self { database })
    }

    /// Reads what a log has that the index does not: how many records.
    ///
    /// # Errors
    /// Where the log or the index cannot be read.
    pub fn catch_up(&self, reader: &mut LogReader) -> Result<u64, LedgerError> {
        let origin = reader.checkpoint().head().origin.clone();
        let start = self.cursor(&origin)?;
        let mut from = start;
        while from < reader.size() {
            let until = reader.size().min(from.saturating_add(STEP));
            let write = self.database.begin_write().map_err(failed)?;
            let mut step = Step::new(&write)?;
            for index in from..until {
                step.add(reader, index)?;
            }
            drop(step);
            write.open_table(CURSORS).map_err(failed)?.insert(origin.as_str(), until).map_err(failed)?;
            write.commit().map_err(failed)?;
            from = until;
        }
        Ok(from.saturating_sub(start))
    }

    fn cursor(&self, origin: &str) -> Result<u64, LedgerError> {
        let cursors = self.database.begin_read().map_err(failed)?.open_table(CURSORS).map_err(failed)?;
        Ok(cursors.get(origin).map_err(failed)?.map_or(0, |cursor| cursor.value()))
    }

    /// Whether a record is restricted: kept, and used for nothing else. One that the index does not have is not.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn is_restricted(&self, index: u64) -> Result<bool, LedgerError> {
        let rows = self.database.begin_read().map_err(failed)?.open_table(ROWS).map_err(failed)?;
        let Some(bytes) = rows.get(index).map_err(failed)? else { return Ok(false) };
        let row: Row = serde_json::from_slice(bytes.value()).map_err(json_failed)?;
        Ok(row.is_restricted)
    }

    /// The rows that a query asks for, in order, at most as many as it says.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn search(&self, query: &Query) -> Result<Vec<Row>, LedgerError> {
        let read = self.database.begin_read().map_err(failed)?;
        let rows = read.open_table(ROWS).map_err(failed)?;
        let keys = read.open_table(KEYS).map_err(failed)?;
        let mut found = Vec::new();
        let lookups = query.lookups();
        if lookups.is_empty() {
            for row in rows.iter().map_err(failed)? {
                let (_, bytes) = row.map_err(failed)?;
                let row: Row = serde_json::from_slice(bytes.value()).map_err(json_failed)?;
                if query.matches(&row) {
                    found.push(row);
                }
                if found.len() >= query.limit {
                    break;
                }
            }
            return Ok(found);
        }
        let mut indices = Vec::new();
        for (lookup, text) in lookups {
            let range = (lookup.word(), text, 0)..=(lookup.word(), text, u64::MAX);
            for key in keys.range(range).map_err(failed)? {
                indices.push(key.map_err(failed)?.0.value().2);
            }
            if lookup == Lookup::Session {
                // Sessions of their own under this name; `matches` says whether what begins so is one.
                let (first, behind) = (format!("{text}#"), format!("{text}$"));
                for key in keys
                    .range((lookup.word(), first.as_str(), 0)..(lookup.word(), behind.as_str(), 0))
                    .map_err(failed)?
                {
                    indices.push(key.map_err(failed)?.0.value().2);
                }
            }
        }
        indices.sort_unstable();
        indices.dedup();
        for index in indices {
            let Some(bytes) = rows.get(index).map_err(failed)? else { continue };
            let row: Row = serde_json::from_slice(bytes.value()).map_err(json_failed)?;
            if query.matches(&row) && found.len() < query.limit {
                found.push(row);
            }
        }
        Ok(found)
    }
}

/// The tables while rows are added.
struct Step<'a> {
    rows: Table<'a, u64, &'static [u8]>,
    keys: Table<'a, (&'static str, &'static str, u64), ()>,
}

impl<'a> Step<'a> {
    fn new(write: &'a WriteTransaction) -> Result<Self, LedgerError> {
        Ok(Self { rows: write.open_table(ROWS).map_err(failed)?, keys: write.open_table(KEYS).map_err(failed)? })
    }

    fn add(&mut self, reader: &mut LogReader, index: u64) -> Result<(), LedgerError> {
        let entry = reader.entry(index)?;
        let body = match reader.body(index) {
            // One damaged body does not hide the other records; `verify` names it.
            Err(LedgerError::Damaged { .. }) => BodyState::None,
            other => other?,
        };
        self.take_away(&entry)?;
        let row = Row::new(index, entry, &body);
        if row.kind == EntryKind::Settlement
            && let (Some(id), Some(settled)) = (&row.id, row.settled)
        {
            for decision in self.indices(Lookup::Id, id)? {
                self.change(decision, |row| {
                    if row.kind == EntryKind::Decision {
                        row.settled = Some(settled);
                    }
                })?;
            }
        }
        for (lookup, text) in keys_of(&row) {
            self.keys.insert((lookup.word(), text, index), ()).map_err(failed)?;
        }
        self.put(&row)
    }

    /// Does what an entry says about earlier records.
    fn take_away(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        if entry.kind == EntryKind::Expire {
            return match entry.word("class").and_then(|class| class.parse().ok()) {
                Some(class) => self.expire(class),
                None => Ok(()),
            };
        }
        match entry.number("index") {
            Some(row) if entry.kind == EntryKind::Restrict => self.change(row, |row| row.is_restricted = true),
            Some(row) if entry.kind == EntryKind::Erase => self.unlink(row),
            Some(_) | None => Ok(()),
        }
    }

    fn put(&mut self, row: &Row) -> Result<(), LedgerError> {
        let bytes = serde_json::to_vec(row).map_err(json_failed)?;
        self.rows.insert(row.index, bytes.as_slice()).map_err(failed)?;
        Ok(())
    }

    fn get(&self, index: u64) -> Result<Option<Row>, LedgerError> {
        let Some(bytes) = self.rows.get(index).map_err(failed)? else { return Ok(None) };
        serde_json::from_slice(bytes.value()).map(Some).map_err(json_failed)
    }

    fn change(&mut self, index: u64, change: impl FnOnce(&mut Row)) -> Result<(), LedgerError> {
        let Some(mut row) = self.get(index)? else { return Ok(()) };
        change(&mut row);
        self.put(&row)
    }

    /// Takes out what leads from a person to a record.
    fn unlink(&mut self, index: u64) -> Result<(), LedgerError> {
        let Some(mut row) = self.get(index)? else { return Ok(()) };
        for (lookup, text) in keys_of(&row).into_iter().filter(|(lookup, _)| *lookup != Lookup::Id) {
            self.keys.remove((lookup.word(), text, index)).map_err(failed)?;
        }
        row.unlink();
        self.put(&row)
    }

    fn expire(&mut self, class: Class) -> Result<(), LedgerError> {
        let mut of_class = Vec::new();
        for row in self.rows.iter().map_err(failed)? {
            let (index, bytes) = row.map_err(failed)?;
            let row: Row = serde_json::from_slice(bytes.value()).map_err(json_failed)?;
            if row.class == Some(class) {
                of_class.push(index.value());
            }
        }
        of_class.into_iter().try_for_each(|index| self.unlink(index))
    }

    fn indices(&self, lookup: Lookup, text: &str) -> Result<Vec<u64>, LedgerError> {
        let range = (lookup.word(), text, 0)..=(lookup.word(), text, u64::MAX);
        let keys = self.keys.range(range).map_err(failed)?;
        keys.map(|key| key.map(|(key, _)| key.value().2).map_err(failed)).collect()
    }
}

/// What a row is looked up by.
fn keys_of(row: &Row) -> Vec<(Lookup, &str)> {
    let keys = [
        (Lookup::Id, row.id.as_deref()),
        (Lookup::Session, row.session.as_deref()),
        (Lookup::Subject, row.subject.as_deref()),
    ];
    keys.into_iter().filter_map(|(lookup, text)| Some((lookup, text?))).collect()
}
