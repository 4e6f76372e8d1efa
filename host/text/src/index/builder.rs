//! From lexicons and detector names to an index.

use std::collections::HashMap;
use std::sync::Arc;

use specialis_core::CategoryId;

use super::patterns::{Owner, PatternsBuilder};
use super::{ANY, Compiled, Declared, Index, IndexError, Near};
use crate::detect::{self, DetectorInfo, DetectorMode, Sensory};
use crate::expression::{self, Expression};
use crate::lane::{self, Lane};
use crate::lexicon::{ANY_CATEGORY, Lexicon, Problem, Term};
use crate::sound::SoundsBuilder;

/// Which hits the exceptions of a lexicon cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExceptionScope {
    /// Hits of the same lexicon: nobody's exception can hide what another's lexicon finds.
    #[default]
    OwnLexicon,
    /// Hits of all lexicons and detectors.
    Everything,
}

impl ExceptionScope {
    /// Whose hits an exception of this lexicon covers; none for everybody's.
    pub(super) fn whose(self, lexicon: u32) -> Option<u32> {
        match self {
            Self::OwnLexicon => Some(lexicon),
            Self::Everything => None,
        }
    }
}

/// Collects what an [`Index`] is built from.
///
/// Defaults:
/// - no lexicon, no detector and no pattern: such an index finds nothing
/// - exceptions cover hits of their own lexicon
/// - a Chinese term that is cut out of ordinary words does not count
/// - nothing is looked for by its sound
#[derive(Debug, Clone, Default)]
pub struct IndexBuilder {
    lexicons: Vec<Lexicon>,
    detectors: Vec<(&'static DetectorInfo, DetectorMode)>,
    modes: Vec<(&'static DetectorInfo, DetectorMode)>,
    expressions: Vec<(Arc<str>, CategoryId, Arc<Expression>)>,
    scope: ExceptionScope,
    cuts_words: bool,
    hears: bool,
}

impl IndexBuilder {
    /// A builder with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether Chinese terms are found inside other words too. Without it a match that is cut out of ordinary words does
    /// not count: `色情` in `白色情人节`. A term of its own may say so with the flag `anywhere`.
    pub fn inside_words(&mut self, is_inside: bool) -> &mut Self {
        self.cuts_words = is_inside;
        self
    }

    /// Says whether Chinese terms are looked for by their sound too: with Latin letters for characters (`se情`), with
    /// characters of the same sound, written apart (`贝者博`) or doubled (`黄黄色色`). It keeps back more of a stream, and finds
    /// more that is no disguise.
    pub fn by_sound(&mut self, is_by_sound: bool) -> &mut Self {
        self.hears = is_by_sound;
        self
    }

    /// Adds a lexicon.
    pub fn lexicon(&mut self, lexicon: &Lexicon) -> &mut Self {
        self.lexicons.push(lexicon.clone());
        self
    }

    /// Switches a detector on, by its name and, where its own mode ([`DetectorInfo::mode`]) is not the one that is wanted,
    /// the mode: `passport`, `passport:form`, `mobile:cue`. Twice is as once; of two modes the one that finds more counts.
    ///
    /// # Errors
    ///
    /// [`IndexError::UnknownDetector`], which names the nearest detector or all of them; [`IndexError::UnknownMode`].
    pub fn detector(&mut self, name: &str) -> Result<(), IndexError> {
        let (name, mode) = match name.split_once(':') {
            None => (name, None),
            Some((name, mode)) => (name, Some(mode)),
        };
        let info = known(name)?;
        let unknown = |mode: &str| IndexError::UnknownMode { name: info.name, mode: mode.to_owned() };
        let mode = mode.map(|mode| DetectorMode::parse(mode).ok_or_else(|| unknown(mode))).transpose()?;
        self.detectors.push((info, mode.unwrap_or(info.mode)));
        Ok(())
    }

    /// Sets the mode of a detector, whatever [`detector`](Self::detector) asks for it: the setting of whoever runs the
    /// policies. It switches no detector on that nobody asks for.
    ///
    /// # Errors
    ///
    /// [`IndexError::UnknownDetector`].
    pub fn detector_mode(&mut self, name: &str, mode: DetectorMode) -> Result<(), IndexError> {
        self.modes.push((known(name)?, mode));
        Ok(())
    }

    /// Adds a regular expression of a policy: its matches are hits of `category` with weight 100.
    ///
    /// It has the syntax of the crate `regex` without edges (`^`, `$`, `\b`), runs in linear time and reads the match view:
    /// full-width digits, letter case, Han variants and look-alikes are no concern of it, and its own characters go
    /// through the same map. Ranges and classes (`[一-龥]`, `\p{Han}`) are taken as they are. Matches are those of a search
    /// from left to right, the leftmost first, and do not overlap.
    ///
    /// `max_chars`, 1 to 256, is the longest match in characters of the view: the most a stream keeps back for it.
    ///
    /// # Errors
    ///
    /// [`IndexError::BadPattern`] for an expression that is not valid, matches the empty text or more than `max_chars`, or
    /// needs too large an automaton; [`IndexError::RepeatedPattern`].
    pub fn pattern(&mut self, name: &str, category: &str, regex: &str, max_chars: usize) -> Result<(), IndexError> {
        if self.expressions.iter().any(|(other, ..)| **other == *name) {
            return Err(IndexError::RepeatedPattern { name: name.to_owned() });
        }
        let compiled = expression::compile(regex, max_chars)
            .map_err(|problem| IndexError::BadPattern { name: name.to_owned(), problem })?;
        self.expressions.push((Arc::from(name), CategoryId::from(category), Arc::new(compiled)));
        Ok(())
    }

    /// Says which hits exceptions cover.
    pub fn exceptions(&mut self, scope: ExceptionScope) -> &mut Self {
        self.scope = scope;
        self
    }

    /// Builds the index.
    ///
    /// # Errors
    ///
    /// Two lexicons of one name; a term made in code that [`Lexicon::parse`] would have refused; too many terms.
    pub fn build(&self) -> Result<Index, IndexError> {
        crate::speech::prepare();
        let mut work =
            Work { cuts_words: self.cuts_words, sounds: self.hears.then(SoundsBuilder::default), ..Work::default() };
        for lexicon in &self.lexicons {
            work.lexicon(lexicon)?;
        }
        let mut detectors = Vec::new();
        let mut modes = Vec::new();
        for info in detect::detectors() {
            let mode = self.mode_of(info);
            if mode != DetectorMode::Off {
                detectors.push((info, work.category(info.category)?));
                modes.push((info, mode));
            }
        }
        let mut expressions = Vec::new();
        for (name, category, expression) in &self.expressions {
            let category = work.category(category.as_str())?;
            expressions.push(Declared { name: name.clone(), category, expression: expression.clone() });
        }
        for (number, cue) in detect::CUES.iter().enumerate() {
            if detectors.iter().any(|(info, _)| info.name == cue.detector) {
                let key = lane::key(cue.text).map_err(|problem| bad_term(cue.detector, number, problem))?;
                work.patterns.add(key, Owner::Evidence(small(number)?))?;
            }
        }
        let exceptions = work.terms.iter().filter(|term| term.is_exception);
        let coverable = exceptions.map(|term| (self.scope.whose(term.lexicon), term.category)).collect();
        Ok(Index {
            patterns: work.patterns.build()?,
            terms: work.terms,
            sounds: work.sounds.and_then(SoundsBuilder::build),
            lexicons: work.lexicons,
            categories: work.categories,
            sensory: Sensory::new(modes.iter().copied()),
            finds_runs: detectors.iter().any(|(info, _)| info.name == detect::OBFUSCATION),
            detectors,
            expressions,
            scope: self.scope,
            coverable,
        })
    }
}

impl IndexBuilder {
    /// The mode in which a detector runs.
    fn mode_of(&self, info: &DetectorInfo) -> DetectorMode {
        let asked = self.detectors.iter().filter(|(own, _)| *own == info).map(|(_, mode)| *mode).max();
        let set = self.modes.iter().rev().find(|(own, _)| *own == info).map(|(_, mode)| *mode);
        asked.map_or(DetectorMode::Off, |asked| set.unwrap_or(asked))
    }
}

/// The detector of this name.
fn known(name: &str) -> Result<&'static DetectorInfo, IndexError> {
    let found = detect::detectors().iter().find(|info| info.name == name);
    found.ok_or_else(|| IndexError::UnknownDetector { name: name.to_owned(), hint: hint(name) })
}

/// What is built up on the way.
#[derive(Debug, Default)]
struct Work {
    patterns: PatternsBuilder,
    terms: Vec<Compiled>,
    lexicons: Vec<Arc<str>>,
    categories: Vec<CategoryId>,
    category_numbers: HashMap<CategoryId, u32>,
    cue_numbers: HashMap<String, u32>,
    cuts_words: bool,
    sounds: Option<SoundsBuilder>,
}

impl Work {
    fn lexicon(&mut self, lexicon: &Lexicon) -> Result<(), IndexError> {
        if self.lexicons.iter().any(|name| **name == *lexicon.name) {
            return Err(IndexError::RepeatedLexicon { name: lexicon.name.clone() });
        }
        let lexicon_number = small(self.lexicons.len())?;
        self.lexicons.push(Arc::from(lexicon.name.as_str()));
        for (number, term) in lexicon.terms.iter().enumerate() {
            let bad = |problem| bad_term(&lexicon.name, number, problem);
            let key = lane::key(&term.text).map_err(bad)?;
            let category = match term.category.as_str() {
                ANY_CATEGORY if term.flags.is_exception => ANY,
                ANY_CATEGORY => return Err(bad(Problem::AnyWithoutException)),
                name => self.category(name)?,
            };
            let compiled = Compiled {
                lexicon: lexicon_number,
                term: small(number)?,
                category,
                weight: term.weight,
                is_exception: term.flags.is_exception,
                is_word: term.flags.is_word,
                asks_words: key.lane == Lane::Tight
                    && !(self.cuts_words || term.flags.is_anywhere || term.flags.is_exception),
                is_unlawful: term.flags.is_unlawful && !term.flags.is_exception,
                starts_word: key.starts_word,
                ends_word: key.ends_word,
                clauses: self.clauses(term, &bad)?,
            };
            let number = small(self.terms.len())?;
            if let (Some(sounds), Lane::Tight, false) = (&mut self.sounds, key.lane, term.flags.is_exception) {
                key.patterns.iter().for_each(|pattern| sounds.add(number, pattern));
            }
            self.terms.push(compiled);
            self.patterns.add_term(key, number, term.flags.is_word)?;
        }
        Ok(())
    }

