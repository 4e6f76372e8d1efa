//! The Model Context Protocol: what a server of tools is asked, what a client gets back, over both transports.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use specialis_server::{Running, StdioServer};
use specialis_tests::events;

use crate::support::{Asked, End, HARMLESS, PHONE, RUMOR, Script, TOKEN, Upstream, call, get, host, post, server};

fn governed(upstream: &Upstream) -> Running {
    server(&format!(
        "[[mcp]]\npath = \"/mcp/mail\"\nname = \"mail\"\nupstream = \"http://{}/mcp\"\nnotice = \"已停止\"",
        upstream.address()
    ))
}

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

fn tool_call(text: &str) -> Value {
    request("tools/call", &json!({ "name": "send", "arguments": { "text": text } }))
}

fn result(text: &str) -> Value {
    let content = json!([{ "type": "text", "text": text }]);
    json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": content, "isError": false } })
}

fn events_of(messages: &[Value]) -> Script {
    let text: String = messages.iter().map(|message| format!("id: 1\nevent: message\ndata: {message}\n\n")).collect();
    Script::events(&text, 7)
}

fn messages(body: &str) -> Vec<Value> {
    let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).expect("a message")).collect()
}

/// The text of the first content of a result.
fn said(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

/// More texts than are judged at once, so that it is refused whatever they say.
fn flood() -> Value {
    json!(vec![RUMOR; 4_097])
}

fn flooded_call() -> Value {
    request("tools/call", &json!({ "name": "send", "arguments": {}, "_meta": { "x": flood() } }))
}

#[test]
fn call_goes_on_as_it_was_judged_and_a_refused_one_never_reaches_its_server() {
    let upstream = Upstream::of(Script::json(200, &result(HARMLESS)));
    let server = governed(&upstream);
    assert_eq!(post(server.address(), "/mcp/mail", &tool_call(HARMLESS)).json(), result(HARMLESS));
    let Asked::Request(head, body) = upstream.next() else { panic!("it was asked") };
    assert_eq!(body, tool_call(HARMLESS));
    assert!(head.starts_with("post /mcp ") && !head.contains(TOKEN), "{head}");
    let refused = post(server.address(), "/mcp/mail", &flooded_call()).json();
    assert_eq!(
        (refused["id"].as_u64(), refused["result"]["isError"].as_bool(), said(&refused)),
        (Some(7), Some(true), "已停止")
    );
    let other = post(server.address(), "/mcp/mail", &request("prompts/get", &json!({ "x": flood() }))).json();
    assert_eq!((other["error"]["message"].as_str(), upstream.was_asked()), (Some("已停止"), false));
}

#[test]
fn results_are_judged_whole_and_as_streams() {
    let flooded = json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": flood() } });
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "message": HARMLESS } });
    let noise = json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "data": flood() } });
    for (message, is_refused) in [(result(HARMLESS), false), (flooded, true)] {
        let whole = Upstream::of(Script::json(200, &message));
        let streamed = Upstream::of(events_of(&[progress.clone(), noise.clone(), message.clone()]));
        for upstream in [whole, streamed] {
            let answer = post(governed(&upstream).address(), "/mcp/mail", &tool_call(HARMLESS));
            let is_stream = answer.header("content-type") == Some("text/event-stream");
            let mut all = if is_stream { messages(&answer.text()) } else { vec![answer.json()] };
            let last = all.pop().expect("an answer");
            assert!(!answer.text().contains(RUMOR), "{}", answer.text());
            if is_refused {
                assert_eq!((said(&last), last["result"]["isError"].as_bool()), ("已停止", Some(true)));
            } else {
                assert_eq!(last, message);
            }
            let before: &[Value] = if is_stream { std::slice::from_ref(&progress) } else { &[] };
            assert_eq!(all, before);
        }
    }
}

