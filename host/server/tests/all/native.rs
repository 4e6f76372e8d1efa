//! The native interface: what the library does, byte for byte.

use std::sync::Arc;

use serde_json::{Value, json};
use specialis::core::{Context, Decision, Event, SessionId, Settlement, Standing};
use specialis::{RecordError, Recorder};
use specialis_server::{Config, Server, TokenDigest};
use specialis_tests::{events, hosts};

use crate::support::{HARMLESS, PHONE, RUMOR, call, get, host, own_session, post, server, tenant};

fn context() -> Value {
    serde_json::to_value(events::context()).unwrap()
}

/// The bytes of a field of an answer.
fn field<'a>(body: &'a str, before: &str, after: &str) -> &'a str {
    let start = body.find(before).expect("the field is there") + before.len();
    let end = body[start..].find(after).expect("the field ends") + start;
    &body[start..end]
}

#[test]
fn decisions_are_those_of_the_library_byte_for_byte() {
    let server = server("");
    let host = host();
    for (text, at) in [HARMLESS, RUMOR, "客服电话13912345678。"].iter().zip(0..) {
        let id = format!("exchange-{at}");
        let answer = post(
            server.address(),
            "/v1/decide",
            &json!({ "session": id, "context": context(), "event": { "kind": "output", "text": text } }),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.text();
        let event: Event = serde_json::from_value(json!({ "kind": "output", "text": text })).unwrap();
        let judged = host.open(own_session(&answer.json(), &id), events::context()).submit(event);
        assert_eq!(field(&body, "{\"decision\":", ",\"release\":"), serde_json::to_string(&judged.decision).unwrap());
        let text = judged.release.text(0);
        assert_eq!(answer.json()["release"], json!([{ "part": 0, "text": text }]));
    }
}

#[test]
fn name_that_comes_again_or_from_another_tenant_never_gives_one_decision_id_twice() {
    let other = crate::support::tenant()
        .replace("tenants.t.", "tenants.other.")
        .replace("tenant = \"t\"", "tenant = \"other\"");
    let other =
        other.replace(&TokenDigest::of(crate::support::TOKEN).to_string(), &TokenDigest::of("sp-2").to_string());
    let server = server(&other);
    let body = json!({ "session": "s", "context": context(), "event": { "kind": "prompt", "text": RUMOR } });
    let send = |token: &str, path: &str, body: &[u8]| {
        let bearer = format!("Bearer {token}");
        let answer = call(server.address(), ("POST", path), &[("authorization", &bearer)], body);
        assert!(answer.status < 300, "{}", answer.text());
        answer
    };
    let decide = |token: &str| send(token, "/v1/decide", body.to_string().as_bytes()).json()["decision"].clone();
    // A session that is open, closed, and opened again under the same name.
    let in_session = |token: &str| {
        let open = json!({ "session": "s", "context": context() });
        send(token, "/v1/sessions", open.to_string().as_bytes());
        let event = json!({ "kind": "prompt", "text": RUMOR });
        let decision = send(token, "/v1/sessions/s/events", event.to_string().as_bytes()).json()["decision"].clone();
        let bearer = format!("Bearer {token}");
        call(server.address(), ("DELETE", "/v1/sessions/s"), &[("authorization", &bearer)], b"");
        decision
    };
    let stream = |token: &str| {
        let lines = format!("{}\n{}\n", json!({ "session": "s", "context": context() }), json!({ "text": RUMOR }));
        let answer = send(token, "/v1/streams", lines.as_bytes()).text();
        serde_json::from_str::<Value>(answer.trim().lines().last().unwrap()).unwrap()["decision"].clone()
    };
    let (one, two) = (crate::support::TOKEN, "sp-2");
    let all = [
        decide(one),
        decide(one),
        decide(two),
        in_session(one),
        in_session(one),
        in_session(two),
        stream(one),
        stream(one),
    ];
    let ids: std::collections::BTreeSet<_> = all.iter().map(|decision| decision["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len(), "{ids:?}");
}

#[test]
fn session_judges_its_events_in_order_and_settles_them() {
    let server = server("");
    let (address, host) = (server.address(), host());
    let opened = post(address, "/v1/sessions", &json!({ "session": "s1", "context": context() }));
    assert_eq!((opened.status, opened.json()["session"].as_str()), (201, Some("s1")));
    assert_eq!(post(address, "/v1/sessions", &json!({ "session": "s1" })).status, 409);

    let mut session = None;
    for event in
        [json!({ "kind": "prompt", "text": HARMLESS }), json!({ "kind": "output", "text": format!("电话{PHONE}。") })]
    {
        let answer = post(address, "/v1/sessions/s1/events", &event).json();
        let session = session.get_or_insert_with(|| host.open(own_session(&answer, "s1"), events::context()));
        let judged = session.submit(serde_json::from_value(event.clone()).unwrap());
        assert_eq!(answer["decision"]["id"], judged.decision.id);
        let settle = json!({ "decision": judged.decision.id, "outcomes": [[0, "done"], [99, "done"]] });
        let settled = post(address, "/v1/sessions/s1/settlements", &settle);
        let expected = session
            .settle(&judged.decision, &[(0, specialis::core::Outcome::Done), (99, specialis::core::Outcome::Done)]);
        assert_eq!(settled.json(), serde_json::to_value(expected).unwrap());
    }
    assert_eq!(
        post(address, "/v1/sessions/s1/settlements", &json!({ "decision": "none", "outcomes": [] })).status,
        404
    );
    let referring = json!([[0, { "handed-over": "T".repeat(257) }]]);
    for (outcomes, status) in [(referring, 400), (json!(vec![json!([0, "done"]); 4_097]), 413)] {
        let settle = json!({ "decision": "none", "outcomes": outcomes });
        assert_eq!(post(address, "/v1/sessions/s1/settlements", &settle).status, status);
    }
    let token = format!("Bearer {}", crate::support::TOKEN);
    let close = || call(address, ("DELETE", "/v1/sessions/s1"), &[("authorization", &token)], b"").status;
    assert_eq!((close(), close()), (204, 404));
}

#[test]
fn what_cannot_be_read_is_a_problem_that_says_what_to_do() {
    let server = server("bounds = { body = 2000 }");
    let address = server.address();
    let table = [
        (json!({ "event": { "kind": "promt" } }), 400, "nearest is `prompt`"),
        (json!({ "event": { "kind": "output" }, "session": "a b" }), 400, "`session`"),
        (json!({ "evnt": 1 }), 400, "evnt"),
        (json!({ "event": { "kind": "output", "text": "x".repeat(3_000) } }), 413, "2000 bytes"),
    ];
    for (body, status, what) in table {
        let answer = post(address, "/v1/decide", &body);
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("application/problem+json")));
        let problem = answer.json();
        assert!(problem["detail"].as_str().unwrap().contains(what), "{problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:specialis:problem:"));
    }
    assert_eq!(get(address, "/v1/decide").status, 405);
    assert_eq!(post(address, "/v1/nothing", &json!({})).status, 404);
    assert_eq!(post(address, "/v1/sessions/none/events", &json!({ "kind": "output" })).status, 404);
}

