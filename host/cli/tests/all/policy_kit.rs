//! What an author has beside building and packing: sessions as vectors, what is wrong before anything is built, what a run costs.

use std::fs;
use std::path::Path;

use specialis_bundle::{Bundle, Sources, pack, parse_vectors};

use crate::run::{Ran, run};

/// A rule that remembers: the first time a term is marked, from then on it is warned about.
const ROWS: &str = "\
rule,duty,on,when,level,do,cite,reason,reason-zh,reason-en,rule-zh,rule-en
R1,my-sector.first,output,hit(my-sector.term); count(seen) >= 1,warn,append(note),MY-SECTOR 1,again,又一次,once more,提示。,It says so.
,,,hit(my-sector.term),mark,append(note); count(seen),,listed-term,含有列明用语,a listed term is in it,,
";

const SESSION: &str = r#"rule = "R1"
as-of = "2026-11-02"

[event]
kind = "output"
text = "示例用语在这里。"

[[vector]]
name = "the second time"

[[vector.events]]
expect = [{ duty = "my-sector.first", case = "require", level = "mark", reason = "listed-term", measures = ["append"] }]

[[vector.events]]
set = { "event.text" = "这里什么也没有。" }
expect = [{ duty = "my-sector.first", case = "none" }]

[[vector.events]]
cuts = [1, 3]
expect = [{ duty = "my-sector.first", case = "require", level = "warn", reason = "again", measures = ["append"] }]
"#;

const EVENTS: &str = r#"{"session":"s","time":"2026-11-02","event":{"kind":"output","text":"先说示例用语。"}}
{"session":"s","event":{"kind":"output"},"chunks":["再说示例","用语。"]}
"#;

/// The facts of a sector that no host has heard of, and the rules that go by them.
pub(crate) const FACTS: &str = r#"
[facts.dose-mg]
zh = "单次剂量"
en = "single dose"
type = "number"
unit = "mg"
events = ["output"]

[facts.supervised-by]
zh = "指导人员"
en = "supervisor"
type = "word"
words = ["physician", "pharmacist", "nobody"]
context = true
"#;

const ROWS_BY_FACTS: &str = "\
rule,duty,on,when,then,level,do,cite,reason,reason-zh,reason-en,rule-zh,rule-en
R1,my-sector.first,output,sector.dose-mg <= 400; sector.supervised-by = physician|pharmacist,met,,,MY-SECTOR 1,,,,剂量应当受到指导。,Doses are supervised.
,,,,require,review,,,unsupervised,剂量过高或者无人指导,the dose is high or nobody supervises it,,
";

