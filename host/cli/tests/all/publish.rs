//! Editions as an operator makes them: from nothing to a signed edition, and what is refused on the way.

use std::fs;

use specialis::signed::{SignedDocument, Statement};
use specialis_bundle::Envelope;
use specialis_tests::case::{self, Case};

use crate::run::{Ran, Running, examples, run};

/// A folder of papers, and words to run with.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for name in ["root", "alice", "bob"] {
            let key = desk.run(&["key", "new", &format!("{name}.pem")]).ok();
            fs::write(desk.path(&format!("{name}.pub")), key.trim()).unwrap();
        }
        desk
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn public(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap()
    }

    /// Runs with every word that names something of the desk made a path.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let is_paper = |word: &str| word.ends_with(".pem") || ["next", "live"].contains(&word);
        let words: Vec<String> =
            words.iter().map(|word| if is_paper(word) { self.path(word) } else { (*word).to_owned() }).collect();
        run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A signed edition in `next`, from the built-in policies.
    pub(crate) fn edition(&self) {
        self.run(&["edition", "init", "next"]).ok();
        let approvers = ["alice", "bob"].map(|name| format!("{name}={}", self.public(name)));
        self.run(&[
            "edition", "approvers", "next", "--root-key", "root.pem", "--approver", &approvers[0], "--approver",
            &approvers[1], "--expires", "2099-12-31",
        ])
        .ok();
        self.run(&["edition", "write", "next", "--expires", "2099-12-31"]).ok();
        self.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    }
}

