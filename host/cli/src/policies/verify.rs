//! What a trust policy allows a policy file.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use specialis::admission::{Inspection, inspect};
use specialis_core::{Date, Registry, Trust, counted};

use super::file;
use crate::output::{self, Exit};

/// What a policy file is verified against.
pub(crate) struct Terms<'a> {
    /// The trust policy.
    pub(crate) trust: &'a Trust,
    /// The registries.
    pub(crate) registry: &'a Registry,
    /// The day for which signatures have to count.
    pub(crate) day: Date,
    /// Whether everything that the policy asks for is shown, or only its signatures.
    pub(crate) shows_all: bool,
}

/// Shows what the trust policy allows a policy file, and whether the file would be loaded.
pub(crate) fn verify(file: &Path, terms: &Terms<'_>, out: &mut dyn Write) -> Result<Exit> {
    let (name, bytes) = file::read_or_built_in(file)?;
    let bundle = file::parse(&name, &bytes)?;
    let inspection = inspect(&bundle, terms.trust, terms.registry, terms.day);
    let n_refused = requests(&inspection, terms.shows_all, out)?;
    let manifest = &bundle.manifest;
    let policy = format!("{} {}", manifest.id, manifest.version);
    Ok(match (&inspection.provenance, &inspection.signer) {
        (Ok(_), Some(signer)) => {
            writeln!(out, "\n{policy} would be loaded, in the name of `{signer}`")?;
            if n_refused > 0 {
                writeln!(out, "{} that it asks for would not count", counted(n_refused, "thing", "things"))?;
            }
            Exit::Complete
        }
        (Ok(_), None) => Exit::Incomplete,
        (Err(error), _) => {
            writeln!(out, "\n{policy} would not be loaded: {}", output::chain(error))?;
            Exit::Incomplete
        }
    })
}

/// Writes the requests as a table. Returns how many are refused, if all are shown.
fn requests(inspection: &Inspection, shows_all: bool, out: &mut dyn Write) -> Result<usize> {
    let mut table = output::table(["what", "which", "allowed", "why"]);
    let mut n_refused = 0_usize;
    for asked in inspection.asked.iter().filter(|asked| shows_all || asked.what == "signature") {
        n_refused = n_refused.saturating_add(usize::from(shows_all && !asked.is_allowed));
        table.add_row([asked.what, &asked.which, if asked.is_allowed { "yes" } else { "no" }, &asked.why]);
    }
    output::write_table(out, &table)?;
    Ok(n_refused)
}
