//! Standard output as a person sees it. What strangers wrote reaches a terminal through this writer alone.

use std::io::{self, Write};

use specialis_core::{printable, printable_lines};

/// Passes text on with every character escaped that controls a terminal, hides, or changes the order of what is shown. Line ends
/// stay. Bytes that are not UTF-8 become `\xNN`.
pub(crate) struct Printable<W: Write> {
    inner: W,
    /// The beginning of a character whose other bytes have not come yet.
    begun: Vec<u8>,
}

impl<W: Write> Printable<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, begun: Vec::new() }
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.utf8_chunks() {
            self.inner.write_all(printable_lines(chunk.valid()).as_bytes())?;
            self.inner.write_all(chunk.invalid().escape_ascii().to_string().as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Printable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let n_whole = match std::str::from_utf8(&all) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Ok(_) => all.len(),
            // Bytes that are no UTF-8 stand before the last character; only that one may be cut.
            Err(_) => n_without_begun(&all),
        };
        self.begun = all.split_off(n_whole);
        self.pass(&all)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.pass(&begun)?;
        self.inner.flush()
    }
}

/// How many bytes there are without a character at the end that is not whole yet.
fn n_without_begun(bytes: &[u8]) -> usize {
    let last = bytes.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    match std::str::from_utf8(last) {
        Err(error) if error.error_len().is_none() => bytes.len().saturating_sub(last.len()),
        Ok(_) | Err(_) => bytes.len(),
    }
}

/// Writes a text in one line, whatever stands in it.
pub(crate) fn write_line(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&[u8]]) -> String {
        let mut out = Printable::new(Vec::new());
        pieces.iter().for_each(|piece| out.write_all(piece).unwrap());
        out.flush().unwrap();
        String::from_utf8(out.inner).unwrap()
    }

    #[test]
    fn hostile_text_is_escaped_however_it_is_cut() {
        let text = "新闻\u{202e}a\u{1b}[2J\u{9b}\u{e0041}\r\nend\n".as_bytes();
        let expected = "新闻\\u{202e}a\\u{1b}[2J\\u{9b}\\u{e0041}\\r\nend\n";
        for n in 1..=text.len() {
            let pieces: Vec<&[u8]> = text.chunks(n).collect();
            assert_eq!(written(&pieces), expected, "{n}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_bytes() {
        assert_eq!(written(&[b"a\xff", b"b\xe6\x96"]), "a\\xffb\\xe6\\x96");
        assert_eq!(written(&[b"\xff\xe6", b"\x96\xb0"]), "\\xff新");
    }
}
