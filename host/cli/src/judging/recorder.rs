//! Records decisions in a ledger before anything of them is shown.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use specialis_core::{Context, Decision};
use specialis_ledger::{Ledger, LedgerFault, Record, Subject};

use crate::commands::ledger::LedgerFolder;
use crate::output;

/// A ledger that judging threads share.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Ledger>);

impl Recorder {
    /// Opens the ledger of a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let (ledger, report) = LedgerFolder::read(folder)?.open()?;
        if !report.is_new && !report.is_clean {
            output::note(&format!("the last stop was not clean; {} records were recovered", report.n_recovered));
        }
        Ok(Self(Arc::new(ledger)))
    }

    /// Records a decision, and before it the session that it opened. Returns once it is durable where it has to be.
    pub(crate) fn record(
        &self,
        decision: &Decision,
        context: &Arc<Context>,
        is_first: bool,
    ) -> Result<(), LedgerFault> {
        let subject = subject_of(context);
        if is_first && !decision.what_if {
            let (session, edition) = (decision.session.to_string(), decision.edition.clone());
            let opened = Record::Opened { session, edition, context: context.clone(), subject: subject.clone() };
            // It is not waited for: the decision behind it is, where it has to be.
            let _behind = self.0.append(opened)?;
        }
        self.0.append_decision(decision.clone(), subject.as_ref())?.wait().map(drop)
    }

    /// Signs everything and closes the ledger, unless a judging thread still has it.
    pub(crate) fn close(self) -> Result<()> {
        match Arc::try_unwrap(self.0) {
            Ok(ledger) => ledger.close().map(drop)?,
            Err(shared) => shared.sign().map(drop)?,
        }
        Ok(())
    }
}

/// The user of a session, where the platform names one.
fn subject_of(context: &Context) -> Option<Subject> {
    let pseudonym = context.pseudonym.clone()?;
    Some(Subject { tenant: context.tenant.id.clone().unwrap_or_default(), pseudonym })
}