const VECTORS_OF_FACTS: &str = r#"rule = "R1"
as-of = "2026-11-02"
[context.sector-facts.my-sector]
supervised-by = "physician"
[event]
kind = "output"
text = "每次两片。"
sector-facts = { my-sector = { dose-mg = 400 } }
[[vector]]
name = "a dose under supervision"
expect = [{ duty = "my-sector.first", case = "met" }]
[[vector]]
name = "a high dose"
set = { "event.sector-facts.my-sector.dose-mg" = 401 }
expect = [{ duty = "my-sector.first", case = "require", level = "review", reason = "unsupervised" }]
[[vector]]
name = "an unknown dose"
forget = ["event.sector-facts.my-sector.dose-mg"]
expect = [{ duty = "my-sector.first", case = "require", level = "review", reason = "unsupervised" }]
[[vector]]
name = "nobody who may say so says who supervises"
set = { "context.sources" = { "sector-facts.my-sector.supervised-by" = "stranger" } }
expect = [{ duty = "my-sector.first", case = "require", level = "review", reason = "unsupervised" }]
"#;

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn a_rule_that_remembers_is_linted_tested_over_a_session_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let shown = mine.display().to_string();
    let kit = |command: &str, rest: &[&str]| -> Ran {
        let args = ["policy", command, &shown].into_iter().chain(rest.iter().copied());
        run(&args.collect::<Vec<_>>())
    };
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    write(&mine.join("rules.csv"), ROWS);
    let vectors = mine.join("vectors/R1.toml");
    write(&vectors, SESSION);

    // One command builds and tests; what is wrong on one event of a session is told by its number.
    let watched = kit("watch", &["--runs", "1"]).ok();
    assert!(watched.contains("sha256:") && watched.contains("my-sector: 1 vector, 0 failed"), "{watched}");
    write(&vectors, &SESSION.replace("level = \"warn\"", "level = \"mark\""));
    let failed = kit("test", &[]);
    assert_eq!(failed.code, 1, "{}", failed.err);
    let lines: Vec<&str> = failed.out.lines().skip_while(|line| !line.starts_with("  R1 `the second time`")).collect();
    let difference =
        ["event 3, on `my-sector.first`:", "- require mark `again` [append]", "+ require warn `again` [append]"];
    assert_eq!(lines.get(1..4).unwrap_or_default(), difference.map(|line| format!("    {line}")), "{}", failed.out);
    write(&vectors, SESSION);

    // The version before, which warned sooner.
    let before = folder.path().join("before.wasm").display().to_string();
    fs::rename(mine.join("my-sector.wasm"), &before).unwrap();
    write(&mine.join("rules.csv"), &ROWS.replace("count(seen) >= 1,warn", "count(seen) >= 2,warn"));
    let compared = run(&["policy", "diff", &before, &shown]).ok();
    for said in [
        "0 differences of what it declares",
        "event 3, R1 on `my-sector.first`:",
        "- require warn `again` by MY-SECTOR 1 [append]",
        "+ require mark `listed-term` by MY-SECTOR 1 [append]",
        "1 vector of both, 1 answered otherwise; fuel ",
    ] {
        assert!(compared.contains(said), "{said}: {compared}");
    }
    write(&mine.join("rules.csv"), ROWS);

    // Of the folder, with the entries that stand there.
    let counted = kit("coverage", &["--fail-under", "50"]).ok();
    assert!(counted.contains("\n1 vector tries ") && counted.contains(" rules     1         1"), "{counted}");

    let costs = kit("bench", &[]).ok();
    assert!(costs.contains("the second time") && costs.contains("% OF A LIMIT"), "{costs}");
    assert!(
        costs.contains("HOST CALLS") && costs.contains(" µs ") && costs.contains("time 200 ms for a call"),
        "{costs}"
    );
    assert_eq!(kit("bench", &["--fail-over", "0"]).code, 1);

    // Nothing is built for this: the head has a detector that finds nothing for the policy, and the rows an action to be granted.
    let head = fs::read_to_string(mine.join("policy.toml")).unwrap();
    write(&mine.join("policy.toml"), &head.replace("\n# What it may", "detectors = [\"mobile\"]\n\n# What it may"));
    let linted = kit("lint", &[]).ok();
    for said in ["detector `mobile` finds `pi.mobile`, which it does not read", "action `append`: not granted to"] {
        assert!(linted.contains(said), "{said}: {linted}");
    }
    assert!(linted.ends_with("0 problems, 2 notes\n"), "{linted}");
    assert_eq!(kit("lint", &["--strict"]).code, 1);
    write(&mine.join("policy.toml"), &head.replace("\n# What it may", "detectors = [\"mobil\"]\n\n# What it may"));
    let refused = kit("lint", &[]);
    assert!(refused.code == 1 && refused.out.contains("it would not be loaded"), "{}", refused.out);
    // Every name that is not registered, and not the first alone.
    let reads = "[wakes]\nhits = [\"output\"]\ncategories = [\"my-sector.tern\", \"nobody.knows\", \"pi.mobile\"]\n";
    let cites = "[rules.R1]\nzh = \"提示。\"\nen = \"It says so.\"\ncites = { NO-LAW = [\"1\"] }\n";
    write(&mine.join("policy.toml"), &format!("{head}{reads}{cites}"));
    let refused = kit("lint", &[]);
    for said in [
        "the category `my-sector.tern` is not registered; nearest is `my-sector.term`; add it to `registry.toml` in the folder",
        "the category `nobody.knows` is not registered",
        "rule `R1` cites `NO-LAW`, which is not registered",
        "it reads `pi.mobile`, which the detector `mobile` finds; name that under `detectors`",
    ] {
        assert!(refused.out.contains(said), "{said}: {}{}", refused.out, refused.err);
    }
    // Options that name registries take the place of the folder's own.
    let registry = mine.join("registry.toml").display().to_string();
    let refused = kit("lint", &["--registry-add", &registry]);
    assert!(refused.out.contains("nearest is `my-sector.term`; add it with `--registry-add`"), "{}", refused.out);
    write(&mine.join("policy.toml"), &head);

    // Nothing was measured, and a build that asks for a bound has to stop.
    fs::remove_file(&vectors).unwrap();
    for rest in [&[][..], &["--fail-over", "50"]] {
        assert!(kit("bench", rest).refused().contains("`my-sector` has no vectors; add some under `vectors/`"));
    }
}

