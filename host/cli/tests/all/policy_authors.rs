//! The page for policy authors, followed step by step: its files, its commands, and what it says comes out.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::run::{as_author, link, run, target_of_authors};

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
    let module = target_of_authors().join("wasm32-unknown-unknown/release/policy_recipes.wasm");
    let said = run(&["policy", "pack", &text(&recipes), "--module", &text(&module), "-o", &text(&packed)]).ok();
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:")).expect("a digest");
    let mut operator = vec!["--with".to_owned(), text(&packed)];
    for table in ["registry", "trust", "profile"] {
        let file = format!("{table}.toml");
        let added = block(&format!("{file} append")).replace("DIGEST", digest);
        fs::write(at(&file), run(&[table, "show"]).ok() + &added).unwrap();
        operator.extend([format!("--{table}"), text(&at(&file))]);
    }
    let run_with_it = |args: &[&str]| {
        let args = args.iter().copied().chain(operator.iter().map(String::as_str));
        run(&args.collect::<Vec<_>>()).ok()
    };
    let tested = run_with_it(&["policy", "test", "recipes"]);
    assert!(tested.contains("recipes: 6 vectors, 0 failed"), "{tested}");
    // The packed file has no names of functions, so all of them are changed or none.
    let mutated = run_with_it(&["policy", "mutate", "recipes", "--all", "--max", "4"]);
    assert!(mutated.contains("recipes: 4 mutants of "), "{mutated}");
    let nameless = ["policy", "mutate", "recipes"].into_iter().chain(operator.iter().map(String::as_str));
    assert!(run(&nameless.collect::<Vec<_>>()).refused().contains("give the folder of its crate, or `--all`"));
    // Without the grant of `append` the policy cannot answer, and the table says so before it names a duty.
    let ungranted =
        fs::read_to_string(at("trust.toml")).unwrap().replace("measures = [\"append\"]", "measures = [\"retract\"]");
    fs::write(at("ungranted.toml"), ungranted).unwrap();
    let trust = text(&at("trust.toml"));
    let others = operator.iter().map(|one| if *one == trust { text(&at("ungranted.toml")) } else { one.clone() });
    let args = ["evaluate".to_owned(), text(&at("kitchen.jsonl"))].into_iter().chain(others).collect::<Vec<_>>();
    let judged = run(&args.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    let line =
        judged.lines().find(|line| line.contains("recipes: fault ungranted-measure")).expect("the fault is shown");
    assert!(line.contains("(rule `RC1`, duty `recipes.allergens`, id `append`); "), "{line}");
    judged_as_the_page_says(&run_with_it(&["evaluate", "--format", "jsonl", &text(&at("kitchen.jsonl"))]));
}

#[test]
fn a_new_policy_builds_packs_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sdk = text(&repository.join("guest-policies/sdk"));
    let mine = at("my-sector");
    let said = run(&["policy", "new", &text(&mine), "--sdk", &sdk]).ok();
    fs::copy(repository.join("Cargo.lock"), mine.join("Cargo.lock")).unwrap();
    cargo(&mine, &["test"]);
    cargo(&mine, &["build", "--release", "--target", "wasm32-unknown-unknown"]);
    let module = "wasm32-unknown-unknown/release/policy_my_sector.wasm";
    assert!(said.contains("specialis policy build"), "{said}");
    let packed = text(&at("my-sector.wasm"));
    run(&["policy", "pack", &text(&mine), "--module", &text(&target_of_authors().join(module)), "-o", &packed]).ok();
    let registry = text(&mine.join("registry.toml"));
    let test = || run(&["policy", "test", "my-sector", "--with", &packed, "--registry-add", &registry]);
    let tested = test().ok();
    assert!(tested.contains("my-sector: 2 vectors, 0 failed"), "{tested}");

    // A panic is a fault; here, and nowhere else, its words are shown.
    let rules = mine.join("src/lib.rs");
    let source = fs::read_to_string(&rules).unwrap();
    let panicking = source
        .replace("    if spans.is_empty()", "    assert!(spans.is_empty(), \"a mistake\");\n    if spans.is_empty()");
    assert_ne!(panicking, source);
    fs::write(&rules, panicking).unwrap();
    cargo(&mine, &["build", "--release", "--target", "wasm32-unknown-unknown"]);
    run(&["policy", "pack", &text(&mine), "--module", &text(&target_of_authors().join(module)), "-o", &packed]).ok();
    let tested = test();
    assert!(tested.out.contains("fault `trap` at hit"), "{}{}", tested.out, tested.err);
    assert!(tested.err.contains("my-sector says: panicked at src/lib.rs") && tested.err.contains("a mistake"));

    // There is no clock, and what asks for one says so; what a rule logs is shown too.
    let clock = "specialis_policy::log(\"looks at the clock\");\n    let _ = std::time::Instant::now();\n    if spans.is_empty()";
    fs::write(&rules, source.replace("    if spans.is_empty()", clock)).unwrap();
    cargo(&mine, &["build", "--release", "--target", "wasm32-unknown-unknown"]);
    run(&["policy", "pack", &text(&mine), "--module", &text(&target_of_authors().join(module)), "-o", &packed]).ok();
    let tested = test();
    assert!(tested.out.contains("fault `trap` at hit"), "{}{}", tested.out, tested.err);
    for said in ["my-sector says: looks at the clock", "a policy reads no clock, take the day from `case.as_of()`"] {
        assert!(tested.err.contains(said), "{said}: {}", tested.err);
    }

    for (name, reason) in
        [("My Sector", "is no id of a policy"), ("news", "is built in"), ("my-sector", "is not empty")]
    {
        let said = run(&["policy", "new", &text(&at(name)), "--sdk", &sdk]).refused();
        assert!(said.contains(reason), "{said}");
    }
    let said = run(&["policy", "new", &text(&at("other")), "--sdk", &text(&at("nowhere"))]).refused();
    assert!(said.contains("the SDK is not there; give the folder") && !at("other").exists(), "{said}");
}

fn judged_as_the_page_says(out: &str) {
    let decisions: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("a decision")).collect();
    let verdicts = decisions.iter().map(|decision| decision["verdict"].as_str().expect("a verdict"));
    assert_eq!(verdicts.collect::<Vec<_>>(), ["mark", "redact", "mark", "review", "review"], "{out}");
    let duty = |line: usize, duty: &str| {
        let duties = decisions[line]["duties"].as_array().expect("duties");
        duties.iter().find(|one| one["duty"] == duty).expect(duty)
    };
    assert_eq!(duty(0, "recipes.allergens")["obligations"], json!([{ "append": "allergen-note" }]));
    assert_eq!(duty(1, "recipes.method")["obligations"][1]["measure"]["id"], "remind");
    let screen = |line| duty(line, "im.art4.violence.screen");
    assert_eq!((&screen(2)["level"], &screen(2)["rules"]), (&json!("pass"), &json!(["R3"])));
    assert_eq!(screen(3)["level"], "review");
    assert_eq!((&screen(4)["level"], &screen(4)["rules"]), (&json!("review"), &json!(["R7"])));
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

fn cargo(folder: &Path, args: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    as_author(&mut cargo);
    let output = cargo.current_dir(folder).args(args).output().expect("cargo starts");
    assert!(output.status.success(), "cargo {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
