//! What an author has beside building and packing: sessions as vectors, what is wrong before anything is built, what a run costs.

use std::fs;
use std::path::Path;

use specialis_bundle::parse_vectors;

use crate::run::{Ran, run};

/// A rule that remembers: the first time a term is marked, from then on it is warned about.
const ROWS: &str = "\
rule,duty,on,when,level,do,cite,reason,reason-zh,reason-en,rule-zh,rule-en
R1,my-sector.first,output,hit(my-sector.term); count(seen) >= 1,warn,append(note),MY-SECTOR 1,again,又一次,once more,提示。,It says so.
,,,hit(my-sector.term),mark,append(note); count(seen),,listed-term,含有列明用语,a listed term is in it,,
";

const SESSION: &str = r#"rule = "R1"
as-of = "2026-11-02"

[event]
kind = "output"
text = "示例用语在这里。"

[[vector]]
name = "the second time"

[[vector.events]]
expect = [{ duty = "my-sector.first", case = "require", level = "mark", reason = "listed-term", measures = ["append"] }]

[[vector.events]]
set = { "event.text" = "这里什么也没有。" }
expect = [{ duty = "my-sector.first", case = "none" }]

[[vector.events]]
cuts = [1, 3]
expect = [{ duty = "my-sector.first", case = "require", level = "warn", reason = "again", measures = ["append"] }]
"#;

const EVENTS: &str = r#"{"session":"s","time":"2026-11-02","event":{"kind":"output","text":"先说示例用语。"}}
{"session":"s","event":{"kind":"output"},"chunks":["再说示例","用语。"]}
"#;

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_rule_that_remembers_is_linted_tested_over_a_session_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let shown = mine.display().to_string();
    let kit = |command: &str, rest: &[&str]| -> Ran {
        let args = ["policy", command, &shown].into_iter().chain(rest.iter().copied());
        run(&args.collect::<Vec<_>>())
    };
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    write(&mine.join("rules.csv"), ROWS);
    let vectors = mine.join("vectors/R1.toml");
    write(&vectors, SESSION);

    // One command builds and tests; what is wrong on one event of a session is told by its number.
    let watched = kit("watch", &["--runs", "1"]).ok();
    assert!(watched.contains("sha256:") && watched.contains("my-sector: 1 vectors, 0 failed"), "{watched}");
    write(&vectors, &SESSION.replace("level = \"warn\"", "level = \"mark\""));
    let failed = kit("test", &[]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    let lines: Vec<&str> = failed.out.lines().skip_while(|line| !line.starts_with("  R1 `the second time`")).collect();
    let difference =
        ["event 3, on `my-sector.first`:", "- require mark `again` [append]", "+ require warn `again` [append]"];
    assert_eq!(lines.get(1..4).unwrap_or_default(), difference.map(|line| format!("    {line}")), "{}", failed.out);
    write(&vectors, SESSION);

    let costs = kit("bench", &[]).ok();
    assert!(costs.contains("the second time") && costs.contains("% of a limit"), "{costs}");
    assert_eq!(kit("bench", &["--fail-over", "0"]).code, 1);

    // Nothing is built for this: the head has a detector that finds nothing for the policy, and the rows an action to be granted.
    let head = fs::read_to_string(mine.join("policy.toml")).unwrap();
    write(&mine.join("policy.toml"), &head.replace("\n# What it may", "detectors = [\"mobile\"]\n\n# What it may"));
    let linted = kit("lint", &[]).ok();
    for said in ["detector `mobile` finds `pi.mobile`, which it does not read", "action `append`: not granted to"] {
        assert!(linted.contains(said), "{said}: {linted}");
    }
    assert!(linted.ends_with("0 problems, 2 notes\n"), "{linted}");
    assert_eq!(kit("lint", &["--strict"]).code, 1);
    write(&mine.join("policy.toml"), &head.replace("\n# What it may", "detectors = [\"mobil\"]\n\n# What it may"));
    let refused = kit("lint", &[]);
    assert!(refused.code == 1 && refused.out.contains("it would not be loaded"), "{}", refused.out);
    write(&mine.join("policy.toml"), &head);
}

#[test]
fn a_real_session_becomes_a_vector_without_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let (shown, events) = (mine.display().to_string(), folder.path().join("events.jsonl"));
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    write(&mine.join("rules.csv"), ROWS);
    fs::remove_file(mine.join("vectors/R1.toml")).unwrap();
    write(&events, EVENTS);
    let made = |events: &Path, rest: &[&str]| {
        let from = events.display().to_string();
        run(&[&["policy", "vector", &shown, "--from", &from], rest].concat())
    };
    let written = made(&events, &["--name", "twice"]).ok();
    assert!(!written.contains("先说") && !written.contains("再说"), "{written}");
    let vectors = parse_vectors("R1.toml", &written).unwrap();
    let said: Vec<_> = vectors[0].expected().map(|one| (one.level.unwrap().as_str(), one.measures.len())).collect();
    assert_eq!((vectors[0].name.as_str(), said), ("twice", vec![("mark", 1), ("warn", 1)]), "{written}");
    // With texts of the author's own it is a vector that is met.
    let own = written.replacen("在此写一段自己的文字 / write a text of your own", "一处示例用语。", 2);
    write(&mine.join("vectors/twice.toml"), &own);
    let tested = run(&["policy", "test", &shown]).ok();
    assert!(tested.contains("my-sector: 1 vectors, 0 failed"), "{tested}");

    write(&events, &format!("{EVENTS}{}", r#"{"event":{"kind":"output","text":"示例用语"}}"#));
    assert!(made(&events, &[]).refused().contains("a vector is one session, and there are line 3, s"));
    assert!(made(&events, &["--line", "3"]).ok().contains("[event]"));
    assert!(made(&events, &["--session", "t"]).refused().contains("has no such line"));
}
