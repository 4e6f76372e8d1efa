//! Reading a piece of a line, and saying in plain words what is wrong with it.

use serde::Deserialize;

/// Which piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::input) enum Piece {
    /// The outermost object.
    Line,
    /// The context.
    Context,
    /// The event.
    Event,
    /// The chunks.
    Chunks,
    /// A row of a file of texts.
    Row,
}

impl Piece {
    /// The path that leads to it, and where its shape is written down.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Line => ("", "specialis schema line"),
            Self::Context => ("context", "specialis schema context"),
            Self::Event => ("event", "specialis schema event"),
            Self::Chunks => ("chunks", "specialis schema line"),
            Self::Row => ("", "specialis replay --help"),
        }
    }
}

/// Reads a piece, or says where it is wrong and where to look.
pub(in crate::input) fn read<'a, T: Deserialize<'a>>(text: &'a str, piece: Piece) -> Result<T, String> {
    let (root, help) = piece.place();
    if matches!(piece, Piece::Context | Piece::Event) && !text.starts_with('{') {
        return Err(format!("`{root}`: not an object; see `{help}`"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().classify() != serde_json::error::Category::Data {
            return not_json(error.inner());
        }
        let path = error.path().to_string();
        let reason = plain(&without_place(&error.inner().to_string()));
        let inside = match path.as_str() {
            "." => String::new(),
            _ if path.starts_with('[') || root.is_empty() => path,
            _ => format!(".{path}"),
        };
        // Facts are read once their kind is known, so their own path stands in the message.
        let message = match reason.strip_prefix("`facts") {
            Some(rest) => format!("`{root}.facts{rest}"),
            None if root.is_empty() && inside.is_empty() => reason,
            None => format!("`{root}{inside}`: {reason}"),
        };
        if message.contains(help) { message } else { format!("{message}; see `{help}`") }
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// What is wrong with a line that is not JSON.
pub(in crate::input) fn not_json(error: &serde_json::Error) -> String {
    let reason = error.to_string().replace(" at line 1 column ", " at column ");
    format!("not JSON: {reason}; write one object a line")
}

/// A message without the line and column of the piece: the path says more.
fn without_place(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((before, place)) if place.chars().all(|c| c.is_ascii_digit() || " column".contains(c)) => {
            before.to_owned()
        }
        _ => message.to_owned(),
    }
}

/// A message in words for a person, without names of types.
fn plain(message: &str) -> String {
    if message.starts_with("data did not match any variant") {
        return "neither a text nor an object with `text`".to_owned();
    }
    let Some((before, expected)) = message.rsplit_once("expected ") else { return message.to_owned() };
    let word = match expected {
        "u8" | "u32" | "u64" | "i64" | "usize" => "a whole number",
        "borrowed string" | "string" => "a string",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.starts_with("enum ") || expected == "variant identifier" => "a word",
        _ => return message.to_owned(),
    };
    format!("{before}expected {word}")
}
