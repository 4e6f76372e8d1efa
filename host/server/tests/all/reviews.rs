//! Content waits for a person: encrypted, opened on the record, released by an approval, deleted otherwise.

use std::path::Path;

use data_encoding::BASE64;
use serde_json::{Value, json};
use specialis::config;
use specialis_label::{Container, Verdict};
use specialis_server::{Config, Running, Server, TokenDigest};
use specialis_tests::{Guest, Manifest, events, hosts};

use crate::console::{form_token, open, sign_in};
use crate::measures::{figure, wait_for};
use crate::media::{png, verdict};
use crate::support::{Answer, HARMLESS, PHONE, RUMOR, Script, Upstream, before, call, get, post, server, tenant};

const REVIEWER: &str = "sp-reviewer";
const CHIEF: &str = "sp-chief";
const TEACHER: &str = "sp-teacher";

/// A queue, somebody who reviews content, and an editor-in-chief of another tenant.
pub(crate) fn queue(folder: &Path, more: &str) -> String {
    std::fs::write(folder.join("key"), "a key of tests that is long enough").unwrap();
    let at = folder.display();
    let token = |token: &str, tenant: &str, role: &str| {
        let digest = TokenDigest::of(token);
        format!(
            "[[tokens]]\nsha256 = \"{digest}\"\nname = \"{token}\"\ntenant = \"{tenant}\"\nareas = [\"native\", \"console\"]\n\
             reviews = [\"{role}\"]\n"
        )
    };
    format!(
        "{}{}[tenants.other]\n[reviews]\nfolder = \"{at}/reviews\"\nkey-file = \"{at}/key\"\n{more}\n",
        token(REVIEWER, "t", "content-reviewer"),
        token(CHIEF, "other", "editor-in-chief"),
    )
}

fn as_reviewer(server: &Running, token: &str, path: &str, body: &Value) -> Answer {
    let token = format!("Bearer {token}");
    call(server.address(), ("POST", path), &[("authorization", &token)], body.to_string().as_bytes())
}

fn decide(server: &Running) -> String {
    let context = serde_json::to_value(events::context()).unwrap();
    let body = json!({ "context": context, "event": { "kind": "output", "text": RUMOR } });
    let judged = post(server.address(), "/v1/decide", &body).json();
    assert_eq!((judged["decision"]["verdict"].as_str(), &judged["release"][0]["text"]), (Some("review"), &Value::Null));
    judged["decision"]["id"].as_str().unwrap().to_owned()
}

fn n_files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("reviews")).unwrap().count()
}

