//! `evaluate`: what comes out, in which order, and what is said about input that cannot be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use specialis_bundle::Bundle;
use specialis_core::{Decision, EventKind, Level};

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
        let findings = decision.duties.iter().flat_map(|duty| duty.findings.iter().map(move |found| (duty, found)));
        let shows: BTreeSet<_> = findings
            .map(|(duty, found)| (duty.duty.to_string(), found.answer.case().to_owned(), found.rule.to_string()))
            .collect();
        let place = format!("{} {}", decision.session, decision.seq);
        if let Some(other) = seen.insert(shows, place.clone()) {
            panic!("`{place}` shows what `{other}` shows");
        }
    }
    assert!(seen.len() >= 80, "{} examples", seen.len());
}

#[test]
fn the_examples_show_every_kind_rule_and_situation() {
    let text = fs::read_to_string(examples()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: BTreeSet<&str> = lines.iter().filter_map(|line| line["event"]["kind"].as_str()).collect();
    let all: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds, all);

    let has = |what: &str, is: &dyn Fn(&Value) -> bool| assert!(lines.iter().any(is), "no example is {what}");
    let text_of = |line: &Value| format!("{}{}{}", line["event"]["text"], line["event"]["parts"], line["chunks"]);
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    has("in Chinese", &|line| text_of(line).chars().any(is_han));
    has("in English", &|line| {
        let text = line["event"]["text"].as_str().unwrap_or_default();
        text.split(' ').count() > 5 && !text.chars().any(is_han)
    });
    let n_sectors = |line: &Value, statuses: &[&str]| {
        let sectors = line["context"]["sectors"].as_object().into_iter().flatten();
        sectors.filter(|(_, status)| status.as_str().is_some_and(|status| statuses.contains(&status))).count()
    };
    has("in several sectors", &|line| n_sectors(line, &["yes"]) > 1);
    has("in no sector", &|line| line["context"].is_object() && n_sectors(line, &["yes", "unknown"]) == 0);
    for sector in ["news", "film", "education", "arts", "companions"] {
        has(sector, &|line| line["context"]["sectors"][sector] == "yes");
    }
    let fact = |line: &Value, group: &str, field: &str, value: &str| line["context"][group][field] == value;
    has("of a child", &|line| fact(line, "subject", "age", "under-14"));
    has("of a minor", &|line| fact(line, "subject", "age", "14-17"));
    has("in-house", &|line| fact(line, "general", "audience", "internal"));
    has("from overseas", &|line| fact(line, "provider", "origin", "overseas"));
    has("for a user overseas", &|line| fact(line, "subject", "territory", "overseas"));
    has("a stream", &|line| line["chunks"].as_array().is_some_and(|chunks| chunks.len() > 1));

    let (file, reach) = (examples().display().to_string(), examples().with_file_name("settings-reach.toml"));
    let found = |args: &[&str]| -> BTreeSet<(String, String)> {
        let decisions = decisions(&run(&[&["evaluate", &file, "--format", "jsonl"], args].concat()).ok());
        let findings = decisions.iter().flat_map(|decision| &decision.duties).flat_map(|duty| &duty.findings);
        findings.map(|found| (found.policy.to_string(), found.rule.to_string())).collect()
    };
    let (alone, with_settings) = (found(&[]), found(&["--settings", &reach.display().to_string()]));
    let mut silent = Vec::new();
    for (_, bytes) in specialis_artifacts::POLICIES {
        let manifest = Bundle::parse(bytes).unwrap().manifest;
        let rules = manifest.rules.keys().map(|rule| (manifest.id.to_string(), rule.to_string()));
        silent.extend(rules.filter(|rule| !alone.contains(rule)));
    }
    // Of a library's grades and of a contract nobody knows but an operator, who sets them.
    let of_settings = [("general", "IM16"), ("arts", "P8")].map(|(policy, rule)| (policy.to_owned(), rule.to_owned()));
    assert!(silent.iter().all(|rule| of_settings.contains(rule)), "rules that find nothing: {silent:?}");
    assert!(of_settings.iter().all(|rule| with_settings.contains(rule)));
}

