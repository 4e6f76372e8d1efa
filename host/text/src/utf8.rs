//! From bytes that come in chunks to text: a cut may fall inside a character.

use thiserror::Error;

/// Puts together the characters that were cut.
///
/// ```
/// use specialis_text::Utf8Assembler;
///
/// let mut assembler = Utf8Assembler::new();
/// let bytes = "中文".as_bytes();
/// assert_eq!(assembler.push(&bytes[..4])?, "中");
/// assert_eq!(assembler.push(&bytes[4..])?, "文");
/// assembler.finish()?;
/// # Ok::<(), specialis_text::Utf8Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Utf8Assembler {
    /// The bytes of a character that is not whole yet.
    pending: [u8; 4],
    n_pending: usize,
    /// How many bytes have been taken, those that are pending not among them.
    at: usize,
    text: String,
}

/// Bytes that are not UTF-8. They are never replaced: the channel is broken, and what it carries is not what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the text is not UTF-8 from byte {at} on, end the stream as a fault of its channel")]
pub struct Utf8Error {
    at: usize,
}

impl Utf8Error {
    /// How many valid bytes came before, in all chunks together.
    pub fn at(&self) -> usize {
        self.at
    }
}

impl Utf8Assembler {
    /// An assembler at the beginning of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a chunk and returns the whole characters in it, after the one that was cut before it. Text is copied only
    /// where a character was cut.
    ///
    /// # Errors
    ///
    /// Bytes that are not UTF-8; nothing of the chunk counts then, and every further chunk fails in the same place.
    pub fn push<'a>(&'a mut self, chunk: &'a [u8]) -> Result<&'a str, Utf8Error> {
        let n_filled = self.fill(chunk)?;
        let rest = chunk.get(n_filled..).unwrap_or(&[]);
        if self.n_pending > 0 {
            // The chunk was too short to make the character whole.
            return Ok("");
        }
        let (text, n_cut) = whole(rest).map_err(|n_valid| self.fail(n_valid))?;
        let cut = rest.get(text.len()..).unwrap_or(&[]);
        self.at = self.at.saturating_add(text.len());
        self.keep(cut, n_cut);
        if self.text.is_empty() {
            return Ok(text);
        }
        self.text.push_str(text);
        Ok(&self.text)
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// The last character is cut.
    pub fn finish(&self) -> Result<(), Utf8Error> {
        if self.n_pending == 0 { Ok(()) } else { Err(Utf8Error { at: self.at }) }
    }

    /// Makes the pending character whole, into `text`. How many bytes of the chunk that took.
    fn fill(&mut self, chunk: &[u8]) -> Result<usize, Utf8Error> {
        self.text.clear();
        if self.n_pending == 0 {
            return Ok(0);
        }
        for (n_taken, &byte) in (1_usize..).zip(chunk) {
            if let Some(slot) = self.pending.get_mut(self.n_pending) {
                *slot = byte;
            }
            self.n_pending = self.n_pending.saturating_add(1);
            let pending = self.pending;
            match whole(pending.get(..self.n_pending).unwrap_or(&[])) {
                Ok(("", _)) => {}
                Ok((text, _)) => {
                    self.text.push_str(text);
                    self.at = self.at.saturating_add(text.len());
                    self.n_pending = 0;
                    return Ok(n_taken);
                }
                Err(_) => return Err(self.fail(0)),
            }
        }
        Ok(chunk.len())
    }

    fn keep(&mut self, cut: &[u8], n_cut: usize) {
        for (slot, &byte) in self.pending.iter_mut().zip(cut) {
            *slot = byte;
        }
        self.n_pending = n_cut;
    }

    /// Fails from here on: no character begins with this byte.
    fn fail(&mut self, n_valid: usize) -> Utf8Error {
        self.at = self.at.saturating_add(n_valid);
        self.pending = [0xFF; 4];
        self.n_pending = 1;
        Utf8Error { at: self.at }
    }
}

/// The whole characters, and how many bytes of one that is cut stand behind them. Else how many bytes are valid.
fn whole(bytes: &[u8]) -> Result<(&str, usize), usize> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text, 0)),
        Err(error) if error.error_len().is_none() => {
            let (valid, cut) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((&[], bytes));
            Ok((std::str::from_utf8(valid).unwrap_or(""), cut.len()))
        }
        Err(error) => Err(error.valid_up_to()),
    }
}