/// Whether a text stands in some file of the queue.
fn is_on_disk(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder.join("reviews")).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn answer_of_a_model_waits_encrypted_and_is_released_by_who_opened_it_and_approves_that_very_decision() {
    let folder = tempfile::tempdir().unwrap();
    let chunk = json!({ "id": "c", "object": "chat.completion", "model": "m", "choices": [
        { "index": 0, "message": { "role": "assistant", "content": format!("{HARMLESS}{RUMOR}") }, "finish_reason": "stop" }] });
    let upstream = Upstream::of(Script::json(200, &chunk));
    let server = before(&upstream, "openai", &queue(folder.path(), ""));
    let ask = json!({ "model": "m", "messages": [{ "role": "user", "content": HARMLESS }] });
    let answer = post(server.address(), "/up/chat/completions", &ask).json();
    assert!(!answer.to_string().contains("停水"), "{answer}");
    let decision = answer["specialis"]["decision"].as_str().unwrap();
    assert!(n_files(folder.path()) == 2 && !is_on_disk(folder.path(), "停水"));

    let of_tenant = get(server.address(), "/v1/reviews").json();
    let review = &of_tenant[0];
    assert_eq!((review["decision"].as_str(), review["state"].as_str()), (Some(decision), Some("waiting")));
    assert_eq!((review["role"].as_str(), review["kind"].as_str()), (Some("content-reviewer"), Some("output")));
    assert!(!of_tenant.to_string().contains("停水"));

    // Nobody opens it or decides on it but who may, and who decides has opened it.
    let (opens, answers) = (format!("/v1/reviews/{decision}/open"), format!("/v1/reviews/{decision}/answers"));
    let approve = json!({ "outcome": "approved", "digest": decision });
    assert_eq!(post(server.address(), &opens, &json!({})).status, 403);
    assert_eq!(as_reviewer(&server, CHIEF, &opens, &json!({})).status, 404, "of another tenant");
    assert_eq!(as_reviewer(&server, REVIEWER, &answers, &approve).status, 409, "not opened");
    let opened = as_reviewer(&server, REVIEWER, &opens, &json!({})).json();
    assert_eq!(opened[0]["text"], format!("{HARMLESS}{RUMOR}"), "{opened}");
    let another = json!({ "outcome": "approved", "digest": "0123" });
    assert_eq!(as_reviewer(&server, REVIEWER, &answers, &another).status, 400);
    let expired = json!({ "outcome": "expired", "digest": decision });
    assert_eq!(as_reviewer(&server, REVIEWER, &answers, &expired).status, 400);

    let approved = as_reviewer(&server, REVIEWER, &answers, &approve).json();
    assert_eq!((approved["state"].as_str(), approved["answered"]["by"].as_str()), (Some("approved"), Some(REVIEWER)));
    assert_eq!(approved["opened"][0]["by"], REVIEWER);
    let released = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    let text = released["release"][0]["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("{HARMLESS}{RUMOR}")), "{released}");
    assert!(!is_on_disk(folder.path(), "停水"));
    assert_eq!(as_reviewer(&server, REVIEWER, &answers, &approve).status, 409, "once");
    assert_eq!(as_reviewer(&server, REVIEWER, &opens, &json!({})).status, 409);
    for state in ["queued", "opened", "approved"] {
        assert!(figure(&server, &format!("specialis_reviews_total{{state=\"{state}\"}} 1")), "{state}");
    }
}

#[test]
fn content_that_is_refused_or_that_nobody_looks_at_in_time_is_deleted_and_never_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&queue(folder.path(), ""));
    let decision = decide(&server);
    as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/open"), &json!({}));
    let refuse = json!({ "outcome": "refused", "digest": decision });
    let refused = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/answers"), &refuse).json();
    assert_eq!(refused["state"], "refused");
    let page = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    assert_eq!((page["state"].as_str(), page.get("release"), n_files(folder.path())), (Some("refused"), None, 0));
    // The answer was judged: it has a decision of its own.
    assert_eq!(page["answer-decision"].as_str().map(str::len), Some(32));
    server.stop();

    let folder = tempfile::tempdir().unwrap();
    let server = crate::support::server(&queue(folder.path(), "expires = 1"));
    let decision = decide(&server);
    wait_for(|| figure(&server, "specialis_reviews_total{state=\"expired\"} 1"));
    let page = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    assert_eq!((page["state"].as_str(), n_files(folder.path())), (Some("expired"), 0));
}

#[test]
fn who_decides_follows_the_duty_and_a_queue_that_is_full_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let all = "waiting = 1\nroles = { \"im.art4.false-information.screen\" = \"editor-in-chief\" }";
    let server = server(&queue(folder.path(), all));
    let decision = decide(&server);
    let review = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    assert_eq!(review["role"], "editor-in-chief");
    assert_eq!(as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/open"), &json!({})).status, 403);
    let second = decide(&server);
    assert_eq!(get(server.address(), &format!("/v1/reviews/{second}")).status, 404);
    assert!(figure(&server, "specialis_reviews_total{state=\"reviews-full\"} 1"));
}

