//! The program under load, killed at any moment: a decision that it wrote was durable before.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use specialis_core::Decision;

use crate::run::{program, run};

/// How often the program is killed, unless `LEDGER_KILLS` says how often.
const ROUNDS: usize = 4;
/// How many events wait for the program at most.
const AHEAD: usize = 1_000;

/// Two events of a session of its own each: a telephone number that is masked, and a breach that is counted.
pub(crate) fn events(round: usize, n: usize) -> String {
    let user = n % 7;
    format!(
        "{{\"session\":\"o-{round}-{n}\",\"ends\":true,\"context\":{{\"pseudonym\":\"u-{user}\"}},\
         \"event\":{{\"kind\":\"output\",\"text\":\"客服电话13912345678，请联系\"}}}}\n\
         {{\"session\":\"a-{round}-{n}\",\"ends\":true,\"context\":{{\"pseudonym\":\"u-{user}\"}},\
         \"event\":{{\"kind\":\"account\",\"facts\":{{\"operation\":\"breach\",\"breach-review\":\"confirmed\",\"breach-category\":\"other\"}}}}}}\n"
    )
}

/// Starts the program on a ledger, reads so many decisions, and kills it: the ids of the decisions.
fn killed_after(ledger: &str, round: usize, n_decisions: usize) -> Vec<String> {
    let mut command = program(&["evaluate", "-", "--format", "jsonl", "--threads", "2", "--ledger", ledger]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let feed = std::thread::spawn(move || {
        let mut n = 0;
        // The pipe takes a part of them, and the rest waits until the program reads on or ends.
        while n < n_decisions + AHEAD && stdin.write_all(events(round, n).as_bytes()).is_ok() {
            n += 1;
        }
    });
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let decisions = lines.map_while(Result::ok).filter_map(|line| {
        // The last line may be cut by the kill.
        let decision: Decision = serde_json::from_str(&line).ok()?;
        assert!(!decision.unrecorded, "{line}");
        Some(decision.id)
    });
    let told = decisions.take(n_decisions).collect();
    child.kill().expect("it runs until it is killed");
    child.wait().expect("it ends");
    feed.join().expect("events were fed");
    told
}

#[test]
fn program_that_is_killed_under_load_has_recorded_every_decision_that_it_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger").display().to_string();
    run(&["ledger", "init", &ledger, "--origin", "example.cn/node-1/2026"]).ok();
    let rounds = std::env::var("LEDGER_KILLS").map_or(ROUNDS, |kills| kills.parse().expect("a number"));
    let mut told: Vec<String> = Vec::new();
    for round in 0..rounds {
        told.extend(killed_after(&ledger, round, 1 + round * 37 % 211));
    }
    assert!(told.len() > rounds, "{} decisions of {rounds} rounds", told.len());
    // A start makes good what the last kill left.
    run(&["ledger", "standing", &ledger, "--subject", "u-1"]).ok();
    let all =
        run(&["ledger", "export", &ledger, "--format", "jsonl", "--kind", "decision", "--limit", "100000000"]).ok();
    let recorded: BTreeSet<String> = all
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).ok()?["entry"]["id"].as_str().map(str::to_owned)
        })
        .collect();
    let lost: Vec<&String> = told.iter().filter(|id| !recorded.contains(*id)).collect();
    assert!(lost.is_empty(), "{} of {} decisions are lost: {lost:?}", lost.len(), told.len());
    let verified = run(&["ledger", "verify", &ledger]).ok();
    assert!(verified.starts_with("sound: ") && !verified.contains("gap:"), "{verified}");
    assert!(verified.contains(&format!("; {rounds} stops that were not clean")), "each stop is seen: {verified}");
    run(&["ledger", "standing", &ledger, "--check"]).ok();
    println!("{rounds} kills, {} decisions told, {} recorded, none lost", told.len(), recorded.len());
}
