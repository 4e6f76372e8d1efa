//! The interfaces as state machines: for any text, any cut and any number of choices the client reads what the library releases,
//! and nothing else of the original is on the wire.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use specialis::core::{Event, EventKind, Level};
use specialis::{Host, OwnedStream, Step};
use specialis_server::wire::{
    Answer, AnswerStyle, BlockStyle, Ended, Finish, Interface, Progress, TextJudge, Transcoder, write_event,
};
use specialis_tests::{events, hosts};

use crate::support::{HARMLESS, PHONE, RUMOR, Said, read_stream};

/// A piece of an answer: choice, whether it is reasoning, text.
type Piece = (u32, bool, String);

/// Judges with the library and nothing else.
struct Judge(OwnedStream);

impl TextJudge for Judge {
    fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) -> Vec<Step> {
        self.0.push(choice, channel, text)
    }

    fn end(self: Box<Self>) -> Ended {
        let (_, judged) = self.0.end();
        let decision = judged.decision;
        let level = |part: &u32| decision.parts.get(part).copied().unwrap_or(decision.verdict);
        Ended {
            levels: judged.release.parts.iter().map(|(part, _)| (*part, level(part))).collect(),
            verdict: decision.verdict,
            decision: decision.id.clone(),
            measures: Vec::new(),
            release: judged.release,
        }
    }
}

fn answer(host: &Host) -> Answer {
    let session = host.open("answer", events::context());
    Answer::new(Box::new(Judge(session.into_stream(Event::new(EventKind::Output)))))
}

fn style(block: BlockStyle, n_choices: u32) -> AnswerStyle {
    AnswerStyle { block, notice: "已停止".to_owned(), n_choices, max_event: 1 << 16 }
}

fn transcoder(host: &Host, interface: Interface, block: BlockStyle, n_choices: u32) -> Transcoder {
    interface.transcoder(style(block, n_choices), answer(host))
}

/// The events of an upstream that says these pieces.
fn upstream(interface: Interface, pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut event = |name: Option<&str>, event: Value| write_event(&mut out, name, &event.to_string());
    let named = |kind: &str, mut fields: Value| {
        fields["type"] = json!(kind);
        fields
    };
    match interface {
        Interface::Chat | Interface::Completions => {
            let chunk = |choice: Value| json!({ "id": "c-1", "object": "chunk", "model": "m", "choices": [choice] });
            for (choice, is_reasoning, text) in pieces {
                let field = if *is_reasoning { "reasoning_content" } else { "content" };
                let more = if interface == Interface::Chat {
                    json!({ "index": choice, "delta": { field: text },
                            "logprobs": { "content": [{ "token": text }] }, "finish_reason": null })
                } else {
                    json!({ "index": choice, "text": text, "logprobs": { "tokens": [text] }, "finish_reason": null })
                };
                event(None, chunk(more));
            }
            let choices: std::collections::BTreeSet<u32> = pieces.iter().map(|(choice, ..)| *choice).collect();
            for choice in choices {
                event(None, chunk(json!({ "index": choice, "delta": {}, "text": "", "finish_reason": "stop" })));
            }
            event(None, json!({ "id": "c-1", "choices": [], "usage": { "total_tokens": 3 } }));
            write_event(&mut out, None, "[DONE]");
        }
        Interface::Responses => {
            let response = |status: &str| json!({ "id": "r-1", "model": "m", "status": status });
            event(None, named("response.created", json!({ "response": response("in_progress") })));
            let items = [
                (true, "reasoning", "response.reasoning_text.delta"),
                (false, "message", "response.output_text.delta"),
            ];
            for (is_reasoning, kind, delta) in items {
                let index = u32::from(!is_reasoning);
                let item = json!({ "id": format!("item-{index}"), "type": kind, "content": [] });
                event(None, named("response.output_item.added", json!({ "output_index": index, "item": item })));
                for (_, _, text) in pieces.iter().filter(|(_, reasoning, _)| *reasoning == is_reasoning) {
                    let at = json!({ "output_index": index, "content_index": 0, "delta": text });
                    event(None, named(delta, at));
                }
                let whole: String =
                    pieces.iter().filter(|piece| piece.1 == is_reasoning).map(|piece| piece.2.as_str()).collect();
                let done = json!({ "output_index": index, "content_index": 0, "text": whole });
                event(None, named(&delta.replace(".delta", ".done"), done));
            }
            event(None, named("response.completed", json!({ "response": response("completed") })));
        }
        Interface::Messages => {
            let message = json!({ "id": "m-1", "type": "message", "role": "assistant", "model": "m" });
            event(None, named("message_start", json!({ "message": message })));
            for (is_reasoning, kind, delta, field) in
                [(true, "thinking", "thinking_delta", "thinking"), (false, "text", "text_delta", "text")]
            {
                let index = u32::from(!is_reasoning);
                let block = json!({ "type": kind, field: "" });
                event(None, named("content_block_start", json!({ "index": index, "content_block": block })));
                for (_, _, text) in pieces.iter().filter(|(_, reasoning, _)| *reasoning == is_reasoning) {
                    let delta = json!({ "type": delta, field: text });
                    event(None, named("content_block_delta", json!({ "index": index, "delta": delta })));
                }
                event(None, named("content_block_stop", json!({ "index": index })));
            }
            let usage = json!({ "output_tokens": 3 });
            event(None, named("message_delta", json!({ "delta": { "stop_reason": "end_turn" }, "usage": usage })));
            event(None, named("message_stop", json!({})));
        }
    }
    out
}

