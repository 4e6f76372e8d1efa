//! Appending, waiting, stopping and going on.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use specialis_ledger::{
    Disk, DiskFile, EntryKind, Ledger, LedgerError, LedgerFault, LogReader, Proof, Record, must_wait, verify,
    verify_range,
};

use crate::support::{ORIGIN, Place, append, breach, decision, key, lawful, measure, signing_key, user};

/// The kinds of all entries of a log.
fn kinds(reader: &mut LogReader) -> Vec<EntryKind> {
    (0..reader.size()).map(|index| reader.entry(index).unwrap().kind).collect()
}

#[test]
fn decision_is_durable_before_release_where_it_owes_a_record_or_takes_something_out() {
    assert!(!must_wait(&lawful("a")));
    assert!(!must_wait(&decision("a", "output", "warn", &[measure("warn-user", json!({}))])));
    for id in ["record", "count-breach", "report"] {
        assert!(must_wait(&decision("a", "output", "warn", &[measure(id, json!({}))])), "{id}");
    }
    for verdict in ["redact", "review", "stop"] {
        assert!(must_wait(&decision("a", "output", verdict, &[])), "{verdict}");
    }
}

#[test]
fn decisions_are_proven_by_text_alone_after_the_ledger_is_closed() {
    let place = Place::new();
    let ledger = place.open();
    let ticket = ledger.append_decision(breach("d-1"), Some(&user("u"))).unwrap();
    assert!(ticket.must_wait());
    let index = ticket.wait().unwrap().unwrap();
    assert!(!ledger.append_decision(lawful("d-2"), None).unwrap().must_wait());
    ledger.close().unwrap();

    let mut reader = place.reader();
    assert_eq!(kinds(&mut reader), [EntryKind::Boot, EntryKind::Decision, EntryKind::Breach, EntryKind::Decision]);
    let proof = Proof::parse(&reader.prove(index).unwrap().to_string()).unwrap();
    proof.verify(&reader.leaf(index).unwrap(), &[key()]).unwrap();
    assert!(proof.verify(&reader.leaf(index + 1).unwrap(), &[key()]).is_err());
    let report = verify(&mut reader, &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.n_entries, report.n_bodies), (4, 3));
    assert_eq!(verify_range(&mut reader, &[key()], 1..3).unwrap().n_entries, 2);
}

#[test]
fn entries_have_no_content_no_session_and_no_user() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("somebody")));
    ledger.close().unwrap();
    let mut reader = place.reader();
    for index in 0..reader.size() {
        let leaf = String::from_utf8(reader.leaf(index).unwrap()).unwrap();
        assert!(leaf.len() <= specialis_ledger::MAX_ENTRY_BYTES);
        for word in ["s-d-1", "somebody", "school", "im.art14", "subject"] {
            assert!(!leaf.contains(word), "{leaf}");
        }
    }
}

#[test]
fn stop_that_was_clean_and_one_that_was_cut_are_told_apart() {
    let place = Place::new();
    let (ledger, report) = place.builder().open(place.disk("log")).unwrap();
    assert!(report.is_new);
    append(&ledger, breach("d-1"), None);
    ledger.close().unwrap();
    let (ledger, report) = place.builder().open(place.disk("log")).unwrap();
    assert!(report.is_clean && !report.is_new);
    append(&ledger, breach("d-2"), None);
    ledger.close().unwrap();
    // A journal that was left is what a stop without closing leaves.
    let mut reader = place.reader();
    let boots: Vec<_> = (0..reader.size())
        .filter_map(|index| {
            let entry = reader.entry(index).unwrap();
            (entry.kind == EntryKind::Boot).then(|| entry.word("last-stop").unwrap().to_owned())
        })
        .collect();
    assert_eq!(boots, ["none", "clean"]);
}

#[test]
fn second_writer_is_refused_until_the_first_is_closed() {
    let place = Place::new();
    let ledger = place.open();
    assert!(matches!(place.builder().open(place.disk("log")).map(|_| ()), Err(LedgerError::Locked)));
    ledger.close().unwrap();
    place.open().close().unwrap();
}

