//! `--ledger`: where decisions are recorded.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use specialis::Recorder;
use specialis_core::counted;
use specialis_ledger::{FolderDisk, FolderKeeper, Keeper, Ledger};
use specialis_server::RecordedLedger;

use crate::commands::ledger::{Errands, LedgerFolder};
use crate::output;

#[derive(Args)]
pub(crate) struct LedgerOption {
    /// Record each decision in the ledger of this folder before anything of it goes out, and take the standing of users from there;
    /// `specialis ledger init` makes one
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
    /// Write content that a duty asks to keep into this folder, a file for each decision below the month in which its period ends; the
    /// ledger itself has no content, and records where it is
    #[arg(long, value_name = "DIR", requires = "ledger")]
    keeper: Option<PathBuf>,
}

/// A ledger that a host records in, where one was asked for.
pub(crate) struct OpenLedger(Option<Opened>);

struct Opened {
    ledger: Arc<Ledger>,
    folder: Arc<LedgerFolder>,
    errands: Errands,
}

impl LedgerOption {
    /// Opens the ledger.
    pub(crate) fn open(&self) -> Result<OpenLedger> {
        let Some(folder) = &self.ledger else { return Ok(OpenLedger::NONE) };
        let keeper = self.keeper.as_ref().map(|folder| {
            let shown = || format!("`{}` cannot be opened; `--keeper` takes a folder that is there", folder.display());
            let dir = Dir::open_ambient_dir(folder, ambient_authority()).with_context(shown)?;
            anyhow::Ok(Arc::new(FolderKeeper::new(Arc::new(FolderDisk::new(dir)))) as Arc<dyn Keeper>)
        });
        let folder = LedgerFolder::read(folder)?;
        let (ledger, report) = folder.open_with(keeper.transpose()?)?;
        if let Some(next) = report.ended_for {
            bail!("this log has ended; record in `{next}`, which `ledger init --follows` makes");
        }
        if !report.is_new && !report.is_clean {
            let records = counted(report.n_recovered, "record was", "records were");
            output::note(&format!("the last stop was not clean; {records} recovered"));
        }
        let (ledger, folder) = (Arc::new(ledger), Arc::new(folder));
        let errands = Errands::spawn(folder.clone(), ledger.clone())?;
        Ok(OpenLedger(Some(Opened { ledger, folder, errands })))
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
        self.0.as_ref().map(|opened| -> Arc<dyn Recorder> { opened.ledger.clone() })
    }

    /// What a server shows of it.
    pub(crate) fn recorded(&self) -> Result<Option<RecordedLedger>> {
        let Some(Opened { ledger, folder, .. }) = &self.0 else { return Ok(None) };
        Ok(Some(RecordedLedger::new(ledger.clone(), folder.server_index()?, folder.public()?)))
    }

    /// Writes and signs everything. The host, which may live on, records nothing more.
    pub(crate) fn close(self) -> Result<()> {
        let Some(Opened { ledger, errands, .. }) = self.0 else { return Ok(()) };
        drop(errands);
        ledger.close_shared()?;
        Ok(())
    }
}
