//! Percent codes (RFC 3986, 2.1), and the plus sign of forms for a space.

use super::Piece;

/// The most bytes of a character.
const MAX_BYTES: usize = 4;

/// What is held: the bytes of a character, and the beginning of a code.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Percent {
    bytes: [u8; MAX_BYTES],
    n_bytes: usize,
    /// The letters of each code that is held, for what turns out to be none.
    letters: [[char; 2]; MAX_BYTES],
    /// The code on its way: behind `%`, and its first digit.
    open: Option<Option<char>>,
}

impl Percent {
    pub(super) fn n_held(&self) -> usize {
        let open = match self.open {
            None => 0,
            Some(None) => 1,
            Some(Some(_)) => 2,
        };
        self.n_bytes.saturating_mul(3).saturating_add(open)
    }

    pub(super) fn push(&mut self, c: char, pieces: &mut Vec<Piece>) {
        match (self.open, c) {
            (None, '%') => self.open = Some(None),
            (None, _) => {
                self.let_go(pieces);
                pieces.push(if c == '+' { Piece::Char(' ', 1) } else { Piece::itself(c) });
            }
            (Some(None), _) if c.is_ascii_hexdigit() => self.open = Some(Some(c)),
            (Some(Some(first)), _) if c.is_ascii_hexdigit() => {
                self.open = None;
                self.byte([first, c], pieces);
            }
            (Some(_), _) => {
                self.let_go(pieces);
                self.push(c, pieces);
            }
        }
    }

    pub(super) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        self.let_go(pieces);
    }

    /// Takes a whole code.
    fn byte(&mut self, letters: [char; 2], pieces: &mut Vec<Piece>) {
        let value = letters
            .iter()
            .filter_map(|c| c.to_digit(16))
            .fold(0_u32, |value, digit| value.saturating_mul(16).saturating_add(digit));
        let Ok(byte) = u8::try_from(value) else { return };
        if self.n_bytes > 0 && byte & 0xC0 != 0x80 {
            self.let_go(pieces);
        }
        if let (Some(slot), Some(own)) = (self.bytes.get_mut(self.n_bytes), self.letters.get_mut(self.n_bytes)) {
            *slot = byte;
            *own = letters;
        }
        self.n_bytes = self.n_bytes.saturating_add(1);
        match std::str::from_utf8(self.bytes.get(..self.n_bytes).unwrap_or(&[])) {
            Ok(text) => {
                pieces.extend(text.chars().map(|c| Piece::Char(c, self.n_bytes.saturating_mul(3))));
                self.n_bytes = 0;
            }
            Err(error) if error.error_len().is_some() || self.n_bytes == MAX_BYTES => self.let_go(pieces),
            Err(_) => {}
        }
    }

    /// Gives up what is held: it stands for itself.
    fn let_go(&mut self, pieces: &mut Vec<Piece>) {
        let n = std::mem::take(&mut self.n_bytes);
        for [first, second] in self.letters.iter().take(n) {
            pieces.extend(['%', *first, *second].map(Piece::itself));
        }
        match self.open.take() {
            None => {}
            Some(None) => pieces.push(Piece::itself('%')),
            Some(Some(first)) => pieces.extend(['%', first].map(Piece::itself)),
        }
    }
}

/// A text in percent codes.
pub(super) fn escape(text: &str) -> String {
    let is_free = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~*".contains(&byte);
    let code = |byte: u8| if is_free(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(code).collect()
}
