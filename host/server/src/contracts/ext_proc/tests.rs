//! Exchanges through Envoy in every body mode, and the service over a real connection.

use std::sync::Arc;

use hyper::HeaderMap;
use prost::Message;
use serde_json::{Value, json};
use specialis_tests::hosts;

use super::exchange::ExtExchange;
use super::wire::{
    Answered, Asked, CommonResponse, HeaderValueOption, Headers, HttpBody, HttpHeaders, HttpTrailers,
    ImmediateResponse, Mutation, ProcessingRequest, ProcessingResponse, ProtocolConfiguration,
};
use crate::app::App;
use crate::config::{Area, Config, TokenDigest};
use crate::contracts::over_grpc::{self, framed};
use crate::serving::{Server, Settings};

const HARMLESS: &str = "图书馆周一闭馆。";
const PHONE: &str = "13912345678";
const RUMOR: &str = "内部消息称全城停水。";
const STREAMED: i32 = 1;
const BUFFERED: i32 = 2;
const PARTIAL: i32 = 3;
const DUPLEX: i32 = 4;

fn config(more: &str) -> Config {
    let digest = TokenDigest::of("t");
    let text = format!(
        "listen = \"127.0.0.1:0\"\nlabel-producer = \"001191110000MAAAAAAA0210002\"\n[contracts]\nspeak = [\"ext-proc\"]\n{more}\n\
         [[tokens]]\nsha256 = \"{digest}\"\ntenant = \"t\"\n[tenants.t.facts]\nprovider.origin = \"mainland\"\nsubject.age = \"adult\"\n\
         agreement = {{ version = \"1\", current-version = \"1\", accepted-on = \"2026-03-09\", clauses = [\"rights-duties\"] }}\n"
    );
    Config::parse(&text).unwrap()
}

fn exchange(more: &str) -> ExtExchange {
    let app = App::new(Settings::new(config(more)).unwrap(), hosts::host(hosts::built_in()), 1).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer t".parse().unwrap());
    let caller = app.caller(&headers, Area::Contracts).unwrap();
    ExtExchange::new(Arc::new(app), caller, "t")
}

fn headers(values: &[(&str, &str)]) -> HttpHeaders {
    let headers = values.iter().filter_map(|(name, value)| HeaderValueOption::new(name, value).header).collect();
    HttpHeaders { headers: Some(Headers { headers }), end_of_stream: false }
}

fn asked(request: Asked) -> ProcessingRequest {
    ProcessingRequest { protocol_config: None, request: Some(request) }
}

/// The beginning of a request at a path.
fn begun(path: &str, mode: i32) -> ProcessingRequest {
    let modes = ProtocolConfiguration { request_body_mode: mode, response_body_mode: mode };
    let headers = headers(&[(":method", "POST"), (":path", path), ("accept-encoding", "gzip")]);
    ProcessingRequest { protocol_config: Some(modes), request: Some(Asked::RequestHeaders(headers)) }
}

fn prompt(text: &str) -> Vec<u8> {
    json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": text }] }).to_string().into_bytes()
}

/// What an answer to a piece of a body does with it: the bytes in its place, and whether they are the last.
fn changed(answer: &ProcessingResponse) -> (Vec<u8>, bool) {
    let (Some(Answered::RequestBody(common)) | Some(Answered::ResponseBody(common))) = &answer.response else {
        panic!("no answer to a body: {answer:?}");
    };
    let CommonResponse { body_mutation, .. } = common.response.clone().unwrap_or_default();
    match body_mutation.and_then(|mutation| mutation.mutation) {
        Some(Mutation::Body(bytes)) => (bytes, false),
        Some(Mutation::ClearBody(_)) | None => (Vec::new(), false),
        Some(Mutation::Streamed(HttpBody { body, end_of_stream })) => (body, end_of_stream),
    }
}

