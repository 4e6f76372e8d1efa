//! Questions of agentgateway about tools, and the service over a real connection.

use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;
use prost::Message;
use serde_json::{Value, json};
use specialis_tests::{Guest, Manifest, hosts};

use super::wire::{AuthorizationError, McpAnswer, McpHeader, McpQuestion, Pass, Verdict};
use super::{Asked, PATHS, server};
use crate::app::App;
use crate::config::{Area, Config, TokenDigest};
use crate::contracts::over_grpc::{self, framed};
use crate::mcp::Sender;
use crate::serving::{Running, Server, Settings};

const HARMLESS: &str = "图书馆周一闭馆。";
/// A text that the host of these tests stops.
const STOPPED: &str = "样例甲";

fn config(speak: &str) -> Config {
    let digest = TokenDigest::of("t");
    let text = format!(
        "listen = \"127.0.0.1:0\"\n[contracts]\nspeak = [\"{speak}\"]\nnotice = \"已停止\"\n\
         [[tokens]]\nsha256 = \"{digest}\"\ntenant = \"t\"\n[tenants.t]\nheaders = {{ \"subject.age\" = \"x-user-age\" }}\n"
    );
    Config::parse(&text).unwrap()
}

/// A host that stops tool events with a hit of the terms, and passes every other.
fn host() -> specialis::Host {
    let demand = json!({ "level": "stop", "cite": { "instrument": "IM", "article": "12" }, "reason": "because" });
    let answer = json!({ "findings": [{ "duty": "im.art12.marking", "rule": "H1", "answer": { "require": demand } }] });
    let wakes = "hits = [\"tool\"]\ncategories = [\"a1.violence\"]";
    let manifest = Manifest::hostile().called("stops").on(&[]).waking(wakes);
    let policy = Guest::from_file("answers").with("answer", &answer.to_string()).under(manifest);
    let policy = policy.with_lexicon("terms", "term,category\n样例甲,a1.violence\n");
    hosts::host(hosts::candidate().policy("stops", policy.pack()))
}

fn app() -> Arc<App> {
    Arc::new(App::new(Settings::new(config("ext-mcp")).unwrap(), host(), 1).unwrap())
}

fn question(method: &str, body: Option<Value>) -> McpQuestion {
    McpQuestion {
        service_names: vec!["mail".to_owned()],
        method: method.to_owned(),
        body: body.map(|body| body.to_string().into_bytes()),
        headers: Vec::new(),
    }
}

fn ask(app: &Arc<App>, sender: Sender, question: McpQuestion) -> Verdict {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer t".parse().unwrap());
    let caller = app.caller(&headers, Area::Contracts).unwrap();
    let asked = Asked::of(app, &caller, "t", sender, question);
    asked.map_or_else(|problem| super::unjudged(&problem), Asked::judge).result.unwrap()
}

fn call(text: &str) -> McpQuestion {
    question("tools/call", Some(json!({ "name": "send", "arguments": { "text": text } })))
}

fn denied(verdict: &Verdict) -> (i32, &str, Value) {
    let Verdict::Error(AuthorizationError { code, reason, mcp_error }) = verdict else { panic!("{verdict:?}") };
    let more = mcp_error.as_deref().map_or(Value::Null, |bytes| serde_json::from_slice(bytes).unwrap());
    (*code, reason, more)
}

#[test]
fn calls_pass_or_are_denied_with_the_decision() {
    let app = app();
    assert_eq!(ask(&app, Sender::Client, call(HARMLESS)), Verdict::Pass(Pass {}));
    assert_eq!(ask(&app, Sender::Client, question("tools/list", None)), Verdict::Pass(Pass {}));
    let verdict = ask(&app, Sender::Client, call(STOPPED));
    let (code, reason, more) = denied(&verdict);
    assert_eq!((code, reason, more["specialis"]["verdict"].as_str()), (1, "已停止", Some("stop")));
    assert_eq!(more["specialis"]["decision"].as_str().map(str::len), Some(32));
}

