//! `replay`: counts over labelled texts.

use std::fs;

use serde_json::{Value, json};

use crate::run::{examples, run, run_with};

fn texts() -> String {
    examples().with_file_name("labelled.jsonl").display().to_string()
}

fn figures(args: &[&str]) -> Value {
    let texts = texts();
    let out = run(&[&["replay", &texts, "--profile", "texts", "--format", "json"], args].concat()).ok();
    serde_json::from_str(&out).unwrap()
}

#[test]
fn shares_are_of_the_rows_with_their_labels() {
    let report = figures(&[]);
    assert_eq!(report["rows"], 12);
    assert_eq!(report["not-judged"], 0);
    assert_eq!(report["over-blocking"], json!({"n": 0, "of": 6, "share": 0.0}));
    assert_eq!(report["detection"], json!({"n": 3, "of": 5, "share": 0.6}));
    // The number of the desk, a mention, and all that is risky but a paraphrase.
    assert_eq!(report["benign-with-hits"]["n"], 2);
    assert_eq!(report["risky-with-hits"]["n"], 4);
    let report = figures(&["--benign", "benign,refusal", "--risky", "risky"]);
    assert_eq!(report["over-blocking"]["of"], 7);
    // Turned round, what is found counts as blocked in vain.
    let report = figures(&["--benign", "risky", "--risky", "benign"]);
    assert_eq!(report["over-blocking"], json!({"n": 3, "of": 5, "share": 0.6}));
}

#[test]
fn verdicts_are_counted_by_label_and_category_and_by_who_decided() {
    let report = figures(&[]);
    let categories = report["categories"].as_array().unwrap();
    let of = |label: &str, category: &str| {
        let own = categories.iter().find(|row| row["label"] == label && row["category"] == category);
        own.unwrap_or_else(|| panic!("{label} {category}")).clone()
    };
    let obscenity = of("risky", "obscenity");
    assert_eq!((&obscenity["verdicts"]["review"], &obscenity["blocked"]["share"]), (&json!(2), &json!(1.0)));
    assert_eq!(of("benign", "service")["verdicts"]["redact"], 1);
    assert_eq!(of("risky", "paraphrase")["blocked"]["n"], 0);
    let labels = report["labels"].as_array().unwrap();
    let all: u64 = labels.iter().map(|row| row["blocked"]["of"].as_u64().unwrap()).sum();
    assert_eq!((labels.len(), all), (3, 12));
    let first = &report["blocked-by"][0];
    assert_eq!(first, &json!({"label": "risky", "duty": "im.art4.obscenity.screen", "policy": "general", "rows": 2}));
    let calls = report["calls"].as_object().unwrap();
    assert_eq!(calls.len(), specialis_artifacts::POLICIES.len());
    assert!(calls["general"].as_u64().unwrap() > 0 && report["faults"] == json!([]), "{report}");
}

#[test]
fn how_many_threads_judge_changes_no_figure() {
    let one = figures(&["--threads", "1"]);
    assert_eq!(one, figures(&["--threads", "3"]));
    assert_eq!(one, figures(&["--threads", "8"]));
}

#[test]
fn tables_are_for_a_person() {
    let texts = texts();
    let out = run(&["replay", &texts, "--profile", "texts"]).ok();
    for line in [
        "LABEL",
        "REVIEW OR STOP",
        "rows           12, not judged 0",
        "over-blocking  0.0 % (0 of 6 benign rows come to review or stop); hits in 33.3 %",
        "detection      60.0 % (3 of 5 risky rows come to review or stop); hits in 80.0 %",
        "faults         none",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
}

#[test]
fn what_cannot_be_judged_is_named_and_the_rest_is_judged() {
    let good = r#"{"kind":"prompt","label":"benign","text":"你好"}"#;
    let bad: [(&[u8], &str); 5] = [
        (b"{", "not JSON: EOF while parsing an object at column 1; write one object a line"),
        (b"{\"kind\":\"prompt\",\"text\":\"a\"}", "missing field `label`; see `specialis replay --help`"),
        (
            b"{\"kind\":\"promt\",\"label\":\"a\",\"text\":\"a\"}",
            "`kind`: unknown event kind `promt`; nearest is `prompt`, see `specialis schema event`",
        ),
        (b"\xFF", "not UTF-8 from byte 1 on; save the file as UTF-8"),
        (b"[]", "not an object; write `{\"kind\": \u{2026}, \"label\": \u{2026}, \"text\": \u{2026}}`"),
    ];
    let mut input = Vec::new();
    for (bytes, _) in bad {
        for part in [good.as_bytes(), b"\n", bytes, b"\n"] {
            input.extend_from_slice(part);
        }
    }
    let ran = run_with(&["replay", "--threads", "2"], &input);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("rows           5, not judged 5"), "{}", ran.out);
    for (n, ((_, message), said)) in bad.iter().zip(ran.err.lines()).enumerate() {
        assert_eq!(said, format!("<stdin>:{}: {message}", 2 * n + 2));
    }
    let ran = run_with(&["replay"], b"\n");
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("<stdin>: nothing to judge, it holds no line; give one text a line"), "{}", ran.err);
}

#[test]
fn rows_say_which_text_came_to_what_and_hold_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.jsonl").display().to_string();
    figures(&["--rows", &file, "--threads", "3"]);
    let text = fs::read_to_string(&file).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted() && ids.len() == 12, "{ids:?}");
    assert_eq!((&rows[3]["verdict"], &rows[3]["duty"]), (&json!("redact"), &json!("common.pi.output")));
    assert!(rows[3]["row"].as_str().unwrap().ends_with("labelled.jsonl:4"));
    assert!(!text.contains("13912345678"));
}

#[cfg(unix)]
#[test]
fn rows_are_written_into_a_new_file_whatever_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("precious"), "precious").unwrap();
    std::os::unix::fs::symlink(path("precious"), path("link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    for name in ["link", "pipe"] {
        figures(&["--rows", &path(name)]);
        assert!(fs::symlink_metadata(path(name)).unwrap().is_file(), "{name}");
        assert_eq!(fs::read_to_string(path(name)).unwrap().lines().count(), 12, "{name}");
    }
    assert_eq!(fs::read_to_string(path("precious")).unwrap(), "precious");
}

#[test]
fn labels_that_cannot_be_are_refused_or_named() {
    let said = run(&["replay", "--benign", "a,b", "--risky", "b"]).refused();
    assert_eq!(said, "`b` is given as benign and as risky; leave it out of one");
    let ran = run_with(&["replay"], br#"{"kind":"prompt","label":"benign","text":"a"}"#);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("no row has the label `risky`; say with `--benign` and `--risky`"), "{}", ran.err);
    assert!(ran.out.contains("detection      - (0 of 0 risky rows"), "{}", ran.out);
}
