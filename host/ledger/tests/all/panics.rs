//! A thread of the ledger that panics: whoever waits for it gets an error, and the next start finds what was durable.

use std::sync::Arc;
use std::thread::{self, ThreadId};

use ed25519_dalek::SigningKey;
use specialis_ledger::{
    Ed25519Signer, Ledger, LedgerError, LedgerFault, NoteKey, NoteSigner, StandingAway, StandingRecord, StandingStore,
    SubjectState,
};

use crate::support::{ORIGIN, Place, breach, lawful, user};

/// A store of standings with a fault of its own.
struct PanickingStore;

impl StandingStore for PanickingStore {
    fn get(&self, _: &str) -> Result<SubjectState, StandingAway> {
        Ok(SubjectState::default())
    }

    fn apply(&self, _: &StandingRecord) -> Result<bool, StandingAway> {
        panic!("on purpose: the thread that writes")
    }

    fn cursor(&self, _: &str) -> Result<u64, StandingAway> {
        Ok(0)
    }
}

/// A key that signs on one thread alone.
struct PanickingSigner {
    signer: Ed25519Signer,
    only_on: ThreadId,
}

impl NoteSigner for PanickingSigner {
    fn verifier(&self) -> NoteKey {
        self.signer.verifier()
    }

    fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        assert_eq!(thread::current().id(), self.only_on, "on purpose: the thread that signs");
        self.signer.sign(text)
    }
}

/// Whether an error says which thread panicked.
fn names(error: &LedgerError, thread: &str) -> bool {
    let LedgerError::Stopped { source } = error else { return false };
    matches!(&**source, LedgerError::Panicked { thread: named } if *named == thread)
}

/// Everything that waits for a ledger that a panic stopped.
fn nothing_waits(ledger: Ledger, thread: &str) {
    let signed = ledger.sign().unwrap_err();
    assert!(names(&signed, thread), "{signed:?}");
    let pushed = ledger.append_decision(breach("b-2"), Some(&user("u-1")));
    assert!(matches!(pushed, Err(LedgerFault::Unwritten { .. })), "{pushed:?}");
    assert!(ledger.append_decision(lawful("c"), None).unwrap().is_done());
    let erased = ledger.erase(&[0]).unwrap_err();
    assert!(names(&erased, thread), "{erased:?}");
    assert!(ledger.health().stopped.is_some_and(|why| why.contains(thread)));
    let closed = ledger.close().unwrap_err();
    assert!(names(&closed, thread), "{closed:?}");
}

#[test]
fn nobody_waits_for_a_writer_that_panicked_and_closing_says_so() {
    let place = Place::new();
    let ledger = place.builder().standing(Arc::new(PanickingStore)).open(place.disk("log")).unwrap().0;
    let ticket = ledger.append_decision(breach("b-1"), Some(&user("u-1"))).unwrap();
    let waited = ticket.wait();
    let Err(LedgerFault::Unwritten { source }) = &waited else { panic!("{waited:?}") };
    assert!(matches!(**source, LedgerError::Panicked { thread: "writes" }), "{source:?}");
    nothing_waits(ledger, "writes");

    // The record is durable, and what was told is that nobody knew.
    place.open().close().unwrap();
    let mut reader = place.reader();
    let mut ids = (0..reader.size()).filter_map(|index| reader.entry(index).unwrap().id);
    assert!(ids.any(|id| id == "b-1"));
}

#[test]
fn nobody_waits_for_a_signer_that_panicked_and_closing_says_so() {
    let place = Place::new();
    let signer = Ed25519Signer::new(ORIGIN, SigningKey::from_bytes(&[8; 32]));
    let signer = PanickingSigner { signer, only_on: thread::current().id() };
    let ledger = place.builder().further_key(Box::new(signer)).open(place.disk("log")).unwrap().0;
    nothing_waits(ledger, "signs");
}
