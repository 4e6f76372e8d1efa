//! The ledger against a plain list: whatever is done in whatever order, both have the same records.

use proptest::prelude::*;
use specialis_ledger::{BodyState, EntryKind, Ledger, verify};

use crate::support::{Place, breach, key, lawful};

/// What is done to a ledger.
#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    Sign,
    Reopen,
    Erase(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..40_u8).prop_map(Step::Append),
        1 => Just(Step::Sign),
        1 => Just(Step::Reopen),
        1 => any::<u8>().prop_map(Step::Erase),
    ];
    prop::collection::vec(step, 1..10)
}

/// What the list knows of a decision.
struct Known {
    id: String,
    is_erased: bool,
}

fn open(place: &Place) -> Ledger {
    place.builder().journal_bytes(32_768).open(place.disk("log")).unwrap().0
}

/// The indices of decisions in the log, in order.
fn decisions(ledger: &Ledger) -> Vec<u64> {
    ledger.sign().unwrap();
    let mut reader = ledger.reader().unwrap();
    (0..reader.size()).filter(|index| reader.entry(*index).unwrap().kind == EntryKind::Decision).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 50, ..ProptestConfig::default() })]
    #[test]
    fn ledger_has_what_a_plain_list_has(steps in steps()) {
        let place = Place::new();
        let mut ledger = open(&place);
        let mut list: Vec<Known> = Vec::new();
        for step in steps {
            match step {
                Step::Append(n) => {
                    for _ in 0..n {
                        let id = format!("d-{}", list.len());
                        let decision = if list.len().is_multiple_of(5) { breach(&id) } else { lawful(&id) };
                        ledger.append_decision(decision, None).unwrap().wait().unwrap();
                        list.push(Known { id, is_erased: false });
                    }
                }
                Step::Sign => drop(ledger.sign().unwrap()),
                Step::Reopen => {
                    ledger.close().unwrap();
                    ledger = open(&place);
                }
                Step::Erase(which) if !list.is_empty() => {
                    let at = usize::from(which) % list.len();
                    let index = decisions(&ledger)[at];
                    ledger.erase(&[index]).unwrap();
                    list[at].is_erased = true;
                }
                Step::Erase(_) => {}
            }
        }
        let indices = decisions(&ledger);
        prop_assert_eq!(indices.len(), list.len());
        let mut reader = ledger.reader().unwrap();
        for (index, known) in indices.into_iter().zip(&list) {
            let entry = reader.entry(index).unwrap();
            prop_assert_eq!(entry.id.as_deref(), Some(known.id.as_str()));
            match reader.body(index).unwrap() {
                BodyState::There(body) => {
                    prop_assert!(!known.is_erased);
                    prop_assert_eq!(&body.value().unwrap()["decision"]["id"], known.id.as_str());
                }
                BodyState::Erased => prop_assert!(known.is_erased),
                BodyState::None | BodyState::Expired => prop_assert!(false, "{} has no body", known.id),
            }
            reader.prove(index).unwrap();
        }
        let report = verify(&mut reader, &[key()]).unwrap();
        prop_assert!(report.is_sound(), "{:?}", report);
        prop_assert!(report.gaps.is_empty());
    }
}
