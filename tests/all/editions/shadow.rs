//! A candidate in shadow: it judges beside the live edition and changes nothing.

use std::time::Duration;

use specialis::trial::{PromotionCriteria, ShadowShare};
use specialis::{Clock, Host, Staged};
use specialis_core::{Context, Date, Level};
use specialis_tests::{Manifest, events, hosts};

use super::life::candidate;
use super::{answering, refused};

const ALL: ShadowShare = ShadowShare { permille: 1_000, waiting: 4_096, waiting_bytes: 64 << 20 };

fn shadowed(level: &str) -> (Host, Staged) {
    let one = |level: &str, version: &str| candidate(&[("one", answering(level, Manifest::witness().at(version)))]);
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let staged = host.stage(one(level, "1.1.0")).unwrap();
    host.shadow(&staged, ALL).unwrap();
    (host, staged)
}

fn judge(host: &Host, n: usize) {
    for n in 0..n {
        let mut carry_out = |_: &specialis_core::DueObligation| specialis_core::Outcome::Done;
        let (judged, _) = host.decide(format!("s{n}"), Context::default(), events::ordinary(n), &mut carry_out);
        assert_eq!(judged.decision.verdict, Level::Warn, "the live edition decides");
    }
}

#[test]
fn differences_are_counted_by_duty_and_without_content() {
    let (host, staged) = shadowed("stop");
    judge(&host, 20);
    let report = host.shadow_settled().expect("there is a shadow");
    assert_eq!(report.edition, staged.edition().id());
    let differences = &report.differences;
    assert_eq!((differences.n_events, differences.verdicts_tightened, differences.verdicts_loosened), (20, 20, 0));
    assert_eq!(differences.duties["im.art4.violence.screen"].tightened, 20);
    assert!(!differences.samples.is_empty());
    let words = serde_json::to_string(&report).unwrap();
    assert!(!words.contains("图书馆"), "{words}");
    assert_eq!(host.status().shadow, Some(report));
}

#[test]
fn promotion_waits_for_what_the_criteria_ask() {
    let criteria = PromotionCriteria { events: 10, ..PromotionCriteria::default() };
    let (host, staged) = shadowed("mark");
    judge(&host, 9);
    host.shadow_settled();
    refused(host.promote(staged, &criteria), "activate", "9 of 10 events were compared");
    let (host, staged) = shadowed("mark");
    judge(&host, 10);
    host.shadow_settled();
    refused(host.promote(staged, &criteria), "activate", "10 events loosened, 0 may");
    let (host, staged) = shadowed("stop");
    judge(&host, 10);
    host.shadow_settled();
    let live = host.promote(staged, &criteria).unwrap();
    assert_eq!(host.edition().id(), live.id());
    assert_eq!(host.shadow_report(), None, "the shadow ended");
}

#[test]
fn session_is_in_the_share_whole_or_not_at_all() {
    let one = |level: &str, version: &str| candidate(&[("one", answering(level, Manifest::witness().at(version)))]);
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let staged = host.stage(one("stop", "1.1.0")).unwrap();
    host.shadow(&staged, ShadowShare { permille: 500, ..ALL }).unwrap();
    for n in 0..40 {
        let mut session = host.open(format!("s{n}"), Context::default());
        for _ in 0..3 {
            session.submit(events::ordinary(0));
        }
    }
    let n_events = host.shadow_settled().expect("there is a shadow").differences.n_events;
    assert_eq!(n_events % 3, 0);
    assert!(n_events > 0 && n_events < 120, "{n_events}");
}

#[test]
fn what_waits_is_bounded_by_bytes_and_what_is_judged_waits_no_more() {
    let one = |level: &str, version: &str| candidate(&[("one", answering(level, Manifest::witness().at(version)))]);
    let host = hosts::builder(one("warn", "1.0.0")).build().unwrap();
    let staged = host.stage(one("stop", "1.1.0")).unwrap();
    let long = |n: usize| events::ordinary(0).with_text(format!("0 {}", "好".repeat(n)));
    host.shadow(&staged, ShadowShare { waiting_bytes: 64 << 10, ..ALL }).unwrap();
    for n in 0..10 {
        host.open(format!("s{n}"), Context::default()).submit(long(10_000));
        let report = host.shadow_settled().expect("there is a shadow");
        assert_eq!((report.differences.n_events, report.n_left_out), (n + 1, 0));
    }
    host.open("too-long", Context::default()).submit(long(30_000));
    let report = host.shadow_settled().expect("there is a shadow");
    assert_eq!((report.differences.n_events, report.n_left_out), (10, 1));
}

/// A clock that does not go on the thread of a shadow.
struct NotInShadow;

impl Clock for NotInShadow {
    fn today(&self) -> Date {
        hosts::today()
    }

    fn uptime(&self) -> Duration {
        assert_ne!(std::thread::current().name(), Some("specialis-shadow"), "on purpose");
        Duration::ZERO
    }
}

#[test]
fn nobody_waits_for_a_shadow_that_panicked_and_it_promotes_nothing() {
    let one = |level: &str, version: &str| candidate(&[("one", answering(level, Manifest::witness().at(version)))]);
    let host = hosts::builder(one("warn", "1.0.0")).clock(NotInShadow).build().unwrap();
    let staged = host.stage(one("stop", "1.1.0")).unwrap();
    host.shadow(&staged, ALL).unwrap();
    judge(&host, 5);
    let report = host.shadow_settled().expect("there is a shadow");
    assert_eq!((report.differences.n_events, report.n_left_out), (0, 5));
    let criteria = PromotionCriteria { events: 0, ..PromotionCriteria::default() };
    refused(host.promote(staged, &criteria), "activate", "the shadow broke off");
}
