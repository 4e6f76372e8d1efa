//! A writer that is killed: what it told somebody was durable is there afterwards.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cap_std::fs::Dir;
use specialis_ledger::{FolderDisk, Ledger, verify};

use crate::support::{ORIGIN, Place, breach, key, signing_key};

/// Says to the process below that it is one, and where it writes.
const FOLDER: &str = "LEDGER_KILLED_FOLDER";
/// How often a writer is killed, unless `LEDGER_KILLS` says how often.
const ROUNDS: usize = 12;
/// What a line begins with that says that a record is durable.
const DURABLE: &str = "durable ";

/// The process that is killed: appends without an end, and says of each record when it is durable.
#[test]
fn writer_that_is_killed_says_what_is_durable() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let dir = Dir::open_ambient_dir(folder, cap_std::ambient_authority()).unwrap();
    let builder = Ledger::builder(ORIGIN).key(signing_key()).journal_bytes(16_384).sign_every(Duration::from_millis(3));
    let (ledger, report) = builder.open(Arc::new(FolderDisk::new(dir))).unwrap();
    let start = report.n_recovered;
    for n in 0.. {
        let id = format!("d-{start}-{n}");
        let index = ledger.append_decision(breach(&id), None).unwrap().wait().unwrap().unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{DURABLE}{index} {id}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn writer_that_is_killed_at_any_moment_loses_no_record_that_it_said_was_durable() {
    let place = Place::new();
    let folder = place.temp.path().join("log");
    std::fs::create_dir_all(&folder).unwrap();
    let mut told: Vec<(u64, String)> = Vec::new();
    let rounds = std::env::var("LEDGER_KILLS").map_or(ROUNDS, |kills| kills.parse().unwrap());
    for round in 0..rounds {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writer_that_is_killed_says_what_is_durable", "--nocapture"])
            .env(FOLDER, &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let durable = lines.map_while(Result::ok).filter_map(|line| {
            let (index, id) = line.strip_prefix(DURABLE)?.split_once(' ')?;
            Some((index.parse().ok()?, id.to_owned()))
        });
        told.extend(durable.take(1 + round * 7 % 100));
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    assert!(told.len() > rounds);
    place.open().close().unwrap();
    let mut reader = place.reader();
    for (index, id) in told {
        assert_eq!(reader.entry(index).unwrap().id.as_deref(), Some(id.as_str()));
    }
    let report = verify(&mut reader, &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(usize::try_from(report.n_cut_stops).unwrap(), rounds, "each stop is seen");
}
