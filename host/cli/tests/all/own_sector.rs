//! A sector that nobody has heard of, with two facts of its own: from an empty folder to a live edition and its decisions, by the program
//! alone. No file of the repository is read or changed for it.

use std::fs;

use serde_json::{Value, json};

use crate::policy_kit::FACTS;
use crate::run::{finish, program};

const REASONS: &str = r#"
[reasons.unsupervised]
zh = "剂量过高或者无人指导"
en = "the dose is high or nobody supervises it"
rests-on = { facts = ["sector-facts.tea.dose-mg"] }
"#;

const ROWS: &str = "\
rule,duty,on,when,then,level,cite,reason,rule-zh,rule-en
R1,tea.first,output,sector.dose-mg <= 400; sector.supervised-by = physician|pharmacist,met,,TEA 1,,剂量应当受到指导。,Doses are supervised.
,,,,require,review,,unsupervised,,
";

const VECTORS: &str = r#"rule = "R1"
as-of = "2026-11-02"
[context.sector-facts.tea]
supervised-by = "physician"
[event]
kind = "output"
text = "每次两片。"
sector-facts = { tea = { dose-mg = 400 } }
[[vector]]
name = "a dose under supervision"
expect = [{ duty = "tea.first", case = "met" }]
[[vector]]
name = "a high dose"
set = { "event.sector-facts.tea.dose-mg" = 401 }
expect = [{ duty = "tea.first", case = "require", level = "review", reason = "unsupervised" }]
"#;

/// Whoever supervises by the profile, and nobody, by the word of the platform.
const EVENTS: &str = r#"{"time":"2026-11-02","event":{"kind":"output","text":"每次两片。","sector-facts":{"tea":{"dose-mg":500}}}}
{"time":"2026-11-02","event":{"kind":"output","text":"每次两片。","sector-facts":{"tea":{"dose-mg":300}}}}
{"time":"2026-11-02","context":{"sector-facts":{"tea":{"supervised-by":"nobody"}}},"event":{"kind":"output","text":"每次两片。","sector-facts":{"tea":{"dose-mg":300}}}}
"#;

const SIGNED: &str = "--expires 2099-12-31 --reason tea --key alice.pem --key bob.pem";

/// An empty folder in which the program runs.
struct Folder(tempfile::TempDir);

impl Folder {
    /// Runs the program with the words of a line; what it prints.
    fn run(&self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = program(&words);
        command.current_dir(self.0.path());
        let ran = finish(command, b"");
        assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
        ran.out
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{text}");
        self.write(name, &text.replace(from, to));
    }

    /// What the policy asks an operator for.
    fn propose(&self) {
        let proposed = self.run("trust propose tea/tea.wasm --signer shop --registry-add tea/registry.toml");
        self.write("shop.toml", &proposed);
    }

    /// The decisions of the live edition on the events.
    fn decide(&self, root: &str) -> Vec<Value> {
        let out = self.run(&format!("evaluate events.jsonl --format jsonl --edition live --root {root} --no-state"));
        self.write("decisions.jsonl", &out);
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn levels(decisions: &[Value]) -> Vec<&str> {
    decisions.iter().map(|decision| of_tea(decision)["level"].as_str().unwrap()).collect()
}

fn of_tea(decision: &Value) -> &Value {
    decision["duties"].as_array().unwrap().iter().find(|duty| duty["duty"] == "tea.first").unwrap()
}

#[test]
fn a_sector_with_facts_of_its_own_goes_live_from_an_empty_folder_by_the_program_alone() {
    let folder = Folder(tempfile::tempdir().unwrap());
    folder.run("policy new tea --lang table");
    folder.write("tea/policy.toml", &(folder.read("tea/policy.toml") + FACTS + REASONS));
    folder.write("tea/rules.csv", ROWS);
    folder.write("tea/vectors/R1.toml", VECTORS);
    folder.run("policy build tea");
    assert!(folder.run("policy test tea").contains("tea: 2 vectors, 0 failed"));
    folder.propose();

    // An edition without it, into which it is taken. The profile has to say something of the sector, and says that nobody knows.
    let keys = folder.run("key new root.pem alice.pem bob.pem");
    let root = keys.lines().next().unwrap();
    folder.run("edition init next");
    folder.run(
        "edition approvers next --root-key root.pem --approver alice=alice.pem --approver bob=bob.pem --expires 2099-12-31",
    );
    let added = "--with tea/tea.wasm --registry-add tea/registry.toml --trust-add shop.toml";
    let said = folder.run(&format!("edition write next {added} {SIGNED}"));
    assert!(said.contains("`profile.toml` says `unknown` of the sector `tea`"), "{said}");

    // The operator is in the sector, and says for every session who supervises.
    folder.change("next/profile.toml", "tea = \"unknown\"", "tea = \"yes\"");
    let profile = folder.read("next/profile.toml");
    folder.write("next/profile.toml", &(profile + "\n[defaults.sector-facts.tea]\nsupervised-by = \"physician\"\n"));
    let said = folder.run(&format!("edition write next {SIGNED}"));
    assert!(!said.contains("unknown"), "{said}");
    folder.run("edition publish next live");

    folder.write("events.jsonl", EVENTS);
    let decisions = folder.decide(root);
    assert_eq!(levels(&decisions), ["review", "pass", "review"]);
    let finding = &of_tea(&decisions[0])["findings"][0];
    assert_eq!((&finding["rule"], &finding["version"]), (&json!("R1"), &json!("0.1.0")));
    assert_eq!(finding["citation"], json!({ "instrument": "TEA", "article": "1" }));
    let grounds = &decisions[0]["grounds"]["tea"]["unsupervised"]["facts"];
    assert_eq!(grounds, &json!({ "sector-facts.tea.dose-mg": 500 }));
    let one = folder.read("decisions.jsonl");
    folder.write("one.jsonl", one.lines().next().unwrap());
    let explained = folder.run(&format!("explain one.jsonl --edition live --root {root} --no-state"));
    assert!(explained.contains("tea 0.1.0, R1") && explained.contains("single dose: 500 mg"), "{explained}");

    // The next version, in place of the first.
    folder.change("tea/policy.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");
    folder.change("tea/rules.csv", "<= 400", "<= 600");
    folder.change("tea/vectors/R1.toml", "401", "601");
    folder.run("policy build tea");
    folder.propose();
    folder.run(&format!("edition write next --with tea/tea.wasm --trust-add shop.toml --live live {SIGNED}"));
    folder.run("edition publish next live");
    assert_eq!(levels(&folder.decide(root)), ["pass", "pass", "review"]);
}

#[test]
fn a_profile_that_nothing_can_be_added_to_is_left_as_it_is() {
    let folder = Folder(tempfile::tempdir().unwrap());
    folder.run("policy new tea --lang table");
    folder.run("policy build tea");
    folder.run("edition init next");
    let inline = "supports = \"everything\"\ndefaults.sectors = { news = \"no\" }\n";
    folder.write("next/profile.toml", inline);
    let mut command = program(&["edition", "write", "next", "--with", "tea/tea.wasm", "--expires", "2099-12-31"]);
    command.current_dir(folder.0.path());
    let said = finish(command, b"").refused();
    assert!(said.contains("write these lines under `[defaults.sectors]`: tea = \"unknown\""), "{said}");
    assert_eq!(folder.read("next/profile.toml"), inline);
    assert!(!folder.0.path().join("next/policies/tea.wasm").exists());
}
