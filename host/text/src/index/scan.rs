//! From the matches of one pass to hits.

use std::sync::Arc;

use specialis_core::CategoryId;

use super::cover::Covers;
use super::nearby::{Cues, has_edge_after, has_edge_before, holds};
use super::patterns::Owner;
use super::walk::{Walk, walk};
use super::{Compiled, Index};
use crate::detect::{Census, Evidence, Job, Sight};
use crate::view::view;

/// What one scan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// The hits, ordered by start, end, category and origin, each once; covered ones are left out.
    pub hits: Vec<Hit>,
}

/// A place in a text that a term or a detector found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hit {
    /// Byte offset in the original text at which the first original character begins.
    pub start: usize,
    /// Byte offset in the original text at which the last original character ends.
    pub end: usize,
    /// The category.
    pub category: CategoryId,
    /// Who found it.
    pub origin: HitOrigin,
    /// 1 to 100: the term's weight; 100 for a detector.
    pub weight: u8,
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
}

/// A hit before exceptions.
struct Candidate {
    hit: Hit,
    lexicon: Option<u32>,
    category: u32,
}

/// The weight of a detector's hit.
const DETECTOR_WEIGHT: u8 = 100;

impl Index {
    /// Reads `text` once and returns what all lexicons and detectors find in it.
    ///
    /// The cost grows with the length of the text and with what is found, hardly with the number of terms.
    pub fn scan(&self, text: &str) -> Scan {
        let walk = walk(&self.patterns, text);
        let mut evidence = Vec::new();
        let mut candidates = Vec::new();
        let mut covers = Covers::default();
        if !walk.matches.is_empty() {
            let cues = self.cues(&walk);
            for found in &walk.matches {
                for &owner in self.patterns.owners(found.pattern) {
                    let (start, end) = (found.start, found.end);
                    match owner {
                        Owner::Cue(_) => {}
                        Owner::Evidence(cue) => evidence.push(Evidence { cue, start, end }),
                        Owner::Term(term) => {
                            let Some(term) = self.term(term) else { continue };
                            if !term.stands(text, start, end, &cues) {
                                continue;
                            }
                            if term.is_exception {
                                covers.add(self.scope, term.lexicon, term.category, start, end);
                            } else {
                                candidates.extend(self.candidate(term, start, end));
                            }
                        }
                    }
                }
            }
        }
        self.detect(text, &walk, &evidence, &mut candidates);
        covers.seal();
        let kept = candidates.into_iter().filter(|candidate| {
            !covers.cover(candidate.lexicon, candidate.category, candidate.hit.start, candidate.hit.end)
        });
        let mut hits: Vec<Hit> = kept.map(|candidate| candidate.hit).collect();
        hits.sort_unstable();
        hits.dedup();
        Scan { hits }
    }

    fn term(&self, number: u32) -> Option<&Compiled> {
        self.terms.get(usize::try_from(number).ok()?)
    }

    fn cues(&self, walk: &Walk) -> Cues {
        let mut cues = Cues::default();
        for found in &walk.matches {
            for &owner in self.patterns.owners(found.pattern) {
                if let Owner::Cue(cue) = owner {
                    cues.add(cue, found.start, found.end);
                }
            }
        }
        cues
    }

    fn candidate(&self, term: &Compiled, start: usize, end: usize) -> Option<Candidate> {
        let lexicon = self.lexicons.get(usize::try_from(term.lexicon).ok()?)?;
        let origin = HitOrigin::Lexicon { lexicon: Arc::clone(lexicon), term: term.term };
        let category = self.category(term.category)?;
        let hit = Hit { start, end, category, origin, weight: term.weight };
        Some(Candidate { hit, lexicon: Some(term.lexicon), category: term.category })
    }

    fn category(&self, number: u32) -> Option<CategoryId> {
        self.categories.get(usize::try_from(number).ok()?).cloned()
    }

    /// Runs the detectors that the census gives a reason to run; the view is made once, when the first of them asks.
    fn detect(&self, text: &str, walk: &Walk, evidence: &[Evidence], candidates: &mut Vec<Candidate>) {
        let census = Census { n_cues: evidence.len(), ..walk.census };
        let mut made = None;
        for &(info, number) in &self.detectors {
            let spans = match info.job(&census) {
                Job::Nothing => continue,
                Job::Runs => walk.runs.clone(),
                Job::Find(find) => {
                    let view = made.get_or_insert_with(|| view(text));
                    find(&Sight { chars: view.chars(), evidence })
                }
            };
            let Some(category) = self.category(number) else { continue };
            candidates.extend(spans.into_iter().map(|span| {
                let origin = HitOrigin::Detector(info.name);
                let (start, end, category) = (span.start, span.end, category.clone());
                let hit = Hit { start, end, category, origin, weight: DETECTOR_WEIGHT };
                Candidate { hit, lexicon: None, category: number }
            }));
        }
    }
}

impl Compiled {
    /// Whether a match of the term counts where it stands.
    fn stands(&self, text: &str, start: usize, end: usize, cues: &Cues) -> bool {
        (!self.left_edge || has_edge_before(text, start))
            && (!self.right_edge || has_edge_after(text, end))
            && self.clauses.iter().all(|clause| holds(clause, text, start, end, cues))
    }
}
