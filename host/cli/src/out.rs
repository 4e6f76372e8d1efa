//! What goes to the terminal: exit codes, notes on standard error, tables.

use std::io::{self, Write};
use std::process::ExitCode;

use comfy_table::{ContentArrangement, Table, presets};

/// How a command that ran to its end ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything was done.
    All,
    /// Some lines could not be read or judged, or there was nothing to judge.
    Some,
    /// Everything was judged, and a verdict reached the level that the caller named.
    Reached,
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        match end {
            End::All => Self::SUCCESS,
            End::Some => Self::from(1),
            End::Reached => Self::from(3),
        }
    }
}

/// One line on standard error. Where that is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether the reader of standard output went away.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
            || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind)
                == Some(io::ErrorKind::BrokenPipe)
    })
}

/// A message in one line: the excerpt that TOML errors draw is left out, their line and column stay.
pub(crate) fn one_line(text: &str) -> String {
    let is_drawing = |line: &str| {
        let line = line.trim_start();
        line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let kept: Vec<&str> = text.lines().filter(|line| !is_drawing(line)).map(str::trim).collect();
    kept.join(": ")
}

/// A table with these column heads, fitted to the terminal where there is one.
pub(crate) fn table<const N: usize>(heads: [&str; N]) -> Table {
    table_of(&heads)
}

/// A table with as many columns as there are heads.
pub(crate) fn table_of(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(heads.iter().map(|head| head.to_uppercase()));
    table
}

/// Writes a table without the blanks at the ends of its lines.
pub(crate) fn write_table(out: &mut dyn Write, table: &Table) -> io::Result<()> {
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// Writes a file whole or not at all: whoever reads it sees what was there or what is there.
pub(crate) fn replace(file: &std::path::Path, bytes: &[u8]) -> anyhow::Result<()> {
    use anyhow::Context as _;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let partial = file.with_file_name(format!(".{name}.part"));
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, file));
    written.with_context(|| format!("`{}` cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_of_a_toml_error_is_left_out() {
        let error =
            "settings: TOML parse error at line 2, column 5\n  |\n2 | a = \n  |     ^\nstring values must be quoted";
        assert_eq!(one_line(error), "settings: TOML parse error at line 2, column 5: string values must be quoted");
    }
}