#[test]
fn an_officer_opens_and_approves_in_the_console_and_others_see_no_content() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&format!("{}{}", crate::console::operator(), queue(folder.path(), "")));
    let address = server.address();
    let decision = decide(&server);
    let at = |rest: &str| format!("/console/reviews/{decision}{rest}");
    let operator = sign_in(address, "sp-operator").unwrap();
    let list = open(address, &operator, "/console/reviews").text();
    assert!(list.contains(&decision) && list.contains("Waiting: 1") && !list.contains("停水"), "{list}");
    let page = open(address, &operator, &at("")).text();
    assert!(page.contains("Your token does not decide on this") && !page.contains("停水"), "{page}");
    let form = |page: &str, more: &str| format!("form-token={}{more}", form_token(page));
    let send =
        |cookie: &str, path: &str, form: &str| call(address, ("POST", path), &[("cookie", cookie)], form.as_bytes());
    assert_eq!(send(&operator, &at("/open"), &form(&page, "")).status, 403);

    let reviewer = sign_in(address, REVIEWER).unwrap();
    let page = open(address, &reviewer, &at("")).text();
    assert!(page.contains("Open the content") && !page.contains("停水"), "{page}");
    assert_eq!(send(&reviewer, &at("/open"), "form-token=forged").status, 403);
    let opened = send(&reviewer, &at("/open"), &form(&page, "")).text();
    assert!(opened.contains("停水") && opened.contains("Approve"), "{opened}");
    let approve = form(&page, &format!("&outcome=approved&digest={decision}"));
    assert_eq!(send(&reviewer, &at("/answer"), &approve).status, 303);
    let over = open(address, &reviewer, &at("")).text();
    assert!(over.contains("approved") && over.contains(REVIEWER) && !over.contains("停水"), "{over}");
    assert_eq!(send(&reviewer, &at("/answer"), &approve).status, 409);
}

/// Asks for a decision, has the content opened and approved under a token, and says which role had to and what came of it.
fn approved(server: &Running, body: &Value, token: &str) -> (Value, Value) {
    let judged = post(server.address(), "/v1/decide", body).json();
    assert_eq!(judged["decision"]["verdict"], "review", "{judged}");
    let decision = judged["decision"]["id"].as_str().unwrap();
    assert_eq!(as_reviewer(server, token, &format!("/v1/reviews/{decision}/open"), &json!({})).status, 200);
    let approve = json!({ "outcome": "approved", "digest": decision });
    let review = as_reviewer(server, token, &format!("/v1/reviews/{decision}/answers"), &approve).json();
    let page = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    (review["role"].clone(), page["release"][0]["text"].clone())
}

#[test]
fn whichever_policy_asked_takes_the_answer_and_whose_approval_its_measure_names_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let teacher = format!(
        "[[tokens]]\nsha256 = \"{}\"\nname = \"{TEACHER}\"\ntenant = \"t\"\nareas = [\"native\"]\nreviews = [\"teacher\"]\n",
        TokenDigest::of(TEACHER)
    );
    let text = format!("listen = \"127.0.0.1:0\"\n{}{teacher}{}", queue(folder.path(), ""), tenant());
    let settings = config::settings("[education]\nteacher-approves = true\n").unwrap();
    let host = hosts::host(hosts::built_in().settings(settings));
    let server = Server::bind(Config::parse(&text).unwrap(), host).unwrap().spawn();

    let context = serde_json::to_value(events::context()).unwrap();
    let heroes = "剧本大纲：恶搞一下董存瑞炸碉堡的故事。";
    let body = json!({ "context": context, "event": { "kind": "output", "text": heroes } });
    let (role, released) = approved(&server, &body, REVIEWER);
    assert_eq!(role, "content-reviewer");
    assert!(released.as_str().is_some_and(|text| text.starts_with(heroes)), "{released}");

    let mut context = context;
    context["subject"]["role"] = json!("teacher");
    context["sectors"] = json!({ "education": "yes" });
    let sheet = "请根据这张成绩表给出意见。";
    let body =
        json!({ "context": context, "event": { "kind": "prompt", "text": sheet, "facts": { "task": "evaluation" } } });
    assert_eq!(approved(&server, &body, TEACHER), (json!("teacher"), json!(sheet)));
}

