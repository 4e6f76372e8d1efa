//! The contracts of other gateways: requests as those send them, answers as those read them.

use serde_json::{Value, json};

use crate::support::{HARMLESS, PHONE, RUMOR, post, server};

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
