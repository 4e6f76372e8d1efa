//! A scorer against a small server that speaks the formats.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use specialis_core::EventKind;
use specialis_scorer::{Moment, Passage, Score, Scorer};
use specialis_scorer_remote::{Absence, RemoteScorer, RemoteSettings, Template};

/// A server that answers every request with one body, and keeps what it was asked.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Server {
    fn start(status: &'static str, answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let kept = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut first, mut n_bytes) = (String::new(), 0);
                reader.read_line(&mut first).unwrap();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                        break;
                    }
                    if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        n_bytes = length.trim().parse().unwrap();
                    }
                }
                let mut body = vec![0; n_bytes];
                reader.read_exact(&mut body).unwrap();
                kept.lock().unwrap().push((first, serde_json::from_slice(&body).unwrap()));
                let length = answer.len();
                write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}")
                    .unwrap();
            }
        });
        Self { address, asked }
    }

    fn chat(content: &str) -> Self {
        Self::start("200 OK", json!({ "choices": [{ "message": { "content": content } }] }).to_string())
    }

    fn n_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn scored(scorer: &RemoteScorer, kind: EventKind, sentences: &[&str]) -> Vec<Vec<Score>> {
    let mut passage = scorer.begin(&Passage::new(kind)).unwrap();
    let mut scores = Vec::new();
    for sentence in sentences {
        passage.push(sentence);
        scores.push(passage.score(Moment::SentenceEnd));
    }
    scores.push(passage.score(Moment::End));
    scores
}

fn last(scorer: &RemoteScorer, text: &str) -> Vec<(String, u32)> {
    let scores = scored(scorer, EventKind::Prompt, &[text]).pop().unwrap();
    scores.into_iter().map(|score| (score.category.to_string(), score.permille)).collect()
}

#[test]
fn a_prompt_is_sent_once_and_its_answer_is_kept() {
    let server = Server::chat("Safety: Unsafe\nCategories: Violent");
    let settings = RemoteSettings::new(&server.address, "guard", Template::qwen3guard());
    let scorer = RemoteScorer::new(settings).unwrap();
    for _ in 0..3 {
        assert_eq!(last(&scorer, "一段样例"), [("a1.violence".to_owned(), 950)]);
    }
    let asked = server.asked.lock().unwrap();
    let [(line, body)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(line.starts_with("POST /v1/chat/completions "), "{line}");
    assert_eq!((&body["model"], &body["messages"][0]["content"]), (&json!("guard"), &json!("一段样例")));
}

#[test]
fn what_belongs_to_a_person_is_masked_before_it_is_sent() {
    let server = Server::chat("Safety: Safe\nCategories: None");
    let settings = || RemoteSettings::new(&server.address, "guard", Template::qwen3guard());
    let text = "张三的手机是13912345678，身份证号110105199003071239，住在这里";
    for (masks, sent) in [(true, "张三的手机是■，身份证号■，住在这里"), (false, text)] {
        last(&RemoteScorer::new(settings().masks_persons(masks)).unwrap(), text);
        let asked = server.asked.lock().unwrap();
        assert_eq!(asked.last().unwrap().1["messages"][0]["content"], sent);
    }
}

#[test]
fn a_stream_is_scored_at_each_sentence_where_that_is_asked_for() {
    let server = Server::chat("safe");
    let settings = || RemoteSettings::new(&server.address, "guard", Template::llama_guard_3());
    let sentences = ["第一句。", "第二句。"];
    let whole = scored(&RemoteScorer::new(settings()).unwrap(), EventKind::Output, &sentences);
    assert_eq!((whole.iter().map(Vec::len).collect::<Vec<_>>(), server.n_asked()), (vec![0, 0, 1], 1));
    let scorer = RemoteScorer::new(settings().each_sentence(true)).unwrap();
    let each = scored(&scorer, EventKind::Output, &sentences);
    assert_eq!(each.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(server.n_asked(), 3, "the end is the second sentence, which is known");
}

#[test]
fn a_model_that_is_away_counts_as_the_operator_says() {
    let server = Server::start("503 Service Unavailable", String::new());
    let settings = || RemoteSettings::new(&server.address, "guard", Template::qwen3guard());
    assert_eq!(last(&RemoteScorer::new(settings()).unwrap(), "一段样例"), []);
    let strict = RemoteScorer::new(settings().absent("a1.violence", Absence::Highest)).unwrap();
    assert_eq!(last(&strict, "一段样例"), [("a1.violence".to_owned(), 1_000)]);
    let server = Server::chat("抱歉，我不能回答。");
    let settings = RemoteSettings::new(&server.address, "guard", Template::qwen3guard());
    let strict = RemoteScorer::new(settings.absent("a1.violence", Absence::Highest)).unwrap();
    assert_eq!(last(&strict, "一段样例"), [("a1.violence".to_owned(), 1_000)], "an answer without a verdict is none");
}

#[test]
fn an_endpoint_elsewhere_is_used_encrypted_or_not_at_all() {
    let settings = RemoteSettings::new("http://guard.example", "guard", Template::moderations());
    assert!(RemoteScorer::new(settings).is_err_and(|e| e.to_string().contains("https://")));
}
