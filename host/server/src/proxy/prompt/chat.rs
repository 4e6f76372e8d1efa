//! The texts of chat completions and completions.

use serde_json::Value;
use specialis::core::Role;
use specialis::core::words::Medium;

use super::roles::Roles;
use super::{Prompt, Refused, list, text, unknown};

/// Reads a request of chat completions.
pub(super) fn read(body: &Value, prompt: &mut Prompt) -> Result<(), Refused> {
    if !body.get("messages").is_some_and(Value::is_array) {
        return Err("`messages` is no list; send the messages of the conversation".to_owned());
    }
    prompt.tools(body, "/function");
    let roles = Roles::of(body, "messages");
    for (message, at) in list(body, "messages").zip(0_usize..) {
        let role = roles.role(at, text(message, "role"));
        let pointer = format!("/messages/{at}");
        content(message, role, &pointer, prompt)?;
        for field in ["reasoning_content", "reasoning", "refusal"] {
            if let Some(text) = text(message, field) {
                prompt.text(role, format!("{pointer}/{field}"), text);
            }
        }
        for (call, nth) in list(message, "tool_calls").zip(0_usize..) {
            for field in ["/function/arguments", "/custom/input"] {
                if let Some(arguments) = call.pointer(field).and_then(Value::as_str) {
                    prompt.arguments(role, format!("{pointer}/tool_calls/{nth}{field}"), arguments);
                }
            }
        }
        if let Some(arguments) = message.pointer("/function_call/arguments").and_then(Value::as_str) {
            prompt.arguments(role, format!("{pointer}/function_call/arguments"), arguments);
        }
    }
    Ok(())
}

fn content(message: &Value, role: Role, pointer: &str, prompt: &mut Prompt) -> Result<(), Refused> {
    match message.get("content") {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => prompt.text(role, format!("{pointer}/content"), text),
        Some(Value::Array(parts)) => {
            for (part, at) in parts.iter().zip(0_usize..) {
                let pointer = format!("{pointer}/content/{at}");
                let kind = text(part, "type").unwrap_or_default();
                match kind {
                    "text" => prompt.text(role, format!("{pointer}/text"), text(part, "text").unwrap_or_default()),
                    "refusal" => {
                        prompt.text(role, format!("{pointer}/refusal"), text(part, "refusal").unwrap_or_default());
                    }
                    "image_url" => prompt.medium(role, Medium::Image),
                    "input_audio" => prompt.medium(role, Medium::Audio),
                    "video_url" => prompt.medium(role, Medium::Video),
                    "file" => prompt.medium(role, Medium::Document),
                    _ => return Err(unknown(&pointer, kind)),
                }
            }
        }
        Some(_) => return Err(unknown(&format!("{pointer}/content"), "other")),
    }
    Ok(())
}

/// Reads a request of completions.
pub(super) fn read_completions(body: &Value, prompt: &mut Prompt) -> Result<(), Refused> {
    match body.get("prompt") {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => prompt.text(Role::User, "/prompt".to_owned(), text),
        Some(Value::Array(texts)) => {
            for (text, at) in texts.iter().zip(0_usize..) {
                let text = text.as_str().ok_or("a `prompt` of tokens cannot be judged; send it as text")?;
                prompt.text(Role::User, format!("/prompt/{at}"), text);
            }
        }
        Some(_) => return Err("`prompt` is no text; send it as text".to_owned()),
    }
    if let Some(suffix) = text(body, "suffix") {
        prompt.text(Role::User, "/suffix".to_owned(), suffix);
    }
    Ok(())
}
