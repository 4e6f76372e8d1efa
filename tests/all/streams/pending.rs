//! Text that waits for a late score or a person, and the events that free it or end it.

use specialis::{Host, PlatformProfile, Session};
use specialis_core::words::{ReviewOutcome, ReviewRole};
use specialis_core::{Event, EventFacts, EventKind, Level, kinds};
use specialis_tests::streamed::stream;
use specialis_tests::{Guest, Manifest, events, hosts};

use super::{TERMS, answering, demand, host, on_hits, open, output};

fn score(category: &str, permille: Option<u32>, up_to: Option<u32>) -> Event {
    let facts =
        kinds::LateSignal { category: Some(category.to_owned()), score_permille: permille, part: Some(0), up_to };
    EventFacts::Signal(facts).into()
}

/// A guest that awaits scores and answers a signal with a level.
fn awaiting(level: &str) -> Host {
    let mut manifest = Manifest::hostile().on(&["signal"]);
    manifest.wakes = "awaits = [\"a1.violence\"]".to_owned();
    let guest = Guest::from_file("answers").with("answer", &demand(level, "")).under(manifest);
    let mut platform = PlatformProfile::everything(&hosts::registry());
    platform.late_signals = ["a1.violence".into()].into();
    hosts::host(super::with(hosts::candidate(), &[guest]).platform(platform))
}

#[test]
fn text_that_no_score_covers_is_kept_back_until_one_comes() {
    let mut session = open(&awaiting("pass"));
    let mut stream = session.stream(output());
    assert!(stream.push(0, None, "前半段，").iter().all(|step| !matches!(step, specialis::Step::Text { .. })));
    let freed = stream.submit(score("a1.violence", Some(10), None));
    assert_eq!(freed.release.text(0), Some("前半段，"));
    assert!(freed.decision.intervened);
    stream.push(0, None, "后半段。");
    let freed = stream.submit(score("a1.violence", Some(10), Some(18)));
    assert_eq!(freed.release.text(0), Some("后半"));
    assert_eq!(stream.end().release.text(0), None, "the rest still waits");
    assert_eq!(session.n_kept_back(), "段。".len());
    let freed = session.submit(score("a1.violence", Some(10), Some(24)));
    assert_eq!(freed.release.text(0), Some("段。"));
    assert_eq!(session.n_kept_back(), 0);
}

#[test]
fn a_score_of_another_category_frees_nothing() {
    let mut session = open(&awaiting("pass"));
    let mut stream = session.stream(output());
    stream.push(0, None, "一段话");
    assert_eq!(stream.submit(score("a1.obscenity", Some(10), None)).release.text(0), None);
}

#[test]
fn a_score_that_stops_ends_what_is_pending() {
    let mut session = open(&awaiting("stop"));
    let mut stream = session.stream(output());
    stream.push(0, None, "一段话");
    assert_eq!(stream.submit(score("a1.violence", Some(990), None)).decision.verdict, Level::Stop);
    assert_eq!(stream.push(0, None, "再一段"), []);
    assert_eq!(stream.end().release.text(0), None);
    assert_eq!(session.n_kept_back(), 0);
}

#[test]
fn a_platform_that_sends_no_late_scores_keeps_nothing_back_for_them() {
    let mut manifest = Manifest::hostile().on(&["signal"]);
    manifest.wakes = "awaits = [\"a1.violence\"]".to_owned();
    let host = host(&[Guest::from_file("answers").with("answer", "{}").under(manifest)]);
    assert_eq!(stream(&mut open(&host), &[(0, None, "一段话".to_owned())]).out[&0], "一段话");
}

fn review(outcome: ReviewOutcome, digest: &str) -> Event {
    let facts = kinds::Review {
        role: Some(ReviewRole::ContentReviewer),
        outcome: Some(outcome),
        digest: Some(digest.to_owned()),
    };
    EventFacts::Review(facts).into()
}

/// Asks for a look at each hit, and hears reviews where `kinds` say so.
fn asks_for_a_look(kinds: &[&str]) -> Guest {
    Guest::from_file("answers-then-content")
        .with("asks", &demand("review", r#"{"append": "advert"}"#))
        .under(Manifest { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), ..on_hits() })
        .with_lexicon("terms", TERMS)
}

fn pending(session: &mut Session) -> String {
    let streamed = stream(session, &[(0, None, "开头，样例甲，后文。".to_owned())]);
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Review, "开头，"));
    assert_eq!(session.n_kept_back(), "样例甲，后文。".len());
    streamed.decision.id
}