#[test]
fn nothing_is_signed_that_expired_before() {
    let desk = Desk::new();
    let approver = format!("alice={}", desk.public("alice"));
    let signing: [&[&str]; 6] = [
        &["edition", "approvers", "next", "--root-key", "root.pem", "--approver", &approver],
        &["edition", "write", "next"],
        &["edition", "rollback", "live", "--to", "1", "--reason", "r", "--key", "alice.pem"],
        &["edition", "revoke", "live", "--digest", "sha256:00", "--reason", "r", "--key", "alice.pem"],
        &["policy", "sign", "p.wasm", "--key", "alice.pem", "--role", "author"],
        &["policy", "index", "build", "--name", "kitchen", "--key", "alice.pem", "-o", "kitchen.json"],
    ];
    for words in signing {
        let ran = desk.run(&[words, &["--expires", "2020-12-31"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("'--expires <DATE>': that day is past; give "), "{words:?}: {}", ran.err);
    }

    // A statement that was written long ago.
    desk.edition();
    let file = format!("{}/statement.json", desk.path("next"));
    let envelope = Envelope::parse(&fs::read(&file).unwrap()).unwrap();
    let mut statement: Statement = envelope.statement(Statement::KIND).unwrap();
    statement.expires = "2020-12-31".parse().unwrap();
    fs::write(&file, statement.envelope().unwrap().to_json()).unwrap();
    let said = desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).refused();
    assert!(said.contains("counted until 2020-12-31, and that is past; write it anew"), "{said}");
}

#[test]
fn operator_gets_from_nothing_to_a_live_edition() {
    let desk = Desk::new();
    desk.edition();
    let root = desk.public("root");
    let said = desk.run(&["edition", "check", "next", "--root", &root]).ok();
    assert!(said.contains("can be published; approved by alice"), "{said}");
    let said = desk.run(&["edition", "show", "next"]).ok();
    assert!(said.contains("edition 1") && said.contains("general"), "{said}");
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let events = examples().display().to_string();
    let status = desk.path("status.json");
    let judged = desk
        .run(&["evaluate", &events, "--format", "jsonl", "--edition", "live", "--root", &root, "--status", &status]);
    let plain = run(&["evaluate", &events, "--format", "jsonl"]);
    assert_eq!(judged.code, plain.code, "{}", judged.err);
    let shown = desk.run(&["edition", "show", "live", "--root", &root]).ok();
    let decision: serde_json::Value = serde_json::from_str(judged.out.lines().next().unwrap()).unwrap();
    let id = decision["edition"].as_str().unwrap();
    assert!(shown.lines().any(|line| line == format!("id {id}")), "{shown}");
    let verdicts = |out: &str| -> Vec<String> {
        let lines = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["verdict"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(verdicts(&judged.out), verdicts(&plain.out));
    let status: serde_json::Value = serde_json::from_str(&fs::read_to_string(status).unwrap()).unwrap();
    assert_eq!(status["live"]["record"]["number"], 1);
    assert!(status["live"]["policies"].as_array().unwrap().iter().any(|policy| policy["n-calls"].as_u64() > Some(0)));
}

/// The worked case of a swap, by the program: two sessions, between whose lines an edition is published into a watched folder.
#[test]
fn an_edition_goes_live_between_lines_and_open_sessions_stay_on_theirs() {
    let (_, cases) = Case::by_edition();
    let [case] = cases.as_slice() else { panic!("one case") };
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let root = desk.public("root");
    let live = desk.path("live");
    let mut running =
        Running::start(&["evaluate", "-", "--format", "jsonl", "--edition", &live, "--root", &root, "--watch"]);
    let line = |run: &case::Run| case.told(run).lines().concat();
    let [open, next] = case.runs.as_slice() else { panic!("two runs") };
    let before = running.judge(&line(open));
    assert!(running.said().contains("nothing is remembered of this folder"));

    fs::write(format!("{}/trust.toml", desk.path("next")), case.next.as_ref().unwrap().trust()).unwrap();
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31", "--live", "live"]).ok();
    desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let said = running.said();
    assert!(said.contains("is live, 2 changes, 0 of them loosening"), "{said}");

    let after = running.judge(&line(open));
    let moved = running.judge(&line(next));
    assert_eq!((&before.edition, before.seq), (&after.edition, 0));
    assert_eq!(after.seq, 1, "the same session");
    assert!(said.contains(&moved.edition) && moved.edition != after.edition, "{said}");
    for (expect, decision) in [(&open.expect, &before), (&open.expect, &after), (&next.expect, &moved)] {
        assert_eq!(expect.differences(decision), [""; 0]);
    }
    assert_eq!(running.end(), 0);
}

#[test]
fn wrong_root_and_missing_signature_are_refused() {
    let desk = Desk::new();
    desk.edition();
    let said = desk.run(&["edition", "check", "next", "--root", &desk.public("bob")]).refused();
    assert!(said.contains("root key did not sign"), "{said}");
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31"]).ok();
    let said = desk.run(&["edition", "check", "next", "--root", &desk.public("root")]).refused();
    assert!(said.contains("no approver of the list signed it"), "{said}");
}

#[test]
fn what_hosts_would_refuse_is_not_published() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["key", "new", "mallory.pem"]).ok();
    for key in [None, Some("mallory.pem")] {
        desk.run(&["edition", "write", "next", "--expires", "2099-12-31"]).ok();
        if let Some(key) = key {
            desk.run(&["edition", "sign", "next", "--key", key]).ok();
        }
        let said = desk.run(&["edition", "publish", "next", "live"]).err;
        assert!(
            said.contains("nothing is published, because hosts would refuse it") && said.contains("alice"),
            "{said}"
        );
    }
    // A profile that has lost a sector of a policy.
    let profile = desk.path("next/profile.toml");
    let text = fs::read_to_string(&profile).unwrap();
    let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("film ")).collect();
    assert!(without.len() < text.lines().count(), "{text}");
    fs::write(&profile, without.join("\n")).unwrap();
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31", "--key", "alice.pem"]).ok();
    let said = desk.run(&["edition", "publish", "next", "live"]).err;
    assert!(said.contains("nothing is published") && said.contains("film"), "{said}");
    assert_eq!(fs::read_dir(desk.path("live/statements")).unwrap().count(), 0);
}

