//! Choices and channels are streams of their own.

use specialis_core::{ChannelFault, Level};
use specialis_tests::hosts;
use specialis_tests::streamed::{Piece, stream, told};

use super::{answering, demand, host, open, output};

fn pieces(pieces: &[(u32, &str)]) -> Vec<Piece> {
    pieces.iter().map(|(choice, text)| (*choice, None, (*text).to_owned())).collect()
}

#[test]
fn what_stops_one_choice_lets_the_other_go_on() {
    let host = host(&[answering(&demand("stop", ""))]);
    // The answer names no place, so at a hit it concerns the choice in which the hit stands.
    let mut session = open(&host);
    let mut stream = session.stream(output());
    let mut steps = Vec::new();
    for (choice, _, text) in pieces(&[(0, "先说样"), (1, "这一份"), (0, "例甲再说"), (1, "一切正常"), (0, "没有了")])
    {
        steps.extend(stream.push(choice, None, &text));
    }
    let kept = stream.n_kept_back();
    assert_eq!(kept, 0);
    let out: String = steps.iter().filter_map(|step| text_of(step, 1)).collect();
    assert_eq!(out, "这一份一切正常");
    let out: String = steps.iter().filter_map(|step| text_of(step, 0)).collect();
    assert_eq!(out, "先说");
}

fn text_of(step: &specialis::Step, of: u32) -> Option<String> {
    match step {
        specialis::Step::Text { part, text } if *part == of => Some(text.clone()),
        _ => None,
    }
}

#[test]
fn channels_are_streams_of_their_own() {
    let host = host(&[answering(&demand("mark", ""))]);
    let streamed = stream(
        &mut open(&host),
        &[
            (0, Some("reasoning".to_owned()), "想到样".to_owned()),
            (0, None, "例甲不在一起".to_owned()),
            (0, Some("reasoning".to_owned()), "本".to_owned()),
        ],
    );
    assert_eq!(streamed.decision.verdict, Level::Pass, "no term stands in either");
    assert_eq!((streamed.out[&0].as_str(), streamed.out[&1].as_str()), ("想到样本", "例甲不在一起"));
}

#[test]
fn cutting_interleaved_choices_changes_nothing() {
    let host = host(&[answering(&demand("review", ""))]);
    let coarse = pieces(&[(0, "前面一段样例"), (1, "另一段话样例甲"), (0, "甲号之后"), (1, "再见")]);
    let fine = coarse.iter().flat_map(|(choice, channel, text)| {
        text.chars().map(|c| (*choice, channel.clone(), c.to_string())).collect::<Vec<_>>()
    });
    let (one, other) = (stream(&mut open(&host), &coarse), stream(&mut open(&host), &fine.collect::<Vec<_>>()));
    one.assert_same(&other, &coarse);
    assert_eq!((one.out[&0].as_str(), one.out[&1].as_str()), ("前面一段", "另一段话"));
}

#[test]
fn bytes_that_are_no_text_are_a_fault_of_the_channel() {
    let host = host(&[answering(&demand("mark", ""))]);
    let mut session = open(&host);
    let mut stream = session.stream(output());
    let mut steps = stream.push(0, None, "安全的话样");
    steps.extend(stream.push_bytes(0, None, b"\xff\xfe"));
    steps.extend(stream.push(1, None, "另一个选择"));
    let streamed = told(steps, stream.end());
    assert_eq!(streamed.out[&0], "安全的话", "what was kept back never goes out");
    assert_eq!(streamed.out[&1], "另一个选择");
    assert_eq!(streamed.closed(), [(0, Level::Stop)]);
    assert_eq!(streamed.decision.verdict, Level::Stop);
    let faults = &streamed.decision.streamed.as_ref().expect("it was streamed").faults;
    assert_eq!(faults.get(&0), Some(&ChannelFault::InvalidText));
    assert!(!streamed.out[&0].contains('\u{fffd}'));
}

#[test]
fn a_stream_that_ends_inside_a_character_is_a_fault_of_the_channel() {
    let host = host(&[answering(&demand("mark", ""))]);
    let mut session = open(&host);
    let mut stream = session.stream(output());
    let steps = stream.push_bytes(0, None, &"好".as_bytes()[..2]);
    let streamed = told(steps, stream.end());
    assert_eq!((streamed.decision.verdict, streamed.out.get(&0)), (Level::Stop, None));
}

#[test]
fn more_than_may_be_kept_back_is_reviewed_and_never_released() {
    let limits = specialis::Limits { kept_back: 12, ..specialis::Limits::default() };
    let terms = format!("term,category\n{},a1.violence\n", "长".repeat(40));
    let guest =
        specialis_tests::Guest::from_file("answers").with("answer", &demand("mark", "")).under(super::on_hits());
    let guest = guest.with_lexicon("terms", &terms);
    let candidate = super::with(hosts::candidate(), &[guest]);
    let host = hosts::build(hosts::builder(candidate).limits(limits));
    let text = format!("短{}短", "长".repeat(20));
    for cut in specialis_tests::streamed::cuts(&text, 10) {
        let pieces: Vec<Piece> = cut.into_iter().map(|piece| (0, None, piece)).collect();
        let streamed = stream(&mut open(&host), &pieces);
        assert_eq!(streamed.out[&0], "短");
        assert_eq!(streamed.decision.verdict, Level::Review);
        let faults = &streamed.decision.streamed.as_ref().expect("it was streamed").faults;
        assert_eq!(faults.get(&0), Some(&ChannelFault::KeptBack));
    }
}

#[test]
fn a_what_if_stream_releases_nothing() {
    let host = host(&[answering(&demand("mark", ""))]);
    let day = "2026-01-01".parse().expect("a day");
    let mut session = host.open_as_of("stream", specialis_core::Context::default(), day);
    let streamed = stream(&mut session, &pieces(&[(0, "普通的话")]));
    assert!(streamed.decision.what_if);
    assert!(streamed.out.is_empty());
}