    fn clauses(&mut self, term: &Term, bad: &dyn Fn(Problem) -> IndexError) -> Result<Box<[Near]>, IndexError> {
        let mut clauses = Vec::new();
        for clause in &term.context.clauses {
            let mut cues = Vec::new();
            for word in &clause.words {
                cues.push(match self.cue_numbers.get(word) {
                    Some(&cue) => cue,
                    None => {
                        let cue = small(self.cue_numbers.len())?;
                        self.patterns.add(lane::key(word).map_err(bad)?, Owner::Cue(cue))?;
                        self.cue_numbers.insert(word.clone(), cue);
                        cue
                    }
                });
            }
            clauses.push(Near { kind: clause.kind, cues: cues.into(), within: u32::from(clause.within) });
        }
        Ok(clauses.into())
    }

    fn category(&mut self, name: &str) -> Result<u32, IndexError> {
        if let Some(&number) = self.category_numbers.get(name) {
            return Ok(number);
        }
        let number = small(self.categories.len())?;
        let category = CategoryId::from(name);
        self.categories.push(category.clone());
        self.category_numbers.insert(category, number);
        Ok(number)
    }
}

/// A number of the index; the highest stands for any category.
fn small(number: usize) -> Result<u32, IndexError> {
    u32::try_from(number).ok().filter(|&number| number != ANY).ok_or(IndexError::TooLarge)
}

fn bad_term(lexicon: &str, term: usize, problem: Problem) -> IndexError {
    IndexError::BadTerm { lexicon: lexicon.to_owned(), term, problem }
}

fn hint(name: &str) -> String {
    let names = || detect::detectors().iter().map(|info| info.name);
    let nearest = names().map(|known| (strsim::jaro_winkler(name, known), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness > 0.8 => format!("did you mean `{known}`?"),
        _ => format!("use one of {}", names().collect::<Vec<_>>().join(", ")),
    }
}
