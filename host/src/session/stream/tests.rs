//! Faults that cannot happen, made to happen: whatever is missing, text is kept back.

use specialis_core::{Context, Event, EventKind, Level};

use super::*;
use crate::control::{Candidate, Host};

/// A session without policies: nothing but a fault of the host can keep its text back.
fn session() -> Session {
    let host = Host::builder(Candidate::default()).threads(1).build().unwrap();
    host.open("s", Context::default())
}

fn begun(session: &mut Session) -> Box<StreamState> {
    let mut stream = StreamState::begin(session, Event::new(EventKind::Output));
    let steps = stream.push(session, 0, None, "第一段。".as_bytes());
    assert_eq!(texts(&steps), "第一段。", "text flows while nothing is broken");
    stream
}

fn texts(steps: &[Step]) -> String {
    let text = |step: &Step| match step {
        Step::Text { text, .. } => text.clone(),
        Step::Decision(_) | Step::Closed { .. } => String::new(),
    };
    steps.iter().map(text).collect()
}

#[test]
fn an_outlet_that_is_gone_releases_nothing() {
    let mut session = session();
    let mut stream = begun(&mut session);
    let id = stream.outlets.find(0, None).unwrap();
    stream.outlets.clear();
    stream.feed(&mut session, id, "第二段。".as_bytes());
    stream.release_to(&session, id, usize::MAX);
    stream.finish_outlet(&mut session, id);
    assert_eq!(stream.release_rest(&session, id), None);
    assert_eq!(texts(&stream.take_steps()), "");
    assert_eq!(stream.end(&mut session).release.text(0), None);
}

#[test]
fn a_part_that_is_not_read_releases_nothing_and_its_outlet_closes() {
    let mut session = session();
    let mut stream = begun(&mut session);
    let part = stream.outlets.iter().next().unwrap().part;
    stream.scan.forget_parts();
    assert_eq!(stream.scan.kept_from(part), 0);
    let steps = stream.push(&mut session, 0, None, "第二段。".as_bytes());
    assert_eq!(texts(&steps), "");
    stream.decide_all(&session, Some(Place { part: Some(part), at: 0 }));
    assert!(!stream.outlets.iter().any(|outlet| outlet.is_open()));
    assert_eq!(stream.end(&mut session).release.text(0), None);
}

#[test]
fn a_part_that_cannot_be_added_releases_nothing() {
    let mut session = session();
    let mut stream = begun(&mut session);
    // One part of the event that was never begun: the next one has no number of its own.
    stream.scan.forget_last_part();
    let steps = stream.push(&mut session, 1, None, "另一个回答。".as_bytes());
    assert_eq!(texts(&steps), "");
}

#[test]
fn an_outlet_that_another_edition_does_not_know_closes() {
    let (mut session, mut other) = (session(), session());
    let mut stream = begun(&mut session);
    let there = StreamState::begin(&mut other, Event::new(EventKind::Output));
    stream.judge_again(&session, Some(there));
    assert!(!stream.outlets.iter().any(|outlet| outlet.is_open()));
    let steps = stream.push(&mut session, 0, None, "第二段。".as_bytes());
    assert_eq!(texts(&steps), "");
}

#[test]
fn after_an_abort_nothing_goes_out() {
    let mut session = session();
    let mut stream = begun(&mut session);
    let judged = session.judge(Event::new(EventKind::Abort), Some(&mut stream));
    assert!(judged.release.parts.iter().all(|(_, text)| text.is_none()));
    assert_eq!(texts(&stream.push(&mut session, 0, None, "第二段。".as_bytes())), "");
    let ended = stream.end(&mut session);
    assert!(ended.release.parts.iter().all(|(_, text)| text.is_none()), "{:?}", ended.release);
    assert!(session.pending.is_none());
}

#[test]
fn a_what_if_stream_releases_nothing() {
    let host = Host::builder(Candidate::default()).threads(1).build().unwrap();
    let day = "1999-12-31".parse().unwrap();
    let mut session = host.open_as_of("s", Context::default(), day);
    let mut stream = StreamState::begin(&mut session, Event::new(EventKind::Output));
    let steps = stream.push(&mut session, 0, None, "一段。".as_bytes());
    assert_eq!(texts(&steps), "");
    let ended = stream.end(&mut session);
    assert_eq!((ended.release.text(0), ended.decision.verdict), (None, Level::Pass));
}
