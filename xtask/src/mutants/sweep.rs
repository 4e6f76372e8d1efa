//! The sweep: cargo-mutants makes every mutant it knows in the deciding files of the copy, one at a time.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::data::{self, Equivalent};
use super::scratch::Scratch;
use crate::setup::{self, Runner};
use crate::step::{heading, status_of};
use crate::workspace::Workspace;

/// The files whose code decides. What only records or explains has tests of its own.
const DECIDING: [&str; 8] = [
    "host/core/src/conflict.rs",
    "host/core/src/resolve.rs",
    "host/core/src/resolve/applicability.rs",
    "host/core/src/resolve/duty.rs",
    "host/core/src/resolve/obligations.rs",
    "host/core/src/resolve/policy_on_duty.rs",
    "host/core/src/resolve/relaxation.rs",
    "host/core/src/resolve/rules.rs",
];

/// A mutant past which no test came in time. It ends no loop, so it counts as caught.
const TIMEOUT: &str = "Timeout";
const MISSED: &str = "MissedMutant";
const CAUGHT: &str = "CaughtMutant";
const UNVIABLE: &str = "Unviable";

/// A mutant that no test caught.
#[derive(Debug, PartialEq, Eq)]
struct Survivor {
    file: String,
    at: usize,
    line: String,
    mutant: String,
}

impl Survivor {
    fn is(&self, equivalent: &Equivalent) -> bool {
        (&self.file, &self.line, &self.mutant) == (&equivalent.file, &equivalent.line, &equivalent.mutant)
    }

    /// The entry that lists it as equivalent.
    fn entry(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        format!(
            "[[equivalent]]\nfile = {}\nline = {}\nmutant = {}\nreason = \"\"\n",
            quoted(&self.file),
            quoted(&self.line),
            quoted(&self.mutant)
        )
    }
}

/// What the sweep came to.
struct Report {
    n_caught: usize,
    n_timeouts: usize,
    n_unviable: usize,
    survivors: Vec<Survivor>,
}

/// Runs the sweep, or one shard of it (`K/N`), and returns the report; nothing where cargo-mutants cannot be had.
///
/// # Errors
///
/// If the sweep cannot run, or a survivor is not listed as equivalent.
pub(super) fn run(workspace: &Workspace, scratch: &Scratch, folder: &Path, shard: Option<&str>) -> Result<String> {
    let listed = data::equivalent(&data::read(workspace.root(), data::EQUIVALENT)?)?;
    if !is_there(workspace) {
        let message =
            "not run: cargo-mutants is not installed and could not be; `cargo install cargo-mutants --locked` says why";
        heading("sweep", message);
        return Ok(message.to_owned());
    }
    sweep(workspace, scratch, folder, shard)?;
    let outcomes = folder.join("mutants.out").join("outcomes.json");
    let text = std::fs::read_to_string(&outcomes).with_context(|| {
        format!("`{}` cannot be read; the output of cargo-mutants above says why", outcomes.display())
    })?;
    let report = read(&text, |file| data::read(workspace.root(), file))?;
    let told = told(&report, &listed, shard);
    println!("\n{told}");
    let unlisted: Vec<&Survivor> =
        report.survivors.iter().filter(|survivor| !listed.iter().any(|one| survivor.is(one))).collect();
    for survivor in &unlisted {
        println!("{}:{}: {}\n    {}", survivor.file, survivor.at, survivor.mutant, survivor.line);
        println!("{}", survivor.entry());
    }
    match unlisted.len() {
        0 => Ok(told),
        n => bail!(
            "{n} mutants survive; write a test that fails with each, or, where no input tells it from the original, add the \
             entry above with its reason to `{}`",
            data::EQUIVALENT
        ),
    }
}

/// Finds cargo-mutants, and installs it where it is missing.
fn is_there(workspace: &Workspace) -> bool {
    let has = || workspace.cargo().args(["mutants", "--version"]).output().is_ok_and(|asked| asked.status.success());
    if has() {
        return true;
    }
    println!(
        "the sweep needs cargo-mutants; installing it, once, in a few minutes: cargo install cargo-mutants --locked"
    );
    status_of(workspace.cargo().args(["install", "cargo-mutants", "--locked"])).unwrap_or(false) && has()
}

