//! `cargo xtask test`: every test, the runner's own count last.

use anyhow::Result;

use crate::setup::{self, Runner};
use crate::step::Step;
use crate::workspace::Workspace;

/// What makes the tests long that break the ledger or judge random events, and lets the runner wait for them.
const LONG: [(&str, &str); 6] = [
    ("NEXTEST_PROFILE", "all"),
    ("LEDGER_KILLS", "1000"),
    ("LEDGER_FAULTS", "1"),
    ("LEDGER_CUTS", "200"),
    ("LEDGER_VALUES", "100000"),
    ("RANDOM_EVENTS", "100000"),
];

/// Runs the examples, in the documentation and beside it, then everything else; `args` go to the runner. With `all` the
/// tests are long that are short otherwise, and the gateways are installed that pass over their tests otherwise.
///
/// The guests need no step of their own: the build script of `guest-policies/artifacts` compiles them.
///
/// # Errors
///
/// If the set-up or a test fails.
pub(crate) fn run(workspace: &Workspace, all: bool, args: &[String]) -> Result<()> {
    setup::guest_target(workspace)?;
    crate::label_tools::install(workspace);
    crate::server_peers::install(workspace, all);
    setup::oci_registry(workspace);
    for step in steps(setup::runner(workspace), all, args) {
        step.run(workspace)?;
    }
    Ok(())
}

fn steps(runner: Runner, all: bool, args: &[String]) -> Vec<Step> {
    // The runner comes last: its count is then the last thing on the screen.
    let doctests = Step::cargo("doctests", &["test", "--workspace", "--doc"]);
    let tests = match runner {
        Runner::Nextest => Step::cargo("tests", &["nextest", "run", "--workspace"]),
        Runner::CargoTest => Step::cargo("tests", &["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]),
    };
    // No package is named: a choice of packages is a choice of features, and would compile the engine once more.
    let example = |name| Step::cargo("examples", &["run", "--example", name]);
    let long = if all { &LONG[..] } else { &[] };
    let tests = long.iter().fold(tests, |tests, (name, value)| tests.env(name, value));
    vec![doctests, example("embed"), example("stream"), tests.args(args)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runner_shows_how_often_each_rule_of_precedence_decided() {
        let settings = include_str!("../../.config/nextest.toml");
        let laws = include_str!("../../host/core/tests/precedence/laws.rs");
        let name = "each_rule_decides_at_least_a_thousand_times";
        assert!(laws.contains(&format!("fn {name}()")));
        assert!(settings.contains(&format!("filter = 'test(=laws::{name})'\nsuccess-output = \"final\"")));
    }

    #[test]
    fn runner_comes_last_and_gets_the_arguments() {
        for runner in [Runner::Nextest, Runner::CargoTest] {
            let long = steps(runner, true, &[]).pop().unwrap().command_line();
            let [ledger, values] = ["LEDGER_KILLS=1000 LEDGER_FAULTS=1 LEDGER_CUTS=200", "LEDGER_VALUES=100000"];
            let all = format!("NEXTEST_PROFILE=all {ledger} {values} RANDOM_EVENTS=100000 cargo ");
            assert!(long.starts_with(&all), "{long}");
            let steps = steps(runner, false, &["floor".to_owned()]);
            let lines: Vec<String> = steps.iter().map(Step::command_line).collect();
            assert_eq!(lines.len(), 4);
            assert_eq!(lines[0], "cargo test --workspace --doc");
            assert!(lines[3].ends_with(" floor"), "{}", lines[3]);
        }
    }
}
