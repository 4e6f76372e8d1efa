//! JSON (RFC 8259), read without asking whether it is valid: a stream may begin and end anywhere.

use super::Piece;

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Outside strings and numbers.
    #[default]
    Outside,
    /// In a number.
    Number,
    /// In a string.
    Inside,
    /// Behind a backslash.
    Escape,
    /// In the digits of `\uXXXX`: how many there are, and their value.
    Code(u8, u32),
}

/// A JSON text on its way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Json {
    state: State,
    /// The first half of a character that is written as two codes.
    half: Option<u32>,
    n_held: usize,
}

/// What the edges of a string are read as: two of them with a colon or a comma between part what stands in the strings, and
/// the name of a value still stands before it.
const EDGE: char = '\n';

/// How many bytes a code has: `\uXXXX`.
const CODE: usize = 6;

impl Json {
    pub(super) fn n_held(&self) -> usize {
        self.n_held
    }

    pub(super) fn is_in_number(&self) -> bool {
        self.state == State::Number
    }

    pub(super) fn push(&mut self, c: char, pieces: &mut Vec<Piece>) {
        match self.state {
            State::Outside | State::Number => self.outside(c, pieces),
            State::Inside => self.inside(c, pieces),
            State::Escape => self.escape(c, pieces),
            State::Code(n, value) => self.code(c, (n, value), pieces),
        }
    }

    pub(super) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        self.let_go(pieces);
        *self = Self::default();
    }

    fn outside(&mut self, c: char, pieces: &mut Vec<Piece>) {
        self.state = match c {
            '"' => State::Inside,
            '-' | '0'..='9' => State::Number,
            '+' | '.' | 'e' | 'E' if self.state == State::Number => State::Number,
            _ => State::Outside,
        };
        pieces.push(if c == '"' { Piece::Char(EDGE, 1) } else { Piece::itself(c) });
    }

    fn inside(&mut self, c: char, pieces: &mut Vec<Piece>) {
        if c == '\\' {
            self.state = State::Escape;
            self.n_held = self.n_held.saturating_add(1);
            return;
        }
        self.let_go(pieces);
        if c == '"' {
            self.state = State::Outside;
            pieces.push(Piece::Char(EDGE, 1));
        } else {
            pieces.push(Piece::itself(c));
        }
    }

    fn escape(&mut self, c: char, pieces: &mut Vec<Piece>) {
        if c == 'u' {
            self.state = State::Code(0, 0);
            self.n_held = self.n_held.saturating_add(1);
            return;
        }
        self.state = State::Inside;
        self.n_held = self.n_held.saturating_sub(1);
        self.let_go(pieces);
        let meant = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{C}',
            other => other,
        };
        pieces.push(Piece::Char(meant, c.len_utf8().saturating_add(1)));
    }

    fn code(&mut self, c: char, (n, value): (u8, u32), pieces: &mut Vec<Piece>) {
        let Some(digit) = c.to_digit(16) else {
            // Not a code: what is held stands for nothing that can be read.
            self.state = State::Inside;
            self.let_go(pieces);
            return self.inside(c, pieces);
        };
        let value = value.saturating_mul(16).saturating_add(digit);
        self.n_held = self.n_held.saturating_add(1);
        if n < 3 {
            self.state = State::Code(n.saturating_add(1), value);
            return;
        }
        self.state = State::Inside;
        match (self.half.take(), value) {
            (Some(first), 0xDC00..=0xDFFF) => {
                let low = value.saturating_sub(0xDC00);
                let code =
                    first.saturating_sub(0xD800).saturating_mul(0x400).saturating_add(low).saturating_add(0x1_0000);
                self.is_read(char::from_u32(code), pieces);
            }
            (Some(_), _) => {
                // The half before has no other.
                pieces.push(Piece::Char(char::REPLACEMENT_CHARACTER, self.n_held.saturating_sub(CODE)));
                self.n_held = CODE;
                self.one(value, pieces);
            }
            (None, _) => self.one(value, pieces),
        }
    }

    /// Takes a code that stands for itself, or is a first half.
    fn one(&mut self, value: u32, pieces: &mut Vec<Piece>) {
        if (0xD800..=0xDBFF).contains(&value) {
            self.half = Some(value);
        } else {
            self.is_read(char::from_u32(value), pieces);
        }
    }

    fn is_read(&mut self, c: Option<char>, pieces: &mut Vec<Piece>) {
        pieces.push(Piece::Char(c.unwrap_or(char::REPLACEMENT_CHARACTER), std::mem::take(&mut self.n_held)));
    }

    /// Gives up what is held: it shows as something that cannot be read.
    fn let_go(&mut self, pieces: &mut Vec<Piece>) {
        self.half = None;
        if self.n_held > 0 {
            self.is_read(None, pieces);
        }
    }
}

/// A text as it stands in a string.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
