//! What the tests share: a ledger in a folder, a clock that a test sets, and artificial decisions.

use std::sync::{Arc, Mutex};

use cap_std::fs::Dir;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use serde_json::{Value, json};
use specialis_core::{Date, Decision};
use specialis_ledger::{
    Disk, FolderDisk, Keyring, Ledger, LedgerBuilder, LedgerClock, LogReader, NoteKey, Record, RedbStanding, Subject,
};

pub(crate) const ORIGIN: &str = "example.cn/node-1/2026";

/// A clock that a test sets.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl LedgerClock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl TestClock {
    /// Sets it to noon in Shanghai on a day.
    pub(crate) fn set(&self, day: &str) {
        *self.0.lock().unwrap() = format!("{day}T04:00:00Z").parse().unwrap();
    }
}

/// Folders for a ledger, and its clock.
pub(crate) struct Place {
    pub(crate) temp: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(TestClock(Mutex::new(Timestamp::UNIX_EPOCH)));
        clock.set("2026-11-30");
        Self { temp: tempfile::tempdir().unwrap(), clock }
    }

    pub(crate) fn dir(&self, name: &str) -> Dir {
        let path = self.temp.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap()
    }

    pub(crate) fn disk(&self, name: &str) -> Arc<dyn Disk> {
        Arc::new(FolderDisk::new(self.dir(name)))
    }

    pub(crate) fn builder(&self) -> LedgerBuilder {
        let keys = Arc::new(Keyring::open(self.disk("keys")).unwrap());
        Ledger::builder(ORIGIN).key(signing_key()).keys(keys).clock(self.clock.clone())
    }

    /// A ledger with keys and without a standing.
    pub(crate) fn open(&self) -> Ledger {
        self.builder().open(self.disk("log")).unwrap().0
    }

    /// A ledger with keys and a standing.
    pub(crate) fn open_with_standing(&self) -> (Ledger, Arc<RedbStanding>) {
        let standing = Arc::new(RedbStanding::open(&self.dir("standing")).unwrap());
        let builder = self.builder().standing(standing.clone());
        (builder.open(self.disk("log")).unwrap().0, standing)
    }

    pub(crate) fn reader(&self) -> LogReader {
        LogReader::open(self.disk("log"), &[key()]).unwrap()
    }
}

pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn key() -> NoteKey {
    NoteKey::ed25519(ORIGIN, signing_key().verifying_key())
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn user(name: &str) -> Subject {
    Subject { tenant: "school".to_owned(), pseudonym: name.to_owned() }
}

/// A measure that a decision owes.
pub(crate) fn measure(id: &str, params: Value) -> Value {
    json!({
        "phase": "record", "duty": "im.art14.ladder", "policy": "general", "index": 0, "when": "afterwards",
        "obligation": {"measure": {"id": id, "params": params}},
    })
}

/// An artificial decision.
pub(crate) fn decision(id: &str, kind: &str, verdict: &str, obligations: &[Value]) -> Decision {
    let citation = json!({"instrument": "im", "article": "14(2)"});
    let decision = json!({
        "session": format!("s-{id}"), "seq": 0, "kind": kind, "verdict": verdict, "as-of": "2026-11-30",
        "duties": [{
            "duty": "im.art14.ladder", "level": verdict,
            "findings": [{
                "policy": "general", "version": "1.0.0", "rule": "IM14", "case": "met",
                "citation": citation, "disposition": "stands",
            }],
        }],
        "obligations": obligations,
        "evaluations": {"general": {"state": "evaluated", "version": "1.0.0", "mode": "enforce"}},
        "edition": "e-1", "id": id,
    });
    match serde_json::from_value(decision.clone()) {
        Ok(decision) => decision,
        Err(error) => panic!("{error}: {decision}"),
    }
}

/// A decision that counts a breach.
pub(crate) fn breach(id: &str) -> Decision {
    decision(id, "account", "warn", &[measure("count-breach", json!({}))])
}

/// A prompt that goes through.
pub(crate) fn lawful(id: &str) -> Decision {
    decision(id, "prompt", "pass", &[])
}

/// Appends a decision and waits until it is durable and signed.
pub(crate) fn append(ledger: &Ledger, decision: Decision, subject: Option<&Subject>) {
    ledger.append_decision(decision, subject).unwrap().wait().unwrap();
}

/// The settlement of a decision.
pub(crate) fn settlement(decision: &Decision, outcomes: &[(usize, specialis_core::Outcome)]) -> Record {
    Record::Settlement {
        decision: decision.id.clone(),
        settlement: Arc::new(specialis_core::settle(decision, outcomes)),
        subject: None,
    }
}
