//! Records held against the platform's own events and files: `ledger replay`, `explain --ledger`, `inspection pack`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::Dir;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use specialis_core::{Context, Decision, Level};
use specialis_ledger::{Disk, FolderDisk, Keyring, Ledger, Record};

use crate::run::{Ran, finish, program, run};

const ORIGIN: &str = "example.cn/node-1/2026";
/// Users, a stream, a session of two events, and a source of training data.
const EVENTS: &str = r#"{"context":{"pseudonym":"u-17"},"event":{"kind":"prompt","text":"今天天气很好"}}
{"event":{"kind":"output"},"chunks":["客服电话139123","45678，请联系。","明天照常。"]}
{"session":"s","event":{"kind":"prompt","text":"你好"}}
{"session":"s","event":{"kind":"output","text":"客服电话13912345678，请联系"}}
{"event":{"kind":"training-intake","facts":{"stage":"training","aim":"service","source":"=artificial corpus","licence":"contract 7","corpus-items":4000}}}
"#;

/// Runs without a key of ids of its own: they are made under the keys of the ledger.
fn run_plain(args: &[&str], input: &str) -> Ran {
    let mut command = program(args);
    command.env_remove("SPECIALIS_ID_KEY");
    finish(command, input.as_bytes())
}

struct Desk {
    folder: tempfile::TempDir,
    decisions: String,
}

impl Desk {
    /// A ledger with what was decided on the events.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        run(&["ledger", "init", &path("ledger"), "--origin", ORIGIN]).ok();
        fs::write(path("events.jsonl"), EVENTS).unwrap();
        let args = ["evaluate", &path("events.jsonl"), "--profile", "texts", "--format", "jsonl", "--ledger"];
        let decisions = run_plain(&[&args[..], &[&path("ledger")]].concat(), "").ok();
        Self { folder, decisions }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn replay(&self, ledger: &str, events: &str) -> Ran {
        fs::write(self.path("again.jsonl"), events).unwrap();
        let args = ["ledger", "replay", &self.path(ledger), &self.path("again.jsonl"), "--profile", "texts"];
        run_plain(&args, "")
    }

    fn decision(&self, n: usize) -> Decision {
        serde_json::from_str(self.decisions.lines().nth(n).unwrap()).unwrap()
    }
}

fn disk(path: &Path) -> Arc<dyn Disk> {
    fs::create_dir_all(path).unwrap();
    Arc::new(FolderDisk::new(Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap()))
}

#[test]
fn recorded_events_come_out_the_same_and_a_changed_one_has_no_record() {
    let desk = Desk::new();
    let all = desk.replay("ledger", EVENTS).ok();
    assert!(all.ends_with("5 same, 0 DIFFERS, 0 intervened, 0 not reproducible\n"), "{all}");
    let changed = desk.replay("ledger", &EVENTS.replace("今天天气", "明天天气"));
    assert_eq!(changed.code, 1);
    assert!(changed.out.contains("not reproducible: no record has the id of this input"), "{}", changed.out);
    assert!(changed.out.ends_with("4 same, 0 DIFFERS, 0 intervened, 1 not reproducible\n"), "{}", changed.out);
    let unknown = desk.replay("ledger", r#"{"session":"other","event":{"kind":"prompt","text":"你好"}}"#);
    assert!(unknown.out.contains("no session of this name is recorded"), "{}", unknown.out);
    let args = ["ledger", "replay", &desk.path("ledger"), &desk.path("events.jsonl")];
    let other = run_plain(&args, "");
    assert!(other.code == 1 && other.out.contains("another edition judged it"), "{}", other.out);
}

#[test]
fn sessions_of_their_own_are_judged_again_by_the_name_that_they_share() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    run(&["ledger", "init", &path("ledger"), "--origin", ORIGIN]).ok();
    let event =
        |session: &str| format!("{{\"session\":\"{session}\",\"event\":{{\"kind\":\"prompt\",\"text\":\"你好\"}}}}\n");
    let judge = ["evaluate", "-", "--profile", "texts", "--format", "jsonl", "--ledger", &path("ledger")];
    // The same line in two runs: two exchanges, each with a decision of its own.
    let [first, second] = [(); 2].map(|()| -> Decision {
        serde_json::from_str(run_plain(&judge, &event("call")).ok().lines().next().unwrap()).unwrap()
    });
    assert!(first.session.is_named("call") && second.session.is_named("call") && first.id != second.id);
    let args = ["ledger", "replay", &path("ledger"), "-", "--profile", "texts"];
    let again = run_plain(&args, &event("call")).ok();
    assert!(again.ends_with("2 same, 0 DIFFERS, 0 intervened, 0 not reproducible\n"), "{again}");
    let one = run_plain(&args, &event(second.session.as_str())).ok();
    assert!(one.ends_with("1 same, 0 DIFFERS, 0 intervened, 0 not reproducible\n"), "{one}");
}

