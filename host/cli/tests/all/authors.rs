//! One policy in four languages, `tests/authors`: built by the program, with equal decisions. And what is made for a new policy in
//! a language that brings an interpreter.
//!
//! The packages of npm and pip are fetched into the target folder. Where that does not go, the language is skipped aloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use specialis_tests::dice::{Dice, bytes_of};

use crate::run::{Ran, finish, program, run};

/// The folders of `tests/authors` that hold the policy. The first is what the others are held against.
const LANGUAGES: [&str; 4] = ["rust", "table", "js", "python"];
/// How many sessions are judged.
const N_SESSIONS: u64 = 200;
/// How many vectors `tests/authors/shared` has.
const N_VECTORS: usize = 20;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Kept between runs, so that packages are fetched once.
fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("authors").join(name)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Copies a folder over another. Paths to the SDKs in the files of packages become whole.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            let sdks = text(&repository().join("guest-policies"));
            fs::write(to, fs::read_to_string(from).unwrap().replace("../../../guest-policies", &sdks)).unwrap();
        }
    }
}

/// Removes packages that are older than the SDK of the repository.
fn drop_stale(packages: &Path, sdk: &str) {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let mut folders = vec![repository().join("guest-policies").join(sdk)];
    let mut newest = None;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                _ => newest = newest.max(changed(&entry.path())),
            }
        }
    }
    if packages.exists() && changed(packages) < newest {
        fs::remove_dir_all(packages).unwrap();
    }
}

/// Whether a program starts.
fn starts(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|ran| ran.status.success())
}

/// Why a language cannot be built here, where it cannot.
fn missing(language: &str) -> Option<&'static str> {
    let is_there = match language {
        "js" | "ts" => starts("node", &["--version"]) && starts("npm", &["--version"]),
        "python" => starts("python3", &["-m", "venv", "--help"]),
        _ => true,
    };
    (!is_there).then_some("its program is not installed; `apt-get install nodejs npm python3-venv` adds it")
}

/// Builds the policy in a folder into a file; nothing, with a word on why, where its packages cannot be fetched.
fn built(language: &str, folder: &Path, file: &Path) -> Option<()> {
    if let Some(why) = missing(language) {
        eprintln!("SKIPPED: `{language}`: {why}");
        return None;
    }
    let mut build = program(&["policy", "build", &text(folder), "-o", &text(file)]);
    // What is compiled for the host, and where, is not the author's; crates are on this machine.
    build.env_remove("RUSTFLAGS").env("CARGO_TARGET_DIR", target("crates")).env("CARGO_NET_OFFLINE", "true");
    build.env_remove("VIRTUAL_ENV");
    let ran = finish(build, b"");
    if ran.err.contains("the packages of the policy are not installed") {
        eprintln!("SKIPPED: `{language}`: its packages cannot be fetched: {}", ran.err);
        return None;
    }
    assert!(ran.ok().contains("sha256:"));
    Some(())
}

/// The options with which the policy in a file is judged with.
fn operator(folder: &Path, file: &Path) -> Vec<String> {
    let at = |name: &str| text(&folder.join(name));
    let registry = at("registry.toml");
    let proposed = run(&["trust", "propose", &text(file), "--signer", "kitchen", "--registry-add", &registry]).ok();
    fs::write(at("proposed.toml"), proposed).unwrap();
    fs::write(at("profile.toml"), run(&["profile", "show"]).ok() + "kitchen = \"no\"\n").unwrap();
    let (with, trust, profile) = (text(file), at("proposed.toml"), at("profile.toml"));
    let options = [("--with", with), ("--registry-add", registry), ("--trust-add", trust), ("--profile", profile)];
    options.into_iter().flat_map(|(option, value)| [option.to_owned(), value]).collect()
}

fn run_with(args: &[&str], options: &[String]) -> Ran {
    run(&args.iter().copied().chain(options.iter().map(String::as_str)).collect::<Vec<_>>())
}

