//! The seam between the host and models that score text.

use specialis_core::{CategoryId, EventKind, Role};

/// A model that scores text by category.
///
/// The host calls [`begin`](Self::begin) once for each part of an event that has text, on the thread that judges the event. A
/// scorer must not keep text after the [`PassageScorer`] is dropped, and must not panic.
pub trait Scorer: Send + Sync {
    /// The name that stands in decisions and profiles.
    fn name(&self) -> &str;

    /// The version of the model. It changes whenever a score can change.
    fn version(&self) -> &str;

    /// Whether the same text always gets the same scores, on every machine. If not, a decision with its scores says that
    /// something from outside the text had a part in it.
    fn is_repeatable(&self) -> bool;

    /// Whether the text of a stream waits until it has been scored: then nothing goes out behind the last sentence that was. The
    /// delivery promise `deliver-then-retract` waits for no score.
    fn holds_text(&self) -> bool {
        false
    }

    /// Whether text leaves the machine to be scored.
    fn sends_text(&self) -> bool {
        false
    }

    /// Begins to score one part of an event. `None` if the scorer does not score such a part.
    fn begin(&self, passage: &Passage) -> Option<Box<dyn PassageScorer>>;
}

/// What is known of a part of an event before its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The kind of the event.
    pub kind: EventKind,
    /// Whose text it is.
    pub role: Option<Role>,
    /// The channel, such as `text` or `reasoning`.
    pub channel: Option<String>,
}

impl Passage {
    /// A part of an event of this kind, with nothing else known.
    pub fn new(kind: EventKind) -> Self {
        Self { kind, role: None, channel: None }
    }
}

/// Scores one part of an event while its text comes in.
///
/// Its scores depend on the text alone, never on how the text was cut into pieces.
pub trait PassageScorer: Send {
    /// Takes the next piece of the text.
    fn push(&mut self, piece: &str);

    /// The scores of the text so far. The host calls it at each end of a sentence, and once at the end of the text.
    fn score(&mut self, moment: Moment) -> Vec<Score>;

    /// How many bytes of the text have been scored. `None` for all that came: most scorers look at all of it when they are asked.
    /// Where the scorer holds text, nothing behind this place goes out.
    fn scored_through(&self) -> Option<usize> {
        None
    }
}

/// Where in a text scores are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// A sentence ends, and more text may come.
    SentenceEnd,
    /// The text ends.
    End,
}

/// The score of a text in one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The category.
    pub category: CategoryId,
    /// The score, from 0 to 1,000. Higher means more likely. It is a rank and no probability.
    pub permille: u32,
    /// The thresholds for such a text.
    pub thresholds: ScoreThresholds,
}

/// What a score has to reach. Scores below `note` are not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreThresholds {
    /// From here on a person reviews the text.
    pub review: u32,
    /// From here on a person reviews the text if it also has a term of the same family.
    pub review_with_term: u32,
    /// From here on the decision notes the score.
    pub note: u32,
}
