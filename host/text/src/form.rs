//! What a text is written as: plain, or with escapes that stand for other characters.
//!
//! A decoder turns the characters of a text into those that they stand for, each with the bytes it takes in the text, so that
//! offsets lead back and nothing has to be decoded twice. It takes character by character and holds what it cannot tell yet.

mod html;
mod json;
mod masking;
mod percent;

use html::Html;
use json::Json;
pub use masking::Masking;
use percent::Percent;

/// What a text is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Form {
    /// As it stands.
    #[default]
    Plain,
    /// A JSON value, or part of one that is streamed: the escapes of strings are decoded, and nothing is found from one
    /// string into the next.
    Json,
    /// HTML: character references are decoded and tags are read over; those of blocks end a line.
    Html,
    /// Percent-encoded, as in addresses and forms.
    Percent,
}

impl Form {
    /// The name in documents: `plain`, `json`, `html` or `percent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Html => "html",
            Self::Percent => "percent",
        }
    }
}

/// What some characters of a text stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A character that takes so many bytes.
    Char(char, usize),
    /// Nothing, in so many bytes.
    Nothing(usize),
}

impl Piece {
    /// A character that stands for itself.
    pub(crate) fn itself(c: char) -> Self {
        Self::Char(c, c.len_utf8())
    }
}

/// A text on its way from what is written to what it says.
#[derive(Debug, Clone, Default)]
pub(crate) enum Decoder {
    #[default]
    Plain,
    Json(Json),
    Html(Html),
    Percent(Percent),
}

impl Decoder {
    pub(crate) fn new(form: Form) -> Self {
        match form {
            Form::Plain => Self::Plain,
            Form::Json => Self::Json(Json::default()),
            Form::Html => Self::Html(Html::default()),
            Form::Percent => Self::Percent(Percent::default()),
        }
    }

    /// Whether every character stands for itself.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// The form.
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Plain => Form::Plain,
            Self::Json(_) => Form::Json,
            Self::Html(_) => Form::Html,
            Self::Percent(_) => Form::Percent,
        }
    }

    /// Takes a character, and adds what is decided by it to `pieces`.
    pub(crate) fn push(&mut self, c: char, pieces: &mut Vec<Piece>) {
        match self {
            Self::Plain => pieces.push(Piece::itself(c)),
            Self::Json(json) => json.push(c, pieces),
            Self::Html(html) => html.push(c, pieces),
            Self::Percent(percent) => percent.push(c, pieces),
        }
    }

    /// Ends the text: what is held stands for itself.
    pub(crate) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        match self {
            Self::Plain => {}
            Self::Json(json) => json.finish(pieces),
            Self::Html(html) => html.finish(pieces),
            Self::Percent(percent) => percent.finish(pieces),
        }
    }

    /// How many bytes are held.
    pub(crate) fn n_held(&self) -> usize {
        match self {
            Self::Plain => 0,
            Self::Json(json) => json.n_held(),
            Self::Html(html) => html.n_held(),
            Self::Percent(percent) => percent.n_held(),
        }
    }

    /// Whether the last piece is part of a number outside strings.
    pub(crate) fn is_in_number(&self) -> bool {
        matches!(self, Self::Json(json) if json.is_in_number())
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Html(html) => html.heap_bytes(),
            Self::Plain | Self::Json(_) | Self::Percent(_) => 0,
        }
    }
}
