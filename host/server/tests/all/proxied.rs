//! The reverse proxy over sockets, before a scripted upstream.

use serde_json::{Value, json};
use specialis_server::TokenDigest;
use specialis_server::wire::Interface;

use crate::support::{
    Asked, Connection, End, HARMLESS, PHONE, RUMOR, Script, TOKEN, Upstream, before, call, post, read_stream, server_of,
};

/// A stream of chat completions that says these pieces.
fn chat(pieces: &[&str]) -> String {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!(
            "data: {}\n\n",
            json!({ "id": "c-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice] })
        )
    };
    let mut out = chunk(json!({ "role": "assistant", "content": "" }), None);
    out.push_str(": keep-alive\n\n");
    for piece in pieces {
        out.push_str(&chunk(json!({ "content": piece }), None));
    }
    out.push_str(&chunk(json!({}), Some("stop")));
    out.push_str(&format!("data: {}\n\n", json!({ "id": "c-1", "choices": [], "usage": { "total_tokens": 7 } })));
    out.push_str("data: [DONE]\n\n");
    out
}

fn ask(text: &str) -> Value {
    json!({ "model": "m", "stream": true, "logprobs": true, "messages": [{ "role": "user", "content": text }] })
}

#[test]
fn answer_streams_through_masked_and_labelled() {
    for cut in [1, 7, 4_096] {
        let upstream = Upstream::of(Script::events(&chat(&["客服电话1391", "2345678。", HARMLESS]), cut));
        let server = before(&upstream, "openai", "");
        let answer = post(server.address(), "/up/v1/chat/completions", &ask(HARMLESS));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
        let said = read_stream(Interface::Chat, &answer.body);
        assert!(said.text().ends_with(HARMLESS) && !answer.text().contains("1391"), "{said:?}");
        assert_eq!((said.finish[&0].as_str(), said.is_ended), ("stop", true));
        assert_eq!(said.usage, Some(json!({ "total_tokens": 7 })));
        assert_eq!(said.note.unwrap()["verdict"], "redact");
        assert_eq!(answer.header("x-specialis-decision").map(str::len), Some(32));
        let Asked::Request(head, body) = upstream.next() else { panic!("it was asked") };
        assert!(head.starts_with("post /chat/completions") && !head.contains(TOKEN), "{head}");
        assert_eq!((body["logprobs"].as_str(), body["messages"][0]["content"].as_str()), (None, Some(HARMLESS)));
    }
}

#[test]
fn stopped_answer_ends_cleanly_and_cancels_the_upstream() {
    let mut script = Script::events(&chat(&[HARMLESS, RUMOR, HARMLESS]), 4_096);
    script.end = End::Stall;
    let upstream = Upstream::of(script);
    let server = before(&upstream, "openai", "");
    let answer = post(server.address(), "/up/chat/completions", &ask(HARMLESS));
    let said = read_stream(Interface::Chat, &answer.body);
    assert_eq!((said.text(), said.finish[&0].as_str(), said.is_ended), (HARMLESS, "content_filter", true));
    assert!(answer.is_whole && !answer.text().contains("停水"));
    assert!(matches!(upstream.next(), Asked::Request(..)));
    assert!(matches!(upstream.next(), Asked::Gone));
}

#[test]
fn upstream_never_sees_a_prompt_that_is_stopped() {
    let upstream = Upstream::of(Script::events(&chat(&[HARMLESS]), 64));
    for (more, status) in [("", 400), ("block = \"answer\"\nnotice = \"已停止\"", 200)] {
        let server = before(&upstream, "openai", more);
        let answer = post(server.address(), "/up/chat/completions", &flood());
        assert_eq!(answer.status, status, "{}", answer.text());
        if status == 400 {
            assert_eq!(answer.json()["error"]["code"], "content_filter");
        } else {
            assert_eq!(read_stream(Interface::Chat, &answer.body).text(), "已停止");
        }
        assert!(!upstream.was_asked());
    }
}

/// A prompt that no one sends: more parts than the host takes in one event, so that a person has to see it first.
fn flood() -> Value {
    let messages = vec![json!({ "role": "user", "content": HARMLESS }); 4_200];
    json!({ "model": "m", "stream": true, "messages": messages })
}

#[test]
fn whole_answers_are_judged_like_streamed_ones() {
    let message = json!({ "role": "assistant", "content": format!("电话{PHONE}。"), "refusal": null });
    let upstream = Upstream::of(Script::json(
        200,
        &json!({
            "id": "c-1", "object": "chat.completion", "model": "m", "secret": PHONE,
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop", "logprobs": { "tokens": [PHONE] } }],
            "usage": { "total_tokens": 7 },
        }),
    ));
    let server = before(&upstream, "openai", "");
    let mut request = ask(HARMLESS);
    request["stream"] = json!(false);
    let answer = post(server.address(), "/up/chat/completions", &request);
    assert_eq!((answer.status, answer.json()["usage"]["total_tokens"].as_u64()), (200, Some(7)));
    assert!(!answer.text().contains(PHONE) && answer.json()["choices"][0]["message"]["content"].is_string());
}

#[test]
fn errors_of_the_upstream_are_passed_on_as_they_are_and_nothing_else_of_it() {
    let mut script = Script::json(
        429,
        &json!({ "error": { "message": "slow down", "type": "rate", "code": "r1", "more": "x" }, "text": PHONE }),
    );
    script.headers.push(("retry-after", "7".to_owned()));
    let upstream = Upstream::of(script);
    let server = before(&upstream, "openai", "");
    let answer = post(server.address(), "/up/chat/completions", &ask(HARMLESS));
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
    assert_eq!(answer.json(), json!({ "error": { "message": "slow down", "type": "rate", "code": "r1" } }));
}

#[test]
fn upstream_that_dies_leaves_a_clean_end() {
    let mut script = Script::events(&chat(&[HARMLESS]), 64);
    script.pieces.truncate(4);
    script.end = End::Cut;
    let upstream = Upstream::of(script);
    let server = before(&upstream, "openai", "");
    let answer = post(server.address(), "/up/chat/completions", &ask(HARMLESS));
    let said = read_stream(Interface::Chat, &answer.body);
    assert!(answer.is_whole && said.is_ended && said.error.is_some(), "{said:?}");
}

#[test]
fn upstream_that_is_not_there_is_an_error_of_the_interface() {
    let upstream = Upstream::of(Script::events("", 1));
    let nobody =
        "[[routes]]\npath = \"/none\"\ninterface = \"anthropic\"\nupstream = \"http://127.0.0.1:9\"".to_owned();
    let server = before(&upstream, "openai", &nobody);
    let request = json!({ "model": "m", "max_tokens": 9, "messages": [{ "role": "user", "content": HARMLESS }] });
    let answer = post(server.address(), "/none/v1/messages", &request);
    assert_eq!((answer.status, answer.json()["type"].as_str()), (502, Some("error")));
    let answer = call(server.address(), ("POST", "/none/v1/messages"), &[], request.to_string().as_bytes());
    assert_eq!((answer.status, answer.json()["error"]["type"].as_str()), (401, Some("authentication_error")));
}

#[test]
fn client_that_goes_away_cancels_the_upstream() {
    let mut script = Script::events(&chat(&[HARMLESS]), 4_096);
    // Everything but the end: the upstream would go on.
    script.pieces = vec![script.pieces.concat()[..200].to_vec()];
    script.end = End::Stall;
    let upstream = Upstream::of(script);
    let server = before(&upstream, "openai", "");
    let mut client = Connection::to(server.address());
    let token = format!("Bearer {TOKEN}");
    client.send("POST", "/up/chat/completions", &[("authorization", &token)], ask(HARMLESS).to_string().as_bytes());
    assert_eq!(client.head().status, 200);
    assert!(matches!(upstream.next(), Asked::Request(..)));
    drop(client);
    assert!(matches!(upstream.next(), Asked::Gone));
}

#[test]
fn implicit_label_goes_out_with_the_headers_where_it_is_due() {
    let upstream = Upstream::of(Script::events(&chat(&[HARMLESS]), 64));
    let server = before(&upstream, "openai", "");
    let answer = post(server.address(), "/up/chat/completions", &ask(HARMLESS));
    let said = read_stream(Interface::Chat, &answer.body);
    let measures = said.note.unwrap()["measures"].to_string();
    assert_eq!(answer.header("aigc").is_some(), measures.contains("label-implicit"), "{measures}");
}

#[test]
fn prompts_that_cannot_be_judged_are_refused() {
    let upstream = Upstream::of(Script::events("", 1));
    let server = before(&upstream, "openai", "");
    let hologram = json!({ "messages": [{ "role": "user", "content": [{ "type": "hologram" }] }] });
    for (path, body) in [
        ("/up/chat/completions", hologram),
        ("/up/completions", json!({ "prompt": [1, 2, 3] })),
        ("/up/responses", json!({ "input": "a", "background": true })),
        ("/up/chat/completions", json!([])),
    ] {
        let answer = post(server.address(), path, &body);
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some("invalid_request")), "{body}");
    }
    assert_eq!(post(server.address(), "/up/embeddings", &json!({})).status, 404);
    assert!(!upstream.was_asked());
}

