//! `--watch` and `--status`: editions that change while events are judged.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use specialis::{Host, Tended, Watch, Watched, Watching};

use crate::options::{EditionOptions, directory};
use crate::output;

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Watches the edition's folder until what is returned is dropped.
pub(super) fn start(host: &Host, args: &EditionOptions, status: Option<&Path>) -> Result<Watching> {
    let folder = args.edition.as_ref().context("`--watch` needs `--edition`")?;
    let root = args.root.as_ref().context("`--edition` needs `--root`")?;
    let watch = Watch::new(host.clone(), directory(folder)?, root.clone());
    let (of_status, file) = (host.clone(), status.map(Path::to_owned));
    let report = move |watched: &Watched| {
        output::note(&match watched {
            Watched::Activated(edition) => format!("edition {} is live{}", edition.id(), changes(edition)),
            Watched::RolledBack(edition) => format!("edition {} is live again", edition.id()),
            Watched::Revoked => "policies were revoked".to_owned(),
            Watched::Refused(error) => {
                format!("refused, the live edition stays: {}", output::chain(error))
            }
        });
        if let Some(file) = &file
            && let Err(error) = write_status(&of_status, file)
        {
            output::note_error("the status is not written", &error);
        }
    };
    let tended = |tended: &Tended| {
        for policy in &tended.quarantined {
            output::note(&format!("policy `{policy}` is quarantined after repeated faults"));
        }
        if let Some(edition) = &tended.returned_to {
            output::note(&format!("edition {edition} is live again, after repeated faults"));
        }
        for edition in &tended.overdue {
            output::note(&format!("sessions on edition {edition} are past their time limit"));
        }
    };
    watch.spawn(EVERY, report, tended).context("the watching thread does not start")
}

fn changes(edition: &specialis::Edition) -> String {
    let changes = &edition.record().changes;
    let loosening = changes.iter().filter(|change| change.class == specialis::Class::Loosening).count();
    format!(", {} changes, {loosening} of them loosening", changes.len())
}

/// Writes how the host stands.
pub(super) fn write_status(host: &Host, file: &Path) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(&host.status())?;
    bytes.push(b'\n');
    output::replace(file, &bytes)
}
