//! Events of a response on their way to the client, numbered in their order.

use serde_json::{Value, json};

use crate::wire::sse::write_event;

/// Numbers events.
#[derive(Debug, Default)]
pub(super) struct Events {
    n_written: u64,
}

impl Events {
    /// Writes an event of a name with these fields.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, name: &str, mut fields: Value) {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("type".to_owned(), json!(name));
            fields.insert("sequence_number".to_owned(), json!(self.n_written));
        }
        self.n_written = self.n_written.saturating_add(1);
        write_event(out, Some(name), &fields.to_string());
    }
}
