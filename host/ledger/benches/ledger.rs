//! How fast records are durable, proven, verified and found, with the disk's own sync beside them.
//!
//! `cargo bench --workspace --bench ledger -- [records]` writes into a folder in `target`, or in `LEDGER_BENCH_DIR`, and prints one line a
//! figure.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "a benchmark that cannot go on ends, and prints what it measured"
)]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cap_std::fs::Dir;
use ed25519_dalek::SigningKey;
use specialis_core::Decision;
use specialis_ledger::{Disk, FolderDisk, Index, Keyring, Ledger, LogReader, NoteKey, Query, Subject, verify};

const ORIGIN: &str = "example.cn/bench/2026";
/// How many threads wait for each of their records: a batch has at most so many.
const WAITING: [usize; 2] = [64, 256];

/// An artificial decision about as large as real ones.
fn decision(n: usize, verdict: &str) -> Decision {
    let finding = |at: usize| {
        serde_json::json!({
            "policy": "general", "version": "1.0.0", "rule": format!("R{at}"), "case": "met",
            "citation": {"instrument": "im", "article": format!("{at}")}, "disposition": "stands",
        })
    };
    let duties: Vec<_> = (1..13)
        .map(|at| serde_json::json!({"duty": format!("im.art{at}"), "level": "pass", "findings": [finding(at), finding(at)]}))
        .collect();
    let value = serde_json::json!({
        "session": format!("session-{n}"), "seq": 0, "kind": "output", "verdict": verdict, "as-of": "2026-11-30",
        "duties": duties, "evaluations": {"general": {"state": "evaluated", "version": "1.0.0", "mode": "enforce"}},
        "edition": "0123456789abcdef0123456789abcdef", "id": format!("decision-{n:032}"),
    });
    serde_json::from_value(value).unwrap()
}

fn disk(path: &Path) -> Arc<dyn Disk> {
    std::fs::create_dir_all(path).unwrap();
    Arc::new(FolderDisk::new(Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap()))
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The disk's own sync: 256 KiB written and synced.
fn sync_of_the_disk(path: &Path) {
    let mut file = std::fs::File::create(path.join("probe")).unwrap();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        file.write_all(&[7; 256 << 10]).unwrap();
        file.sync_data().unwrap();
        times.push(start.elapsed());
    }
    println!("disk/sync/256KiB p50 {:?} p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
}

fn main() {
    let n: usize = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(100_000);
    let folder = std::env::var("LEDGER_BENCH_DIR").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").to_owned());
    let temp = tempfile::tempdir_in(folder).unwrap();
    sync_of_the_disk(temp.path());
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = NoteKey::ed25519(ORIGIN, key.verifying_key());
    let keys = Arc::new(Keyring::open(disk(&temp.path().join("keys"))).unwrap());
    let builder = Ledger::builder(ORIGIN).key(key).keys(keys.clone()).max_queued(65_536);
    let (ledger, _) = builder.open(disk(&temp.path().join("log"))).unwrap();

    behind(&ledger, n / 2);
    for n_threads in WAITING {
        waited(&ledger, n_threads, n / 4);
    }
    let start = Instant::now();
    ledger.close().unwrap();
    println!("close {:?}", start.elapsed());

    let mut reader = LogReader::open(disk(&temp.path().join("log")), std::slice::from_ref(&public)).unwrap();
    let start = Instant::now();
    let report = verify(&mut reader, std::slice::from_ref(&public)).unwrap();
    println!("verify/{} {:?} sound {}", reader.size(), start.elapsed(), report.is_sound());
    let mut times: Vec<Duration> = Vec::new();
    for at in 0..1_000_u64 {
        let start = Instant::now();
        reader.prove(at.wrapping_mul(7_919) % reader.size()).unwrap();
        times.push(start.elapsed());
    }
    println!("prove p50 {:?} p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));

    std::fs::create_dir_all(temp.path().join("index")).unwrap();
    let dir = Dir::open_ambient_dir(temp.path().join("index"), cap_std::ambient_authority()).unwrap();
    let index = Index::open(&dir).unwrap();
    let start = Instant::now();
    index.catch_up(&mut reader).unwrap();
    println!("index/{} {:?}", reader.size(), start.elapsed());
    let tag = keys.tag(keys.epochs()[0], &subject(3)).unwrap();
    let start = Instant::now();
    let found = index.search(&Query { subjects: vec![tag], ..Query::default() }).unwrap();
    println!("search/subject {:?} {} found", start.elapsed(), found.len());
    recovery(temp.path());
}

/// How long a start takes that finds a full journal: the folder is copied while its records are durable and not signed, as a power
/// failure would leave it.
fn recovery(temp: &Path) {
    let (log, copy) = (temp.join("cut"), temp.join("copy"));
    let open = |path: &Path| {
        let builder =
            Ledger::builder(ORIGIN).key(SigningKey::from_bytes(&[7; 32])).sign_every(Duration::from_secs(3_600));
        builder.open(disk(path)).unwrap()
    };
    let (ledger, _) = open(&log);
    // Fewer than are signed without waiting, and about as many as a journal has room for.
    let tickets: Vec<_> = (0..4_000).map(|n| ledger.append_decision(decision(n, "stop"), None).unwrap()).collect();
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    copy_folder(&log, &copy);
    let start = Instant::now();
    let (recovered, report) = open(&copy);
    println!("recover/{} records of a journal {:?}", report.n_recovered, start.elapsed());
    recovered.close().unwrap();
    ledger.close().unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() { copy_folder(&path, &target) } else { _ = std::fs::copy(path, target).unwrap() }
    }
}

fn subject(n: usize) -> Subject {
    Subject { tenant: "bench".to_owned(), pseudonym: format!("user-{}", n % 1_000) }
}

/// What the deciding thread pays where it does not wait.
fn behind(ledger: &Ledger, n: usize) {
    let decisions: Vec<Arc<Decision>> = (0..n).map(|n| Arc::new(decision(n, "pass"))).collect();
    let mut times = Vec::with_capacity(n);
    let start = Instant::now();
    for (at, decision) in decisions.into_iter().enumerate() {
        let subject = subject(at);
        // No faster than can be written, so that nothing is dropped: a queue holds 64 MiB.
        while ledger.health().n_queued > 4_000 {
            std::thread::yield_now();
        }
        let one = Instant::now();
        ledger.append_decision(decision, Some(&subject)).unwrap().wait().unwrap();
        times.push(one.elapsed());
    }
    println!("append/behind p50 {:?} p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
    ledger.sign().unwrap();
    let rate = n as f64 / start.elapsed().as_secs_f64();
    println!("append/behind {rate:.0} a second, durable and signed, {} dropped", ledger.health().n_dropped);
}

/// What whoever waits pays, and how many are durable in a second.
fn waited(ledger: &Ledger, n_threads: usize, n: usize) {
    let start = Instant::now();
    let per_thread = n / n_threads;
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut times = Vec::with_capacity(per_thread);
                    // Made by copying: reading one from JSON takes longer than to write it to the ledger.
                    let first = decision(thread, "stop");
                    for at in 0..per_thread {
                        let decision = Decision { seq: u32::try_from(at).unwrap(), ..first.clone() };
                        let one = Instant::now();
                        ledger.append_decision(decision, None).unwrap().wait().unwrap();
                        times.push(one.elapsed());
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rate = times.len() as f64 / start.elapsed().as_secs_f64();
    println!(
        "append/waited/{n_threads} {rate:.0} a second, p50 {:?} p99 {:?}",
        percentile(&mut times, 50),
        percentile(&mut times, 99)
    );
}
