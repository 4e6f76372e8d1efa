//! Streams of the native interface: the steps of the library, as lines.

use serde_json::{Value, json};
use specialis::Step;
use specialis::core::{Event, EventKind};
use specialis_tests::events;

use crate::support::{Connection, HARMLESS, PHONE, RUMOR, TOKEN, call, host, own_session, post, server};

fn lines(body: &str) -> Vec<Value> {
    body.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A line without what tells one session from another.
fn without_names(mut line: Value) -> Value {
    if let Some(decision) = line.get_mut("decision").and_then(Value::as_object_mut) {
        decision.remove("id");
        decision.remove("session");
    }
    line
}

#[test]
fn steps_are_those_of_the_library() {
    let server = server("");
    let pieces =
        [(0, None, "客服电话1391"), (1, Some("reasoning"), HARMLESS), (0, None, "2345678。"), (0, None, RUMOR)];
    let begin = json!({ "session": "x", "context": serde_json::to_value(events::context()).unwrap() });
    let mut body = format!("{begin}\n");
    for (choice, channel, text) in pieces {
        body.push_str(&format!("{}\n", json!({ "choice": choice, "channel": channel, "text": text })));
    }
    let token = format!("Bearer {TOKEN}");
    let answer = call(server.address(), ("POST", "/v1/streams"), &[("authorization", &token)], body.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let mut out = lines(&answer.text());
    let end = out.pop().unwrap();
    let host = host();
    let mut session = host.open(own_session(&end, "x"), events::context());
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut steps = stream.steps();
    for (choice, channel, text) in pieces {
        steps.extend(stream.push(choice, channel, text));
    }
    let judged = stream.end();
    assert_eq!(
        (end["step"].as_str(), end["decision"]["id"].as_str()),
        (Some("end"), Some(judged.decision.id.as_str()))
    );
    let expected: Vec<Value> = steps
        .iter()
        .map(|step| match step {
            Step::Text { part, text } => json!({ "step": "text", "part": part, "text": text }),
            Step::Decision(decision) => json!({ "step": "decision", "decision": decision }),
            Step::Closed { part, level } => json!({ "step": "closed", "part": part, "level": level }),
        })
        .collect();
    assert_eq!(out, expected);
    assert!(!answer.text().contains("1391"));
}

#[test]
fn text_goes_out_while_the_stream_is_still_open() {
    let server = server("");
    let token = format!("Bearer {TOKEN}");
    let mut client = Connection::to(server.address());
    client.send("POST", "/v1/streams", &[("authorization", &token), ("transfer-encoding", "chunked")], b"");
    let send = |client: &mut Connection, line: &Value| {
        let line = format!("{line}\n");
        client.write(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes());
    };
    send(&mut client, &json!({ "context": serde_json::to_value(events::context()).unwrap() }));
    send(&mut client, &json!({ "text": HARMLESS }));
    assert_eq!(client.head().status, 200);
    let mut read = String::new();
    while !read.contains("\"step\":\"text\"") {
        read.push_str(&String::from_utf8(client.chunk().expect("a step")).unwrap());
    }
    send(&mut client, &json!({ "text": HARMLESS }));
    client.write(b"0\r\n\r\n");
    while let Some(chunk) = client.chunk() {
        read.push_str(&String::from_utf8(chunk).unwrap());
    }
    let out: String = lines(&read)
        .iter()
        .filter(|line| line["step"] == "text")
        .map(|line| line["text"].as_str().unwrap().to_owned())
        .collect();
    let end = lines(&read).pop().unwrap();
    let rest = end["release"][0]["text"].as_str().unwrap_or_default();
    assert_eq!(out + rest, HARMLESS.repeat(2));
}

#[test]
fn stream_of_a_session_takes_events_and_gives_the_session_back() {
    let server = server("");
    let (address, token) = (server.address(), format!("Bearer {TOKEN}"));
    post(
        address,
        "/v1/sessions",
        &json!({ "session": "s", "context": serde_json::to_value(events::context()).unwrap() }),
    );
    let score =
        json!({ "submit": { "kind": "signal", "facts": { "category": "a1.obscenity", "score-permille": 955 } } });
    let body = format!("{}\n{score}\n{}\n", json!({ "text": HARMLESS }), json!({ "text": "之后的话。" }));
    let answer = call(address, ("POST", "/v1/sessions/s/streams"), &[("authorization", &token)], body.as_bytes());
    let out = lines(&answer.text());
    let judged = out.iter().find(|line| line["step"] == "judged").expect("the score was judged");
    assert_eq!(judged["decision"]["verdict"], "stop");
    assert!(!answer.text().contains("之后"));
    let next = post(address, "/v1/sessions/s/events", &json!({ "kind": "prompt", "text": HARMLESS }));
    assert_eq!((next.status, next.json()["decision"]["seq"].as_u64()), (200, Some(2)));
}

#[test]
fn line_that_cannot_be_read_ends_the_stream_with_a_problem() {
    let server = server("bounds = { stream-event = 200 }");
    let token = format!("Bearer {TOKEN}");
    let first = json!({ "text": HARMLESS }).to_string();
    let long = json!({ "text": "x".repeat(300) }).to_string();
    for bad in ["{\"txt\": 1}", "nonsense", "{\"session\": \"late\"}", long.as_str()] {
        let answer = call(
            server.address(),
            ("POST", "/v1/streams"),
            &[("authorization", &token)],
            format!("{first}\n{bad}\n").as_bytes(),
        );
        let last = match answer.status {
            200 => lines(&answer.text()).pop().unwrap(),
            _ => answer.json(),
        };
        assert!(last["status"].as_u64().is_some_and(|status| status >= 400), "{bad} {last}");
        assert!(!answer.text().contains(PHONE));
    }
}

/// The lines that a WebSocket brings, up to its end.
fn over_socket(client: &mut Connection) -> Vec<Value> {
    let mut lines = Vec::new();
    loop {
        match client.frame() {
            (1, text) => lines.push(serde_json::from_slice(&text).expect("a line")),
            (8, code) => {
                assert_eq!(code, 1_000_u16.to_be_bytes());
                return lines;
            }
            (kind, _) => panic!("a frame of kind {kind}"),
        }
    }
}

#[test]
fn socket_brings_the_same_steps_as_lines_do() {
    let server = server("");
    let token = format!("Bearer {TOKEN}");
    let begin = json!({ "session": "x", "context": serde_json::to_value(events::context()).unwrap() });
    let chunks = [json!({ "text": "客服电话1391" }), json!({ "text": "2345678。" }), json!({ "text": RUMOR })];
    let sent: Vec<String> = std::iter::once(&begin).chain(&chunks).map(Value::to_string).collect();
    let body = sent.join("\n");
    let posted = call(server.address(), ("POST", "/v1/streams"), &[("authorization", &token)], body.as_bytes());
    let mut client = Connection::to(server.address());
    assert_eq!(client.upgrade("/v1/streams", &[("authorization", &token)]).status, 101);
    for message in &sent {
        client.send_frame(1, message.as_bytes());
    }
    client.send_frame(9, b"still there?");
    client.send_frame(1, br#"{"end": true}"#);
    let mut brought = Vec::new();
    while brought.last().is_none_or(|line: &Value| line["step"] != "end") {
        match client.frame() {
            (1, text) => brought.push(serde_json::from_slice(&text).expect("a line")),
            (kind, _) => assert_eq!(kind, 10, "only an answer to the ping comes between"),
        }
    }
    // The two streams are sessions of their own under one name.
    let nameless = |lines: Vec<Value>| lines.into_iter().map(without_names).collect::<Vec<_>>();
    assert_eq!(nameless(brought), nameless(lines(&posted.text())));
    assert_eq!(over_socket(&mut client), [] as [Value; 0]);
}

#[test]
fn socket_streams_into_an_open_session_and_gives_it_back() {
    let server = server("");
    let token = format!("Bearer {TOKEN}");
    post(server.address(), "/v1/sessions", &json!({ "session": "s" }));
    let mut client = Connection::to(server.address());
    client.upgrade("/v1/sessions/s/streams", &[("authorization", &token)]);
    client.send_frame(1, json!({ "text": HARMLESS }).to_string().as_bytes());
    client.send_frame(1, br#"{"end": true}"#);
    assert_eq!(over_socket(&mut client).pop().unwrap()["step"], "end");
    let next = post(server.address(), "/v1/sessions/s/events", &json!({ "kind": "prompt", "text": HARMLESS }));
    assert_eq!(next.status, 200, "{}", next.text());
}

#[test]
fn socket_that_sends_what_cannot_be_read_ends_with_a_problem() {
    let server = server("bounds = { stream-event = 200 }");
    let token = format!("Bearer {TOKEN}");
    let long = "x".repeat(300);
    for (kind, bad) in [(1, "nonsense"), (2, "{}"), (1, long.as_str())] {
        let mut client = Connection::to(server.address());
        client.upgrade("/v1/streams", &[("authorization", &token)]);
        client.send_frame(1, json!({ "text": HARMLESS }).to_string().as_bytes());
        client.send_frame(kind, bad.as_bytes());
        let mut last = Value::Null;
        while last["status"].is_null() {
            last = serde_json::from_slice(&client.frame().1).expect("a line");
        }
        assert_eq!(last["status"], 400, "{bad} {last}");
    }
    let plain = call(server.address(), ("GET", "/v1/streams"), &[("authorization", &token)], b"");
    assert_eq!(plain.status, 400);
    let mut client = Connection::to(server.address());
    assert_eq!(client.upgrade("/v1/streams", &[]).status, 401);
}

#[test]
fn sockets_count_among_the_connections_and_end_cleanly_when_the_server_stops() {
    let server = server("open-metrics = true\ntimeouts = { drain = 100 }");
    let token = format!("Bearer {TOKEN}");
    let mut client = Connection::to(server.address());
    assert_eq!(client.upgrade("/v1/streams", &[("authorization", &token)]).status, 101);
    let figures = call(server.address(), ("GET", "/metrics"), &[], b"").text();
    assert!(figures.contains("specialis_open_connections 2"), "{figures}");
    client.send_frame(1, json!({ "text": HARMLESS }).to_string().as_bytes());
    while client.frame().0 != 1 {}
    let stopped = std::thread::spawn(move || server.stop());
    assert_eq!(over_socket(&mut client).pop().unwrap()["step"], "end");
    stopped.join().unwrap();
}
