//! What clients and upstreams may do wrong: bounded, answered with an error that can be read, and nothing goes out unjudged.

use serde_json::json;

use crate::support::{Connection, HARMLESS, PHONE, Script, TOKEN, Upstream, before, call, post, server};

#[test]
fn connections_that_ask_nothing_free_their_places() {
    let server = server("timeouts = { headers = 100 }\nbounds = { connections = 4 }");
    let mut silent: Vec<Connection> = (0..12).map(|_| Connection::to(server.address())).collect();
    for (client, bytes) in silent.iter_mut().zip([b"".as_slice(), b"P", b"PRI * HTTP/2.0\r\n"].into_iter().cycle()) {
        client.write(bytes);
    }
    let decided = post(server.address(), "/v1/decide", &json!({ "event": { "kind": "output", "text": HARMLESS } }));
    assert_eq!(decided.status, 200);
}

#[test]
fn body_that_says_it_is_too_long_is_refused_unread_and_one_that_lies_as_it_grows() {
    let server = server("bounds = { body = 1000 }");
    let token = format!("Bearer {TOKEN}");
    let mut long = Connection::to(server.address());
    let head = format!("POST /v1/decide HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\n");
    long.write(format!("{head}content-length: 99999999999\r\n\r\n").as_bytes());
    assert_eq!(long.answer().status, 413);
    let mut growing = Connection::to(server.address());
    growing.write(format!("{head}transfer-encoding: chunked\r\n\r\n7d0\r\n{}\r\n", "x".repeat(2_000)).as_bytes());
    assert_eq!(growing.answer().status, 413);
    // Two lengths are two requests to whoever stands in front.
    for lengths in ["content-length: 1\r\ncontent-length: 2", "content-length: x", "transfer-encoding: chunked, gzip"] {
        let mut torn = Connection::to(server.address());
        torn.write(format!("{head}{lengths}\r\n\r\n").as_bytes());
        assert_eq!(torn.head().status, 400, "{lengths}");
    }
}

#[test]
fn compressed_answers_of_upstreams_are_not_unpacked_and_not_passed_on() {
    let mut script = Script::json(200, &json!({ "choices": [{ "message": { "content": PHONE } }] }));
    script.headers.push(("content-encoding", "gzip".to_owned()));
    let upstream = Upstream::of(script);
    let mcp = format!("[[mcp]]\npath = \"/mcp\"\nname = \"a\"\nupstream = \"http://{}\"", upstream.address());
    let server = before(&upstream, "openai", &mcp);
    let chat = json!({ "model": "m", "messages": [{ "role": "user", "content": HARMLESS }] });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    for (path, body) in [("/up/chat/completions", chat), ("/mcp", call)] {
        let answer = post(server.address(), path, &body);
        assert_eq!(answer.status, 502, "{path}");
        assert!(!answer.text().contains(PHONE));
    }
}

#[test]
fn socket_that_is_flooded_with_pieces_of_one_message_ends() {
    let server = server("bounds = { stream-event = 1000 }");
    let token = format!("Bearer {TOKEN}");
    let mut client = Connection::to(server.address());
    assert_eq!(client.upgrade("/v1/streams", &[("authorization", &token)]).status, 101);
    // A message that never ends: a first piece, and more of it, none of them the last.
    let piece = |kind: u8| [&[kind, 0x80 | 100, 0, 0, 0, 0][..], &[b'x'; 100]].concat();
    client.write(&[piece(1), piece(0).repeat(10)].concat());
    let (kind, text) = client.frame();
    let line = String::from_utf8(text).unwrap();
    assert!(kind == 1 && line.contains("longer than 1000 bytes"), "{line}");
}

#[test]
fn floods_of_pings_are_answered_one_by_one_or_not_at_all() {
    let server = server("");
    let token = format!("Bearer {TOKEN}");
    let mut client = Connection::to(server.address());
    client.upgrade("/v1/streams", &[("authorization", &token)]);
    for _ in 0..200 {
        client.send_frame(9, b"");
    }
    client.send_frame(1, br#"{"end": true}"#);
    while client.frame().0 == 10 {}
    assert_eq!(call(server.address(), ("GET", "/livez"), &[], b"").status, 200);
}
