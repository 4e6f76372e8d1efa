//! `cargo xtask ci`: what the repository's own check runs, cheapest first, tests last.

use anyhow::Result;

use crate::step::{Step, heading};
use crate::workspace::Workspace;
use crate::{api, book, demo, label_checker, package, setup, test, tidy};

const LICENSES: &str = "licenses";
const ADVISORIES: &str = "advisories";

/// Runs every step; the first that fails ends it.
///
/// # Errors
///
/// If a step fails; the error names it and the command to repeat.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    Step::cargo("format", &["fmt", "--all", "--check"]).run(workspace)?;
    heading("tidy", "cargo xtask tidy");
    tidy::run(workspace)?;
    dependencies(workspace)?;
    package::pack_only(workspace)?;
    // The build script of `guest-policies/artifacts` runs under clippy and rustdoc too, and compiles the guests.
    setup::guest_target(workspace)?;
    for step in steps() {
        step.run(workspace)?;
    }
    api::check(workspace)?;
    label_checker::run_where_installed(workspace)?;
    book::run_where_installed(workspace)?;
    // The first of the two commands of the README. It fails where the examples no longer show what they are there to show.
    demo::run(workspace)?;
    test::run(workspace, false, &[])
}

fn steps() -> [Step; 2] {
    let lints = Step::cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    // No package is left out, and examples are in: with other packages, or without what examples depend on, dependencies have other
    // features and are compiled anew.
    let docs = Step::cargo("docs", &["doc", "--workspace", "--no-deps", "--lib", "--bins", "--examples"]);
    [lints, docs.env("RUSTDOCFLAGS", "-D warnings")]
}

/// `deny.toml`, where cargo-deny is installed: it needs a build of its own, so a machine without it says so and goes on.
fn dependencies(workspace: &Workspace) -> Result<()> {
    let succeeds = |args: &[&str]| workspace.cargo().args(args).output().is_ok_and(|output| output.status.success());
    if !succeeds(&["deny", "--version"]) {
        heading(LICENSES, "not run, cargo-deny is not installed; `cargo install cargo-deny --locked` adds it");
        return Ok(());
    }
    Step::cargo(LICENSES, &["deny", "check", "bans", "licenses", "sources"]).run(workspace)?;
    if !succeeds(&["deny", "fetch", "db"]) {
        heading(
            ADVISORIES,
            "not run, their database cannot be fetched; repeat `cargo xtask ci` where the network allows it",
        );
        return Ok(());
    }
    Step::cargo(ADVISORIES, &["deny", "check", "--disable-fetch", "advisories"]).run(workspace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_errors_in_lints_and_docs() {
        for step in steps() {
            let line = step.command_line();
            assert!(line.contains("-D warnings"), "{line}");
        }
    }
}
