//! The console as an officer meets it: by plain requests, and in a browser.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use specialis::core::Registry;
use specialis_server::{Config, MadeTable, Running, Server, TableMaker, TokenDigest, TypedTable};
use specialis_tests::events;

use crate::ledger::recording;
use crate::reviews::queue;
use crate::support::{Answer, Browser, HARMLESS, PHONE, RUMOR, TOKEN, call, host, post, server, tenant};

const VIEWER: &str = "sp-viewer";
const OPERATOR: &str = "sp-operator";

/// A viewer and an operator of the console.
fn people() -> String {
    person(VIEWER, "viewer") + &operator()
}

/// An operator of the console.
pub(crate) fn operator() -> String {
    person(OPERATOR, "operator")
}

fn person(token: &str, role: &str) -> String {
    let digest = TokenDigest::of(token);
    format!("[[tokens]]\nsha256 = \"{digest}\"\nareas = [\"console\"]\nrole = \"{role}\"\n")
}

/// The cookie of somebody who signed in.
pub(crate) fn sign_in(address: SocketAddr, token: &str) -> Option<String> {
    let answer = call(address, ("POST", "/console/sign-in"), &[], format!("token={token}").as_bytes());
    let cookie = answer.header("set-cookie").map(str::to_owned)?;
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    cookie.split(';').next().map(str::to_owned)
}

pub(crate) fn open(address: SocketAddr, cookie: &str, path: &str) -> Answer {
    call(address, ("GET", path), &[("cookie", cookie)], b"")
}

/// The token that forms of a page send back.
pub(crate) fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form-token\" value=\"").expect("a form");
    rest.split('"').next().expect("a value").to_owned()
}

fn decide(address: SocketAddr, text: &str) -> String {
    let context = serde_json::to_value(events::context()).unwrap();
    let body = json!({ "context": context, "event": { "kind": "output", "text": text } });
    post(address, "/v1/decide", &body).json()["decision"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_looks_without_signing_in_and_only_a_token_for_the_console_signs_in() {
    let server = server(&people());
    let address = server.address();
    for path in
        ["/console/decisions", "/console/editions", "/console/coverage", "/console/policies", "/console/playground"]
    {
        let answer = call(address, ("GET", path), &[], b"");
        assert_eq!((answer.status, answer.header("location")), (303, Some("/console/sign-in")), "{path}");
    }
    for token in ["wrong", TOKEN, ""] {
        assert_eq!(sign_in(address, token), None, "{token}");
    }
    let cookie = sign_in(address, VIEWER).unwrap();
    let page = open(address, &cookie, "/console/decisions");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // A page of another origin, and a name that was pointed here.
    for (name, value) in [("origin", "https://attacker.example"), ("host", "attacker.example")] {
        assert_eq!(
            call(address, ("GET", "/console/decisions"), &[("cookie", cookie.as_str()), (name, value)], b"").status,
            403
        );
    }
    let out = format!("form-token={}", form_token(&page.text()));
    assert_eq!(call(address, ("POST", "/console/sign-out"), &[("cookie", &cookie)], out.as_bytes()).status, 303);
    assert_eq!(open(address, &cookie, "/console/decisions").status, 303);
}

#[test]
fn decisions_are_listed_by_filter_and_explained_in_both_languages_and_show_no_text() {
    let server = server(&people());
    let address = server.address();
    let masked = decide(address, &format!("客服电话 {PHONE}"));
    let marked = decide(address, HARMLESS);
    let cookie = sign_in(address, VIEWER).unwrap();
    let page = open(address, &cookie, "/console/decisions").text();
    assert!(page.contains(&masked) && page.contains(&marked), "{page}");
    let filtered =
        open(address, &cookie, "/console/decisions?verdict=redact&policy=common&duty=common.pi.output").text();
    assert!(filtered.contains(&masked) && !filtered.contains(&marked), "{filtered}");
    let rows = open(address, &cookie, "/console/decisions?rows=1&sector=news").text();
    assert!(!rows.contains(&masked) && rows.contains("<tr>") && !rows.contains("<html"), "{rows}");
    let one = open(address, &cookie, &format!("/console/decisions/{masked}")).text();
    assert!(one.contains("结论（遮盖）") && one.contains("Verdict: redact") && one.contains("《"), "{one}");
    for text in [&page, &one] {
        assert!(!text.contains(PHONE) && !text.contains("客服电话"), "{text}");
    }
    assert_eq!(open(address, &cookie, "/console/decisions/none").status, 404);
}

#[test]
fn playground_shows_what_is_found_what_goes_out_and_what_waits_and_keeps_nothing() {
    let server = server(&people());
    let address = server.address();
    let cookie = sign_in(address, VIEWER).unwrap();
    let token = form_token(&open(address, &cookie, "/console/playground").text());
    let judge = |fields: &[(&str, &str)]| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        call(address, ("POST", "/console/playground"), &[("cookie", &cookie)], form.finish().as_bytes())
    };
    let facts = serde_json::to_string(&events::context()).unwrap();
    let text = format!("客服电话 {PHONE} <b>，另见 1391");
    let page = judge(&[("form-token", token.as_str()), ("text", &text), ("kind", "output"), ("facts", &facts)]).text();
    assert!(page.contains(&format!("<mark>{PHONE}</mark>")) && page.contains("pi.mobile"), "{page}");
    assert!(page.contains("[masked]") && page.contains("would still wait") && page.contains("1391</mark>"), "{page}");
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"), "{page}");
    assert!(page.contains("Verdict: redact"), "{page}");
    // Nothing of it is among the decisions, and nobody else's form is taken.
    assert!(open(address, &cookie, "/console/decisions").text().contains("Nothing was decided yet"));
    assert_eq!(judge(&[("form-token", "forged"), ("text", "a")]).status, 403);
    let wrong = judge(&[("form-token", token.as_str()), ("text", "a"), ("facts", "{\"subject\": {\"age\": 5}}")]);
    assert!(wrong.status == 400 && wrong.text().contains("the facts cannot be read"));
}

/// Whoever embeds the server makes policies of tables. Here one row is a policy, and any other rows are a mistake.
struct OneRow;

impl TableMaker for OneRow {
    fn rows(&self, name: &str, file: &[u8]) -> Result<String, String> {
        match file {
            b"film in cells" => Ok("film".to_owned()),
            b"many" => Ok("x".repeat(300_000)),
            _ => Err(format!("`{name}` holds <no> rows")),
        }
    }

    fn make(&self, table: &TypedTable, registry: &Registry) -> MadeTable {
        match table.rows.as_str() {
            "row" => MadeTable { said: Vec::new(), policy: Some((table.head.clone().into_bytes(), registry.clone())) },
            "film" => {
                let (_, film) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "film").unwrap();
                let said = vec!["rules.csv: note: row 2, column `when`: <always>".to_owned()];
                MadeTable { said, policy: Some((film.to_vec(), registry.clone())) }
            }
            _ => MadeTable { said: vec!["rules.csv: row 3, column `level`: odd".to_owned()], policy: None },
        }
    }
}

