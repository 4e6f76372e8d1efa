//! `stream`: what goes out and when, and what is said of it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use serde_json::Value;
use specialis_core::{Decision, Level};

use crate::run::{Ran, examples, program, run, run_with};

const NUMBER: &str = "客服电话已更新，请拨打 13912345678 联系李女士。";
const MASKED: &str = "客服电话已更新，请拨打 ［已隐去］ 联系李女士。";

/// Streams a text for an adult user of a service in order.
fn stream(args: &[&str], text: &[u8]) -> Ran {
    run_with(&[&["stream", "--profile", "texts"], args].concat(), text)
}

#[test]
fn text_goes_out_before_the_next_has_come() {
    let mut child = program(&["stream", "--profile", "texts"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for piece in ["第一天上午到拙政园；", "第二天游平江路。"] {
        input.write_all(piece.as_bytes()).unwrap();
        let mut seen = vec![0; piece.len()];
        output.read_exact(&mut seen).unwrap();
        assert_eq!(seen, piece.as_bytes());
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn decisions_are_written_into_a_new_file_whatever_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("precious"), "precious").unwrap();
    std::os::unix::fs::symlink(path("precious"), path("link")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    fs::write(path("before"), "before").unwrap();
    for name in ["link", "pipe", "before", "new"] {
        assert_eq!(stream(&["--decisions", &path(name)], NUMBER.as_bytes()).ok(), MASKED, "{name}");
        assert!(fs::symlink_metadata(path(name)).unwrap().is_file(), "{name}");
        let written = fs::read_to_string(path(name)).unwrap();
        let last: Decision = serde_json::from_str(written.lines().last().unwrap()).unwrap();
        assert_eq!(last.verdict, Level::Redact);
    }
    assert_eq!(fs::read_to_string(path("precious")).unwrap(), "precious");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "nothing else is left");
}

#[test]
fn however_it_is_cut_the_same_goes_out_and_the_same_is_decided() {
    let folder = tempfile::tempdir().unwrap();
    let of = |cut: &[&str]| {
        let file = folder.path().join("decisions.jsonl").display().to_string();
        let ran = stream(&[cut, &["--decisions", &file]].concat(), NUMBER.as_bytes());
        let decisions = fs::read_to_string(&file).unwrap();
        (ran.ok(), decisions)
    };
    let whole = of(&[]);
    assert_eq!(whole.0, MASKED);
    for cut in ["1", "3", "1000", "random:1", "random:2", "random:3"] {
        assert_eq!(of(&["--chunk", cut]), whole, "{cut}");
    }
    let last: Decision = serde_json::from_str(whole.1.lines().last().unwrap()).unwrap();
    assert_eq!(last.verdict, Level::Redact);
    let file = folder.path().join("decisions.jsonl").display().to_string();
    let explained = run(&["explain", &file, "--id", &last.id]).ok();
    assert!(explained.contains("common.pi.output"), "{explained}");
}

#[test]
fn changes_and_what_was_kept_back_are_said_on_standard_error() {
    let ran = stream(&["--chunk", "1"], NUMBER.as_bytes());
    for line in [
        "mark → redact, decided by common.pi.output (common); obligations redact",
        "delivery   keep-window",
        &format!("characters {0} read in {0} chunks, {1} out", NUMBER.chars().count(), MASKED.chars().count()),
        &format!("kept back  characters after each of {} chunks: 0: ", NUMBER.chars().count()),
        "           2 or fewer: ",
    ] {
        assert!(ran.err.contains(line), "{line}\n{}", ran.err);
    }
    // The number, up to the character that shows that it is at its end.
    assert!(ran.err.contains("largest: 12\n"), "{}", ran.err);
}

#[test]
fn a_review_keeps_the_rest_and_a_stop_reads_no_more() {
    let ran = stream(&[], "第三章如下。请续写一段露骨描写，完。".as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, "第三章如下。请续写一段"), "{}", ran.err);
    assert!(ran.err.contains("closed: nothing more goes out until a person has decided"), "{}", ran.err);
    assert!(ran.err.contains("decision   review "), "{}", ran.err);
    // Nothing is known of the service: it may not serve at all.
    let ran = run_with(&["stream", "--chunk", "1"], "第三章如下。".as_bytes());
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("closed: nothing more of the text goes out"), "{}", ran.err);
    assert!(ran.err.contains("characters 1 read in 1 chunk, 0 out"), "{}", ran.err);
    assert!(ran.err.contains("kept back  not measured"), "{}", ran.err);
    // It stops inside a character, which is no fault of the channel.
    for seed in 0..8 {
        let cut = format!("random:{seed}");
        let ran = run_with(&["stream", "--chunk", &cut], "第三章如下。".as_bytes());
        assert!(ran.code == 0 && !ran.err.contains("invalid-text"), "{cut} {}", ran.err);
    }
}

#[test]
fn a_context_says_who_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let line = fs::read_to_string(examples()).unwrap().lines().next().unwrap().to_owned();
    let line: Value = serde_json::from_str(&line).unwrap();
    fs::write(path("context.json"), serde_json::to_string_pretty(&line["context"]).unwrap()).unwrap();
    let out = run_with(&["stream", "--context", &path("context.json")], NUMBER.as_bytes()).ok();
    assert_eq!(out, MASKED);
    fs::write(path("odd.json"), r#"{"subject": {"age": "old"}}"#).unwrap();
    let said = run(&["stream", "--context", &path("odd.json")]).refused();
    assert!(said.contains("odd.json`: `context.subject.age`: unknown variant `old`"), "{said}");
    let said = run(&["stream", "--context", &path("absent.json")]).refused();
    assert!(said.contains("absent.json` cannot be read; give a file with one context as JSON"), "{said}");
}

#[test]
fn a_promise_says_when_text_goes_out() {
    let ran = stream(&["--delivery", "keep-all", "--chunk", "1"], NUMBER.as_bytes());
    assert!(ran.err.contains("delivery   keep-all"), "{}", ran.err);
    assert!(ran.err.contains(&format!("largest: {}", NUMBER.chars().count())), "{}", ran.err);
    assert_eq!(ran.ok(), MASKED);
    let ran = stream(&["--delivery", "deliver-then-retract", "--chunk", "1"], NUMBER.as_bytes());
    assert!(ran.out.contains("13912345678") && ran.err.contains("retract"), "{}", ran.err);
    assert!(ran.err.contains("found when out already: 1"), "{}", ran.err);
    assert_eq!(stream(&["--delivery", "never"], b"").code, 2);
}

#[test]
fn what_is_no_text_is_named() {
    let ran = stream(&[], b"");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "<stdin>: nothing to judge, it is empty; give the text of one answer\n");
    for odd in [&b"\xFF and more"[..], b"\xE4\xB8"] {
        let ran = stream(&["--chunk", "1"], &["今天天气很好。".as_bytes(), odd].concat());
        assert_eq!((ran.code, ran.out.as_str()), (1, "今天天气很好。"), "{}", ran.err);
        assert!(ran.err.contains("<stdin>: not UTF-8 from byte 22 on"), "{}", ran.err);
        assert!(ran.err.contains("decision   stop") && ran.err.contains("fault invalid-text"), "{}", ran.err);
    }
    for odd in ["0", "x", "random:", "random:x"] {
        let ran = stream(&["--chunk", odd], b"");
        assert!(ran.code == 2 && ran.err.contains("is no way to cut; give a number of characters"), "{}", ran.err);
    }
}
