//! Lines on standard error. The chain of an error is written here and nowhere else.

use std::error::Error;
use std::io::{self, Write};

use specialis_core::{printable, printable_lines};

/// Writes one line on standard error, whatever stands in the text. If that is closed, nobody reads it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

/// Writes a text of several lines on standard error.
pub(crate) fn note_lines(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable_lines(text));
}

/// Writes an error with its causes on standard error, in one line: `place: error: cause: cause`.
pub(crate) fn note_error(place: &str, error: &anyhow::Error) {
    note(&format!("{place}: {}", chain(error.as_ref())));
}

/// An error with its causes in one line, outermost first.
///
/// A message that ends with the message of its cause already says it; the cause is not written again.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = one_line(&error.to_string());
    let mut last = text.clone();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = one_line(&cause.to_string());
        if !last.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        last = message;
        source = cause.source();
    }
    text
}

/// A message in one line. The excerpt that TOML errors draw is left out; their line and column stay.
pub(crate) fn one_line(text: &str) -> String {
    let is_drawing = |line: &str| {
        let line = line.trim_start();
        line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let kept: Vec<&str> = text.trim().lines().filter(|line| !is_drawing(line)).map(str::trim).collect();
    kept.join(": ")
}

/// Whether the reader of standard output closed it.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind)
                == Some(io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn excerpt_of_a_toml_error_is_left_out() {
        let error =
            "settings: TOML parse error at line 2, column 5\n  |\n2 | a = \n  |     ^\nstring values must be quoted";
        assert_eq!(one_line(error), "settings: TOML parse error at line 2, column 5: string values must be quoted");
    }

    #[test]
    fn every_cause_is_written_once() {
        let error = Err::<(), _>(anyhow!("the end")).context("the middle").context("the start").unwrap_err();
        assert_eq!(chain(error.as_ref()), "the start: the middle: the end");
        let error = Err::<(), _>(anyhow!("the end")).context("the middle: the end").unwrap_err();
        assert_eq!(chain(error.as_ref()), "the middle: the end");
    }
}
