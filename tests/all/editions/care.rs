//! Maintenance: editions without sessions are dropped, policies that fault often and fail their vectors are taken out of service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use specialis::{Authorization, Clock, Host, MaintenanceSettings};
use specialis_core::{Context, Date, EvaluationState, Event, EventKind, FaultKind, Level};
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

/// A vector that the guest of [`probed`] meets.
const VECTOR: &str = r#"
rule = "H1"
as-of = "2026-11-02"

[event]
kind = "output"
parts = [{ text = "天气不错" }]

[[vector]]
name = "an ordinary text"
expect = [{ duty = "im.art4.violence.screen", case = "require", level = "warn", reason = "because" }]
"#;

/// A clock on which calls take no time, until a test makes them slow.
#[derive(Clone, Default)]
pub(super) struct Slowing {
    now: Counted,
    is_slow: Arc<AtomicBool>,
}

impl Clock for Slowing {
    fn today(&self) -> Date {
        hosts::today()
    }

    fn uptime(&self) -> Duration {
        if self.is_slow.load(Ordering::SeqCst) {
            self.now.advance(1);
        }
        self.now.uptime()
    }
}

impl Slowing {
    pub(super) fn slow(&self, is_slow: bool) {
        self.is_slow.store(is_slow, Ordering::SeqCst);
    }
}

/// A policy that asks for a warning, with a vector that says so.
fn probed() -> Vec<u8> {
    let answer = r#"{"findings": [{"duty": "im.art4.violence.screen", "rule": "H1", "answer": {"require": {"level": "warn", "cite": {"instrument": "IM", "article": "4(1)"}, "reason": "because"}}}]}"#;
    let guest = Guest::from_file("answers").with("answer", answer);
    guest.under(Manifest::hostile().on(&["output"]).at("1.1.0")).with_vectors("H1", VECTOR).pack()
}

fn sound() -> Vec<u8> {
    answering("warn", Manifest::hostile())
}

fn host(clock: impl Clock + 'static, settings: MaintenanceSettings, hostile: Vec<u8>) -> Host {
    let builder = hosts::builder(candidate(&[("hostile", hostile)]));
    builder.clock(clock).maintenance(settings).build().unwrap()
}

fn strike(host: &Host, times: usize) {
    for n in 0..times {
        hosts::decide(host, &format!("s{n}"), &Context::default(), &events::ordinary(0));
    }
}

fn few_faults() -> MaintenanceSettings {
    MaintenanceSettings { faults: 5, ..MaintenanceSettings::default() }
}

fn fault(host: &Host) -> Option<FaultKind> {
    let decision = hosts::decide(host, "after", &Context::default(), &events::ordinary(0));
    decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind)
}

#[test]
fn a_policy_that_fails_its_own_vectors_is_quarantined_and_returns_once_it_meets_them() {
    let clock = Slowing::default();
    let host = host(clock.clone(), few_faults(), probed());
    clock.slow(true);
    strike(&host, 4);
    assert!(host.maintain().quarantined.is_empty());
    strike(&host, 1);
    assert_eq!(host.maintain().quarantined, [specialis_core::PolicyId::from("hostile")]);
    let decision = hosts::decide(&host, "after", &Context::default(), &events::ordinary(0));
    assert_eq!(decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Quarantined));
    assert!(decision.verdict >= Level::Review, "what it governs stays at its failure level");
    assert!(decision.intervened);
    let status = host.status();
    assert_eq!(status.live.policies[0].unavailable, Some(FaultKind::Quarantined));
    assert!(status.live.record.reason.as_ref().is_some_and(|reason| reason.contains("`hostile` is quarantined")));
    assert!(status.attempts["hostile"].error.as_ref().is_some_and(|error| error.contains("quarantined")));
    clock.now.advance(60);
    let report = host.maintain();
    assert!(report.returned.is_empty() && report.quarantined.is_empty(), "it still fails: {report:?}");
    clock.slow(false);
    assert!(host.maintain().returned.is_empty(), "it was probed within the minute");
    clock.now.advance(60);
    assert_eq!(host.maintain().returned, [specialis_core::PolicyId::from("hostile")]);
    assert_eq!(fault(&host), None);
    let reason = host.status().live.record.reason;
    assert!(reason.as_ref().is_some_and(|reason| reason.contains("`hostile` meets its vectors again")), "{reason:?}");
}

