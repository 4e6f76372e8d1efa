//! The page that checks labels, in a headless Chromium: what is dropped on it is judged as it is outside of a browser.
//!
//! `cargo xtask label-checker` builds the page and runs this. Without a page or a browser the tests are skipped, and say so.
#![cfg(all(test, unix))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test what does not hold ends it, and what is skipped is said"
)]

mod devtools;

use std::io::Cursor;
use std::net::TcpListener;
use std::path::PathBuf;

use data_encoding::BASE64;
use serde_json::{Value, json};
use specialis_label::{Container, Label, write};

use devtools::Browser;

/// The page that was built, where there is one.
const PAGE: &str = "LABEL_CHECKER_PAGE";
/// Waits in the page until every file is done; a bounded number of times.
const DONE: &str = "const done = async () => {
    for (let n = 0; n < 3000 && document.getElementById('results').getAttribute('aria-busy') !== 'false'; n += 1) {
        await new Promise((go) => setTimeout(go, 20));
    }
    return [...document.querySelectorAll('article')].map((one) => (
        { name: one.querySelector('h2').textContent, verdict: one.dataset.verdict, text: one.textContent }));
};";

fn browser() -> Option<Browser> {
    let Some(page) = std::env::var_os(PAGE).map(PathBuf::from) else {
        eprintln!("skipped: `{PAGE}` names no page; `cargo xtask label-checker` builds it and runs this test");
        return None;
    };
    Browser::open(&page)
}

fn labelled(container: Container, file: &[u8]) -> Vec<u8> {
    let label = Label::generated("001191110000MAAAAAAA0210001", "browser-1").unwrap();
    let mut out = Vec::new();
    write(&mut Cursor::new(file), &mut out, container, &label).unwrap();
    out
}

/// A picture of one pixel.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\
    \xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

/// Files of every verdict, and some that are no carrier. One name and one label have markup in them.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let page = b"<!DOCTYPE html><title>\xe9\xa2\x98</title>";
    let wrong = "---\nAIGC: {\"Label\":\"9\",\"ContentProducer\":\"<img src=x onerror=alert(1)>\"}\n---\n\n正文\n";
    vec![
        ("good.png", labelled(Container::Png, PNG)),
        ("good.html", labelled(Container::Html, page)),
        ("<b>wrong</b>.md", wrong.as_bytes().to_vec()),
        ("none.png", PNG.to_vec()),
        ("half.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec()),
        ("plain.txt", "正文".as_bytes().to_vec()),
        ("other.bin", vec![1, 2, 3]),
    ]
}

/// Every sentence of an answer, in both languages.
fn sentences(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let said = map.iter().filter(|(key, _)| matches!(key.as_str(), "en" | "zh"));
            found.extend(said.filter_map(|(_, text)| text.as_str().map(str::to_owned)));
            map.values().for_each(|inner| sentences(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| sentences(inner, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_page_says_of_dropped_files_what_the_library_says() {
    let Some(mut browser) = browser() else { return };
    let files = files();
    let dropped: Vec<Value> = files.iter().map(|(name, bytes)| json!([name, BASE64.encode(bytes)])).collect();
    let script = format!(
        "(async () => {{ {DONE}
            await done();
            const given = new DataTransfer();
            for (const [name, text] of {}) {{
                given.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            }}
            const event = new DragEvent('drop', {{ bubbles: true, cancelable: true, dataTransfer: given }});
            document.getElementById('target').dispatchEvent(event);
            return done();
        }})()",
        json!(dropped)
    );
    let shown = browser.evaluate(&script);
    assert_eq!(shown.as_array().unwrap().len(), files.len(), "{shown}");
    let mut verdicts = Vec::new();
    for ((name, bytes), article) in files.iter().zip(shown.as_array().unwrap()) {
        assert_eq!(article["name"], *name);
        let answer: Value = serde_json::from_str(&specialis_label_web::check(name, bytes)).unwrap();
        assert_eq!(article["verdict"], answer.get("verdict").cloned().unwrap_or(json!("none")), "{name}");
        verdicts.push(article["verdict"].as_str().unwrap().to_owned());
        let (mut said, text) = (Vec::new(), article["text"].as_str().unwrap());
        sentences(&answer, &mut said);
        // Where a label would stand is said where there is none.
        said.retain(|sentence| answer["labels"] == json!([]) || *sentence != answer["usual_place"]["en"]);
        said.retain(|sentence| answer["labels"] == json!([]) || *sentence != answer["usual_place"]["zh"]);
        assert!(!said.is_empty());
        said.iter().for_each(|sentence| assert!(text.contains(sentence.as_str()), "{name} lacks `{sentence}`: {text}"));
    }
    for verdict in ["compliant", "non-compliant", "not-found", "inconclusive", "none"] {
        assert!(verdicts.iter().any(|shown| shown == verdict), "{verdict}: {verdicts:?}");
    }
    let markup = browser.evaluate("document.querySelectorAll('article img, article h2 b').length");
    assert_eq!(markup, 0, "what a file says is text");
}

#[test]
fn a_chosen_file_is_checked_and_nothing_leaves_the_page() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chosen.png");
    std::fs::write(&file, labelled(Container::Png, PNG)).unwrap();
    browser.evaluate(&format!("(async () => {{ {DONE} await done(); }})()"));
    browser.choose("#files", &file);
    let shown = browser.evaluate(&format!(
        "(async () => {{ {DONE}
            for (let n = 0; n < 3000 && document.querySelector('article') === null; n += 1) {{
                await new Promise((go) => setTimeout(go, 20));
            }}
            return done();
        }})()"
    ));
    assert_eq!((&shown[0]["name"], &shown[0]["verdict"]), (&json!("chosen.png"), &json!("compliant")));
    // The policy of the page refuses what would leave it, before a connection is made.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let refused = browser.evaluate(&format!(
        "(async () => {{
            const refused = [];
            document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
            await fetch('{url}').catch(() => {{}});
            const image = new Image();
            image.src = '{url}';
            await new Promise((go) => {{ image.onerror = go; image.onload = go; }});
            for (let n = 0; n < 500 && refused.length < 2; n += 1) await new Promise((go) => setTimeout(go, 20));
            return refused.sort();
        }})()"
    ));
    assert_eq!(refused, json!(["connect-src", "img-src"]));
    assert!(listener.accept().is_err(), "a connection was made");
}
