//! What lasts: stopping, reloading, slow clients.

use serde_json::json;
use specialis_server::wire::Interface;
use specialis_server::{Config, TokenDigest};

use crate::support::{
    Connection, End, HARMLESS, Script, TOKEN, Upstream, before, call, post, read_stream, server, tenant,
};

#[test]
fn open_stream_ends_cleanly_when_the_server_stops_and_nothing_new_is_taken() {
    let chunk =
        json!({ "id": "c", "choices": [{ "index": 0, "delta": { "content": HARMLESS }, "finish_reason": null }] });
    let mut script = Script::events(&format!("data: {chunk}\n\n"), 4_096);
    script.end = End::Stall;
    let upstream = Upstream::of(script);
    let server = before(&upstream, "openai", "");
    let address = server.address();
    let token = format!("Bearer {TOKEN}");
    let body = json!({ "stream": true, "messages": [{ "role": "user", "content": HARMLESS }] }).to_string();
    let mut client = Connection::to(address);
    client.send("POST", "/up/chat/completions", &[("authorization", &token)], body.as_bytes());
    assert_eq!(client.head().status, 200);
    let mut read = client.chunk().expect("the first text");
    server.begin_stop();
    while let Some(chunk) = client.chunk() {
        read.extend(chunk);
    }
    let said = read_stream(Interface::Chat, &read);
    assert!(said.is_ended && said.error.is_some(), "{said:?}");
    assert_eq!(said.text(), HARMLESS);
    server.stop();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn another_configuration_counts_from_the_next_request_on() {
    let server = server("");
    let decide = |token: &str| {
        let token = format!("Bearer {token}");
        call(
            server.address(),
            ("POST", "/v1/decide"),
            &[("authorization", &token)],
            br#"{"event": {"kind": "output"}}"#,
        )
        .status
    };
    assert_eq!((decide(TOKEN), decide("next")), (200, 401));
    let next = format!("{}[[tokens]]\nsha256 = \"{}\"\n", "listen = \"127.0.0.1:0\"\n", TokenDigest::of("next"));
    server.reload(Config::parse(&next).unwrap()).unwrap();
    assert_eq!((decide(TOKEN), decide("next")), (401, 200));
    let broken = format!(
        "{}[[routes]]\npath = \"/a\"\ninterface = \"openai\"\nupstream = \"https://a.example\"\nkey-file = \"/nothing/there\"\n",
        ""
    );
    assert!(server.reload(Config::parse(&broken).unwrap()).is_err());
    assert_eq!(decide("next"), 200);
}

#[test]
fn clients_that_say_nothing_or_little_lose_their_turn_and_no_one_else_does() {
    let server = server("timeouts = { headers = 300, body = 300 }");
    let mut silent: Vec<Connection> = (0..50).map(|_| Connection::to(server.address())).collect();
    for client in &mut silent {
        client.write(b"POST /v1/decide HTTP/1.1\r\nhost: localhost\r\nx-slow");
    }
    let mut lying = Connection::to(server.address());
    let head = format!(
        "POST /v1/decide HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 900\r\n\r\nshort"
    );
    lying.write(head.as_bytes());
    let decided = post(server.address(), "/v1/decide", &json!({ "event": { "kind": "output", "text": HARMLESS } }));
    assert_eq!(decided.status, 200);
    assert_eq!(lying.answer().status, 408);
}

#[test]
fn configuration_of_the_tests_is_one_that_is_accepted() {
    Config::parse(&tenant()).expect("it is read");
}
