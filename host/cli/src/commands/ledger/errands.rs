//! What commands leave in the folder of a ledger that a process writes: notes of looks, and orders.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use specialis_ledger::Ledger;

use super::LedgerFolder;
use crate::output;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Records looks and carries out orders for as long as a ledger is open for writing.
pub(crate) struct Errands {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Errands {
    /// Begins.
    ///
    /// # Errors
    /// Where the thread does not start.
    pub(crate) fn spawn(folder: Arc<LedgerFolder>, ledger: Arc<Ledger>) -> Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let work = move || {
            let mut has_failed = [false; 2];
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                // Neither waits for the other: an order is carried out where a look cannot be recorded.
                let done = [folder.record_readings(&ledger).map(drop), folder.carry_out_orders(&ledger)];
                for (done, has_failed) in done.into_iter().zip(&mut has_failed) {
                    let Err(error) = done else { continue };
                    // Once is enough: what keeps it from being done stays so, and what was left there stays too.
                    if !std::mem::replace(has_failed, true) {
                        output::note_error("what commands left in the folder of the ledger is not done", &error);
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("specialis-errands".to_owned()).spawn(work)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
