//! Lexicons: terms with categories, as a compliance officer keeps them in a spreadsheet.

mod context;
mod decode;
mod error;
mod header;
mod rows;
mod term;

pub use context::{Clause, ClauseKind, Context};
pub use error::{Column, FileError, LexiconError, Problem, RowError};
pub use header::LexiconHeader;
pub use term::{Added, Term, TermFlags};

/// The category under which an exception covers hits of every category.
pub const ANY_CATEGORY: &str = "*";

/// The most view characters a term may have; it bounds what a stream keeps back for one term.
pub const MAX_TERM_CHARS: usize = 64;

/// A lexicon file, read and checked.
///
/// # Format
///
/// A CSV file as spreadsheet programs save it: UTF-8 with or without a byte order mark, or GB18030; lines end in CRLF or
/// LF; cells are separated by commas, and cells with commas are quoted. Rows whose first cell begins with `#` come first and hold the header
/// (`# source: …`, `# date: YYYY-MM-DD`, `# licence: …`; other such rows are notes). Then one row names the columns
/// `term`, `category`, `weight`, `flags`, `context`, `by`, `on` in any order; all but the first two may be missing. Every further row that is
/// not blank is a term:
///
/// | column | holds |
/// |---|---|
/// | `term` | the text, matched on the view: letter case, width, Han variant and look-alikes do not matter |
/// | `category` | the category of its hits; `*` for an exception to all categories |
/// | `weight` | 1 to 100; empty is 50 |
/// | `flags` | see [`TermFlags`] |
/// | `context` | see [`Context`] |
/// | `by`, `on` | who added the term, and the day (`YYYY-MM-DD`) |
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon {
    /// The name hits carry, usually the file name without its extension.
    pub name: String,
    /// Where the terms come from.
    pub header: LexiconHeader,
    /// The terms in the order of the file.
    pub terms: Vec<Term>,
}

impl Lexicon {
    /// Reads a lexicon file.
    ///
    /// # Errors
    ///
    /// The first problem in the file, with row and column where it has one, in English and Chinese.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, LexiconError> {
        // INVARIANT: a list of problems is not empty.
        let none = || FileError::new(name, Problem::NoColumns).into();
        Self::parse_all(name, bytes).map_err(|problems| problems.into_iter().next().unwrap_or_else(none))
    }

    /// Reads a lexicon file, and says everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// Every problem in the order of the file. Where the file cannot be read at all, or its columns are not known, that alone.
    pub fn parse_all(name: &str, bytes: &[u8]) -> Result<Self, Vec<LexiconError>> {
        let text = decode::decode(name, bytes).map_err(|problem| vec![problem])?;
        rows::read(name, &text)
    }

    /// Whether a file has no term. It reads as far as the first row behind the columns and checks nothing, so it is quick for a file
    /// that [`Lexicon::parse`] took. A file that is no text has no answer, and counts as one with terms.
    pub fn is_without_terms(bytes: &[u8]) -> bool {
        decode::decode("", bytes).is_ok_and(|text| rows::is_without_terms(&text))
    }

    /// The lexicon as a CSV file in UTF-8 with LF line ends and no byte order mark; reading it gives the same lexicon.
    pub fn to_csv(&self) -> String {
        rows::write(self)
    }
}
