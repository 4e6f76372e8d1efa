//! Reads the changes of standings from a log, to catch up or to check a store.

use std::collections::BTreeMap;

use super::body::BodyState;
use super::log::LogReader;
use crate::error::LedgerError;
use crate::format::entry::EntryKind;
use crate::record::StandingBody;
use crate::standing::{Change, StandingAway, StandingRecord, StandingStore, SubjectState};

/// The changes of a log from an index on. What was erased or has expired changes nothing any more.
fn changes(reader: &mut LogReader, from: u64) -> impl Iterator<Item = Result<StandingRecord, LedgerError>> {
    let origin = reader.checkpoint().head().origin.clone();
    (from..reader.size()).filter_map(move |index| change(reader, &origin, index).transpose())
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

/// Why a store did not catch up with a log.
pub(crate) enum CatchUpError {
    /// The log cannot be read.
    Log(LedgerError),
    /// The store is away.
    Store,
}

/// Applies what a store has not seen of a log.
pub(crate) fn catch_up(reader: &mut LogReader, store: &dyn StandingStore) -> Result<(), CatchUpError> {
    let cursor = store.cursor(&reader.checkpoint().head().origin).map_err(|_| CatchUpError::Store)?;
    for record in changes(reader, cursor) {
        store.apply(&record.map_err(CatchUpError::Log)?).map_err(|_| CatchUpError::Store)?;
    }
    Ok(())
}

/// Applies to a store what it has not seen of an earlier log, before the changes of the log that goes on from it.
///
/// # Errors
/// Where the log cannot be read, or the store is away.
pub fn carry_standing(reader: &mut LogReader, store: &dyn StandingStore) -> Result<(), LedgerError> {
    let away = |away: StandingAway| LedgerError::store("standing")(Box::new(away));
    let cursor = store.cursor(&reader.checkpoint().head().origin).map_err(away)?;
    for record in changes(reader, cursor) {
        store.apply(&record?).map_err(away)?;
    }
    Ok(())
}

/// The state of every user, folded from logs. Changes of several logs are taken by the times of their entries.
///
/// # Errors
/// Where a log cannot be read.
pub fn fold_standing(readers: Vec<LogReader>) -> Result<BTreeMap<String, SubjectState>, LedgerError> {
    let mut in_order = Vec::new();
    for (log, mut reader) in readers.into_iter().enumerate() {
        let records = changes(&mut reader, 0).collect::<Result<Vec<_>, _>>()?;
        for record in records {
            in_order.push((reader.entry(record.index)?.t, log, record));
        }
    }
    // A log is in its own order, whatever its clock did; only where several are joined do the times decide.
    if in_order.iter().any(|(_, log, _)| *log > 0) {
        in_order.sort_by_key(|(t, log, record)| (*t, *log, record.index));
    }
    let mut states: BTreeMap<String, SubjectState> = BTreeMap::new();
    for (_, _, StandingRecord { tag, change, .. }) in in_order {
        let moved = match &change {
            Change::Moved { from } => states.remove(from),
            Change::Breach { .. } | Change::Lawful {} | Change::Measure { .. } | Change::Refuted { .. } => None,
        };
        states.entry(tag).or_default().apply(&change, moved.as_ref());
    }
    Ok(states)
}

/// The tags whose state in a store is not the one that the records give.
///
/// A store that several servers share is compared with the logs of all of them. It took their changes in the order in which they came,
/// which no log knows. So breaches and measures are compared, and rows only where there is one log.
///
/// # Errors
/// Where a log or the store cannot be read.
pub fn check_standing(readers: Vec<LogReader>, store: &dyn StandingStore) -> Result<Vec<String>, LedgerError> {
    let is_one = readers.len() < 2;
    let mut different = Vec::new();
    for (tag, state) in fold_standing(readers)? {
        let stored = store.get(&tag).map_err(|away| LedgerError::store("standing")(Box::new(away)))?;
        let is_the_same = if is_one { stored == state } else { stored.has_the_same(&state) };
        if !is_the_same {
            different.push(tag);
        }
    }
    Ok(different)
}
