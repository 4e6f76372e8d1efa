//! `cargo xtask demo`: what Specialis does, on the example events, through its command line as a user would call it.
//!
//! Judge all examples, show which rule found something where and which rule of precedence decided, explain three decisions,
//! then change one setting and show what changes.

mod choice;
mod command_line;
mod decision;
mod matrix;
mod swap;

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::coverage::natural;
use crate::setup;
use crate::step::{Step, heading};
use crate::tidy::Tree;
use crate::workspace::Workspace;
use choice::Choice;
use command_line::CommandLine;
use decision::Decision;
use matrix::RulesOf;

/// Events of every kind, sector and rule.
const EVENTS: &str = "tests/examples/events.jsonl";
/// Settings in which one value differs from the defaults, so that at least one decision changes.
const SETTINGS: &str = "tests/examples/settings-swap.toml";
/// Settings without which two rules have nothing to go by.
const REACH: &str = "tests/examples/settings-reach.toml";
/// A policy that is watched: its findings stand in the trace and not in the result.
const MODE: &str = "film=monitor";
/// So much of the summary is shown.
const SUMMARY_LINES: usize = 30;

/// Runs the demo.
///
/// # Errors
///
/// If the set-up or a call of the binary fails, or the examples no longer show what the demo is there to show: a kind of
/// event without a decision, a rule of a policy that finds nothing, a rule of precedence that decides nowhere, no refused
/// relaxation, a setting that changes nothing.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::guest_target(workspace)?;
    // With the tests, although it needs the binary alone: their dependencies switch features on, and without them the compiler
    // of the sandbox would be built a second time for `cargo xtask test`.
    Step::cargo("build", &["build", "--workspace", "--bins", "--tests"]).run(workspace)?;
    let target = workspace.target_dir()?;
    let folder = target.join("demo");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be created", folder.display()))?;
    let binary = target.join("debug").join(format!("specialis{EXE_SUFFIX}"));
    let specialis = CommandLine::new(workspace, binary);

    let judged = folder.join("decisions.jsonl");
    // As short as it can be typed: the binary runs at the root.
    let shown = judged.strip_prefix(workspace.root()).unwrap_or(&judged).to_string_lossy().into_owned();
    heading("judge", &format!("specialis evaluate {EVENTS} --format jsonl > {shown}"));
    let answer = specialis.run(&["evaluate", EVENTS, "--format", "jsonl"])?;
    write(&judged, &answer.output)?;
    println!("{}", tail(&answer.summary, SUMMARY_LINES));
    let before = decision::read(&answer.output)?;

    let variant = ["evaluate", EVENTS, "--settings", REACH, "--mode", MODE, "--format", "jsonl"];
    heading("judge once more, for what the examples alone cannot show", &format!("specialis {}", variant.join(" ")));
    println!(
        "A library's grades and a contract with its authors are an operator's to set; to watch a policy is its to choose."
    );
    let answer = specialis.run(&variant)?;
    write(&folder.join("decisions-variant.jsonl"), &answer.output)?;
    let variant = decision::read(&answer.output)?;
    show_matrix(&manifests(workspace)?, &before, &variant)?;

    for choice in choice::choose(&before)? {
        explain(&specialis, &shown, &choice)?;
    }

    let settings = fs::read_to_string(workspace.root().join(SETTINGS))
        .with_context(|| format!("`{SETTINGS}` cannot be read; it holds the one setting that the demo changes"))?;
    heading("swap", &format!("specialis evaluate {EVENTS} --settings {SETTINGS} --format jsonl"));
    println!("{}\n", settings.trim_end());
    let answer = specialis.run(&["evaluate", EVENTS, "--settings", SETTINGS, "--format", "jsonl"])?;
    write(&folder.join("decisions-swap.jsonl"), &answer.output)?;
    println!("{}", swap::report(&before, &decision::read(&answer.output)?)?);
    Ok(())
}

/// Shows what was judged, by rules of policies and by rules of precedence.
fn show_matrix(rules: &RulesOf, plain: &[Decision], variant: &[Decision]) -> Result<()> {
    heading("matrix", "rule × kind × sector: where each rule of each policy found something");
    println!("{}", matrix::legend(plain));
    println!("* only in the second run\n\n{}", matrix::matrix(rules, plain, variant));
    heading("precedence", "how often each rule of precedence decided");
    println!("the examples      {}", matrix::precedence(plain));
    println!("the second run    {}", matrix::precedence(variant));
    let lacks = |what: &str, names: &[String]| -> Result<()> {
        ensure!(names.is_empty(), "{what}: {}; add an event to `{EVENTS}`", names.join(", "));
        Ok(())
    };
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    lacks("no event was judged of kind", &owned(matrix::empty_kinds(plain)))?;
    lacks("these rules find nothing in any event", &matrix::empty_rows(rules, &[plain, variant]))?;
    lacks("these rules of precedence decide nowhere", &owned(matrix::undecided(&[plain, variant])))
}

/// The rules of every policy of the repository, as its manifest lists them.
fn manifests(workspace: &Workspace) -> Result<RulesOf> {
    let tree = Tree::read(workspace.root())?;
    let mut rules = RulesOf::new();
    let manifests = tree.with_extension(&["toml"]).map(|(path, _)| path);
    for path in manifests.filter(|path| path.starts_with("guest-policies/") && path.ends_with("/policy.toml")) {
        let text = tree.text(path).with_context(|| format!("`{path}` cannot be read"))?;
        let manifest: toml::Table = toml::from_str(text).with_context(|| format!("`{path}` is not TOML"))?;
        let id = manifest.get("id").and_then(toml::Value::as_str).with_context(|| format!("`{path}` has no `id`"))?;
        let of_policy = manifest.get("rules").and_then(toml::Value::as_table).into_iter().flatten();
        let mut of_policy: Vec<String> = of_policy.map(|(rule, _)| rule.clone()).collect();
        of_policy.sort_by_key(|rule| natural(rule));
        rules.insert(id.to_owned(), of_policy);
    }
    ensure!(!rules.is_empty(), "no manifest was found under `guest-policies/`");
    Ok(rules)
}

fn explain(specialis: &CommandLine<'_>, judged: &str, choice: &Choice<'_>) -> Result<()> {
    let args = ["explain", judged, "--id", &choice.decision.id, "--lang", choice.lang];
    heading(&format!("explain, {}", choice.why), &format!("specialis {}", args.join(" ")));
    println!("{}", specialis.run(&args)?.output.trim_end());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("`{}` cannot be written; check the free space", path.display()))
}

fn tail(text: &str, n_lines: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let n_skipped = lines.len().saturating_sub(n_lines);
    lines.into_iter().skip(n_skipped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_keeps_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
    }
}
