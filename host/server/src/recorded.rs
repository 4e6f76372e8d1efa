//! The ledger of the host, as the console and the figures look at it.

use std::sync::Arc;

use specialis::core::Date;
use specialis_ledger::{Index, Ledger, LedgerError, LedgerHealth, LogReader, NoteKey, Query, Record, Row};

/// The ledger that a host records in, with an index of its own and the key under which others verify it.
pub struct RecordedLedger {
    ledger: Arc<Ledger>,
    index: Index,
    key: NoteKey,
}

impl RecordedLedger {
    /// The ledger of a host. The index is this server's alone: two processes cannot use one.
    pub fn new(ledger: Arc<Ledger>, index: Index, key: NoteKey) -> Self {
        Self { ledger, index, key }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn key(&self) -> &NoteKey {
        &self.key
    }

    pub(crate) fn health(&self) -> LedgerHealth {
        self.ledger.health()
    }

    pub(crate) fn today(&self) -> Date {
        self.ledger.today()
    }

    /// What is signed so far.
    pub(crate) fn reader(&self) -> Result<LogReader, LedgerError> {
        self.ledger.reader()
    }

    /// The rows that a query fits, of what is signed so far.
    pub(crate) fn search(&self, query: &Query) -> Result<Vec<Row>, LedgerError> {
        self.index.catch_up(&mut self.ledger.reader()?)?;
        self.index.search(query)
    }

    /// Whether a record is kept and used for nothing else.
    pub(crate) fn is_restricted(&self, index: u64) -> Result<bool, LedgerError> {
        self.index.catch_up(&mut self.ledger.reader()?)?;
        self.index.is_restricted(index)
    }

    /// Records that somebody looked at records, durably, before they see them.
    ///
    /// # Errors
    /// Where that cannot be recorded.
    pub(crate) fn note_reading(&self, reader: &str, query: String, n_records: usize) -> Result<(), String> {
        let n_records = u64::try_from(n_records).unwrap_or(u64::MAX);
        let record = Record::Read { reader: reader.to_owned(), query, n_records };
        let noted = self.ledger.append(record).and_then(|ticket| ticket.wait());
        noted.map(drop).map_err(|fault| fault.to_string())
    }
}
