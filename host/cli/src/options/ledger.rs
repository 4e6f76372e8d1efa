//! `--ledger`: where decisions are recorded.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use specialis::Recorder;
use specialis_ledger::Ledger;

use crate::commands::ledger::LedgerFolder;
use crate::output;

#[derive(Args)]
pub(crate) struct LedgerOption {
    /// Record each decision in the ledger of this folder before anything of it goes out, and take the standing of users from there;
    /// `specialis ledger init` makes one
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
}

/// A ledger that a host records in, where one was asked for.
pub(crate) struct OpenLedger(Option<Arc<Ledger>>);

impl LedgerOption {
    /// Opens the ledger.
    pub(crate) fn open(&self) -> Result<OpenLedger> {
        let Some(folder) = &self.ledger else { return Ok(OpenLedger::NONE) };
        let (ledger, report) = LedgerFolder::read(folder)?.open()?;
        if !report.is_new && !report.is_clean {
            output::note(&format!("the last stop was not clean; {} records were recovered", report.n_recovered));
        }
        Ok(OpenLedger(Some(Arc::new(ledger))))
    }
}

impl OpenLedger {
    /// Nothing is recorded.
    pub(crate) const NONE: Self = Self(None);

    /// Whether decisions are recorded.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// What a host is given.
    pub(crate) fn recorder(&self) -> Option<Arc<dyn Recorder>> {
        self.0.clone().map(|ledger| -> Arc<dyn Recorder> { ledger })
    }

    /// Writes and signs everything. The host, which may live on, records nothing more.
    pub(crate) fn close(self) -> Result<()> {
        self.0.map(|ledger| ledger.close_shared()).transpose()?;
        Ok(())
    }
}
