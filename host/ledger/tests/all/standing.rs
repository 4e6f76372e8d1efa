//! Breaches, lawful uses, measures and complaints, from decisions to counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use specialis_core::Outcome;
use specialis_core::words::StandingMeasure;
use specialis_ledger::{
    Change, Ledger, Record, RedbStanding, StandingAway, StandingRecord, StandingStore, SubjectState, check_standing,
    epoch_of,
};

use crate::support::{Place, append, breach, day, decision, lawful, measure, user};

/// In a row, today, in all.
fn counts(ledger: &Ledger, name: &str) -> (u32, u32, u32) {
    let counts = ledger.standing(&user(name)).unwrap();
    (counts.consecutive, counts.today, counts.total)
}

#[test]
fn counts_before_each_decision_are_of_earlier_breaches_alone() {
    let place = Place::new();
    let (ledger, _) = place.open_with_standing();
    for earlier in 0..5 {
        assert_eq!(counts(&ledger, "u"), (earlier, earlier, earlier));
        append(&ledger, breach(&format!("d-{earlier}")), Some(&user("u")));
    }
    assert_eq!(counts(&ledger, "v"), (0, 0, 0), "another user");
}

#[test]
fn day_ends_at_midnight_in_shanghai_and_a_row_does_not() {
    let place = Place::new();
    let (ledger, _) = place.open_with_standing();
    append(&ledger, breach("d-1"), Some(&user("u")));
    place.clock.set("2026-12-01");
    assert_eq!(counts(&ledger, "u"), (1, 0, 1));
}

#[test]
fn prompt_that_goes_through_ends_a_row_and_one_that_does_not_leaves_it() {
    let place = Place::new();
    let (ledger, _) = place.open_with_standing();
    append(&ledger, breach("d-1"), Some(&user("u")));
    append(&ledger, decision("d-2", "prompt", "stop", &[]), Some(&user("u")));
    ledger.append_decision(decision("d-3", "output", "pass", &[]), Some(&user("u"))).unwrap().wait().unwrap();
    ledger.sign().unwrap();
    assert_eq!(counts(&ledger, "u"), (1, 1, 1));
    ledger.append_decision(lawful("d-4"), Some(&user("u"))).unwrap().wait().unwrap();
    ledger.sign().unwrap();
    assert_eq!(counts(&ledger, "u"), (0, 1, 1));
}

#[test]
fn complaint_that_succeeds_takes_a_breach_and_its_measure_back() {
    let place = Place::new();
    let (ledger, _) = place.open_with_standing();
    let warned =
        decision("d-1", "account", "warn", &[measure("count-breach", json!({})), measure("warn-user", json!({}))]);
    append(&ledger, warned.clone(), Some(&user("u")));
    let at = warned.obligations.iter().position(|due| due.obligation.word() == "warn-user").unwrap();
    ledger
        .append(Record::Settlement {
            decision: "d-1".to_owned(),
            settlement: Arc::new(specialis_core::settle(&warned, &[(at, Outcome::Done)])),
            subject: Some(user("u")),
        })
        .unwrap()
        .wait()
        .unwrap();
    ledger.sign().unwrap();
    assert_eq!(ledger.standing(&user("u")).unwrap().measure, StandingMeasure::Warned);
    let refuted = Record::Refuted { subject: user("u"), decision: "d-1".to_owned() };
    ledger.append(refuted).unwrap().wait().unwrap();
    let after = ledger.standing(&user("u")).unwrap();
    assert_eq!((after.total, after.consecutive, after.measure), (0, 0, StandingMeasure::None));
}

#[test]
fn user_keeps_their_standing_in_a_new_month_and_the_old_tag_has_none() {
    let place = Place::new();
    let (ledger, store) = place.open_with_standing();
    append(&ledger, breach("d-1"), Some(&user("u")));
    place.clock.set("2026-12-01");
    assert_eq!(counts(&ledger, "u"), (1, 0, 1));
    append(&ledger, breach("d-2"), Some(&user("u")));
    assert_eq!(counts(&ledger, "u"), (2, 1, 2));
    let keys = specialis_ledger::Keyring::open(place.disk("keys")).unwrap();
    let old = keys.tag(epoch_of(day("2026-11-30")), &user("u")).unwrap();
    assert_eq!(store.get(&old).unwrap(), Default::default());
    ledger.close().unwrap();
    assert_eq!(check_standing(vec![place.reader()], &*store).unwrap(), Vec::<String>::new());
}

#[test]
fn many_writers_on_one_user_count_each_breach_once() {
    let place = Place::new();
    let (ledger, store) = place.open_with_standing();
    std::thread::scope(|scope| {
        for writer in 0..32 {
            let ledger = &ledger;
            scope.spawn(move || {
                // Each is told twice: by the one that decided, and by one that tries again.
                for n in 0..6 {
                    append(ledger, breach(&format!("d-{writer}-{}", n / 2)), Some(&user("u")));
                }
            });
        }
    });
    assert_eq!(counts(&ledger, "u"), (96, 96, 96));
    ledger.close().unwrap();
    assert_eq!(check_standing(vec![place.reader()], &*store).unwrap(), Vec::<String>::new());
}