/// Passes bytes through, cut into pieces of so many bytes.
fn pass(mut transcoder: Transcoder, bytes: &[u8], cut: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in bytes.chunks(cut) {
        if transcoder.push(piece, &mut out) == Progress::Finished {
            return out;
        }
    }
    transcoder.end(&mut out);
    out
}

/// What the library releases for the same pieces. Nothing more of a choice is pushed once a part of it is closed.
fn released(host: &Host, pieces: &[Piece]) -> (BTreeMap<(u64, &'static str), String>, Vec<u32>) {
    let mut session = host.open("answer", events::context());
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut slots: Vec<(u32, bool)> = Vec::new();
    let mut out: BTreeMap<(u64, &'static str), String> = BTreeMap::new();
    let mut closed: Vec<u32> = Vec::new();
    let key =
        |(choice, is_reasoning): (u32, bool)| (u64::from(choice), if is_reasoning { "reasoning" } else { "text" });
    for (choice, is_reasoning, text) in pieces.iter().filter(|(_, _, text)| !text.is_empty()) {
        if closed.contains(choice) {
            continue;
        }
        if !slots.contains(&(*choice, *is_reasoning)) {
            slots.push((*choice, *is_reasoning));
        }
        for step in stream.push(*choice, is_reasoning.then_some("reasoning"), text) {
            match step {
                Step::Text { part, text } => out.entry(key(slots[part as usize])).or_default().push_str(&text),
                Step::Closed { part, .. } => closed.push(slots[part as usize].0),
                Step::Decision(_) => {}
            }
        }
    }
    let judged = stream.end();
    for (part, text) in &judged.release.parts {
        let slot = slots[*part as usize];
        if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
            out.entry(key(slot)).or_default().push_str(text);
        }
        let level = judged.decision.parts.get(part).copied().unwrap_or(judged.decision.verdict);
        if level >= Level::Review {
            closed.push(slot.0);
        }
    }
    (out, closed)
}

fn texts() -> impl Strategy<Value = String> {
    let phone = PHONE.to_owned();
    let token = prop_oneof![
        4 => Just(HARMLESS.to_owned()),
        2 => Just(format!("客服电话{phone}。")),
        1 => Just("全角１３９１２３４５６７８号".to_owned()),
        1 => Just(RUMOR.to_owned()),
        2 => "[a-z\"\\\\ \n]{0,6}",
    ];
    proptest::collection::vec(token, 0..6).prop_map(|tokens| tokens.concat())
}

/// Texts of some choices, cut anywhere and mixed, in the order in which an interface can say them.
fn pieces(interface: Interface) -> impl Strategy<Value = Vec<Piece>> {
    let n = match interface {
        Interface::Chat | Interface::Completions => 3,
        Interface::Responses | Interface::Messages => 1,
    };
    let has_reasoning = interface != Interface::Completions;
    let of_choice = (texts(), texts(), 1_usize..7);
    proptest::collection::vec(of_choice, 1..=n).prop_map(move |choices| {
        let mut queues: Vec<Vec<Piece>> = Vec::new();
        for ((reasoning, text, cut), choice) in choices.into_iter().zip(0_u32..) {
            let cut_up = |text: &str, is_reasoning: bool| -> Vec<Piece> {
                let chars: Vec<char> = text.chars().collect();
                chars.chunks(cut).map(|piece| (choice, is_reasoning, piece.iter().collect())).collect()
            };
            let mut queue = if has_reasoning { cut_up(&reasoning, true) } else { Vec::new() };
            queue.extend(cut_up(&text, false));
            queues.push(queue);
        }
        // Choices take turns.
        let longest = queues.iter().map(Vec::len).max().unwrap_or(0);
        (0..longest).flat_map(|at| queues.iter().filter_map(move |queue| queue.get(at).cloned())).collect()
    })
}

fn check(interface: Interface, pieces: &[Piece], cut: usize) -> Result<(), TestCaseError> {
    // One host for all cases: compiling the policies takes longer than all of them.
    thread_local!(static HOST: Host = hosts::host(hosts::built_in()));
    HOST.with(|host| {
        let (expected, closed) = released(host, pieces);
        let n_choices = pieces.iter().map(|(choice, ..)| choice + 1).max().unwrap_or(1);
        let transcoder = transcoder(host, interface, BlockStyle::Filter, n_choices);
        let out = pass(transcoder, &upstream(interface, pieces), cut);
        let said: Said = read_stream(interface, &out);
        prop_assert_eq!(&said.texts, &expected);
        prop_assert!(said.is_ended && said.error.is_none(), "{:?}", said);
        for (choice, finish) in &said.finish {
            let is_closed = closed.iter().any(|closed| u64::from(*closed) == *choice);
            let stopped = matches!(finish.as_str(), "content_filter" | "refusal");
            prop_assert_eq!(stopped, is_closed, "{}", finish);
        }
        let wire = String::from_utf8(out).unwrap();
        prop_assert!(!wire.contains(PHONE) && !wire.contains("１３９") && !wire.contains("停水"), "{}", wire);
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chat_says_what_the_library_releases(pieces in pieces(Interface::Chat), cut in 1_usize..60) {
        check(Interface::Chat, &pieces, cut)?;
    }

    #[test]
    fn completions_say_what_the_library_releases(pieces in pieces(Interface::Completions), cut in 1_usize..60) {
        check(Interface::Completions, &pieces, cut)?;
    }

    #[test]
    fn responses_say_what_the_library_releases(pieces in pieces(Interface::Responses), cut in 1_usize..60) {
        check(Interface::Responses, &pieces, cut)?;
    }

    #[test]
    fn messages_say_what_the_library_releases(pieces in pieces(Interface::Messages), cut in 1_usize..60) {
        check(Interface::Messages, &pieces, cut)?;
    }
}

fn only(text: &str) -> Vec<Piece> {
    vec![(0, false, text.to_owned())]
}

#[test]
fn stopped_answer_ends_as_its_interface_has_it_or_as_an_ordinary_one_with_a_notice() {
    let host = hosts::host(hosts::built_in());
    let table = [
        (Interface::Chat, "content_filter", "stop"),
        (Interface::Completions, "content_filter", "stop"),
        (Interface::Responses, "content_filter", "completed"),
        (Interface::Messages, "refusal", "end_turn"),
    ];
    for (interface, filter, answer) in table {
        let bytes = upstream(interface, &only(&format!("{HARMLESS}{RUMOR}{HARMLESS}")));
        for (block, finish, notice) in [(BlockStyle::Filter, filter, ""), (BlockStyle::Answer, answer, "已停止")] {
            let said = read_stream(interface, &pass(transcoder(&host, interface, block, 1), &bytes, 7));
            assert_eq!(said.finish[&0], finish, "{interface:?}");
            assert!(said.text().starts_with(HARMLESS) && said.text().ends_with(notice), "{said:?}");
            assert_eq!(said.note.unwrap()["verdict"], "review");
        }
    }
}

#[test]
fn upstream_that_breaks_off_leaves_a_clean_end_with_an_error() {
    let host = hosts::host(hosts::built_in());
    for interface in Interface::ALL {
        let bytes = upstream(interface, &only(HARMLESS));
        for n in [0, bytes.len() / 2, bytes.len() / 2 + 40] {
            let said =
                read_stream(interface, &pass(transcoder(&host, interface, BlockStyle::Filter, 1), &bytes[..n], 5));
            assert!(said.is_ended && said.error.is_some(), "{interface:?} {n} {said:?}");
            assert!(HARMLESS.starts_with(said.text()), "{said:?}");
        }
    }
}

#[test]
fn upstream_that_says_nonsense_or_an_error_leaves_a_clean_end_with_an_error() {
    let host = hosts::host(hosts::built_in());
    for interface in Interface::ALL {
        for bytes in [
            b"data: {nonsense\n\n".to_vec(),
            b"data: \xff\n\n".to_vec(),
            [b"data: ".to_vec(), vec![b'x'; 1 << 17], b"\n\n".to_vec()].concat(),
            b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded\",\"message\":\"later\"}}\n\n"
                .to_vec(),
        ] {
            let said =
                read_stream(interface, &pass(transcoder(&host, interface, BlockStyle::Filter, 1), &bytes, 4_096));
            assert!(said.is_ended && said.error.is_some(), "{interface:?} {said:?}");
        }
    }
}

#[test]
fn call_of_a_tool_goes_out_whole_and_masked_or_not_at_all() {
    let host = hosts::host(hosts::built_in());
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({ "id": "c", "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] }).to_string()
    };
    let call = |arguments: &str, head: bool| {
        let function =
            if head { json!({ "name": "call", "arguments": arguments }) } else { json!({ "arguments": arguments }) };
        chunk(
            json!({ "tool_calls": [{ "index": 0, "id": if head { json!("t-1") } else { Value::Null }, "function": function }] }),
            None,
        )
    };
    let stream = |text: &str, parts: &[&str]| {
        let mut out = Vec::new();
        if !text.is_empty() {
            write_event(&mut out, None, &chunk(json!({ "content": text }), None));
        }
        for (part, at) in parts.iter().zip(0..) {
            write_event(&mut out, None, &call(part, at == 0));
        }
        write_event(&mut out, None, &chunk(json!({}), Some("tool_calls")));
        write_event(&mut out, None, "[DONE]");
        out
    };
    let ask = |bytes: &[u8]| {
        read_stream(Interface::Chat, &pass(transcoder(&host, Interface::Chat, BlockStyle::Filter, 1), bytes, 9))
    };
    let parts = [r#"{"to": "139"#, r#"12345678", "day"#, r#"": "周一"}"#];
    let said = ask(&stream("", &parts));
    let arguments: Value = serde_json::from_str(&said.texts[&(0, "tool")]).expect("it is JSON still");
    assert_eq!((arguments["day"].as_str(), said.finish[&0].as_str()), (Some("周一"), "tool_calls"));
    assert!(!arguments["to"].as_str().unwrap().contains("139"));
    let said = ask(&stream(RUMOR, &parts));
    assert_eq!((said.texts.get(&(0, "tool")), said.finish[&0].as_str()), (None, "content_filter"));
    let said = ask(&stream("", &[r#"{"note": "内部消息称全城停水。"}"#]));
    assert_eq!(said.texts.get(&(0, "tool")), None);
}

#[test]
fn whole_answers_say_what_the_library_releases_too() {
    let host = hosts::host(hosts::built_in());
    let masked = |text: &str| {
        let mut session = host.open("s", events::context());
        let judged = session.submit(Event::new(EventKind::Output).with_text(text));
        judged.release.text(0).unwrap_or_default().to_owned()
    };
    let text = format!("客服电话{PHONE}。");
    let table = [
        (
            Interface::Chat,
            "/choices/0/message/content",
            "/choices/0/finish_reason",
            json!({ "id": "c", "choices": [{ "index": 0, "message": { "role": "assistant", "content": "@" }, "finish_reason": "stop",
                 "logprobs": { "content": [{ "token": "@" }] } }], "usage": { "total_tokens": 1, "note": "@" } }),
        ),
        (
            Interface::Completions,
            "/choices/0/text",
            "/choices/0/finish_reason",
            json!({ "id": "c", "choices": [{ "index": 0, "text": "@", "finish_reason": "stop", "logprobs": { "tokens": ["@"] } }] }),
        ),
        (
            Interface::Responses,
            "/output/0/content/0/text",
            "/status",
            json!({ "id": "r", "status": "completed", "output_text": "@", "output": [{ "id": "i", "type": "message", "content": [
                 { "type": "output_text", "text": "@", "annotations": [{ "quote": "@" }] }] }] }),
        ),
        (
            Interface::Messages,
            "/content/0/text",
            "/stop_reason",
            json!({ "id": "m", "content": [{ "type": "text", "text": "@", "citations": [{ "cited_text": "@" }] }], "stop_reason": "end_turn" }),
        ),
    ];
    for (interface, place, end, template) in table {
        for (text, is_stopped) in [(text.as_str(), false), (HARMLESS, false), (RUMOR, true)] {
            let body: Value = serde_json::from_str(&template.to_string().replace('@', text)).unwrap();
            let (out, ended) = interface.rewrite(&style(BlockStyle::Filter, 1), &body, &mut answer(&host)).unwrap();
            let shown = out.pointer(place).and_then(Value::as_str).unwrap_or_default();
            assert_eq!(shown, if is_stopped { String::new() } else { masked(text) }, "{interface:?} {out}");
            assert!(!out.to_string().contains(PHONE) && !out.to_string().contains("停水"), "{out}");
            let finish = out.pointer(end).and_then(Value::as_str).unwrap();
            assert_eq!(matches!(finish, "content_filter" | "refusal" | "incomplete"), is_stopped, "{finish}");
            assert_eq!(ended.verdict >= Level::Review, is_stopped);
        }
    }
}

#[test]
fn signature_goes_out_with_the_text_that_was_signed_alone() {
    let host = hosts::host(hosts::built_in());
    let signature = "c2lnbmF0dXJlIG9mIGEgdGhpbmtpbmcgYmxvY2s=";
    for (thought, is_signed) in [(HARMLESS.to_owned(), true), (format!("电话{PHONE}。"), false)] {
        let mut bytes = Vec::new();
        for event in [
            json!({ "type": "message_start", "message": { "id": "m" } }),
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": thought } }),
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "signature_delta", "signature": signature } }),
            json!({ "type": "content_block_stop", "index": 0 }),
            json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" } }),
            json!({ "type": "message_stop" }),
        ] {
            write_event(&mut bytes, None, &event.to_string());
        }
        let out = pass(transcoder(&host, Interface::Messages, BlockStyle::Filter, 1), &bytes, 11);
        assert_eq!(String::from_utf8(out).unwrap().contains(signature), is_signed);
    }
}

#[test]
fn answer_that_is_told_to_end_says_what_it_has_and_ends() {
    let host = hosts::host(hosts::built_in());
    for interface in Interface::ALL {
        let mut transcoder = transcoder(&host, interface, BlockStyle::Filter, 1);
        let bytes = upstream(interface, &only(HARMLESS));
        let mut out = Vec::new();
        assert_eq!(transcoder.push(&bytes[..bytes.len() / 2], &mut out), Progress::More);
        assert_eq!(transcoder.finish(Finish::broken("stopping"), &mut out), Progress::Finished);
        let n = out.len();
        assert_eq!(transcoder.push(&bytes[bytes.len() / 2..], &mut out), Progress::Finished);
        transcoder.end(&mut out);
        assert_eq!(out.len(), n, "nothing comes behind the end");
        assert!(read_stream(interface, &out).is_ended);
    }
}
