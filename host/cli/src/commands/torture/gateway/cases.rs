//! What the model says, case by case.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// A text about which there is nothing to say.
pub(super) const HARMLESS: &str = "图书馆周一闭馆，周二照常开放。";

/// One case.
pub(super) struct Case {
    /// What it is about.
    pub(super) group: &'static str,
    /// Its name, in letters and hyphens: the model knows it again by that.
    pub(super) name: &'static str,
    /// What it proves where it holds.
    pub(super) proves: &'static str,
    /// Whether the client asks for a stream.
    pub(super) is_streamed: bool,
    /// How many answers it asks for.
    pub(super) n: u32,
    /// What the model says.
    pub(super) script: Script,
    /// What has to come of it, beside that the forbidden text does not get out.
    pub(super) wants: Wants,
}

/// What has to come of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// Nothing more.
    Withheld,
    /// The ordinary text comes through.
    Harmless,
    /// The answer is not one that ended as it should.
    Incomplete,
    /// An error.
    Refused,
}

/// What the model sends.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) encoding: Option<&'static str>,
    /// Sent one after the other, each as a chunk of its own.
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) end: End,
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Whole,
    /// The connection is cut.
    Cut,
    /// The connection is cut before anything is said.
    Silent,
}

impl Script {
    fn new(kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, kind, encoding: None, pieces: vec![body.into()], end: End::Whole }
    }

    /// The same in pieces of so many bytes.
    fn cut(mut self, n_bytes: usize) -> Self {
        self.pieces = self.pieces.concat().chunks(n_bytes.max(1)).map(<[u8]>::to_vec).collect();
        self
    }
}

/// All cases.
pub(super) fn cases(forbidden: &str) -> Vec<Case> {
    let mut all = chunking(forbidden);
    all.extend(choices(forbidden));
    all.extend(disguises(forbidden));
    all.extend(other_places(forbidden));
    all.extend(failures(forbidden));
    all
}

/// A case with one answer.
fn case(of: (&'static str, &'static str), proves: &'static str, script: Script, wants: Wants) -> Case {
    let (group, name) = of;
    let is_streamed = script.kind == STREAM;
    Case { group, name, proves, is_streamed, n: 1, script, wants }
}

const STREAM: &str = "text/event-stream";
const JSON: &str = "application/json";

