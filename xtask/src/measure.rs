//! `cargo xtask measure`: over-blocking and detection of the built-in lexicons on labelled text, by path.
//!
//! A file holds one row a line, as JSON: `id`, `kind` (`prompt` or `output`), `label`, `category`, `text`. Each row is judged as one
//! session of a grown-up user of a service in order, in the sectors that the option names for its file. No signals: what is
//! measured is what words alone find.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::step::Step;
use crate::workspace::Workspace;

/// Labels under which a row is ordinary: nothing in it should wait or stop.
const BENIGN: [&str; 3] = ["benign", "refusal", "exam-question"];
/// Duties on which a term, and nothing else, can lead to a finding in these sessions.
const BY_WORDS: [&str; 6] =
    ["im.art4.", "common.dsp10.", "common.heroes", "arts.content", "arts.heroes", "film.content"];

/// What came of the rows of one kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    rows: u32,
    /// Rows in which words found something.
    noticed: u32,
    /// Rows that waited for a person or stopped.
    held: u32,
}

/// Judges the rows of the files and prints a table.
///
/// # Errors
///
/// If a file cannot be read, a row is not as described, or the program fails.
pub(crate) fn run(workspace: &Workspace, files: &[PathBuf], sectors: &[String]) -> Result<()> {
    ensure!(!files.is_empty(), "name the files of labelled text, for example `cargo xtask measure texts/*.jsonl`");
    Step::cargo("command line", &["build", "--workspace", "--bin", "specialis"]).run(workspace)?;
    let folder = workspace.root().join("target/measure");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    println!(
        "{:<12} {:<14} {:<8} {:>6} {:>9} {:>6} {:>7}",
        "file", "label", "kind", "rows", "noticed", "held", "share"
    );
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let in_sectors: Vec<&str> = sectors
            .iter()
            .filter_map(|row| row.split_once('='))
            .filter(|(of, _)| *of == name)
            .map(|(_, s)| s)
            .collect();
        let rows = read(file)?;
        let events = folder.join(format!("{name}.jsonl"));
        let lines: Vec<String> = rows
            .iter()
            .enumerate()
            .map(|(at, row)| event(&format!("{name}-{at}"), row, &in_sectors).to_string())
            .collect();
        fs::write(&events, lines.join("\n")).with_context(|| format!("`{}` cannot be written", events.display()))?;
        let decided = judge(workspace, &events)?;
        ensure!(
            decided.len() == rows.len(),
            "`{}` has {} rows and {} decisions",
            file.display(),
            rows.len(),
            decided.len()
        );
        for ((label, kind), tally) in tally(&rows, &decided, |row| (word(row, "label"), word(row, "kind"))) {
            print(&name, &label, &kind, &tally);
        }
        let risky: Vec<usize> =
            (0..rows.len()).filter(|&at| rows.get(at).is_some_and(|row| word(row, "label") == "risky")).collect();
        let pick = |all: &[Value]| risky.iter().filter_map(|&at| all.get(at).cloned()).collect::<Vec<_>>();
        for (category, tally) in tally(&pick(&rows), &pick(&decided), |row| word(row, "category").trim().to_owned()) {
            print("", &category, "", &tally);
        }
    }
    fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
    Ok(())
}

fn print(name: &str, label: &str, kind: &str, tally: &Tally) {
    let is_benign = BENIGN.contains(&label);
    let counted = if is_benign { tally.held } else { tally.noticed };
    let share = f64::from(counted) / f64::from(tally.rows.max(1)) * 100.0;
    let said = if is_benign { "held" } else { "noticed" };
    println!(
        "{name:<12} {label:<14} {kind:<8} {:>6} {:>9} {:>6} {share:>6.1}% {said}",
        tally.rows, tally.noticed, tally.held
    );
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let lines = (1_usize..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| serde_json::from_str(line).with_context(|| format!("`{}:{at}` is not JSON", file.display())))
        .collect()
}