#[test]
fn what_is_named_and_is_no_policy_is_told_as_what_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, gone) = (folder.path().display().to_string(), folder.path().join("gone").display().to_string());
    for command in ["test", "lint", "bench", "mutate"] {
        let said = |of: &str| run(&["policy", command, of]).refused();
        assert!(said(&empty).ends_with("has no `policy.toml`; give the folder of a policy"), "{}", said(&empty));
        assert_eq!(
            said("gone.wasm"),
            "there is no file or folder `gone.wasm`; give the folder of a policy, its file, or its id"
        );
        assert!(said(&gone).starts_with("there is no file or folder `"), "{}", said(&gone));
        assert_eq!(said("flim"), "there is no policy `flim`; nearest is `film`");
    }
}

#[test]
fn a_real_session_becomes_a_vector_without_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let (shown, events) = (mine.display().to_string(), folder.path().join("events.jsonl"));
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    write(&mine.join("rules.csv"), ROWS);
    fs::remove_file(mine.join("vectors/R1.toml")).unwrap();
    write(&events, EVENTS);
    let made = |events: &Path, rest: &[&str]| {
        let from = events.display().to_string();
        run(&[&["policy", "vector", &shown, "--from", &from], rest].concat())
    };
    let written = made(&events, &["--name", "twice"]).ok();
    assert!(!written.contains("先说") && !written.contains("再说"), "{written}");
    let vectors = parse_vectors("R1.toml", &written).unwrap();
    let said: Vec<_> = vectors[0].expected().map(|one| (one.level.unwrap().as_str(), one.measures.len())).collect();
    assert_eq!((vectors[0].name.as_str(), said), ("twice", vec![("mark", 1), ("warn", 1)]), "{written}");
    // With texts of the author's own it is a vector that is met.
    let own = written.replacen("在此写一段自己的文字 / write a text of your own", "一处示例用语。", 2);
    write(&mine.join("vectors/twice.toml"), &own);
    let tested = run(&["policy", "test", &shown]).ok();
    assert!(tested.contains("my-sector: 1 vector, 0 failed"), "{tested}");

    write(&events, &format!("{EVENTS}{}", r#"{"event":{"kind":"output","text":"示例用语"}}"#));
    assert!(made(&events, &[]).refused().contains("a vector is one session, and there are line 3, s"));
    assert!(made(&events, &["--line", "3"]).ok().contains("[event]"));
    assert!(made(&events, &["--session", "t"]).refused().contains("has no such line"));
}

#[test]
fn a_new_sector_with_facts_of_its_own_needs_no_change_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let shown = mine.display().to_string();
    let at = |name: &str| mine.join(name).display().to_string();
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    let head = fs::read_to_string(mine.join("policy.toml")).unwrap();
    let grounds = "[reasons.unsupervised]\nzh = \"剂量过高或者无人指导\"\nen = \"the dose is high or nobody supervises it\"\n\
        rests-on = { facts = [\"sector-facts.my-sector.dose-mg\"] }\n";
    write(&mine.join("policy.toml"), &format!("{head}{FACTS}{grounds}"));
    write(&mine.join("rules.csv"), ROWS_BY_FACTS);
    write(&mine.join("vectors/R1.toml"), VECTORS_OF_FACTS);
    let said = run(&["policy", "build", &shown]).ok();
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    let tested = run(&["policy", "test", &shown]).ok();
    assert!(tested.contains("my-sector: 4 vectors, 0 failed"), "{tested}");
    let linted = run(&["policy", "lint", &shown]).ok();
    assert!(!linted.contains("the fact"), "the rows say what they read: {linted}");
    let unread =
        "terms of `my-sector.term`, which it does not read; name it in `wakes.categories`, or in a row of a table";
    assert!(linted.contains(unread), "{linted}");

    // Lists of facts show them with the rules that read them.
    let packed = at("my-sector.wasm");
    for (what, fact) in [("event", "dose-mg"), ("context", "supervised-by")] {
        let table = run(&["schema", what, "--format", "table", "--with", &packed]).ok();
        let row = table.lines().find(|line| line.contains(fact)).unwrap_or_else(|| panic!("{table}"));
        assert!(row.contains("sector-facts.my-sector") && row.contains("R1"), "{row}");
    }
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema", "event", "--with", &packed]).ok()).unwrap();
    let schema = jsonschema_of(&schema);
    assert!(schema(r#"{"kind":"output","sector-facts":{"my-sector":{"dose-mg":5}}}"#));
    assert!(!schema(r#"{"kind":"output","sector-facts":{"my-sector":{"dose-mg":"five"}}}"#));

    let inspected = run(&["policy", "inspect", &packed]).ok();
    assert!(inspected.contains("dose-mg  single dose  [output] number (mg)"), "{inspected}");

    // An operator takes it in, and says who may assert what.
    let registry = at("registry.toml");
    let proposed = run(&["trust", "propose", &packed, "--signer", "my-author", "--registry-add", &registry]).ok();
    assert!(proposed.contains(digest), "{proposed}");
    let trust = at("my-author.toml");
    write(Path::new(&trust), &proposed.replace("[\"platform\", ", "[\"clinic\", \"platform\", "));
    let profile = folder.path().join("profile.toml");
    write(&profile, &(run(&["profile", "show"]).ok() + "my-sector = \"yes\"\n"));
    let profile = profile.display().to_string();
    let operator = ["--with", &packed, "--registry-add", &registry, "--trust-add", &trust, "--profile", &profile];
    let checked = run(&["trust", "check", &packed, "--trust-add", &trust, "--registry-add", &registry]).ok();
    assert!(checked.contains("would be loaded, in the name of `my-author`"), "{checked}");
    let events = folder.path().join("events.jsonl");
    let line = |supervisor: &str, fact: &str, source: &str| {
        format!(
            r#"{{"time":"2026-11-02","context":{{"source":"{source}","sector-facts":{{"my-sector":{{"supervised-by":"{supervisor}"}}}}}},"event":{{"kind":"output","text":"每次两片。","sector-facts":{{"my-sector":{{{fact}}}}}}}}}"#
        )
    };
    let lines = [
        line("physician", "\"dose-mg\":400", "clinic"),
        line("physician", "\"dose-mg\":500", "clinic"),
        line("physician", "\"dose-mg\":400", "stranger"),
        line("physician", "\"dose-mgs\":400", "clinic"),
        line("surgeon", "\"dose-mg\":400", "clinic"),
        line("physician", "\"dose-mg\":\"400\"", "clinic"),
    ];
    write(&events, &lines.join("\n"));
    let shown = events.display().to_string();
    let judged = run(&[&["evaluate", "--format", "jsonl", &shown][..], &operator].concat());
    assert_eq!(judged.code, 1, "three lines are not judged: {}", judged.err);
    let decisions: Vec<serde_json::Value> =
        judged.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let level = |decision: &serde_json::Value| {
        let duties = decision["duties"].as_array().unwrap();
        duties.iter().find(|duty| duty["duty"] == "my-sector.first").unwrap()["level"].clone()
    };
    let levels: Vec<_> = decisions.iter().map(level).collect();
    assert_eq!(levels, ["pass", "review", "review"], "{}", judged.out);
    assert_eq!(decisions[1]["grounds"]["my-sector"]["unsupervised"]["facts"]["sector-facts.my-sector.dose-mg"], 500);
    assert_eq!(decisions[2]["refused-facts"][0]["path"], "sector-facts.my-sector.supervised-by");
    for said in [
        "`sector-facts.my-sector.dose-mgs` is declared by no policy of `my-sector`; nearest is `dose-mg`",
        "`sector-facts.my-sector.supervised-by` does not fit; give one of physician, pharmacist, nobody",
        "`sector-facts.my-sector.dose-mg` does not fit; give a whole number, in mg",
    ] {
        assert!(judged.err.contains(said), "{said}: {}", judged.err);
    }
    let decided = folder.path().join("decided.jsonl");
    write(&decided, judged.out.lines().nth(1).unwrap());
    let explained = run(&[&["explain", &decided.display().to_string()][..], &operator].concat()).ok();
    assert!(explained.contains("single dose: 500 mg"), "{explained}");
}

#[test]
fn what_rules_say_that_they_read_is_held_against_what_they_go_by() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let shown = mine.display().to_string();
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    let head = fs::read_to_string(mine.join("policy.toml")).unwrap() + FACTS;
    let named = "[rules.R1]\nzh = \"剂量应当受到指导。\"\nen = \"Doses are supervised.\"\nreads = [\"subject.age\"]\n";
    write(&mine.join("policy.toml"), &format!("{head}{named}"));
    write(&mine.join("rules.csv"), ROWS_BY_FACTS);
    write(&mine.join("vectors/R1.toml"), VECTORS_OF_FACTS);
    // The rows say what they read; the head says more.
    let tested = run(&["policy", "test", &shown]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    let unused = "rule `R1` names `subject.age` under `reads`, and answers the same in every vector";
    assert!(tested.err.contains(unused) && !tested.err.contains("dose-mg"), "{}", tested.err);
    let linted = run(&["policy", "lint", &shown]).ok();
    assert!(linted.contains("rule `R1` reads `subject.age`, and no vector has it"), "{linted}");

    // A file whose manifest keeps silent about a fact by which its rule goes.
    write(&mine.join("policy.toml"), &head);
    run(&["policy", "build", &shown]).ok();
    let facts = |file: &str, rest: &[&str]| {
        let ran = run(&[&["policy", "coverage", file][..], rest].concat());
        let row = ran.out.lines().find(|line| line.trim_start().starts_with("facts")).unwrap_or_default().to_owned();
        (ran.code, row.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    let whole = mine.join("my-sector.wasm").display().to_string();
    assert_eq!(facts(&whole, &["--fail-under", "100"]), (0, ["facts", "2", "2"].map(str::to_owned).to_vec()));
    let Bundle { manifest_text, lexicons, vectors, data, .. } =
        Bundle::parse(&fs::read(mine.join("my-sector.wasm")).unwrap()).unwrap();
    let manifest = manifest_text.replace("\"sector-facts.my-sector.dose-mg\"", "\"subject.age\"");
    assert_ne!(manifest, manifest_text);
    let component = specialis_artifacts::TABLE.to_vec();
    let silent = folder.path().join("silent.wasm");
    fs::write(&silent, pack(Sources { component, manifest, lexicons, vectors, data }).unwrap()).unwrap();
    let (file, registry) = (silent.display().to_string(), mine.join("registry.toml").display().to_string());
    let tested = run(&["policy", "test", &file, "--registry-add", &registry]);
    let unnamed = "rule `R1` answers otherwise when `sector-facts.my-sector.dose-mg` changes, and does not name it";
    assert!(tested.code == 1 && tested.out.contains(unnamed), "{}{}", tested.out, tested.err);
    assert!(!tested.out.contains("supervised-by"), "{}", tested.out);
    let row = ["facts", "3", "2", "subject.age"].map(str::to_owned).to_vec();
    assert_eq!(facts(&file, &["--fail-under", "100"]), (1, row));
}

#[test]
fn conditions_that_no_vector_tries_survive_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-sector");
    let shown = mine.display().to_string();
    run(&["policy", "new", &shown, "--lang", "table"]).ok();
    write(&mine.join("policy.toml"), &(fs::read_to_string(mine.join("policy.toml")).unwrap() + FACTS));
    write(&mine.join("rules.csv"), ROWS_BY_FACTS);
    let vectors = mine.join("vectors/R1.toml");
    write(&vectors, VECTORS_OF_FACTS);
    let mutate = |rest: &[&str]| run(&[&["policy", "mutate", &shown][..], rest].concat());
    let whole = mutate(&["--fail-under", "100"]).ok();
    assert!(whole.contains(" mutants of ") && whole.contains(", 100 %"), "{whole}");
    assert!(!whole.contains("survives"), "{whole}");

    // Without the vector beside the boundary nobody sees that it has moved.
    let (before, rest) = VECTORS_OF_FACTS.split_once("[[vector]]\nname = \"a high dose\"").unwrap();
    let (_, after) = rest.split_once("[[vector]]").unwrap();
    write(&vectors, &format!("{before}[[vector]]{after}"));
    let ran = mutate(&["--fail-under", "100"]);
    let survivor = "survives: row 2 (R1): `sector.dose-mg <= 401` in place of `sector.dose-mg <= 400`";
    assert!(ran.code == 1 && ran.out.contains(survivor), "{}{}", ran.out, ran.err);
    assert!(mutate(&["--max", "2"]).ok().contains("my-sector: 2 mutants of "));

    write(&vectors, &VECTORS_OF_FACTS.replacen("case = \"met\"", "case = \"none\"", 1));
    let ran = mutate(&[]);
    assert!(ran.code == 2 && ran.err.contains("not all vectors of `my-sector` are met"), "{}{}", ran.out, ran.err);
}

fn jsonschema_of(schema: &serde_json::Value) -> impl Fn(&str) -> bool {
    let schema = jsonschema::validator_for(schema).unwrap();
    move |text| schema.is_valid(&serde_json::from_str(text).unwrap())
}

#[test]
fn every_hostile_guest_is_contained_by_this_build() {
    let out = run(&["torture"]).ok();
    let last = out.lines().last().unwrap();
    let (contained, all) = last.strip_suffix(" contained").unwrap().split_once(" of ").unwrap();
    assert!(contained == all && all.parse::<u32>().unwrap() > 40, "{out}");
    let folder = tempfile::tempdir().unwrap();
    run(&["torture", "--only", "span", "--export", &folder.path().display().to_string()]).ok();
    assert!(folder.path().join("span-reversed.wasm").is_file() && folder.path().join("expected.json").is_file());
    assert!(run(&["torture", "--only", "nobody"]).refused().contains("leave out `--only`"));
}

#[test]
fn what_was_tampered_with_on_its_way_is_refused_by_this_build() {
    let ran = run(&["torture", "supply"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let last = ran.out.lines().last().unwrap();
    let (refused, all) = last.strip_suffix(" refused").unwrap().split_once(" of ").unwrap();
    assert!(refused == all && all.parse::<u32>().unwrap() > 10, "{}", ran.out);
    let as_json: serde_json::Value =
        serde_json::from_str(&run(&["torture", "supply", "--format", "json"]).ok()).unwrap();
    let tried = as_json.as_array().unwrap();
    assert!(tried.iter().all(|one| one["refused"] == true && one["came-to"] == one["step"]), "{as_json}");
}
