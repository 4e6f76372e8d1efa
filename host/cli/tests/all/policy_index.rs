//! Indexes of policies: built, pushed, searched, and what of one is refused.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use specialis_bundle::{Envelope, OciArtifact, PolicyIndex, digest_of};

use crate::oci::{Answers, Registry, news, stand_in};
use crate::run::{Ran, run};

/// A publisher with a key, and an operator who lets that key list policies of news.
struct Kitchen(tempfile::TempDir);

impl Kitchen {
    fn new() -> Self {
        let kitchen = Self(tempfile::tempdir().unwrap());
        let key = run(&["key", "new", &kitchen.path("indexer.pem")]).ok();
        let trust = format!(
            r#"
[signers]
kitchen = ["{}"]

[[signing]]
signer = "kitchen"
roles = ["indexer"]
origins = [{{ sector = "news" }}]
duties = ["*"]
"#,
            key.trim()
        );
        fs::write(kitchen.path("trust.toml"), trust).unwrap();
        kitchen
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Writes the index `file`, after the index `after` where there is one.
    fn build(&self, file: &str, after: Option<&str>, policies: &[&str]) -> Ran {
        let (key, to) = (self.path("indexer.pem"), self.path(file));
        let mut words = vec!["policy", "index", "build", "--key", &key, "--expires", "2099-12-31", "-o", &to];
        let before = after.map(|before| self.path(before));
        match &before {
            Some(before) => words.extend(["--after", before.as_str()]),
            None => words.extend(["--name", "kitchen"]),
        }
        words.extend(policies);
        run(&words)
    }

    fn search(&self, index: &str, words: &[&str]) -> Ran {
        let (trust, state) = (self.path("trust.toml"), self.path("state"));
        let all = ["policy", "search", "--index", index, "--trust-add", &trust, "--state", &state];
        run(&[&all, words].concat())
    }
}

/// Puts an index into a stand-in, as a registry has it.
fn serve(answers: &Mutex<Answers>, file: &str) {
    let json = fs::read(file).unwrap();
    let index = PolicyIndex::read(&Envelope::parse(&json).unwrap()).unwrap();
    let OciArtifact { manifest, .. } = OciArtifact::of_index(&index, &json);
    let blob = format!("/blobs/{}", digest_of(&json));
    let by_digest = format!("/manifests/{}", digest_of(&manifest));
    *answers.lock().unwrap() =
        vec![("/manifests/latest".to_owned(), manifest.clone()), (by_digest, manifest), (blob, json)];
}

#[test]
fn policies_of_an_index_in_a_real_registry_are_found_and_pulled() {
    let Some(registry) = Registry::start() else { return };
    let kitchen = Kitchen::new();
    let file = news(Path::new(&kitchen.path("")));
    let pinned = run(&["policy", "push", &file, &registry.name("policies/news:1.0.0")]).ok();
    let pinned = pinned.trim();
    let said = kitchen.build("one.json", None, &[pinned]).ok();
    assert!(said.starts_with("index kitchen 1: 1 policy, signed until 2099-12-31"), "{said}");
    let name = registry.name("policies/index:latest");
    let push = |file: &str| run(&["policy", "index", "push", &kitchen.path(file), &name]).ok().trim().to_owned();
    let first = push("one.json");
    assert!(first.starts_with(&format!("{name}@sha256:")), "{first}");

    let found = kitchen.search(&name, &["新闻", "--sector", "news", "--duty", "news.*"]);
    assert!(found.err.contains("nothing is remembered of this index"), "{}", found.err);
    let found = found.ok();
    assert!(found.starts_with("news 0.1.0 · "), "{found}");
    assert!(found.contains("said to be signed by: "), "nobody verified that: {found}");
    assert!(found.contains("a digest of `specialis`") && found.contains(&format!("pull: {pinned}")), "{found}");
    assert!(found.contains("1 of 1 policy; index `kitchen`, number 1, signed by kitchen until 2099-12-31"), "{found}");
    let line = kitchen.search(&name, &["--format", "jsonl"]).ok();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["at"], &line["digest"]), (&pinned.into(), &digest_of(&fs::read(&file).unwrap()).into()));
    let back = kitchen.path("back.wasm");
    run(&["policy", "pull", line["at"].as_str().unwrap(), "-o", &back]).ok();
    for none in [&["film"][..], &["--sector", "film"], &["--duty", "news"], &["新闻", "film"]] {
        let ran = kitchen.search(&name, none);
        assert_eq!(ran.code, 1, "{none:?}: {}", ran.out);
        assert!(ran.out.starts_with("0 of 1 policy;"), "{}", ran.out);
    }

    // The next number, and then the one before in its place.
    kitchen.build("two.json", Some("one.json"), &[]).ok();
    push("two.json");
    assert!(kitchen.search(&name, &[]).ok().contains("number 2"));
    push("one.json");
    let said = kitchen.search(&name, &[]).refused();
    assert!(said.contains("has the index number 1, and number 2 was seen before"), "{said}");
    // Who names it by its digest gets it, and is told.
    let old = kitchen.search(&first, &[]);
    assert!(old.err.contains("what is shown is the older one"), "{}", old.err);
    assert!(old.ok().contains("number 1"));
    let said = kitchen.search(&name, &["--sector", "news"]).refused();
    assert!(said.contains("number 2 was seen before"), "what is remembered did not go down: {said}");
    // A policy's name leads to no index, and an index to no policy.
    let said = kitchen.search(pinned, &[]).refused();
    assert!(said.contains("where `application/vnd.oci.empty.v1+json` is needed"), "{said}");
    assert!(run(&["policy", "pull", &first, "-o", &back]).refused().contains("it describes"));
}

