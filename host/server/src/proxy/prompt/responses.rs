//! The texts of responses.

use serde_json::Value;
use specialis::core::Role;
use specialis::core::words::Medium;

use super::roles::Roles;
use super::{Prompt, Refused, list, text, unknown};

/// Reads a request of responses.
pub(super) fn read(body: &Value, prompt: &mut Prompt) -> Result<(), Refused> {
    prompt.tools(body, "");
    if let Some(instructions) = text(body, "instructions") {
        prompt.text(Role::System, "/instructions".to_owned(), instructions);
    }
    match body.get("input") {
        None | Some(Value::Null) => {}
        Some(Value::String(input)) => prompt.text(Role::User, "/input".to_owned(), input),
        Some(Value::Array(_)) => {
            let roles = Roles::of(body, "input");
            for (item, at) in list(body, "input").zip(0_usize..) {
                read_item(item, roles.role(at, text(item, "role")), &format!("/input/{at}"), prompt)?;
            }
        }
        Some(_) => return Err(unknown("/input", "other")),
    }
    Ok(())
}

fn read_item(item: &Value, role: Role, pointer: &str, prompt: &mut Prompt) -> Result<(), Refused> {
    // What an item that the model wrote before carries is history, whoever stands next to it.
    match text(item, "type").unwrap_or("message") {
        "message" => content(item.get("content"), role, &format!("{pointer}/content"), prompt),
        "reasoning" => {
            content(item.get("summary"), Role::History, &format!("{pointer}/summary"), prompt)?;
            content(item.get("content"), Role::History, &format!("{pointer}/content"), prompt)
        }
        "function_call" => {
            let arguments = text(item, "arguments").unwrap_or_default();
            prompt.arguments(Role::History, format!("{pointer}/arguments"), arguments);
            Ok(())
        }
        "custom_tool_call" => {
            prompt.text(Role::History, format!("{pointer}/input"), text(item, "input").unwrap_or_default());
            Ok(())
        }
        "function_call_output" | "custom_tool_call_output" => {
            content(item.get("output"), Role::Tool, &format!("{pointer}/output"), prompt)
        }
        "item_reference" => Ok(()),
        kind => Err(unknown(pointer, kind)),
    }
}

fn content(content: Option<&Value>, role: Role, pointer: &str, prompt: &mut Prompt) -> Result<(), Refused> {
    match content {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => prompt.text(role, pointer.to_owned(), text),
        Some(Value::Array(parts)) => {
            for (part, at) in parts.iter().zip(0_usize..) {
                let pointer = format!("{pointer}/{at}");
                let kind = text(part, "type").unwrap_or_default();
                match kind {
                    "input_text" | "output_text" | "reasoning_text" | "summary_text" => {
                        prompt.text(role, format!("{pointer}/text"), text(part, "text").unwrap_or_default());
                    }
                    "refusal" => {
                        prompt.text(role, format!("{pointer}/refusal"), text(part, "refusal").unwrap_or_default());
                    }
                    "input_image" => prompt.medium(role, Medium::Image),
                    "input_audio" => prompt.medium(role, Medium::Audio),
                    "input_file" => prompt.medium(role, Medium::Document),
                    _ => return Err(unknown(&pointer, kind)),
                }
            }
        }
        Some(_) => return Err(unknown(pointer, "other")),
    }
    Ok(())
}
