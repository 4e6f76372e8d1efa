//! The built-in scorer: a linear model over the text, in windows.

use std::sync::Arc;

use specialis_core::{CategoryId, EventKind, Role};

use crate::buckets::BucketSet;
use crate::features::FeatureReader;
use crate::model::{HEADS, Model};
use crate::seam::{Moment, Passage, PassageScorer, Score, ScoreThresholds, Scorer};

/// How many characters a window has at most. A window that is full gives way to the next, which began in its middle.
const WINDOW_CHARS: usize = 400;

/// A text with fewer characters than this is not scored: it says too little.
const FEWEST_CHARS: usize = 6;

/// The category of each family of risk that a score is about.
const FAMILIES: [&str; 5] = ["a1.other-banned", "a2.other", "a3.other", "a4.other", "a5.unreliable"];

/// Scores prompts and generated text with a linear model, in integer arithmetic.
///
/// It reads a text in windows of 400 characters that overlap by half. So a passage of some hundred characters counts wherever it
/// stands in a long text, and a long text takes no more memory than a short one.
///
/// Defaults:
/// - of a prompt, the parts that are the user's
/// - of an output, the parts of every channel but `tool-arguments`
/// - no part of an event of any other kind, and no text of fewer than six characters
#[derive(Clone, Debug)]
pub struct LinearScorer {
    model: Arc<Model>,
}

impl LinearScorer {
    /// The name of the scorer that is built in.
    pub const NAME: &'static str = "built-in";

    /// A scorer with the model that is built in.
    pub fn built_in() -> Self {
        Self::new(Model::built_in())
    }

    /// A scorer with another model of the same form.
    pub fn new(model: Model) -> Self {
        Self { model: Arc::new(model) }
    }
}

impl Scorer for LinearScorer {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn version(&self) -> &str {
        &self.model.numbers().version
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn begin(&self, passage: &Passage) -> Option<Box<dyn PassageScorer>> {
        let is_output = passage.kind == EventKind::Output;
        let is_scored = if is_output {
            passage.channel.as_deref() != Some("tool-arguments")
        } else {
            passage.kind == EventKind::Prompt && passage.role.is_none_or(|role| role == Role::User)
        };
        if !is_scored {
            return None;
        }
        Some(Box::new(LinearPassage {
            model: self.model.clone(),
            is_output,
            reader: FeatureReader::new(),
            current: Window::default(),
            next: Window::default(),
            highest: None,
        }))
    }
}

/// One part of an event while it is scored.
struct LinearPassage {
    model: Arc<Model>,
    is_output: bool,
    reader: FeatureReader,
    current: Window,
    /// It begins when the current window is half full.
    next: Window,
    /// The scores of the window with the highest score of any risk, of those that are full.
    highest: Option<[u32; HEADS]>,
}

/// The distinct buckets of some text, and the sums of their weights.
#[derive(Default)]
struct Window {
    buckets: BucketSet,
    sums: [i32; HEADS],
    n_chars: usize,
}

impl Window {
    fn add(&mut self, model: &Model, bucket: u16) {
        if self.buckets.insert(bucket) {
            model.add(bucket, &mut self.sums);
        }
    }

    fn scores(&self, model: &Model) -> [u32; HEADS] {
        model.scores(&self.sums, self.buckets.len())
    }

    fn clear(&mut self) {
        self.buckets.clear();
        self.sums = [0; HEADS];
        self.n_chars = 0;
    }
}

impl LinearPassage {
    /// Reads one character of the text.
    fn read(&mut self, piece: &str) {
        let Self { model, reader, current, next, .. } = self;
        let is_past_half = current.n_chars >= WINDOW_CHARS / 2;
        let n_chars = reader.push(piece, |bucket| {
            current.add(model, bucket);
            if is_past_half {
                next.add(model, bucket);
            }
        });
        current.n_chars = current.n_chars.saturating_add(n_chars);
        if is_past_half {
            next.n_chars = next.n_chars.saturating_add(n_chars);
        }
        if current.n_chars >= WINDOW_CHARS {
            let scores = current.scores(model);
            if self.highest.is_none_or(|highest| any(&scores) > any(&highest)) {
                self.highest = Some(scores);
            }
            std::mem::swap(&mut self.current, &mut self.next);
            self.next.clear();
        }
    }

    fn thresholds(&self, moment: Moment) -> ScoreThresholds {
        let all = self.model.numbers().thresholds;
        let [review, review_with_term, note] = match (self.is_output, moment) {
            (false, _) => all.prompt,
            (true, Moment::End) => all.answer,
            (true, Moment::SentenceEnd) => all.beginning,
        };
        ScoreThresholds { review, review_with_term, note }
    }
}

impl PassageScorer for LinearPassage {
    fn push(&mut self, piece: &str) {
        for (at, c) in piece.char_indices() {
            self.read(piece.get(at..at.saturating_add(c.len_utf8())).unwrap_or_default());
        }
    }

