//! Errors of the disk at every operation of everything that writes to a ledger: what is left is never called damage, every command
//! that said that it was done is done, and the next start makes good what was cut.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use serde_json::json;
use specialis_core::Decision;

use super::disk::{Contents, Failure, Operation, RecordingDisk};
use super::{ORIGIN, key};
use crate::disk::{Disk, DiskFile};
use crate::error::LedgerError;
use crate::format::checkpoint::Checkpoint;
use crate::format::entry::EntryKind;
use crate::format::note::{Ed25519Signer, NoteSigner};
use crate::keep::keys::{Keyring, Subject};
use crate::ledger::{Ledger, LedgerClock, LedgerFault};
use crate::read::body::BodyState;
use crate::read::fsck::fsck;
use crate::read::log::LogReader;

/// The day on which the ledger has its first records.
const FIRST_DAY: &str = "2026-11-30";
/// A day on which all their periods are over.
const LATE: &str = "2031-01-15";
/// How many records it has then: of a boot, and three decisions.
const FIRST: u64 = 4;

/// A folder of another disk, as a disk.
struct Within {
    disk: Arc<RecordingDisk>,
    folder: &'static str,
}

impl Within {
    fn path(&self, path: &str) -> String {
        if path.is_empty() { self.folder.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}

impl Disk for Within {
    fn read(&self, path: &str, max: u64) -> io::Result<Vec<u8>> {
        self.disk.read(&self.path(path), max)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(&self.path(folder))
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        self.disk.make_folder(&self.path(path))
    }

    fn create(&self, path: &str) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(&self.path(path))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.path(from), &self.path(to))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk.remove(&self.path(path))
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        self.disk.remove_folder(&self.path(path))
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(&self.path(folder))
    }

    fn lock(&self) -> io::Result<Option<Box<dyn Send + Sync>>> {
        Ok(Some(Box::new(())))
    }
}

/// Noon in Shanghai on a day.
struct Noon(Timestamp);

impl LedgerClock for Noon {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn open(disk: &Arc<RecordingDisk>, day: &str) -> Result<Ledger, LedgerError> {
    let keys = Keyring::open(Arc::new(Within { disk: disk.clone(), folder: "keys" }))?;
    let builder = Ledger::builder(ORIGIN)
        .key(SigningKey::from_bytes(&[7; 32]))
        .keys(Arc::new(keys))
        .clock(Arc::new(Noon(format!("{day}T04:00:00Z").parse().unwrap())))
        .sign_every(Duration::from_secs(3_600))
        .journal_bytes(4_096);
    builder.open(disk.clone() as Arc<dyn Disk>).map(|(ledger, _)| ledger)
}

/// An artificial decision that has to be durable before anything is released.
fn decision(id: &str) -> Decision {
    serde_json::from_value(json!({
        "session": format!("s-{id}"), "seq": 0, "kind": "output", "verdict": "stop", "as-of": FIRST_DAY, "duties": [],
        "obligations": [], "evaluations": {}, "edition": "e-1", "id": id,
    }))
    .unwrap()
}

fn unwritten(fault: LedgerFault) -> LedgerError {
    match fault {
        LedgerFault::Unwritten { source } => LedgerError::Stopped { source },
        LedgerFault::QueueFull | LedgerFault::Closed | LedgerFault::Ended => LedgerError::Closed,
    }
}

/// Appends a decision, durable when it returns.
fn append(ledger: &Ledger, id: &str) -> Result<(), LedgerError> {
    let subject = Subject { tenant: String::new(), pseudonym: "u".to_owned() };
    let ticket = ledger.append_decision(decision(id), Some(&subject)).map_err(unwritten)?;
    ticket.wait().map(|_| ()).map_err(unwritten)
}

/// A folder of keys, and no ledger yet.
fn nothing() -> Contents {
    let disk = RecordingDisk::default();
    disk.make_folder("keys").unwrap();
    disk.contents()
}

/// A ledger with three decisions and a clean stop.
fn first() -> Contents {
    let disk = Arc::new(RecordingDisk::with(nothing()));
    let ledger = open(&disk, FIRST_DAY).unwrap();
    for id in ["a", "b", "c"] {
        append(&ledger, id).unwrap();
    }
    ledger.close().unwrap();
    disk.contents()
}

/// Something that writes.
struct Task {
    name: &'static str,
    day: &'static str,
    /// How many records there are before.
    n_first: u64,
    run: fn(Ledger) -> Result<(), LedgerError>,
    /// What holds once the command said that it was done: by the reader of the log, and the disk.
    is_done: fn(&mut LogReader, &RecordingDisk) -> bool,
}

fn with(ledger: Ledger, work: impl FnOnce(&Ledger) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
    let result = work(&ledger);
    let closed = ledger.close();
    result.and(closed.map(|_| ()))
}

/// How many entries of a kind there are.
fn n_of(reader: &mut LogReader, kind: EntryKind) -> usize {
    (0..reader.size()).filter(|index| reader.entry(*index).unwrap().kind == kind).count()
}

fn has_keys(disk: &RecordingDisk, epoch: &str) -> bool {
    disk.list("keys").unwrap().contains(&format!("{epoch}.key"))
}

/// What adds records.
fn adding() -> Vec<Task> {
    vec![
        Task {
            name: "make the ledger",
            day: FIRST_DAY,
            n_first: 0,
            run: |ledger| with(ledger, |ledger| append(ledger, "d")),
            is_done: |reader, _| n_of(reader, EntryKind::Decision) == 1,
        },
        Task {
            name: "append",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| append(ledger, "d").and_then(|()| append(ledger, "e"))),
            is_done: |reader, _| n_of(reader, EntryKind::Decision) == 5,
        },
        Task {
            name: "keys of a new month",
            day: "2026-12-01",
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.id_key().and_then(|_| append(ledger, "d"))),
            is_done: |_, disk| has_keys(disk, "202612"),
        },
    ]
}