#[test]
fn faults_of_a_policy_that_meets_its_vectors_take_it_out_of_service_for_nobody() {
    let clock = Slowing::default();
    let host = host(clock.clone(), few_faults(), probed());
    for _ in 0..3 {
        clock.slow(true);
        strike(&host, 50);
        clock.slow(false);
        let report = host.maintain();
        assert_eq!(report.sound, [specialis_core::PolicyId::from("hostile")], "{report:?}");
        assert_eq!((fault(&host), host.maintain().sound), (None, vec![]));
        clock.now.advance(60);
    }
}

#[test]
fn a_policy_without_vectors_has_none_to_fail() {
    let clock = Counted::default();
    let trapping = Guest::from_file("trap").under(Manifest::hostile().on(&["output"]).at("1.1.0")).pack();
    let host = host(clock.clone(), few_faults(), trapping);
    strike(&host, 50);
    assert!(host.maintain().quarantined.is_empty());
    assert_eq!(fault(&host), Some(FaultKind::Trap));
}

#[test]
fn a_flood_of_hits_in_prompts_changes_nothing_for_anybody() {
    let clock = Counted::default();
    let host = hosts::builder(hosts::built_in()).clock(clock).build().unwrap();
    let live = host.edition();
    for n in 0..20 {
        let flood = Event::new(EventKind::Prompt).with_text("血腥".repeat(80));
        let decision = hosts::decide(&host, &format!("s{n}"), &Context::default(), &flood);
        assert!(decision.evaluations.values().all(|one| one.fault.is_none()), "{}", hosts::json(&decision));
    }
    assert_eq!(host.maintain(), specialis::MaintenanceReport::default());
    assert!(Arc::ptr_eq(&live, &host.edition()));
}

#[test]
fn long_sessions_of_events_without_text_never_run_dry() {
    let host = hosts::host(hosts::built_in());
    for kind in [EventKind::Media, EventKind::Publication] {
        let mut session = host.open("long", Context::default());
        for n in 0..300 {
            let decision = session.submit(Event::new(kind)).decision;
            assert!(decision.evaluations.values().all(|one| one.fault.is_none()), "{n}: {}", hosts::json(&decision));
        }
    }
}

#[test]
fn faults_of_long_ago_do_not_count() {
    let clock = Slowing::default();
    let host = host(clock.clone(), few_faults(), probed());
    clock.slow(true);
    strike(&host, 4);
    clock.now.advance(61);
    strike(&host, 4);
    let report = host.maintain();
    assert!(report.quarantined.is_empty() && report.sound.is_empty(), "{report:?}");
}

#[test]
fn host_returns_to_its_last_edition_where_that_was_asked_for_and_does_not_loosen() {
    let clock = Slowing::default();
    let settings = MaintenanceSettings { faults: 3, goes_back: true, ..MaintenanceSettings::default() };
    let host = host(clock.clone(), settings, probed());
    let last = host.edition();
    let other_words = candidate(&[("hostile", probed())]).redaction("[other words]");
    host.activate(host.stage(other_words).unwrap()).unwrap();
    clock.slow(true);
    strike(&host, 3);
    let report = host.maintain();
    assert_eq!(report.went_back_to.as_deref(), Some(last.id()), "{report:?}");
    assert!(Arc::ptr_eq(&host.edition(), &last));
}

#[test]
fn host_does_not_return_to_other_code_by_itself() {
    let clock = Slowing::default();
    let settings = MaintenanceSettings { faults: 3, goes_back: true, ..MaintenanceSettings::default() };
    let host = host(clock.clone(), settings, sound());
    host.activate(host.stage(candidate(&[("hostile", probed())])).unwrap()).unwrap();
    clock.slow(true);
    strike(&host, 3);
    let report = host.maintain();
    assert_eq!(
        (report.went_back_to, report.quarantined.len()),
        (None, 1),
        "nobody can tell what other code lets through"
    );
}

