//! One row of a lexicon.

use specialis_core::CategoryId;

use super::{Context, Problem};
use crate::lane::{self, Lane};

/// A term of a lexicon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The text as the file has it.
    pub text: String,
    /// The category of its hits; [`ANY_CATEGORY`](super::ANY_CATEGORY) for an exception to all.
    pub category: CategoryId,
    /// 1 to 100; 50 where the file leaves it out.
    pub weight: u8,
    /// How it matches.
    pub flags: TermFlags,
    /// What must stand, or must not stand, around it.
    pub context: Context,
}

impl Term {
    /// The weight of a term whose row leaves it out.
    pub const DEFAULT_WEIGHT: u8 = 50;

    /// A term with the default weight, no flags and no context.
    pub fn new(text: &str, category: impl Into<CategoryId>) -> Self {
        Self {
            text: text.to_owned(),
            category: category.into(),
            weight: Self::DEFAULT_WEIGHT,
            flags: TermFlags::default(),
            context: Context::default(),
        }
    }

    /// The lane in which it is looked for; none for a term that cannot match, which no lexicon file holds.
    pub fn lane(&self) -> Option<Lane> {
        lane::key(&self.text).ok().map(|key| key.lane)
    }

    /// How many characters to the right of a match must be known before it counts: what a stream keeps back beyond the
    /// match itself. Zero for most terms, 1 for whole words that end in a letter or digit, up to 32 for a context to the
    /// right. A Latin or mixed term that is spelled letter by letter counts as a whole word.
    pub fn keeps_back(&self) -> usize {
        let ends_word = self.flags.is_word && lane::key(&self.text).is_ok_and(|key| key.ends_word);
        self.context.keeps_back().max(usize::from(ends_word))
    }
}

/// The flags of a term; in a file, names separated by `;`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermFlags {
    /// `word`: no letter or digit of a script with spaces may touch a Latin end of the match. Chinese characters may.
    pub is_word: bool,
    /// `exception`: not a hit itself; it covers the hits of its category that lie inside it (`反赌博` covers `赌博`).
    pub is_exception: bool,
}

impl TermFlags {
    pub(super) fn parse(cell: &str) -> Result<Self, Problem> {
        let mut flags = Self::default();
        for name in cell.split([';', '；', '|', ',', ' ']).map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "word" => flags.is_word = true,
                "exception" => flags.is_exception = true,
                _ => return Err(Problem::UnknownFlag(name.to_owned())),
            }
        }
        Ok(flags)
    }

    pub(super) fn to_cell(self) -> String {
        let names = [(self.is_word, "word"), (self.is_exception, "exception")];
        names.iter().filter(|(is_set, _)| *is_set).map(|&(_, name)| name).collect::<Vec<_>>().join(";")
    }
}
