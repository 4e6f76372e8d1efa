//! Text actions on text that streams: what goes out is what they make of it.

use specialis::{PlatformProfile, Step, config};
use specialis_core::{Context, DueObligation, Level, Obligation, Outcome};
use specialis_tests::streamed::{Streamed, cuts, stream};
use specialis_tests::{Guest, PHONE, events, hosts};

use super::{answering, demand, demand_on, host, on_hits, open, output};

fn alike(host: &specialis::Host, text: &str) -> Streamed {
    let mut first: Option<Streamed> = None;
    for cut in cuts(text, 20) {
        let pieces: Vec<_> = cut.into_iter().map(|piece| (0, None, piece)).collect();
        let streamed = stream(&mut open(host), &pieces);
        let first = first.get_or_insert_with(|| streamed.clone());
        first.assert_same(&streamed, &pieces);
    }
    first.expect("there is a cut")
}

#[test]
fn masked_text_comes_out_and_never_the_original() {
    let host = hosts::host(hosts::built_in().redaction("■"));
    let text = format!("联系人电话{PHONE}，备用电话 {PHONE}。谢谢。");
    for cut in cuts(&text, 20) {
        let mut session = host.open("stream", events::context());
        let mut stream = session.stream(output());
        let (mut out, mut so_far) = (String::new(), Vec::new());
        for piece in cut {
            so_far.extend(stream.push(0, None, &piece));
            for step in so_far.drain(..) {
                if let Step::Text { text, .. } = step {
                    out.push_str(&text);
                }
            }
            assert!(!out.chars().any(|c| c.is_ascii_digit()), "{out}");
        }
        let judged = stream.end();
        out.push_str(judged.release.text(0).unwrap_or_default());
        assert_eq!((out.as_str(), judged.decision.verdict), ("联系人电话■，备用电话 ■。谢谢。", Level::Redact));
    }
}

#[test]
fn a_label_in_the_text_stands_at_its_end_and_is_nobody_elses_to_do() {
    let settings = config::settings("[common]\nlabel-in-text = true").expect("settings");
    let host = hosts::host(hosts::built_in().settings(settings));
    for (text, out) in [
        ("图书馆周一闭馆。", "图书馆周一闭馆。（AI生成）"),
        ("图书馆周一闭馆。（AI生成）", "图书馆周一闭馆。（AI生成）"),
    ] {
        assert_eq!(host.open("s", events::context()).submit(output().with_text(text)).release.text(0), Some(out));
        for cut in cuts(text, 20) {
            let pieces: Vec<_> = cut.into_iter().map(|piece| (0, None, piece)).collect();
            assert_eq!(stream(&mut host.open("s", events::context()), &pieces).out[&0], out);
        }
    }
    let mut session = host.open("s", events::context());
    let judged = session.submit(output().with_text("图书馆周一闭馆。"));
    let mut handed_over = Vec::new();
    session.carry_out(&judged.decision, &mut |due: &DueObligation| {
        handed_over.push(due.obligation.clone());
        Outcome::Done
    });
    assert!(
        judged.decision.obligations.iter().any(|due| is_label(&due.obligation)) && !handed_over.iter().any(is_label)
    );

    // A text that is cut off has its label all the same.
    let mut session = host.open("s", events::context());
    let mut stream = session.stream(output());
    let mut out: String = texts(stream.push(0, None, "图书馆周一闭馆。"));
    out.push_str(&texts(stream.push_bytes(0, None, b"\xFF")));
    out.push_str(stream.end().release.text(0).unwrap_or_default());
    assert_eq!(out, "图书馆周一闭馆。（AI生成）");
}

