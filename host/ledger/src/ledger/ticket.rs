//! What whoever appended a record waits on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::queue::{LedgerFault, WRITES};
use crate::error::LedgerError;

/// Where it stands how a record went, once that is known.
#[derive(Debug, Default)]
struct Progress {
    result: Mutex<Option<Result<u64, Arc<LedgerError>>>>,
    done: Condvar,
}

impl Progress {
    /// Says how it went, once.
    fn finish(&self, result: impl FnOnce() -> Result<u64, Arc<LedgerError>>) {
        let mut own = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            *own = Some(result());
            self.done.notify_all();
        }
    }
}

/// The writer's side of a ticket. Where it is dropped without a word, because the writer panicked, whoever waits gets an error.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Progress>);

impl Slot {
    /// Says how it went.
    pub(crate) fn finish(self, result: Result<u64, Arc<LedgerError>>) {
        self.0.finish(|| result);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.finish(|| Err(Arc::new(LedgerError::Panicked { thread: WRITES })));
    }
}

/// A record that was appended.
#[derive(Clone, Debug)]
#[must_use = "nothing may be released before the ticket of a decision that must be waited for was"]
pub struct Ticket {
    progress: Option<Arc<Progress>>,
}

impl Ticket {
    pub(crate) fn behind() -> Self {
        Self { progress: None }
    }

    pub(crate) fn awaited() -> (Self, Slot) {
        let progress = Arc::<Progress>::default();
        (Self { progress: Some(progress.clone()) }, Slot(progress))
    }

    /// Whether the record has to be durable before anything is released.
    pub fn must_wait(&self) -> bool {
        self.progress.is_some()
    }

    /// Whether waiting would return at once.
    pub fn is_done(&self) -> bool {
        let Some(progress) = &self.progress else { return true };
        progress.result.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Waits until the record is durable: the index of its entry. Where nothing has to be waited for, it gives nothing at once.
    ///
    /// # Errors
    /// Where the record could not be written. That is a fault, which has to tighten.
    pub fn wait(&self) -> Result<Option<u64>, LedgerFault> {
        let Some(progress) = &self.progress else { return Ok(None) };
        let mut result = progress.result.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match result.as_ref() {
                Some(Ok(index)) => return Ok(Some(*index)),
                Some(Err(source)) => return Err(LedgerFault::Unwritten { source: source.clone() }),
                None => result = progress.done.wait(result).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