#[test]
fn decision_is_explained_text_is_scanned_and_coverage_is_told() {
    let server = server("");
    let address = server.address();
    let decided =
        post(address, "/v1/decide", &json!({ "context": context(), "event": { "kind": "output", "text": RUMOR } }))
            .json();
    for (language, word) in [("zh", "人工"), ("en", "person")] {
        let explained =
            post(address, "/v1/explain", &json!({ "decision": decided["decision"], "language": language })).json();
        assert!(explained["text"].as_str().unwrap().contains(word), "{explained}");
        assert_eq!(explained["is-of-live-edition"], true);
    }
    let text = format!("电话{PHONE}。");
    let scanned = post(address, "/v1/scan", &json!({ "text": text })).json();
    let find = &scanned["finds"][0];
    assert_eq!(
        (find["start"].as_u64(), find["start-utf16"].as_u64(), find["kind"].as_str()),
        (Some(6), Some(2), Some("detector"))
    );
    let coverage = get(address, "/v1/coverage").json();
    assert!(coverage["governed"].as_object().unwrap().len() > 10);
}

#[test]
fn text_with_more_finds_than_an_event_may_hold_is_not_scanned() {
    let server = server("");
    let scan = |n: usize| post(server.address(), "/v1/scan", &json!({ "text": format!("电话{PHONE}。").repeat(n) }));
    let max = specialis::EventLimits::default().hits;
    let refused = scan(max + 1);
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert!(refused.json()["detail"].as_str().unwrap().contains("16384 finds"), "{}", refused.text());
    assert_eq!(scan(10).json()["finds"].as_array().unwrap().len(), 10);
}

