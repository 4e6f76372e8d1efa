//! The index: every lexicon and detector of an edition, compiled to be read in one pass.

mod builder;
mod edges;
mod filter;
mod lanes;
mod marks;
mod nearby;
mod pass;
mod patterns;
mod scan;
mod trail;
mod waiting;

use std::collections::HashSet;
use std::sync::Arc;

use specialis_core::CategoryId;
use thiserror::Error;

pub use builder::{ExceptionScope, IndexBuilder};
pub(crate) use marks::Marks;
pub(crate) use pass::Pass;
pub use scan::{Hit, HitOrigin, Point, Scan};

use crate::detect::{DetectorInfo, Sensory};
use crate::expression::{Expression, ExpressionProblem};
use crate::lexicon::{ClauseKind, Problem};
use crate::sound::Sounds;
use crate::speech::MAX_RIGHT;
use patterns::Patterns;

/// Lexicons and detectors compiled for scanning; immutable, so one `Arc<Index>` serves every session and thread.
#[derive(Debug)]
pub struct Index {
    patterns: Patterns,
    terms: Vec<Compiled>,
    lexicons: Vec<Arc<str>>,
    categories: Vec<CategoryId>,
    /// The enabled detectors in the order of [`detectors`](crate::detectors), each with its category.
    detectors: Vec<(&'static DetectorInfo, u32)>,
    sensory: Sensory,
    /// The regular expressions of policies.
    expressions: Vec<Declared>,
    finds_runs: bool,
    /// The terms by their sound; none where the index was built without.
    sounds: Option<Sounds>,
    scope: ExceptionScope,
    /// Whose hits of which category some exception may cover.
    coverable: HashSet<(Option<u32>, u32)>,
}

/// A term whose match counts only once more text is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepsBack {
    /// The name of the lexicon.
    pub lexicon: Arc<str>,
    /// The index of the term in [`Lexicon::terms`](crate::Lexicon::terms).
    pub term: u32,
    /// How many characters behind a match a stream keeps back for it at most, as
    /// [`Term::keeps_back`](crate::Term::keeps_back) says.
    pub n_chars: usize,
}

/// A regular expression that a policy declared.
#[derive(Debug)]
struct Declared {
    name: Arc<str>,
    category: u32,
    expression: Arc<Expression>,
}

/// A term as the scan needs it.
#[derive(Debug)]
struct Compiled {
    lexicon: u32,
    term: u32,
    category: u32,
    weight: u8,
    is_exception: bool,
    is_word: bool,
    /// Whether its matches are held against the words around them.
    asks_words: bool,
    /// Whether it weighs more where it is asked for or offered.
    is_unlawful: bool,
    /// Whether the first character is of a script with spaces between words, and whether the last is.
    starts_word: bool,
    ends_word: bool,
    clauses: Box<[Near]>,
}

impl Compiled {
    fn keeps_back(&self) -> usize {
        let rights = self.clauses.iter().filter(|clause| clause.kind.is_right());
        let context = rights.filter_map(|clause| usize::try_from(clause.within).ok()).max().unwrap_or(0);
        let clause = if self.is_unlawful { MAX_RIGHT } else { 0 };
        context.max(clause).max(usize::from(self.is_word && self.ends_word))
    }
}

/// A context clause with its words as cues.
#[derive(Debug)]
struct Near {
    kind: ClauseKind,
    cues: Box<[u32]>,
    within: u32,
}

/// The number for [`ANY_CATEGORY`](crate::ANY_CATEGORY).
const ANY: u32 = u32::MAX;

impl Index {
    /// How many terms of all lexicons it holds, exceptions included.
    pub fn n_terms(&self) -> usize {
        self.terms.len()
    }

    /// The terms that keep back text behind them on a stream, in the order of lexicons and terms: those with a context to the
    /// right, those that are marked `unlawful`, and whole words that end in a letter or digit. For all others a stream keeps back what may still become a match
    /// and nothing more.
    pub fn keeps_back(&self) -> impl Iterator<Item = KeepsBack> {
        let all = self.terms.iter().filter_map(|term| {
            let lexicon = self.lexicons.get(usize::try_from(term.lexicon).ok()?)?.clone();
            Some(KeepsBack { lexicon, term: term.term, n_chars: term.keeps_back() })
        });
        all.filter(|kept| kept.n_chars > 0)
    }

    /// The detectors that run, in the order of [`detectors`](crate::detectors).
    pub fn detectors(&self) -> impl Iterator<Item = &'static DetectorInfo> {
        self.detectors.iter().map(|&(info, _)| info)
    }

    fn term(&self, number: u32) -> Option<&Compiled> {
        self.terms.get(usize::try_from(number).ok()?)
    }

    fn category(&self, number: u32) -> Option<CategoryId> {
        self.categories.get(usize::try_from(number).ok()?).cloned()
    }

    /// Whether some exception may cover a hit of this lexicon, or of no lexicon, and category.
    fn can_cover(&self, lexicon: Option<u32>, category: u32) -> bool {
        let whose = lexicon.into_iter().map(Some).chain([None]);
        !self.coverable.is_empty()
            && whose.flat_map(|whose| [(whose, category), (whose, ANY)]).any(|key| self.coverable.contains(&key))
    }

    /// Whether anything reads the view beside the lanes.
    fn reads_view(&self) -> bool {
        !self.detectors.is_empty() || !self.expressions.is_empty()
    }

    /// The memory the automata hold, in bytes.
    pub fn heap_bytes(&self) -> usize {
        let expressions = self.expressions.iter().map(|declared| declared.expression.heap_bytes());
        let sounds = self.sounds.as_ref().map_or(0, Sounds::heap_bytes);
        expressions.fold(self.patterns.heap_bytes().saturating_add(sounds), usize::saturating_add)
    }
}

/// Why an index could not be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// No detector has this name.
    #[error("unknown detector `{name}`, {hint}")]
    UnknownDetector {
        /// The name that was asked for.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A detector has no mode of this name.
    #[error("unknown mode `{mode}` of the detector `{name}`, use form, cue or off")]
    UnknownMode {
        /// The detector.
        name: &'static str,
        /// The mode that was asked for.
        mode: String,
    },
    /// Two lexicons have the same name.
    #[error("two lexicons are named `{name}`, rename one")]
    RepeatedLexicon {
        /// The name.
        name: String,
    },
    /// A term that did not come from [`Lexicon::parse`](crate::Lexicon::parse) cannot match.
    #[error("lexicon `{lexicon}`, term {term}: {}", .problem.en())]
    BadTerm {
        /// The name of the lexicon.
        lexicon: String,
        /// Its index in [`Lexicon::terms`](crate::Lexicon::terms).
        term: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Two regular expressions have the same name.
    #[error("two patterns are named `{name}`, rename one")]
    RepeatedPattern {
        /// The name.
        name: String,
    },
    /// A regular expression cannot be used.
    #[error("the pattern `{name}` cannot be used")]
    BadPattern {
        /// Its name.
        name: String,
        /// What is wrong with it.
        #[source]
        problem: ExpressionProblem,
    },
    /// More than 256 terms are spelled alike.
    #[error("`{pattern}` stands in more than 256 lexicons and categories, take it out of some")]
    Crowded {
        /// How they are spelled.
        pattern: String,
    },
    /// More terms than one index can number.
    #[error("the lexicons hold too many terms for one index, split them over several")]
    TooLarge,
}
