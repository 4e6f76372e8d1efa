//! Spans of requests reach a collector, with ids and verdicts and without content.

use serde_json::{Value, json};

use crate::support::{Asked, HARMLESS, PHONE, Script, TOKEN, Upstream, call, server};

#[test]
fn span_names_model_and_decisions_and_the_upstream_stands_under_it() {
    let choice = json!({ "index": 0, "message": { "role": "assistant", "content": format!("致电{PHONE}。") }, "finish_reason": "stop" });
    let answer = json!({ "id": "c", "object": "chat.completion", "model": "m", "choices": [choice] });
    let (model, collector) = (Upstream::of(Script::json(200, &answer)), Upstream::of(Script::json(200, &json!({}))));
    let server = server(&format!(
        "[traces]\nurl = \"http://{}/v1/traces\"\nservice = \"guard\"\n[[routes]]\npath = \"/up\"\ninterface = \"openai\"\n\
         upstream = \"http://{}\"\n",
        collector.address(),
        model.address()
    ));
    let (token, trace) = (format!("Bearer {TOKEN}"), "0af7651916cd43dd8448eb211c80319c");
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let ask = json!({ "model": "model-1", "messages": [{ "role": "user", "content": HARMLESS }] });
    let headers = [("authorization", token.as_str()), ("traceparent", parent.as_str())];
    let answer = call(server.address(), ("POST", "/up/chat/completions"), &headers, ask.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let Asked::Request(head, body) = collector.next() else { panic!("it was asked") };
    assert!(head.starts_with("post /v1/traces"), "{head}");
    let resource = &body["resourceSpans"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "guard");
    let span = &resource["scopeSpans"][0]["spans"][0];
    assert_eq!((span["name"].as_str(), span["traceId"].as_str()), (Some("chat model-1"), Some(trace)));
    let attribute = |key: &str| -> Value {
        let found = span["attributes"].as_array().unwrap().iter().find(|one| one["key"] == key);
        found.unwrap_or_else(|| panic!("{key}: {span}"))["value"].clone()
    };
    assert_eq!(attribute("gen_ai.operation.name")["stringValue"], "chat");
    assert_eq!(attribute("http.response.status_code")["intValue"], "200");
    assert_eq!(attribute("specialis.verdict")["stringValue"], "redact");
    assert_eq!(attribute("specialis.decision.id")["stringValue"], answer.json()["specialis"]["decision"]);
    assert_eq!(
        attribute("specialis.prompt.decision.id")["stringValue"].as_str(),
        answer.header("x-specialis-decision")
    );
    assert!(!body.to_string().contains(PHONE) && !body.to_string().contains("图书馆"), "{body}");
    let Asked::Request(head, _) = model.next() else { panic!("it was asked") };
    assert!(head.contains(&format!("traceparent: 00-{trace}-{}-01", span["spanId"].as_str().unwrap())), "{head}");
}