/// Sessions of one to six events each, on which the six rules have something to say more often than not.
fn sessions() -> String {
    let texts = [
        "最后撒上花生碎即可。",
        "撒上芝麻粒，再撒花生碎。",
        "夏天可以凉拌生四季豆，不要生吃发芽土豆。",
        "怎么做凉拌生四季豆？",
        "排骨焯水去血腥味。",
        "他写下了血腥场面。",
        "今天天气很好。",
    ];
    let mut lines = Vec::new();
    for seed in 0..N_SESSIONS {
        let bytes = bytes_of(seed ^ 0x6b69, 64);
        let mut dice = Dice::new(&bytes);
        let ages = [json!("adult"), json!("14-17"), json!("under-14"), Value::Null];
        let mut context =
            json!({ "sectors": { "kitchen": *dice.one_of(&["yes", "yes", "yes", "unknown"]) }, "subject": {} });
        set(&mut context["subject"], "age", dice.one_of(&ages));
        for n in 0..=dice.below(6) {
            let kind = *dice.one_of(&["prompt", "prompt", "output", "output", "publication", "data-handling"]);
            let mut event = json!({ "kind": kind, "facts": {} });
            let facts = &mut event["facts"];
            match kind {
                "publication" => {
                    let days = [json!("2025-11-01"), json!("2025-11-02"), json!("2026-10-31"), Value::Null];
                    set(facts, "changed-on", dice.one_of(&days));
                    set(facts, "filing-number", dice.one_of(&[json!("厨备〔2026〕1号"), json!("  "), Value::Null]));
                    set(facts, "fiction", dice.one_of(&[json!(false), json!(true), Value::Null, Value::Null]));
                }
                "data-handling" => {
                    set(
                        facts,
                        "operation",
                        dice.one_of(&[json!("retain"), json!("retain"), json!("collect"), Value::Null]),
                    );
                    set(
                        facts,
                        "retained-days",
                        dice.one_of(&[json!(0), json!(180), json!(181), json!(3_650), Value::Null]),
                    );
                }
                _ => event["text"] = json!(dice.one_of(&texts)),
            }
            let mut line = json!({ "session": format!("s{seed}"), "event": event });
            if n == 0 {
                line["time"] = json!("2026-11-02");
                line["context"] = context.clone();
            }
            lines.push(line.to_string());
        }
    }
    lines.join("\n")
}

/// Sets a fact, unless it is unknown.
fn set(facts: &mut Value, name: &str, value: &Value) {
    if !value.is_null() {
        facts[name] = value.clone();
    }
}

/// What does not depend on how a policy was made: all but the edition, and the ids that depend on it.
fn decided(line: &str) -> Value {
    let mut decision: Value = serde_json::from_str(line).expect("a decision");
    let fields = decision.as_object_mut().expect("a decision");
    fields.retain(|name, _| name != "edition" && name != "id");
    decision
}

/// What the four languages decide, with the file of each: those that can be built here.
fn judged(events: &Path) -> Vec<(&'static str, Vec<Value>)> {
    let sources = repository().join("tests/authors");
    let mut all = Vec::new();
    for language in LANGUAGES {
        let folder = target(language).join("kitchen");
        copy(&sources.join("shared"), &folder);
        copy(&sources.join(language), &folder);
        if language == "rust" {
            // The versions the workspace has: they are on this machine.
            fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        }
        drop_stale(&folder.join(".venv"), "sdk-python");
        let file = target(language).join("kitchen.wasm");
        if built(language, &folder, &file).is_none() {
            continue;
        }
        let options = operator(&folder, &file);
        let tested = run_with(&["policy", "test", "kitchen"], &options);
        assert!(
            tested.out.contains(&format!("kitchen: {N_VECTORS} vectors, 0 failed")),
            "{language}: {}{}",
            tested.out,
            tested.err
        );
        let ran = run_with(&["evaluate", &text(events), "--format", "jsonl"], &options);
        assert!(!ran.out.contains("\"fault\""), "{language}: {}", ran.err);
        all.push((language, ran.out.lines().map(decided).collect()));
    }
    all
}