#[test]
fn store_that_is_gone_is_built_again_from_the_records() {
    let place = Place::new();
    let (ledger, store) = place.open_with_standing();
    append(&ledger, breach("d-1"), Some(&user("u")));
    append(&ledger, breach("d-2"), Some(&user("u")));
    ledger.close().unwrap();
    drop(store);
    std::fs::remove_file(place.temp.path().join("standing/standing.redb")).unwrap();
    let (ledger, _) = place.open_with_standing();
    assert_eq!(counts(&ledger, "u"), (2, 2, 2));
}

/// A store that is away when a test says so.
struct Away {
    store: RedbStanding,
    is_away: AtomicBool,
}

impl Away {
    fn there(&self) -> Result<&RedbStanding, StandingAway> {
        let is_away = self.is_away.load(Ordering::Relaxed);
        if is_away { Err(StandingAway { source: "the line is cut".into() }) } else { Ok(&self.store) }
    }
}

impl StandingStore for Away {
    fn get(&self, tag: &str) -> Result<SubjectState, StandingAway> {
        self.there()?.get(tag)
    }

    fn apply(&self, record: &StandingRecord) -> Result<bool, StandingAway> {
        self.there()?.apply(record)
    }

    fn cursor(&self, origin: &str) -> Result<u64, StandingAway> {
        self.there()?.cursor(origin)
    }
}

#[test]
fn change_that_a_store_did_not_take_is_applied_before_any_later_one_and_no_standing_is_known_until_then() {
    let place = Place::new();
    let store = RedbStanding::open(&place.dir("standing")).unwrap();
    let store = Arc::new(Away { store, is_away: AtomicBool::new(true) });
    let open = || place.builder().standing(store.clone()).open(place.disk("log")).unwrap().0;
    let be_away = |is_away| store.is_away.store(is_away, Ordering::Relaxed);
    let total = |ledger: &Ledger| ledger.standing(&user("u")).ok().map(|counts| counts.total);
    let ledger = open();
    append(&ledger, breach("d-1"), Some(&user("u")));
    ledger.close().unwrap();
    let ledger = open();
    be_away(false);
    assert_eq!(total(&ledger), None, "the store lacks what was recorded");
    append(&ledger, breach("d-2"), Some(&user("u")));
    assert_eq!((total(&ledger), ledger.health().n_standing_waiting), (Some(2), 0));
    be_away(true);
    append(&ledger, breach("d-3"), Some(&user("u")));
    append(&ledger, breach("d-4"), Some(&user("u")));
    assert_eq!((total(&ledger), ledger.health().n_standing_waiting), (None, 2));
    be_away(false);
    append(&ledger, breach("d-5"), Some(&user("u")));
    assert_eq!(total(&ledger), Some(5));
    ledger.close().unwrap();
    assert_eq!(check_standing(vec![place.reader()], &*store).unwrap(), Vec::<String>::new());
}

#[test]
fn standing_without_a_store_is_unknown() {
    let place = Place::new();
    assert!(place.open().standing(&user("u")).is_err());
}

fn record(index: u64, decision: &str) -> StandingRecord {
    let change = Change::Breach { decision: decision.to_owned(), day: day("2026-11-03") };
    StandingRecord { origin: "example.cn/a".to_owned(), index, tag: "tag".to_owned(), change }
}

#[test]
fn change_is_applied_once_and_survives_a_restart() {
    let place = Place::new();
    let store = RedbStanding::open(&place.dir("standing")).unwrap();
    assert!(store.apply(&record(4, "a")).unwrap());
    assert!(!store.apply(&record(4, "a")).unwrap(), "the same entry");
    assert!(!store.apply(&record(5, "a")).unwrap(), "the same decision");
    assert!(store.apply(&record(6, "b")).unwrap());
    store.sync().unwrap();
    drop(store);
    let store = RedbStanding::open(&place.dir("standing")).unwrap();
    assert_eq!(store.get("tag").unwrap().counts(day("2026-11-03")).consecutive, 2);
    assert_eq!((store.cursor("example.cn/a").unwrap(), store.cursor("other").unwrap()), (7, 0));
    assert_eq!(store.get("other").unwrap(), SubjectState::default());
}

#[test]
fn state_moves_to_a_new_tag_and_leaves_nothing_behind() {
    let place = Place::new();
    let store = RedbStanding::open(&place.dir("standing")).unwrap();
    store.apply(&record(0, "a")).unwrap();
    let change = Change::Moved { from: "tag".to_owned() };
    store.apply(&StandingRecord { index: 1, tag: "new".to_owned(), change, ..record(1, "") }).unwrap();
    assert_eq!(store.get("new").unwrap().counts(day("2026-11-03")).total, 1);
    assert_eq!(store.get("tag").unwrap(), SubjectState::default());
}
