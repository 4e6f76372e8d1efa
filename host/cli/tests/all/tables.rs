//! Schemas, registries, trust policy and profile: what is printed can be used.

use std::fs;

use serde_json::Value;

use crate::run::{examples, run, run_with};

fn schema(of: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&run(&["schema", of]).ok()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn examples_and_their_decisions_fit_the_schemas() {
    let file = examples().display().to_string();
    let lines = fs::read_to_string(&file).unwrap();
    let decisions = run(&["evaluate", &file, "--format", "jsonl"]).ok();
    for (of, text) in [("line", &lines), ("decision", &decisions)] {
        let schema = schema(of);
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let problems: Vec<String> =
                schema.iter_errors(&value).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
            assert!(problems.is_empty(), "{of}: {line}\n{problems:#?}");
        }
    }
    let (event, context) = (schema("event"), schema("context"));
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(event.is_valid(&line["event"]), "{line}");
        assert!(line.get("context").is_none_or(|value| context.is_valid(value)), "{line}");
    }
}

#[test]
fn a_schema_says_what_does_not_fit() {
    let event = schema("event");
    for odd in [r#"{"kind":"promt"}"#, r#"{"kind":"prompt","facts":{"no-such":1}}"#, r#"{"text":"甲"}"#, "[]"] {
        assert!(!event.is_valid(&serde_json::from_str(odd).unwrap()), "{odd}");
    }
}

#[test]
fn profiles_settings_and_heads_of_lexicons_have_schemas() {
    let toml = |text: &str| -> Value { toml::from_str(text).unwrap() };
    let profile = schema("profile");
    assert!(profile.is_valid(&toml(&run(&["profile", "show"]).ok())));
    assert!(!profile.is_valid(&toml("support = \"everything\"")));
    let settings = schema("settings");
    assert!(settings.is_valid(&toml("[my-policy]\nlimit = 3\n")) && !settings.is_valid(&toml("limit = 3\n")));
    assert!(!settings.is_valid(&toml("[film]\nno-such-setting = 3\n")), "built-in settings are known");
    let lexicon = schema("lexicon");
    assert!(lexicon.is_valid(&serde_json::json!({ "source": "an author", "date": "2026-11-02" })));
    assert!(!lexicon.is_valid(&serde_json::json!({ "source": "" })));
    assert!(run(&["schema", "profile", "--with", "film"]).refused().contains("leave it out"));
}

#[test]
fn facts_list_the_rules_that_read_them() {
    let table = run(&["schema", "event", "--format", "table"]).ok();
    let row = |kind: &str, field: &str| {
        let cells = |line: &str| line.split_whitespace().filter(|cell| *cell != "|").map(str::to_owned).collect();
        let rows = table.lines().map(cells);
        rows.filter(|row: &Vec<String>| row.iter().any(|cell| cell == kind))
            .find(|row| row.iter().any(|cell| cell == field))
    };
    let news = row("publication", "fact-check").expect("a row");
    assert!(news.iter().any(|rule| rule.trim_end_matches(',') == "N2"), "{news:?}");
    assert_eq!(run(&["schema", "decision", "--format", "table"]).code, 2);
}

#[test]
fn tables_that_were_printed_can_be_given_back_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["policy".to_owned(), "list".to_owned()];
    for table in ["trust", "profile", "registry"] {
        let text = run(&[table, "show"]).ok();
        let path = folder.path().join(format!("{table}.toml")).display().to_string();
        fs::write(&path, &text).unwrap();
        assert_eq!(run(&[table, "show", "--file", &path]).ok(), text);
        args.extend([format!("--{table}"), path]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(run(&args).ok(), run(&["policy", "list"]).ok());
}

#[test]
fn help_teaches_every_command() {
    for command in [
        "evaluate", "stream", "replay", "scan", "explain", "policy", "coverage", "lexicon", "schema", "trust",
        "profile", "registry", "mcp",
    ] {
        let help = run(&[command, "--help"]).ok();
        assert!(help.contains("Examples:") && help.contains("Usage: specialis"), "{help}");
    }
    assert!(run(&["--help"]).ok().contains("Exit codes: 0"));
    assert_eq!(run(&["evalute"]).code, 2);
}

#[test]
fn bare_texts_are_judged_by_what_they_say() {
    let rows = ["周末我想去植物园看看。", "请拨打13912345678找我。"];
    let line = |text: &&str| serde_json::json!({"event": {"kind": "output", "text": text}}).to_string();
    let input = rows.iter().map(line).collect::<Vec<_>>().join("\n");
    let verdicts = |args: &[&str]| -> Vec<String> {
        let args = [&["evaluate", "--format", "jsonl"], args].concat();
        let out = run_with(&args, input.as_bytes()).ok();
        let verdict = |line: &str| serde_json::from_str::<Value>(line).unwrap()["verdict"].as_str().unwrap().to_owned();
        out.lines().map(verdict).collect()
    };
    // What is not known tightens: the built-in profile says nothing of who asked.
    assert_eq!(verdicts(&[]), ["stop", "stop"]);
    assert_eq!(verdicts(&["--profile", "texts"]), ["mark", "redact"]);
    let shown = run(&["profile", "show", "--file", "texts"]).ok();
    assert!(shown.contains("authority-notices = []"), "{shown}");
    let sectors = |text: &str| text.split_once("[defaults.sectors]").map(|(_, sectors)| sectors.trim().to_owned());
    assert_eq!(sectors(&shown), sectors(&run(&["profile", "show"]).ok()), "both name every sector");
}