/// What takes records away, or out of use.
fn taking_away() -> Vec<Task> {
    vec![
        Task {
            name: "restrict",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.restrict(&[1, 3])),
            is_done: |reader, _| n_of(reader, EntryKind::Restrict) == 2,
        },
        Task {
            name: "withdraw",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.withdraw(&[1, 2]).map(|_| ())),
            is_done: |reader, _| n_of(reader, EntryKind::Restrict) == 2,
        },
        Task {
            name: "withdraw what has no period",
            day: LATE,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.withdraw(&[1, 2]).map(|_| ())),
            is_done: |reader, _| (1..3).all(|index| reader.body(index).unwrap() == BodyState::Erased),
        },
        Task {
            name: "erase",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.erase(&[1, 3])),
            is_done: |reader, _| [1, 3].into_iter().all(|index| reader.body(index).unwrap() == BodyState::Erased),
        },
        Task {
            name: "expire",
            day: LATE,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.expire(ledger.today()).map(|_| ())),
            is_done: |reader, _| (1..4).all(|index| reader.body(index).unwrap() == BodyState::Expired),
        },
        Task {
            name: "destroy keys",
            day: LATE,
            n_first: FIRST,
            run: |ledger| {
                with(ledger, |ledger| {
                    ledger.expire(ledger.today())?;
                    ledger.destroy_keys(202_611).map(|_| ())
                })
            },
            is_done: |_, disk| !has_keys(disk, "202611"),
        },
    ]
}

/// What others sign, and the end.
fn signing() -> Vec<Task> {
    vec![
        Task {
            name: "stamp",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| with(ledger, |ledger| ledger.reader()?.request_stamp().map(|_| ())),
            is_done: |_, disk| disk.list("stamp").unwrap().len() == 2,
        },
        Task {
            name: "cosign",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| {
                with(ledger, |ledger| {
                    let checkpoint = ledger.sign()?;
                    let witness = Ed25519Signer::new("witness.example", SigningKey::from_bytes(&[9; 32]));
                    let own = Ed25519Signer::new(ORIGIN, SigningKey::from_bytes(&[7; 32]));
                    let signers: [&dyn NoteSigner; 2] = [&own, &witness];
                    let cosigned = Checkpoint::sign(checkpoint.head().clone(), &signers).unwrap();
                    ledger.cosign(&cosigned).map(|_| ())
                })
            },
            is_done: |_, _| true,
        },
        Task {
            name: "close for the next year",
            day: FIRST_DAY,
            n_first: FIRST,
            run: |ledger| ledger.close_for("example.cn/node-1/2027").map(|_| ()),
            is_done: |reader, _| n_of(reader, EntryKind::Close) == 1,
        },
    ]
}

