//! The page for policy authors, followed step by step: its files, its commands, and what it says comes out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

use crate::run::run;

const PAGE: &str = include_str!("../../../../docs/policy-authors.md");

#[test]
fn the_page_leads_to_a_policy_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (recipes, packed) = (at("recipes"), at("recipes.wasm"));
    write_files(folder.path());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    link(&repository, &at("specialis"));
    // The versions the workspace has: they are on this machine.
    fs::copy(repository.join("Cargo.lock"), recipes.join("Cargo.lock")).unwrap();
    cargo(&recipes, &["test"]);
    cargo(&recipes, &["build", "--release", "--target", "wasm32-unknown-unknown"]);
    let module = target().join("wasm32-unknown-unknown/release/policy_recipes.wasm");
    let said = run(&["policy", "pack", &text(&recipes), "--module", &text(&module), "-o", &text(&packed)]).ok();
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:")).expect("a digest");
    let (registry, trust) = (at("registry.toml"), at("trust.toml"));
    fs::write(&registry, run(&["registry", "show"]).ok() + &block("registry.toml append")).unwrap();
    let additions = block("trust.toml append").replace("DIGEST", digest);
    fs::write(&trust, run(&["trust", "show"]).ok() + &additions).unwrap();
    let with = [text(&packed), text(&registry), text(&trust)];
    let with = ["--with", &with[0], "--registry", &with[1], "--trust", &with[2]];
    let tested = run(&[&["policy", "test", "recipes"], &with[..]].concat()).ok();
    assert!(tested.contains("recipes: 4 vectors, 0 failed"), "{tested}");
    let events = text(&at("kitchen.jsonl"));
    let out = run(&[&["evaluate", &events], &with[..]].concat());
    judged_as_the_page_says(&out.out);
}

fn judged_as_the_page_says(out: &str) {
    let decisions: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("a decision")).collect();
    assert_eq!(decisions.len(), 5, "{out}");
    panic!("{out}");
}

/// Every whole file of the page.
fn write_files(folder: &Path) {
    for name in fences().filter(|name| !name.ends_with(" append")) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).unwrap();
        fs::write(path, block(name)).unwrap();
    }
}

fn fences() -> impl Iterator<Item = &'static str> {
    PAGE.lines().filter_map(|line| line.strip_prefix("```")?.split_once(" file=")).map(|(_, name)| name)
}

/// The fenced block of a name.
fn block(name: &str) -> String {
    let mut lines = PAGE.lines().skip_while(|line| !line.ends_with(&format!(" file={name}")));
    lines.next().expect(name);
    lines.take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect()
}

/// Kept between runs, so that the second builds nothing.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy-authors")
}

fn cargo(folder: &Path, args: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    // What the outer run set is not the author's.
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        cargo.env_remove(name);
    }
    cargo.env_remove("RUSTFLAGS").env("CARGO_TARGET_DIR", target());
    let output = cargo.current_dir(folder).args(args).arg("--offline").output().expect("cargo starts");
    assert!(output.status.success(), "cargo {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) {
    std::os::unix::fs::symlink(original, link).unwrap();
}

#[cfg(windows)]
fn link(original: &Path, link: &Path) {
    std::os::windows::fs::symlink_dir(original, link).unwrap();
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