fn sweep(workspace: &Workspace, scratch: &Scratch, folder: &Path, shard: Option<&str>) -> Result<()> {
    let mut cargo = scratch.cargo(workspace);
    cargo.args(["mutants", "--in-place", "--no-shuffle", "--colors", "never", "--output"]);
    cargo.arg(folder).args(["--timeout", "300"]);
    if setup::runner(workspace) == Runner::Nextest {
        // It stops at the first test that fails.
        cargo.args(["--test-tool", "nextest"]);
    }
    for file in DECIDING {
        // cargo-mutants passes over a file that is not there.
        ensure!(
            workspace.root().join(file).is_file(),
            "`{file}` is not there; give the new names of the files that decide"
        );
        cargo.args(["--file", file]);
    }
    if let Some(shard) = shard {
        cargo.args(["--shard", shard]);
    }
    heading("sweep", "cargo mutants, over the files whose code decides");
    // It ends without success wherever a mutant survives: what it wrote decides here.
    status_of(&mut cargo)?;
    Ok(())
}

/// What cargo-mutants writes of one outcome.
#[derive(Deserialize)]
struct Outcome {
    scenario: Value,
    summary: String,
}

/// Reads `outcomes.json`; `source` reads a file of the repository.
fn read(text: &str, source: impl Fn(&str) -> Result<String>) -> Result<Report> {
    #[derive(Deserialize)]
    struct File {
        outcomes: Vec<Outcome>,
    }
    let file: File = serde_json::from_str(text).context("`outcomes.json` has another form; update this task to it")?;
    let mut report = Report { n_caught: 0, n_timeouts: 0, n_unviable: 0, survivors: Vec::new() };
    for outcome in file.outcomes {
        let Some(mutant) = outcome.scenario.get("Mutant") else {
            if outcome.summary != "Success" {
                bail!("the tests of the core fail without a mutant; mend them first");
            }
            continue;
        };
        match outcome.summary.as_str() {
            CAUGHT => report.n_caught += 1,
            TIMEOUT => report.n_timeouts += 1,
            UNVIABLE => report.n_unviable += 1,
            MISSED => report.survivors.push(survivor(mutant, &source)?),
            other => bail!("cargo-mutants says `{other}` of a mutant; update this task to it"),
        }
    }
    Ok(report)
}

fn survivor(mutant: &Value, source: impl Fn(&str) -> Result<String>) -> Result<Survivor> {
    let at =
        |pointer: &str| mutant.pointer(pointer).context("`outcomes.json` has another form; update this task to it");
    let file = at("/file")?.as_str().unwrap_or_default().to_owned();
    let number = at("/span/start/line")?.as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or_default();
    let text = source(&file)?;
    let line = text.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim().to_owned();
    // `file:line:column: what was done`: the place changes with every edit, so that it names nothing.
    let name = at("/name")?.as_str().unwrap_or_default();
    let mutant = name.split_once(": ").map_or(name, |(_, done)| done).to_owned();
    Ok(Survivor { file, at: number, line, mutant })
}

fn told(report: &Report, listed: &[Equivalent], shard: Option<&str>) -> String {
    let part = shard.map_or_else(String::new, |shard| format!(", shard {shard}"));
    let n_all = report.n_caught + report.n_timeouts + report.n_unviable + report.survivors.len();
    let mut told = format!(
        "cargo-mutants{part}: {n_all} mutants, {} caught, {} timed out, {} did not compile, {} survived\n",
        report.n_caught,
        report.n_timeouts,
        report.n_unviable,
        report.survivors.len()
    );
    for survivor in &report.survivors {
        let listed = listed.iter().find(|equivalent| survivor.is(equivalent));
        let reason = listed.map_or("NOT LISTED", |equivalent| equivalent.reason.as_str());
        let _ = write!(told, "\n- `{}`, `{}`: {}: {reason}", survivor.file, survivor.line, survivor.mutant);
    }
    told
}
