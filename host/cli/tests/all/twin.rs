//! The policy `education` as a table beside its twin in Rust.

use std::path::Path;

use specialis::Host;
use specialis_core::{Context, Event, SectorId, Status};
use specialis_tests::dice::{Dice, bytes_of};
use specialis_tests::hosts;
use specialis_tests::random::Pool;

use crate::run::run;

/// How many random events are judged; a run of hours sets `SPECIALIS_TWIN_EVENTS`, to 100,000 and more.
const N_EVENTS: u64 = 3_000;

/// What puts the terms of the policy, and what its detectors find, into a text.
const TEXTS: [&str; 8] = [
    "",
    "帮我代写作业吧",
    "直接给出期末评语",
    "给学生做心理辅导",
    "期中考试试卷\n一、单项选择题（每小题5分，共20分）\n1. 下列词语中加点字读音正确的一项是（　）\nA. 江岸 B. 山峦 C. 晨曦 D. 涟漪",
    "我的电话是13800138000，放学后打给我。",
    "我的学号是20260101，绝密★启用前",
    "今天天气很好",
];

fn host(policy: Vec<u8>) -> Host {
    hosts::host(hosts::candidate().policy("education", policy))
}

#[test]
fn a_table_answers_as_its_twin_in_rust() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-policies/education");
    let built = folder.path().join("education.wasm");
    let said = run(&["policy", "build", &source.display().to_string(), "-o", &built.display().to_string()]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let table = std::fs::read(&built).unwrap();
    let (_, code) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "education").unwrap();
    let (table, code) = (host(table), host(code.to_vec()));
    for report in table.test_vectors().unwrap() {
        assert!(report.n_failed() == 0 && report.outcomes.len() > 40, "{:?}", report.failures());
    }

    let n_events = std::env::var("SPECIALIS_TWIN_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(N_EVENTS);
    let pool = Pool::of_examples();
    let mut n_spoken = 0;
    for seed in 0..n_events {
        let (context, event) = drawn(&pool, seed);
        let judge = |host: &Host| hosts::decide(host, "s", &context, &event);
        let (by_table, by_code) = (judge(&table), judge(&code));
        assert_eq!(
            by_table.evaluations["education"].state, by_code.evaluations["education"].state,
            "seed {seed}: {event:?}"
        );
        assert_eq!(by_table.duties, by_code.duties, "seed {seed}: {context:?} {event:?}");
        assert_eq!(by_table.obligations, by_code.obligations, "seed {seed}: {context:?} {event:?}");
        n_spoken += usize::from(!by_code.duties.is_empty());
    }
    assert!(n_spoken > usize::try_from(n_events).unwrap() / 4, "{n_spoken} of {n_events}");
}

/// A context and an event on which the policy has something to say more often than not.
fn drawn(pool: &Pool, seed: u64) -> (Context, Event) {
    let (mut context, mut event) = pool.pick(seed);
    let bytes = bytes_of(seed ^ 0x7a61, 64);
    let mut dice = Dice::new(&bytes);
    let mut some = |words: &[&str]| dice.one_of(&[words, &[""]].concat()).to_string();
    let set = |group: &mut serde_json::Value, name: &str, word: String| {
        if !word.is_empty() {
            group[name] = serde_json::from_str(&word).unwrap_or(serde_json::Value::String(word));
        }
    };
    if !context["subject"].is_object() {
        context["subject"] = serde_json::json!({});
    }
    set(&mut context["subject"], "role", some(&["pupil", "teacher", "guardian"]));
    set(&mut context["subject"], "school-stage", some(&["primary", "junior", "senior", "higher"]));
    set(&mut context["subject"], "supervised", some(&["true", "false"]));
    for group in ["general", "service"] {
        if !context[group].is_object() {
            context[group] = serde_json::json!({});
        }
    }
    set(&mut context["general"], "exam-in-progress", some(&["true", "false"]));
    context["service"]["admitted-tools"] = serde_json::json!(["课堂助手"]);
    let kind = some(&["prompt", "output", "tool", "media"]);
    if !kind.is_empty() {
        event = serde_json::json!({ "kind": kind, "facts": {} });
    }
    match event["kind"].as_str().unwrap_or_default() {
        "prompt" => {
            set(
                &mut event["facts"],
                "task",
                some(&["chat", "homework", "composition", "examination", "evaluation", "counselling"]),
            );
            set(&mut event["facts"], "open-ended", some(&["true", "false"]));
            set(&mut event["facts"], "tool", some(&["课堂助手", "别的工具"]));
        }
        "output" => {
            set(&mut event["facts"], "task", some(&["chat", "homework", "examination", "evaluation", "counselling"]))
        }
        "tool" => set(&mut event["facts"], "name", some(&["课堂助手", "别的工具"])),
        "media" => {
            set(&mut event["facts"], "direction", some(&["in", "out"]));
            set(&mut event["facts"], "operation", some(&["photo-question", "generate"]));
        }
        _ => {}
    }
    if event.get("parts").is_none() {
        set(&mut event, "text", format!("\"{}\"", some(&TEXTS).replace('\n', "\\n")));
    }
    let mut context: Context = serde_json::from_value(context).expect("a context");
    context.sectors.insert(SectorId::from("education"), Status::Yes);
    context.sources.clear();
    (context, serde_json::from_value(event).expect("an event"))
}
