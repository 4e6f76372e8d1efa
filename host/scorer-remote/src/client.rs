//! Asking an endpoint.

use std::time::Duration;

use serde_json::{Value, json};
use specialis_core::EventKind;
use ureq::Agent;

use crate::template::{Form, Template};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// Why an endpoint cannot be used, or gave no scores.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The endpoint is on another machine and its address does not begin with `https://`.
    #[error("`{endpoint}` is on another machine and not encrypted; use an address that begins with `https://`")]
    Unencrypted {
        /// The address.
        endpoint: String,
    },
    /// The system gives no random bytes for the key of the cache.
    #[error("the system gives no random bytes; check that its source of randomness works")]
    Random,
    /// The detectors of what is masked cannot be made into one index.
    #[error("the detectors of what belongs to a person cannot be used; build it again")]
    Detectors(#[from] specialis_text::IndexError),
    /// The request failed, or the status says so.
    #[error("the endpoint did not answer; check its address and its log")]
    Request(#[source] Box<ureq::Error>),
    /// The answer does not have the form that the template describes.
    #[error(
        "the answer does not have the form of the template; check that the endpoint serves the model of the template"
    )]
    Form,
}

/// A client of one endpoint and model.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    model: String,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(
        endpoint: &str,
        template: &Template,
        model: &str,
        token: Option<String>,
        timeout: Duration,
    ) -> Result<Self, RemoteError> {
        if !(endpoint.starts_with("https://") || is_loopback(endpoint)) {
            return Err(RemoteError::Unencrypted { endpoint: endpoint.to_owned() });
        }
        let config = Agent::config_builder().timeout_global(Some(timeout)).user_agent("specialis");
        let url = format!("{}{}", endpoint.trim_end_matches('/'), template.path);
        Ok(Self { agent: config.build().into(), url, model: model.to_owned(), token })
    }

    /// The answer about a text.
    pub(crate) fn ask(&self, template: &Template, kind: EventKind, text: &str) -> Result<Value, RemoteError> {
        let body = request(template, &self.model, kind, text).to_string();
        let failed = |source| RemoteError::Request(Box::new(source));
        let mut request = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send(body.as_bytes()).map_err(failed)?;
        let answer = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(failed)?;
        serde_json::from_slice(&answer).map_err(|_| RemoteError::Form)
    }
}

fn request(template: &Template, model: &str, kind: EventKind, text: &str) -> Value {
    let is_output = kind == EventKind::Output;
    let message = if is_output { &template.output } else { &template.prompt }.replace("{text}", text);
    match template.form {
        Form::Moderations => json!({ "model": model, "input": message }),
        Form::Chat => {
            let messages = if is_output && template.output_as_assistant {
                json!([{ "role": "user", "content": "" }, { "role": "assistant", "content": message }])
            } else {
                json!([{ "role": "user", "content": message }])
            };
            json!({ "model": model, "messages": messages, "temperature": 0, "max_tokens": 64, "stream": false })
        }
    }
}

/// Whether an address without encryption stays on the machine.
fn is_loopback(endpoint: &str) -> bool {
    let Some(rest) = endpoint.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host =
        authority.strip_prefix("[::1]").map_or_else(|| authority.split(':').next().unwrap_or_default(), |_| "[::1]");
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_unencrypted_to_the_same_machine_alone() {
        for endpoint in ["http://127.0.0.1:8000", "http://localhost/v1", "http://[::1]:80"] {
            assert!(is_loopback(endpoint), "{endpoint}");
        }
        for endpoint in
            ["http://127.0.0.1.example.com", "http://localhost@example.com", "http://10.0.0.1", "ftp://localhost"]
        {
            assert!(!is_loopback(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn a_generated_text_is_sent_as_the_assistants() {
        let sent = request(&Template::llama_guard_3(), "m", EventKind::Output, "文本");
        assert_eq!(sent["messages"][1], json!({ "role": "assistant", "content": "文本" }));
        let sent = request(&Template::shieldgemma(), "m", EventKind::Prompt, "文本");
        assert!(
            sent["messages"][0]["content"].as_str().is_some_and(|content| content.contains("Human Question: 文本"))
        );
    }
}
