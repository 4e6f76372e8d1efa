//! What strangers wrote, in the output of every command: it controls no terminal, hides nothing and makes no line of its own.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use specialis_bundle::{Bundle, IndexEntry, PolicyIndex, SecretKey, Sources, digest_of, pack};
use specialis_core::needs_escape;

use crate::run::{Ran, run, run_with};

/// Turns text around, commands a terminal in two ways, hides a character, and begins a line.
const HOSTILE: &str = "x\u{202e}y\u{1b}[2J\u{9b}2J\u{200b}\u{e0041}\r\nFORGED";
/// The same in TOML.
const HOSTILE_TOML: &str = r"x\u202ey\u001b[2J\u009b2J\u200b\U000e0041\r\nFORGED";

/// Fails where a person would not see what is there.
fn assert_shown(what: &str, ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        for line in text.lines() {
            assert!(!line.contains(needs_escape), "{what}: {line:?}");
            assert!(!line.starts_with("FORGED"), "{what}: {text}");
        }
        assert!(!text.contains('\r'), "{what}: {text:?}");
    }
}

/// The policy `arts` in hostile words.
fn hostile_policy(folder: &Path) -> String {
    let component = specialis_artifacts::COMPONENTS.iter().find(|(id, _)| *id == "arts").unwrap().1;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-policies/arts");
    let mut sources = Sources::of_folder(&source, component.to_vec()).unwrap();
    for key in ["\nzh = \"", "\nen = \"", "{ zh = \"", ", en = \""] {
        sources.manifest = sources.manifest.replace(key, &format!("{key}{HOSTILE_TOML}"));
    }
    sources.manifest = sources.manifest.replace("article = \"25\"", &format!("article = \"{HOSTILE_TOML}\""));
    sources.manifest = sources
        .manifest
        .replace("cites = { PUBLISH = [\"25\"", &format!("cites = {{ PUBLISH = [\"25\", \"{HOSTILE_TOML}\""));
    let file = folder.join("hostile.wasm");
    fs::write(&file, pack(sources).unwrap()).unwrap();
    file.display().to_string()
}

#[test]
fn words_of_a_policy_are_shown_and_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = hostile_policy(folder.path());
    for lang in ["en", "zh"] {
        let ran = run(&["policy", "inspect", &file, "--lang", lang]);
        assert_shown("inspect", &ran);
        assert!(ran.out.contains(r"x\u{202e}y\u{1b}[2J\u{9b}2J\u{200b}\u{e0041}\r\nFORGED"), "{}", ran.out);
    }
    let policies = folder.path().display().to_string();
    for args in [
        &["policy", "list", "--policies", &policies][..],
        &["policy", "verify", &file],
        &["coverage", "--policies", &policies],
        &["coverage", "--policies", &policies, "--lang", "zh"],
    ] {
        assert_shown(&args.join(" "), &run(args));
    }
}

