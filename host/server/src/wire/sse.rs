//! Server-sent events: bytes in, events out, wherever the bytes are cut.
//!
//! Source: the WHATWG HTML standard, section 9.2. Where that standard would replace bytes that are not UTF-8, this parser
//! refuses them: what was not read exactly cannot be judged.

/// One thing an event stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseItem {
    /// An event.
    Event {
        /// Its name, where it has one.
        name: Option<String>,
        /// Its data, the lines joined by a line feed.
        data: String,
    },
    /// A comment, as servers send to keep a connection open. Its text is not kept.
    KeepAlive,
}

/// Why an event stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SseError {
    /// An event is longer than the bound.
    #[error("an event of the stream is longer than {max} bytes; raise the bound, or ask for shorter events")]
    TooLong {
        /// The bound.
        max: usize,
    },
    /// A line is not UTF-8.
    #[error("an event of the stream is not UTF-8; what is not text cannot be judged")]
    NotText,
}

/// Reads an event stream. It holds one event at most, of a bounded size.
#[derive(Debug)]
pub struct SseParser {
    max: usize,
    line: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    /// Whether the last byte ended a line as a carriage return: a line feed behind it belongs to it.
    after_return: bool,
    is_at_start: bool,
}

impl SseParser {
    /// A parser that takes events of up to `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { max, line: Vec::new(), name: None, data: None, after_return: false, is_at_start: true }
    }

    /// Takes the next bytes and returns what they complete.
    ///
    /// # Errors
    /// Where an event is too long or not UTF-8. The parser is of no use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<SseItem>, SseError> {
        let mut items = Vec::new();
        for &byte in bytes {
            let was_return = std::mem::replace(&mut self.after_return, byte == b'\r');
            match byte {
                b'\n' if was_return => {}
                b'\n' | b'\r' => items.extend(self.end_line()?),
                _ => {
                    if self.n_held() >= self.max {
                        return Err(SseError::TooLong { max: self.max });
                    }
                    self.line.push(byte);
                }
            }
        }
        Ok(items)
    }

    /// Takes the end of the stream. An event that lacks nothing but its empty line counts: some servers leave that out.
    ///
    /// # Errors
    /// Where the last line is not UTF-8.
    pub fn finish(&mut self) -> Result<Option<SseItem>, SseError> {
        if !self.line.is_empty() {
            self.end_line()?;
        }
        Ok(self.take_event())
    }

    /// How many bytes are held of an event that is not complete.
    pub fn n_held(&self) -> usize {
        let name = self.name.as_ref().map_or(0, String::len);
        let data = self.data.as_ref().map_or(0, String::len);
        self.line.len().saturating_add(name).saturating_add(data)
    }

    fn end_line(&mut self) -> Result<Option<SseItem>, SseError> {
        let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|_| SseError::NotText)?;
        let is_first = std::mem::replace(&mut self.is_at_start, false);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            return Ok(self.take_event());
        }
        if line.starts_with(':') {
            return Ok(Some(SseItem::KeepAlive));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = Some(value.to_owned()),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // `id` and `retry` say how to reconnect, which no client of these interfaces does.
            _ => {}
        }
        Ok(None)
    }

    fn take_event(&mut self) -> Option<SseItem> {
        let name = self.name.take();
        self.data.take().map(|data| SseItem::Event { name, data })
    }
}

/// Writes an event. Data over several lines becomes several `data` lines.
pub fn write_event(out: &mut Vec<u8>, name: Option<&str>, data: &str) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.push(b'\n');
    }
    for line in data.split('\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
}

/// Writes a comment that keeps a connection open.
pub fn write_keep_alive(out: &mut Vec<u8>) {
    out.extend_from_slice(b": keep-alive\n\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(name: Option<&str>, data: &str) -> SseItem {
        SseItem::Event { name: name.map(str::to_owned), data: data.to_owned() }
    }

    fn read(bytes: &[u8], cut: usize) -> Result<Vec<SseItem>, SseError> {
        let mut parser = SseParser::new(1 << 16);
        let mut items = Vec::new();
        for piece in bytes.chunks(cut.max(1)) {
            items.extend(parser.push(piece)?);
        }
        items.extend(parser.finish()?);
        Ok(items)
    }

    #[test]
    fn every_line_end_and_every_cut_gives_the_same_events() {
        let text = "event: delta\ndata: {\"文\":1}\ndata: 二\n\n: still here\n\ndata:[DONE]\n\n";
        let expected = [event(Some("delta"), "{\"文\":1}\n二"), SseItem::KeepAlive, event(None, "[DONE]")];
        for ends in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', ends);
            for cut in 1..=text.len() {
                assert_eq!(read(text.as_bytes(), cut).unwrap(), expected, "{ends:?} {cut}");
            }
        }
    }

    #[test]
    fn event_without_its_empty_line_counts_at_the_end_and_one_without_data_never() {
        assert_eq!(read(b"data: [DONE]", 3).unwrap(), [event(None, "[DONE]")]);
        assert_eq!(read(b"event: ping\n\nid: 3\n\n", 5).unwrap(), []);
    }

    #[test]
    fn byte_order_mark_is_skipped_at_the_start_alone() {
        assert_eq!(
            read("\u{feff}data: a\n\ndata: \u{feff}b\n\n".as_bytes(), 1).unwrap(),
            [event(None, "a"), event(None, "\u{feff}b")]
        );
    }

    #[test]
    fn event_of_more_than_the_bound_and_bytes_that_are_no_text_are_refused() {
        let mut parser = SseParser::new(16);
        assert_eq!(parser.push(b"data: 0123456789\n\n").unwrap(), [event(None, "0123456789")]);
        assert_eq!(parser.push(b"data: 01234567890"), Err(SseError::TooLong { max: 16 }));
        let mut lines = SseParser::new(16);
        let many = b"data: 01234\n".repeat(9);
        assert_eq!(lines.push(&many), Err(SseError::TooLong { max: 16 }));
        assert_eq!(read(b"data: \xff\n\n", 1), Err(SseError::NotText));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_however_it_is_cut(
            events in proptest::collection::vec((proptest::option::of("[a-z.]{1,12}"), "[^\r]{0,40}"), 0..8),
            cut in 1_usize..9,
        ) {
            let mut bytes = Vec::new();
            for (name, data) in &events {
                write_event(&mut bytes, name.as_deref(), data);
                write_keep_alive(&mut bytes);
            }
            let read = read(&bytes, cut).unwrap();
            let read: Vec<_> = read.into_iter().filter(|item| *item != SseItem::KeepAlive).collect();
            let written: Vec<_> = events.iter().map(|(name, data)| event(name.as_deref(), data)).collect();
            prop_assert_eq!(read, written);
        }
    }
}
