//! Whose words a message holds.

use serde_json::Value;
use specialis::core::Role;

use super::{list, text};

/// The roles of messages: what stands before the last answer of the model is history.
#[derive(Debug)]
pub(super) struct Roles {
    /// How many messages stand up to the last answer, with it.
    n_history: usize,
}

impl Roles {
    /// Of the messages in a field.
    pub(super) fn of(body: &Value, field: &str) -> Self {
        let messages: Vec<&Value> = list(body, field).collect();
        let is_answer = |message: &&Value| text(message, "role") == Some("assistant");
        let last = messages.iter().rposition(is_answer);
        Self { n_history: last.map_or(0, |at| at.saturating_add(1)) }
    }

    /// The role of a message at its place.
    pub(super) fn role(&self, at: usize, name: Option<&str>) -> Role {
        match name {
            Some("system" | "developer") => Role::System,
            Some("tool" | "function") => Role::Tool,
            _ if at < self.n_history => Role::History,
            Some("assistant") => Role::History,
            _ => Role::User,
        }
    }
}