/// Sends a body as a mode has it, and collects what goes on in its place.
fn send(exchange: &mut ExtExchange, mode: i32, body: &[u8], of: fn(HttpBody) -> Asked) -> (Vec<u8>, bool) {
    let size = if mode == BUFFERED || mode == PARTIAL { body.len() } else { 7 };
    let n = body.chunks(size).count();
    let (mut out, mut is_over) = (Vec::new(), false);
    for (piece, at) in body.chunks(size).zip(1..) {
        let answers = exchange.take(asked(of(HttpBody { body: piece.to_vec(), end_of_stream: at == n })));
        if mode != DUPLEX {
            assert_eq!(answers.len(), 1, "each piece waits for its answer");
        }
        for (bytes, is_last) in answers.iter().map(changed) {
            assert!(!is_over, "nothing comes behind the end");
            out.extend(bytes);
            is_over |= is_last;
        }
    }
    (out, is_over)
}

fn events(pieces: &[&str]) -> Vec<u8> {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!(
            "data: {}\n\n",
            json!({ "id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice] })
        )
    };
    let mut out: String = pieces.iter().map(|piece| chunk(json!({ "content": piece }), None)).collect();
    out.push_str(&chunk(json!({}), Some("stop")));
    out.push_str("data: [DONE]\n\n");
    out.into_bytes()
}

fn refusal(answers: &[ProcessingResponse]) -> (i32, Value) {
    let [ProcessingResponse { response: Some(Answered::Immediate(ImmediateResponse { status, body, .. })) }] = answers
    else {
        panic!("no immediate answer: {answers:?}");
    };
    (status.unwrap().code, serde_json::from_slice(body).unwrap())
}

/// An exchange whose prompt went on, and whose answer begins.
fn answering(mode: i32, kind: &str) -> ExtExchange {
    let mut exchange = exchange("");
    let answers = exchange.take(begun("/v1/chat/completions?x=1", mode));
    let Some(Answered::RequestHeaders(common)) = &answers[0].response else { panic!("{answers:?}") };
    let removed = common.response.clone().unwrap().header_mutation.unwrap().remove_headers;
    assert!(removed.contains(&"accept-encoding".to_owned()), "{removed:?}");
    let (body, is_over) = send(&mut exchange, mode, &prompt(HARMLESS), Asked::RequestBody);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((body["messages"][0]["content"].as_str(), is_over), (Some(HARMLESS), mode == DUPLEX));
    let answers = exchange.take(asked(Asked::ResponseHeaders(headers(&[(":status", "200"), ("content-type", kind)]))));
    let Some(Answered::ResponseHeaders(common)) = &answers[0].response else { panic!("{answers:?}") };
    let set = common.response.clone().unwrap().header_mutation.unwrap().set_headers;
    let names: Vec<String> = set.into_iter().map(|one| one.header.unwrap().key).collect();
    assert_eq!(names, ["x-specialis-decision", "aigc"]);
    exchange
}

#[test]
fn answers_go_out_masked_in_every_body_mode() {
    let (head, tail) = PHONE.split_at(4);
    let stream = events(&[&format!("客服电话{head}"), &format!("{tail}。"), HARMLESS]);
    let whole = json!({ "id": "c", "object": "chat.completion", "model": "m", "choices": [{ "index": 0, "finish_reason": "stop",
        "message": { "role": "assistant", "content": format!("客服电话{PHONE}。{HARMLESS}") } }] });
    for mode in [STREAMED, BUFFERED, PARTIAL, DUPLEX] {
        for (kind, body) in
            [("text/event-stream", stream.clone()), ("application/json", whole.to_string().into_bytes())]
        {
            let mut exchange = answering(mode, kind);
            let (out, is_over) = send(&mut exchange, mode, &body, Asked::ResponseBody);
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains("1391") && out.contains("图书馆"), "{mode} {kind}: {out}");
            assert_eq!((out.contains("redact"), is_over), (true, mode == DUPLEX), "{mode} {kind}: {out}");
        }
    }
}

#[test]
fn answer_that_is_stopped_ends_cleanly_and_nothing_comes_behind() {
    let body = events(&[HARMLESS, RUMOR, HARMLESS, HARMLESS]);
    for mode in [STREAMED, DUPLEX] {
        let mut exchange = answering(mode, "text/event-stream");
        let (out, is_over) = send(&mut exchange, mode, &body, Asked::ResponseBody);
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("content_filter") && out.ends_with("data: [DONE]\n\n"), "{mode}: {out}");
        assert!(!out.contains("停水") && out.matches("图书馆").count() == 1, "{mode}: {out}");
        assert_eq!(is_over, mode == DUPLEX);
    }
}

