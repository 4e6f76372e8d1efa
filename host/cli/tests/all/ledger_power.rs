//! The program under load on a disk whose power is cut at any moment: a decision that it wrote was durable before.
//!
//! The disk is a file with ext4 on a file system that can clone files (XFS). A clone of it at some moment is what a power cut leaves at
//! that moment: what ext4 had not sent down is gone. It needs root and `mkfs.xfs`, and is skipped aloud where something is missing.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use specialis_core::Decision;

use crate::ledger_kills::events;
use crate::run::{program, run};

/// How often the power is cut, unless `LEDGER_CUTS` says how often.
const CUTS: usize = 4;
/// How often while one program runs.
const CUTS_A_RUN: usize = 4;
/// The most events that a program is given.
const EVENTS: usize = 100_000;
/// The bytes of the disk, and of what it lies on; neither takes room before it is written.
const DISK: u64 = 256 << 20;
const OUTER: u64 = 2 << 30;

/// A disk that can be cloned while it is written.
struct PowerDisk {
    folder: tempfile::TempDir,
}

impl PowerDisk {
    /// Makes the disk, or says why not.
    fn new() -> Option<Self> {
        let disk = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["outer", "disk", "copy"] {
            fs::create_dir(disk.path(name)).unwrap();
        }
        let made = disk.make();
        if let Err(why) = &made {
            eprintln!(
                "skipped: there is no disk whose power could be cut ({why}); it needs root and `apt-get install xfsprogs`"
            );
        }
        made.is_ok().then_some(disk)
    }

    fn make(&self) -> Result<(), String> {
        fs::File::create(self.path("outer.img")).unwrap().set_len(OUTER).unwrap();
        tool("mkfs.xfs", &["-q", "-m", "reflink=1", &self.shown("outer.img")])?;
        self.mount("outer.img", "outer")?;
        fs::File::create(self.path("outer/disk.img")).unwrap().set_len(DISK).unwrap();
        tool("mkfs.ext4", &["-q", "-F", &self.shown("outer/disk.img")])?;
        self.mount("outer/disk.img", "disk")?;
        self.cut("probe")?;
        fs::remove_file(self.path("outer/probe")).unwrap();
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn mount(&self, image: &str, at: &str) -> Result<(), String> {
        tool("mount", &["-o", "loop", &self.shown(image), &self.shown(at)])
    }

    /// What a power cut at this moment leaves.
    fn cut(&self, name: &str) -> Result<(), String> {
        tool("cp", &["--reflink=always", &self.shown("outer/disk.img"), &self.shown(&format!("outer/{name}"))])
    }
}

impl Drop for PowerDisk {
    fn drop(&mut self) {
        for name in ["copy", "disk", "outer"] {
            // Whatever still uses it lets go of it later.
            drop(tool("umount", &["-l", &self.shown(name)]));
        }
    }
}

fn tool(name: &str, args: &[&str]) -> Result<(), String> {
    let ran =
        Command::new(name).args(args).stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if ran.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}", String::from_utf8_lossy(&ran.stderr).trim()))
}