#[test]
fn one_policy_in_four_languages_decides_the_same() {
    fs::create_dir_all(target("")).unwrap();
    let events = target("sessions.jsonl");
    fs::write(&events, sessions()).unwrap();
    let judged = judged(&events);
    let Some(((_, first), others)) = judged.split_first() else { panic!("Rust can be built") };
    assert!(first.len() > usize::try_from(N_SESSIONS).unwrap(), "{} events", first.len());
    for (language, decisions) in others {
        assert_eq!(decisions.len(), first.len(), "{language}");
        for (at, (one, other)) in first.iter().zip(decisions).enumerate() {
            assert_eq!(one, other, "{language}, event {at}");
        }
    }
    // Each rule answers somewhere, or the comparison would say little.
    let said = serde_json::to_string(first).unwrap();
    for reason in [
        "allergen", "unsafe-for-adults", "unsafe-for-minors", "kitchen-word", "not-filed", "asked-once", "asked-again",
        "days-unknown", "kept-too-long",
    ] {
        assert!(said.contains(&format!("\"reason\":\"{reason}\"")), "no event brings `{reason}` about");
    }
}

/// A new policy in a language; nothing where it cannot be built here.
fn made(language: &str, sdk: &str) -> Option<PathBuf> {
    let folder = target(&format!("new-{language}")).join("my-sector");
    // Packages stay; what is written by hand is written anew.
    drop_stale(&folder.join(".venv"), sdk);
    let kept = ["node_modules", ".venv"].map(|name| (folder.join(name), folder.with_file_name(name)));
    for (from, to) in kept.iter().filter(|(from, _)| from.exists()) {
        fs::rename(from, to).unwrap();
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let sdk = text(&repository().join("guest-policies").join(sdk));
    let said = run(&["policy", "new", &text(&folder), "--lang", language, "--sdk", &sdk]).ok();
    assert!(said.contains("specialis policy build"), "{said}");
    for (from, to) in kept.iter().filter(|(_, to)| to.exists()) {
        fs::rename(to, from).unwrap();
    }
    built(language, &folder, &folder.join("my-sector.wasm"))?;
    Some(folder)
}

/// What a new policy passes, and what is said of an exception in its rule.
fn passes_and_tells(language: &str, sdk: &str, source: &str, (before, after): (&str, &str), told: &[&str]) {
    let Some(folder) = made(language, sdk) else { return };
    let file = text(&folder.join("my-sector.wasm"));
    let registry = text(&folder.join("registry.toml"));
    let tested = run(&["policy", "test", &file, "--registry-add", &registry]).ok();
    assert!(tested.contains("my-sector: 2 vectors, 0 failed"), "{language}: {tested}");
    let inspected = run(&["policy", "inspect", &file]).ok();
    assert!(inspected.contains("imports (") && !inspected.contains("wasi:"), "{language}: {inspected}");

    // Who signs it has to be somebody whose policies may carry an interpreter.
    let proposed = run(&["trust", "propose", &file, "--signer", "me", "--registry-add", &registry]).ok();
    assert!(proposed.contains("[[interpreters]]\nsigner = \"me\""), "{language}: {proposed}");
    let checked = run(&["trust", "check", &file, "--registry-add", &registry]);
    assert!(checked.out.contains("may bring none"), "{language}: {}", checked.out);

    let rules = folder.join(source);
    let written = fs::read_to_string(&rules).unwrap();
    let failing = written.replacen(before, after, 1);
    assert_ne!(failing, written, "{language}");
    fs::write(&rules, &failing).unwrap();
    let ran = run(&["policy", "test", &text(&folder)]);
    assert_eq!(ran.code, 1, "{language}: {}", ran.err);
    assert!(ran.out.contains("fault `trap` at hit"), "{language}: {}{}", ran.out, ran.err);
    for said in told {
        assert!(ran.err.contains(said), "{language}: `{said}` is not in {}", ran.err);
    }

    // What is wrong as soon as the sources are read is told by the build.
    fs::write(&rules, format!("nosuch()\n{written}")).unwrap();
    let ran = run(&["policy", "build", &text(&folder)]);
    assert_eq!(ran.code, 2, "{language}: {}", ran.err);
    let place = if language == "python" { format!("\"{source}\", line 1") } else { source.to_owned() };
    for said in ["nosuch", &place, "the policy is not built; what is wrong with it is said above"] {
        assert!(ran.err.contains(said), "{language}: `{said}` is not in {}", ran.err);
    }
    fs::write(&rules, written).unwrap();
}

#[test]
fn a_new_policy_in_javascript_passes_and_its_exceptions_are_told_with_their_place() {
    let change =
        ("if (hits.length === 0)", "if (hits.length > 0) throw new RangeError('a mistake');\n  if (hits.length === 0)");
    let told = ["my-sector says: RangeError: a mistake", "at listedTerms (src/policy.js:13)"];
    passes_and_tells("js", "sdk-js", "src/policy.js", change, &told);
}

#[test]
fn a_new_policy_in_typescript_passes_and_what_does_not_fit_its_types_is_not_built() {
    let change = ("if (hits.length === 0)", "if (hits.length > 0) new Date();\n  if (hits.length === 0)");
    let told = ["my-sector says: Error: a policy reads no clock; take the day from `it.asOf`", "(src/policy.ts:13)"];
    passes_and_tells("ts", "sdk-js", "src/policy.ts", change, &told);
    let Some(folder) = made("ts", "sdk-js") else { return };
    let rules = folder.join("src/policy.ts");
    let written = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, written.replace("'mark'", "'loud'")).unwrap();
    let said = run(&["policy", "build", &text(&folder)]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("\"loud\"") && said.err.contains("the types do not fit"), "{}", said.err);
}