#[test]
fn key_of_the_upstream_replaces_the_clients_token() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "upstream-key\n").unwrap();
    let upstream = Upstream::of(Script::events(&chat(&[HARMLESS]), 64));
    let server = before(&upstream, "openai", &format!("key-file = \"{}\"", key.path().display()));
    post(server.address(), "/up/chat/completions", &ask(HARMLESS));
    let Asked::Request(head, _) = upstream.next() else { panic!("it was asked") };
    assert!(head.contains("authorization: bearer upstream-key\r\n") && !head.contains(TOKEN), "{head}");
}

#[test]
fn list_of_models_comes_from_the_upstream_for_who_has_a_token() {
    let model = json!({ "id": "m-1", "object": "model", "owned_by": "o", "description": RUMOR });
    let list = Script::json(200, &json!({ "object": "list", "data": [model] }));
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), "upstream-key\n").unwrap();
    for (interface, path, asked) in [("openai", "/up/models", "/models"), ("anthropic", "/up/v1/models", "/v1/models")]
    {
        let upstream = Upstream::of(list.clone());
        let server = before(&upstream, interface, &format!("key-file = \"{}\"", key.path().display()));
        let get = |headers: &[(&str, &str)]| call(server.address(), ("GET", path), headers, b"");
        assert_eq!(get(&[]).status, 401);
        assert_eq!(post(server.address(), path, &json!({})).status, 405);
        assert!(!upstream.was_asked());
        let answer = get(&[("authorization", &format!("Bearer {TOKEN}"))]);
        let models = json!([{ "id": "m-1", "object": "model", "owned_by": "o" }]);
        assert_eq!((answer.status, answer.json()), (200, json!({ "object": "list", "data": models })));
        let Asked::Request(head, _) = upstream.next() else { panic!("it was asked") };
        assert!(head.starts_with(&format!("get {asked} ")), "{head}");
        assert!(head.contains("upstream-key") && !head.contains(TOKEN), "{head}");
    }
    let upstream = Upstream::of(Script::json(503, &json!({ "error": { "message": RUMOR } })));
    let server = before(&upstream, "openai", "");
    let answer = call(server.address(), ("GET", "/up/models"), &[("authorization", &format!("Bearer {TOKEN}"))], b"");
    assert!(answer.status == 502 && !answer.text().contains(RUMOR), "{}", answer.text());
}