#[test]
fn request_of_the_server_that_is_refused_is_answered_to_the_server() {
    let sampling = json!({ "jsonrpc": "2.0", "id": "s", "method": "sampling/createMessage", "params": flood() });
    let upstream = Upstream::of(events_of(&[sampling, result(HARMLESS)]));
    let server = governed(&upstream);
    let answer = post(server.address(), "/mcp/mail", &tool_call(HARMLESS));
    assert_eq!(messages(&answer.text()), [result(HARMLESS)]);
    assert!(matches!(upstream.next(), Asked::Request(..)));
    let Asked::Request(_, body) = upstream.next() else { panic!("it was answered") };
    assert_eq!((body["id"].as_str(), body["error"]["message"].as_str()), (Some("s"), Some("已停止")));
}

#[test]
fn client_that_waits_always_gets_an_answer() {
    let mut script = events_of(&[result(HARMLESS)]);
    script.pieces.truncate(3);
    script.end = End::Cut;
    let upstream = Upstream::of(script);
    let answer = post(governed(&upstream).address(), "/mcp/mail", &tool_call(HARMLESS));
    let last = messages(&answer.text()).pop().expect("an answer");
    assert!(answer.is_whole && last["id"] == 7 && last["error"]["message"].is_string(), "{last}");
}

#[test]
fn headers_of_the_protocol_pass_and_those_that_repeat_the_message_must_agree_with_it() {
    let mut script = Script::json(200, &result(HARMLESS));
    script.headers.push(("mcp-session-id", "s-1".to_owned()));
    let upstream = Upstream::of(script);
    let server = governed(&upstream);
    let token = format!("Bearer {TOKEN}");
    let ask = |more: &[(&str, &str)], text: &str| {
        let headers = [&[("authorization", token.as_str())][..], more].concat();
        call(server.address(), ("POST", "/mcp/mail"), &headers, tool_call(text).to_string().as_bytes())
    };
    let passed =
        ask(&[("mcp-protocol-version", "2025-11-25"), ("mcp-name", "send"), ("mcp-session-id", "s-1")], HARMLESS);
    assert_eq!((passed.status, passed.header("mcp-session-id")), (200, Some("s-1")));
    let Asked::Request(head, _) = upstream.next() else { panic!("it was asked") };
    assert!(head.contains("mcp-protocol-version: 2025-11-25") && head.contains("mcp-session-id: s-1"), "{head}");
    assert_eq!(ask(&[("mcp-name", "other")], HARMLESS).status, 400);
    assert_eq!(ask(&[("mcp-param-text", PHONE)], HARMLESS).status, 400);
    assert!(!upstream.was_asked());
    assert_eq!(call(server.address(), ("POST", "/mcp/mail"), &[], b"{}").status, 401);
}

#[test]
fn what_is_no_message_is_answered_and_goes_nowhere() {
    let upstream = Upstream::of(Script::json(200, &json!([1])));
    let server = governed(&upstream);
    for wrong in [json!([]), json!({ "jsonrpc": "2.0", "id": {}, "method": "a" }), json!("text")] {
        assert_eq!(post(server.address(), "/mcp/mail", &wrong).json()["error"]["code"], -32_600, "{wrong}");
    }
    assert!(!upstream.was_asked());
    let answer = post(server.address(), "/mcp/mail", &tool_call(HARMLESS)).json();
    assert_eq!((answer["id"].as_u64(), answer["error"]["code"].as_i64()), (Some(7), Some(-32_603)));
    let wrong = Upstream::of(Script::events("data: text\n\n", 4));
    assert_eq!(get(governed(&wrong).address(), "/mcp/mail").text(), "");
}

