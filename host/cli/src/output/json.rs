//! JSON on standard output. What a terminal would act on is escaped, as JSON escapes it, so that a reader gets the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use specialis_core::needs_escape;

/// Writes a value in one line.
///
/// # Errors
/// If it cannot be written, or has no JSON form.
pub(crate) fn write_json(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    write(out, CompactFormatter, value)
}

/// Writes a value over several lines.
///
/// # Errors
/// If it cannot be written, or has no JSON form.
pub(crate) fn write_json_pretty(out: &mut dyn Write, value: &impl Serialize) -> serde_json::Result<()> {
    write(out, PrettyFormatter::new(), value)
}

fn write(mut out: &mut dyn Write, form: impl Formatter, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut out, Escaping(form)))?;
    writeln!(out).map_err(serde_json::Error::io)
}

/// A form of JSON in which strings hold no character that needs an escape.
struct Escaping<F>(F);

/// Passes calls on as they are.
macro_rules! passed_on {
    ($($name:ident($($arg:ident: $ty:ty),*)),+ $(,)?) => {$(
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $ty)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        }
    )+};
}

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((before, c, after)) = split(rest) {
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        writer.write_all(rest.as_bytes())
    }

    passed_on! {
        begin_array(), end_array(), begin_array_value(first: bool), end_array_value(),
        begin_object(), end_object(), begin_object_key(first: bool), end_object_key(),
        begin_object_value(), end_object_value(),
    }
}

/// What stands before the first character that needs an escape, that character, and what stands behind it.
fn split(text: &str) -> Option<(&str, char, &str)> {
    let (at, c) = text.char_indices().find(|(_, c)| needs_escape(*c))?;
    let (before, from) = text.split_at_checked(at)?;
    Some((before, c, from.get(c.len_utf8()..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_same_text_and_a_terminal_gets_no_command() {
        let text = "新\u{202e}a\u{1b}[2J\u{9b}\u{e0041}\u{7f}\n\"\\";
        for write in [write_json, write_json_pretty] {
            let mut out = Vec::new();
            write(&mut out, &serde_json::json!({ text: [text] })).unwrap();
            let shown = String::from_utf8(out).unwrap();
            assert!(!shown.trim_end().replace('\n', "").contains(needs_escape), "{shown}");
            assert!(shown.contains("新\\u202ea\\u001b[2J\\u009b\\udb40\\udc41\\u007f"), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap()[text][0], text);
        }
    }
}