/// A server whose playground takes tables.
fn server_of_tables() -> Running {
    let config = format!("listen = \"127.0.0.1:0\"\n{}\n{}", people(), tenant());
    Server::bind(Config::parse(&config).unwrap(), host()).unwrap().tables(Box::new(OneRow)).spawn()
}

#[test]
fn rows_of_a_file_fill_the_form_of_the_playground() {
    let server = server_of_tables();
    let address = server.address();
    let cookie = sign_in(address, VIEWER).unwrap();
    let token = form_token(&open(address, &cookie, "/console/playground").text());
    let send = |file: &[u8], token: &str| {
        let to = ("POST", "/console/playground/rows?name=rules.xlsx");
        call(address, to, &[("cookie", &cookie), ("x-form-token", token)], file)
    };
    let read = send(b"film in cells", &token);
    assert_eq!((read.status, read.text().as_str()), (200, "film"));
    let refused = send(b"other", &token);
    assert!(refused.status == 400 && refused.text().contains("`rules.xlsx` holds &lt;no&gt; rows"));
    assert_eq!(send(b"many", &token).status, 413);
    assert_eq!(send(b"film in cells", "forged").status, 403);

    let Some(mut browser) = Browser::start() else { return };
    browser.open(&format!("http://{address}/console"));
    browser.ask("Input.insertText", &json!({ "text": VIEWER }));
    browser.eval("window.isOld = true");
    browser.press("Enter");
    browser.wait("!window.isOld && document.querySelector('#rows')");
    browser.open(&format!("http://{address}/console/playground"));
    let folder = tempfile::tempdir().unwrap();
    let (wrong, file) = (folder.path().join("other.xlsx"), folder.path().join("rules.xlsx"));
    fs::write(&wrong, "other").unwrap();
    browser.choose("#rows-file", &[&wrong]);
    browser.wait("document.querySelector('#said p')");
    fs::write(&file, "film in cells").unwrap();
    browser.choose("#rows-file", &[&file]);
    browser.wait("document.querySelector('#rows').value === 'film'");
}

