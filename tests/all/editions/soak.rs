//! A thousand swaps while two threads decide: good, bad, slow-to-compile and faulting candidates, neighboring editions that
//! decide differently. Nothing fails, nothing is lost or judged twice, and every decision can be derived again, byte for byte,
//! from the edition it names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use specialis::{Edition, Host, MaintenanceSettings};
use specialis_core::{Context, Decision};
use specialis_tests::{Guest, Manifest, events, hosts};

use super::answering;
use super::life::candidate;

const SWAPS: usize = 1_000;
/// Events that are judged for each swap.
const EVENTS: usize = 8;
const LEVELS: [&str; 4] = ["mark", "warn", "review", "stop"];

/// A guest with much code, so that compiling it takes a while. One of each is enough: later ones are shared.
fn slow(n: usize) -> Vec<u8> {
    let body = "(drop (i32.mul (i32.const 3) (i32.const 5)))".repeat(20_000);
    let text = format!(
        "(module {{{{runtime}}}} (func $slow{n} {body}) (func (export \"judge\") (param i32 i32) (result i32) (i32.const {{{{outcome {{}}}}}})))"
    );
    Guest::from_text("slow", &text).under(Manifest::hostile().on(&["output"])).pack()
}

/// What two threads have judged while editions are swapped.
#[derive(Default)]
struct Load {
    done: AtomicBool,
    n_judged: AtomicUsize,
    n_swapped: AtomicUsize,
    judged: Mutex<Vec<(usize, Decision)>>,
}

impl Load {
    /// Judges events until the swaps are done. It keeps pace with the swaps, so that the test ends.
    fn run(&self, host: &Host) {
        while !self.done.load(Ordering::SeqCst) {
            if self.n_judged.load(Ordering::SeqCst) > self.n_swapped.load(Ordering::SeqCst) * EVENTS {
                std::thread::yield_now();
                continue;
            }
            let n = self.n_judged.fetch_add(1, Ordering::SeqCst);
            let decision = hosts::decide(host, &format!("s{n}"), &Context::default(), &events::ordinary(n));
            self.judged.lock().unwrap().push((n, decision));
        }
    }

    /// Every event was judged once, and its decision is derived again from the edition it names.
    fn check(self, host: &Host, lived: &BTreeMap<String, Arc<Edition>>) {
        let judged = self.judged.into_inner().unwrap();
        assert_eq!(judged.len(), self.n_judged.into_inner(), "every event was judged once");
        let numbers: BTreeSet<usize> = judged.iter().map(|(n, _)| *n).collect();
        assert_eq!(numbers.len(), judged.len());
        let seen: BTreeSet<&str> = judged.iter().map(|(_, decision)| decision.edition.as_str()).collect();
        assert!(seen.len() > 2, "the load met {} editions", seen.len());
        for (n, decision) in &judged {
            let edition = lived.get(&decision.edition);
            let edition = edition.unwrap_or_else(|| panic!("nobody published `{}`", decision.edition));
            let mut session = host.runtime().open(edition, format!("s{n}"), Context::default());
            let again = session.submit(events::ordinary(*n)).decision;
            assert_eq!(hosts::json(decision), hosts::json(&again));
        }
    }
}

/// What the candidates of the swaps are made of.
struct Candidates {
    versions: Vec<Vec<u8>>,
    faulting: Vec<u8>,
    bad: Vec<u8>,
    slow: Vec<u8>,
}

impl Candidates {
    fn policies(&self, n: usize) -> Vec<(&'static str, Vec<u8>)> {
        let one = ("one", self.versions[(n + 1) % LEVELS.len()].clone());
        match n % 8 {
            3 => vec![one, ("bad", self.bad.clone())],
            5 => vec![one, ("slow", self.slow.clone())],
            7 => vec![one, ("faulting", self.faulting.clone())],
            _ => vec![one],
        }
    }
}

#[test]
fn thousand_swaps_under_load_lose_nothing() {
    let candidates = Candidates {
        versions: LEVELS.iter().map(|level| answering(level, Manifest::witness())).collect(),
        faulting: Guest::from_file("trap").under(Manifest::hostile().on(&["output"])).pack(),
        bad: Guest::from_file("start-trap").under(Manifest::hostile()).pack(),
        slow: slow(0),
    };
    let settings = MaintenanceSettings { keep: 2, faults: 0, ..MaintenanceSettings::default() };
    let first = candidate(&[("one", candidates.versions[0].clone())]);
    let host = hosts::builder(first).threads(3).maintenance(settings).build().unwrap();
    let mapped = mappings();
    let load = Load::default();
    let mut lived: BTreeMap<String, Arc<Edition>> = BTreeMap::from([(host.edition().id().to_owned(), host.edition())]);
    let mut n_refused = 0;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| load.run(&host));
        }
        for n in 0..SWAPS {
            match host.stage(candidate(&candidates.policies(n))) {
                Ok(staged) => {
                    let edition = host.activate(staged).unwrap_or_else(|e| panic!("{e}"));
                    lived.entry(edition.id().to_owned()).or_insert(edition);
                }
                Err(error) => {
                    assert_eq!((n % 8, error.step().as_str()), (3, "configure"), "{error}");
                    n_refused += 1;
                }
            }
            host.maintain();
            load.n_swapped.store(n + 1, Ordering::SeqCst);
        }
        load.done.store(true, Ordering::SeqCst);
    });
    assert_eq!(n_refused, SWAPS / 8);
    load.check(&host, &lived);
    lived.clear();
    host.maintain();
    assert!(host.status().draining.is_empty(), "every old edition is drained");
    let more = mappings().saturating_sub(mapped);
    assert!(more < SWAPS / 4, "{more} mappings more than before {SWAPS} swaps");
}

/// How many stretches of memory this process has mapped; none where the system does not say.
fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").map_or(0, |maps| maps.lines().count())
}