/// What is wrong with a ledger that was left somewhere in a command: as it lies there, and after the next start.
fn complaint(disk: &Arc<RecordingDisk>, command: &Task, is_done: bool) -> Option<String> {
    let is_made = disk.contents().files().any(|(path, _)| ["checkpoint", "signed/a", "signed/b"].contains(&path));
    let as_disk = disk.clone() as Arc<dyn Disk>;
    let checked = |when: &str| match fsck(&as_disk, &as_disk, &key()) {
        Ok(report) if report.verified.is_sound() => None,
        Ok(report) => Some(format!("{when} {:?}", report.verified.problems)),
        // There is nothing yet where the making of a log was cut.
        Err(_) if !is_made && command.n_first == 0 => None,
        Err(error) => Some(format!("{when} {error}")),
    };
    if let Some(complaint) = checked("as it lies there:") {
        return Some(complaint);
    }
    if let Err(error) = open(disk, command.day).and_then(Ledger::close) {
        return Some(format!("it does not open: {error}"));
    }
    if let Some(complaint) = checked("after the next start:") {
        return Some(complaint);
    }
    if disk.list("").unwrap().iter().any(|name| name == "pending") {
        return Some("something is pending after the next start".to_owned());
    }
    let mut reader = LogReader::open(as_disk, &[key()]).unwrap();
    if reader.size() < command.n_first {
        return Some(format!("{} records are left", reader.size()));
    }
    if is_done && !(command.is_done)(&mut reader, disk) {
        return Some("it said that it was done, and it is not".to_owned());
    }
    // What an entry says is gone is gone, whether or not the command got to its end.
    for index in 0..reader.size() {
        let entry = reader.entry(index).unwrap();
        let erased = entry.number("index").filter(|_| entry.kind == EntryKind::Erase);
        if erased.is_some_and(|index| reader.body(index).unwrap() != BodyState::Erased) {
            return Some(format!("entry {index} says that a body was erased, and it is there"));
        }
        let destroyed = entry.number("epoch").filter(|_| entry.kind == EntryKind::Key);
        if destroyed.is_some_and(|epoch| has_keys(disk, &epoch.to_string())) {
            return Some(format!("entry {index} says that keys were destroyed, and they are there"));
        }
    }
    None
}

/// Runs a command on a disk whose `n`th operation fails; whether it said that all went well.
fn run(contents: &Contents, command: &Task, fails: Option<(usize, Failure)>) -> (Arc<RecordingDisk>, bool) {
    let disk = Arc::new(RecordingDisk::with(contents.clone()));
    if let Some((n, failure)) = fails {
        disk.fail_after(n, failure);
    }
    let is_done = open(&disk, command.day).and_then(command.run).is_ok();
    disk.mend();
    (disk, is_done)
}

/// Lets each operation of each command fail: what is wrong afterwards.
fn complaints(commands: Vec<Task>) -> Vec<String> {
    let (first, nothing) = (first(), nothing());
    let mut complaints = Vec::new();
    for command in commands {
        let contents = if command.n_first == 0 { &nothing } else { &first };
        let (whole, is_done) = run(contents, &command, None);
        assert!(is_done, "{}", command.name);
        let operations = whole.operations();
        assert_eq!(complaint(&whole, &command, true), None, "{}", command.name);
        for (n, operation) in operations.iter().enumerate() {
            let can_be_short = matches!(operation, Operation::Write { .. });
            for failure in [Failure::Refused, Failure::Short].into_iter().take(1 + usize::from(can_be_short)) {
                let (disk, is_done) = run(contents, &command, Some((n, failure)));
                let mut check = |disk: &Arc<RecordingDisk>, when: &str| {
                    if let Some(what) = complaint(disk, &command, is_done) {
                        complaints.push(format!("{}, {failure:?} at {n}, {when}: {what}", command.name));
                    }
                };
                // The power may fail right after the error, or after the start that made good what it left.
                for contents in disk.left_by_power_failure() {
                    check(&Arc::new(RecordingDisk::with(contents)), "then a power failure");
                }
                check(&disk, "as it is");
                for contents in disk.left_by_power_failure() {
                    check(&Arc::new(RecordingDisk::with(contents)), "then a start and a power failure");
                }
            }
        }
    }
    complaints
}

#[test]
fn error_at_any_operation_of_adding_records_is_never_called_damage_and_is_made_good() {
    assert_eq!(complaints(adding()), Vec::<String>::new());
}

#[test]
fn error_at_any_operation_of_taking_records_away_is_never_called_damage_and_is_made_good() {
    assert_eq!(complaints(taking_away()), Vec::<String>::new());
}

#[test]
fn error_at_any_operation_of_signing_and_closing_is_never_called_damage_and_is_made_good() {
    assert_eq!(complaints(signing()), Vec::<String>::new());
}
