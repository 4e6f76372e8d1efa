//! The contracts of other gateways: requests as those send them, answers as those read them.

use serde_json::{Value, json};

use crate::support::{HARMLESS, PHONE, RUMOR, call, post, server};

fn all() -> specialis_server::Running {
    server(
        "contracts = { speak = [\"litellm\", \"moderations\", \"dify\", \"lakera\", \"agentgateway\"], notice = \"已停止\" }",
    )
}

#[test]
fn contract_that_is_not_named_is_not_spoken() {
    let server = server("");
    assert_eq!(post(server.address(), "/contracts/dify", &json!({ "point": "ping" })).status, 404);
    assert_eq!(post(all().address(), "/contracts/dify/more", &json!({ "point": "ping" })).status, 404);
}

#[test]
fn litellm_passes_masks_and_blocks_and_is_told_what_is_kept_back() {
    let server = all();
    let ask = |kind: &str, texts: &[&str], calls: &Value| {
        let body = json!({ "input_type": kind, "litellm_call_id": "c-1", "texts": texts, "images": null, "tools": null,
            "tool_calls": calls, "structured_messages": null, "request_data": {}, "request_headers": null, "model": null });
        let answer = post(server.address(), "/contracts/litellm/beta/litellm_basic_guardrail_api", &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    for kind in ["request", "response"] {
        assert_eq!(ask(kind, &[HARMLESS], &Value::Null)["action"], "NONE");
    }
    let masked = ask("response", &[HARMLESS, &format!("电话{PHONE}。")], &Value::Null);
    assert_eq!(
        (masked["action"].as_str(), masked["texts"][0].as_str()),
        (Some("GUARDRAIL_INTERVENED"), Some(HARMLESS))
    );
    assert!(!masked.to_string().contains(PHONE));
    assert_eq!(ask("response", &[RUMOR], &Value::Null)["action"], "BLOCKED");
    let call = json!([{ "id": "t", "type": "function", "function": { "name": "f", "arguments": format!("{{\"to\":\"{PHONE}\"}}") } }]);
    assert_eq!(ask("response", &[HARMLESS], &call)["action"], "BLOCKED");
    assert_eq!(ask("response", &["", HARMLESS], &Value::Null)["action"], "NONE");

    // The whole text so far, again and again: what is shown never has to be taken back.
    let text = format!("{HARMLESS}电话{PHONE}。{HARMLESS}");
    let mut shown = String::new();
    for (end, _) in text.char_indices().skip(1) {
        let answer = ask("response", &[&text[..end]], &Value::Null);
        let now = answer["texts"][0].as_str().unwrap_or(&text[..end]).to_owned();
        let kept = answer["stream_holdback_chars"][0].as_u64().unwrap() as usize;
        let now: String = now.chars().take(now.chars().count() - kept).collect();
        assert!(now.starts_with(&shown), "{shown} {now}");
        shown = now;
    }
    assert!(!shown.contains("139"), "{shown}");
}

#[test]
fn moderations_flag_what_cannot_be_masked_and_name_the_standard_categories() {
    let server = all();
    let ask =
        |input: Value| post(server.address(), "/contracts/openai/v1/moderations", &json!({ "input": input })).json();
    let answer = ask(json!([HARMLESS, HARMLESS]));
    assert_eq!(
        (answer["results"].as_array().unwrap().len(), answer["results"][0]["flagged"].as_bool()),
        (2, Some(false))
    );
    for field in ["categories", "category_scores", "category_applied_input_types"] {
        assert!(answer["results"][0][field].get("self-harm/intent").is_some(), "{field}");
    }
    let flagged = ask(json!([{ "type": "text", "text": format!("我的电话是{PHONE}，请回电。") }]));
    assert_eq!(flagged["results"].as_array().unwrap().len(), 1);
}

#[test]
fn dify_gets_every_field_as_a_string() {
    let server = all();
    let ask = |body: Value| post(server.address(), "/contracts/dify", &body).json();
    assert_eq!(ask(json!({ "point": "ping" })), json!({ "result": "pong" }));
    let input = ask(
        json!({ "point": "app.moderation.input", "params": { "app_id": "a", "inputs": { "who": "x", "n": 3 }, "query": HARMLESS } }),
    );
    assert_eq!(
        (input["flagged"].as_bool(), input["action"].as_str(), input["preset_response"].as_str()),
        (Some(false), Some("direct_output"), Some(""))
    );
    assert_eq!((&input["inputs"], &input["query"]), (&json!({ "who": "x", "n": 3 }), &json!(HARMLESS)));
    let output =
        |text: &str| ask(json!({ "point": "app.moderation.output", "params": { "app_id": "a", "text": text } }));
    let masked = output(&format!("电话{PHONE}。"));
    assert_eq!((masked["flagged"].as_bool(), masked["action"].as_str()), (Some(true), Some("overridden")));
    assert!(!masked.to_string().contains(PHONE));
    let blocked = output(RUMOR);
    assert_eq!(
        (blocked["action"].as_str(), blocked["preset_response"].as_str()),
        (Some("direct_output"), Some("已停止"))
    );
    assert!(!blocked.to_string().contains("停水"));
    // It shows the output where it gets an error.
    let unknown = call(server.address(), ("POST", "/contracts/dify"), &[("x-api-key", "wrong")], b"{}");
    assert_eq!(
        (unknown.status, unknown.json()["flagged"].as_bool(), unknown.json()["action"].as_str()),
        (200, Some(true), Some("direct_output"))
    );
}

#[test]
fn lakera_tells_masks_as_spans_in_characters_and_everything_else_as_a_find_that_blocks() {
    let server = all();
    let ask = |text: &str| {
        let messages = json!([{ "role": "user", "content": HARMLESS }, { "role": "assistant", "content": text }]);
        post(
            server.address(),
            "/contracts/lakera/v2/guard",
            &json!({ "messages": messages, "breakdown": true, "payload": true }),
        )
        .json()
    };
    assert_eq!(ask(HARMLESS)["flagged"], false);
    let masked = ask(&format!("电话{PHONE}。"));
    let span = &masked["payload"][0];
    assert_eq!(
        (span["start"].as_u64(), span["end"].as_u64(), span["message_id"].as_u64()),
        (Some(2), Some(13), Some(1))
    );
    assert_eq!(masked["breakdown"][0]["detector_type"], "pii/specialis");
    let blocked = ask(RUMOR);
    assert_eq!(
        (blocked["flagged"].as_bool(), blocked["breakdown"][0]["detector_type"].as_str()),
        (Some(true), Some("moderated_content/specialis"))
    );
}

#[test]
fn agentgateway_gets_an_action_that_cannot_be_read_as_another() {
    let server = all();
    let ask = |text: &str| {
        let choices = json!([{ "message": { "role": "assistant", "content": text } }]);
        post(server.address(), "/contracts/agentgateway/response", &json!({ "body": { "choices": choices } })).json()["action"].clone()
    };
    let passed = ask(HARMLESS);
    assert!(passed.get("body").is_none() && passed.get("status_code").is_none());
    let masked = ask(&format!("电话{PHONE}。"));
    assert!(masked["body"]["choices"][0]["message"]["content"].is_string() && !masked.to_string().contains(PHONE));
    let rejected = ask(RUMOR);
    assert_eq!((rejected["body"].as_str(), rejected["status_code"].as_u64()), (Some("已停止"), Some(400)));
    let request = json!({ "body": { "messages": [{ "role": "user", "content": HARMLESS }] } });
    assert!(post(server.address(), "/contracts/agentgateway/request", &request).json()["action"].get("body").is_none());
}

#[test]
fn review_counts_as_passed_where_the_configuration_says_so() {
    let server = server("contracts = { speak = [\"dify\"], review = \"pass\" }");
    let body = json!({ "point": "app.moderation.output", "params": { "text": RUMOR } });
    let answer = post(server.address(), "/contracts/dify", &body).json();
    assert_eq!((answer["flagged"].as_bool(), answer["text"].as_str()), (Some(false), Some(RUMOR)));
    assert_eq!(answer["specialis"]["verdict"], "review");
}

#[test]
fn templates_of_the_documentation_are_spoken() {
    let page = include_str!("../../../../docs/gateway.md");
    let shown = page
        .split("```toml")
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.contains("[[contracts.templates]]"));
    let templates: String = shown.collect();
    let server = server(&templates);
    let ask = |path: &str, body: &Value| {
        let answer = post(server.address(), path, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let kong = |text: &str| ask("/contracts/kong", &json!({ "content": text, "source": "OUTPUT" }));
    assert_eq!((kong(HARMLESS)["blocked"].as_bool(), kong(RUMOR)["blocked"].as_bool()), (Some(false), Some(true)));
    assert!(!kong(RUMOR).to_string().contains("停水"));
    let nemo = |text: &str| {
        ask("/contracts/nemo", &json!({ "model": "m", "messages": [{ "role": "assistant", "content": text }] }))
    };
    assert_eq!(nemo(HARMLESS)["status"], "passed");
    let shield = ask(
        "/contracts/run-shield",
        &json!({ "shield_id": "s", "messages": [{ "role": "user", "content": HARMLESS }] }),
    );
    assert_eq!(shield["violation"], Value::Null);
}

#[test]
fn prompt_that_is_repeated_in_the_same_exchange_is_a_decision_of_its_own() {
    let server = server(
        "[[contracts.templates]]\nname = \"own\"\ntexts = [\"/text\"]\nexchange = \"/call\"\n\
         pass = { id = \"$decision\" }\nblock = { id = \"$decision\" }\n",
    );
    let ask = || {
        let answer = post(server.address(), "/contracts/own", &json!({ "call": "c-1", "text": RUMOR }));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].as_str().expect("the decision is named").to_owned()
    };
    assert_ne!(ask(), ask());
}

/// What a person asks by chat, and the answer to it, as Portkey's gateway hands them over.
fn hook(kind: &str, streams: bool, request: &Value, response: &Value) -> Value {
    json!({ "eventType": kind, "requestType": "chatComplete", "provider": "openai", "metadata": {},
        "request": { "json": request, "text": "", "isStreamingRequest": streams, "isTransformed": false },
        "response": { "json": response, "text": "", "statusCode": 200, "isTransformed": false } })
}

#[test]
fn portkey_gets_whole_bodies_back_where_something_is_masked() {
    let server = server("contracts = { speak = [\"portkey\"] }");
    let ask = |body: &Value| post(server.address(), "/contracts/portkey", body).json();
    let request =
        |text: &str| json!({ "model": "m", "temperature": 0.5, "messages": [{ "role": "user", "content": text }] });
    let before = |text: &str| ask(&hook("beforeRequestHook", false, &request(text), &json!({})));
    assert_eq!(before(HARMLESS)["verdict"], true);
    assert!(before(HARMLESS).get("transformedData").is_none());
    let after = |text: &str| {
        let message = json!({ "role": "assistant", "content": text, "reasoning_content": HARMLESS });
        let response = json!({ "id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }] });
        ask(&hook("afterRequestHook", false, &request(HARMLESS), &response))
    };
    assert_eq!(after(HARMLESS)["verdict"], true);
    let masked = after(&format!("电话{PHONE}。"));
    let message = &masked["transformedData"]["response"]["json"]["choices"][0]["message"];
    assert_eq!((masked["verdict"].as_bool(), message["reasoning_content"].as_str()), (Some(true), Some(HARMLESS)));
    assert!(
        message["content"].as_str().unwrap().starts_with("电话") && !masked.to_string().contains(PHONE),
        "{masked}"
    );
    let blocked = after(RUMOR);
    assert_eq!((blocked["verdict"].as_bool(), blocked.get("transformedData")), (Some(false), None));
    let embedded = |input: Value| {
        let mut body = hook("beforeRequestHook", false, &json!({ "input": input }), &json!({}));
        body["requestType"] = json!("embed");
        ask(&body)
    };
    assert_eq!(embedded(json!([HARMLESS, HARMLESS]))["verdict"], true);
    assert_eq!(embedded(json!([[1, 2]]))["verdict"], false);
}

#[test]
fn portkey_is_refused_what_it_would_stream_unasked_and_never_takes_an_error_for_a_pass() {
    let strict = server("contracts = { speak = [\"portkey\"] }");
    let request = json!({ "model": "m", "stream": true, "messages": [{ "role": "user", "content": HARMLESS }] });
    let ask = |server: &specialis_server::Running, kind: &str, response: &Value| {
        post(server.address(), "/contracts/portkey", &hook(kind, true, &request, response)).json()["verdict"].clone()
    };
    assert_eq!(ask(&strict, "beforeRequestHook", &json!({})), false);
    assert_eq!(ask(&strict, "afterRequestHook", &Value::Null), false);
    let open = server("contracts = { speak = [\"portkey\"], unjudged-streams = \"pass\" }");
    assert_eq!(ask(&open, "beforeRequestHook", &json!({})), true);
    assert_eq!(ask(&open, "afterRequestHook", &Value::Null), true);
    let unknown = call(strict.address(), ("POST", "/contracts/portkey"), &[("x-api-key", "wrong")], b"{}");
    assert_eq!((unknown.status, unknown.json()["verdict"].as_bool()), (200, Some(false)));
    let unread = post(strict.address(), "/contracts/portkey", &json!({ "eventType": "other" }));
    assert_eq!((unread.status, unread.json()["verdict"].as_bool()), (200, Some(false)));
}

/// A request as APISIX and AISIX sign it; `text` is what stands in the service parameters beside the session.
fn aliyun(
    server: &specialis_server::Running,
    (action, service): (&str, &str),
    parameters: &Value,
    secret: &str,
) -> Value {
    use hmac::{KeyInit as _, Mac as _};
    let escape = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    let parameters = parameters.to_string();
    let signed = [
        ("AccessKeyId", "gateway"),
        ("Action", action),
        ("Format", "JSON"),
        ("Service", service),
        ("ServiceParameters", parameters.as_str()),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", "n"),
        ("SignatureVersion", "1.0"),
        ("Timestamp", "2026-11-02T08:00:00Z"),
        ("Version", "2022-03-02"),
    ];
    let query = signed.map(|(name, value)| format!("{}={}", escape(name), escape(value))).join("&");
    let mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(format!("{secret}&").as_bytes()).unwrap();
    let mac = mac.chain_update(format!("POST&%2F&{}", escape(&query))).finalize().into_bytes();
    let signature = data_encoding::BASE64.encode(&mac);
    let body = format!("{query}&Signature={}", escape(&signature));
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = call(server.address(), ("POST", "/"), &headers, body.as_bytes());
    assert_eq!((answer.status, answer.json()["Code"].as_u64()), (200, Some(200)), "{}", answer.text());
    assert_eq!(answer.header("x-acs-request-id"), answer.json()["RequestId"].as_str());
    answer.json()["Data"].clone()
}

fn aliyun_server() -> (specialis_server::Running, tempfile::NamedTempFile) {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "secret\n").unwrap();
    let server = server(&format!(
        "[contracts]\nspeak = [\"aliyun\"]\nnotice = \"已停止\"\n\
         aliyun-keys = [{{ id = \"gateway\", secret-file = \"{}\", tenant = \"t\" }}]",
        secret.path().display()
    ));
    (server, secret)
}

const QUERY: (&str, &str) = ("TextModerationPlus", "llm_query_moderation");
const RESPONSE: (&str, &str) = ("TextModerationPlus", "llm_response_moderation");

#[test]
fn aliyun_tells_a_level_and_blocks_what_it_cannot_mask() {
    let (server, _secret) = aliyun_server();
    let ask = |what, text: &str| aliyun(&server, what, &json!({ "content": text }), "secret");
    for what in [QUERY, RESPONSE] {
        let passed = ask(what, HARMLESS);
        assert_eq!((passed["RiskLevel"].as_str(), passed["Suggestion"].as_str()), (Some("none"), Some("pass")));
        assert!(passed.get("Advice").is_none() && passed["Result"][0]["Label"].is_string());
        assert_eq!(ask(what, "[empty content]")["RiskLevel"], "none");
        assert_eq!(ask(what, "1+1=2 ~*!'() \u{fffd}")["RiskLevel"], "none");
    }
    let blocked = ask(RESPONSE, RUMOR);
    assert_eq!(
        (blocked["RiskLevel"].as_str(), blocked["Advice"][0]["Answer"].as_str()),
        (Some("high"), Some("已停止"))
    );
    assert!(blocked["Result"][0]["Label"].is_string() && !blocked.to_string().contains("停水"));
    let phone = format!("电话{PHONE}。");
    assert_eq!(ask(RESPONSE, &phone)["Suggestion"], "block");
    // Masks of an answer do not reach the wire of any gateway that asks so.
    let guard = ("MultiModalGuard", "response_security_check");
    assert_eq!(aliyun(&server, guard, &json!({ "content": phone }), "secret")["Suggestion"], "block");
    let picture = ("MultiModalGuard", "img_query_security_check");
    assert_eq!(
        aliyun(&server, picture, &json!({ "imageUrls": ["https://pictures.example/1"] }), "secret")["Suggestion"],
        "pass"
    );
}

#[test]
fn aliyun_joins_the_pieces_of_one_session() {
    let (server, _secret) = aliyun_server();
    let ask = |session: &str, text: &str| {
        aliyun(&server, RESPONSE, &json!({ "content": text, "sessionId": session }), "secret")["Suggestion"].clone()
    };
    assert_eq!((ask("a", "内部消息称"), ask("b", "全城停水。")), (json!("pass"), json!("pass")));
    assert_eq!((ask("a", "全城停水。"), ask("a", HARMLESS)), (json!("block"), json!("pass")));
}

#[test]
fn aliyun_answers_what_it_did_not_judge_as_blocked() {
    let (server, _secret) = aliyun_server();
    let content = json!({ "content": HARMLESS });
    assert_eq!(aliyun(&server, QUERY, &content, "other")["RiskLevel"], "high");
    assert_eq!(aliyun(&server, ("Unknown", "llm_query_moderation"), &content, "secret")["RiskLevel"], "high");
    assert_eq!(aliyun(&server, QUERY, &json!({ "content": 3 }), "secret")["RiskLevel"], "high");
    let unsigned = call(server.address(), ("POST", "/"), &[], b"Action=TextModerationPlus");
    assert_eq!((unsigned.status, unsigned.json()["Data"]["RiskLevel"].as_str()), (200, Some("high")));
    assert!(unsigned.json()["Message"].as_str().unwrap().contains("access key"));
    assert_eq!(call(all().address(), ("POST", "/"), &[], b"").status, 404);
}