#[test]
fn result_of_a_tool_that_is_refused_is_one_that_the_model_reads_and_a_definition_is_taken_out() {
    let app = app();
    let result = |text: &str| json!({ "content": [{ "type": "text", "text": text }] });
    assert_eq!(ask(&app, Sender::Server, question("tools/call", Some(result(HARMLESS)))), Verdict::Pass(Pass {}));
    let Verdict::Mutated(bytes) = ask(&app, Sender::Server, question("tools/call", Some(result(STOPPED)))) else {
        panic!("it is answered in its place");
    };
    let read: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((read["isError"].as_bool(), read["content"][0]["text"].as_str()), (Some(true), Some("已停止")));
    let tools = json!({ "tools": [{ "name": "a", "description": HARMLESS }, { "name": "b", "description": STOPPED }] });
    let Verdict::Mutated(bytes) = ask(&app, Sender::Server, question("tools/list", Some(tools))) else {
        panic!("one is taken out");
    };
    let left = json!({ "tools": [{ "name": "a", "description": HARMLESS }] });
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), left);
    let read = ask(&app, Sender::Server, question("resources/read", Some(result(STOPPED))));
    assert_eq!(denied(&read).0, 1);
}

#[test]
fn what_cannot_be_judged_is_refused_and_never_passes() {
    let app = app();
    let broken = McpQuestion { body: Some(b"{".to_vec()), ..call(HARMLESS) };
    assert_eq!(denied(&ask(&app, Sender::Client, broken)).0, 3);
    assert_eq!(denied(&ask(&app, Sender::Server, question("tools/call", None))).0, 3);
    let long = question(&"m".repeat(10_000), Some(json!({})));
    assert_eq!(denied(&ask(&app, Sender::Client, long)).0, 3);
    // Headers that are none, those of HTTP/2 among them, are left out.
    let header = |key: &str, value: &[u8]| McpHeader { key: key.to_owned(), value: value.to_vec() };
    let headers = vec![header(":authority", b"a"), header("x-odd", b"\n"), header("x-user-age", b"adult")];
    assert_eq!(ask(&app, Sender::Client, McpQuestion { headers, ..call(HARMLESS) }), Verdict::Pass(Pass {}));
}

#[test]
fn tool_is_judged_under_the_names_of_its_servers() {
    let names = |names: &[&str]| server(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(names(&["mail"]), "mail");
    assert_eq!(names(&["a", "b c", "d"]), "a+d");
    assert_eq!((names(&[]), names(&["a", "b", "c", "d", "e"])), ("mcp".to_owned(), "a+b+c+d".to_owned()));
}

#[test]
fn service_answers_over_a_connection_and_refuses_what_it_does_not_read_by_a_verdict() {
    let running = Server::bind(config("ext-mcp"), host()).unwrap().spawn();
    let silent = Server::bind(config("litellm"), host()).unwrap().spawn();
    let ask =
        |running: &Running, token: &str, message| over_grpc::ask(running.address(), PATHS[0], token, vec![message]);
    assert_eq!(ask(&silent, "t", framed(&call(STOPPED))).0, "12");
    // An error of gRPC would be a pass for a gateway that fails open.
    let unreadable = Bytes::from_static(&[0, 0, 0, 0, 1, 0xff]);
    let long = framed(&call(&"长".repeat(4 << 20)));
    let questions = [
        ("t", framed(&call(STOPPED)), 1),
        ("unknown", framed(&call(HARMLESS)), 1),
        ("t", unreadable, 3),
        ("t", long, 3),
    ];
    for (token, message, code) in questions {
        let (status, bytes) = ask(&running, token, message);
        assert_eq!(status, "0", "{token}");
        let answer = McpAnswer::decode(&bytes[5..]).unwrap();
        assert_eq!(denied(&answer.result.unwrap()).0, code, "{token}");
    }
}
