//! Real clients, where Python has them: `openai`, `anthropic` and `mcp` (2 or later). `SPECIALIS_PEERS_PYTHON` names a Python; without
//! it the one of `cargo xtask server-peers` is asked, or else `python3`. What is missing is skipped aloud.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{HARMLESS, PHONE, RUMOR, Script, TOKEN, Upstream, before, call, program, server};

/// A Python that has a module; none where it has not, which is said.
fn python(module: &str) -> Option<String> {
    let python = std::env::var("SPECIALIS_PEERS_PYTHON");
    let python = python.unwrap_or_else(|_| program("python/bin/python3").display().to_string());
    let asked = Command::new(&python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: `{python}` has no `{module}`; `cargo xtask server-peers` installs it");
    None
}

fn script(name: &str) -> String {
    format!("{}/tests/peers/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What a script of a client says.
fn run(python: &str, name: &str, arguments: &[&str]) -> Value {
    let out = Command::new(python).arg(script(name)).args(arguments).output().expect("it runs");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn openais_sdk_reads_masked_and_stopped_streams_to_their_end() {
    let Some(python) = python("openai") else { return };
    for (text, finish) in [(HARMLESS, "stop"), ("电话13912345678。", "stop"), (RUMOR, "content_filter")] {
        let chunk = |delta: &Value, finish: &Value| {
            let choices = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
            format!(
                "data: {}\n\n",
                json!({ "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices })
            )
        };
        let said = chunk(&json!({ "role": "assistant", "content": text }), &Value::Null);
        let upstream =
            Upstream::of(Script::events(&format!("{said}{}data: [DONE]\n\n", chunk(&json!({}), &json!("stop"))), 9));
        let server = before(&upstream, "openai", "");
        let base = format!("http://{}/up", server.address());
        let read = run(&python, "openai_sdk.py", &[&base, TOKEN, HARMLESS]);
        assert_eq!(read["finish"], finish, "{read}");
        assert!(!read.to_string().contains(PHONE) && !read.to_string().contains("停水"), "{read}");
        if text == HARMLESS {
            assert_eq!(read["said"], HARMLESS);
        }
        let refused = run(&python, "openai_sdk.py", &[&base, "wrong", HARMLESS]);
        assert_eq!(refused, json!({ "status": 401, "code": "invalid_api_key" }));
    }
}

#[test]
fn anthropics_sdk_reads_masked_and_stopped_streams_to_their_end() {
    let Some(python) = python("anthropic") else { return };
    for (text, finish) in [(HARMLESS, "end_turn"), (RUMOR, "refusal")] {
        let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
        let message = json!({ "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": usage });
        let all = [
            json!({ "type": "message_start", "message": message }),
            json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
            json!({ "type": "content_block_stop", "index": 0 }),
            json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": usage }),
            json!({ "type": "message_stop" }),
        ];
        let write = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
        let upstream = Upstream::of(Script::events(&all.iter().map(write).collect::<String>(), 9));
        let server = before(&upstream, "anthropic", "");
        let read = run(&python, "anthropic_sdk.py", &[&format!("http://{}/up", server.address()), TOKEN, HARMLESS]);
        assert_eq!(read["finish"], finish, "{read}");
        assert!(!read.to_string().contains("停水"), "{read}");
    }
}

#[test]
fn official_sdk_uses_a_governed_server_of_tools_in_both_eras() {
    let Some(python) = python("mcp.server.mcpserver, uvicorn, httpx2") else { return };
    let mut peer = Command::new(&python)
        .arg(script("mcp_sdk.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut said = BufReader::new(peer.stdout.take().unwrap()).lines();
    let port = said.next().expect("a port").unwrap();
    let server = server(&format!(
        "[[mcp]]\npath = \"/mcp/mail\"\nname = \"mail\"\nupstream = \"http://127.0.0.1:{port}/mcp\"\nnotice = \"已停止\""
    ));
    let to = peer.stdin.as_mut().unwrap();
    writeln!(to, "http://{}/mcp/mail {TOKEN}", server.address()).unwrap();
    let got: Value = serde_json::from_str(&said.next().expect("what it got").unwrap()).unwrap();
    assert!(peer.wait().unwrap().success());
    for era in got.as_array().unwrap() {
        assert_eq!(era["tools"], json!(["echo", "hidden"]));
        let said = |text: &str| json!({ "is-error": false, "said": text });
        assert_eq!(era["results"], json!([said(HARMLESS), said("电话13912345678。"), said(RUMOR)]));
    }
    let token = format!("Bearer {TOKEN}");
    let figures = call(server.address(), ("GET", "/metrics"), &[("authorization", &token)], b"").text();
    assert!(figures.contains("specialis_decisions_total{kind=\"tool\""), "{figures}");
}
