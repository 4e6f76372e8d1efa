//! Parts that are written as something else than plain text: what is found in them, and that a mask leaves them valid.

use specialis_core::{Event, EventKind, Level, MediaFacts, Part};
use specialis_tests::{events, hosts, streamed};

/// Arguments with numbers in strings, outside them, and behind escapes.
const ARGUMENTS: &str = r#"{"to": "张三", "phone": 13912345678, "note": "身份证号110105199003071239\n手机\u0031\u0033912345678，谢谢", "n": 3}"#;

fn built_in() -> specialis::Host {
    hosts::host(hosts::built_in().redaction("\"■\""))
}

fn arguments() -> Part {
    Part { channel: Some("tool-arguments".to_owned()), ..Part::text(ARGUMENTS) }
}

/// What goes out of an output of one part.
fn released(part: Part) -> (Level, String) {
    let mut event = Event::new(EventKind::Output);
    event.parts.push(part);
    let judged = built_in().open("forms", events::context()).submit(event);
    (judged.decision.verdict, judged.release.text(0).unwrap_or_default().to_owned())
}

#[test]
fn masked_arguments_of_a_tool_are_valid_and_hide_what_stood_there() {
    let (_, text) = released(arguments());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value["to"], "张三");
    assert_eq!(value["phone"], "\"■\"");
    assert_eq!(value["note"], "身份证号\"■\"\n手机\"■\"，谢谢");
    assert_eq!(value["n"], 3);
}

#[test]
fn arguments_that_come_in_fragments_are_masked_as_those_that_come_whole() {
    let (_, whole) = released(arguments());
    for n in [1, 2, 3, 7, 50] {
        let chars: Vec<char> = ARGUMENTS.chars().collect();
        let piece = |chunk: &[char]| (0, Some("tool-arguments".to_owned()), chunk.iter().collect());
        let pieces: Vec<streamed::Piece> = chars.chunks(n).map(piece).collect();
        let came = streamed::stream(&mut built_in().open("forms", events::context()), &pieces);
        assert_eq!(came.out.get(&0), Some(&whole), "in pieces of {n}");
    }
}

#[test]
fn a_part_is_read_as_what_its_media_type_or_its_channel_says() {
    let of_type = |media_type: &str, text: &str| Part {
        media: Some(MediaFacts { media_type: Some(media_type.to_owned()), ..MediaFacts::default() }),
        ..Part::text(text)
    };
    let of_channel = |channel: &str, text: &str| Part { channel: Some(channel.to_owned()), ..Part::text(text) };
    let table = [
        (of_type("application/json", r#"["\u0031\u0033912345678"]"#), r#"["\"■\""]"#),
        (of_channel("text+json", r#"["\u0031\u0033912345678"]"#), r#"["\"■\""]"#),
        (of_type("text/html", "手机<b>139</b>12345678"), "手机<b>&quot;■&quot;</b>"),
        (of_channel("text+percent", "tel=139%2D1234%2D5678&a=1"), "tel=%22%E2%96%A0%22&a=1"),
        (Part::text(r#"手机\u0031\u0033912345678"#), r#"手机\u0031\u0033912345678"#),
    ];
    for (part, expected) in table {
        let what = format!("{part:?}");
        let (_, text) = released(part);
        assert!(text.starts_with(expected), "{what}: {text}");
    }
}

#[test]
fn a_term_behind_escapes_is_judged_as_the_term() {
    for text in [r#"{"a": "出售冰毒，包邮到家"}"#, r#"{"a": "\u51fa\u552e\u51b0\u6bd2，包邮到家"}"#] {
        let part = Part { channel: Some("tool-arguments".to_owned()), ..Part::text(text) };
        assert_eq!(released(part).0, Level::Review, "{text}");
    }
}