#[test]
fn what_loosens_is_shown_and_needs_two_and_a_reason() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let root = desk.public("root");
    let write = |more: &[&str]| {
        let words = ["edition", "write", "next", "--expires", "2099-12-31", "--live", "live", "--mode", "news=monitor"];
        desk.run(&[&words, more].concat()).ok();
        desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    };
    let check = || desk.run(&["edition", "check", "next", "--root", &root, "--live", "live"]);
    write(&[]);
    let ran = check();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("two approvers and a written reason"), "{}", ran.err);
    assert!(ran.out.contains("loosening") && ran.out.contains("from `enforce` to `monitor`"), "{}", ran.out);
    write(&["--reason", "the newsroom changes its system this week"]);
    desk.run(&["edition", "sign", "next", "--key", "bob.pem"]).ok();
    assert!(check().ok().contains("approved by alice, bob"));
    let diff = desk.run(&["diff", "live", "next", &examples().display().to_string(), "--root", &root]);
    assert!(diff.out.contains("events, ") && diff.out.contains("loosened"), "{}{}", diff.out, diff.err);
    // Without a root key nothing says which edition that is, and the built-in one must not stand in for it.
    let said = desk.run(&["diff", "live", "next", &examples().display().to_string()]).refused();
    assert!(said.contains("live`: an edition counts under a root key; give it with `--root`"), "{said}");
}

#[test]
fn policy_is_signed_verified_and_checked_line_by_line() {
    let desk = Desk::new();
    let file = desk.path("news.wasm");
    let (_, bytes) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "news").unwrap();
    fs::write(&file, bytes).unwrap();
    let trust = desk.path("trust.toml");
    let (alice, bob) = (desk.public("alice"), desk.public("bob"));
    let text = format!(
        r#"
[signers]
alice = ["{alice}"]
bob = ["{bob}"]

[[signing]]
signer = "alice"
roles = ["author"]
origins = [{{ sector = "news" }}]
duties = ["*"]

[[signing]]
signer = "bob"
roles = ["approver"]
origins = [{{ sector = "news" }}]
duties = ["*"]
"#
    );
    fs::write(&trust, text).unwrap();
    let verify = || run(&["policy", "verify", &file, "--trust", &trust]);
    assert!(verify().out.contains("would not be loaded: nobody"), "{}", verify().out);
    let sign = |key: &str, role: &str| {
        desk.run(&["policy", "sign", &file, "--key", key, "--role", role, "--expires", "2099-12-31"]).ok()
    };
    sign("alice.pem", "author");
    assert!(verify().out.contains("0 of 1 approval is there"), "{}", verify().out);
    let said = run(&["trust", "check", &file, "--trust", &trust]).out;
    assert!(said.contains("no grant for `alice`"), "what it would be allowed, once it is approved: {said}");
    sign("bob.pem", "approver");
    assert!(verify().ok().contains("in the name of `alice`"));
    let said = run(&["trust", "check", &file, "--trust", &trust]).ok();
    assert!(said.contains("no grant for `alice`") && said.contains("would not count"), "{said}");
    let said = run(&["policy", "verify", &file, "--trust", &trust, "--as-of", "2100-01-01"]);
    assert!(said.out.contains("that is past"), "{}", said.out);
}

