//! Looking after editions: old ones are let go, policies that fault too often are taken out of service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use specialis::{Care, Clock, Host, Leave};
use specialis_core::{Context, Date, EvaluationState, FaultKind, Level};
use specialis_tests::{Guest, Manifest, events, hosts};

use super::answering;
use super::life::candidate;

/// A clock whose seconds a test counts.
#[derive(Clone, Default)]
pub(super) struct Counted(pub(super) Arc<AtomicU64>);

impl Counted {
    pub(super) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Counted {
    fn today(&self) -> Date {
        hosts::today()
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn trapping() -> Vec<u8> {
    Guest::from_file("trap").under(Manifest::hostile().on(&["output"]).at("1.1.0")).pack()
}

fn sound() -> Vec<u8> {
    answering("warn", Manifest::hostile())
}

fn host(clock: &Counted, care: Care, hostile: Vec<u8>) -> Host {
    hosts::builder().clock(clock.clone()).care(care).candidate(candidate(&[("hostile", hostile)])).build().unwrap()
}

fn strike(host: &Host, times: usize) {
    for n in 0..times {
        hosts::decide(host, &format!("s{n}"), &Context::default(), &events::ordinary(0));
    }
}

#[test]
fn policy_that_faults_too_often_is_quarantined_and_named() {
    let clock = Counted::default();
    let host = host(&clock, Care { faults: 5, ..Care::default() }, trapping());
    strike(&host, 4);
    assert!(host.tend().quarantined.is_empty());
    strike(&host, 1);
    assert_eq!(host.tend().quarantined, [specialis_core::PolicyId::from("hostile")]);
    let decision = hosts::decide(&host, "after", &Context::default(), &events::ordinary(0));
    assert_eq!(decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Quarantined));
    assert!(decision.verdict >= Level::Review, "what it governs stays at its failure level");
    let status = host.status();
    assert_eq!(status.live.policies[0].unavailable, Some(FaultKind::Quarantined));
    assert!(status.attempts["hostile"].error.as_ref().is_some_and(|error| error.contains("quarantined")));
    assert!(host.tend().quarantined.is_empty(), "once");
}

#[test]
fn faults_of_long_ago_do_not_count() {
    let clock = Counted::default();
    let host = host(&clock, Care { faults: 5, window: Duration::from_secs(60), ..Care::default() }, trapping());
    strike(&host, 4);
    clock.advance(61);
    strike(&host, 4);
    assert!(host.tend().quarantined.is_empty());
}

#[test]
fn host_returns_to_its_last_edition_where_that_was_asked_for_and_does_not_loosen() {
    let clock = Counted::default();
    let care = Care { faults: 3, returns: true, ..Care::default() };
    let host = host(&clock, care, sound());
    let healthy = host.edition();
    host.activate(host.stage(candidate(&[("hostile", trapping())])).unwrap()).unwrap();
    strike(&host, 3);
    let tended = host.tend();
    assert_eq!(tended.returned_to.as_deref(), Some(healthy.id()), "{tended:?}");
    assert!(Arc::ptr_eq(&host.edition(), &healthy));
}

#[test]
fn edition_without_sessions_is_let_go() {
    let clock = Counted::default();
    let care = Care { keep: 0, ..Care::default() };
    let host = host(&clock, care, sound());
    let old = Arc::downgrade(&host.edition());
    let session = host.open("s", Context::default());
    host.activate(host.stage(candidate(&[("hostile", answering("stop", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    assert_eq!(host.status().draining.len(), 1);
    assert_eq!(host.tend().n_freed, 0, "a session is on it");
    assert_eq!(host.status().draining[0].n_sessions, 1);
    assert_eq!(host.status().live.n_sessions, 0);
    drop(session);
    assert_eq!(host.tend().n_freed, 1);
    assert!(old.upgrade().is_none(), "nothing holds it");
}

#[test]
fn sessions_that_had_their_time_are_settled_at_the_failure_level_as_an_intervention() {
    let clock = Counted::default();
    let host = host(&clock, Care::default(), sound());
    let mut session = host.open("s", Context::default());
    assert_eq!(session.submit(events::ordinary(0)).decision.verdict, Level::Warn);
    host.activate(host.stage(candidate(&[("hostile", answering("mark", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    clock.advance(599);
    assert!(host.tend().overdue.is_empty());
    clock.advance(1);
    assert_eq!(host.tend().overdue.len(), 1);
    let decision = session.submit(events::ordinary(0)).decision;
    assert!(decision.intervened);
    assert!(decision.verdict >= Level::Review, "{}", hosts::json(&decision));
    assert_eq!(decision.evaluations["hostile"].state, EvaluationState::Unavailable);
}

#[test]
fn revoked_policy_ends_in_live_sessions_at_once_and_is_not_staged_again() {
    let clock = Counted::default();
    let host = host(&clock, Care::default(), sound());
    let mut session = host.open("s", Context::default());
    let digest = host.edition().policies()[0].digest.clone();
    host.revoke(std::slice::from_ref(&digest), &Leave::by(["alice"], "its author's key is lost")).unwrap();
    let decision = session.submit(events::ordinary(0)).decision;
    assert!(decision.intervened);
    assert_eq!(decision.evaluations["hostile"].state, EvaluationState::Unavailable);
    assert!(decision.verdict >= Level::Review);
    super::refused(host.stage(candidate(&[("hostile", sound())])), "verify", "was revoked");
}