/// Runs the program on a ledger of its own and cuts the power at moments. What was told before each cut, and how many of that are lost.
fn cuts(disk: &PowerDisk, round: usize, n_cuts: usize, through: &[&str]) -> Vec<Result<usize, String>> {
    let dir = format!("ledger-{round}");
    let ledger = disk.shown(&format!("disk/{dir}"));
    run(&["ledger", "init", &ledger, "--origin", "example.cn/node-1/2026"]).ok();
    let plain = program(&["evaluate", "-", "--format", "jsonl", "--threads", "2", "--ledger", &ledger]);
    let mut command = match through.split_first() {
        None => plain,
        Some((tool, options)) => {
            let mut command = Command::new(tool);
            command.args(options).arg(plain.get_program()).args(plain.get_args());
            command
        }
    };
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = pipes.process_group(0).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (ids, told) = mpsc::channel();
    let feed = std::thread::spawn(move || {
        let mut n = 0;
        while n < EVENTS && stdin.write_all(events(round, n).as_bytes()).is_ok() {
            n += 1;
        }
    });
    // Read all the time, so that it goes on writing while the power is cut.
    let read = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // The last line may be cut by the end.
            let Ok(decision) = serde_json::from_str::<Decision>(&line) else { continue };
            assert!(!decision.unrecorded, "{line}");
            drop(ids.send(decision.id));
        }
    });
    let mut noted: Vec<String> = Vec::new();
    let mut before = Vec::new();
    for n in 0..n_cuts {
        let until = noted.len() + 1 + (round * n_cuts + n) * 37 % 211;
        while noted.len() < until {
            noted.push(told.recv().expect("it goes on judging"));
        }
        noted.extend(told.try_iter());
        before.push(noted.len());
        disk.cut(&format!("cut-{n}")).expect("a clone");
    }
    // A tracer that is killed lets go of what it traces, so the group is.
    tool("sh", &["-c", &format!("kill -KILL -{}", child.id())]).expect("it runs until it is killed");
    child.wait().expect("it ends");
    feed.join().expect("events were fed");
    read.join().expect("decisions were read");

    let mut lost = Vec::new();
    for (n, n_noted) in before.into_iter().enumerate() {
        let image = format!("outer/cut-{n}");
        disk.mount(&image, "copy").expect("the copy can be mounted");
        lost.push(n_lost(&disk.shown(&format!("copy/{dir}")), &noted[..n_noted]));
        tool("umount", &[&disk.shown("copy")]).expect("nobody uses it");
        fs::remove_file(disk.path(&image)).unwrap();
    }
    fs::remove_dir_all(&ledger).unwrap();
    lost
}

/// How many decisions that were told are not there after a start, or what else is wrong.
fn n_lost(ledger: &str, told: &[String]) -> Result<usize, String> {
    let ok = |args: &[&str]| {
        let ran = run(args);
        if ran.code == 0 { Ok(ran.out) } else { Err(format!("{args:?}: {}{}", ran.out, ran.err)) }
    };
    // A start makes good what the cut left, also where it left no record of this user.
    let started = run(&["ledger", "standing", ledger, "--subject", "u-1"]);
    if started.code != 0 && !started.err.contains("no record of this user") {
        return Err(started.err);
    }
    let all = ok(&["ledger", "export", ledger, "--format", "jsonl", "--kind", "decision", "--limit", "100000000"])?;
    let recorded: BTreeSet<String> = all
        .lines()
        .filter_map(|line| {
            serde_json::from_str::<serde_json::Value>(line).ok()?["entry"]["id"].as_str().map(str::to_owned)
        })
        .collect();
    let verified = ok(&["ledger", "verify", ledger])?;
    if verified.contains("gap:") {
        return Err(verified);
    }
    ok(&["ledger", "standing", ledger, "--check"])?;
    Ok(told.iter().filter(|id| !recorded.contains(*id)).count())
}

#[test]
fn power_cut_under_load_loses_no_decision_that_was_written() {
    let Some(disk) = PowerDisk::new() else { return };
    let n_cuts = std::env::var("LEDGER_CUTS").map_or(CUTS, |cuts| cuts.parse().expect("a number"));
    let mut n_done = 0;
    for round in 0..n_cuts.div_ceil(CUTS_A_RUN) {
        for (n, lost) in cuts(&disk, round, CUTS_A_RUN.min(n_cuts - n_done), &[]).into_iter().enumerate() {
            assert_eq!(lost, Ok(0), "run {round}, cut {n}");
            n_done += 1;
        }
    }
    println!("{n_done} power cuts, no decision lost");
}

#[test]
fn power_cut_loses_decisions_where_syncs_do_nothing() {
    let Some(disk) = PowerDisk::new() else { return };
    let quiet = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"];
    let no_syncs = [&quiet[..], &["-e", "inject=fsync,fdatasync:retval=0"]].concat();
    let probe = [&no_syncs[1..], &["true"]].concat();
    if let Err(why) = tool("strace", &probe) {
        eprintln!("skipped: syncs cannot be left out ({why}); `cargo xtask label-tools` installs strace");
        return;
    }
    // A control: without it nobody knows that a cut takes anything away.
    let lost = cuts(&disk, 0, 2, &no_syncs);
    assert!(lost.iter().any(|lost| *lost != Ok(0)), "the cuts are none: {lost:?}");
}
