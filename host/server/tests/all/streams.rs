//! Streams of the native interface: the steps of the library, as lines.

use serde_json::{Value, json};
use specialis::Step;
use specialis::core::{Event, EventKind};
use specialis_tests::events;

use crate::support::{Connection, HARMLESS, PHONE, RUMOR, TOKEN, call, host, post, server};

fn lines(body: &str) -> Vec<Value> {
    body.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[test]
fn steps_are_those_of_the_library() {
    let server = server("");
    let pieces =
        [(0, None, "客服电话1391"), (1, Some("reasoning"), HARMLESS), (0, None, "2345678。"), (0, None, RUMOR)];
    let host = host();
    let mut session = host.open("x", events::context());
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut steps = stream.steps();
    for (choice, channel, text) in pieces {
        steps.extend(stream.push(choice, channel, text));
    }
    let judged = stream.end();

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
