//! `explain`: decisions for a person, in both languages.

use specialis_core::Decision;

use crate::run::{run, run_with};

const PHONE: &str = r#"{"session":"s1","event":{"kind":"output","text":"他的手机是13800138000，请保密。"}}"#;
const HELLO: &str = r#"{"session":"s2","event":{"kind":"prompt","text":"你好"}}"#;

fn decisions() -> String {
    run_with(&["evaluate", "--format", "jsonl", "--as-of", "2026-11-02"], format!("{PHONE}\n{HELLO}\n").as_bytes()).ok()
}

#[test]
fn a_decision_is_explained_in_both_languages_without_the_text_it_is_about() {
    let decisions = decisions();
    let explain = |args: &[&str]| run_with(&[&["explain"], args].concat(), decisions.as_bytes()).ok();
    let (en, zh) = (explain(&["--line", "1"]), explain(&["--line", "1", "--lang", "zh"]));
    for (text, words) in [(&en, ["redact", "Art."]), (&zh, ["《", "条"])] {
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert!(!text.contains("13800138000") && !text.contains("手机是"), "{text}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
    }
    assert_eq!(explain(&["--session", "s1"]), en);
    let first: Decision = serde_json::from_str(decisions.lines().next().unwrap()).unwrap();
    assert_eq!(explain(&["--id", first.id.get(..12).unwrap()]), en);
    assert!(explain(&[]).starts_with(en.trim_end()) && explain(&[]).contains("───"));
}

#[test]
fn what_is_not_there_is_said() {
    let decisions = decisions();
    let table: [(&[&str], &str); 3] = [
        (&["--line", "9"], "<stdin>:9: there is no decision on this line"),
        (&["--id", "zz"], "<stdin>: no decision has the id `zz`; it is the field `id` of its line"),
        (&["--session", "s9"], "<stdin>: no decision is of session `s9`; it is the field `session` of a line"),
    ];
    for (args, message) in table {
        let ran = run_with(&[&["explain"], args].concat(), decisions.as_bytes());
        assert_eq!((ran.code, ran.out.as_str(), ran.err.trim_end()), (1, "", message));
    }
    let ran = run_with(&["explain"], format!("{PHONE}\n{decisions}").as_bytes());
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.starts_with("<stdin>:1: not a decision: ") && ran.err.contains("specialis evaluate --format jsonl")
    );
    assert!(ran.out.contains("───"), "the others are explained");
    assert_eq!(run_with(&["explain"], b"").code, 1);
    assert_eq!(run(&["explain", "--line", "1", "--id", "a"]).code, 2);
}

#[test]
fn words_of_another_version_are_called_that() {
    let decisions = decisions().replace("\"version\":\"0.1.0\"", "\"version\":\"9.0.0\"");
    let ran = run_with(&["explain", "--line", "1"], decisions.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let said = "decided with `general` 9.0.0, explained in the words of 0.1.0; give the policies of that edition";
    assert!(ran.err.contains(said), "{}", ran.err);
}

#[test]
fn a_decision_of_other_policies_and_registries_names_the_options_that_bring_them() {
    let decisions =
        decisions().replace("\"general\":{", "\"recipes\":{").replace("\"duty\":\"im.art9", "\"duty\":\"recipes.art9");
    let ran = run_with(&["explain", "--line", "1"], decisions.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    for said in ["`recipes`, which is not among the policies; give its file with `--with`", "with `--registry`"] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
}

#[test]
fn what_is_cited_without_a_number_has_a_name() {
    let registry = specialis::config::registry(specialis_artifacts::REGISTRY).unwrap();
    for (_, bytes) in specialis_artifacts::POLICIES {
        let manifest = specialis_bundle::Bundle::parse(bytes).unwrap().manifest;
        let articles = manifest.rules.values().flat_map(|rule| rule.cites.values().flatten());
        for article in articles.filter(|article| !article.starts_with(|first: char| first.is_ascii_digit())) {
            assert!(
                registry.words.contains_key(article),
                "`words.toml` does not name `{article}` of `{}`",
                manifest.id
            );
        }
    }
}