#[test]
fn what_if_decision_is_not_recorded() {
    let place = Place::new();
    let ledger = place.open();
    let mut what_if = breach("d-1");
    what_if.what_if = true;
    assert!(!ledger.append_decision(what_if, None).unwrap().must_wait());
    ledger.close().unwrap();
    assert_eq!(place.reader().size(), 1);
}

/// A disk whose syncs wait at a gate, or fail.
struct GatedDisk {
    inner: Arc<dyn Disk>,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: std::sync::Condvar,
    is_broken: Mutex<bool>,
}

impl Gate {
    fn pass(&self) -> std::io::Result<()> {
        let mut shut = self.is_shut.lock().unwrap();
        while *shut {
            shut = self.opened.wait(shut).unwrap();
        }
        if *self.is_broken.lock().unwrap() { Err(std::io::Error::other("broken")) } else { Ok(()) }
    }

    fn shut(&self, is_shut: bool) {
        *self.is_shut.lock().unwrap() = is_shut;
        self.opened.notify_all();
    }
}

struct GatedFile {
    inner: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl DiskFile for GatedFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.inner.write_at(offset, bytes)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.gate.pass()?;
        self.inner.sync()
    }
}

impl Disk for GatedDisk {
    fn read(&self, path: &str, max: u64) -> std::io::Result<Vec<u8>> {
        self.inner.read(path, max)
    }
    fn list(&self, folder: &str) -> std::io::Result<Vec<String>> {
        self.inner.list(folder)
    }
    fn make_folder(&self, path: &str) -> std::io::Result<()> {
        self.inner.make_folder(path)
    }
    fn create(&self, path: &str) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(GatedFile { inner: self.inner.create(path)?, gate: self.gate.clone() }))
    }
    fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        self.inner.rename(from, to)
    }
    fn remove(&self, path: &str) -> std::io::Result<()> {
        self.inner.remove(path)
    }
    fn remove_folder(&self, path: &str) -> std::io::Result<()> {
        self.inner.remove_folder(path)
    }
    fn sync_folder(&self, folder: &str) -> std::io::Result<()> {
        self.inner.sync_folder(folder)
    }
    fn lock(&self) -> std::io::Result<Option<Box<dyn Send + Sync>>> {
        self.inner.lock()
    }
}

fn gated(place: &Place) -> (Arc<Gate>, Ledger) {
    let gate = Arc::new(Gate::default());
    let disk = Arc::new(GatedDisk { inner: place.disk("log"), gate: gate.clone() });
    let builder = place.builder().max_queued(2).sign_every(Duration::from_secs(3_600));
    (gate, builder.open(disk).unwrap().0)
}