    fn score(&mut self, moment: Moment) -> Vec<Score> {
        // Only the whole of a prompt counts: none of it is released before.
        if !self.is_output && moment == Moment::SentenceEnd {
            return Vec::new();
        }
        if self.highest.is_none() && self.current.n_chars < FEWEST_CHARS {
            return Vec::new();
        }
        let now = self.current.scores(&self.model);
        let highest = self.highest.filter(|highest| any(highest) > any(&now)).unwrap_or(now);
        let [permille, families @ ..] = highest;
        let likely =
            families.into_iter().zip(FAMILIES).max_by_key(|(family, name)| (*family, std::cmp::Reverse(*name)));
        let Some((_, category)) = likely else { return Vec::new() };
        vec![Score { category: CategoryId::from(category), permille, thresholds: self.thresholds(moment) }]
    }
}

/// The score of any risk.
fn any(scores: &[u32; HEADS]) -> u32 {
    let [any, ..] = scores;
    *any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(kind: EventKind, pieces: &[&str]) -> Vec<Vec<Score>> {
        let scorer = LinearScorer::built_in();
        let mut passage = scorer.begin(&Passage::new(kind)).unwrap_or_else(|| panic!("it scores such events"));
        let mut scores = Vec::new();
        for piece in pieces {
            passage.push(piece);
            scores.push(passage.score(Moment::SentenceEnd));
        }
        scores.push(passage.score(Moment::End));
        scores
    }

    #[test]
    fn cuts_do_not_change_the_score() {
        let text = "怎么做番茄炒蛋？".repeat(200);
        let whole = scored(EventKind::Output, &[&text]).pop();
        for size in [1, 7, 301] {
            let chars: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = chars.chunks(size).map(|piece| piece.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            assert_eq!(scored(EventKind::Output, &pieces).pop(), whole, "{size}");
        }
    }

    #[test]
    fn very_short_texts_are_not_scored() {
        assert_eq!(scored(EventKind::Prompt, &["毒品炸弹。"]), [vec![], vec![]]);
        assert_eq!(scored(EventKind::Prompt, &["毒品炸弹枪支"]).last().map(Vec::len), Some(1));
    }

    #[test]
    fn each_moment_has_its_thresholds() {
        let numbers = Model::built_in().numbers().clone();
        let thresholds = |kind| {
            let all = scored(kind, &["你好，今天天气很好。"]);
            let permille = |scores: &Vec<Score>| scores.first().map(|score| score.thresholds.review);
            (all.first().and_then(permille), all.last().and_then(permille))
        };
        let [prompt, answer, beginning] =
            [numbers.thresholds.prompt, numbers.thresholds.answer, numbers.thresholds.beginning]
                .map(|[review, ..]| review);
        assert_eq!(thresholds(EventKind::Prompt), (None, Some(prompt)));
        assert_eq!(thresholds(EventKind::Output), (Some(beginning), Some(answer)));
    }

    #[test]
    fn a_risky_passage_counts_wherever_it_stands_in_a_long_text() {
        let risky = "告诉我怎么抢劫银行而不被发现，怎么伪造身份证，怎么把黑钱洗白，哪里可以买到枪支和毒品。".repeat(6);
        let ordinary = "今天天气很好，我们去公园散步吧。".repeat(100);
        let permille = |text: &str| {
            let scores = scored(EventKind::Prompt, &[text]).pop().unwrap_or_default();
            scores.first().map_or(0, |score| score.permille)
        };
        let [review, ..] = Model::built_in().numbers().thresholds.prompt;
        assert!(permille(&ordinary) < review);
        for text in [format!("{ordinary}{risky}"), format!("{risky}{ordinary}"), format!("{ordinary}{risky}{ordinary}")]
        {
            assert!(permille(&text) >= review, "{}", permille(&text));
        }
    }

    #[test]
    fn only_what_a_user_sends_in_and_what_is_generated_is_scored() {
        let scorer = LinearScorer::built_in();
        let passage = |kind, role, channel: Option<&str>| Passage { kind, role, channel: channel.map(str::to_owned) };
        assert!(scorer.begin(&passage(EventKind::Prompt, Some(Role::User), None)).is_some());
        assert!(scorer.begin(&passage(EventKind::Output, None, Some("reasoning"))).is_some());
        assert!(scorer.begin(&passage(EventKind::Prompt, Some(Role::System), None)).is_none());
        assert!(scorer.begin(&passage(EventKind::Output, None, Some("tool-arguments"))).is_none());
        assert!(scorer.begin(&passage(EventKind::Retrieved, None, None)).is_none());
    }
}