#[test]
fn policies_of_an_index_are_shown_and_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let bundle = Bundle::parse(&fs::read(hostile_policy(folder.path())).unwrap()).unwrap();
    let entry = IndexEntry::of(&bundle, format!("registry.example/arts@{}", digest_of(b"")));
    let expires = "2099-12-31".parse().unwrap();
    let index = PolicyIndex { name: "kitchen".to_owned(), number: 1, expires, policies: vec![entry] };
    let key = SecretKey::from_seed([1; 32]);
    fs::write(path("index.json"), index.signed([&key]).unwrap()).unwrap();
    let trust = format!(
        "[signers]\nkitchen = [\"{}\"]\n[[signing]]\nsigner = \"kitchen\"\nroles = [\"indexer\"]\n\
         origins = [{{ sector = \"arts\" }}]\nduties = [\"*\"]\n",
        key.public()
    );
    fs::write(path("trust.toml"), trust).unwrap();
    let words = ["policy", "search", "--index", &path("index.json"), "--trust-add", &path("trust.toml"), "--no-state"];
    for more in [&["--lang", "en"][..], &["--lang", "zh"], &["--format", "jsonl"]] {
        let ran = run(&[&words[..], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_shown("search", &ran);
    }
}

#[test]
fn decisions_are_shown_and_nothing_more() {
    let event = |session: &str, text: &str| json!({ "session": session, "event": { "kind": "output", "text": text } });
    let mut lines = event(HOSTILE, &format!("电话13800138000 {HOSTILE}")).to_string();
    lines.push_str(&format!("\n{}\n", json!({ "session": "s", HOSTILE: 1, "event": {} })));
    lines.push_str(&format!("{}\n", json!({ "event": { "kind": HOSTILE } })));
    lines.push_str(&format!("{}\n", json!({ "event": { "kind": "prompt", "facts": { HOSTILE: 1 } } })));
    lines.push_str(&format!(
        "{}\n",
        json!({ "event": { "kind": "prompt" }, "context": { "sectors": { HOSTILE: "yes" } } })
    ));
    assert_shown("table", &run_with(&["evaluate"], lines.as_bytes()));
    let ran = run_with(&["evaluate", "--format", "jsonl"], lines.as_bytes());
    assert_shown("jsonl", &ran);
    let mut decision: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!(decision["session"], HOSTILE, "a program reads the name as it is");
    for key in ["id", "edition"] {
        decision[key] = json!(HOSTILE);
    }
    decision["refused-facts"] = json!([{ "path": HOSTILE, "source": "platform" }]);
    for lang in ["en", "zh"] {
        let ran = run_with(&["explain", "--lang", lang], decision.to_string().as_bytes());
        assert_shown("explain", &ran);
        assert!(ran.out.contains(r"\u{202e}"), "{}", ran.out);
    }
    decision[HOSTILE] = json!(1);
    assert_shown("explain what is none", &run_with(&["explain"], decision.to_string().as_bytes()));
}

#[test]
fn texts_terms_and_names_are_shown_and_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let text = format!("电话13800138000 {HOSTILE}");
    for format in ["marks", "json"] {
        assert_shown("scan", &run_with(&["scan", "-", "--format", format], text.as_bytes()));
    }
    let lexicon = format!("# source: {HOSTILE}\nterm,category\n\"{HOSTILE}\",a1.violence\n\"样例词\",\"{HOSTILE}\"\n");
    fs::write(path("terms.csv"), lexicon).unwrap();
    assert_shown("lexicon", &run(&["lexicon", "check", &path("terms.csv")]));
    fs::write(path(HOSTILE), "x").unwrap();
    for args in [
        &["policy", "inspect", &path(HOSTILE)][..],
        &["evaluate", &path(&format!("no{HOSTILE}"))],
        &["lexicon", "check", &path(HOSTILE)],
        &["label", "show", &path(HOSTILE)],
        &["trust", "show", "--file", &path(HOSTILE)],
        &["policy", "test", HOSTILE],
        &["policy", "pull", HOSTILE, "-o", &path("out")],
        &["key", "show", &path(HOSTILE)],
        &["edition", "show", &path(HOSTILE)],
        &[HOSTILE],
    ] {
        let ran = run(args);
        assert_ne!(ran.code, 0, "{args:?}");
        assert_shown(&format!("{args:?}"), &ran);
    }
    let rows = format!("{}\n", json!({ "kind": "prompt", "label": HOSTILE, "text": text }));
    fs::write(path("rows.jsonl"), rows).unwrap();
    assert_shown("replay", &run(&["replay", &path("rows.jsonl"), "--profile", "texts"]));
    assert_shown("stream's notes", &Ran { out: String::new(), ..run_with(&["stream"], text.as_bytes()) });
}

#[test]
fn a_text_that_streams_goes_out_as_it_is() {
    let text = "你好\u{200d}\u{fe0f}，今天天气好。\u{202e}\n";
    let ran = run_with(&["stream", "--profile", "texts"], text.as_bytes());
    assert_eq!(ran.out, text, "{}", ran.err);
}
