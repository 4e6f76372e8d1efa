//! Errors and ready answers, as each interface writes them.

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use crate::serving::Problem;
use crate::wire::{Interface, write_event};

/// The id of answers that this server makes itself.
const ID: &str = "specialis";

impl Interface {
    /// An error in the form of the interface.
    pub(super) fn error(self, status: StatusCode, code: &str, message: &str) -> Response {
        json_response(status, &self.error_value(status, code, message))
    }

    /// The body of an error in the form of the interface.
    pub(crate) fn error_value(self, status: StatusCode, code: &str, message: &str) -> Value {
        let kind = match status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::FORBIDDEN => "permission_error",
            StatusCode::NOT_FOUND => "not_found_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
            status if status.is_client_error() => "invalid_request_error",
            _ => "api_error",
        };
        self.error_body(json!({ "message": message, "type": kind, "param": null, "code": code }))
    }

    /// The error of a request that never came to judging.
    pub(super) fn problem(self, problem: &Problem) -> Response {
        let (status, body) = self.problem_value(problem);
        json_response(status, &body)
    }

    /// Status and body of the error of a request that never came to judging.
    pub(crate) fn problem_value(self, problem: &Problem) -> (StatusCode, Value) {
        let code = match problem.status {
            StatusCode::UNAUTHORIZED => "invalid_api_key",
            StatusCode::BAD_GATEWAY => "upstream_error",
            status if status.is_client_error() => "invalid_request",
            _ => "server_error",
        };
        (problem.status, self.error_value(problem.status, code, &problem.detail))
    }

    /// An error object in what the interface puts around it.
    pub(crate) fn error_body(self, mut error: Value) -> Value {
        if self != Self::Messages {
            return json!({ "error": error });
        }
        if let Some(error) = error.as_object_mut() {
            error.retain(|key, _| key == "type" || key == "message");
        }
        json!({ "type": "error", "error": error })
    }

    /// The end of a stream that broke off where nothing else can be said any more.
    pub(super) fn broken_end(self, message: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let error = json!({ "message": message, "type": "api_error", "code": "server_error" });
        match self {
            Self::Chat | Self::Completions => {
                write_event(&mut out, None, &self.error_body(error).to_string());
                write_event(&mut out, None, "[DONE]");
            }
            Self::Responses => {
                let event = json!({ "type": "error", "code": "server_error", "message": message, "param": null });
                write_event(&mut out, Some("error"), &event.to_string());
            }
            Self::Messages => write_event(&mut out, Some("error"), &self.error_body(error).to_string()),
        }
        out
    }

    /// An ordinary answer that consists of a notice.
    pub(super) fn notice(self, notice: &str, model: &str, note: &Value, streams: bool) -> Response {
        if streams {
            let mut response = Response::new(Body::from(self.notice_events(notice, model, note)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            return response;
        }
        let mut answer = match self {
            Self::Chat => json!({
                "id": ID, "object": "chat.completion", "created": 0, "model": model,
                "choices": [{ "index": 0, "message": { "role": "assistant", "content": notice },
                              "finish_reason": "stop" }],
                "usage": { "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 },
            }),
            Self::Completions => json!({
                "id": ID, "object": "text_completion", "created": 0, "model": model,
                "choices": [{ "index": 0, "text": notice, "finish_reason": "stop", "logprobs": null }],
                "usage": { "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 },
            }),
            Self::Responses => response_of(model, "completed", &[message_item(notice)]),
            Self::Messages => json!({
                "id": ID, "type": "message", "role": "assistant", "model": model,
                "content": [{ "type": "text", "text": notice }], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 0, "output_tokens": 0 },
            }),
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("specialis".to_owned(), note.clone());
        }
        json_response(StatusCode::OK, &answer)
    }

    fn notice_events(self, notice: &str, model: &str, note: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        let mut event = |name: Option<&str>, event: Value| write_event(&mut out, name, &event.to_string());
        match self {
            Self::Chat => {
                let chunk = |delta: Value, finish: Option<&str>| {
                    json!({ "id": ID, "object": "chat.completion.chunk", "created": 0, "model": model,
                            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }], "specialis": note })
                };
                event(None, chunk(json!({ "role": "assistant", "content": notice }), None));
                event(None, chunk(json!({}), Some("stop")));
                write_event(&mut out, None, "[DONE]");
            }
            Self::Completions => {
                event(
                    None,
                    json!({ "id": ID, "object": "text_completion", "created": 0, "model": model,
                    "choices": [{ "index": 0, "text": notice, "finish_reason": "stop" }], "specialis": note }),
                );
                write_event(&mut out, None, "[DONE]");
            }
            Self::Responses => {
                for (sequence, (name, mut fields)) in response_events(notice, model, note).into_iter().enumerate() {
                    if let Some(fields) = fields.as_object_mut() {
                        fields.insert("type".to_owned(), json!(name));
                        fields.insert("sequence_number".to_owned(), json!(sequence));
                    }
                    event(Some(name), fields);
                }
            }
            Self::Messages => {
                for (name, mut fields) in message_events(notice, model, note) {
                    if let Some(fields) = fields.as_object_mut() {
                        fields.insert("type".to_owned(), json!(name));
                    }
                    event(Some(name), fields);
                }
            }
        }
        out
    }
}