#[test]
fn open_sessions_are_bounded_by_what_is_kept_of_them() {
    let server = server("bounds = { session-bytes = 60000 }");
    let (address, token) = (server.address(), format!("Bearer {}", crate::support::TOKEN));
    let send = |path: &str, body: &str| call(address, ("POST", path), &[("authorization", &token)], body.as_bytes());
    let open = |id: &str, n: usize| send("/v1/sessions", &format!("{{\"session\": \"{id}\"{}}}", " ".repeat(n))).status;
    assert_eq!((open("one", 25_000), open("two", 25_000), open("three", 25_000)), (201, 201, 503));
    // The text of a stream may wait, so that it counts. The session that nobody used for longest makes room.
    let line = json!({ "text": HARMLESS.repeat(600) }).to_string();
    assert_eq!(send("/v1/sessions/two/streams", &line).status, 200);
    let event = json!({ "kind": "prompt", "text": HARMLESS }).to_string();
    assert_eq!(send("/v1/sessions/one/events", &event).status, 404);
    assert_eq!(send("/v1/sessions/two/events", &event).status, 200);
    assert_eq!(open("four", 0), 201);
}

#[test]
fn every_request_that_is_worked_on_is_counted_for_its_tenant() {
    let server = server("[tenants.t]\nrequests = 0\n");
    let address = server.address();
    let empty = json!({});
    for path in [
        "/v1/decide",
        "/v1/sessions",
        "/v1/sessions/s/events",
        "/v1/sessions/s/settlements",
        "/v1/sessions/s/streams",
        "/v1/streams",
        "/v1/explain",
        "/v1/scan",
        "/v1/labels/check",
        "/v1/labels/write",
    ] {
        let answer = post(address, path, &empty);
        assert_eq!(answer.status, 429, "{path} {}", answer.text());
    }
    assert_eq!(get(address, "/v1/coverage").status, 429);
}

#[test]
fn label_is_written_into_an_uploaded_file_and_found_there() {
    let server = server("label-producer = \"001191110000MAAAAAAA0210002\"");
    let (address, token) = (server.address(), format!("Bearer {}", crate::support::TOKEN));
    let send = |path: &str, body: &[u8]| call(address, ("POST", path), &[("authorization", &token)], body);
    let page = "# 标题\n\n正文。\n".as_bytes();
    assert_eq!(send("/v1/labels/check?name=a.md", page).json()["verdict"], "not-found");
    let labelled = send("/v1/labels/write?name=a.md&id=c-1", page);
    assert_eq!(labelled.status, 200, "{}", labelled.text());
    assert!(labelled.body.ends_with(page));
    assert_eq!(send("/v1/labels/check?name=a.md", &labelled.body).json()["verdict"], "compliant");
    assert_eq!(send("/v1/labels/check", b"nothing that is known").status, 400);
    assert_eq!(send("/v1/labels/check", b"").status, 400);
}

/// A recorder that keeps nothing.
struct Full;

impl Recorder for Full {
    fn standing(&self, _: &Context) -> Option<Standing> {
        None
    }

    fn opened(&self, _: &SessionId, _: &str, _: &Arc<Context>) {}

    fn decided(&self, _: &Decision, _: &Context) -> Result<(), RecordError> {
        Err(RecordError { source: "the disk is full".into() })
    }

    fn settled(&self, _: &Decision, _: &Settlement, _: &Context) {}
}

#[test]
fn decision_that_cannot_be_recorded_is_a_stop_that_says_so_and_lets_nothing_out() {
    let host = hosts::build(hosts::builder(hosts::built_in()).ledger(Arc::new(Full)));
    let config = Config::parse(&format!("listen = \"127.0.0.1:0\"\n{}", tenant())).unwrap();
    let server = Server::bind(config, host).unwrap().spawn();
    let asked = json!({ "context": context(), "event": { "kind": "output", "text": HARMLESS } });
    let answer = post(server.address(), "/v1/decide", &asked).json();
    assert_eq!(
        (&answer["decision"]["verdict"], &answer["decision"]["unrecorded"]),
        (&json!("stop"), &json!(true)),
        "{answer}"
    );
    assert_eq!(answer["release"], json!([{ "part": 0, "text": null }]));
    assert!(!answer.to_string().contains("图书馆"), "{answer}");
}
