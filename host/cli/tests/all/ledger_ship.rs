//! `ledger ship`, into Debian's PostgreSQL on a socket of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use specialis_tests::postgres::Database;

use crate::run::{program, run, run_with};

/// One of how many calls is killed, unless `LEDGER_FAULTS` says how many.
const STEP: usize = 7;

/// How many records it has, how far it says that it is, and how many bodies differ from what their entries say.
fn counts(database: &Database) -> String {
    database.says(
        "select (select count(*) from specialis_ledger.entry), (select size from specialis_ledger.log),
         (select count(*) from specialis_ledger.entry e join specialis_ledger.body b using (origin, index)
          where e.leaf::jsonb->>'body' <> 'sha256:' || encode(sha256(b.salt || convert_to(b.json, 'UTF8')), 'hex'))",
    )
}

/// A ledger with decisions on some events.
fn ledger(folder: &Path, name: &str, n: usize) -> String {
    let ledger = folder.join(name).display().to_string();
    run(&["ledger", "init", &ledger, "--origin", "example.cn/node-1/2026"]).ok();
    let event = "{\"context\":{\"pseudonym\":\"u\"},\"event\":{\"kind\":\"output\",\"text\":\"客服电话13912345678，请联系\"}}\n";
    run_with(
        &["evaluate", "-", "--profile", "texts", "--threads", "1", "--ledger", &ledger],
        event.repeat(n).as_bytes(),
    )
    .ok();
    ledger
}

#[test]
fn copy_has_each_record_once_as_it_was_hashed_whatever_stops_on_the_way() {
    let Some(database) = Database::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path(), "ledger", 20);
    let address = database.address();
    let ship = ["ledger", "ship", &ledger, "--to", &address, "--batch", "7"];
    // The program and the client are killed at one system call after the other, where strace is there.
    let killed = program(&ship);
    let mut n_killed = 0;
    let step = std::env::var("LEDGER_FAULTS").map_or(STEP, |step| step.parse().unwrap()).max(1);
    for n in (1..200).step_by(step) {
        let inject = format!("inject=write,sendto,execve:signal=KILL:when={n}");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]).arg(killed.get_program()).args(killed.get_args());
        let Ok(output) = strace.output() else {
            println!("not run: strace is not installed, so the copying is not killed");
            break;
        };
        if database.says("select to_regclass('specialis_ledger.log') is not null") == "t" {
            let counts = counts(&database);
            let [n_entries, size, n_wrong] = counts.split('|').collect::<Vec<_>>()[..] else { panic!("{counts}") };
            assert!(n_entries == size || size.is_empty() && n_entries == "0", "{counts}");
            assert_eq!(n_wrong, "0");
        }
        if output.status.success() {
            break;
        }
        n_killed += 1;
        if n_killed == 4 {
            database.cut();
            database.up();
        }
    }
    run(&ship).ok();
    // Boot, and of each line what was opened and decided.
    let whole = format!("{}|{0}|0", run(&["ledger", "verify", &ledger]).ok().split(' ').nth(1).unwrap());
    assert_eq!(counts(&database), whole);
    assert_eq!(run(&ship).ok(), format!("0 records copied; the database has {}\n", whole.split('|').next().unwrap()));
    let leaves = "select string_agg(encode(sha256('\\x00'::bytea || convert_to(leaf, 'UTF8')), 'hex'), '' order by index) from \
                  specialis_ledger.entry";
    let tile = fs::read_dir(Path::new(&ledger).join("log/tile/0/000.p")).unwrap().flatten().map(|entry| entry.path());
    let tile = tile.max_by_key(|path| path.file_name().unwrap().to_str().unwrap().parse::<u64>().unwrap()).unwrap();
    let hashes: String = fs::read(tile).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(database.says(leaves), hashes, "every leaf leads to its hash");
    let redacted = "select count(*) from specialis_ledger.body where json::jsonb->'decision'->>'verdict' = 'redact'";
    assert_eq!(database.says(redacted), "20", "bodies can be searched");
    database.says(
        "update specialis_ledger.body set json = replace(json, 'redact', 'pass')
         where index = (select min(index) from specialis_ledger.body where json like '%redact%')",
    );
    assert!(counts(&database).ends_with("|1"), "a changed copy is seen");
}

#[test]
fn what_is_restricted_goes_from_the_copy_and_another_log_is_refused() {
    let Some(database) = Database::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (ledger(folder.path(), "one", 2), ledger(folder.path(), "other", 2));
    let address = database.address();
    let ship = |ledger: &str| run(&["ledger", "ship", ledger, "--to", &address]);
    ship(&one).ok();
    run(&["ledger", "withdraw", &one, "--index", "2"]).ok();
    ship(&one).ok();
    assert_eq!(database.says("select index from specialis_ledger.entry where restricted"), "2");
    let refused = ship(&other).refused();
    assert!(refused.contains("that is no copy of this log"), "{refused}");
    let nowhere = run(&["ledger", "ship", &one, "--to", "host=/nowhere"]).refused();
    assert!(nowhere.contains("the database did not take the records"), "{nowhere}");
}
