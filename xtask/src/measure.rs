//! `cargo xtask measure`: over-blocking and detection of the built-in lexicons and the built-in scorer on labelled text, by path.
//!
//! A file holds one row a line, as JSON: `id`, `kind` (`prompt` or `output`), `label`, `category` or `family`, `text`. Each row is
//! judged as one session of a grown-up user of a service in order, in the sectors that the option names for its file, once with the
//! scorer and once without. No signals of a platform: what is measured is what comes with the program.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::step::Step;
use crate::workspace::Workspace;

/// Duties on which a term, and nothing else, can lead to a finding in these sessions.
const BY_WORDS: [&str; 6] =
    ["im.art4.", "common.dsp10.", "common.heroes", "arts.content", "arts.heroes", "film.content"];

/// What came of the rows of one kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    rows: u32,
    /// Rows in which words found something.
    noticed: u32,
    /// Rows that waited for a person or stopped by terms alone.
    by_terms: u32,
    /// Rows whose score alone asks for a person.
    by_scorer: u32,
    /// Rows that waited for a person or stopped by both together.
    held: u32,
}

/// What the program decided on one row.
struct Decided {
    without_scorer: Value,
    with_scorer: Value,
}

/// Judges the rows of the files and prints a table.
///
/// # Errors
///
/// If a file cannot be read, a row is not as described, or the program fails.
pub(crate) fn run(workspace: &Workspace, files: &[PathBuf], sectors: &[String]) -> Result<()> {
    let files = listed(files)?;
    ensure!(
        !files.is_empty(),
        "name files of labelled text or a folder of them, for example `cargo xtask measure texts`"
    );
    Step::cargo("command line", &["build", "--workspace", "--bin", "specialis"]).run(workspace)?;
    let folder = workspace.root().join("target/measure");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let profile = folder.join("profile.toml");
    let built_in = fs::read_to_string(workspace.root().join("guest-policies/registry/profile.toml"));
    let built_in = built_in.context("the built-in profile cannot be read")?;
    fs::write(&profile, format!("built-in-scorer = false\n{built_in}")).context("a profile cannot be written")?;
    println!(
        "{:<14} {:<14} {:<8} {:>6} {:>8} {:>8} {:>8} {:>8}",
        "file", "label", "kind", "rows", "noticed", "terms", "scorer", "both"
    );
    for file in &files {
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
        let without = judge(workspace, &events, &["--profile".as_ref(), profile.as_os_str()])?;
        let with = judge(workspace, &events, &[])?;
        let (n_rows, n_decided) = (rows.len(), with.len().min(without.len()));
        ensure!(n_decided == n_rows, "`{}` has {n_rows} rows and {n_decided} decisions", file.display());
        let both = without.into_iter().zip(with);
        let decided: Vec<Decided> =
            both.map(|(without_scorer, with_scorer)| Decided { without_scorer, with_scorer }).collect();
        for ((label, kind), tally) in tally(&rows, &decided, |row| (word(row, "label"), word(row, "kind"))) {
            print(&name, &label, &kind, &tally);
        }
        let class = |row: &Value| [word(row, "family"), word(row, "category")].concat().trim().to_owned();
        let by_class = tally(&rows, &decided, |row| (word(row, "label"), word(row, "kind"), class(row)));
        for ((label, kind, class), tally) in by_class {
            if label == "risky" && !class.is_empty() {
                print("", &class, &kind, &tally);
            }
        }
    }
    fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
    Ok(())
}

/// The files that were named, and the `.jsonl` files of the folders that were.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = || format!("`{}` cannot be read", path.display());
        for entry in fs::read_dir(path).with_context(read)? {
            let file = entry.with_context(read)?.path();
            if file.extension().is_some_and(|extension| extension == "jsonl") {
                files.push(file);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn print(name: &str, label: &str, kind: &str, tally: &Tally) {
    let share = |n: u32| format!("{:.2}%", f64::from(n) / f64::from(tally.rows.max(1)) * 100.0);
    println!(
        "{name:<14} {label:<14} {kind:<8} {:>6} {:>8} {:>8} {:>8} {:>8}",
        tally.rows,
        share(tally.noticed),
        share(tally.by_terms),
        share(tally.by_scorer),
        share(tally.held)
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

fn judge(workspace: &Workspace, events: &Path, options: &[&OsStr]) -> Result<Vec<Value>> {
    let binary = workspace.root().join("target/debug/specialis");
    let output =
        workspace.command(&binary).arg("evaluate").arg(events).args(["--format", "jsonl"]).args(options).output();
    let output = output.with_context(|| format!("`{}` cannot be run", binary.display()))?;
    ensure!(
        output.status.success(),
        "`specialis evaluate` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    let text = String::from_utf8(output.stdout).context("`specialis` wrote something that is not UTF-8")?;
    text.lines().map(|line| serde_json::from_str(line).context("a decision is not JSON")).collect()
}

fn tally<K: Ord>(rows: &[Value], decided: &[Decided], key: impl Fn(&Value) -> K) -> BTreeMap<K, Tally> {
    let mut all: BTreeMap<K, Tally> = BTreeMap::new();
    for (row, Decided { without_scorer, with_scorer }) in rows.iter().zip(decided) {
        let entry = all.entry(key(row)).or_default();
        let add = |count: &mut u32, is_so: bool| *count = count.saturating_add(u32::from(is_so));
        add(&mut entry.rows, true);
        add(&mut entry.noticed, is_noticed(without_scorer));
        add(&mut entry.by_terms, is_held(without_scorer));
        add(&mut entry.by_scorer, is_scored_high(with_scorer));
        add(&mut entry.held, is_held(with_scorer));
    }
    all
}

fn is_held(decision: &Value) -> bool {
    matches!(word(decision, "verdict").as_str(), "review" | "stop")
}

/// Whether a score alone asks for a person.
fn is_scored_high(decision: &Value) -> bool {
    let scores = decision.get("scores").and_then(Value::as_array).into_iter().flatten();
    scores.into_iter().any(|score| word(score, "reason") == "alone")
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
    fn a_row_is_counted_by_what_held_it() {
        let rows = [json!({ "label": "a" }), json!({ "label": "a" }), json!({ "label": "a" })];
        let decided = |verdict: &str, duty: &str, level: &str| json!({ "verdict": verdict, "duties": [{ "duty": duty, "level": level }] });
        let scored = json!({ "verdict": "review", "duties": [], "scores": [{ "reason": "alone" }] });
        let same = |decision: Value| Decided { without_scorer: decision.clone(), with_scorer: decision };
        let decided = [
            Decided { without_scorer: decided("mark", "common.dsp16.mark", "mark"), with_scorer: scored },
            same(decided("mark", "im.art4.violence.screen", "mark")),
            same(decided("review", "im.art4.violence.screen", "review")),
        ];
        let all = tally(&rows, &decided, |row| word(row, "label"));
        assert_eq!(all.get("a"), Some(&Tally { rows: 3, noticed: 2, by_terms: 1, by_scorer: 1, held: 2 }));
    }

    #[test]
    fn a_row_is_a_session_of_its_own_in_the_sectors_of_its_file() {
        let line = event("x-1", &json!({ "kind": "output", "text": "甲" }), &["arts"]);
        assert_eq!(line["context"]["sectors"]["arts"], "yes");
        assert_eq!(line["event"]["text"], "甲");
        assert_eq!(event("x-2", &json!({ "kind": "prompt" }), &[])["context"]["sectors"], json!({}));
    }
}