/// One event of a stream.
fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn chunk(index: u64, delta: &Value, finish: Option<&str>) -> String {
    let choice = json!({ "index": index, "delta": delta, "finish_reason": finish });
    event(
        &json!({ "id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "torture", "choices": [choice] }),
    )
}

/// The events of a stream, without its end.
fn open(deltas: &[(u64, Value)]) -> String {
    let mut events = chunk(0, &json!({ "role": "assistant", "content": "" }), None);
    events.extend(deltas.iter().map(|(index, delta)| chunk(*index, delta, None)));
    events
}

/// A stream that ends as it should.
fn events(deltas: &[(u64, Value)]) -> String {
    let mut events = open(deltas);
    let mut choices: Vec<u64> = deltas.iter().map(|(index, _)| *index).chain([0]).collect();
    choices.sort_unstable();
    choices.dedup();
    events.extend(choices.into_iter().map(|index| chunk(index, &json!({}), Some("stop"))));
    events.push_str("data: [DONE]\n\n");
    events
}

fn stream(deltas: &[(u64, Value)]) -> Script {
    Script::new(STREAM, events(deltas))
}

/// Each of these texts in a delta of its own.
fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<(u64, Value)> {
    texts.into_iter().map(|text| (0, json!({ "content": text }))).collect()
}

/// An answer that comes whole.
fn whole(messages: &[Value]) -> Script {
    let choices = (0_u64..).zip(messages);
    let choices =
        choices.map(|(index, message)| json!({ "index": index, "message": message, "finish_reason": "stop" }));
    let usage = json!({ "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 });
    let choices: Vec<Value> = choices.collect();
    let body = json!({
        "id": "c-1", "object": "chat.completion", "created": 1, "model": "torture", "choices": choices, "usage": usage,
    });
    Script::new(JSON, body.to_string())
}

fn message(text: &str) -> Value {
    json!({ "role": "assistant", "content": text })
}

/// The forbidden text in a sentence.
fn sentence(forbidden: &str) -> String {
    format!("请联系{forbidden}，谢谢。")
}

fn chunking(forbidden: &str) -> Vec<Case> {
    const OF: &str = "chunking";
    let said = sentence(forbidden);
    let letters: Vec<String> = said.chars().map(String::from).collect();
    let by_letter = || texts(letters.iter().map(String::as_str));
    let harmless = || stream(&texts([HARMLESS]));
    let crlf = Script::new(STREAM, events(&texts([HARMLESS])).replace('\n', "\r\n"));
    let loose = events(&texts([HARMLESS])).replace("data: ", ": keep-alive\n\nevent: message\ndata:");
    let half = forbidden.char_indices().nth(forbidden.chars().count() / 2).map_or(0, |(at, _)| at);
    let (start, rest) = forbidden.split_at_checked(half).unwrap_or((forbidden, ""));
    let at_end = texts([HARMLESS, start, rest]);
    let behind_finish = format!(
        "{}{}data: [DONE]\n\n",
        chunk(0, &json!({}), Some("stop")),
        chunk(0, &json!({ "content": said }), None)
    );
    let behind_end = events(&texts([HARMLESS])) + &chunk(0, &json!({ "content": said }), None);
    let all: [(&str, &str, Script, Wants); 12] = [
        ("whole-ordinary", "an ordinary answer comes through as it was", whole(&[message(HARMLESS)]), Wants::Harmless),
        ("stream-ordinary", "an ordinary stream comes through as it was", harmless(), Wants::Harmless),
        (
            "bytes-ordinary",
            "characters that are cut on the wire come through whole",
            harmless().cut(1),
            Wants::Harmless,
        ),
        ("crlf", "lines that end with CR and LF are lines", crlf, Wants::Harmless),
        (
            "loose-events",
            "comments, names of events and a missing blank are read",
            Script::new(STREAM, loose),
            Wants::Harmless,
        ),
        (
            "whole-forbidden",
            "a forbidden text in a whole answer is kept back",
            whole(&[message(&said)]),
            Wants::Withheld,
        ),
        (
            "stream-forbidden",
            "a forbidden text in a stream is kept back",
            stream(&texts([said.as_str()])),
            Wants::Withheld,
        ),
        ("letters", "one that comes letter by letter is kept back", stream(&by_letter()), Wants::Withheld),
        ("letters-bytes", "and where each byte comes alone", stream(&by_letter()).cut(1), Wants::Withheld),
        ("at-the-end", "one that ends the stream is kept back", stream(&at_end), Wants::Withheld),
        (
            "behind-finish",
            "what comes behind the end of a choice is judged too",
            Script::new(STREAM, behind_finish),
            Wants::Withheld,
        ),
        ("behind-done", "nothing goes out behind `[DONE]`", Script::new(STREAM, behind_end), Wants::Withheld),
    ];
    all.into_iter().map(|(name, proves, script, wants)| case((OF, name), proves, script, wants)).collect()
}

fn choices(forbidden: &str) -> Vec<Case> {
    const OF: &str = "n > 1";
    let said = sentence(forbidden);
    let content = |index: u64, text: &str| (index, json!({ "content": text }));
    let mut mixed = Vec::new();
    for letter in said.chars().map(String::from) {
        mixed.push(content(0, HARMLESS));
        mixed.push(content(1, &letter));
    }
    let late = [content(0, HARMLESS), content(7, &said)];
    let all = [
        ("second-choice", "every choice of a whole answer is judged", whole(&[message(HARMLESS), message(&said)]), 2),
        ("mixed-choices", "choices that come in turns are each put together", stream(&mixed), 2),
        ("unasked-choice", "a choice that nobody asked for is judged too", stream(&late), 1),
    ];
    let of_n = |(name, proves, script, n)| Case { n, ..case((OF, name), proves, script, Wants::Withheld) };
    all.into_iter().map(of_n).collect()
}

fn disguises(forbidden: &str) -> Vec<Case> {
    const OF: &str = "evasion";
    let wide: String = forbidden
        .chars()
        .map(|char| match u32::from(char) {
            narrow @ 0x21..=0x7e => char::from_u32(narrow.saturating_add(0xfee0)).unwrap_or(char),
            _ => char,
        })
        .collect();
    let spread: String = forbidden.chars().flat_map(|char| [char, '\u{200b}']).collect();
    let escaped: String = sentence(forbidden).encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let in_stream = |text: &str| stream(&texts([sentence(text).as_str()]));
    let with_escapes = |script: Script| {
        let body = String::from_utf8_lossy(&script.pieces.concat()).replace("ESCAPED", &escaped);
        Script { pieces: vec![body.into_bytes()], ..script }
    };
    let all = [
        ("wide", "letters of another width are the same letters", in_stream(&wide)),
        ("hidden-letters", "characters that show nothing hide nothing", in_stream(&spread)),
        ("escapes-stream", "escapes of JSON are read in a stream", with_escapes(stream(&texts(["ESCAPED"])))),
        ("escapes-whole", "and in a whole answer", with_escapes(whole(&[message("ESCAPED")]))),
    ];
    all.into_iter().map(|(name, proves, script)| case((OF, name), proves, script, Wants::Withheld)).collect()
}

fn other_places(forbidden: &str) -> Vec<Case> {
    const OF: &str = "evasion";
    let said = sentence(forbidden);
    let arguments = json!({ "text": said }).to_string();
    let letters: Vec<String> = arguments.chars().map(String::from).collect();
    let calls = |text: &str| json!([{ "index": 0, "id": "t", "type": "function", "function": { "name": "send", "arguments": text } }]);
    let called: Vec<(u64, Value)> = letters.iter().map(|one| (0, json!({ "tool_calls": calls(one) }))).collect();
    let with = |name: &str, value: Value| {
        let mut with = message(HARMLESS);
        if let Some(fields) = with.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
        with
    };
    let twice = String::from_utf8_lossy(&whole(&[message(HARMLESS)]).pieces.concat())
        .replace("\"content\":", &format!("\"content\":{},\"content\":", json!(said)));
    let parts = json!({ "role": "assistant", "content": [{ "type": "text", "text": said }] });
    let all = [
        ("reasoning", "reasoning is judged", stream(&[(0, json!({ "reasoning_content": said }))])),
        ("refusal", "a refusal is judged", stream(&[(0, json!({ "refusal": said }))])),
        ("tool-stream", "arguments of tools are put together and judged", stream(&called)),
        ("tool-whole", "and in a whole answer", whole(&[with("tool_calls", calls(&arguments))])),
        ("parts", "content that is a list of parts is judged", whole(&[parts])),
        ("unknown-field", "a field that nobody knows carries nothing out", whole(&[with("remark", json!(said))])),
        ("twice", "a name that comes twice hides nothing", Script::new(JSON, twice)),
    ];
    all.into_iter().map(|(name, proves, script)| case((OF, name), proves, script, Wants::Withheld)).collect()
}

fn failures(forbidden: &str) -> Vec<Case> {
    const OF: &str = "failures";
    let said = sentence(forbidden);
    let broken_off = Script { end: End::Cut, ..Script::new(STREAM, open(&texts([HARMLESS]))) };
    let failing =
        Script { status: 500, ..Script::new(JSON, r#"{"error":{"message":"it failed","type":"server_error"}}"#) };
    let silent = Script { end: End::Silent, pieces: Vec::new(), ..Script::new(JSON, "") };
    let half = format!(
        "{}data: {{\"choices\":[{{\n\n{}",
        open(&texts([HARMLESS])),
        chunk(0, &json!({ "content": said }), None)
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // INVARIANT: writing into memory does not fail.
    let _ = packed.write_all(&whole(&[message(&said)]).pieces.concat());
    let packed = packed.finish().unwrap_or_default();
    let packed = Script { encoding: Some("gzip"), ..Script::new(JSON, packed) };
    let all = [
        ("broken-off", "a stream that breaks off does not look whole", broken_off, Wants::Incomplete),
        ("failing-model", "an error of the model is an error", failing, Wants::Refused),
        ("silent-model", "a model that says nothing is an error", silent, Wants::Refused),
        (
            "broken-event",
            "what follows an event that cannot be read does not slip through",
            Script::new(STREAM, half),
            Wants::Withheld,
        ),
        (
            "no-json",
            "an answer that is no JSON does not slip through",
            Script::new("text/plain", said.clone()),
            Wants::Withheld,
        ),
        ("packed", "an answer that is compressed does not slip through", packed, Wants::Withheld),
    ];
    let mut all: Vec<Case> =
        all.into_iter().map(|(name, proves, script, wants)| case((OF, name), proves, script, wants)).collect();
    // A model that fails does so in streams as well.
    for case in all.iter_mut().filter(|case| matches!(case.name, "failing-model" | "silent-model")) {
        case.is_streamed = true;
    }
    all
}
