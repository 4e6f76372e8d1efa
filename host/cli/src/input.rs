//! Input: files of lines and standard input, and the place of each line for messages.

pub(crate) mod file;
mod line;
mod raw;
mod row;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Error, Result, bail};

pub(crate) use line::{Chunk, Line, LineEvent};
pub(crate) use row::Row;

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: Arc<str>,
    /// The line, from 1.
    pub(crate) line: u64,
}

impl Place {
    /// A line of a file.
    pub(crate) fn of(path: &Path, line: u64) -> Self {
        Self { file: name_of(path).into(), line }
    }
}

/// What to call an input in messages.
pub(crate) fn name_of(path: &Path) -> String {
    if path.as_os_str() == "-" { "<stdin>".to_owned() } else { path.display().to_string() }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Reads the context in a file of its own; without one nothing is known.
///
/// # Errors
/// Where it cannot be read or is no context.
pub(crate) fn context(path: Option<&Path>) -> Result<Arc<specialis_core::Context>> {
    let Some(path) = path else { return Ok(Arc::default()) };
    let shown = path.display();
    let text =
        file::text(path).with_context(|| format!("`{shown}` cannot be read; give a file with one context as JSON"))?;
    let context = Line::context(text.trim_start_matches('\u{feff}').trim()).map_err(Error::msg);
    context.with_context(|| format!("`{shown}`"))
}

/// One input, read line by line.
pub(crate) struct Input {
    /// What to call it in messages.
    pub(crate) name: Arc<str>,
    /// Its size in bytes, where it has one.
    pub(crate) size: Option<u64>,
    reader: Box<dyn BufRead + Send>,
    line: u64,
    /// Bytes read so far.
    pub(crate) n_bytes: u64,
    buffer: Vec<u8>,
}

/// A line that is not blank.
pub(crate) struct Read {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its text, or why it cannot be had.
    pub(crate) text: Result<String, String>,
}

impl Input {
    /// Opens every file before anything is read; standard input for `-` and where there is none.
    ///
    /// # Errors
    /// Where one cannot be opened, is a folder, or `-` stands twice.
    pub(crate) fn open_all(paths: &[PathBuf]) -> Result<Vec<Self>> {
        let stdin = [PathBuf::from("-")];
        let paths = if paths.is_empty() { &stdin } else { paths };
        if paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            bail!("`-` stands twice, and standard input can be read once; leave one out");
        }
        paths.iter().map(|path| Self::open(path)).collect()
    }

    fn open(path: &Path) -> Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self::new(&name_of(path), None, Box::new(BufReader::new(io::stdin()))));
        }
        let shown = name_of(path);
        let file = File::open(path).with_context(|| format!("`{shown}` cannot be opened; check the path"))?;
        let metadata = file.metadata().with_context(|| format!("`{shown}` cannot be read"))?;
        if metadata.is_dir() {
            bail!("`{shown}` is a folder; name the files in it, such as `{shown}/events.jsonl`");
        }
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Self::new(&shown, size, Box::new(BufReader::with_capacity(1 << 16, file))))
    }

    fn new(name: &str, size: Option<u64>, reader: Box<dyn BufRead + Send>) -> Self {
        Self { name: Arc::from(name), size, reader, line: 0, n_bytes: 0, buffer: Vec::new() }
    }
}

impl Iterator for Input {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        loop {
            self.buffer.clear();
            let length = match raw::read_line(&mut *self.reader, &mut self.buffer) {
                Ok(0) => return None,
                Ok(length) => length,
                Err(error) => {
                    let place = Place { file: self.name.clone(), line: self.line.saturating_add(1) };
                    self.reader = Box::new(io::empty());
                    let reason = format!("cannot be read from here on ({error}); check the file and try again");
                    return Some(Read { place, text: Err(reason) });
                }
            };
            self.line = self.line.saturating_add(1);
            self.n_bytes = self.n_bytes.saturating_add(length);
            let text = raw::text(&self.buffer, length, self.line == 1);
            if !matches!(&text, Ok(text) if text.trim().is_empty()) {
                let place = Place { file: self.name.clone(), line: self.line };
                return Some(Read { place, text: text.map(str::to_owned) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &'static [u8]) -> Vec<(u64, Result<String, String>)> {
        let input = Input::new("x", None, Box::new(bytes));
        input.map(|read| (read.place.line, read.text)).collect()
    }

    #[test]
    fn blank_lines_count_and_are_skipped() {
        assert_eq!(lines(b"\n a\r\n\n\nb"), [(2, Ok(" a".to_owned())), (5, Ok("b".to_owned()))]);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b" \n\t\n"), []);
    }

    #[test]
    fn byte_order_mark_is_skipped_at_the_start_alone() {
        assert_eq!(lines(b"\xEF\xBB\xBF{}\n"), [(1, Ok("{}".to_owned()))]);
    }

    #[test]
    fn line_that_is_not_utf8_is_named_and_the_next_is_read() {
        let read = lines(b"ab\xFFc\nd\n");
        assert_eq!(read[0], (1, Err("not UTF-8 from byte 3 on; save the file as UTF-8".to_owned())));
        assert_eq!(read[1], (2, Ok("d".to_owned())));
    }
}
