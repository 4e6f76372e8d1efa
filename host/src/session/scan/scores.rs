//! The scores of one part's text while it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{CategoryId, EventKind, Part, RecordedScore, ScoreReason, ScorerId, family};
use specialis_scorer::{Moment, Passage, PassageScorer, ScoreThresholds, Scorer};

/// The scorers of one part, with the highest scores that they gave so far.
pub(super) struct PartScores {
    passages: Vec<ScoredPassage>,
    /// Up to where the scorers have the text.
    read_to: usize,
}

/// One scorer on one part.
struct ScoredPassage {
    scorer: Arc<dyn Scorer>,
    passage: Box<dyn PassageScorer>,
    highest: BTreeMap<(CategoryId, Moment), Highest>,
}

/// The highest score of a category at one kind of moment.
#[derive(Clone, Copy)]
struct Highest {
    permille: u32,
    thresholds: ScoreThresholds,
    up_to: usize,
}

impl PartScores {
    pub(super) fn begin(scorers: &[Arc<dyn Scorer>], kind: EventKind, part: &Part) -> Self {
        let about = Passage { kind, role: part.role, channel: part.channel.clone() };
        let begun = scorers.iter().filter_map(|scorer| {
            let passage = scorer.begin(&about)?;
            Some(ScoredPassage { scorer: scorer.clone(), passage, highest: BTreeMap::new() })
        });
        Self { passages: begun.collect(), read_to: 0 }
    }

    /// Whether no scorer scores the part.
    pub(super) fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }

    /// Whether the same text would always get the same scores.
    pub(super) fn is_repeatable(&self) -> bool {
        self.passages.iter().all(|one| one.scorer.is_repeatable())
    }

    /// Up to where the text may go out, for all that scorers that hold it have looked at.
    pub(super) fn held_from(&self) -> usize {
        let holding = self.passages.iter().filter(|one| one.scorer.holds_text());
        holding.map(|one| one.passage.scored_through().unwrap_or(self.read_to)).min().unwrap_or(usize::MAX)
    }

    /// Hands over the text up to `to`, and takes the scores there.
    pub(super) fn score(&mut self, text: &str, to: usize, moment: Moment) {
        let piece = text.get(self.read_to..to).unwrap_or_default();
        self.read_to = self.read_to.max(to);
        for one in &mut self.passages {
            one.passage.push(piece);
            for score in one.passage.score(moment) {
                let new = Highest { permille: score.permille, thresholds: score.thresholds, up_to: to };
                let highest = one.highest.entry((score.category, moment)).or_insert(new);
                if new.permille > highest.permille {
                    *highest = new;
                }
            }
        }
    }

    /// The scores to record, at most one for each scorer and category. `families` are those of the terms in the part.
    pub(super) fn recorded(&self, part: u32, families: &BTreeSet<String>) -> Vec<RecordedScore> {
        let mut recorded: BTreeMap<(ScorerId, CategoryId), RecordedScore> = BTreeMap::new();
        for one in &self.passages {
            let (id, version) = (ScorerId::from(one.scorer.name()), one.scorer.version());
            for ((category, _), highest) in &one.highest {
                let Some((reason, threshold)) = highest.reason(families.contains(family(category))) else { continue };
                let score = RecordedScore {
                    part,
                    scorer: id.clone(),
                    version: version.to_owned(),
                    category: category.clone(),
                    permille: highest.permille,
                    threshold,
                    up_to: u32::try_from(highest.up_to).unwrap_or(u32::MAX),
                    reason,
                };
                let known = recorded.entry((id.clone(), category.clone())).or_insert_with(|| score.clone());
                if (score.reason, score.permille) > (known.reason, known.permille) {
                    *known = score;
                }
            }
        }
        recorded.into_values().collect()
    }
}

impl Highest {
    /// Why it is recorded, and the threshold that it reached.
    fn reason(&self, has_term: bool) -> Option<(ScoreReason, u32)> {
        let ScoreThresholds { review, review_with_term, note } = self.thresholds;
        if self.permille >= review {
            Some((ScoreReason::Alone, review))
        } else if self.permille >= review_with_term && has_term {
            Some((ScoreReason::WithTerm, review_with_term))
        } else {
            (self.permille >= note).then_some((ScoreReason::Noted, note))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_score_counts_beside_a_term_of_its_family() {
        let thresholds = ScoreThresholds { review: 800, review_with_term: 600, note: 500 };
        let reason = |permille, has_term| Highest { permille, thresholds, up_to: 0 }.reason(has_term);
        assert_eq!(reason(800, false), Some((ScoreReason::Alone, 800)));
        assert_eq!(reason(799, true), Some((ScoreReason::WithTerm, 600)));
        assert_eq!(reason(799, false), Some((ScoreReason::Noted, 500)));
        assert_eq!(reason(599, true), Some((ScoreReason::Noted, 500)));
        assert_eq!(reason(499, true), None);
    }
}
