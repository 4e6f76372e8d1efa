//! `--watch` and `--status`: editions that change while events are judged.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use specialis::signed::{Applied, Watch, WatchEvent, WatchHandle};
use specialis::{ChangeClass, Host, MaintenanceReport};
use specialis_core::counted;

use crate::options::{EditionOptions, directory};
use crate::output;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Watches the edition's folder until what is returned is dropped.
pub(super) fn start(host: &Host, args: &EditionOptions, status: Option<&Path>) -> Result<WatchHandle> {
    let folder = args.edition.as_ref().context("`--watch` needs `--edition`")?;
    let watch = Watch::new(host.clone(), directory(folder)?);
    let (of_status, file) = (host.clone(), status.map(Path::to_owned));
    let report = move |event: &WatchEvent| {
        output::note(&match event {
            WatchEvent::Applied(applied) => done(applied),
            WatchEvent::Refused(error) => format!("refused, the live edition stays: {}", output::chain(error)),
        });
        if let Some(file) = &file
            && let Err(error) = write_status(&of_status, file)
        {
            output::note_error("the status is not written", &error);
        }
    };
    let maintained = |report: &MaintenanceReport| {
        for policy in &report.quarantined {
            output::note(&format!("policy `{policy}` is quarantined: it faults often and fails its vectors"));
        }
        for policy in &report.returned {
            output::note(&format!("policy `{policy}` is back from quarantine: it meets its vectors again"));
        }
        for policy in &report.sound {
            output::note(&format!("policy `{policy}` faults often and meets its vectors: it stays in service"));
        }
        if let Some(edition) = &report.went_back_to {
            output::note(&format!("edition {edition} is live again, after repeated faults"));
        }
        for edition in &report.overdue {
            output::note(&format!("sessions on edition {edition} are past their time limit"));
        }
    };
    watch.spawn(EVERY, report, maintained).context("the watching thread does not start")
}

/// What an act did, in a sentence.
fn done(applied: &Applied) -> String {
    match applied {
        Applied::Published(edition) => format!("edition {} is live{}", edition.id(), changes(edition)),
        Applied::RolledBack(edition) => format!("edition {} is live again", edition.id()),
        Applied::Amended(edition) => {
            format!("edition {} stays live; revocations and approvers are up to date", edition.id())
        }
        Applied::Unchanged => "nothing changed".to_owned(),
    }
}

fn changes(edition: &specialis::Edition) -> String {
    let changes = &edition.record().changes;
    let loosening = changes.iter().filter(|change| change.class == ChangeClass::Loosening).count();
    format!(", {}, {loosening} of them loosening", counted(changes.len(), "change", "changes"))
}

/// Writes how the host stands.
pub(super) fn write_status(host: &Host, file: &Path) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(&host.status())?;
    bytes.push(b'\n');
    output::replace(file, &bytes)
}