#[test]
fn a_new_policy_in_python_passes_and_its_exceptions_are_told_with_their_place() {
    let change = ("    if not hits:", "    if hits:\n        raise ValueError(\"a mistake\")\n    if not hits:");
    let told = ["my-sector says: ValueError: a mistake", "at listed_terms (src/app.py:15)"];
    passes_and_tells("python", "sdk-python", "src/app.py", change, &told);
}

#[test]
fn the_types_for_javascript_are_those_of_the_contract() {
    if let Some(why) = missing("js") {
        eprintln!("SKIPPED: {why}");
        return;
    }
    let types = repository().join("guest-policies/sdk-js/types.mjs");
    let ran = Command::new("node").arg(types).arg("--check").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn every_function_on_the_facts_of_a_kind_is_asked_by_both_packages() {
    let contract = fs::read_to_string(repository().join("wit/since-v0.1.0/facts.wit")).unwrap();
    let functions = contract.lines().filter_map(|line| line.trim().split_once(": func() -> option<"));
    let [js, python] = ["sdk-js/src/case.js", "sdk-python/specialis_policy/case.py"]
        .map(|path| fs::read_to_string(repository().join("guest-policies").join(path)).unwrap());
    for (function, _) in functions {
        let mut words = function.split('-');
        let first = words.next().unwrap().to_owned();
        let camel = words.fold(first, |name, word| {
            let mut chars = word.chars();
            name + &chars.next().unwrap().to_uppercase().to_string() + chars.as_str()
        });
        assert!(js.contains(&format!("'{camel}'")), "{function}");
        assert!(python.contains(&format!("\"{}\"", function.replace('-', "_"))), "{function}");
    }
}

#[test]
fn the_pages_show_what_is_built() {
    for (page, language, source) in
        [("policy-javascript.md", "js", "js/src/policy.js"), ("policy-python.md", "python", "python/src/app.py")]
    {
        let page = fs::read_to_string(repository().join("docs").join(page)).unwrap();
        let source = fs::read_to_string(repository().join("tests/authors").join(source)).unwrap();
        let opening = format!("```{language}\n");
        let listings: Vec<&str> =
            page.split(&opening).skip(1).filter_map(|rest| rest.split_once("```")).map(|(code, _)| code).collect();
        assert!(listings.len() >= 2, "{language}");
        for listing in listings {
            assert!(source.contains(listing), "{language}: no policy has this:\n{listing}");
        }
    }
}

/// The words of a command as they are typed, with quotes around some.
#[cfg(unix)]
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate().flat_map(|(n, piece)| match n % 2 {
        0 => piece.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
        _ => vec![piece.to_owned()],
    });
    quoted.collect()
}