#[test]
fn the_same_content_comes_to_the_same_over_chat_tools_and_the_native_interface() {
    let upstream = Upstream::of(Script::json(200, &result(HARMLESS)));
    let address = upstream.address();
    let server = server(&format!(
        "[[routes]]\npath = \"/up\"\ninterface = \"openai\"\nupstream = \"http://{address}\"\n\
         [[mcp]]\npath = \"/mcp\"\nname = \"mail\"\nupstream = \"http://{address}\""
    ));
    let context = serde_json::to_value(events::context()).unwrap();
    for text in [HARMLESS.to_owned(), RUMOR.to_owned(), format!("电话{PHONE}。"), "查询明天的天气".to_owned()]
    {
        let arguments = json!({ "text": text });
        let mcp = post(server.address(), "/mcp", &tool_call(&text)).json();
        let by_mcp = match mcp["result"]["isError"].as_bool() {
            Some(true) => Err(()),
            _ => match upstream.next() {
                Asked::Request(_, body) => Ok(body["params"]["arguments"].clone()),
                Asked::Gone => panic!("it was asked"),
            },
        };
        let called = json!({ "role": "assistant", "tool_calls": [{ "id": "c", "type": "function",
            "function": { "name": "send", "arguments": arguments.to_string() } }] });
        let chat = json!({ "model": "m", "messages": [{ "role": "user", "content": HARMLESS }, called,
            { "role": "tool", "tool_call_id": "c", "content": HARMLESS }] });
        post(server.address(), "/up/chat/completions", &chat);
        let by_chat = match upstream.next_if_asked() {
            Some(Asked::Request(_, body)) => {
                let arguments = body["messages"][1]["tool_calls"][0]["function"]["arguments"].as_str().unwrap();
                Ok(serde_json::from_str::<Value>(arguments).unwrap())
            }
            _ => Err(()),
        };
        let event = json!({ "kind": "tool", "facts": { "name": "mail/send" }, "parts": [
            { "role": "assistant", "channel": "tool-arguments", "text": arguments.to_string() }] });
        let native = post(server.address(), "/v1/decide", &json!({ "context": context, "event": event })).json();
        let by_native = match native["decision"]["verdict"].as_str().unwrap() {
            "review" | "stop" => Err(()),
            _ => Ok(serde_json::from_str::<Value>(native["release"][0]["text"].as_str().unwrap()).unwrap()),
        };
        assert_eq!((&by_mcp, &by_mcp), (&by_chat, &by_native), "{text}");
    }
}

/// A server of tools in the shell: it answers each line, and writes down what it was sent.
const SHELL_SERVER: &str = r#"
while read -r line; do
  echo "$line" >> "$1"
  case "$line" in
    *'"id":1'*) echo '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"图书馆周一闭馆。"}]}}' ;;
    *'"id":2'*) echo 'no message'; echo '{"jsonrpc":"2.0","id":2,"result":{"content":[]}}' ;;
  esac
done
"#;

#[test]
fn program_is_governed_over_standard_input_and_output() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let (input, mut to) = std::io::pipe().unwrap();
    let (from, output) = std::io::pipe().unwrap();
    let path = log.path().to_owned();
    let context = events::context();
    let governed = std::thread::spawn(move || {
        let server = StdioServer::new(host(), Arc::new(context), "mail", "已停止");
        let mut command = Command::new("sh");
        let status = server.run(command.args(["-c", SHELL_SERVER, "sh"]).arg(path), BufReader::new(input), output);
        status.expect("it ran").success()
    });
    let mut from = BufReader::new(from);
    let mut ask = |id: u32, mut call: Value| {
        call["id"] = json!(id);
        writeln!(to, "{call}").unwrap();
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(answer["id"], id);
        answer
    };
    assert_eq!(said(&ask(1, tool_call(HARMLESS))), HARMLESS);
    assert_eq!(ask(2, tool_call(HARMLESS))["result"]["content"], json!([]));
    assert_eq!(said(&ask(3, flooded_call())), "已停止");
    drop(to);
    assert!(governed.join().unwrap());
    let seen = std::fs::read_to_string(log.path()).unwrap();
    assert!(seen.lines().count() == 2 && !seen.contains(RUMOR), "{seen}");
}

/// A client's side with a fault of its own.
struct Panicking;

impl Read for Panicking {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("on purpose: the client's side")
    }
}

#[test]
fn program_is_told_to_end_where_the_thread_of_the_client_panics() {
    let server = StdioServer::new(host(), Arc::new(events::context()), "mail", "已停止");
    // It ends when its input does, and no sooner.
    let status = server.run(&mut Command::new("cat"), BufReader::new(Panicking), std::io::sink());
    assert!(status.expect("it ran").success());
}