#[test]
fn key_is_not_overwritten_and_nobody_else_reads_it() {
    let desk = Desk::new();
    assert!(desk.run(&["key", "new", "root.pem"]).refused().contains("a name that is not taken"));
    let shown = desk.run(&["key", "show", "root.pem"]).ok();
    assert!(shown.starts_with(&desk.public("root")), "{shown}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(desk.path("root.pem")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// What a program that is started now on the published folder says is live.
fn live_edition(desk: &Desk) -> String {
    let (root, status) = (desk.public("root"), desk.path("status.json"));
    let line = r#"{"event": {"kind": "output", "text": "你好"}}"#;
    let args = ["evaluate", "-", "--edition", &desk.path("live"), "--root", &root, "--status", &status];
    let ran = crate::run::run_with(&args, line.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let status: serde_json::Value = serde_json::from_str(&fs::read_to_string(status).unwrap()).unwrap();
    status["live"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn going_back_and_revoking_hold_for_every_program_that_is_started_later() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let first = live_edition(&desk);
    let profile = fs::read_to_string(format!("{}/profile.toml", desk.path("next"))).unwrap();
    let stricter = profile.replacen("news = \"no\"", "news = \"unknown\"", 1);
    assert_ne!(profile, stricter);
    fs::write(format!("{}/profile.toml", desk.path("next")), stricter).unwrap();
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31", "--live", "live"]).ok();
    desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let second = live_edition(&desk);
    assert_ne!(first, second);
    // Going back loosens: `news` is excluded again.
    let back = ["edition", "rollback", "live", "--to", "1", "--reason", "too many reviews", "--expires", "2099-12-31"];
    desk.run(&[&back[..], &["--key", "alice.pem", "--key", "bob.pem"]].concat()).ok();
    assert_eq!(live_edition(&desk), first);
    let said = desk.run(&["edition", "show", "live"]).ok();
    assert!(said.contains("too many reviews"), "{said}");
    let list = run(&["policy", "list"]).ok();
    let digest = list.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    let revoke = ["edition", "revoke", "live", "--digest", digest, "--reason", "its author's key is lost"];
    desk.run(&[&revoke[..], &["--expires", "2099-12-31", "--key", "bob.pem"]].concat()).ok();
    assert_eq!(live_edition(&desk), first);
    let line = r#"{"event": {"kind": "output", "text": "你好"}}"#;
    let args = ["evaluate", "-", "--format", "jsonl", "--edition", &desk.path("live"), "--root", &desk.public("root")];
    let out = crate::run::run_with(&args, line.as_bytes()).ok();
    assert!(out.contains("revoked"), "{out}");
}

#[test]
fn a_new_policy_and_its_entries_are_taken_into_an_edition_and_stand_over_none_that_is_signed() {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let (root, mine) = (desk.public("root"), desk.path("my-sector"));
    run(&["policy", "new", &mine, "--lang", "table"]).ok();
    run(&["policy", "build", &mine]).ok();
    let (packed, registry, trust) =
        (format!("{mine}/my-sector.wasm"), format!("{mine}/registry.toml"), desk.path("my-author.toml"));
    let proposed = run(&["trust", "propose", &packed, "--signer", "my-author", "--registry-add", &registry]).ok();
    fs::write(&trust, proposed).unwrap();

    // Over a signed edition entries help to look something up, and count nowhere.
    let lint =
        |more: &[&str]| desk.run(&[&["policy", "lint", &packed, "--edition", "live", "--root", &root], more].concat());
    let without = lint(&[]);
    assert!(without.code == 1 && without.out.contains("add it with `--registry-add`"), "{}", without.out);
    assert_eq!(lint(&["--registry-add", &registry, "--trust-add", &trust]).code, 0);
    let events = examples().display().to_string();
    let judged = ["evaluate", &events, "--edition", "live", "--root", &root, "--no-state", "--registry-add", &registry];
    assert!(desk.run(&judged).refused().contains("were not signed with it"));

    // Whether the service is in the sector is the operator's to say.
    let profile = format!("{}/profile.toml", desk.path("next"));
    fs::write(&profile, fs::read_to_string(&profile).unwrap() + "my-sector = \"no\"\n").unwrap();
    let write = || {
        let words = ["edition", "write", "next", "--expires", "2099-12-31", "--live", "live", "--with", &packed];
        let more = ["--registry-add", &registry, "--trust-add", &trust, "--reason", "a new sector"];
        desk.run(&[&words[..], &more].concat()).ok();
        ["registry.toml", "trust.toml"].map(|name| fs::read_to_string(format!("{}/{name}", desk.path("next"))).unwrap())
    };
    let tables = write();
    assert!(tables[0].contains("my-sector.first") && tables[1].contains("my-author"), "{tables:?}");
    assert_eq!(write(), tables, "once more is the same");
    for key in ["alice.pem", "bob.pem"] {
        desk.run(&["edition", "sign", "next", "--key", key]).ok();
    }
    let checked = desk.run(&["edition", "check", "next", "--root", &root, "--live", "live"]);
    assert!(checked.out.contains("can be published") && checked.out.contains("my-sector"), "{}", checked.err);
    desk.run(&["edition", "publish", "next", "live"]).ok();
    assert_eq!(lint(&[]).code, 0);
}
