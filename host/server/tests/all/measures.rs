//! Measures leave as signed webhooks: once, again where nobody answers, and after a restart.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use specialis_server::Running;
use specialis_tests::events;

use crate::console::{form_token, open, operator, sign_in};
use crate::support::{RUMOR, call, get, post, server};

const KEY: &str = "a key of tests that is long enough";

/// A measure as it came.
#[derive(Debug)]
struct Came {
    id: String,
    is_signed: bool,
    body: Value,
}

/// What carries measures out, and answers by a script; the last answer is given for ever.
struct Office {
    address: SocketAddr,
    came: Receiver<Came>,
}

impl Office {
    fn open(script: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, came) = channel();
        let mut script: VecDeque<_> = script.to_vec().into();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut headers = std::collections::HashMap::new();
                let mut line = String::new();
                while stream.read_line(&mut line).is_ok_and(|n| n > 2) {
                    if let Some((name, value)) = line.trim().split_once(": ") {
                        headers.insert(name.to_ascii_lowercase(), value.to_owned());
                    }
                    line.clear();
                }
                let mut body = vec![0; headers["content-length"].parse().unwrap()];
                stream.read_exact(&mut body).unwrap();
                let signed =
                    [format!("{}.{}.", headers["webhook-id"], headers["webhook-timestamp"]).as_bytes(), &body].concat();
                let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
                mac.update(&signed);
                let expected = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
                let is_signed = headers["webhook-signature"] == expected;
                let (status, answer) = script.front().copied().unwrap();
                if script.len() > 1 {
                    script.pop_front();
                }
                let length = answer.len();
                let head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
                drop(stream.get_mut().write_all(format!("{head}{answer}").as_bytes()));
                let body = serde_json::from_slice(&body).unwrap();
                if sender.send(Came { id: headers["webhook-id"].clone(), is_signed, body }).is_err() {
                    return;
                }
            }
        });
        Self { address, came }
    }

    fn next(&self) -> Came {
        self.came.recv_timeout(Duration::from_secs(60)).expect("a measure comes")
    }
}

fn before(folder: &Path, address: SocketAddr, attempts: u32) -> Running {
    before_with(folder, address, attempts, "")
}

fn before_with(folder: &Path, address: SocketAddr, attempts: u32, more: &str) -> Running {
    std::fs::write(folder.join("key"), KEY).unwrap();
    let at = folder.display();
    server(&format!(
        "open-metrics = true\n{}[webhook]\nurl = \"http://{address}/measures\"\nkey-file = \"{at}/key\"\n\
         folder = \"{at}/measures\"\nmeasures = [\"record\"]\nfirst-wait = 1\nattempts = {attempts}\n{more}",
        operator()
    ))
}

/// Decides a text that a person has to see first, and of which a record is owed; the id of the decision.
fn decide(server: &Running) -> String {
    let context = serde_json::to_value(events::context()).unwrap();
    let body = json!({ "context": context, "event": { "kind": "output", "text": RUMOR } });
    post(server.address(), "/v1/decide", &body).json()["decision"]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn figure(server: &Running, name: &str) -> bool {
    get(server.address(), "/metrics").text().contains(name)
}

pub(crate) fn wait_for(what: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if what() {
            return;
        }
        thread::yield_now();
    }
    panic!("it does not come");
}

#[test]
fn a_measure_is_sent_signed_and_again_with_the_same_bytes_until_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&[(503, "later"), (200, "<html>"), (200, "{\"outcome\": {\"handed-over\": \"T-1\"}}")]);
    let server = before(folder.path(), office.address, 40);
    let decision = decide(&server);
    let tries: Vec<Came> = (0..3).map(|_| office.next()).collect();
    for came in &tries {
        assert!(came.is_signed);
        assert_eq!((&came.id, &came.body), (&tries[0].id, &tries[0].body));
    }
    let body = &tries[0].body;
    assert_eq!((body["decision"].as_str(), body["measure"]["id"].as_str()), (Some(decision.as_str()), Some("record")));
    assert!(!body.to_string().contains("停水"), "{body}");
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 1"));
    let cookie = sign_in(server.address(), "sp-operator").unwrap();
    let page = open(server.address(), &cookie, "/console/measures").text();
    assert!(page.contains("handed over: T-1") && page.contains("Keep a record"), "{page}");
    assert_eq!(std::fs::read_dir(folder.path().join("measures")).unwrap().count(), 0);
}

