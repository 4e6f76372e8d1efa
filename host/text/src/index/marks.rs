//! Positions that policies may ask to be called at: ends of sentences, every so many characters, and the ends of runs of hits.

use std::num::NonZeroU32;

use crate::speech::Speaker;
use crate::table::Class;

/// Which positions are asked for, and who says the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    pub(crate) speaker: Speaker,
    pub(crate) sentences: bool,
    pub(crate) every: Option<NonZeroU32>,
    /// How many characters without a hit end a run of hits.
    pub(crate) quiet: Option<NonZeroU32>,
}

/// Where the sentence stands that is being read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sentence {
    has_letter: bool,
    /// Behind a full stop that a space would make the end of the sentence.
    dot: Option<usize>,
}

impl Sentence {
    /// Reads one character of the view, the original of which ends at `end`. Where a sentence ended, if one did.
    #[inline]
    pub(super) fn take(&mut self, ch: char, class: Class, end: usize) -> Option<usize> {
        match class {
            Class::Cjk | Class::Digit | Class::Ascii | Class::Letter => {
                self.has_letter = true;
                self.dot = None;
                None
            }
            Class::Stop | Class::Newline => self.finish(end),
            Class::Space => self.dot.and_then(|dot| self.finish(dot)),
            Class::Separator => {
                self.dot = (ch == '.').then_some(end);
                None
            }
        }
    }

    /// Ends a sentence that has a letter; a line that is empty or holds `——` alone is none.
    fn finish(&mut self, end: usize) -> Option<usize> {
        let had_letter = self.has_letter;
        *self = Self::default();
        had_letter.then_some(end)
    }
}
