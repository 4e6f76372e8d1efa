//! A first day: a profile for a kind of service, what would still become a stop under it, and exchanges that show it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::{Ran, run, run_with};

const KINDS: [&str; 7] = ["chat", "api-supplier", "in-house", "propagator", "news", "film", "education"];

/// An answer to each question about a kind of service: the sample that stands in the table.
fn answers(kind: &str) -> Vec<String> {
    let table: toml::Table = toml::from_str(specialis_artifacts::SERVICES).unwrap();
    let is_of = |fact: &toml::Value| {
        fact.get("services").is_none_or(|all| all.as_array().unwrap().iter().any(|id| id.as_str() == Some(kind)))
    };
    let asked = table["facts"].as_array().unwrap().iter().filter(|fact| is_of(fact) && fact.get("header").is_none());
    let answer = |fact: &toml::Value| {
        let sample = fact.get("samples").and_then(|samples| samples.get(kind)).or_else(|| fact.get("sample"))?;
        let sample = sample.as_str().map_or_else(|| sample.to_string(), str::to_owned);
        Some(format!("{}={sample}", fact["path"].as_str().unwrap()))
    };
    asked.filter_map(answer).collect()
}

fn new(folder: &Path, kind: &str, facts: &[String], more: &[&str]) -> Ran {
    let out = folder.join(kind).display().to_string();
    let mut words = vec!["profile", "new", "--service", kind, "--out", &out];
    words.extend(facts.iter().flat_map(|fact| ["--fact", fact.as_str()]));
    run(&[&words[..], more].concat())
}

fn path(folder: &Path, kind: &str, file: &str) -> String {
    folder.join(kind).join(file).display().to_string()
}

fn check(folder: &Path, kind: &str, more: &[&str]) -> Ran {
    let (profile, config) = (path(folder, kind, "profile.toml"), path(folder, kind, "serve.toml"));
    run(&[&["profile", "check", "--profile", &profile, "--config", &config][..], more].concat())
}

#[test]
fn each_kind_of_service_has_an_exchange_that_passes_one_that_is_marked_and_one_that_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, lang) in KINDS.into_iter().zip(["zh", "en"].into_iter().cycle()) {
        new(folder.path(), kind, &answers(kind), &["--lang", lang]).ok();
        let (profile, examples) =
            (path(folder.path(), kind, "profile.toml"), path(folder.path(), kind, "examples.jsonl"));
        let out = run(&["evaluate", &examples, "--profile", &profile, "--format", "jsonl"]).ok();
        let decisions: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(decisions.len(), 3, "{kind}");
        for decision in &decisions {
            assert_eq!(decision["verdict"], decision["session"], "{kind}: {decision}");
        }
        let config = path(folder.path(), kind, "serve.toml");
        let said = run(&["serve", "--config", &config, "--profile", &profile, "--check"]).ok();
        assert!(said.contains("can be used"), "{said}");
    }
}

#[test]
fn a_profile_whose_questions_are_answered_wants_no_fact_of_its_own_for_an_ordinary_exchange() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["chat", "in-house"] {
        new(folder.path(), kind, &answers(kind), &[]).ok();
        let said = check(folder.path(), kind, &[]);
        let last = said.out.lines().last().unwrap().to_owned();
        assert!(last.ends_with("0 of them want a fact of the profile"), "{kind}: {}", said.out);
        // Of a chat the agreement comes with each session; in house nothing is owed.
        assert_eq!(said.code, if kind == "chat" { 3 } else { 0 }, "{}", said.out);
    }
}

