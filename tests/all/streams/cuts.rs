//! Cutting a stream differently changes neither where policies are called, nor what they answer, nor what goes out.

use specialis::{Host, Session};
use specialis_core::{Context, Decision, Event, EventKind, FaultKind, Level};
use specialis_tests::case::Case;
use specialis_tests::streamed::{Piece, Streamed, cut_at_random, cuts, stream, told};
use specialis_tests::{Guest, Manifest, files, hosts};

use super::{answering, demand, host, on_hits, open, output};

/// Sessions of events, with the day on which they are judged.
struct Told {
    name: String,
    day: specialis_core::Date,
    context: Context,
    events: Vec<Event>,
}

/// Every run of the conformance suite, with the host it is judged by, and every example session.
fn suite() -> Vec<(Host, Vec<Told>)> {
    let mut suite = Vec::new();
    for case in Case::all() {
        let host = case.world.host();
        let runs = case.runs.iter().map(|run| case.told(run)).map(|told| Told {
            name: told.session,
            day: told.as_of,
            context: serde_json::from_value(told.context).expect("a context"),
            events: told.events.into_iter().map(|event| serde_json::from_value(event).expect("an event")).collect(),
        });
        suite.push((host, runs.collect()));
    }
    suite.push((hosts::host(hosts::built_in()), examples()));
    suite
}

fn examples() -> Vec<Told> {
    let mut sessions: Vec<Told> = Vec::new();
    for line in files::read("examples/events.jsonl").lines() {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("a line");
        let name = line["session"].as_str().unwrap_or_default().to_owned();
        let mut event: Event = serde_json::from_value(line["event"].take()).expect("an event");
        for chunk in line["chunks"].as_array().into_iter().flatten() {
            event = event.with_text(chunk.as_str().or_else(|| chunk["text"].as_str()).expect("a chunk"));
        }
        if !sessions.iter().any(|told| told.name == name) {
            let context = serde_json::from_value(line["context"].take()).unwrap_or_default();
            sessions.push(Told { name: name.clone(), day: hosts::today(), context, events: Vec::new() });
        }
        let told = sessions.iter_mut().find(|told| told.name == name).expect("it is there");
        told.events.push(event);
    }
    sessions
}

impl Told {
    fn open(&self, host: &Host) -> Session {
        if self.day == hosts::today() {
            host.open(self.name.as_str(), self.context.clone())
        } else {
            host.open_as_of(self.name.as_str(), self.context.clone(), self.day)
        }
    }
}

/// Whether an event can stream: generated text and nothing beside it.
fn streams(event: &Event) -> bool {
    let is_plain = |part: &specialis_core::Part| part.role.is_none() && part.medium.is_none() && part.media.is_none();
    event.kind() == EventKind::Output && !event.parts.is_empty() && event.parts.iter().all(is_plain)
}

/// Streams an event whose texts are cut by `cut`, one after the other.
fn streamed(session: &mut Session, event: &Event, cut: &dyn Fn(&str) -> Vec<String>) -> Streamed {
    let mut bare = event.clone();
    let parts = std::mem::take(&mut bare.parts);
    let mut stream = session.stream(bare);
    let mut steps = stream.steps();
    for (part, choice) in parts.iter().zip(0_u32..) {
        // Parts of one choice and channel would be one stream.
        for piece in cut(part.text.as_deref().unwrap_or_default()) {
            steps.extend(stream.push(choice, part.channel.as_deref(), &piece));
        }
    }
    told(steps, stream.end())
}

/// A way to cut a text.
type Cut<'a> = &'a dyn Fn(&str) -> Vec<String>;

fn bare(decision: &Decision) -> Decision {
    Decision { streamed: None, id: String::new(), ..decision.clone() }
}

#[test]
fn the_suite_is_judged_alike_whole_and_however_it_is_cut() {
    let mut n_streamed = 0;
    for (host, sessions) in suite() {
        for told in sessions {
            let judge = |cut: Option<Cut<'_>>| {
                let mut session = told.open(&host);
                let judge = |event: &Event| match cut {
                    Some(cut) if streams(event) => {
                        let streamed = streamed(&mut session, event, cut);
                        (bare(&streamed.decision), Some(streamed))
                    }
                    Some(_) | None => (bare(&session.submit(event.clone()).decision), None),
                };
                told.events.iter().map(judge).collect::<Vec<_>>()
            };
            let submitted = judge(None);
            let whole = judge(Some(&|text| vec![text.to_owned()]));
            for ((one, _), (other, _)) in submitted.iter().zip(&whole) {
                assert_eq!(hosts::json(one), hosts::json(other), "`{}` submitted and streamed", told.name);
            }
            n_streamed += whole.iter().filter(|(_, streamed)| streamed.is_some()).count();
            assert_eq!(judge(Some(&|text| text.chars().map(String::from).collect())), whole, "`{}`", told.name);
            for seed in 1..=3 {
                assert_eq!(judge(Some(&|text| cut_at_random(text, seed))), whole, "`{}`, cut {seed}", told.name);
            }
        }
    }
    assert!(n_streamed > 60, "only {n_streamed} outputs of the suite stream");
}

/// Streams a text cut in many ways and says what they all come to.
fn alike(host: &Host, text: &str) -> Streamed {
    let mut first = None;
    for pieces in cuts(text, 40) {
        let pieces: Vec<Piece> = pieces.into_iter().map(|piece| (0, None, piece)).collect();
        let streamed = stream(&mut open(host), &pieces);
        let first = first.get_or_insert_with(|| streamed.clone());
        first.assert_same(&streamed, &pieces);
    }
    first.expect("there is a cut")
}

