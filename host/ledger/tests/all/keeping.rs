//! Retention, erasure, restriction, and keys that are destroyed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use specialis_core::{Event, EventKind};
use specialis_ledger::{
    AuditRange, BodyState, Content, EntryKind, Erased, FolderKeeper, Index, Keeper, KeeperError, LedgerError, Query,
    Retention, audit, verify,
};

use crate::support::{Place, append, breach, day, decision, key, lawful, measure, user};

/// The bytes of all files under the log's folder.
fn all_bytes(place: &Place) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut folders = vec![place.temp.path().join("log")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
    }
    bytes
}

#[test]
fn class_is_the_longest_period_that_a_decision_owes() {
    let place = Place::new();
    let ledger = place.builder().retention(Retention::default().log_months(2)).open(place.disk("log")).unwrap().0;
    let classes = [
        (lawful("a"), "2027-01"),
        (decision("b", "output", "stop", &[measure("record", json!({"log-months": {"number": 6}}))]), "2027-05"),
        (decision("c", "output", "stop", &[measure("record", json!({"keep-days": {"number": 400}}))]), "2028-01"),
        (decision("d", "output", "stop", &[measure("record", json!({"log-days": {"number": 10}}))]), "2027-01"),
    ];
    for (decision, _) in &classes {
        append(&ledger, decision.clone(), None);
    }
    ledger.close().unwrap();
    let mut reader = place.reader();
    for (index, (_, class)) in (1..).zip(classes) {
        assert_eq!(reader.entry(index).unwrap().class.unwrap().to_string(), class, "{index}");
    }
}

/// A store that takes content of the first user alone, and notes what it was asked.
#[derive(Default)]
struct Store(Mutex<Vec<String>>);

impl Keeper for Store {
    fn keep(&self, content: &Content<'_>) -> Result<String, KeeperError> {
        let text = content.event.parts.iter().filter_map(|part| part.text.as_deref()).collect::<String>();
        self.0.lock().unwrap().push(format!("{} until {}: {text}", content.decision.id, content.until));
        let is_first = content.subject.is_some_and(|subject| subject.pseudonym == "u");
        if is_first { Ok("shelf-7".to_owned()) } else { Err(KeeperError::new("the store is full")) }
    }
}

#[test]
fn content_goes_to_the_store_of_the_platform_and_what_became_of_it_is_recorded() {
    let place = Place::new();
    let store = Arc::new(Store::default());
    let ledger = place.builder().keeper(store.clone()).open(place.disk("log")).unwrap().0;
    let event = Event::new(EventKind::Output).with_text("一则样例");
    let keeps = |id: &str| {
        decision(
            id,
            "output",
            "stop",
            &[measure("record", json!({"keep-months": {"number": 2}, "log-days": {"number": 900}}))],
        )
    };
    for (decision, name, is_kept) in [
        (keeps("d-1"), "u", Some(true)),
        (keeps("d-2"), "v", None),
        (
            decision("d-3", "output", "stop", &[measure("record", json!({"log-months": {"number": 6}}))]),
            "u",
            Some(false),
        ),
    ] {
        append(&ledger, decision.clone(), Some(&user(name)));
        assert_eq!(ledger.keep_content(&decision, Some(&user(name)), &event).ok(), is_kept, "{}", decision.id);
    }
    ledger.close().unwrap();
    assert_eq!(*store.0.lock().unwrap(), ["d-1 until 2027-01-30: 一则样例", "d-2 until 2027-01-30: 一则样例"]);
    let bytes = all_bytes(&place);
    assert!(!bytes.windows(12).any(|window| window == "一则样例".as_bytes()), "the ledger has no content");
    let index = Index::open(&place.dir("index")).unwrap();
    index.catch_up(&mut place.reader()).unwrap();
    let query = Query { kind: Some(EntryKind::Kept), ..Query::default() };
    let found = |query: Query| index.search(&query).unwrap().into_iter().filter_map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(found(query.clone()), ["d-1", "d-2"]);
    assert_eq!(found(Query { is_undone: true, ..query }), ["d-2"], "what the store did not take is undone");
    let range = AuditRange { from: day("2026-11-01"), to: day("2026-11-30"), today: day("2026-12-01") };
    let content = audit(&mut place.reader(), range).unwrap().content;
    assert_eq!((content.owed, content.kept, content.failed), (2, 1, 1));
}

#[test]
fn folder_of_content_has_a_file_for_each_decision_below_its_month() {
    let place = Place::new();
    let keeper = FolderKeeper::new(place.disk("content"));
    let event = Event::new(EventKind::Output).with_text("一则样例");
    let of = |id: &str| {
        let decision = decision(id, "output", "stop", &[]);
        let content = Content { decision: &decision, subject: None, event: &event, until: day("2027-01-30") };
        keeper.keep(&content)
    };
    assert_eq!(of("d-1").unwrap(), "2027-01/d-1.json");
    assert_eq!(of("d-1").unwrap(), "2027-01/d-1.json", "once more");
    let text = std::fs::read_to_string(place.temp.path().join("content/2027-01/d-1.json")).unwrap();
    assert!(text.contains("一则样例") && text.contains("2027-01-30"), "{text}");
    assert!(of("../d-2").is_err(), "no id leads out of the folder");
}

