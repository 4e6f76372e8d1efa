//! Scores of models in a decision: which model gave which score, and what follows from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{CategoryId, Level, ScorerId};

words! {
    /// Why a score stands in a decision.
    ScoreReason {
        /// It is high, but not high enough for a review.
        Noted = "noted",
        /// It is high, and the part has a term of the same family of categories.
        WithTerm = "with-term",
        /// It is high enough for a review by itself.
        Alone = "alone",
    }
}

impl ScoreReason {
    /// The level that follows. A score never stops anything: it is a reason for a person to look, or a note.
    pub fn level(self) -> Level {
        match self {
            Self::Noted => Level::Pass,
            Self::WithTerm | Self::Alone => Level::Review,
        }
    }
}

/// The score of one part of an event by one scorer, in one category.
///
/// Policies do not see it: it comes from the host's scorers, not from the platform's signals. Of a part that was scored several
/// times while it came in, the score with the highest level is recorded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecordedScore {
    /// The part.
    pub part: u32,
    /// Who gave it.
    pub scorer: ScorerId,
    /// The version of its model.
    pub version: String,
    /// The category.
    pub category: CategoryId,
    /// The score, from 0 to 1,000.
    pub permille: u32,
    /// The threshold that it reached.
    pub threshold: u32,
    /// Up to where the text had been read, in bytes.
    pub up_to: u32,
    /// Why it is recorded.
    pub reason: ScoreReason,
}

/// The family of a category: what stands before its first point, such as `a1`.
pub fn family(category: &CategoryId) -> &str {
    category.as_str().split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_score_stops() {
        assert!(ScoreReason::ALL.iter().all(|reason| reason.level() < Level::Stop));
    }

    #[test]
    fn a_family_is_what_categories_share() {
        assert_eq!(family(&"a1.violence".into()), family(&"a1.obscenity".into()));
        assert_ne!(family(&"a1.violence".into()), family(&"a2.gender".into()));
    }
}
