//! How large what is kept in memory is.

use std::io::{self, Write};

use serde::Serialize;

/// Counts what is written to it.
#[derive(Default)]
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of a value as JSON, without writing it anywhere. What it holds in memory grows with that.
pub(crate) fn json_bytes(value: &impl Serialize) -> usize {
    let mut counter = Counter::default();
    // What cannot be written counts as far as it could.
    _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn size_is_that_of_the_text() {
        let value = json!({ "a": ["天气", 1, null] });
        assert_eq!(json_bytes(&value), value.to_string().len());
    }
}
