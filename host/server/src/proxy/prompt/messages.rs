//! The texts of Anthropic's messages.

use serde_json::Value;
use specialis::core::Role;
use specialis::core::words::Medium;

use super::roles::Roles;
use super::{Prompt, Refused, list, text, unknown};

/// Reads a request of messages.
pub(super) fn read(body: &Value, prompt: &mut Prompt) -> Result<(), Refused> {
    if !body.get("messages").is_some_and(Value::is_array) {
        return Err("`messages` is no list; send the messages of the conversation".to_owned());
    }
    prompt.tools(body, "");
    content(body.get("system"), Role::System, "/system", prompt)?;
    let roles = Roles::of(body, "messages");
    for (message, at) in list(body, "messages").zip(0_usize..) {
        let role = roles.role(at, text(message, "role"));
        content(message.get("content"), role, &format!("/messages/{at}/content"), prompt)?;
    }
    Ok(())
}

fn content(content: Option<&Value>, role: Role, pointer: &str, prompt: &mut Prompt) -> Result<(), Refused> {
    match content {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(text)) => {
            prompt.text(role, pointer.to_owned(), text);
            Ok(())
        }
        Some(Value::Array(blocks)) => {
            let mut blocks = blocks.iter().zip(0_usize..);
            blocks.try_for_each(|(block, at)| read_block(block, role, &format!("{pointer}/{at}"), prompt))
        }
        Some(_) => Err(unknown(pointer, "other")),
    }
}

fn read_block(block: &Value, role: Role, pointer: &str, prompt: &mut Prompt) -> Result<(), Refused> {
    let kind = text(block, "type").unwrap_or_default();
    match kind {
        "text" => prompt.text(role, format!("{pointer}/text"), text(block, "text").unwrap_or_default()),
        "thinking" => {
            prompt.text(Role::History, format!("{pointer}/thinking"), text(block, "thinking").unwrap_or_default());
        }
        // Only the provider can read it, and it wrote it itself.
        "redacted_thinking" => {}
        "tool_use" => {
            prompt.json(Role::History, format!("{pointer}/input"), block.get("input").unwrap_or(&Value::Null))
        }
        "tool_result" => return content(block.get("content"), Role::Tool, &format!("{pointer}/content"), prompt),
        "image" => prompt.medium(role, Medium::Image),
        "document" => match block.pointer("/source/type").and_then(Value::as_str) {
            Some("text") => {
                let data = block.pointer("/source/data").and_then(Value::as_str).unwrap_or_default();
                prompt.text(role, format!("{pointer}/source/data"), data);
            }
            Some("base64" | "url" | "file") => prompt.medium(role, Medium::Document),
            other => return Err(unknown(&format!("{pointer}/source"), other.unwrap_or_default())),
        },
        _ => return Err(unknown(pointer, kind)),
    }
    Ok(())
}
