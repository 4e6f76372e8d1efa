//! Calls of tools in chat completions, and the texts of a message.

use serde_json::{Value, json};

use crate::wire::answer::Channel;
use crate::wire::json::{is_id, is_tool_name, list, number, text};
use crate::wire::transcoder::Finish;

/// The number under which a call in the old form is kept, beside those in the new one.
pub(super) const FUNCTION_CALL: u32 = 1 << 16;
/// The most calls of one choice that are followed.
const MAX_CALLS: u32 = 128;

/// A call of a tool: its name, and what of its arguments may go out.
#[derive(Debug, Default)]
pub(super) struct Call {
    id: Option<String>,
    name: String,
    is_custom: bool,
    pub(super) arguments: String,
}

/// What a delta or a message says of one call: its number, what is new of it, and its texts.
pub(super) struct Fragment<'a> {
    pub(super) at: u32,
    pub(super) texts: Vec<(Channel, &'a str)>,
    id: Option<&'a str>,
    name: Option<&'a str>,
    is_custom: bool,
}

impl Call {
    /// Takes what a fragment says beside text.
    pub(super) fn take(&mut self, fragment: &Fragment<'_>) {
        if let Some(id) = fragment.id {
            self.id = Some(id.to_owned());
        }
        if let Some(name) = fragment.name {
            name.clone_into(&mut self.name);
        }
        self.is_custom |= fragment.is_custom;
    }

    /// The call in the old form.
    pub(super) fn function(&self) -> Value {
        json!({ "name": self.name, "arguments": self.arguments })
    }

    /// The call, with its number where it stands in a delta.
    pub(super) fn json(&self, index: Option<u32>) -> Value {
        let mut call = if self.is_custom {
            let custom = json!({ "name": self.name, "input": self.arguments });
            json!({ "id": self.id, "type": "custom", "custom": custom })
        } else {
            json!({ "id": self.id, "type": "function", "function": self.function() })
        };
        if let (Some(call), Some(index)) = (call.as_object_mut(), index) {
            call.insert("index".to_owned(), json!(index));
        }
        call
    }
}

/// The calls that a delta or a message speaks of.
pub(super) fn fragments(delta: &Value) -> Result<Vec<Fragment<'_>>, Finish> {
    let old = delta.get("function_call").filter(|call| call.is_object());
    let old = old.map(|function| (FUNCTION_CALL, None, Some(function), false));
    let calls = list(delta, "tool_calls").zip(0_u32..).map(|(call, at)| {
        let custom = call.get("custom").filter(|custom| custom.is_object());
        let body = call.get("function").or(custom);
        (number(call, "index").unwrap_or(at), text(call, "id"), body, custom.is_some())
    });
    calls
        .chain(old)
        .map(|(at, id, body, is_custom)| fragment(at, id, body.unwrap_or(&Value::Null), is_custom))
        .collect()
}

fn fragment<'a>(at: u32, id: Option<&'a str>, body: &'a Value, is_custom: bool) -> Result<Fragment<'a>, Finish> {
    if at >= MAX_CALLS && at != FUNCTION_CALL {
        return Err(Finish::broken("the upstream called more tools than are followed"));
    }
    let name = text(body, "name").filter(|name| !name.is_empty());
    if name.is_some_and(|name| !is_tool_name(name)) {
        return Err(Finish::broken("the upstream called a tool without a usable name"));
    }
    let arguments = text(body, "arguments").map(|text| (Channel::ToolArguments(at), text));
    let input = text(body, "input").map(|text| (Channel::ToolInput(at), text));
    let texts = arguments.into_iter().chain(input).collect();
    Ok(Fragment { at, texts, id: id.filter(|id| is_id(id)), name, is_custom })
}

/// The texts of a delta or a message, each with its channel. Servers name reasoning in two ways; one that uses both repeats it.
pub(super) fn texts_of(delta: &Value) -> Vec<(Channel, String)> {
    let reasoning = text(delta, "reasoning_content").or_else(|| text(delta, "reasoning"));
    let content = match delta.get("content") {
        Some(Value::Array(parts)) => Some(parts.iter().filter_map(|part| text(part, "text")).collect::<String>()),
        content => content.and_then(Value::as_str).map(str::to_owned),
    };
    let texts = [
        (Channel::Reasoning(0), reasoning.map(str::to_owned)),
        (Channel::Text(0), content),
        (Channel::Refusal(0), text(delta, "refusal").map(str::to_owned)),
    ];
    texts.into_iter().filter_map(|(channel, text)| Some((channel, text?))).collect()
}

/// The field that a text stands in.
pub(super) fn field_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Reasoning(_) => "reasoning_content",
        Channel::Refusal(_) => "refusal",
        Channel::Text(_) | Channel::ToolArguments(_) | Channel::ToolInput(_) => "content",
    }
}
