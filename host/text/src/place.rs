//! Where a character stands, as the contexts and the edges of words need it.

/// An original character that shows something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Byte offset at which it begins.
    pub(crate) start: usize,
    /// How many such characters stand before it; a long run of characters that show nothing counts as many.
    pub(crate) number: u32,
    /// How many line and sentence ends stand before it.
    pub(crate) n_breaks: u32,
    /// How many sentence ends and blank lines stand before it: no context reaches over one.
    pub(crate) n_ends: u32,
    /// Whether what stands before it belongs to a word.
    pub(crate) follows_word: bool,
}

impl Place {
    /// The place before any text.
    pub(crate) const ORIGIN: Self = Self { start: 0, number: 0, n_breaks: 0, n_ends: 0, follows_word: false };
}

/// Where a stretch of text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Byte offset behind the last character.
    pub(crate) at: usize,
    /// The number of the last character.
    pub(crate) number: u32,
    /// How many sentence ends and blank lines stand up to it.
    pub(crate) n_ends: u32,
}
