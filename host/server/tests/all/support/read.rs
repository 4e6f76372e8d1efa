//! What a client of each interface reads out of a stream.

use std::collections::BTreeMap;

use serde_json::Value;
use specialis_server::wire::{Interface, SseItem, SseParser};

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Text by choice and channel: `text`, `reasoning`, `refusal`, `tool`.
    pub(crate) texts: BTreeMap<(u64, &'static str), String>,
    /// How each choice ended.
    pub(crate) finish: BTreeMap<u64, String>,
    pub(crate) error: Option<String>,
    /// Whether the interface's own end came, and nothing behind it.
    pub(crate) is_ended: bool,
    pub(crate) usage: Option<Value>,
    /// What the last event that has one says of the decision.
    pub(crate) note: Option<Value>,
}

/// Reads a stream to its end.
pub(crate) fn read_stream(interface: Interface, bytes: &[u8]) -> Said {
    let mut parser = SseParser::new(1 << 20);
    let mut items = parser.push(bytes).expect("events");
    items.extend(parser.finish().expect("events"));
    let mut said = Said::default();
    for item in items {
        let SseItem::Event { name, data } = item else { continue };
        assert!(!said.is_ended, "an event behind the end: {data}");
        if data == "[DONE]" {
            assert!(matches!(interface, Interface::Chat | Interface::Completions));
            said.is_ended = true;
            continue;
        }
        let event: Value = serde_json::from_str(&data).unwrap_or_else(|e| panic!("{e}: {data}"));
        if let Some(name) = name {
            assert_eq!(event["type"].as_str(), Some(name.as_str()));
        }
        match interface {
            Interface::Chat | Interface::Completions => said.chunk(&event),
            Interface::Responses => said.response(&event),
            Interface::Messages => said.message(&event),
        }
    }
    said
}

impl Said {
    pub(crate) fn text(&self) -> &str {
        self.texts.get(&(0, "text")).map_or("", String::as_str)
    }

    fn add(&mut self, choice: u64, channel: &'static str, text: &Value) {
        if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
            self.texts.entry((choice, channel)).or_default().push_str(text);
        }
    }

    fn note(&mut self, event: &Value) {
        if event.is_object() {
            self.note = Some(event.clone());
        }
    }

    fn chunk(&mut self, chunk: &Value) {
        self.error = self.error.take().or_else(|| chunk["error"]["message"].as_str().map(str::to_owned));
        self.note(&chunk["specialis"]);
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].as_u64().expect("an index");
            assert!(!self.finish.contains_key(&index), "text behind the end of a choice");
            self.add(index, "text", &choice["text"]);
            self.add(index, "text", &choice["delta"]["content"]);
            self.add(index, "reasoning", &choice["delta"]["reasoning_content"]);
            self.add(index, "refusal", &choice["delta"]["refusal"]);
            for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                self.add(index, "tool", &call["function"]["arguments"]);
            }
            if let Some(finish) = choice["finish_reason"].as_str() {
                self.finish.insert(index, finish.to_owned());
            }
        }
        if chunk["usage"].is_object() {
            self.usage = Some(chunk["usage"].clone());
        }
    }

    /// The deltas of a response must be what its later events repeat.
    fn response(&mut self, event: &Value) {
        let channel = |name: &str| match name {
            "response.output_text.delta" => Some("text"),
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => Some("reasoning"),
            "response.refusal.delta" => Some("refusal"),
            "response.function_call_arguments.delta" => Some("tool"),
            _ => None,
        };
        let name = event["type"].as_str().expect("a type");
        if let Some(channel) = channel(name) {
            self.add(0, channel, &event["delta"]);
        }
        if let Some(name) = name.strip_suffix(".done")
            && let Some(channel) = channel(&format!("{name}.delta"))
        {
            let repeated = event["text"].as_str().or(event["arguments"].as_str()).or(event["refusal"].as_str());
            let said = self.texts.get(&(0, channel)).map_or("", String::as_str);
            assert!(said.ends_with(repeated.expect("the whole text")), "{event}");
        }
        if matches!(name, "response.completed" | "response.incomplete" | "response.failed") {
            let response = &event["response"];
            self.is_ended = true;
            self.note(&response["specialis"]);
            self.usage = response["usage"].is_object().then(|| response["usage"].clone());
            self.error = response["error"]["message"].as_str().map(str::to_owned);
            let reason = response["incomplete_details"]["reason"].as_str();
            self.finish.insert(0, reason.or(response["status"].as_str()).expect("a status").to_owned());
            let texts: String = response["output"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|item| item["content"].as_array().into_iter().flatten())
                .filter(|part| part["type"] == "output_text")
                .map(|part| part["text"].as_str().expect("a text"))
                .collect();
            assert_eq!(texts, self.text(), "the response repeats the text");
        }
    }

    fn message(&mut self, event: &Value) {
        match event["type"].as_str().expect("a type") {
            "content_block_delta" => {
                self.add(0, "text", &event["delta"]["text"]);
                self.add(0, "reasoning", &event["delta"]["thinking"]);
                self.add(0, "tool", &event["delta"]["partial_json"]);
            }
            "message_delta" => {
                self.note(&event["specialis"]);
                self.usage = Some(event["usage"].clone());
                let reason = event["delta"]["stop_reason"].as_str().expect("a reason");
                self.finish.insert(0, reason.to_owned());
            }
            "message_stop" => self.is_ended = true,
            "error" => {
                self.error = event["error"]["message"].as_str().map(str::to_owned);
                self.is_ended = true;
            }
            _ => {}
        }
    }
}