fn word(row: &Value, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A row as a line of input: everything about user, service and agreement is in order, so that only words can be wrong.
fn event(session: &str, row: &Value, sectors: &[&str]) -> Value {
    let statuses: BTreeMap<&str, &str> = sectors.iter().map(|sector| (*sector, "yes")).collect();
    let kind = word(row, "kind");
    let facts = match kind.as_str() {
        "prompt" => json!({ "task": "chat", "open-ended": true, "protected-matches": [], "style-of": [] }),
        _ => json!({ "task": "chat", "imitates": [], "similarity-permille": 0 }),
    };
    json!({
        "session": session,
        "time": "2026-11-02",
        "context": {
            "service": { "roles": ["provider"], "intended-audience": "adults", "territory": "mainland", "published-uses": ["chat"] },
            "provider": { "origin": "mainland", "nature": "enterprise" },
            "tenant": { "relation": "own", "serves-public": true },
            "subject": { "age": "adult", "role": "general", "school-stage": "higher", "territory": "mainland", "identity-verified": true },
            "agreement": { "version": "1", "current-version": "1", "accepted-on": "2026-01-05", "clauses": ["rights-duties", "labelling"] },
            "general": { "audience": "public", "purpose": "private" },
            "sectors": statuses,
        },
        "event": { "kind": kind, "text": word(row, "text"), "facts": facts },
    })
}

fn judge(workspace: &Workspace, events: &Path) -> Result<Vec<Value>> {
    let binary = workspace.root().join("target/debug/specialis");
    let output = workspace.command(&binary).arg("evaluate").arg(events).args(["--format", "jsonl"]).output();
    let output = output.with_context(|| format!("`{}` cannot be run", binary.display()))?;
    ensure!(
        output.status.success(),
        "`specialis evaluate` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    let text = String::from_utf8(output.stdout).context("`specialis` wrote something that is not UTF-8")?;
    text.lines().map(|line| serde_json::from_str(line).context("a decision is not JSON")).collect()
}

fn tally<K: Ord>(rows: &[Value], decided: &[Value], key: impl Fn(&Value) -> K) -> BTreeMap<K, Tally> {
    let mut all: BTreeMap<K, Tally> = BTreeMap::new();
    for (row, decision) in rows.iter().zip(decided) {
        let entry = all.entry(key(row)).or_default();
        entry.rows = entry.rows.saturating_add(1);
        entry.noticed = entry.noticed.saturating_add(u32::from(is_noticed(decision)));
        let verdict = decision.get("verdict").and_then(Value::as_str).unwrap_or_default();
        entry.held = entry.held.saturating_add(u32::from(matches!(verdict, "review" | "stop")));
    }
    all
}

/// Whether a duty that only words can raise asks for more than nothing.
fn is_noticed(decision: &Value) -> bool {
    let duties = decision.get("duties").and_then(Value::as_array).into_iter().flatten();
    duties.into_iter().any(|duty| {
        let name = duty.get("duty").and_then(Value::as_str).unwrap_or_default();
        let level = duty.get("level").and_then(Value::as_str).unwrap_or_default();
        level != "pass" && BY_WORDS.iter().any(|prefix| name.starts_with(prefix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_words_raise_is_noticed_and_only_what_waits_is_held() {
        let rows = [json!({ "label": "a" }), json!({ "label": "a" }), json!({ "label": "a" })];
        let decided = [
            json!({ "verdict": "mark", "duties": [{ "duty": "common.dsp16.mark", "level": "mark" }] }),
            json!({ "verdict": "mark", "duties": [{ "duty": "im.art4.violence.screen", "level": "mark" }] }),
            json!({ "verdict": "review", "duties": [{ "duty": "im.art4.violence.screen", "level": "review" }] }),
        ];
        let all = tally(&rows, &decided, |row| word(row, "label"));
        assert_eq!(all.get("a"), Some(&Tally { rows: 3, noticed: 2, held: 1 }));
    }

    #[test]
    fn a_row_is_a_session_of_its_own_in_the_sectors_of_its_file() {
        let line = event("x-1", &json!({ "kind": "output", "text": "甲" }), &["arts"]);
        assert_eq!(line["context"]["sectors"]["arts"], "yes");
        assert_eq!(line["event"]["text"], "甲");
        assert_eq!(event("x-2", &json!({ "kind": "prompt" }), &[])["context"]["sectors"], json!({}));
    }
}