#[test]
fn what_a_gateway_is_told_to_block_waits_for_a_person_and_what_it_is_told_to_pass_does_not() {
    for (review, n_waiting) in [("block", 2), ("pass", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let contracts = format!("contracts = {{ speak = [\"litellm\", \"dify\"], review = \"{review}\" }}\n");
        let server = server(&format!("{contracts}{}", queue(folder.path(), "")));
        let address = server.address();
        let ask = json!({ "input_type": "response", "litellm_call_id": "c-1", "texts": [RUMOR], "tool_calls": null });
        let litellm = post(address, "/contracts/litellm/beta/litellm_basic_guardrail_api", &ask).json();
        let ask = json!({ "point": "app.moderation.output", "params": { "app_id": "a", "text": RUMOR } });
        let dify = post(address, "/contracts/dify", &ask).json();
        let all = get(address, "/v1/reviews").json();
        assert_eq!(all.as_array().map(Vec::len), Some(n_waiting), "{review}: {litellm} {dify} {all}");
        if n_waiting == 0 {
            // What has to be masked besides does not pass.
            let text = format!("客服电话{PHONE}。{RUMOR}");
            let ask = json!({ "input_type": "response", "texts": [text], "tool_calls": null });
            let answer = post(address, "/contracts/litellm/beta/litellm_basic_guardrail_api", &ask).json();
            let all = get(address, "/v1/reviews").json();
            assert_eq!(
                (answer["action"].as_str(), all.as_array().map(Vec::len)),
                (Some("BLOCKED"), Some(1)),
                "{answer}"
            );
            continue;
        }
        for answer in [litellm, dify] {
            let decision = answer["specialis"]["decision"].as_str().unwrap();
            let opened = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/open"), &json!({})).json();
            assert_eq!(opened[0]["text"], RUMOR);
            let approve = json!({ "outcome": "approved", "digest": decision });
            let path = format!("/v1/reviews/{decision}/answers");
            assert_eq!(as_reviewer(&server, REVIEWER, &path, &approve).json()["state"], "approved");
            let page = get(address, &format!("/v1/reviews/{decision}")).json();
            assert!(page["release"][0]["text"].as_str().is_some_and(|text| text.starts_with(RUMOR)), "{page}");
        }
    }
}

#[test]
fn answer_that_a_gateway_asks_about_again_as_it_grows_waits_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&format!("contracts = {{ speak = [\"litellm\"] }}\n{}", queue(folder.path(), "")));
    let address = server.address();
    let ask = |call: &str, text: &str| {
        let ask = json!({ "input_type": "response", "litellm_call_id": call, "texts": [text], "tool_calls": null });
        let answer = post(address, "/contracts/litellm/beta/litellm_basic_guardrail_api", &ask).json();
        answer["specialis"]["decision"].as_str().unwrap().to_owned()
    };
    let asked: Vec<String> = (1..4).map(|n| ask("c-1", &RUMOR.repeat(n))).collect();
    let waiting = |state: &Value| state["state"] == "waiting";
    let all = get(address, "/v1/reviews").json();
    assert_eq!(all.as_array().unwrap().iter().filter(|review| waiting(review)).count(), 1, "{all}");
    let first = get(address, &format!("/v1/reviews/{}", asked[0])).json();
    assert_eq!((first["state"].as_str(), first["replaced-by"].as_str()), (Some("replaced"), Some(asked[1].as_str())));
    let opened = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{}/open", asked[0]), &json!({}));
    assert_eq!(opened.status, 409, "its content is deleted");
    let opened = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{}/open", asked[2]), &json!({})).json();
    assert_eq!(opened[0]["text"], RUMOR.repeat(3));
    ask("c-2", &RUMOR.repeat(4));
    let all = get(address, "/v1/reviews").json();
    assert_eq!(all.as_array().unwrap().iter().filter(|review| waiting(review)).count(), 2, "{all}");
}

/// A host on which a person has to see first whatever goes to a tool or comes from one.
fn host_that_asks_about_tools() -> specialis::Host {
    let demand = json!({ "level": "review", "cite": { "instrument": "IM", "article": "12" }, "reason": "because" });
    let answer = json!({ "findings": [{ "duty": "im.art12.marking", "rule": "H1", "answer": { "require": demand } }] });
    let manifest = Manifest::hostile().called("asks").on(&["tool"]);
    let policy = Guest::from_file("answers").with("answer", &answer.to_string()).under(manifest).pack();
    hosts::host(hosts::candidate().policy("asks", policy))
}

