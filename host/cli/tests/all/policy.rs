//! `policy`: listing, looking into a file, and running the vectors that it carries.

use std::fs;

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
fn one_policy_can_be_tested_and_an_unknown_one_is_not_passed_over() {
    assert!(run(&["policy", "test", "film"]).ok().starts_with("film: "));
    assert_eq!(run(&["policy", "test", "flim"]).refused(), "there is no policy `flim`; nearest is `film`");
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
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.wasm");
    fs::write(&file, b"no component").unwrap();
    let said = run(&["policy", "inspect", &file.display().to_string()]).refused();
    assert!(said.contains("odd.wasm"), "{said}");
    assert!(run(&["policy", "inspect", "nobody"]).refused().contains("nobody"));
}
