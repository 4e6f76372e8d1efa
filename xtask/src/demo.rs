//! `cargo xtask demo`: what Specialis does, on the example events, through its command line as a user would call it.
//!
//! Judge all examples, show which rule of precedence decided where, explain three decisions, then change one setting and
//! show what changes.

mod choice;
mod command_line;
mod decision;
mod matrix;
mod swap;

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::setup;
use crate::step::{Step, heading};
use crate::workspace::Workspace;
use choice::Choice;
use command_line::CommandLine;

/// Events of every kind, sector and rule.
const EVENTS: &str = "tests/examples/events.jsonl";
/// Settings in which one value differs from the defaults, so that at least one decision changes.
const SETTINGS: &str = "tests/examples/settings-swap.toml";
/// So much of the summary is shown.
const SUMMARY_LINES: usize = 30;

/// Runs the demo.
///
/// # Errors
///
/// If the set-up or a call of the binary fails, or the examples no longer show what the demo is there to show: a kind of
/// event without a decision, no refused relaxation, a setting that changes nothing.
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

    heading("matrix", "kind × sector: how often each rule of precedence (R1–R9) decided a duty");
    println!("{}", matrix::precedence(&before));
    heading("rules", "what each rule of each policy found");
    println!("{}", matrix::policy_rules(&before));
    let empty = matrix::empty_kinds(&before);
    if !empty.is_empty() {
        bail!("no event of kind {} was judged; add one to `{EVENTS}`", empty.join(", "));
    }
    let unseen = matrix::unseen_rules(&before);
    if !unseen.is_empty() {
        println!("note: decided nowhere in these examples: {}", unseen.join(", "));
    }

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
