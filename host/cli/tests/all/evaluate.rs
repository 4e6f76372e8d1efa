//! `evaluate`: what comes out, in which order, and what is said about input that cannot be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use specialis_core::Decision;

use crate::run::{Ran, examples, run, run_with};

fn judge(input: &str) -> Ran {
    run_with(&["evaluate", "--format", "jsonl"], input.as_bytes())
}

fn decisions(out: &str) -> Vec<Decision> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn how_many_threads_judge_changes_no_byte() {
    let file = examples().display().to_string();
    let with = |threads: &str| run(&["evaluate", &file, "--format", "jsonl", "--threads", threads]).ok();
    let one = with("1");
    assert_eq!(one, with("1"));
    assert_eq!(one, with("2"));
    assert_eq!(one, with("7"));
    assert_eq!(one.lines().count(), fs::read_to_string(examples()).unwrap().lines().count());
}

#[test]
fn no_two_examples_show_the_same() {
    let file = examples().display().to_string();
    let mut seen: BTreeMap<BTreeSet<_>, String> = BTreeMap::new();
    for decision in decisions(&run(&["evaluate", &file, "--format", "jsonl"]).ok()) {
        assert!(decision.evaluations.values().all(|came| came.fault.is_none()), "{decision:#?}");
        let shows: BTreeSet<_> = decision
            .duties
            .iter()
            .flat_map(|duty| {
                let rules: Vec<_> = duty.rules.iter().map(|rule| rule.as_str()).collect();
                let rules = rules.join(" ");
                duty.findings.iter().map(move |found| {
                    let level = found.answer.demand().map(|demand| demand.level);
                    (duty.duty.clone(), duty.level, found.rule.clone(), found.answer.case(), level, rules.clone())
                })
            })
            .collect();
        let place = format!("{} {}", decision.session, decision.seq);
        if shows.is_empty() {
            continue;
        }
        if let Some(other) = seen.insert(shows, place.clone()) {
            panic!("`{place}` shows what `{other}` shows");
        }
    }
}

#[test]
fn what_cannot_be_judged_is_named_and_the_rest_is_judged() {
    let good = r#"{"event":{"kind":"prompt","text":"你好"}}"#;
    let cases: [(&[u8], &str); 9] = [
        (b"{", "<stdin>:2: not JSON: EOF while parsing an object at column 1; write one object a line"),
        (b"[]", "<stdin>:2: not an object; write `{\"event\": \u{2026}}`, see `specialis schema line`"),
        (b"{}", "<stdin>:2: missing field `event`; see `specialis schema line`"),
        (
            b"{\"event\":{\"kind\":\"promt\"}}",
            "<stdin>:2: `event`: unknown event kind `promt`; nearest is `prompt`, see `specialis schema event`",
        ),
        (b"\xff", "<stdin>:2: not UTF-8 from byte 1 on; save the file as UTF-8"),
        (
            b"{\"event\":{\"kind\":\"prompt\"},\"time\":\"soon\"}",
            "<stdin>:2: `time`: `soon` is no time; write it like `2026-11-02T09:00:00+08:00` or `2026-11-02`",
        ),
        (
            b"{\"session\":\"\",\"event\":{\"kind\":\"prompt\"}}",
            "<stdin>:2: `session` is empty; give it a name or leave it out",
        ),
        (
            b"{\"event\":{\"kind\":\"prompt\"},\"chunks\":[\"a\"]}",
            "<stdin>:2: `chunks` stand beside an `prompt` event; only an `output` streams",
        ),
        (
            b"{\"event\":{\"kind\":\"prompt\"},\"context\":{\"subject\":{\"age\":\"old\"}}}",
            "<stdin>:2: `context.subject.age`: unknown variant `old`, expected one of",
        ),
    ];
    let mut input = Vec::new();
    for (bad, _) in cases {
        for part in [good.as_bytes(), b"\n", bad, b"\n", good.as_bytes(), b"\n"] {
            input.extend_from_slice(part);
        }
    }
    let ran = run_with(&["evaluate", "--format", "jsonl"], &input);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 2 * cases.len());
    assert!(ran.err.contains(&format!("not judged {}", cases.len())), "{}", ran.err);
    for (n, ((_, message), said)) in cases.iter().zip(ran.err.lines()).enumerate() {
        let message = message.replacen(":2:", &format!(":{}:", 3 * n + 2), 1);
        assert!(said.starts_with(&message), "{said}\nexpected {message}");
    }
}