#[test]
fn nothing_is_added_behind_the_arguments_of_a_tool_and_behind_reasoning() {
    let settings = config::settings("[common]\nlabel-in-text = true").expect("settings");
    let host = hosts::host(hosts::built_in().settings(settings));
    let piece = |channel: Option<&str>, text: &str| (0, channel.map(str::to_owned), text.to_owned());
    let pieces = [
        piece(Some("reasoning"), "先查开放时间。"),
        piece(Some("tool-arguments"), r#"{"day": "周一"}"#),
        piece(Some("tool-arguments-1+json"), r#"{"day": "周二"}"#),
        piece(None, "图书馆周一闭馆。"),
    ];
    let streamed = stream(&mut host.open("s", events::context()), &pieces);
    let out: Vec<&str> = streamed.out.values().map(String::as_str).collect();
    let expected = ["先查开放时间。", r#"{"day": "周一"}"#, r#"{"day": "周二"}"#, "图书馆周一闭馆。（AI生成）"];
    assert_eq!(out, expected);
}

#[test]
fn a_label_that_the_registry_has_no_mark_for_is_the_platforms() {
    let mut registry = hosts::registry();
    registry.words.values_mut().for_each(|name| name.mark = None);
    let settings = config::settings("[common]\nlabel-in-text = true").expect("settings");
    let host = hosts::host(hosts::built_in().registry(registry).settings(settings));
    let mut session = host.open("s", events::context());
    let judged = session.submit(output().with_text("图书馆周一闭馆。"));
    assert_eq!(judged.release.text(0), Some("图书馆周一闭馆。"));
    let mut n_labels = 0;
    session.carry_out(&judged.decision, &mut |due: &DueObligation| {
        n_labels += usize::from(is_label(&due.obligation));
        Outcome::Done
    });
    assert_eq!(n_labels, 1);
}

fn is_label(obligation: &Obligation) -> bool {
    matches!(obligation, Obligation::Measure(measure) if measure.id.as_str() == "label-explicit")
}

fn texts(steps: Vec<Step>) -> String {
    steps.into_iter().filter_map(|step| if let Step::Text { text, .. } = step { Some(text) } else { None }).collect()
}

#[test]
fn a_stop_lets_the_text_before_it_go_and_nothing_after() {
    let streamed = alike(&host(&[answering(&demand("stop", ""))]), "安全的开头，样例甲，还有后文。");
    assert_eq!((streamed.out[&0].as_str(), streamed.closed()), ("安全的开头，", vec![(0, Level::Stop)]));
}

#[test]
fn the_text_action_stop_stops_at_whatever_level() {
    let streamed = alike(&host(&[answering(&demand("warn", r#""stop""#))]), "开头，样例甲。");
    assert_eq!((streamed.out[&0].as_str(), streamed.closed()), ("开头，", vec![(0, Level::Stop)]));
}

#[test]
fn a_label_is_added_at_the_end_also_where_the_stream_was_stopped() {
    let advert = "\n限时特惠，扫码领取";
    let label = answering(&demand("mark", r#"{"append": "advert"}"#));
    let streamed = alike(&host(&[label]), "正文里有样例甲。");
    assert_eq!(streamed.out[&0], format!("正文里有样例甲。{advert}"));

    let stops = answering(&demand_on("im.art4.violence.screen", "stop", r#"{"append": "advert"}"#));
    let streamed = alike(&host(std::slice::from_ref(&stops)), "正文，样例甲，后文。");
    assert_eq!(streamed.out[&0], format!("正文，{advert}"));
    let streamed = alike(&host(&[stops]), "样例甲在最前面。");
    assert_eq!(streamed.out.get(&0), None, "where nothing went out there is nothing to label");
}

#[test]
fn a_ready_answer_takes_the_place_of_what_has_not_gone_out() {
    for level in ["warn", "stop"] {
        let replaces = answering(&demand(level, r#"{"replace": "advert"}"#));
        let streamed = alike(&host(&[replaces]), "开头。样例甲，后文。");
        assert_eq!(streamed.out[&0], "开头。限时特惠，扫码领取");
        assert_eq!(streamed.closed().len(), 1);
    }
}

#[test]
fn a_ready_answer_stays_in_while_a_person_decides() {
    let replaces = answering(&demand("review", r#"{"replace": "advert"}"#));
    let streamed = alike(&host(&[replaces]), "开头。样例甲，后文。");
    assert_eq!((streamed.out[&0].as_str(), streamed.closed()), ("开头。", vec![(0, Level::Review)]));
}

#[test]
fn what_the_platform_cannot_do_stops_the_stream_and_names_the_duty() {
    let asks = answering(&demand("mark", r#"{"measure": {"id": "label-explicit"}}"#));
    let candidate = super::with(hosts::candidate(), &[asks]);
    let mut can = PlatformProfile::everything(&hosts::registry());
    can.supports.remove("label-explicit");
    let streamed = alike(&hosts::host(candidate.platform(can)), "开头。样例甲。");
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Stop, "开头。"));
    assert!(streamed.decision.unsupported.contains("label-explicit"));
    let decisive = streamed.decision.decisive.as_ref().expect("something decided");
    assert_eq!((decisive.duty.as_str(), decisive.level), ("im.art12.marking", Level::Stop));
}

#[test]
fn a_span_in_text_that_is_out_is_late_and_stops() {
    // At the second hit it masks the first one.
    let early = r#"{"redact": {"part": 0, "start": 0, "end": 9}}"#;
    let guest = Guest::from_file("masks-later").with("answer", &demand("redact", early)).under(on_hits());
    let guest = guest.with_lexicon("terms", super::TERMS);
    let streamed = alike(&host(&[guest]), "样例甲已经出去了，样例甲，后文。");
    assert_eq!(streamed.out[&0], "样例甲已经出去了，");
    let record = streamed.decision.streamed.as_ref().expect("it was streamed");
    assert_eq!(record.late, [specialis_core::Span { part: 0, start: 0, end: 9 }]);
    assert_eq!(streamed.decision.verdict, Level::Stop);
}

#[test]
fn measures_are_handed_over_once_in_a_stream() {
    let label = r#"{"measure": {"id": "label-explicit"}}"#;
    let mut guest = Guest::from_file("answers").with("answer", &demand("mark", label)).under(on_hits());
    guest = guest.with_lexicon("terms", super::TERMS);
    let host = host(&[guest]);
    let mut session = open(&host);
    let mut stream = session.stream(output());
    let mut handed = 0;
    let mut platform = |due: &DueObligation| {
        assert!(matches!(due.obligation, Obligation::Measure(_)));
        handed += 1;
        Outcome::Done
    };
    for step in stream.push(0, None, "有样例甲一处，") {
        if let Step::Decision(decision) = step {
            stream.carry_out(&decision, &mut platform);
        }
    }
    let judged = stream.end();
    let settlement = session.carry_out(&judged.decision, &mut platform);
    assert_eq!((settlement.done, settlement.undone), (1, 0));
    assert_eq!(handed, 1);
}

#[test]
fn nothing_is_carried_out_under_a_what_if_decision() {
    let host = host(&[answering(&demand("mark", r#"{"measure": {"id": "label-explicit"}}"#))]);
    let mut session = host.open_as_of("s", Context::default(), "2026-01-01".parse().expect("a day"));
    let judged = session.submit(output().with_text("样例甲"));
    assert!(!judged.decision.obligations.is_empty());
    let settlement = session.carry_out(&judged.decision, &mut |_: &DueObligation| unreachable!("nothing is owed"));
    assert_eq!(settlement, specialis_core::Settlement::default());
}
