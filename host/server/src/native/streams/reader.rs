//! Lines of a body that is cut anywhere.

use crate::serving::Problem;

/// Cuts bytes into lines of a bounded length.
#[derive(Debug)]
pub(super) struct Lines {
    max: usize,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn new(max: usize) -> Self {
        Self { max, line: Vec::new() }
    }

    /// Takes bytes, and returns the lines that they complete. Empty lines do not count.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Problem> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (piece, is_end) = piece.strip_suffix(b"\n").map_or((piece, false), |piece| (piece, true));
            if self.line.len().saturating_add(piece.len()) > self.max {
                return Err(Problem::too_large(format!("a line is longer than {} bytes; cut the text", self.max)));
            }
            self.line.extend_from_slice(piece);
            if is_end {
                lines.extend(self.finish()?);
            }
        }
        Ok(lines)
    }

    /// Takes the end: the last line need not end with a line feed.
    pub(super) fn finish(&mut self) -> Result<Option<String>, Problem> {
        let line = String::from_utf8(std::mem::take(&mut self.line));
        let line = line.map_err(|_| Problem::unreadable("a line is not UTF-8; send UTF-8"))?;
        let line = line.trim();
        Ok((!line.is_empty()).then(|| line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_are_cut() {
        let text = "{\"text\":\"一\"}\r\n\n{\"text\":\"二\"}";
        for cut in 1..=text.len() {
            let mut lines = Lines::new(64);
            let mut read = Vec::new();
            for piece in text.as_bytes().chunks(cut) {
                read.extend(lines.push(piece).unwrap());
            }
            read.extend(lines.finish().unwrap());
            assert_eq!(read, ["{\"text\":\"一\"}", "{\"text\":\"二\"}"], "{cut}");
        }
    }

    #[test]
    fn line_of_more_than_the_bound_and_bytes_that_are_no_text_are_refused() {
        assert!(Lines::new(4).push(b"1234\n").is_ok());
        assert!(Lines::new(4).push(b"12345").is_err());
        assert!(Lines::new(4).push(b"\xff\n").is_err());
    }
}