const THREE_HITS: &str = "第一处是样例甲，第二处也是样例甲。再往后还有样例甲号，结尾没有了。";

#[test]
fn a_policy_that_counts_is_called_alike_however_a_stream_is_cut() {
    let third = format!("(i32.const {{{{outcome {}}}}})", demand("review", ""));
    let counts = Guest::from_file("counts-calls").with("third", &third).under(on_hits());
    let streamed = alike(&host(&[counts.with_lexicon("terms", super::TERMS)]), THREE_HITS);
    assert_eq!(streamed.closed(), [(0, Level::Review)]);
    assert_eq!(streamed.out[&0], "第一处是样例甲，第二处也是样例甲。再往后还有", "the third call is at the third hit");
}

#[test]
fn a_policy_that_traps_on_the_third_hit_faults_alike_however_a_stream_is_cut() {
    let traps = Guest::from_file("counts-calls").with("third", "(unreachable)").under(on_hits());
    let streamed = alike(&host(&[traps.with_lexicon("terms", super::TERMS)]), THREE_HITS);
    assert_eq!(streamed.closed(), [(0, Level::Stop)], "one of its duties fails to `stop`");
    let fault = streamed.decision.evaluations["hostile"].fault.as_ref().expect("it faulted");
    assert_eq!((fault.kind, fault.point.as_str()), (FaultKind::Trap, "hit"));
    assert_eq!(streamed.out[&0], "第一处是样例甲，第二处也是样例甲。再往后还有");
}

#[test]
fn a_policy_close_to_its_limit_of_findings_answers_alike_however_a_stream_is_cut() {
    let many = Guest::from_file("many-findings").under(on_hits()).with_lexicon("terms", super::TERMS);
    let streamed = alike(&host(&[many]), THREE_HITS);
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Pass, THREE_HITS));
}

#[test]
fn a_policy_that_uses_nearly_all_its_fuel_runs_out_of_it_at_the_same_hit_however_a_stream_is_cut() {
    let turns = |turns: u64| {
        let guest = Guest::from_file("spends-most").with("turns", &turns.to_string());
        let guest = guest.under(on_hits()).with_lexicon("terms", super::TERMS);
        let per =
            specialis::Limits { fuel_per_call: 0, fuel_per_item: 0, fuel_per_char: 1, ..specialis::Limits::default() };
        let limits = specialis::Limits { fuel_base: 1_000_000, ..per };
        hosts::build(hosts::builder(super::with(hosts::candidate(), &[guest])).limits(limits))
    };
    // A turn costs four units or a little more; the first call takes most of the fuel, the second cannot end.
    let burnt = |host: &Host| {
        let mut session = open(host);
        let mut stream = session.stream(output());
        stream.push(0, None, "样例甲。");
        stream.end().observation.fuel["hostile"]
    };
    let little = burnt(&turns(10_000)) / 2;
    let host = turns(10_000 * 950_000 / little);
    let streamed = alike(&host, THREE_HITS);
    let fault = streamed.decision.evaluations["hostile"].fault.as_ref().expect("it faulted");
    assert_eq!((fault.kind, fault.point.as_str()), (FaultKind::Fuel, "hit"));
    assert_eq!(streamed.out[&0], "第一处是样例甲，第二处也是", "the first call was answered");
}

#[test]
fn what_goes_out_and_what_is_kept_back_is_what_came_in() {
    let host = host(&[answering(&demand("mark", ""))]);
    let text = "样例前面一段很普通的话，样例甲出现一次，后面又有样例甲号；sample text in English, 样";
    for pieces in cuts(text, 40) {
        let mut session = open(&host);
        let mut stream = session.stream(output());
        let (mut came, mut out) = (String::new(), String::new());
        for piece in pieces {
            came.push_str(&piece);
            for step in stream.push(0, None, &piece) {
                if let specialis::Step::Text { text, .. } = step {
                    out.push_str(&text);
                }
            }
            assert!(came.starts_with(&out));
            assert_eq!(out.len() + stream.n_kept_back(), came.len());
        }
        out.push_str(stream.end().release.text(0).unwrap_or_default());
        assert_eq!(out, text);
    }
}

#[test]
fn a_reader_waits_for_nothing_that_is_already_safe() {
    let host = host(&[answering(&demand("mark", ""))]);
    let mut session = open(&host);
    let mut stream = session.stream(output());
    stream.push(0, None, "这是普通的话");
    assert_eq!(stream.n_kept_back(), 0);
    stream.push(0, None, "样例");
    assert_eq!(stream.n_kept_back(), "样例".len());
    stream.push(0, None, "很好");
    assert_eq!(stream.n_kept_back(), 0);
}

#[test]
fn cuts_inside_characters_change_nothing() {
    let host = host(&[answering(&demand("stop", ""))]);
    let text = "前面😀样例甲后面";
    let mut session = open(&host);
    let mut cut = session.stream(output());
    let steps: Vec<_> = text.bytes().flat_map(|byte| cut.push_bytes(0, None, &[byte])).collect();
    let bytewise = told(steps, cut.end());
    bytewise.assert_same(&stream(&mut open(&host), &[(0, None, text.to_owned())]), &text);
    assert_eq!(bytewise.out[&0], "前面😀");
}

#[test]
fn manifests_without_hits_are_called_at_the_end_alone() {
    let guest = Guest::from_file("answers").with("answer", &demand("warn", ""));
    let host = host(&[guest.under(Manifest::hostile().on(&["output"]))]);
    let streamed = alike(&host, "没有任何命中的一段话。第二句。");
    assert_eq!(streamed.decision.verdict, Level::Warn);
    assert_eq!(streamed.decisions().iter().map(|d| d.verdict).collect::<Vec<_>>(), [Level::Pass]);
}