/// Runs the commands that a page lists, and judges with the edition that they made.
#[cfg(unix)]
fn gets_live(page: &str, language: &str) {
    if let Some(why) = missing(language) {
        eprintln!("SKIPPED: `{language}`: {why}");
        return;
    }
    let page = fs::read_to_string(repository().join("docs").join(page)).unwrap();
    let listing = page.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a listing");
    // TypeScript has the page of JavaScript.
    let listing = if language == "ts" { listing.replace("--lang js", "--lang ts") } else { listing.to_owned() };
    let commands: Vec<&str> =
        listing.lines().map(|line| line.strip_prefix("$ specialis ").expect("a command")).collect();
    assert!(commands.len() <= 8, "{commands:?}");
    // The book lists the command by which the languages differ, and the other seven for a table.
    let book = fs::read_to_string(repository().join("docs/book/src/live.md")).unwrap();
    assert!(book.contains(&format!("`specialis {}`", commands[0])), "the book does not list `{}`", commands[0]);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("specialis")).unwrap();
    std::os::unix::fs::symlink(repository().join("guest-policies"), folder.path().join("specialis/guest-policies"))
        .unwrap();
    let run = |line: &str| {
        let (line, to) = line.split_once(" > ").map_or((line, None), |(line, to)| (line, Some(to)));
        let typed = words(line);
        let mut command = program(&typed.iter().map(String::as_str).collect::<Vec<_>>());
        command.current_dir(folder.path()).env_remove("VIRTUAL_ENV");
        let ran = finish(command, b"");
        if let Some(to) = to {
            fs::write(folder.path().join(to), &ran.out).unwrap();
        }
        ran
    };
    for command in commands {
        let ran = run(command);
        if ran.err.contains("the packages of the policy are not installed") {
            eprintln!("SKIPPED: `{language}`: its packages cannot be fetched: {}", ran.err);
            return;
        }
        assert_eq!(ran.code, 0, "{command}: {}{}", ran.out, ran.err);
    }
    let event = json!({
        "session": "s", "time": "2026-11-02", "context": { "sectors": { "teas": "yes" } },
        "event": { "kind": "output", "text": "示例用语在这里。" },
    });
    fs::write(folder.path().join("events.jsonl"), event.to_string()).unwrap();
    let root = run("key show root.pem").ok();
    let root = root.lines().next().expect("a key");
    let judged = run(&format!("evaluate events.jsonl --format jsonl --edition live --root {root}"));
    let decision: Value = serde_json::from_str(judged.out.lines().next().expect("a decision")).unwrap();
    let duties = decision["duties"].as_array().expect("duties");
    let first = duties.iter().find(|duty| duty["duty"] == "teas.first").expect("the policy answers");
    assert_eq!(first["obligations"], json!([{ "append": "note" }]), "{first}");
}

#[cfg(unix)]
#[test]
fn a_policy_in_javascript_gets_live_in_eight_commands() {
    gets_live("policy-javascript.md", "js");
}

#[cfg(unix)]
#[test]
fn a_policy_in_typescript_gets_live_in_eight_commands() {
    gets_live("policy-javascript.md", "ts");
}

#[cfg(unix)]
#[test]
fn a_policy_in_python_gets_live_in_eight_commands() {
    gets_live("policy-python.md", "python");
}
