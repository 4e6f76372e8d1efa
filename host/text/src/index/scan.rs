//! What a text is found to hold.

use std::sync::Arc;

use specialis_core::CategoryId;

use super::{Index, Marks, Pass};
use crate::form::Form;
use crate::speech::{Speaker, Speech};

/// What one scan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// The hits, ordered by start, end, category and origin, each once; covered ones are left out.
    pub hits: Vec<Hit>,
}

/// A place in a text that a term or a detector found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// Byte offset in the original text at which the first original character begins. In JSON a hit in a number outside
    /// strings is the whole number.
    pub start: usize,
    /// Byte offset in the original text at which the last original character ends.
    pub end: usize,
    /// The category.
    pub category: CategoryId,
    /// Who found it.
    pub origin: HitOrigin,
    /// 1 to 100: what the term weighs as it is said here ([`Speech::weight`]); 100 for a detector.
    pub weight: u8,
    /// How it is said; nothing is known of what detectors and expressions find.
    pub speech: Speech,
}

/// Who found a hit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitOrigin {
    /// A term of a lexicon.
    Lexicon {
        /// The name of the lexicon.
        lexicon: Arc<str>,
        /// The index of the term in [`Lexicon::terms`](crate::Lexicon::terms).
        term: u32,
    },
    /// The detector of this name.
    Detector(&'static str),
    /// The regular expression that a policy declared under this name.
    Pattern(Arc<str>),
}

/// A position of a text at which something resolves. It depends on the text before it alone, never on how it was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The position: how many bytes had been read, up to the end of an original character.
    pub at: usize,
    /// How many original characters had been read.
    pub n_chars: u64,
    /// Up to where text could be let go before this point: every hit of the point begins here or later, but for those of
    /// detectors whose hits are evidence ([`DetectorInfo::is_evidence`](crate::DetectorInfo::is_evidence)).
    pub frontier: usize,
    /// The hits that resolve here, ordered by start, end, category and origin, each once.
    pub hits: Vec<Hit>,
    /// Where a sentence ends that is known to by now.
    pub sentence_end: Option<usize>,
    /// Whether so many characters have been read that a point was asked for.
    pub is_interval: bool,
    /// Whether a run of hits ended: so many characters without a hit have been read since the last one that a point was asked for.
    pub is_quiet: bool,
    /// Whether more text is kept back than may be, for the first time. It stays kept back.
    pub is_full: bool,
}

impl Index {
    /// Reads `text` once and returns what all lexicons and detectors find in it: what a [`Reader`](crate::Reader) finds
    /// however the text is cut.
    ///
    /// The cost grows with the length of the text and with what is found, hardly with the number of terms.
    pub fn scan(&self, text: &str) -> Scan {
        self.scan_said_by(text, Speaker::Unknown)
    }

    /// The same, where it is known who says the text.
    pub fn scan_said_by(&self, text: &str, speaker: Speaker) -> Scan {
        self.scan_as(text, speaker, Form::Plain)
    }

    /// The same, where it is known what the text is written as, too.
    pub fn scan_as(&self, text: &str, speaker: Speaker, form: Form) -> Scan {
        let mut pass = Pass::default();
        pass.set_form(form);
        let mut points = Vec::new();
        let marks = Marks { speaker, ..Marks::default() };
        pass.push(self, &marks, text, &mut points);
        pass.finish(self, &marks, &mut points);
        let mut hits: Vec<Hit> = points.into_iter().flat_map(|point| point.hits).collect();
        hits.sort_unstable();
        hits.dedup();
        Scan { hits }
    }
}