#[test]
fn nothing_to_judge_is_said_and_is_no_success() {
    for input in ["", "\n \n"] {
        let ran = judge(input);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(
            ran.err.starts_with("<stdin>: nothing to judge, it holds no line; give one event a line"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_session_keeps_its_order_and_its_context() {
    let context = json!({"subject": {"age": "adult"}});
    let line = |text: &str, context: Option<&Value>| {
        let mut line = json!({"session": "s", "event": {"kind": "prompt", "text": text}});
        if let Some(context) = context {
            line["context"] = context.clone();
        }
        line.to_string()
    };
    let other = json!({"subject": {"age": "14-17"}});
    let lines = [
        line("甲", Some(&context)),
        json!({"event": {"kind": "prompt", "text": "另一个"}}).to_string(),
        line("乙", None),
        line("丙", Some(&other)),
        line("丁", Some(&context)),
    ];
    let ran = judge(&lines.join("\n"));
    assert_eq!(ran.code, 1);
    let order: Vec<(String, u32)> =
        decisions(&ran.out).into_iter().map(|decision| (decision.session.to_string(), decision.seq)).collect();
    let expected = [("s", 0), ("line-2", 0), ("s", 1), ("s", 2)];
    assert_eq!(order, expected.map(|(session, seq)| (session.to_owned(), seq)));
    assert!(
        ran.err.starts_with("<stdin>:4: `context` differs from the one that session `s` opened with (`<stdin>:1`)")
    );
}

#[test]
fn a_day_that_was_chosen_makes_a_what_if() {
    let line = r#"{"event":{"kind":"prompt","text":"你好"}}"#;
    let dated = r#"{"time":"2026-11-02T23:30:00Z","event":{"kind":"prompt","text":"你好"}}"#;
    let of = |args: &[&str], line: &str| {
        let args = [&["evaluate", "--format", "jsonl"], args].concat();
        let decision = decisions(&run_with(&args, line.as_bytes()).ok()).remove(0);
        (decision.what_if, decision.as_of.to_string())
    };
    assert!(!of(&[], line).0);
    assert_eq!(of(&[], dated), (true, "2026-11-03".to_owned()));
    assert_eq!(of(&["--as-of", "2024-01-01"], dated), (true, "2024-01-01".to_owned()));
}

#[test]
fn options_that_cannot_be_are_refused_before_anything_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let file = |name: &str, text: &str| {
        fs::write(path(name), text).unwrap();
        path(name)
    };
    let (absent, empty) = (path("absent.jsonl"), path("no-policies"));
    fs::create_dir(&empty).unwrap();
    let broken = path("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(format!("{broken}/x.wasm"), b"\0asm").unwrap();
    let odd_settings = file("settings.toml", "[general]\nno-such-setting = 1\n");
    let odd_trust = file("trust.toml", "[[grants]]\nduty = 5\n");
    let not_toml = file("profile.toml", "= =");
    let table: [(&[&str], &str); 10] = [
        (&[&absent], "`…absent.jsonl` cannot be opened; check the path"),
        (&["-", "-"], "`-` stands twice, and standard input can be read once; leave one out"),
        (&[&empty], "`…no-policies` is a folder; name the files in it, such as `…no-policies/events.jsonl`"),
        (&["--policies", &absent], "`…absent.jsonl` cannot be read; give the folder that holds the `.wasm` files"),
        (
            &["--policies", &empty],
            "`…no-policies` has no `.wasm` file; build a policy into it or leave out `--policies`",
        ),
        (&["--policies", &broken], "policy `…broken/x.wasm`"),
        (&["--settings", &odd_settings], "no-such-setting"),
        (&["--trust", &odd_trust], "`…trust.toml`: "),
        (&["--profile", &not_toml], "`…profile.toml`: "),
        (&["--mode", "nws=monitor"], "`--mode nws=…` names no loaded policy; nearest is `news`"),
    ];
    let here = folder.path().display().to_string();
    for (args, message) in table {
        let said = run(&[&["evaluate"], args].concat()).refused().replace(&format!("{here}/"), "…");
        assert!(said.contains(message), "{said}\nexpected {message}");
    }
    for args in [&["--threads", "0"][..], &["--as-of", "2026-02-30"], &["--mode", "news=off"], &["--no-such-option"]] {
        let ran = run(&[&["evaluate"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    }
}

#[test]
fn a_setting_and_a_mode_change_what_they_are_for() {
    let file = examples().display().to_string();
    let swap = examples().with_file_name("settings-swap.toml").display().to_string();
    let verdicts = |args: &[&str]| -> Vec<_> {
        let args = [&["evaluate", &file, "--format", "jsonl"], args].concat();
        decisions(&run(&args).ok()).into_iter().map(|decision| decision.verdict).collect()
    };
    let before = verdicts(&[]);
    assert_ne!(before, verdicts(&["--settings", &swap]));
    assert_ne!(before, verdicts(&["--mode", "general=monitor"]));
}

#[test]
fn a_table_is_for_a_person() {
    let ran = run_with(
        &["evaluate"],
        "{\"session\":\"散步\",\"event\":{\"kind\":\"prompt\",\"text\":\"你好\"}}\n".as_bytes(),
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("VERDICT") && ran.out.contains("散步"), "{}", ran.out);
    for head in ["events     1", "verdicts   ", "calls      ", "faults     none", "not judged 0"] {
        assert!(ran.err.contains(head), "{}", ran.err);
    }
}

#[test]
fn chunks_and_the_whole_text_come_to_the_same() {
    let whole = json!({"session": "s", "event": {"kind": "output", "text": "他的手机是13800138000，请保密。"}});
    let chunks =
        json!({"session": "s", "event": {"kind": "output"}, "chunks": ["他的手机是1380", "0138000，请", "保密。"]});
    let streamed = judge(&chunks.to_string()).ok().replace(r#""streamed":{"delivery":"keep-window"},"#, "");
    assert_eq!(judge(&whole.to_string()).ok(), streamed);
}

#[test]
fn facts_and_signals_beside_chunks_count_as_they_do_beside_a_text() {
    let event = json!({
        "kind": "output", "facts": {"task": "chat"}, "source": "user",
        "signals": [{"category": "a1.obscenity", "score-permille": 990}],
    });
    let mut whole = event.clone();
    whole["text"] = json!("第三章写完了，请看。");
    let whole = judge(&json!({"session": "s", "event": whole}).to_string()).ok();
    let of = |event: &Value, chunks: Value| {
        let line = json!({"session": "s", "event": event, "chunks": chunks}).to_string();
        judge(&line).ok().replace(r#""streamed":{"delivery":"keep-window"},"#, "")
    };
    assert_eq!(of(&event, json!(["第三", "章写完了，请看。"])), whole);
    assert_ne!(of(&json!({"kind": "output"}), json!(["第三章写完了，请看。"])), whole);
    let twice = json!({"event": {"kind": "output", "text": "甲"}, "chunks": ["甲"]}).to_string();
    let ran = judge(&twice);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.starts_with("<stdin>:1: `event.parts[0]` has text of its own, and `chunks` stream the text of that")
    );
}