#[test]
fn an_edition_without_sessions_is_dropped() {
    let clock = Counted::default();
    let settings = MaintenanceSettings { keep: 0, ..MaintenanceSettings::default() };
    let host = host(clock.clone(), settings, sound());
    let old = Arc::downgrade(&host.edition());
    let session = host.open("s", Context::default());
    host.activate(host.stage(candidate(&[("hostile", answering("stop", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    assert_eq!(host.status().draining.len(), 1);
    assert!(host.maintain().drained.is_empty(), "a session is on it");
    assert_eq!(host.status().draining[0].n_sessions, 1);
    assert_eq!(host.status().live.n_sessions, 0);
    drop(session);
    assert_eq!(host.maintain().drained.len(), 1);
    assert!(old.upgrade().is_none(), "nothing holds it");
}

#[test]
fn sessions_that_stay_too_long_are_judged_at_the_failure_level_as_an_intervention() {
    let clock = Counted::default();
    let host = host(clock.clone(), MaintenanceSettings::default(), sound());
    let mut session = host.open("s", Context::default());
    assert_eq!(session.submit(events::ordinary(0)).decision.verdict, Level::Warn);
    host.activate(host.stage(candidate(&[("hostile", answering("mark", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    clock.advance(599);
    assert!(host.maintain().overdue.is_empty());
    clock.advance(1);
    assert_eq!(host.maintain().overdue.len(), 1);
    let decision = session.submit(events::ordinary(0)).decision;
    assert!(decision.intervened);
    assert!(decision.verdict >= Level::Review, "{}", hosts::json(&decision));
    assert_eq!(decision.evaluations["hostile"].state, EvaluationState::Unavailable);
}

#[test]
fn revoked_policy_ends_in_live_sessions_at_once_and_is_not_staged_again() {
    let clock = Counted::default();
    let host = host(clock.clone(), MaintenanceSettings::default(), sound());
    let mut session = host.open("s", Context::default());
    let digest = host.edition().policies()[0].digest.clone();
    host.revoke(&[digest].into(), &Authorization::by(["alice"], "its author's key is lost")).unwrap();
    let decision = session.submit(events::ordinary(0)).decision;
    assert!(decision.intervened);
    assert_eq!(decision.evaluations["hostile"].state, EvaluationState::Unavailable);
    assert!(decision.verdict >= Level::Review);
    super::refused(host.stage(candidate(&[("hostile", sound())])), "verify", "was revoked");
}

#[test]
fn an_edition_that_the_embedder_keeps_drains_all_the_same() {
    let clock = Counted::default();
    let host = host(clock.clone(), MaintenanceSettings::default(), sound());
    let kept = host.edition();
    let session = host.open("s", Context::default());
    host.activate(host.stage(candidate(&[("hostile", answering("stop", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    assert_eq!(host.status().draining.len(), 1);
    drop(session);
    assert_eq!(host.maintain().drained, [kept.id()]);
    assert!(host.status().draining.is_empty());
    clock.advance(3_600);
    assert!(host.maintain().overdue.is_empty(), "nobody is on it");
}

#[test]
fn a_session_that_opens_just_as_its_edition_retires_still_hears_of_what_is_revoked() {
    let clock = Counted::default();
    let host = host(clock.clone(), MaintenanceSettings { keep: 0, ..MaintenanceSettings::default() }, sound());
    let old = host.edition();
    let digest = old.policies()[0].digest.clone();
    host.activate(host.stage(candidate(&[("hostile", answering("stop", Manifest::hostile().at("2.0.0")))])).unwrap())
        .unwrap();
    host.maintain();
    let mut late = host.runtime().open(&old, "s", Context::default());
    host.revoke(&[digest].into(), &Authorization::by(["alice"], "its author's key is lost")).unwrap();
    let decision = late.submit(events::ordinary(0)).decision;
    assert_eq!(decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Revoked));
}

#[test]
fn deadlines_strike_in_sessions_that_outlive_their_host() {
    let looping = Guest::from_file("endless-loop").under(Manifest::hostile().on(&["output"])).pack();
    let limits = specialis::Limits {
        fuel_base: u64::MAX >> 1,
        deadline: Duration::from_millis(20),
        ..specialis::Limits::default()
    };
    let host = hosts::builder(candidate(&[("hostile", looping)])).limits(limits).build().unwrap();
    let mut session = host.open("s", Context::default());
    drop(host);
    let decision = session.submit(events::ordinary(0)).decision;
    assert_eq!(decision.evaluations["hostile"].fault.as_ref().map(|fault| fault.kind), Some(FaultKind::Deadline));
}