#[test]
fn a_person_who_approves_the_decision_frees_what_is_pending() {
    let host = host(&[asks_for_a_look(&["review"])]);
    let mut session = open(&host);
    let id = pending(&mut session);
    let freed = session.submit(review(ReviewOutcome::Approved, &id));
    assert_eq!(freed.release.text(0), Some("样例甲，后文。\n限时特惠，扫码领取"));
    assert_eq!(session.n_kept_back(), 0);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None, "once");
}

#[test]
fn approving_another_decision_or_refusing_frees_nothing() {
    let host = host(&[asks_for_a_look(&["review"])]);
    let mut session = open(&host);
    let id = pending(&mut session);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, "0123")).release.text(0), None);
    assert_eq!(session.submit(review(ReviewOutcome::Refused, &id)).release.text(0), None);
}

#[test]
fn an_approval_that_the_asking_policy_does_not_hear_frees_nothing() {
    let host = host(&[asks_for_a_look(&[])]);
    let mut session = open(&host);
    let id = pending(&mut session);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None);
    assert!(session.n_kept_back() > 0);
}

#[test]
fn an_approval_without_a_warrant_frees_nothing() {
    let host = host(&[asks_for_a_look(&["review"])]);
    let mut session = open(&host);
    let id = pending(&mut session);
    let mut event = review(ReviewOutcome::Approved, &id);
    event.source = Some("stranger".into());
    assert_eq!(session.submit(event).release.text(0), None);
}

#[test]
fn a_review_that_stops_ends_what_is_pending() {
    let mut manifest = on_hits();
    manifest.kinds = vec!["review".to_owned()];
    let guest = answering(&demand("stop", "")).under(manifest);
    let asks = Guest::from_file("answers").with("answer", &demand("review", ""));
    let asks = asks.under(on_hits().called("asks"));
    let host = host(&[guest, asks]);
    let mut session = open(&host);
    let streamed = stream(&mut session, &[(0, None, "开头，样例甲。".to_owned())]);
    assert_eq!(streamed.decision.verdict, Level::Stop);
    session.submit(review(ReviewOutcome::Refused, &streamed.decision.id));
    assert_eq!(session.n_kept_back(), 0);
}

#[test]
fn when_the_reader_is_gone_what_was_kept_back_is_dropped() {
    let host = host(&[asks_for_a_look(&["review"])]);
    let mut session = open(&host);
    let id = pending(&mut session);
    let judged = session.submit(Event::new(EventKind::Abort));
    assert!(judged.decision.intervened);
    assert_eq!(session.n_kept_back(), 0);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None);
}

#[test]
fn an_event_that_was_given_whole_waits_for_a_person_too() {
    let host = host(&[asks_for_a_look(&["review"])]);
    let whole = |session: &mut Session| {
        let judged = session.submit(Event::new(EventKind::Output).with_text("开头，样例甲，后文。"));
        assert_eq!((judged.decision.verdict, judged.release.text(0)), (Level::Review, None));
        assert_eq!(session.n_kept_back(), "开头，样例甲，后文。".len());
        judged.decision.id
    };
    let mut session = open(&host);
    let id = whole(&mut session);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, "0123")).release.text(0), None);
    let freed = session.submit(review(ReviewOutcome::Approved, &id));
    assert_eq!(freed.release.text(0), Some("开头，样例甲，后文。\n限时特惠，扫码领取"));
    assert_eq!(session.n_kept_back(), 0);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None, "once");
    // Refused, gone, followed by another event, or approved where the policy that asked does not hear it: it stays.
    for ends in [review(ReviewOutcome::Refused, &id), Event::new(EventKind::Abort), events::ordinary(0)] {
        let mut session = open(&host);
        let id = whole(&mut session);
        session.submit(ends.clone());
        assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None, "{ends:?}");
    }
    let mut session = open(&super::host(&[asks_for_a_look(&[])]));
    let id = whole(&mut session);
    assert_eq!(session.submit(review(ReviewOutcome::Approved, &id)).release.text(0), None);
}