#[test]
fn record_that_says_something_else_than_the_edition_is_named_with_its_fields() {
    let desk = Desk::new();
    // Another ledger with the same keys, in which the first decision was recorded otherwise.
    run(&["ledger", "init", &desk.path("forged"), "--origin", ORIGIN]).ok();
    for file in fs::read_dir(desk.path("ledger/keys")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), Path::new(&desk.path("forged/keys")).join(file.file_name())).unwrap();
    }
    let at = |name: &str| disk(Path::new(&desk.path("forged")).join(name).as_path());
    let key = SigningKey::from_pkcs8_pem(&fs::read_to_string(desk.path("forged/secret.pem")).unwrap()).unwrap();
    let keys = Arc::new(Keyring::open(at("keys")).unwrap());
    let (ledger, _) = Ledger::builder(ORIGIN).key(key).heads(at("heads")).keys(keys).open(at("log")).unwrap();
    let mut decision = desk.decision(1);
    assert_eq!(decision.verdict, Level::Redact);
    let (session, edition) = (decision.session.to_string(), decision.edition.clone());
    let opened = Record::Opened { session, edition, context: Arc::new(Context::default()), subject: None };
    ledger.append(opened).unwrap().wait().unwrap();
    decision.verdict = Level::Warn;
    ledger.append_decision(decision, None).unwrap().wait().unwrap();
    ledger.close().unwrap();
    let events = EVENTS.replace("今天天气", "明天天气");
    let differs = desk.replay("forged", &events);
    assert!(differs.code == 1 && differs.out.contains("DIFFERS: verdict"), "{}", differs.out);
}

#[test]
fn explanation_says_whether_the_decision_is_the_recorded_one() {
    let desk = Desk::new();
    let ledger = desk.path("ledger");
    let explain = |text: &str, args: &[&str]| run_plain(&[&["explain", "--profile", "texts"], args].concat(), text);
    let verified = explain(&desk.decisions, &["--line", "2", "--ledger", &ledger]).ok();
    assert!(verified.starts_with("verified: as record ") && verified.contains("redact"), "{verified}");
    let changed = explain(
        &desk.decisions.replace("\"verdict\":\"redact\"", "\"verdict\":\"warn\""),
        &["--line", "2", "--ledger", &ledger, "--lang", "zh"],
    );
    assert!(changed.code == 1 && changed.out.contains("条记录不一致：verdict"), "{}", changed.out);
    let id = desk.decision(1).id;
    let foreign = explain(&desk.decisions.replace(&id, &"0".repeat(32)), &["--line", "2", "--ledger", &ledger]);
    assert!(
        foreign.code == 1 && foreign.out.starts_with("NOT recorded: the ledger has no such decision"),
        "{}",
        foreign.out
    );
    let bare = explain(&desk.decisions, &["--line", "2"]);
    assert_eq!(bare.code, 0);
    assert!(bare.err.contains("read from a file and from no ledger"), "{}", bare.err);
}

#[test]
fn inspection_pack_has_what_was_said_of_training_data() {
    let desk = Desk::new();
    let days = ["--from", "2020-01-01", "--to", "2099-12-31"];
    run(&[&["inspection", "pack", &desk.path("ledger")], &days[..], &["--out", &desk.path("pack")]].concat()).ok();
    let read = |name: &str| fs::read_to_string(Path::new(&desk.path("pack")).join(name)).unwrap();
    let sources = read("training-sources.csv");
    // The text could be a formula, so it stands behind a mark.
    assert!(
        sources.contains(",'=artificial corpus,training,service,contract 7,") && sources.contains(",4000,"),
        "{sources}"
    );
    assert!(read("audit.zh.html").contains("训练数据来源"), "the page has it");
    assert!(read("bodies.jsonl").contains("artificial corpus"), "the record proves it");
    run(&[&["audit", &desk.path("ledger")], &days[..], &["--out", &desk.path("audit")]].concat()).ok();
    assert!(!Path::new(&desk.path("audit/training-sources.csv")).exists());
    match std::process::Command::new("python3").arg("verify.py").current_dir(desk.path("pack")).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(_) => println!("not run: python3 is not installed, so `verify.py` is not tried"),
    }
}
