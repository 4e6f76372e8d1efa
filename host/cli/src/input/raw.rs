//! Lines as bytes, with a bound on their length.

use std::io::{self, BufRead};

/// The longest line that is read, in bytes.
pub(crate) const MAX_LINE: usize = 8 << 20;

/// Reads one line into `buffer`, at most a byte more than [`MAX_LINE`] of it; the rest is skipped and takes no memory.
/// Returns how many bytes the line has with its end; 0 at the end of the input.
pub(super) fn read_line(reader: &mut dyn BufRead, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut length = 0_u64;
    loop {
        let available = match reader.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = available.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(available.len(), |at| at.saturating_add(1));
        let room = MAX_LINE.saturating_add(1).saturating_sub(buffer.len());
        buffer.extend(available.iter().take(used.min(room)));
        length = length.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        let is_over = used == 0 || end.is_some();
        reader.consume(used);
        if is_over {
            return Ok(length);
        }
    }
}

/// The text of a line without its end.
pub(super) fn text(bytes: &[u8], length: u64, is_first: bool) -> Result<&str, String> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.len() > MAX_LINE {
        return Err(format!(
            "the line has {length} bytes, and at most {MAX_LINE} are read; split it over several events of one session"
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("not UTF-8 from byte {} on; save the file as UTF-8", error.valid_up_to().saturating_add(1))
    })?;
    Ok(if is_first { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_line_is_read_and_one_byte_more_is_not() {
        for (n_bytes, is_read) in [(MAX_LINE, true), (MAX_LINE + 1, false), (MAX_LINE * 2, false)] {
            let mut bytes = vec![b'a'; n_bytes];
            bytes.extend(b"\nnext");
            let mut reader = &*bytes;
            let mut buffer = Vec::new();
            let length = read_line(&mut reader, &mut buffer).unwrap();
            assert_eq!(usize::try_from(length).unwrap(), n_bytes + 1);
            assert_eq!(text(&buffer, length, true).is_ok(), is_read, "{n_bytes}");
            buffer.clear();
            assert_eq!(read_line(&mut reader, &mut buffer).unwrap(), 4);
            assert_eq!(buffer, b"next");
        }
    }
}