#[test]
fn check_says_duty_by_duty_what_stops_which_fact_is_missing_and_where_it_would_come_from() {
    let folder = tempfile::tempdir().unwrap();
    new(folder.path(), "chat", &[], &["--lang", "zh"]).ok();
    let said = check(folder.path(), "chat", &[]).out;
    assert!(
        said.contains("stop  A service agreement with registered users (im.art9.agreement; prompt, output)"),
        "{said}"
    );
    assert!(said.contains("general IM9  no agreement was accepted: Interim Measures"), "{said}");
    let line = |fact: &str| said.lines().find(|line| line.contains(fact)).unwrap_or_default().trim().to_owned();
    assert!(line("missing agreement.version ").ends_with("in the header `x-agreement-version`"), "{said}");
    assert!(line("missing agreement.current-version").ends_with("the profile, [defaults.agreement]"), "{said}");
    assert!(line("missing service.filing-number").ends_with("the profile, [defaults.service]"), "{said}");
    let zh = check(folder.path(), "chat", &["--lang", "zh"]).out;
    assert!(
        zh.contains("停止  与注册使用者签订服务协议") && zh.contains("每个会话，请求头 `x-agreement-version`"),
        "{zh}"
    );

    // What the platform does not carry out.
    let profile = path(folder.path(), "chat", "profile.toml");
    let text = fs::read_to_string(&profile).unwrap();
    let without: String =
        text.lines().filter(|line| !line.contains("\"label-explicit\"")).flat_map(|l| [l, "\n"]).collect();
    assert_ne!(text, without);
    fs::write(&profile, without).unwrap();
    let said = check(folder.path(), "chat", &[]).out;
    assert!(
        said.contains("what asks for one becomes a stop") && said.contains("label-explicit  Add an explicit label"),
        "{said}"
    );
}

#[test]
fn profile_says_what_the_law_asks_and_leaves_open_what_nobody_answered() {
    let folder = tempfile::tempdir().unwrap();
    let facts = ["service.filing-number=京-样例-0001".to_owned(), "service.complaint-limit-days=10".to_owned()];
    let said = new(folder.path(), "news", &facts, &["--lang", "zh"]).ok();
    assert!(said.contains("尚未回答") && said.contains("service.licences"), "{said}");
    let text = fs::read_to_string(path(folder.path(), "news", "profile.toml")).unwrap();
    assert!(
        text.contains("\nfiling-number = \"京-样例-0001\"\n") && text.contains("\ncomplaint-limit-days = 10\n"),
        "{text}"
    );
    assert!(text.contains("《生成式人工智能服务管理暂行办法》第十七条"), "{text}");
    assert!(text.contains("\n# licences = [{"), "{text}");
    assert!(text.contains("\"label-explicit\", # 添加显式标识；放行时"), "{text}");
    // The token is in neither file.
    let token = said.lines().find_map(|line| line.trim().strip_prefix("sp-")).unwrap().to_owned();
    let config = fs::read_to_string(path(folder.path(), "news", "serve.toml")).unwrap();
    assert!(config.contains("\"agreement.version\" = \"x-agreement-version\"") && !config.contains(&token), "{config}");
    // What is there is not written over.
    let again = new(folder.path(), "news", &[], &[]).refused();
    assert!(again.contains("profile.toml") && again.contains("give a name that is not taken"), "{again}");
}

#[test]
fn questions_are_asked_in_the_language_and_an_answer_of_another_form_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("mine").display().to_string();
    let words = ["profile", "new", "--ask", "--out", &out];
    // Chinese, in-house; the days wrongly and then rightly.
    let said = run_with(&words, "zh\n3\nten\n10\n".as_bytes()).ok();
    assert!(said.contains("哪一种服务？") && said.contains("公开的个人信息请求答复时限（日）"), "{said}");
    assert!(said.contains("`ten` cannot be read; write it like `15`"), "{said}");
    let text = fs::read_to_string(folder.path().join("mine/profile.toml")).unwrap();
    assert!(text.contains("\nrequest-limit-days = 10\n"), "{text}");
    let ended = run_with(&["profile", "new", "--ask", "--out", &out], b"en\nchat\n").err;
    assert!(ended.contains("the input ended before the last question"), "{ended}");
}

#[test]
fn facts_that_cannot_be_used_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |fact: &str| new(folder.path(), "chat", &[fact.to_owned()], &[]).refused();
    assert!(refused("service.filing-numbr=1").contains("nearest is `service.filing-number`"));
    assert!(refused("service.complaint-limit-days=many").contains("write it like `15`"));
    assert!(refused("service.shapes-opinion=\"yes\"").contains("of another type"));
    assert!(refused("service.started-on=soon").contains("an answer is no value of its fact"));
    assert!(run(&["profile", "new"]).refused().contains("give `--service`, or `--ask`"));
}