#[test]
fn full_queue_is_a_fault_where_a_record_is_awaited_and_a_gap_otherwise() {
    let place = Place::new();
    let (gate, ledger) = gated(&place);
    gate.shut(true);
    // One goes to the writer, which waits for the disk; two wait in the queue. None of them is lost.
    let mut tickets = Vec::new();
    while ledger.health().n_dropped == 0 {
        match ledger.append_decision(breach("d"), None) {
            Ok(ticket) => tickets.push(ticket),
            Err(fault) => assert!(matches!(fault, LedgerFault::QueueFull)),
        }
    }
    assert!(ledger.append_decision(lawful("dropped"), None).is_ok());
    let n_dropped = ledger.health().n_dropped;
    gate.shut(false);
    for ticket in &tickets {
        ticket.wait().unwrap();
    }
    append(&ledger, breach("after"), None);
    ledger.close().unwrap();
    let mut reader = place.reader();
    let report = verify(&mut reader, &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    let counted: u64 = report.gaps.iter().map(|gap| gap.count).sum();
    assert_eq!((counted, report.gaps[0].why.as_str()), (n_dropped, "queue-full"));
}

/// A decision of about 10 KB.
fn large(id: &str) -> specialis_core::Decision {
    decision(id, "account", "warn", &vec![measure("count-breach", json!({})); 40])
}

#[test]
fn queue_is_bounded_by_bytes_too() {
    let place = Place::new();
    let gate = Arc::new(Gate::default());
    let disk = Arc::new(GatedDisk { inner: place.disk("log"), gate: gate.clone() });
    let ledger = place.builder().max_queued_bytes(64 << 10).open(disk).unwrap().0;
    gate.shut(true);
    let mut tickets = Vec::new();
    while ledger.health().n_dropped == 0 {
        match ledger.append_decision(large("d"), None) {
            Ok(ticket) => tickets.push(ticket),
            Err(fault) => assert!(matches!(fault, LedgerFault::QueueFull)),
        }
    }
    // Those that wait, and those that the writer took before.
    assert!((1..20).contains(&tickets.len()), "{}", tickets.len());
    gate.shut(false);
    for ticket in &tickets {
        ticket.wait().unwrap();
    }
    append(&ledger, large("after"), None);
    ledger.close().unwrap();
    assert!(verify(&mut place.reader(), &[key()]).unwrap().is_sound());
}

#[test]
fn what_waits_for_a_signature_is_bounded_by_bytes_too() {
    let place = Place::new();
    let builder = place.builder().max_queued_bytes(64 << 10).sign_every(Duration::from_secs(3_600));
    let ledger = builder.open(place.disk("log")).unwrap().0;
    for n in 0..40 {
        append(&ledger, large(&format!("d-{n}")), None);
    }
    let health = ledger.health();
    assert!(health.signed >= 20 && health.n_unsigned <= 20, "{health:?}");
    ledger.close().unwrap();
    assert!(verify(&mut place.reader(), &[key()]).unwrap().is_sound());
}

#[test]
fn sync_that_fails_stops_the_ledger_and_is_not_tried_again() {
    let place = Place::new();
    let (gate, ledger) = gated(&place);
    *gate.is_broken.lock().unwrap() = true;
    let ticket = ledger.append_decision(breach("d-1"), None).unwrap();
    assert!(matches!(ticket.wait(), Err(LedgerFault::Unwritten { .. })));
    *gate.is_broken.lock().unwrap() = false;
    // The disk is well again, and nothing is written: what it has is not known any more.
    assert!(matches!(ledger.append_decision(breach("d-2"), None), Err(LedgerFault::Unwritten { .. })));
    assert!(ledger.append_decision(lawful("d-3"), None).is_ok());
    let health = ledger.health();
    assert!(health.stopped.is_some() && health.n_dropped == 2, "{health:?}");
    assert!(matches!(ledger.close(), Err(LedgerError::Stopped { .. })));
    place.open().close().unwrap();
    assert!(verify(&mut place.reader(), &[key()]).unwrap().is_sound());
}

#[test]
fn record_that_is_too_large_is_refused_and_leaves_a_gap() {
    let place = Place::new();
    let ledger = place.open();
    let edition = "e".repeat(1_100);
    let record = Record::Edition { edition, body: Default::default() };
    let result = ledger.append(record).unwrap().wait();
    assert!(matches!(result, Err(LedgerFault::Unwritten { .. })));
    append(&ledger, breach("d-1"), None);
    ledger.close().unwrap();
    let report = verify(&mut place.reader(), &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.gaps.len(), report.gaps[0].why.as_str()), (1, "unwritable"));
}

#[test]
fn many_threads_append_at_once_and_each_record_stands_once() {
    let place = Place::new();
    let ledger = place.builder().journal_bytes(65_536).open(place.disk("log")).unwrap().0;
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..200 {
                    let decision = if n % 4 == 0 {
                        breach(&format!("d-{thread}-{n}"))
                    } else {
                        lawful(&format!("d-{thread}-{n}"))
                    };
                    ledger.append_decision(decision, None).unwrap().wait().unwrap();
                }
            });
        }
    });
    ledger.close().unwrap();
    let mut reader = place.reader();
    let mut ids: Vec<String> = (0..reader.size()).filter_map(|index| reader.entry(index).unwrap().id).collect();
    assert_eq!(ids.len(), 1_600);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1_600);
    assert!(verify(&mut reader, &[key()]).unwrap().is_sound());
    let journals = place.disk("log").list("journal").unwrap();
    assert_eq!(journals, Vec::<String>::new(), "a clean stop leaves no journal");
}

