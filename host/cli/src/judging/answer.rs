//! What comes of a line.

/// What comes of one line.
pub(crate) enum Answer<J> {
    /// It was judged.
    Judged(J),
    /// It was not judged: `file:line: reason`.
    NotJudged(String),
    /// An input without a single event.
    EmptyInput(String),
}

/// An answer with its place in the order of the input, and how many bytes had been read when it was asked for.
pub(crate) struct Ordered<J> {
    pub(crate) order: u64,
    pub(crate) n_bytes: u64,
    pub(crate) answer: Answer<J>,
}
