//! `policy`: listing, looking into a file, and running the vectors that it carries.

use std::fs;
use std::path::Path;

use specialis_bundle::{Sources, pack};

use crate::run::run;

#[test]
fn every_vector_of_the_built_in_policies_passes() {
    let out = run(&["policy", "test"]).ok();
    for policy in ["arts", "common", "companions", "education", "film", "general", "news"] {
        let line = out.lines().find(|line| line.starts_with(&format!("{policy}: "))).expect(policy);
        assert!(line.ends_with(" vectors, 0 failed") && !line.contains(": 0 vectors"), "{line}");
    }
}

#[test]
fn every_detector_is_named_in_the_help_and_on_the_page_for_authors() {
    let help = run(&["policy", "--help"]).ok().split_whitespace().collect::<Vec<_>>().join(" ");
    let page = include_str!("../../../../docs/policy-authors.md");
    for specialis_text::DetectorInfo { name, category, .. } in specialis_text::detectors() {
        assert!(help.contains(&format!("{name} ({category})")), "{name}: {help}");
        assert!(page.contains(&format!("| `{name}` | `{category}` |")), "{name}");
    }
}

#[test]
fn one_policy_can_be_tested_and_an_unknown_one_is_not_passed_over() {
    assert!(run(&["policy", "test", "film"]).ok().starts_with("film: "));
    assert_eq!(run(&["policy", "test", "flim"]).refused(), "there is no policy `flim`; nearest is `film`");
}

#[test]
fn a_vector_that_says_less_or_other_than_what_is_found_fails() {
    let cases = [
        // One measure fewer, silence where the rule says that the duty does not arise, a kind of event fewer at open.
        ("IM9", r#", measures = ["require-agreement"]"#, "", "+ require stop `no-agreement` [require-agreement] on "),
        (
            "IM20",
            r#"case = "not-applicable", reason = "provider-in-mainland""#,
            r#"case = "none""#,
            "+ not-applicable `provider-in-mainland`",
        ),
        (
            "IM16",
            r#"kinds = ["media", "output", "prompt"]"#,
            r#"kinds = ["output", "prompt"]"#,
            " on media, output, prompt",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("general.wasm"), general_with(&cases)).unwrap();
    let ran = run(&["policy", "test", "--policies", &folder.path().display().to_string()]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    // Each vector that fails, with the lines of its difference.
    let mut failures: Vec<String> = Vec::new();
    for line in ran.out.lines().filter(|line| line.starts_with("  ")) {
        match failures.last_mut().filter(|_| line.starts_with("    ")) {
            Some(failure) => failure.push_str(line),
            None => failures.push(line.to_owned()),
        }
    }
    for (rule, _, _, said) in cases {
        let of_rule = |failure: &&String| failure.starts_with(&format!("  {rule} `"));
        assert!(failures.iter().filter(of_rule).any(|failure| failure.contains(said)), "{said}\n{}", ran.out);
    }
    let is_changed = |failure: &String| cases.iter().any(|(rule, ..)| failure.starts_with(&format!("  {rule} `")));
    assert!(failures.iter().all(is_changed), "another rule fails: {}", ran.out);
    assert!(ran.out.trim_end().ends_with(&format!(" {} failed", failures.len())), "{}", ran.out);
    // Some of the vectors, for a program that reads JUnit.
    let junit = folder.path().join("vectors.xml").display().to_string();
    let policies = folder.path().display().to_string();
    let some = run(&["policy", "test", "--policies", &policies, "--run", "IM9 *agree", "--junit", &junit]);
    let written = fs::read_to_string(&junit).unwrap();
    assert!(some.code == 1 && !some.out.contains("IM20"), "{}", some.out);
    assert!(
        written.contains("classname=\"general.IM9\"") && written.contains("<failure type=\"answers\""),
        "{written}"
    );
    let none = run(&["policy", "test", "--policies", &policies, "--run", "IM9 nothing of the kind"]);
    assert!(none.code == 2 && none.err.contains("no vector has `IM9 nothing of the kind`"), "{}", none.err);
}

/// The policy `general` with files of vectors that say something else.
fn general_with(changes: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let component = specialis_artifacts::COMPONENTS.iter().find(|(id, _)| *id == "general").unwrap().1;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-policies/general");
    let mut sources = Sources::of_folder(&folder, component.to_vec()).unwrap();
    for (file, from, to, _) in changes {
        let name = format!("{file}.toml");
        let section = sources.vectors.iter_mut().find(|section| section.name.ends_with(&name)).unwrap();
        let text = String::from_utf8(section.data.clone()).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        section.data = text.replace(from, to).into_bytes();
    }
    pack(sources).unwrap()
}

#[test]
fn coverage_counts_what_vectors_try_and_names_the_rest() {
    let film = run(&["policy", "coverage", "film"]).ok();
    let rules = film.lines().find(|line| line.trim_start().starts_with("rules")).expect("a row of rules");
    let numbers: Vec<&str> = rules.split_whitespace().filter(|word| word.parse::<u32>().is_ok()).collect();
    assert!(matches!(numbers.as_slice(), [declared, tried] if declared == tried), "{film}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("general.wasm");
    // A rule without vectors, and vectors of a rule that is not there.
    fs::write(&file, general_with(&[("IM9", "rule = \"IM9\"", "rule = \"IM9x\"", "")])).unwrap();
    let file = file.display().to_string();
    let ran = run(&["policy", "coverage", &file]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("there is no rule `IM9x`; nearest is `IM9`"), "{}", ran.out);
    let tested = run(&["policy", "test", "general", "--policies", &folder.path().display().to_string()]);
    assert!(tested.code == 1 && tested.out.contains("there is no rule `IM9x`"), "{}", tested.out);
    assert_eq!(run(&["policy", "coverage", "film", "--fail-under", "100"]).code, 1, "{film}");
    assert_eq!(run(&["policy", "coverage", "film", "--fail-under", "10"]).code, 0, "{film}");
}

#[test]
fn the_list_shows_who_signed_what() {
    let out = run(&["policy", "list"]).ok();
    for word in ["SIGNER", "education", "specialis", "ready", "sha256:", "edition "] {
        assert!(out.contains(word), "{out}");
    }
}

#[test]
fn a_file_can_be_looked_into_without_running_it() {
    let (en, zh) = (run(&["policy", "inspect", "film"]).ok(), run(&["policy", "inspect", "film", "--lang", "zh"]).ok());
    assert!(en.contains("im.art4.violence.screen") && en.contains("F7"), "{en}");
    assert!(zh.contains("电影"), "{zh}");
    let limits = specialis::Limits::default();
    for budget in [limits.fuel_base.to_string(), format!("{} ms", limits.deadline.as_millis()), "2 KiB".to_owned()] {
        assert!(en.contains(&budget) && zh.contains(&budget), "{budget}: {en}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.wasm");
    fs::write(&file, b"no component").unwrap();
    let said = run(&["policy", "inspect", &file.display().to_string()]).refused();
    assert!(said.contains("odd.wasm"), "{said}");
    assert!(run(&["policy", "inspect", "nobody"]).refused().contains("nobody"));
}
