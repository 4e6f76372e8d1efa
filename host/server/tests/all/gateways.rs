//! Gateways themselves before an upstream, with this server as their guard, configured as the documentation says. What is not
//! installed is skipped aloud.

use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use serde_json::{Value, json};
use specialis_server::Running;
use specialis_server::wire::Interface;
use tempfile::TempDir;

use crate::envoy::events;
use crate::support::{
    Answer, HARMLESS, PHONE, Peer, RUMOR, Script, TOKEN, Upstream, call, program, read_stream, server,
};

/// What a gateway of these tests is called with.
const KEY: &str = "sk-0123456789abcdef0123456789abcdef";

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A text in pieces of two characters, as a stream.
fn streamed(text: &str) -> Upstream {
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = characters.chunks(2).map(|pair| pair.iter().collect()).collect();
    Upstream::of(Script::events(&events(&pieces.iter().map(String::as_str).collect::<Vec<_>>()), 4_096))
}

/// A text as a whole answer.
fn whole(text: &str) -> Upstream {
    let message = json!({ "role": "assistant", "content": text });
    Upstream::of(Script::json(
        200,
        &json!({ "id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 } }),
    ))
}

/// Whether something of a text stands on the wire, as it is or as JSON escapes it.
fn shows(answer: &Answer, text: &str) -> bool {
    let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    answer.text().contains(text) || answer.text().contains(&escaped)
}

fn masked() -> String {
    format!("{HARMLESS}客服电话{PHONE}。{}", HARMLESS.repeat(4))
}

fn stopped() -> String {
    format!("{}{RUMOR}{}", HARMLESS.repeat(4), HARMLESS.repeat(4))
}

/// LiteLLM's proxy before one upstream for each of these models.
fn litellm(models: &[(&str, &Upstream)], guard: &Running) -> Option<(Peer, SocketAddr, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let model = |(name, upstream): &(&str, &Upstream)| {
        json!({ "model_name": name, "litellm_params": {
            "model": format!("openai/{name}"), "api_base": format!("http://{}/v1", upstream.address()), "api_key": "none" } })
    };
    let guardrail = json!({ "guardrail": "generic_guardrail_api", "mode": ["pre_call", "post_call"], "default_on": true,
        "api_base": format!("http://{}/contracts/litellm", guard.address()), "api_key": TOKEN,
        "streaming_transform_mode": "incremental_diff" });
    let config = json!({ "model_list": models.iter().map(model).collect::<Vec<_>>(),
        "guardrails": [{ "guardrail_name": "specialis", "litellm_params": guardrail }],
        "general_settings": { "master_key": KEY } });
    let file = folder.path().join("litellm.yaml");
    std::fs::write(&file, config.to_string()).unwrap();
    let address = free();
    let mut command = Command::new(program("litellm/bin/litellm"));
    command.current_dir(folder.path()).env("LITELLM_LOCAL_MODEL_COST_MAP", "True").arg("--config").arg(&file);
    command.args(["--host", "127.0.0.1", "--port", &address.port().to_string()]);
    Some((Peer::start(&mut command, "Uvicorn running on")?, address, folder))
}

fn ask(address: SocketAddr, headers: &[(&str, &str)], model: &str, streams: bool) -> Answer {
    let messages = json!([{ "role": "user", "content": HARMLESS }]);
    let body = json!({ "model": model, "stream": streams, "messages": messages }).to_string();
    let headers = [&[("content-type", "application/json")][..], headers].concat();
    call(address, ("POST", "/v1/chat/completions"), &headers, body.as_bytes())
}

#[test]
fn litellm_passes_masks_and_stops_answers_and_is_closed_without_its_guard() {
    let guard = server("contracts = { speak = [\"litellm\"], notice = \"stopped here\" }");
    let (masked_stream, stopped_stream) = (streamed(&masked()), streamed(&stopped()));
    let (masked_whole, stopped_whole, last) = (whole(&masked()), whole(&stopped()), whole(HARMLESS));
    let models = [
        ("masked-stream", &masked_stream),
        ("stopped-stream", &stopped_stream),
        ("masked-whole", &masked_whole),
        ("stopped-whole", &stopped_whole),
        ("last", &last),
    ];
    let Some((_litellm, address, _folder)) = litellm(&models, &guard) else { return };
    let key = format!("Bearer {KEY}");
    let ask = |model: &str, streams: bool| ask(address, &[("authorization", &key)], model, streams);

    let answer = ask("masked-stream", true);
    let said = read_stream(Interface::Chat, &answer.body);
    assert!(said.text().starts_with(HARMLESS) && said.text().ends_with(HARMLESS) && said.is_ended, "{said:?}");
    assert!(!said.text().contains("139") && said.text().contains("客服电话"), "{said:?}");
    let answer = ask("stopped-stream", true);
    assert!(answer.text().contains("stopped here") && shows(&answer, "图书馆"), "{}", answer.text());
    assert!(!shows(&answer, "停水") && !shows(&answer, "内部消息"), "{}", answer.text());

    let answer = ask("masked-whole", false);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(text.starts_with(HARMLESS) && !text.contains("139"), "{text}");
    let answer = ask("stopped-whole", false);
    assert_eq!((answer.status, answer.json()["error"]["message"].as_str()), (400, Some("stopped here")));
    assert!(!shows(&answer, "停水"), "{}", answer.text());

    guard.stop();
    let answer = ask("last", false);
    assert!(answer.status == 500 && !shows(&answer, HARMLESS), "{}", answer.text());
    assert!(!last.was_asked(), "the prompt was judged by nobody");
}

#[test]
fn portkeys_gateway_passes_masks_and_stops_answers_and_is_closed_without_its_guard() {
    let guard = server("contracts = { speak = [\"portkey\"], notice = \"stopped here\" }");
    let address = free();
    let script = program("portkey/node_modules/@portkey-ai/gateway/build/start-server.js");
    if !script.exists() {
        eprintln!("SKIPPED: Portkey's gateway is not there; `cargo xtask server-peers` installs it");
        return;
    }
    let mut command = Command::new("node");
    command.arg(script).arg(format!("--port={}", address.port())).arg("--headless");
    let Some(_portkey) = Peer::start(&mut command, "Ready for connections") else { return };
    let at = guard.address();
    let hook = |id: &str| {
        let parameters = json!({ "webhookURL": format!("http://{at}/contracts/portkey"),
            "headers": { "authorization": format!("Bearer {TOKEN}") }, "timeout": 3000, "failOnError": true });
        let check = json!({ "id": "default.webhook", "parameters": parameters });
        json!([{ "id": id, "type": "guardrail", "deny": true, "checks": [check] }])
    };
    let ask = |upstream: &Upstream, streams: bool| {
        let config: Value = json!({ "provider": "openai", "api_key": "none",
            "custom_host": format!("http://{}/v1", upstream.address()),
            "before_request_hooks": hook("specialis-in"), "after_request_hooks": hook("specialis-out") });
        ask(address, &[("x-portkey-config", &config.to_string())], "m", streams)
    };

    let answer = ask(&whole(HARMLESS), false);
    assert_eq!((answer.status, shows(&answer, HARMLESS)), (200, true), "{}", answer.text());
    let answer = ask(&whole(&masked()), false);
    let text = answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert!(text.starts_with(HARMLESS) && !text.contains("139"), "{text}");
    assert!(!shows(&answer, PHONE), "nor in what is told of the hooks: {}", answer.text());
    let answer = ask(&whole(&stopped()), false);
    assert_eq!((answer.status, shows(&answer, "停水")), (446, false), "{}", answer.text());
    // It would not ask about a stream.
    let unasked = streamed(HARMLESS);
    assert_eq!((ask(&unasked, true).status, unasked.was_asked()), (446, false));

    guard.stop();
    let unasked = whole(HARMLESS);
    let answer = ask(&unasked, false);
    assert_eq!((answer.status, unasked.was_asked()), (446, false), "{}", answer.text());
}
