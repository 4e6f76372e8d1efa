//! Reads the changes of standings from a log, to catch up or to check a store.

use std::collections::BTreeMap;

use super::body::BodyState;
use super::log::LogReader;
use crate::error::LedgerError;
use crate::format::entry::EntryKind;
use crate::record::StandingBody;
use crate::standing::{Change, StandingAway, StandingRecord, StandingStore, SubjectState};

/// The changes of a log from an index on. What was erased or has expired changes nothing any more.
fn changes(mut reader: LogReader, from: u64) -> impl Iterator<Item = Result<StandingRecord, LedgerError>> {
    let origin = reader.checkpoint().head().origin.clone();
    (from..reader.size()).filter_map(move |index| change(&mut reader, &origin, index).transpose())
}

fn change(reader: &mut LogReader, origin: &str, index: u64) -> Result<Option<StandingRecord>, LedgerError> {
    let entry = reader.entry(index)?;
    let is_change = matches!(
        entry.kind,
        EntryKind::Breach | EntryKind::Lawful | EntryKind::Measure | EntryKind::Refuted | EntryKind::Key
    );
    if !is_change {
        return Ok(None);
    }
    let BodyState::There(body) = reader.body(index)? else { return Ok(None) };
    let Ok(StandingBody { subject, change }) = serde_json::from_slice(body.json()) else { return Ok(None) };
    Ok(Some(StandingRecord { origin: origin.to_owned(), index, tag: subject, change }))
}

/// Applies what a store has not seen of a log.
pub(crate) fn catch_up(reader: LogReader, store: &dyn StandingStore) -> Result<(), StandingAway> {
    let cursor = store.cursor(&reader.checkpoint().head().origin)?;
    for record in changes(reader, cursor) {
        store.apply(&record.map_err(|error| StandingAway { source: Box::new(error) })?)?;
    }
    Ok(())
}

/// The state of every user, folded from logs in their order.
///
/// # Errors
/// Where a log cannot be read.
pub fn fold_standing(readers: Vec<LogReader>) -> Result<BTreeMap<String, SubjectState>, LedgerError> {
    let mut states: BTreeMap<String, SubjectState> = BTreeMap::new();
    for reader in readers {
        for record in changes(reader, 0) {
            let StandingRecord { tag, change, .. } = record?;
            let moved = match &change {
                Change::Moved { from } => states.remove(from),
                Change::Breach { .. } | Change::Lawful {} | Change::Measure { .. } | Change::Refuted { .. } => None,
            };
            states.entry(tag).or_default().apply(&change, moved.as_ref());
        }
    }
    Ok(states)
}

/// The tags whose state in a store is not the one that the records give.
///
/// # Errors
/// Where a log or the store cannot be read.
pub fn check_standing(readers: Vec<LogReader>, store: &dyn StandingStore) -> Result<Vec<String>, LedgerError> {
    let mut different = Vec::new();
    for (tag, state) in fold_standing(readers)? {
        let stored = store.get(&tag).map_err(|away| LedgerError::store("standing")(Box::new(away)))?;
        if stored != state {
            different.push(tag);
        }
    }
    Ok(different)
}