#[test]
fn configuration_of_the_documentation_leads_from_nothing_to_an_answer() {
    let page = include_str!("../../../../docs/gateway.md");
    let mut blocks = page.split("```toml\n").filter_map(|block| block.split("```").next());
    let shown = blocks.find(|block| block.starts_with("# serve.toml")).expect("it stands there");
    let chunk = json!({ "id": "c", "object": "chat.completion", "model": "m", "choices": [
        { "index": 0, "message": { "role": "assistant", "content": HARMLESS }, "finish_reason": "stop" }] });
    let upstream = Upstream::of(Script::json(200, &chunk));
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("upstream-key");
    std::fs::write(&key, "none").unwrap();
    let mine = [
        ("127.0.0.1:8787", "127.0.0.1:0".to_owned()),
        ("DIGEST", TokenDigest::of(TOKEN).to_string()),
        ("https://api.example", format!("http://{}", upstream.address())),
        ("upstream-key", key.display().to_string()),
    ];
    let config = mine.iter().fold(shown.to_owned(), |config, (from, to)| {
        assert!(config.contains(from), "{from}: {config}");
        config.replace(from, to)
    });
    let server = server_of(&config);
    let ask = json!({ "model": "m", "messages": [{ "role": "user", "content": "你好" }] });
    let answer = post(server.address(), "/openai/chat/completions", &ask);
    let said = &answer.json()["choices"][0]["message"]["content"];
    assert!(said.as_str().is_some_and(|said| said.starts_with(HARMLESS)), "{}", answer.text());
    assert!(answer.header("aigc").is_some_and(|label| label.contains("ContentProducer")), "{answer:?}");
}
