//! The standing of one node, in a file of its own. Deleting it loses nothing: it is built again from the records.

use cap_std::fs::Dir;
use redb::backends::FileBackend;
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};

use crate::disk::regular;

use super::{Change, StandingAway, StandingRecord, StandingStore, SubjectState};

/// The file.
const FILE: &str = "standing.redb";
/// State of each tag, as JSON.
const STATES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("states");
/// Up to which index the changes of each log were applied.
const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("cursors");

/// A store of standings in a file.
///
/// Changes are not synced one by one: after a stop the store catches up from its cursor, which changes in the same transaction.
pub struct RedbStanding {
    database: Database,
}

fn away(error: impl Into<redb::Error>) -> StandingAway {
    StandingAway { source: Box::new(error.into()) }
}

impl RedbStanding {
    /// Opens the store in a folder, and makes it where there is none.
    ///
    /// # Errors
    /// Where the file cannot be used; deleting it helps.
    pub fn open(dir: &Dir) -> Result<Self, StandingAway> {
        let file = regular::open_or_make(dir, FILE).map_err(|source| StandingAway { source: Box::new(source) })?;
        let backend = FileBackend::new(file.into_std()).map_err(away)?;
        let database = Database::builder().create_with_backend(backend).map_err(away)?;
        let write = database.begin_write().map_err(away)?;
        write.open_table(STATES).map_err(away)?;
        write.open_table(CURSORS).map_err(away)?;
        write.commit().map_err(away)?;
        Ok(Self { database })
    }

    /// Waits until everything that was applied is on the disk.
    ///
    /// # Errors
    /// Where the disk does not confirm.
    pub fn sync(&self) -> Result<(), StandingAway> {
        self.database.begin_write().map_err(away)?.commit().map_err(away)
    }

    fn change(write: &WriteTransaction, record: &StandingRecord) -> Result<bool, StandingAway> {
        let mut cursors = write.open_table(CURSORS).map_err(away)?;
        let cursor = cursors.get(record.origin.as_str()).map_err(away)?.map_or(0, |cursor| cursor.value());
        if record.index < cursor {
            return Ok(false);
        }
        cursors.insert(record.origin.as_str(), record.index.saturating_add(1)).map_err(away)?;
        let mut states = write.open_table(STATES).map_err(away)?;
        let mut state = read(&states, &record.tag)?;
        let moved = match &record.change {
            Change::Moved { from } => {
                let moved = read(&states, from)?;
                states.remove(from.as_str()).map_err(away)?;
                Some(moved)
            }
            Change::Breach { .. } | Change::Lawful {} | Change::Measure { .. } | Change::Refuted { .. } => None,
        };
        let is_changed = state.apply(&record.change, moved.as_ref());
        let bytes = serde_json::to_vec(&state).map_err(|source| StandingAway { source: Box::new(source) })?;
        states.insert(record.tag.as_str(), bytes.as_slice()).map_err(away)?;
        Ok(is_changed)
    }
}

fn read(
    states: &impl redb::ReadableTable<&'static str, &'static [u8]>,
    tag: &str,
) -> Result<SubjectState, StandingAway> {
    let Some(bytes) = states.get(tag).map_err(away)? else { return Ok(SubjectState::default()) };
    serde_json::from_slice(bytes.value()).map_err(|source| StandingAway { source: Box::new(source) })
}

impl StandingStore for RedbStanding {
    fn get(&self, tag: &str) -> Result<SubjectState, StandingAway> {
        let states = self.database.begin_read().map_err(away)?.open_table(STATES).map_err(away)?;
        read(&states, tag)
    }

    fn apply(&self, record: &StandingRecord) -> Result<bool, StandingAway> {
        let mut write = self.database.begin_write().map_err(away)?;
        write.set_durability(Durability::None).map_err(|error| away(redb::Error::from(error)))?;
        let is_changed = Self::change(&write, record)?;
        write.commit().map_err(away)?;
        Ok(is_changed)
    }

    fn cursor(&self, origin: &str) -> Result<u64, StandingAway> {
        let cursors = self.database.begin_read().map_err(away)?.open_table(CURSORS).map_err(away)?;
        Ok(cursors.get(origin).map_err(away)?.map_or(0, |cursor| cursor.value()))
    }
}