#[test]
fn log_ends_with_an_entry_that_names_the_next_and_the_next_names_it() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    let last = ledger.close_for("example.cn/node-1/2027").unwrap();
    let mut reader = place.reader();
    let close = reader.entry(reader.size() - 1).unwrap();
    assert_eq!((close.kind, close.word("next")), (EntryKind::Close, Some("example.cn/node-1/2027")));
    let next = Ledger::builder("example.cn/node-1/2027").key(signing_key()).clock(place.clock.clone());
    let ledger = next.follows(last.head().clone()).open(place.disk("next")).unwrap().0;
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    let boot = reader.entry(0).unwrap();
    assert_eq!((boot.word("follows-origin"), boot.number("follows-size")), (Some(ORIGIN), Some(last.head().size)));
    assert_eq!(boot.word("follows-root"), Some(last.head().root.hex().as_str()));
}

#[test]
fn log_that_ended_takes_looks_and_what_keeps_its_records_and_nothing_else() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.close_for("example.cn/node-1/2027").unwrap();
    // The second start finds the end behind what the first one wrote.
    for start in 0..2 {
        let (ledger, report) = place.builder().open(place.disk("log")).unwrap();
        assert_eq!(report.ended_for.as_deref(), Some("example.cn/node-1/2027"));
        for decision in [breach("d-2"), lawful("d-3")] {
            assert!(matches!(ledger.append_decision(decision, None), Err(LedgerFault::Ended)));
        }
        let look = Record::Read { reader: "r".to_owned(), query: "q".to_owned(), n_records: start };
        ledger.append(look).unwrap().wait().unwrap();
        ledger.restrict(&[1]).unwrap();
        ledger.close().unwrap();
    }
    let (ledger, _) = place.builder().open(place.disk("log")).unwrap();
    assert!(ledger.close_for("example.cn/node-1/2028").is_err(), "it ended before");
    let mut reader = place.reader();
    assert!(verify(&mut reader, &[key()]).unwrap().is_sound());
    let decisions = (0..reader.size()).filter(|index| reader.entry(*index).unwrap().kind == EntryKind::Decision);
    assert_eq!(decisions.count(), 1);
}

#[test]
fn log_that_ends_while_a_host_has_it_takes_no_decision_behind_its_end() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    std::thread::scope(|scope| {
        let decide = || (2..).any(|n| ledger.append_decision(breach(&format!("d-{n}")), None).is_err());
        let deciding: Vec<_> = (0..4).map(|_| scope.spawn(decide)).collect();
        let checkpoint = ledger.end_for("example.cn/node-1/2027").unwrap();
        assert_eq!(ledger.reader().unwrap().checkpoint().head().root, checkpoint.head().root);
        for thread in deciding {
            assert!(thread.join().unwrap(), "each thread is told that the log has ended");
        }
    });
    for decision in [breach("d-200"), lawful("d-201")] {
        assert!(matches!(ledger.append_decision(decision, None), Err(LedgerFault::Ended)));
    }
    assert!(ledger.end_for("example.cn/node-1/2028").is_err(), "it ended before");
    assert!(ledger.health().stopped.is_some_and(|why| why.contains("has ended")), "an operator is told");
    ledger.close().unwrap();
    let (ledger, report) = place.builder().open(place.disk("log")).unwrap();
    assert_eq!(report.ended_for.as_deref(), Some("example.cn/node-1/2027"), "nothing stands behind the end");
    ledger.close().unwrap();
}

#[cfg(feature = "sm2")]
#[test]
fn checkpoint_has_a_second_line_of_sm2_where_a_key_of_it_is_given() {
    use specialis_ledger::{NoteKey, NoteSigner as _, Sm2Signer};

    const PEM: &str = include_str!("../data/sm2-test-key.pem");
    let place = Place::new();
    let signer = Sm2Signer::from_pem("example.cn/node-1/sm2", PEM).unwrap();
    let verifier = signer.verifier();
    let ledger = place.builder().further_key(Box::new(signer)).open(place.disk("log")).unwrap().0;
    let checkpoint = ledger.close().unwrap();
    assert!(checkpoint.is_signed_by(&key()) && checkpoint.is_signed_by(&verifier));
    assert_eq!(NoteKey::parse(&verifier.to_string()), Some(verifier));
    let other = Sm2Signer::from_pem("example.cn/other", PEM).unwrap().verifier();
    assert!(!checkpoint.is_signed_by(&other));
}