#[test]
fn prompt_that_is_stopped_and_paths_and_modes_that_keep_text_back_are_refused() {
    let (code, body) = refusal(&exchange("").take(begun("/v1/chat/completions", 0)));
    assert!(code == 500 && body.to_string().contains("request_body_mode"), "{body}");
    let (code, body) = refusal(&exchange("").take(begun("/v1/files", BUFFERED)));
    assert!(code == 403 && body.to_string().contains("unjudged-paths"), "{body}");
    // More parts than the host takes, so that a person has to see it first.
    let messages = vec![json!({ "role": "user", "content": HARMLESS }); 4_200];
    let flood = json!({ "model": "m", "messages": messages }).to_string().into_bytes();
    let mut exchange = exchange("");
    exchange.take(begun("/v1/chat/completions", BUFFERED));
    let answers = exchange.take(asked(Asked::RequestBody(HttpBody { body: flood, end_of_stream: true })));
    let (code, body) = refusal(&answers);
    assert_eq!((code, body["error"]["code"].as_str()), (400, Some("content_filter")));
    // What is cut off would go on unread.
    let mut exchange = self::exchange("");
    exchange.take(begun("/v1/chat/completions", PARTIAL));
    let cut = asked(Asked::RequestBody(HttpBody { body: prompt(HARMLESS), end_of_stream: false }));
    assert_eq!(refusal(&exchange.take(cut)).0, 413);
}

#[test]
fn paths_that_are_opened_go_through_as_they_are() {
    for mode in [STREAMED, BUFFERED, DUPLEX] {
        let mut exchange = exchange("unjudged-paths = \"pass\"");
        exchange.take(begun("/v1/files", mode));
        let body = asked(Asked::RequestBody(HttpBody { body: b"bytes".to_vec(), end_of_stream: true }));
        let answers = exchange.take(body);
        let (bytes, is_last) = changed(&answers[0]);
        let expected: &[u8] = if mode == DUPLEX { b"bytes" } else { b"" };
        assert_eq!((bytes.as_slice(), is_last), (expected, mode == DUPLEX));
        let Some(Answered::RequestBody(common)) = &answers[0].response else { panic!("{answers:?}") };
        let mutation = common.response.as_ref().and_then(|response| response.body_mutation.as_ref());
        assert_eq!(mutation.is_some(), mode == DUPLEX, "an answer that changes nothing");
    }
}

#[test]
fn trailers_end_a_body_that_goes_both_ways() {
    let mut exchange = answering(DUPLEX, "text/event-stream");
    let piece = HttpBody { body: events(&[HARMLESS]), end_of_stream: false };
    let mut answers = exchange.take(asked(Asked::ResponseBody(piece)));
    answers.extend(exchange.take(asked(Asked::ResponseTrailers(HttpTrailers {}))));
    let last = answers.pop().unwrap().response;
    assert!(matches!(last, Some(Answered::ResponseTrailers(_))), "{last:?}");
    let out: Vec<u8> = answers.iter().flat_map(|answer| changed(answer).0).collect();
    assert!(String::from_utf8(out).unwrap().contains("[DONE]"));
}

#[test]
fn service_answers_over_a_connection_to_who_has_a_token() {
    let running = Server::bind(config(""), hosts::host(hosts::built_in())).unwrap().spawn();
    let ask = |token: &str| {
        let body = HttpBody { body: prompt(HARMLESS), end_of_stream: true };
        let frames = vec![framed(&begun("/v1/chat/completions", BUFFERED)), framed(&asked(Asked::RequestBody(body)))];
        over_grpc::ask(running.address(), super::PATH, token, frames)
    };
    assert_eq!(ask("unknown").0, "16");
    let (status, bytes) = ask("t");
    assert_eq!(status, "0");
    let first = u32::from_be_bytes(bytes[1..5].try_into().unwrap());
    let first = usize::try_from(first).unwrap();
    let one = ProcessingResponse::decode(&bytes[5..5 + first]).unwrap();
    let two = ProcessingResponse::decode(&bytes[10 + first..]).unwrap();
    assert!(matches!(one.response, Some(Answered::RequestHeaders(_))), "{one:?}");
    assert!(String::from_utf8(changed(&two).0).unwrap().contains(HARMLESS), "{two:?}");
}
