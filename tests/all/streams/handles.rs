//! The two forms of an open stream, and what becomes of one that is left.

use specialis::{Session, Step};
use specialis_core::words::{ReviewOutcome, ReviewRole};
use specialis_core::{Event, EventFacts, kinds};
use specialis_tests::streamed::{Streamed, told};

use super::{answering, demand, host, open, output};

const TEXT: [&str; 2] = ["开头，样例", "甲，后文。"];

#[test]
fn a_stream_that_holds_its_session_comes_to_the_same() {
    let host = host(&[answering(&demand("review", ""))]);
    let mut session = open(&host);
    let borrowed = {
        let mut stream = session.stream(output());
        let steps = TEXT.iter().flat_map(|piece| stream.push(0, None, piece)).collect();
        told(steps, stream.end())
    };
    let mut stream = open(&host).into_stream(output());
    let steps = TEXT.iter().flat_map(|piece| stream.push(0, None, piece)).collect();
    let (owner, judged) = stream.end();
    borrowed.assert_same(&told(steps, judged), &TEXT);
    assert_eq!((session.n_kept_back(), owner.n_kept_back()), ("样例甲，后文。".len(), "样例甲，后文。".len()));
}

#[test]
fn the_first_decision_comes_with_the_steps_or_else_with_the_first_push() {
    let host = host(&[answering(&demand("mark", ""))]);
    let (mut one, mut other) = (open(&host), open(&host));
    let (mut one, mut other) = (one.stream(output()), other.stream(output()));
    let mut asked = one.steps();
    assert!(matches!(asked.as_slice(), [Step::Decision(_)]), "{asked:?}");
    assert_eq!(one.steps(), [], "once");
    asked.extend(one.push(0, None, "一段话"));
    assert_eq!(asked, other.push(0, None, "一段话"));
}

#[test]
fn parts_that_are_whole_are_read_first_and_released_at_the_end() {
    let host = host(&[answering(&demand("stop", ""))]);
    let streamed = |first: &str| {
        let mut session = open(&host);
        let mut stream = session.stream(output().with_text(first));
        let steps = stream.push(1, None, "另一份。");
        told(steps, stream.end())
    };
    let harmless = streamed("一份。");
    assert_eq!((harmless.out[&0].as_str(), harmless.out[&1].as_str()), ("一份。", "另一份。"));
    assert_eq!(streamed("一份，样例甲。").out.get(&0), None);
}

/// A stream of which some text waits for a person.
fn waiting(session: &mut Session) -> Streamed {
    let mut stream = session.stream(output());
    let steps = TEXT.iter().flat_map(|piece| stream.push(0, None, piece)).collect();
    let streamed = told(steps, stream.end());
    assert!(session.n_kept_back() > 0, "it waits");
    streamed
}

fn approval(of: &Streamed) -> Event {
    EventFacts::Review(kinds::Review {
        role: Some(ReviewRole::ContentReviewer),
        outcome: Some(ReviewOutcome::Approved),
        digest: Some(of.decision.id.clone()),
    })
    .into()
}

/// A guest that asks for a look at each hit and is content with the answer.
fn asks_for_a_look() -> specialis_tests::Guest {
    let manifest = specialis_tests::Manifest { kinds: vec!["review".to_owned()], ..super::on_hits() };
    let guest = specialis_tests::Guest::from_file("answers-then-content").with("asks", &demand("review", ""));
    guest.under(manifest).with_lexicon("terms", super::TERMS)
}

#[test]
fn text_that_waits_never_goes_out_once_another_stream_begins() {
    let host = host(&[asks_for_a_look()]);
    let mut session = open(&host);
    let streamed = waiting(&mut session);
    assert_eq!(session.submit(approval(&streamed)).release.text(0), Some("样例甲，后文。"), "a person may free it");

    let mut session = open(&host);
    let streamed = waiting(&mut session);
    drop(session.stream(output()));
    assert_eq!(session.n_kept_back(), 0);
    assert_eq!(session.submit(approval(&streamed)).release.text(0), None);
}

#[test]
fn a_stream_that_is_left_before_its_end_keeps_back_what_it_has() {
    let host = host(&[asks_for_a_look()]);
    let mut session = open(&host);
    let mut stream = session.stream(output());
    stream.push(0, None, "开头，样例");
    assert_eq!(stream.n_kept_back(), "样例".len());
    drop(stream);
    assert_eq!(session.n_kept_back(), 0);

    let mut stream = session.into_stream(output());
    stream.push(0, None, "开头，样例");
    let mut session = stream.abandon();
    assert_eq!(session.n_kept_back(), 0);
    let streamed = waiting(&mut session);
    assert_eq!(streamed.out[&0], "开头，", "the next stream is another text");
    assert_eq!(streamed.decision.seq, 2, "streams that were left have numbers of their own");
}
