//! One row of a lexicon.

use specialis_core::{CategoryId, Date};

use super::{Context, Problem};
use crate::lane::{self, Lane};
use crate::speech::MAX_RIGHT;

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
    /// Who added it, and when, as far as the file says.
    pub added: Added,
}

/// Who added a term, and when. It changes nothing of what the term finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Who.
    pub by: Option<String>,
    /// On which day.
    pub on: Option<Date>,
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
            added: Added::default(),
        }
    }

    /// The lane in which it is looked for; none for a term that cannot match, which no lexicon file holds.
    pub fn lane(&self) -> Option<Lane> {
        lane::key(&self.text).ok().map(|key| key.lane)
    }

    /// How many characters to the right of a match must be known before it counts: what a stream keeps back beyond the
    /// match itself. Zero for most terms, 1 for whole words that end in a letter or digit, 16 for what is unlawful, up to 32
    /// for a context to the right. A Latin or mixed term that is spelled letter by letter counts as a whole word. A Chinese term waits beside that
    /// for the letters that tell whether it is cut out of other words, mostly one.
    pub fn keeps_back(&self) -> usize {
        let ends_word = self.flags.is_word && lane::key(&self.text).is_ok_and(|key| key.ends_word);
        let clause = if self.flags.is_unlawful && !self.flags.is_exception { MAX_RIGHT } else { 0 };
        self.context.keeps_back().max(clause).max(usize::from(ends_word))
    }
}

/// The flags of a term; in a file, names separated by `;`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermFlags {
    /// `word`: no letter or digit of a script with spaces may touch a Latin end of the match. Chinese characters may.
    pub is_word: bool,
    /// `exception`: not a hit itself; it covers the hits of its category that lie inside it (`反赌博` covers `赌博`).
    pub is_exception: bool,
    /// `anywhere`: a match that is cut out of ordinary Chinese words counts too (`色情` in `白色情人节`).
    pub is_anywhere: bool,
    /// `unlawful`: it names something plainly unlawful. Where it is asked for or offered it weighs more than the file says
    /// ([`Speech::weight`](crate::Speech::weight)).
    pub is_unlawful: bool,
}

impl TermFlags {
    pub(super) fn parse(cell: &str) -> Result<Self, Problem> {
        let mut flags = Self::default();
        for name in cell.split([';', '；', '|', ',', ' ']).map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "word" => flags.is_word = true,
                "exception" => flags.is_exception = true,
                "anywhere" => flags.is_anywhere = true,
                "unlawful" => flags.is_unlawful = true,
                _ => return Err(Problem::UnknownFlag(name.to_owned())),
            }
        }
        Ok(flags)
    }

    pub(super) fn to_cell(self) -> String {
        let names = [
            (self.is_word, "word"),
            (self.is_exception, "exception"),
            (self.is_anywhere, "anywhere"),
            (self.is_unlawful, "unlawful"),
        ];
        names.iter().filter(|(is_set, _)| *is_set).map(|&(_, name)| name).collect::<Vec<_>>().join(";")
    }
}
