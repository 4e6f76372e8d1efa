//! The program on a disk that fails, by `strace`: whatever is refused or cut, what it said was done is there, and the log holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{program, run, run_with};

/// The calls by which a ledger reaches the disk.
const CALLS: [&str; 7] = ["write", "fsync", "fdatasync", "rename", "renameat", "openat", "unlinkat"];
/// What becomes of one of them.
const FAULTS: [&str; 3] = ["error=EIO", "error=ENOSPC", "signal=KILL"];
/// One of how many calls is made to fail, unless `LEDGER_FAULTS` says how many.
const STEP: usize = 17;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { _ = fs::copy(entry.path(), target).unwrap() }
    }
}

/// Runs the program under strace; whether it said that all went well.
fn strace(options: &[&str], args: &[&str]) -> bool {
    let program = program(args);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "signal=none"]).args(options).arg(program.get_program()).args(program.get_args());
    command.output().unwrap().status.success()
}

/// Where Debian's `golang-golang-x-mod-dev` lies.
const GO_PATH: &str = "/usr/share/gocode";

/// The verifier with Go's packages for transparency logs; nothing, with a word on why, where it cannot be compiled.
fn go_verifier(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ledger/tests/data/verify.go");
    let verifier = folder.join("verify");
    let built = Command::new("go")
        .args(["build", "-o"])
        .args([&verifier, &source])
        .envs([("GO111MODULE", "off"), ("GOPATH", GO_PATH), ("GOFLAGS", ""), ("CGO_ENABLED", "0")])
        .env("GOCACHE", folder.join("go-cache"))
        .output();
    if built.is_ok_and(|built| built.status.success()) {
        return Some(verifier);
    }
    println!("not run: `go` or `golang-golang-x-mod-dev` is not installed, so Go does not look at what is left");
    None
}

#[test]
fn whatever_call_fails_what_was_said_to_be_done_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let shown = |name: &str| at(name).display().to_string();
    if !Command::new("strace").args(["-o", &shown("probe"), "true"]).output().is_ok_and(|ran| ran.status.success()) {
        println!("not run: strace is not installed or may not trace; `cargo xtask label-tools` installs it");
        return;
    }
    let key = run(&["ledger", "init", &shown("whole"), "--origin", "example.cn/node-1/2026"]).ok();
    let go = go_verifier(folder.path());
    let events = "{\"event\":{\"kind\":\"output\",\"text\":\"客服电话13912345678，请联系\"}}\n".repeat(3);
    run_with(
        &["evaluate", "-", "--profile", "texts", "--threads", "1", "--ledger", &shown("whole")],
        events.as_bytes(),
    )
    .ok();

    // Restricting a record writes to the ledger, signs it and closes it.
    copy(&at("whole"), &at("traced"));
    let decisions = run(&["ledger", "search", &shown("whole"), "--kind", "decision"]).ok();
    let index =
        decisions.lines().filter(|line| line.contains(" decision ")).find_map(|line| line.split_whitespace().next());
    let index = index.unwrap().to_owned();
    let withdraw =
        |name: &str| ["ledger".to_owned(), "withdraw".to_owned(), shown(name), "--index".to_owned(), index.clone()];
    let traced = withdraw("traced");
    let traced: Vec<&str> = traced.iter().map(String::as_str).collect();
    assert!(strace(&["-o", &shown("trace")], &traced));
    let trace = fs::read_to_string(at("trace")).unwrap();
    let n_calls = |call: &str| trace.lines().filter(|line| line.contains(&format!(" {call}("))).count();
    assert!(n_calls("fdatasync") + n_calls("fsync") > 4, "it waits for the disk: {trace}");

    let step = std::env::var("LEDGER_FAULTS").map_or(STEP, |step| step.parse().unwrap()).max(1);
    let (mut n_refused, mut n_tried) = (0, 0);
    for (at_call, call) in CALLS.into_iter().enumerate() {
        for (at_fault, fault) in FAULTS.into_iter().enumerate() {
            for n in (1..=n_calls(call)).skip((at_call + at_fault * 5) % step).step_by(step) {
                let name = format!("{call}-{at_fault}-{n}");
                copy(&at("whole"), &at(&name));
                let inject = format!("inject={call}:{fault}:when={n}");
                let args = withdraw(&name);
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let is_done = strace(&["-o", "/dev/null", "-e", &inject], &args);
                n_tried += 1;
                n_refused += usize::from(!is_done);
                let verified = run(&["ledger", "verify", &shown(&name)]);
                assert!(verified.out.starts_with("sound: "), "{name}: {}{}", verified.out, verified.err);
                if let Some(go) = &go {
                    let said = Command::new(go).args([&shown(&format!("{name}/log")), key.trim()]).output().unwrap();
                    assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
                }
                let found = run(&["ledger", "search", &shown(&name), "--kind", "decision"]);
                let n_found = found.out.lines().filter(|line| line.contains(" decision ")).count();
                assert!(if is_done { n_found == 2 } else { n_found == 2 || n_found == 3 }, "{name}: {}", found.out);
                fs::remove_dir_all(at(&name)).unwrap();
            }
        }
    }
    assert!(n_refused > 0 && n_tried > n_refused / 2, "{n_refused} of {n_tried} were refused");
}