#[test]
fn a_table_is_tried_in_the_playground_beside_the_live_policies_and_kept_nowhere() {
    let server = server_of_tables();
    let address = server.address();
    let cookie = sign_in(address, VIEWER).unwrap();
    let page = open(address, &cookie, "/console/playground").text();
    assert!(page.contains("name=\"rows\"") && page.contains("origin = { sector = "), "{page}");
    let token = form_token(&page);
    let facts = serde_json::to_string(&events::context()).unwrap();
    let judge = |rows: &str| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("form-token", token.as_str()),
            ("text", HARMLESS),
            ("facts", facts.as_str()),
            ("rows", rows),
        ]);
        call(address, ("POST", "/console/playground"), &[("cookie", &cookie)], form.finish().as_bytes())
    };
    let made = judge("film");
    let page = made.text();
    assert!(
        made.status == 200 && page.contains("counts in the decision below") && page.contains("Verdict: "),
        "{page}"
    );
    assert!(page.contains("row 2, column `when`: &lt;always&gt;") && page.contains("details open"), "{page}");
    let wrong = judge("other");
    assert!(wrong.status == 400 && wrong.text().contains("row 3, column `level`: odd"), "{}", wrong.text());
    assert!(!wrong.text().contains("Verdict: "));
    // What the host refuses is said too.
    let refused = judge("row");
    assert!(refused.status == 400 && refused.text().contains("it is not a whole WebAssembly component"));
    assert!(judge(&"x".repeat(300_000)).status == 413);
    assert!(open(address, &cookie, "/console/decisions").text().contains("Nothing was decided yet"));
}

#[test]
fn coverage_shows_the_gaps_and_policies_their_cost() {
    let server = server(&people());
    let address = server.address();
    decide(address, &format!("客服电话 {PHONE}"));
    let cookie = sign_in(address, VIEWER).unwrap();
    let page = open(address, &cookie, "/console/coverage").text();
    assert!(page.contains("Ordinary exchanges") && page.contains("im.art14.stop"), "{page}");
    assert!(page.contains("class=\"gap\"") && page.contains("service.filing-number"), "{page}");
    let policies = open(address, &cookie, "/console/policies").text();
    assert!(policies.contains("<rect class=\"bar\"") && policies.contains("common"), "{policies}");
    let times = policies.split_once("The longest call").unwrap().1.split_once("</table>").unwrap().0;
    assert!(times.contains("common") && times.contains("<rect"), "{times}");
    let zh =
        call(address, ("GET", "/console/coverage"), &[("cookie", cookie.as_str()), ("accept-language", "zh-CN")], b"")
            .text();
    assert!(zh.contains("lang=\"zh-CN\"") && zh.contains("普通会话"), "{zh}");
}

#[test]
fn a_viewer_uploads_nothing_and_a_server_without_a_published_folder_says_so() {
    let server = server(&people());
    let address = server.address();
    let begin = |token: &str| {
        let cookie = sign_in(address, token).unwrap();
        let form = form_token(&open(address, &cookie, "/console/editions").text());
        call(address, ("POST", "/console/editions/drafts"), &[("cookie", &cookie), ("x-form-token", &form)], b"")
    };
    assert_eq!(begin(VIEWER).status, 403);
    let begun = begin(OPERATOR);
    assert_eq!(begun.status, 200, "{}", begun.text());
    let cookie = sign_in(address, OPERATOR).unwrap();
    assert!(open(address, &cookie, "/console/editions").text().contains("not started from a published folder"));
    assert_eq!(open(address, &cookie, &begun.text()).status, 409);
}

#[test]
fn script_of_the_console_is_one_that_browsers_take() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/assets/console.js");
    match Command::new("node").arg("--check").arg(script).output() {
        Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr)),
        Err(_) => eprintln!("SKIPPED: `node` is not installed; `apt-get install nodejs` adds it"),
    }
}

/// What a person who sees nothing would miss: each field has a name, each page a title, a heading and landmarks.
const NAMED: &str = "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button')]
    .filter((field) => !(field.labels?.length || field.textContent.trim() || field.ariaLabel)).length === 0
    && document.querySelectorAll('h1').length === 1 && document.querySelector('main') !== null
    && document.title.length > 0 && document.documentElement.lang.length > 0";

