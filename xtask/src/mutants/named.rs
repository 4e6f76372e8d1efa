//! The named mutants: makes one mistake at a time in the copy and runs the tests of the core there.

use std::process::Command;

use anyhow::{Context, Result, bail};
use comfy_table::{Table, presets};

use super::data::{self, Mutant};
use super::scratch::Scratch;
use crate::step::heading;
use crate::workspace::Workspace;

/// One mutant and whether its test caught it.
struct Outcome<'a> {
    mutant: &'a Mutant,
    is_caught: bool,
}

/// Runs the mutants whose names are given, or all; returns the table of the report.
///
/// # Errors
///
/// If a name is unknown, a mutant cannot be made, the tests fail without one, or a mutant is not caught by the test it names.
pub(super) fn run(workspace: &Workspace, scratch: &Scratch, names: &[String]) -> Result<String> {
    let all = data::named(&data::read(workspace.root(), data::NAMED)?)?;
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|mutant| mutant.name != **name)) {
        bail!("no mutant is called `{unknown}`; `{}` lists their names", data::NAMED);
    }
    let chosen: Vec<&Mutant> = all.iter().filter(|one| names.is_empty() || names.contains(&one.name)).collect();
    // Before the first build, so that data which no longer fits is reported at once.
    for mutant in &chosen {
        mutant.apply(&data::read(workspace.root(), &mutant.path())?)?;
    }
    heading("named mutants", "the tests of the core without a mutant");
    let failed = failed_tests(&mut scratch.cargo(workspace), None)?;
    if !failed.is_empty() {
        bail!("the tests of the core fail without a mutant: {}; mend them first", failed.join(", "));
    }
    let mut outcomes = Vec::new();
    for mutant in chosen {
        let failed = failed_with(workspace, scratch, mutant)?;
        let is_caught = failed.contains(&mutant.caught_by);
        println!("{} {}: {}", mutant.rule, mutant.name, if is_caught { "caught" } else { "SURVIVES" });
        if !is_caught {
            println!("    {}", mutant.mistake);
            println!(
                "    tests that fail with it: {}",
                if failed.is_empty() { "none".to_owned() } else { failed.join(", ") }
            );
        }
        outcomes.push(Outcome { mutant, is_caught });
    }
    let table = table(&outcomes);
    println!("\n{table}");
    match outcomes.iter().filter(|outcome| !outcome.is_caught).count() {
        0 => Ok(table),
        n => bail!("{n} mutants are not caught by the test they name; strengthen that test or name one that fails"),
    }
}

/// The tests that fail with this mistake in the copy: the one that should, or, where it passes, all that do.
fn failed_with(workspace: &Workspace, scratch: &Scratch, mutant: &Mutant) -> Result<Vec<String>> {
    let path = mutant.path();
    let source = data::read(workspace.root(), &path)?;
    scratch.write(&path, &mutant.apply(&source)?)?;
    let run = |test| {
        let failed = failed_tests(&mut scratch.cargo(workspace), test);
        failed.with_context(|| format!("mutant `{}` cannot be tried", mutant.name))
    };
    let mut failed = run(Some(mutant.caught_by.as_str()))?;
    if failed.is_empty() {
        failed = run(None)?;
    }
    scratch.write(&path, &source)?;
    Ok(failed)
}

/// Runs one test of precedence, or all tests of the core; returns the names of those that failed.
fn failed_tests(cargo: &mut Command, test: Option<&str>) -> Result<Vec<String>> {
    cargo.args(["test", "--package", "specialis-core"]);
    match test {
        Some(test) => cargo.args(["--test", "precedence", "--", "--exact", test]),
        None => cargo.args(["--lib", "--tests", "--no-fail-fast"]),
    };
    let output = cargo.output().context("cargo cannot be run; check that it is on the path")?;
    let failed = failed_in(&String::from_utf8_lossy(&output.stdout));
    if !output.status.success() && failed.is_empty() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!("the tests did not run; correct what the compiler names:\n{}", told.trim_end());
    }
    Ok(failed)
}

/// The names of the failed tests in what the test runner printed.
fn failed_in(told: &str) -> Vec<String> {
    let failed = told.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    failed.map(str::to_owned).collect()
}

fn table(outcomes: &[Outcome<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(["mutant", "rule", "mistake", "caught by"]);
    for Outcome { mutant, is_caught } in outcomes {
        let by = if *is_caught { mutant.caught_by.as_str() } else { "SURVIVES" };
        table.add_row([mutant.name.as_str(), &mutant.rule, &mutant.mistake, by]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_read_from_the_runner() {
        let told = "running 3 tests\ntest laws::a ... ok\ntest laws::b ... FAILED\ntest c ... ignored\n\nfailures:\n\
                    test result: FAILED. 1 passed; 1 failed";
        assert_eq!(failed_in(told), ["laws::b"]);
    }
}