fn message_item(notice: &str) -> Value {
    json!({ "id": "msg_specialis", "type": "message", "role": "assistant", "status": "completed",
            "content": [{ "type": "output_text", "text": notice, "annotations": [], "logprobs": [] }] })
}

fn response_of(model: &str, status: &str, output: &[Value]) -> Value {
    json!({
        "id": ID, "object": "response", "created_at": 0, "model": model, "status": status, "output": output,
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "tools": [],
        "tool_choice": "auto", "parallel_tool_calls": true,
    })
}

fn response_events(notice: &str, model: &str, note: &Value) -> Vec<(&'static str, Value)> {
    let item = message_item(notice);
    let begun = json!({ "id": "msg_specialis", "type": "message", "role": "assistant", "status": "in_progress",
                        "content": [] });
    let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] });
    let at = |more: Value| {
        let mut fields = json!({ "item_id": "msg_specialis", "output_index": 0, "content_index": 0 });
        if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
            fields.extend(more);
        }
        fields
    };
    let mut whole = response_of(model, "completed", std::slice::from_ref(&item));
    if let Some(whole) = whole.as_object_mut() {
        whole.insert("specialis".to_owned(), note.clone());
    }
    vec![
        ("response.created", json!({ "response": response_of(model, "in_progress", &[]) })),
        ("response.output_item.added", json!({ "output_index": 0, "item": begun })),
        ("response.content_part.added", at(json!({ "part": part("") }))),
        ("response.output_text.delta", at(json!({ "delta": notice, "logprobs": [] }))),
        ("response.output_text.done", at(json!({ "text": notice, "logprobs": [] }))),
        ("response.content_part.done", at(json!({ "part": part(notice) }))),
        ("response.output_item.done", json!({ "output_index": 0, "item": item })),
        ("response.completed", json!({ "response": whole })),
    ]
}

fn message_events(notice: &str, model: &str, note: &Value) -> Vec<(&'static str, Value)> {
    let message = json!({ "id": ID, "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 0, "output_tokens": 0 } });
    vec![
        ("message_start", json!({ "message": message })),
        ("content_block_start", json!({ "index": 0, "content_block": { "type": "text", "text": "" } })),
        ("content_block_delta", json!({ "index": 0, "delta": { "type": "text_delta", "text": notice } })),
        ("content_block_stop", json!({ "index": 0 })),
        (
            "message_delta",
            json!({ "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": 0 }, "specialis": note }),
        ),
        ("message_stop", json!({})),
    ]
}

/// An answer of JSON.
pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