#[test]
fn a_breach_that_is_repeated_under_the_same_name_is_a_measure_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&[(204, "")]);
    let server = before(folder.path(), office.address, 40);
    let context = serde_json::to_value(events::context()).unwrap();
    let body = json!({ "session": "s", "context": context, "event": { "kind": "output", "text": RUMOR } });
    for _ in 0..2 {
        assert_eq!(post(server.address(), "/v1/decide", &body).status, 200);
    }
    let (one, two) = (office.next(), office.next());
    assert_ne!(one.id, two.id);
    assert_ne!(one.body["decision"], two.body["decision"]);
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 2"));
}

#[test]
fn answer_of_a_receiver_cannot_turn_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&[(200, "{\"outcome\": {\"handed-over\": \"T-\u{202e}1\"}}")]);
    let server = before(folder.path(), office.address, 40);
    decide(&server);
    office.next();
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 1"));
    let cookie = sign_in(server.address(), "sp-operator").unwrap();
    let page = open(server.address(), &cookie, "/console/measures").text();
    assert!(page.contains("handed over: T-\\u{202e}1") && !page.contains('\u{202e}'), "{page}");
}

#[test]
fn a_measure_that_waits_is_sent_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let first = before(folder.path(), nobody, 1_000);
    let decision = decide(&first);
    first.stop();
    let office = Office::open(&[(204, "")]);
    let _second = before(folder.path(), office.address, 1_000);
    assert_eq!(office.next().body["decision"].as_str(), Some(decision.as_str()));
}

#[test]
fn a_measure_that_nobody_takes_is_undone_counted_shown_and_sent_again_when_an_operator_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&[(500, ""), (500, ""), (200, "")]);
    let server = before(folder.path(), office.address, 2);
    decide(&server);
    let first = office.next();
    office.next();
    wait_for(|| figure(&server, "specialis_measures_total{state=\"undone\"} 1"));
    let address = server.address();
    let cookie = sign_in(address, "sp-operator").unwrap();
    let page = open(address, &cookie, "/console/measures").text();
    assert!(page.contains("Nobody took these"), "{page}");
    let form = format!("form-token={}", form_token(&page));
    assert_eq!(call(address, ("POST", "/console/measures"), &[("cookie", &cookie)], form.as_bytes()).status, 303);
    assert_eq!(office.next().id, first.id);
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 1"));
}

#[test]
fn a_folder_that_is_full_is_a_fault_that_is_counted_and_shown_and_nothing_in_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(&[(500, ""), (500, ""), (200, "")]);
    let server = before_with(folder.path(), office.address, 1, "waiting = 2\n");
    let kept = || std::fs::read_dir(folder.path().join("measures")).unwrap().count();
    // Two that nobody takes fill the folder, though nothing waits any more.
    (0..2).for_each(|_| drop(decide(&server)));
    wait_for(|| figure(&server, "specialis_measures_total{state=\"undone\"} 2"));
    decide(&server);
    assert!(figure(&server, "specialis_measures_total{state=\"refused\"} 1"));
    assert_eq!(kept(), 2);
    let cookie = sign_in(server.address(), "sp-operator").unwrap();
    let page = open(server.address(), &cookie, "/console/measures").text();
    assert!(page.contains("outbox-full") && page.contains("Refused since the start: 1"), "{page}");
    // Once they are answered there is room again.
    let form = format!("form-token={}", form_token(&page));
    call(server.address(), ("POST", "/console/measures"), &[("cookie", &cookie)], form.as_bytes());
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 2"));
    assert_eq!(kept(), 0);
    decide(&server);
    wait_for(|| figure(&server, "specialis_measures_total{state=\"answered\"} 3"));
    assert!(!open(server.address(), &cookie, "/console/measures").text().contains("outbox-full"));
}
