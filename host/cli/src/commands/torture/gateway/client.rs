//! The client: what it asks, and all that it can read in an answer.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use anyhow::{Result, bail};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use ureq::Agent;

use super::cases::Case;
use super::upstream::MARK;

/// The most bytes of an answer.
const MAX_ANSWER: u64 = 8 << 20;

/// The client.
pub(super) struct Client {
    agent: Agent,
    url: String,
    model: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(url: &str, model: &str, headers: &[(String, String)]) -> Result<Self> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("`{url}` is no address of a gateway; give one such as `http://127.0.0.1:8787/v1`");
        }
        const PATH: &str = "/chat/completions";
        let url = url.trim_end_matches('/');
        let url = if url.ends_with(PATH) { url.to_owned() } else { format!("{url}{PATH}") };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent("specialis");
        let mut headers = headers.to_vec();
        if let Ok(token) = std::env::var("SPECIALIS_GATEWAY_TOKEN") {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        Ok(Self { agent: config.build().into(), url, model: model.to_owned(), headers })
    }

    /// Asks the gateway, and reads all that comes.
    pub(super) fn ask(&self, case: &Case) -> Answer {
        let asked = json!({
            "model": self.model,
            "stream": case.is_streamed,
            "n": case.n,
            "messages": [{ "role": "user", "content": format!("{MARK}{}", case.name) }],
        });
        let request = self.agent.post(self.url.as_str()).header("content-type", "application/json");
        let headers = self.headers.iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name.as_str(), value.as_str()));
        let response = match request.send(asked.to_string().as_bytes()) {
            Ok(response) => response,
            Err(error) => return Answer { failure: Some(error.to_string()), ..Answer::default() },
        };
        let status = response.status().as_u16();
        let encoding = response.headers().get("content-encoding").and_then(|value| value.to_str().ok());
        let is_packed = encoding.is_some_and(|encoding| encoding.contains("gzip"));
        let mut bytes = Vec::new();
        let read = response.into_body().into_reader().take(MAX_ANSWER).read_to_end(&mut bytes);
        let mut unpacked = Vec::new();
        if is_packed && GzDecoder::new(bytes.as_slice()).take(MAX_ANSWER).read_to_end(&mut unpacked).is_ok() {
            bytes = unpacked;
        }
        Answer::of(status, &String::from_utf8_lossy(&bytes), read.is_ok())
    }
}

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The status; 0 where there was no answer.
    pub(super) status: u16,
    /// Whether it came to its end.
    pub(super) is_whole: bool,
    /// Why there is none.
    failure: Option<String>,
    raw: String,
    /// Every text in it, by choice and the names that lead there; pieces of a stream are put together.
    texts: BTreeMap<(u64, String), String>,
    /// How each choice ended.
    pub(super) finish: BTreeMap<u64, String>,
    /// Whether the end of the stream came.
    pub(super) is_ended: bool,
    /// Whether it says that something went wrong.
    pub(super) has_error: bool,
}

impl Answer {
    pub(super) fn of(status: u16, body: &str, is_whole: bool) -> Self {
        let mut answer = Self { status, is_whole, raw: body.to_owned(), ..Self::default() };
        if let Ok(value) = serde_json::from_str::<Value>(body) {
            answer.add(&value);
            return answer;
        }
        for data in body.lines().filter_map(|line| line.strip_prefix("data:")) {
            match data.trim() {
                "[DONE]" => answer.is_ended = true,
                data => {
                    if let Ok(value) = serde_json::from_str::<Value>(data) {
                        answer.add(&value);
                    }
                }
            }
        }
        answer
    }

    /// Everything that a client could show.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(String::as_str).chain([self.raw.as_str()])
    }

    /// What a choice says.
    pub(super) fn content(&self, choice: u64) -> &str {
        self.texts.get(&(choice, "content".to_owned())).map_or("", String::as_str)
    }

    /// The same in a few words.
    pub(super) fn shown(&self) -> String {
        match (&self.failure, self.status) {
            (Some(failure), _) => format!("no answer: {failure}"),
            (None, status) if !self.is_whole => format!("status {status}, cut off"),
            (None, status) => format!("status {status}"),
        }
    }

    fn add(&mut self, value: &Value) {
        self.has_error |= value.get("error").is_some_and(|error| !error.is_null());
        let choices = value.get("choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            let index = choice.get("index").and_then(Value::as_u64).unwrap_or(0);
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                self.finish.insert(index, reason.to_owned());
            }
            self.walk(choice, index, "");
        }
        for (name, other) in value.as_object().into_iter().flatten().filter(|(name, _)| *name != "choices") {
            self.walk(other, 0, name);
        }
    }

    /// Adds every text below a value.
    fn walk(&mut self, value: &Value, choice: u64, path: &str) {
        match value {
            Value::String(text) => self.texts.entry((choice, path.to_owned())).or_default().push_str(text),
            Value::Array(all) => all.iter().for_each(|one| self.walk(one, choice, path)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    // A delta and a message say the same.
                    let is_holder = path.is_empty() && matches!(name.as_str(), "delta" | "message");
                    let joined = match (is_holder, path) {
                        (true, _) => String::new(),
                        (false, "") => name.clone(),
                        (false, path) => format!("{path}.{name}"),
                    };
                    self.walk(field, choice, &joined);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_choice_are_put_together_wherever_they_stand() {
        let events = [
            r#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"x"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"b","tool_calls":[{"function":{"arguments":"1"}}]}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"2"}}]},"finish_reason":"stop"}]}"#,
        ];
        let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        let answer = Answer::of(200, &format!(": ping\n\n{body}data:[DONE]\n\n"), true);
        let text = |choice: u64, path: &str| answer.texts.get(&(choice, path.to_owned())).map(String::as_str);
        assert_eq!((answer.content(0), answer.content(1)), ("ab", "x"));
        assert_eq!(text(0, "tool_calls.function.arguments"), Some("12"));
        assert!(answer.is_ended && answer.finish[&0] == "stop" && !answer.has_error);
        let whole = Answer::of(200, r#"{"choices":[{"index":0,"message":{"content":"c"}}],"error":null}"#, true);
        assert_eq!((whole.content(0), whole.has_error, whole.is_ended), ("c", false, false));
    }
}
