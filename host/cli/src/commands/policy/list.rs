//! `policy list`: the policies of an edition.

use std::io::Write;

use anyhow::Result;
use specialis::Limits;
use specialis_core::{FaultKind, Measure, PolicyId, PotentialConflict};

use super::measure;
use crate::options::EditionOptions;
use crate::output::{self, Exit};

pub(super) fn run(options: &EditionOptions, out: &mut dyn Write) -> Result<Exit> {
    let edition = options.content()?;
    let mut table = output::table(["id", "version", "signer", "duties", "state", "digest"]);
    for policy in edition.policies() {
        let state = policy.unavailable.map_or("ready", FaultKind::as_str);
        let n_duties = policy.n_duties.to_string();
        let id = policy.id.as_str();
        table.add_row([id, &policy.version, &policy.signer, &n_duties, state, &policy.digest]);
    }
    output::write_table(out, &table)?;
    writeln!(out, "\nedition {}", edition.id(&Limits::default()))?;
    for (n, PotentialConflict { kind, first, second }) in edition.potential_conflicts().iter().enumerate() {
        if n == 0 {
            writeln!(out, "\npossible between measures (a decision in which both are owed goes to a person):")?;
        }
        let asked = |(policy, asked): &(PolicyId, Measure)| format!("{policy} {}", measure::shown(asked));
        writeln!(out, "  {}: {} / {}", kind.as_str(), asked(first), asked(second))?;
    }
    Ok(Exit::Complete)
}