#[test]
fn an_officer_uses_every_page_in_a_browser_with_the_keyboard_in_light_and_dark() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ledger) = recording(folder.path(), &format!("{}{}", people(), queue(folder.path(), "")));
    let address = server.address();
    for text in [HARMLESS, &format!("客服电话 {PHONE}"), RUMOR] {
        decide(address, text);
    }
    ledger.sign().unwrap();
    let Some(mut browser) = Browser::start() else { return };
    let at = |path: &str| format!("http://{address}{path}");
    browser.open(&at("/console"));
    // By the keyboard alone: the field has the focus.
    browser.ask("Input.insertText", &json!({ "text": VIEWER }));
    browser.eval("window.isOld = true");
    browser.press("Enter");
    browser.wait("!window.isOld && document.querySelector('#rows')");
    browser.press("Tab");
    assert_eq!(browser.eval("document.activeElement.className"), "skip");
    // A decision that is made meanwhile comes by itself.
    let later = decide(address, "明天休馆。");
    browser.wait(&format!("document.querySelector('#rows a[href$=\"{later}\"]')"));
    // With `SPECIALIS_WRITE` set, the pictures that the documentation has are made anew.
    let is_writing = std::env::var_os("SPECIALIS_WRITE").is_some();
    let picture = |browser: &mut Browser, name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/console").join(format!("{name}.png"));
        if is_writing && file.exists() {
            fs::write(file, browser.picture()).unwrap();
        }
    };
    let looks_right = |browser: &mut Browser, name: &str| {
        assert_eq!(browser.eval(NAMED), true, "{name}");
        let fits = browser.eval("document.documentElement.scrollWidth <= document.documentElement.clientWidth");
        assert_eq!(fits, true, "{name} is wider than its window");
    };
    // Each page that is named at the top of every page.
    let pages = browser.eval("[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))");
    let pages: Vec<String> = serde_json::from_value(pages).unwrap();
    assert_eq!(pages.len(), 9, "{pages:?}");
    for path in pages {
        browser.open(&at(&path));
        let name = path.rsplit('/').next().unwrap_or_default();
        looks_right(&mut browser, name);
        picture(&mut browser, name);
    }
    for (list, rows, one) in [("ledger?verdict=review", "main td a", "record"), ("reviews", "main td a", "review")] {
        browser.open(&at(&format!("/console/{list}")));
        browser.follow(rows);
        looks_right(&mut browser, one);
        picture(&mut browser, one);
    }
    browser.open(&at("/console/ledger/audit?from=2000-01-01&to=2100-12-31"));
    assert_eq!(browser.eval("document.querySelectorAll('h1').length"), 1);
    browser.open(&at("/console/decisions"));
    browser.follow("#rows a");
    assert_eq!(browser.eval("document.querySelectorAll('pre.words').length"), 2);
    picture(&mut browser, "decision");

    // A file, and its verdict.
    let file = folder.path().join("page.svg");
    fs::write(&file, "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"1\" height=\"1\"/></svg>").unwrap();
    browser.open(&at("/console/labels"));
    browser.choose("#file", &[&file]);
    browser.wait("document.querySelector('#said p')");
    let said = browser.eval("document.querySelector('#said').innerText");
    assert!(said.as_str().unwrap().contains("no label found"), "{said}");

    // A text.
    browser.open(&at("/console/playground"));
    let typed = json!(format!("客服电话 {PHONE}，另见 1391"));
    browser.eval(&format!("document.querySelector('#text').value = {typed}"));
    browser.follow("form[action$=playground] button");
    assert_eq!(browser.eval("document.activeElement.id"), "result");
    assert_eq!(browser.eval("document.querySelectorAll('mark').length > 0"), true);
    let light = browser.eval("getComputedStyle(document.body).backgroundColor");
    browser.color_scheme("dark");
    assert_ne!(browser.eval("getComputedStyle(document.body).backgroundColor"), light);
    picture(&mut browser, "playground-dark");
    browser.follow("a[lang=zh]");
    assert_eq!(browser.eval("document.querySelector('h1').textContent"), "决定");
    // Nothing was refused by the policy of the pages, and nothing came from elsewhere.
    let elsewhere =
        "performance.getEntriesByType('resource').filter((one) => !one.name.startsWith(location.origin)).length";
    assert_eq!(browser.eval(elsewhere), 0);
}
