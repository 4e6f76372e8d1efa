//! Finding records again, and exporting them.

use serde_json::{Value, json};
use specialis_core::{Context, Decision, Level, Outcome};
use specialis_ledger::{BodyState, EntryKind, Index, Keyring, Query, Record, export_csv, export_jsonl};

use crate::support::{Place, append, breach, day, decision, lawful, measure, settlement, user};

fn ids(index: &Index, query: &Query) -> Vec<String> {
    let decisions = Query { kind: Some(EntryKind::Decision), ..query.clone() };
    index.search(&decisions).unwrap().into_iter().map(|row| row.id.unwrap()).collect()
}

#[test]
fn records_are_found_by_each_thing_that_an_officer_asks_for() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), Some(&user("u")));
    ledger.append_decision(lawful("d-2"), Some(&user("v"))).unwrap().wait().unwrap();
    ledger.sign().unwrap();
    place.clock.set("2026-12-02");
    let stopped = decision("d-3", "output", "stop", &[measure("record", json!({}))]);
    append(&ledger, stopped.clone(), Some(&user("u")));
    ledger.append(settlement(&stopped, &[(0, Outcome::Done)])).unwrap().wait().unwrap();
    let late =
        decision("d-4", "account", "stop", &[measure("complaint-ticket", json!({"within-days": {"number": 3}}))]);
    append(&ledger, late, None);
    ledger.sign().unwrap();
    let index = Index::open(&place.dir("index")).unwrap();
    let mut reader = ledger.reader().unwrap();
    assert_eq!(index.catch_up(&mut reader).unwrap(), reader.size());
    assert_eq!(index.catch_up(&mut reader).unwrap(), 0);

    let keys = Keyring::open(place.disk("keys")).unwrap();
    let tags = keys.epochs().into_iter().map(|epoch| keys.tag(epoch, &user("u")).unwrap()).collect();
    let all = Query::default();
    let some = |text: &str| Some(text.to_owned());
    for (query, expected) in [
        (all.clone(), vec!["d-1", "d-2", "d-3", "d-4"]),
        (Query { subjects: tags, ..all.clone() }, vec!["d-1", "d-3"]),
        (Query { session: some("s-d-2"), ..all.clone() }, vec!["d-2"]),
        (Query { id: some("d-3"), ..all.clone() }, vec!["d-3"]),
        (Query { from: Some(day("2026-12-01")), ..all.clone() }, vec!["d-3", "d-4"]),
        (Query { to: Some(day("2026-12-01")), ..all.clone() }, vec!["d-1", "d-2"]),
        (Query { verdict: Some(Level::Stop), ..all.clone() }, vec!["d-3", "d-4"]),
        (Query { duty: some("im.art14.ladder"), limit: 2, ..all.clone() }, vec!["d-1", "d-2"]),
        (Query { duty: some("im.art9.agreement"), ..all.clone() }, vec![]),
        (Query { policy: some("general"), verdict: Some(Level::Warn), ..all.clone() }, vec!["d-1", "d-3", "d-4"]),
        (Query { edition: some("e-2"), ..all.clone() }, vec![]),
        (Query { is_undone: true, ..all.clone() }, vec!["d-1", "d-4"]),
        (Query { overdue: Some(day("2026-12-05")), ..all.clone() }, vec![]),
        (Query { overdue: Some(day("2026-12-06")), ..all.clone() }, vec!["d-4"]),
    ] {
        assert_eq!(ids(&index, &query), expected, "{query:?}");
    }
}

#[test]
fn sessions_of_their_own_are_found_by_the_name_that_they_share() {
    let place = Place::new();
    let ledger = place.open();
    for (id, session) in [
        ("d-1", "call#0011223344556677"),
        ("d-2", "call#8899aabbccddeeff"),
        ("d-3", "call"),
        ("d-4", "call#2"),
        ("d-5", "call#2#0011223344556677"),
        ("d-6", "caller#0011223344556677"),
    ] {
        let decision = Decision { session: session.into(), ..lawful(id) };
        ledger.append_decision(decision, None).unwrap().wait().unwrap();
    }
    ledger.sign().unwrap();
    let index = Index::open(&place.dir("index")).unwrap();
    index.catch_up(&mut ledger.reader().unwrap()).unwrap();
    let found = |name: &str| ids(&index, &Query { session: Some(name.to_owned()), ..Query::default() });
    assert_eq!(found("call"), ["d-1", "d-2", "d-3"]);
    assert_eq!(found("call#2"), ["d-4", "d-5"]);
    assert_eq!(found("call#8899aabbccddeeff"), ["d-2"]);
    assert_eq!(found("cal"), [] as [&str; 0]);
}

#[test]
fn body_of_an_opened_session_names_neither_the_user_nor_the_conversation() {
    let place = Place::new();
    let ledger = place.open();
    let (pseudonym, conversation) = (Some("u-17".to_owned()), Some("c-4".to_owned()));
    let context = std::sync::Arc::new(Context { pseudonym, conversation, ..Context::default() });
    let (session, edition) = ("s-1".to_owned(), "e-1".to_owned());
    let opened = Record::Opened { session, edition, context, subject: Some(user("u-17")) };
    ledger.append(opened).unwrap().wait().unwrap();
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    let opened = (0..reader.size()).find(|index| reader.entry(*index).unwrap().kind == EntryKind::Opened).unwrap();
    let BodyState::There(body) = reader.body(opened).unwrap() else { panic!("it has a body") };
    let text = String::from_utf8_lossy(body.json());
    assert!(text.contains("s-1") && !text.contains("u-17") && !text.contains("c-4"), "{text}");
}

#[test]
fn index_that_is_gone_is_built_again() {
    let place = Place::new();
    let ledger = place.open();
    append(&ledger, breach("d-1"), None);
    ledger.close().unwrap();
    for _ in 0..2 {
        let index = Index::open(&place.dir("index")).unwrap();
        assert_eq!(index.catch_up(&mut place.reader()).unwrap(), place.reader().size());
        assert_eq!(ids(&index, &Query::default()), ["d-1"]);
        drop(index);
        std::fs::remove_file(place.temp.path().join("index/index.redb")).unwrap();
    }
}

#[test]
fn exports_have_each_record_once_and_no_formula() {
    let place = Place::new();
    let ledger = place.open();
    let mut strange = breach("d-1");
    strange.id = "=1+1".to_owned();
    append(&ledger, strange, None);
    ledger.close().unwrap();
    let mut reader = place.reader();
    let mut lines = Vec::new();
    let size = reader.size();
    assert_eq!(export_jsonl(&mut reader, 0..size, &mut lines).unwrap(), size);
    let records: Vec<Value> =
        String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[1]["body"]["decision"]["id"], "=1+1");
    let index = Index::open(&place.dir("index")).unwrap();
    index.catch_up(&mut reader).unwrap();
    let rows = index.search(&Query::default()).unwrap();
    let mut table = Vec::new();
    export_csv(&rows, &mut table).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.starts_with("\u{feff}index,time,day,kind,"), "{table}");
    assert!(table.contains(",'=1+1,s-d-1,"), "{table}");
}
