//! What whoever appended a record waits on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::queue::LedgerFault;
use crate::error::LedgerError;

/// The place where the writer says how a record went.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    result: Mutex<Option<Result<u64, Arc<LedgerError>>>>,
    done: Condvar,
}

impl Slot {
    /// Says how it went, once.
    pub(crate) fn finish(&self, result: Result<u64, Arc<LedgerError>>) {
        let mut own = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            *own = Some(result);
            self.done.notify_all();
        }
    }
}

/// A record that was appended.
#[derive(Clone, Debug)]
#[must_use = "nothing may be released before the ticket of a decision that must be waited for was"]
pub struct Ticket {
    slot: Option<Arc<Slot>>,
}

impl Ticket {
    pub(crate) fn behind() -> Self {
        Self { slot: None }
    }

    pub(crate) fn awaited() -> (Self, Arc<Slot>) {
        let slot = Arc::new(Slot::default());
        (Self { slot: Some(slot.clone()) }, slot)
    }

    /// Whether the record has to be durable before anything is released.
    pub fn must_wait(&self) -> bool {
        self.slot.is_some()
    }

    /// Whether waiting would return at once.
    pub fn is_done(&self) -> bool {
        let Some(slot) = &self.slot else { return true };
        slot.result.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Waits until the record is durable: the index of its entry. Where nothing has to be waited for, it gives nothing at once.
    ///
    /// # Errors
    /// Where the record could not be written. That is a fault, which has to tighten.
    pub fn wait(&self) -> Result<Option<u64>, LedgerFault> {
        let Some(slot) = &self.slot else { return Ok(None) };
        let mut result = slot.result.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match result.as_ref() {
                Some(Ok(index)) => return Ok(Some(*index)),
                Some(Err(source)) => return Err(LedgerFault::Unwritten { source: source.clone() }),
                None => result = slot.done.wait(result).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
