//! Who may call, and whose facts count.

use serde_json::json;
use specialis_server::TokenDigest;
use specialis_tests::events;

use crate::support::{HARMLESS, TOKEN, call, server, server_of};

const BODY: &[u8] = br#"{"event": {"kind": "output", "text": "a"}}"#;

#[test]
fn nobody_is_let_in_without_a_token_that_counts() {
    let expired = TokenDigest::of("old");
    let metrics = TokenDigest::of("figures");
    let server = server(&format!(
        "[[tokens]]\nsha256 = \"{expired}\"\nuntil = \"2020-01-01\"\n[[tokens]]\nsha256 = \"{metrics}\"\nareas = [\"metrics\"]\n"
    ));
    let address = server.address();
    let decide = |headers: &[(&str, &str)]| call(address, ("POST", "/v1/decide"), headers, BODY).status;
    assert_eq!(decide(&[]), 401);
    assert_eq!(decide(&[("authorization", "Bearer wrong")]), 401);
    assert_eq!(decide(&[("authorization", "Bearer old")]), 401);
    assert_eq!(decide(&[("authorization", "Bearer figures")]), 403);
    assert_eq!(decide(&[("authorization", &format!("Bearer {TOKEN}"))]), 200);
    assert_eq!(decide(&[("x-api-key", TOKEN)]), 200);
    let figures = |headers: &[(&str, &str)]| call(address, ("GET", "/metrics"), headers, b"");
    assert_eq!(figures(&[]).status, 401);
    let shown = figures(&[("authorization", "Bearer figures")]).text();
    assert!(shown.contains("specialis_decisions_total{kind=\"output\""), "{shown}");
    for probe in ["/livez", "/readyz"] {
        assert_eq!(call(address, ("GET", probe), &[("host", "10.0.0.7:8787")], b"").status, 200);
    }
}

#[test]
fn facts_of_callers_without_a_token_count_for_nothing() {
    let server = server_of("listen = \"127.0.0.1:0\"\nanonymous = true");
    let context = serde_json::to_value(events::context()).unwrap();
    let body = json!({ "context": context, "event": { "kind": "output", "text": HARMLESS } });
    let answer = call(server.address(), ("POST", "/v1/decide"), &[], body.to_string().as_bytes());
    let decision = &answer.json()["decision"];
    let refused: Vec<&str> =
        decision["refused-facts"].as_array().unwrap().iter().map(|fact| fact["path"].as_str().unwrap()).collect();
    assert!(refused.contains(&"subject.age") && refused.contains(&"agreement.version"), "{refused:?}");

    // A fact that no policy of a sector declares is a mistake of the caller, wherever it stands.
    let facts = json!({ "medical": { "dose-mg": 500 } });
    for (of, body) in [
        ("context", json!({ "context": { "sector-facts": facts }, "event": { "kind": "output", "text": HARMLESS } })),
        ("event", json!({ "event": { "kind": "output", "text": HARMLESS, "sector-facts": facts } })),
    ] {
        let answer = call(server.address(), ("POST", "/v1/decide"), &[], body.to_string().as_bytes());
        let said = answer.text();
        assert!(answer.status == 400 && said.contains("sector-facts.medical.dose-mg"), "{of}: {said}");
    }
}

#[test]
fn web_pages_of_others_are_refused() {
    let server = server("origins = [\"https://app.example\"]");
    let token = format!("Bearer {TOKEN}");
    let decide = |more: &[(&str, &str)]| {
        let headers = [&[("authorization", token.as_str())][..], more].concat();
        call(server.address(), ("POST", "/v1/decide"), &headers, BODY).status
    };
    assert_eq!(decide(&[("origin", "https://app.example")]), 200);
    assert_eq!(decide(&[("origin", "https://attacker.example")]), 403);
    assert_eq!(decide(&[("host", "attacker.example")]), 403);
}

#[test]
fn compressed_bodies_and_floods_of_headers_are_refused() {
    let server = server("bounds = { header-fields = 20 }");
    let token = format!("Bearer {TOKEN}");
    let headers = [("authorization", token.as_str()), ("content-encoding", "gzip")];
    assert_eq!(call(server.address(), ("POST", "/v1/decide"), &headers, BODY).status, 400);
    let names: Vec<String> = (0..40).map(|n| format!("x-{n}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(call(server.address(), ("GET", "/livez"), &many, b"").status, 431);
}

#[test]
fn tenant_has_no_more_sessions_than_it_may() {
    let server = server_of(&format!(
        "listen = \"127.0.0.1:0\"\n[[tokens]]\nsha256 = \"{}\"\ntenant = \"t\"\n[tenants.t]\nsessions = 1\n",
        TokenDigest::of(TOKEN)
    ));
    let open = || crate::support::post(server.address(), "/v1/sessions", &json!({})).status;
    assert_eq!((open(), open()), (201, 429));
}