#[test]
fn nothing_of_an_index_is_shown_before_its_signature_counts() {
    let kitchen = Kitchen::new();
    kitchen.build("index.json", None, &[]).ok();
    let index = kitchen.path("index.json");
    // The built-in trust policy lets nobody sign one.
    let said = run(&["policy", "search", "--index", &index, "--no-state"]).refused();
    assert!(said.contains("nobody whom the trust policy lets sign an index signed it"), "{said}");
    // An author is no indexer.
    let trust = fs::read_to_string(kitchen.path("trust.toml")).unwrap();
    fs::write(kitchen.path("trust.toml"), trust.replace("indexer", "author")).unwrap();
    assert!(kitchen.search(&index, &[]).refused().contains("nobody whom the trust policy lets"));
    fs::write(kitchen.path("trust.toml"), trust).unwrap();
    let said = kitchen.search(&index, &["--as-of", "2100-01-01"]).refused();
    assert!(said.contains("counted until 2099-12-31, and that is past"), "{said}");
    assert_eq!(kitchen.search(&index, &[]).code, 1, "it has no policies");

    // One character of what is signed is another.
    let json = fs::read_to_string(&index).unwrap();
    let payload = json.split('"').nth(7).unwrap();
    let turned: String = payload.chars().rev().collect();
    let forged = kitchen.path("forged.json");
    let refused = |other: &str| {
        fs::write(&forged, json.replace(payload, other)).unwrap();
        kitchen.search(&forged, &[]).refused()
    };
    assert!(refused(&turned).starts_with(&format!("the index `{forged}`")));
    assert!(refused(&payload.replacen('e', "f", 1)).contains("something was changed after signing"));
    let other = kitchen.path("other.pem");
    run(&["key", "new", &other]).ok();
    let words = ["policy", "index", "build", "--after", &index, "--key", &other, "--expires", "2099-12-31", "-o"];
    assert!(run(&[&words[..], &[&forged]].concat()).refused().contains("is signed by none of these keys"));
}