#[test]
fn what_cannot_be_judged_is_named_and_the_rest_is_judged() {
    let good = r#"{"event":{"kind":"prompt","text":"你好"}}"#;
    let cases: [(&[u8], &str); 10] = [
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
        (
            b"{\"event\":{\"kind\":\"publication\",\"facts\":{\"placement-basis\":\"pay\"}}}",
            "<stdin>:2: `event.facts.placement-basis`: unknown variant `pay`, expected one of `ranked`,",
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
fn no_session_takes_the_name_of_a_line_without_one() {
    let line = |session: &str| json!({"session": session, "event": {"kind": "prompt", "text": "你好"}}).to_string();
    for (name, is_refused) in [("line-2", true), ("file-1-line-20", true), ("line-two", false), ("file-1", false)] {
        let ran = judge(&line(name));
        assert_eq!(ran.err.contains("name the session otherwise"), is_refused, "{name}: {}", ran.err);
    }
}

#[test]
fn a_session_ends_where_a_line_says_so() {
    let line = |age: &str, ends: bool| {
        json!({
            "session": "s", "ends": ends, "context": {"subject": {"age": age}}, "event": {"kind": "prompt", "text": "你好"},
        })
        .to_string()
    };
    let lines =
        [line("adult", false), line("adult", true), line("14-17", false), line("adult", true), line("14-17", true)];
    let ran = judge(&lines.join("\n"));
    let order: Vec<u32> = decisions(&ran.out).into_iter().map(|decision| decision.seq).collect();
    assert_eq!(order, [0, 1, 0, 1], "{}", ran.err);
    assert!(ran.code == 1 && ran.err.starts_with("<stdin>:4: `context` differs"), "{}", ran.err);
}

#[test]
fn a_name_that_comes_again_is_another_session_with_other_decisions() {
    let line = json!({"session": "s", "ends": true, "event": {"kind": "prompt", "text": "你好"}}).to_string();
    let lines = [line.as_str(); 3].join("\n");
    let ran = judge(&lines);
    let judged = decisions(&ran.out);
    let names: Vec<&str> = judged.iter().map(|decision| decision.session.as_str()).collect();
    assert_eq!(names, ["s", "s#0000000000000001", "s#0000000000000002"], "{}", ran.err);
    let ids: BTreeSet<&str> = judged.iter().map(|decision| decision.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(judge(&lines).out, ran.out, "the same lines come to the same");
    let taken = judge(&line.replace("\"s\"", "\"s#0000000000000001\""));
    assert!(taken.code == 1 && taken.err.contains("whose name came again"), "{}", taken.err);
    let own = judge(&line.replace("\"s\"", "\"s#0011223344556677\""));
    assert_eq!(own.code, 0, "{}", own.err);
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
        (&["--policies", &broken], "file `…broken/x.wasm`"),
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
fn a_long_table_begins_anew_after_two_hundred_rows() {
    let line = "{\"event\":{\"kind\":\"tool\"}}\n";
    let heads = |n: usize| run_with(&["evaluate"], line.repeat(n).as_bytes()).ok().matches("VERDICT").count();
    assert_eq!([200, 201].map(heads), [1, 2]);
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
fn a_pipeline_can_fail_on_a_level() {
    let input = r#"{"event":{"kind":"output","text":"请拨打13912345678找我。"}}"#;
    let code = |level: &str, input: &str| {
        run_with(&["evaluate", "--profile", "texts", "--fail-on", level], input.as_bytes()).code
    };
    assert_eq!(["mark", "redact", "review", "stop"].map(|level| code(level, input)), [3, 3, 0, 0]);
    // A line that could not be judged is worse: nobody knows what it would have come to.
    assert_eq!(code("mark", &format!("{input}\n{{")), 1);
    for word in ["pass", "revue"] {
        let ran = run(&["evaluate", "--fail-on", word]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("is no level to fail on; give `mark`"), "{}", ran.err);
    }
}

#[test]
fn a_policy_that_nobody_signed_is_named_in_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let film = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "film").unwrap().1;
    fs::write(folder.path().join("film.wasm"), film).unwrap();
    let folder = folder.path().display().to_string();
    let trust = run(&["trust", "show"]).ok();
    let (tables, _) = trust.split_once("[signers]").unwrap();
    let trust = format!("{folder}/trust.toml");
    let tables = tables.replace("policies = [\"general\", \"common\"]", "");
    fs::write(&trust, tables.replace("unsigned = \"refuse\"", "unsigned = \"allow\"")).unwrap();
    let input = br#"{"event":{"kind":"prompt","text":"hello"}}"#;
    let said = run_with(&["evaluate", "--policies", &folder, "--trust", &trust], input).err;
    assert!(said.contains("\nunsigned   film: no grant counts"), "{said}");
    let said = run_with(&["evaluate"], input).err;
    assert!(!said.contains("unsigned"), "{said}");
}

#[test]
fn bare_texts_run_as_the_readme_says() {
    const LINE: &str = "jq -c '{session: .id, ends: true, event: {kind, text}}' tests/examples/texts.jsonl | \
        specialis evaluate --profile texts";
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    assert!(fs::read_to_string(format!("{root}/README.md")).unwrap().lines().any(|line| line == LINE));
    let rows = fs::read_to_string(format!("{root}/tests/examples/texts.jsonl")).unwrap();
    // What the filter of `jq` makes of a row.
    let wrap = |row: &str| {
        let row: Value = serde_json::from_str(row).unwrap();
        json!({"session": row["id"], "ends": true, "event": {"kind": row["kind"], "text": row["text"]}}).to_string()
    };
    let lines: Vec<String> = rows.lines().map(wrap).collect();
    let ran = run_with(&["evaluate", "--profile", "texts", "--format", "jsonl"], lines.join("\n").as_bytes());
    assert!(ran.err.contains("faults     none") && ran.err.contains("not judged 0"), "{}", ran.err);
    let decisions = decisions(&ran.ok());
    assert!(decisions.len() >= 100 && decisions.len() == lines.len());
    let verdicts: BTreeSet<Level> = decisions.iter().map(|decision| decision.verdict).collect();
    assert!(verdicts.is_superset(&BTreeSet::from([Level::Mark, Level::Redact])), "{verdicts:?}");
    assert!(!verdicts.contains(&Level::Stop), "an ordinary text was stopped");
}

#[test]
fn a_line_of_ten_million_bytes_is_refused_by_name_and_one_of_seven_is_judged() {
    let line = |n: usize| json!({"event": {"kind": "output", "text": "云淡风轻。".repeat(n)}}).to_string();
    let (too_long, long) = (line(700_000), line(470_000));
    assert!(too_long.len() > 10_000_000 && long.len() > 7_000_000);
    let short = r#"{"event":{"kind":"prompt","text":"hello"}}"#;
    let input = [short, too_long.as_str(), long.as_str(), long.trim_end_matches('}'), short].join("\n");
    let ran = run_with(&["evaluate", "--profile", "texts", "--format", "jsonl"], input.as_bytes());
    assert_eq!((ran.code, ran.out.lines().count()), (1, 3), "{}", ran.err);
    let mut said = ran.err.lines();
    let first = said.next().unwrap();
    assert!(first.starts_with("<stdin>:2: the line has ") && first.contains("at most 8388608 are read"), "{first}");
    let second = said.next().unwrap();
    assert!(second.starts_with("<stdin>:4: not JSON: ") && second.len() < 200, "a message repeats the line: {second}");
    assert!(ran.err.contains("faults     none"), "{}", ran.err);
}

#[test]
fn what_is_no_policy_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 4] = [
        ("text.wasm", b"not a policy at all"),
        ("empty.wasm", b""),
        ("core-module.wasm", b"\0asm\x01\0\0\0"),
        ("no-manifest.wasm", b"\0asm\x0d\0\x01\0"),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let said = run(&["evaluate", "--with", &path.display().to_string()]).refused();
        assert!(said.contains(name) && said.contains(';'), "it names the file and says what to do: {said}");
    }
    let absent = folder.path().join("absent.wasm").display().to_string();
    assert!(run(&["evaluate", "--with", &absent]).refused().contains("cannot be read; give a packed policy"));
}

#[test]
fn facts_that_do_not_exist_or_do_not_fit_are_named() {
    for (facts, said) in
        [(r#"{"tsak":"chat"}"#, "<stdin>:1: `event.facts"), (r#"{"task":5}"#, "<stdin>:1: `event.facts")]
    {
        let ran = judge(&format!(r#"{{"event":{{"kind":"prompt","text":"hi","facts":{facts}}}}}"#));
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.starts_with(said), "{}", ran.err);
    }
}

#[test]
fn one_empty_file_among_several_costs_no_other_its_decisions() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let line = "{\"event\":{\"kind\":\"prompt\",\"text\":\"hi\"}}\n";
    let (first, empty, last) = (file("a.jsonl", line), file("b.jsonl", ""), file("c.jsonl", line));
    let ran = run(&["evaluate", &first, &empty, &last, "--format", "jsonl"]);
    assert_eq!((ran.code, ran.out.lines().count()), (1, 2), "{}", ran.err);
    assert!(ran.err.starts_with(&format!("{empty}: nothing to judge")), "{}", ran.err);
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

#[test]
fn the_summary_says_which_sector_nobody_governs_and_what_bare_events_lack() {
    let line = |context: &str| format!("{{\"context\":{context},\"event\":{{\"kind\":\"output\",\"text\":\"你好\"}}}}");
    let misspelled = judge(&line(r#"{"sectors":{"flim":"yes"}}"#));
    let said = "ungoverned flim in 1 decision: no policy for it is loaded; nearest is `film`";
    assert!(misspelled.err.contains(said) && !misspelled.err.contains("hint"), "{}", misspelled.err);
    let bare = judge(&line("{}"));
    assert!(bare.err.contains("hint       no event says who is served") && !bare.err.contains("ungoverned"));
    let with_a_profile = run_with(&["evaluate", "--profile", "texts"], line("{}").as_bytes());
    assert!(!with_a_profile.err.contains("hint"), "{}", with_a_profile.err);
}