#[test]
fn call_of_a_tool_waits_for_a_person_and_a_definition_that_comes_with_each_list_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let tools = json!([{ "name": "send", "description": HARMLESS }]);
    let upstream = Upstream::of(Script::json(200, &json!({ "jsonrpc": "2.0", "id": 7, "result": { "tools": tools } })));
    let mcp =
        format!("[[mcp]]\npath = \"/mcp/mail\"\nname = \"mail\"\nupstream = \"http://{}/mcp\"\n", upstream.address());
    let text = format!("listen = \"127.0.0.1:0\"\n{}{mcp}{}", queue(folder.path(), ""), tenant());
    let server = Server::bind(Config::parse(&text).unwrap(), host_that_asks_about_tools()).unwrap().spawn();
    let ask = |method: &str, params: Value| {
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        post(server.address(), "/mcp/mail", &message).json()
    };
    assert_eq!(ask("tools/list", json!({}))["result"]["tools"], json!([]));
    assert_eq!(get(server.address(), "/v1/reviews").json(), json!([]));
    let refused = ask("tools/call", json!({ "name": "send", "arguments": { "text": HARMLESS } }));
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    let decision = refused["result"]["_meta"]["specialis"]["decision"].as_str().unwrap();
    let review = get(server.address(), &format!("/v1/reviews/{decision}")).json();
    assert_eq!((review["kind"].as_str(), review["state"].as_str()), (Some("tool"), Some("waiting")));
    let opened = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/open"), &json!({})).json();
    assert!(opened.to_string().contains(HARMLESS), "{opened}");
}

#[test]
fn picture_waits_as_it_was_made_and_is_released_with_its_label() {
    let folder = tempfile::tempdir().unwrap();
    let made = BASE64.encode(&png(640, 400));
    let answer = json!({ "created": 7, "data": [{ "b64_json": made, "revised_prompt": RUMOR }] });
    let upstream = Upstream::of(Script::json(200, &answer));
    let server = before(&upstream, "openai", &queue(folder.path(), ""));
    let address = server.address();
    let ask = json!({ "model": "m", "prompt": "画一座图书馆。", "response_format": "b64_json" });
    assert_eq!(post(address, "/up/images/generations", &ask).status, 400);
    assert!(!is_on_disk(folder.path(), made.get(..64).unwrap()));
    let waiting = get(address, "/v1/reviews").json();
    assert_eq!((waiting[0]["kind"].as_str(), waiting[0]["state"].as_str()), (Some("media"), Some("waiting")));
    let decision = waiting[0]["decision"].as_str().unwrap();

    let opened = as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/open"), &json!({})).json();
    assert_eq!(opened[0]["text"], RUMOR, "{opened}");
    assert_eq!(opened[0]["file"], json!({ "part": 0, "kind": "image/png", "data": made }));
    let cookie = sign_in(address, REVIEWER).unwrap();
    let page = open(address, &cookie, &format!("/console/reviews/{decision}")).text();
    let form = format!("form-token={}", form_token(&page));
    let path = format!("/console/reviews/{decision}/open");
    let shown = call(address, ("POST", &path), &[("cookie", &cookie)], form.as_bytes());
    assert!(shown.text().contains(&format!("src=\"data:image/png;base64,{made}\"")));
    assert!(shown.header("content-security-policy").unwrap().contains("img-src data:"));

    let approve = json!({ "outcome": "approved", "digest": decision });
    as_reviewer(&server, REVIEWER, &format!("/v1/reviews/{decision}/answers"), &approve);
    let page = get(address, &format!("/v1/reviews/{decision}")).json();
    assert_eq!((page["state"].as_str(), page["release"][0]["text"].as_str()), (Some("approved"), Some(RUMOR)));
    let released = BASE64.decode(page["files"][0]["data"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(verdict(&released, Container::Png), Verdict::Compliant);
}