#[test]
fn bodies_go_when_their_month_is_over_and_the_proof_stays() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    assert_eq!(ledger.expire(day("2027-05-31")).unwrap(), []);
    let expired = ledger.expire(day("2027-06-01")).unwrap();
    assert_eq!((expired.len(), expired[0].class.to_string().as_str()), (1, "2027-05"));
    ledger.close().unwrap();
    let mut reader = place.reader();
    assert_eq!(reader.body(1).unwrap(), BodyState::Expired);
    reader.prove(1).unwrap();
    let report = verify(&mut reader, &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.n_expired, report.n_bodies), (1, 0));
}

#[test]
fn class_that_goes_without_a_word_is_found() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.close().unwrap();
    std::fs::remove_dir_all(place.temp.path().join("log/body/2027-05")).unwrap();
    let report = verify(&mut place.reader(), &[key()]).unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
}

#[test]
fn erased_body_is_in_no_file_any_more_and_the_proof_stays() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("u")));
    append(&ledger, breach("d-2"), Some(&user("u")));
    ledger.sign().unwrap();
    let BodyState::There(body) = ledger.reader().unwrap().body(1).unwrap() else { panic!("there is a body") };
    ledger.erase(&[1]).unwrap();
    append(&ledger, lawful("d-3"), None);
    ledger.close().unwrap();
    let mut reader = place.reader();
    assert_eq!(reader.body(1).unwrap(), BodyState::Erased);
    assert!(matches!(reader.body(3).unwrap(), BodyState::There(_)));
    reader.prove(1).unwrap();
    let salt = &body.as_bytes()[..32];
    assert!(!all_bytes(&place).windows(32).any(|window| window == salt), "the salt is still in a file");
    let report = verify(&mut reader, &[key()]).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.n_erased, 1);
}

#[test]
fn erasure_that_was_cut_is_made_good_at_the_next_start() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.close().unwrap();
    // What the file says that a stop in the middle leaves.
    std::fs::write(place.temp.path().join("log/pending"), "{\"erase\":[1]}").unwrap();
    let ledger = place.open();
    ledger.close().unwrap();
    let mut reader = place.reader();
    assert_eq!(reader.body(1).unwrap(), BodyState::Erased);
    assert!(verify(&mut reader, &[key()]).unwrap().is_sound());
    assert!(!place.temp.path().join("log/pending").exists());
}

#[test]
fn erased_body_that_is_put_back_is_found() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.sign().unwrap();
    let path = place.temp.path().join("log/body/2027-05/00000000.bin");
    let copy = std::fs::read(&path).unwrap();
    ledger.erase(&[1]).unwrap();
    ledger.close().unwrap();
    std::fs::write(&path, copy).unwrap();
    let report = verify(&mut place.reader(), &[key()]).unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
}

#[test]
fn withdrawal_restricts_while_a_period_runs_and_erases_afterwards() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("u")));
    let first = ledger.withdraw(&[1]).unwrap();
    assert!(matches!(first[&1], Erased::Restricted(class) if class.to_string() == "2027-05"));
    let index = Index::open(&place.dir("index")).unwrap();
    ledger.sign().unwrap();
    index.catch_up(&mut ledger.reader().unwrap()).unwrap();
    let of_decision = Query { id: Some("d-1".to_owned()), kind: Some(EntryKind::Decision), ..Query::default() };
    assert_eq!(index.search(&of_decision).unwrap().len(), 0, "restricted records are used for nothing else");
    let for_authority = Query { with_restricted: true, ..of_decision };
    assert_eq!(index.search(&for_authority).unwrap().len(), 1);
    assert_eq!([0, 1, 999].map(|record| index.is_restricted(record).unwrap()), [false, true, false]);
    place.clock.set("2027-06-01");
    assert_eq!(ledger.withdraw(&[1]).unwrap(), BTreeMap::from([(1, Erased::Gone)]));
    ledger.sign().unwrap();
    index.catch_up(&mut ledger.reader().unwrap()).unwrap();
    let row = index.search(&for_authority).unwrap().remove(0);
    assert_eq!((row.session, row.subject), (None, None), "nothing leads from a person to it");
}

#[test]
fn keys_are_destroyed_once_no_body_of_their_month_is_kept() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, decision("d-1", "output", "stop", &[]), Some(&user("u")));
    assert!(matches!(ledger.destroy_keys(202_611), Err(LedgerError::KeysInUse { epoch: 202_611, index: 1 })));
    place.clock.set("2027-06-01");
    ledger.expire(day("2027-06-01")).unwrap();
    assert!(ledger.destroy_keys(202_611).unwrap());
    assert!(!place.temp.path().join("keys/202611.key").exists());
    ledger.close().unwrap();
    let mut reader = place.reader();
    let last = reader.entry(reader.size() - 1).unwrap();
    assert_eq!((last.kind, last.number("epoch")), (EntryKind::Key, Some(202_611)));
}