#[test]
fn index_does_not_go_back_and_keeps_its_name() {
    let kitchen = Kitchen::new();
    let answers = Arc::new(Mutex::new(Answers::new()));
    let name = format!("127.0.0.1:{}/policies/index:latest", stand_in(answers.clone()));
    kitchen.build("1.json", None, &[]).ok();
    kitchen.build("2.json", Some("1.json"), &[]).ok();
    serve(&answers, &kitchen.path("2.json"));
    assert_eq!(kitchen.search(&name, &[]).code, 1);
    serve(&answers, &kitchen.path("1.json"));
    assert!(kitchen.search(&name, &[]).refused().contains("number 2 was seen before"));
    assert!(kitchen.search(&name, &["--at-least", "2"]).refused().contains("`--at-least` asks for 2"));

    // Another one of the same number.
    let key = kitchen.path("indexer.pem");
    let two = [
        "policy",
        "index",
        "build",
        "--after",
        &kitchen.path("1.json"),
        "--key",
        &key,
        "--expires",
        "2099-12-30",
        "-o",
    ];
    run(&[&two[..], &[&kitchen.path("2b.json")]].concat()).ok();
    serve(&answers, &kitchen.path("2b.json"));
    assert!(kitchen.search(&name, &[]).refused().contains("another index of number 2"));
    let other = ["policy", "index", "build", "--name", "bakery", "--key", &key, "--expires", "2099-12-31", "-o"];
    run(&[&other[..], &[&kitchen.path("bakery.json")]].concat()).ok();
    serve(&answers, &kitchen.path("bakery.json"));
    assert!(kitchen.search(&name, &[]).refused().contains("has the index `bakery` where `kitchen` was seen"));
    serve(&answers, &kitchen.path("2.json"));
    assert_eq!(kitchen.search(&name, &[]).code, 1);

    // What is remembered cannot be changed by who does not have the key.
    let state = kitchen.path("state");
    let memory = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
    let memory = memory.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "json")).unwrap();
    let text = fs::read_to_string(&memory).unwrap();
    fs::write(&memory, text.replace("\"number\":2", "\"number\":1")).unwrap();
    assert!(kitchen.search(&name, &[]).refused().contains("is damaged"));
}

#[test]
fn registry_that_serves_something_else_is_found_out() {
    let kitchen = Kitchen::new();
    kitchen.build("1.json", None, &[]).ok();
    let answers = Arc::new(Mutex::new(Answers::new()));
    let port = stand_in(answers.clone());
    let name = format!("127.0.0.1:{port}/index:latest");
    serve(&answers, &kitchen.path("1.json"));
    let blob = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut answers = answers.lock().unwrap();
        change(&mut answers.last_mut().unwrap().1);
    };
    blob(&|bytes| *bytes.last_mut().unwrap() ^= 1);
    assert!(kitchen.search(&name, &[]).refused().contains("do not use this registry"));
    blob(&|bytes| bytes.extend(b"more"));
    assert!(kitchen.search(&name, &[]).refused().contains("serves more than"));
    // A size that is more than any index has is refused before a byte of it is read.
    let manifest = String::from_utf8(answers.lock().unwrap()[0].1.clone()).unwrap();
    let size = manifest.rsplit_once("\"size\":").unwrap().1.split(['}', ',']).next().unwrap().to_owned();
    let large = manifest.replace(&format!("\"size\":{size}"), &format!("\"size\":{}", (4 << 20) + 1));
    answers.lock().unwrap()[0].1 = large.into_bytes();
    assert!(kitchen.search(&name, &[]).refused().contains("at most 4194304 are fetched"));
}

#[test]
fn index_is_continued_without_what_is_dropped_and_takes_pinned_names_alone() {
    let kitchen = Kitchen::new();
    let said = kitchen.build("1.json", None, &["127.0.0.1:9/news:1.0.0"]).refused();
    assert!(said.contains("names no digest"), "{said}");
    kitchen.build("1.json", None, &[]).ok();
    let (one, key, two) = (kitchen.path("1.json"), kitchen.path("indexer.pem"), kitchen.path("2.json"));
    let words = ["policy", "index", "build", "--after", &one, "--key", &key, "--expires", "2099-12-31", "-o", &two];
    let said = run(&[&words[..], &["--drop", "news@1.0.0"]].concat()).refused();
    assert!(said.ends_with("does not list `news@1.0.0`; nearest is `none`"), "{said}");
    let trust = kitchen.path("trust.toml");
    let said = run(&["policy", "index", "push", &trust, "127.0.0.1:9/index:latest"]).refused();
    assert!(said.ends_with("is no signed index; give a file that `specialis policy index build` wrote"), "{said}");
    let said = run(&["policy", "search", "--index", "nowhere"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("there is no such file"), "{}", said.err);
}
