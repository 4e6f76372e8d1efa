//! `cargo xtask mutants`: mistakes made on purpose in the code that resolves precedence, each in a copy of the core.
//!
//! The deciding code itself holds no switch for them. Named mutants break one rule of precedence each and are caught by the
//! test that their data names. The sweep makes every mutant that cargo-mutants knows; a survivor is a missing test, unless it is
//! listed as equivalent.

pub(crate) mod data;
mod named;
mod scratch;
mod sweep;

use anyhow::{Context, Result};
use clap::Args;

use crate::workspace::Workspace;
use scratch::Scratch;

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run these named mutants alone; without names, all of them and the sweep
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Run all named mutants and no sweep
    #[arg(long)]
    named: bool,
    /// Run one shard of the sweep alone, counted from 0, as `0/4`
    #[arg(long, value_name = "K/N", conflicts_with_all = ["named", "names"])]
    shard: Option<String>,
}

/// Runs the named mutants, then the sweep, and writes the report.
///
/// # Errors
///
/// If a mutant cannot be made or survives.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let folder = workspace.target_dir()?.join("mutants");
    let scratch = Scratch::make(workspace, &folder)?;
    let mut parts = Vec::new();
    if options.shard.is_none() {
        parts.push(named::run(workspace, &scratch, &options.names)?);
    }
    if !options.named && options.names.is_empty() {
        parts.push(sweep::run(workspace, &scratch, &folder, options.shard.as_deref())?);
    }
    let report = parts.join("\n\n");
    let file = folder.join("report.md");
    std::fs::write(&file, report).with_context(|| format!("`{}` cannot be written", file.display()))?;
    println!(
        "\nto keep this report, add `{}` with machine, date and this command to a file in `host/core/mutants/record/`",
        file.display()
    );
    Ok(())
}
