//! What others would do with the same words: each sees the text as it stands, without view, gaps or contexts.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use jieba_rs::Jieba;
use regex::{RegexSet, RegexSetBuilder};
use specialis_text::view;

use crate::quickest;

/// The rivals with one number of words.
pub(crate) struct Rivals {
    machine: AhoCorasick,
    on_view: AhoCorasick,
    expressions: Result<RegexSet, regex::Error>,
    words: HashSet<String>,
}

static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

impl Rivals {
    pub(crate) fn new(words: &[String]) -> Self {
        let seen: Vec<String> = words.iter().map(|word| view(word).as_str().to_owned()).collect();
        let escaped = words.iter().map(|word| regex::escape(word));
        let expressions = RegexSetBuilder::new(escaped).size_limit(1 << 30).dfa_size_limit(1 << 28).build();
        Self {
            machine: AhoCorasick::new(words).expect("the words are an automaton"),
            on_view: AhoCorasick::new(seen).expect("the words are an automaton"),
            expressions,
            words: words.iter().cloned().collect(),
        }
    }

    /// Name, microseconds for one text, and what to know of it.
    pub(crate) fn times(&self, text: &str) -> Vec<(&'static str, f64, &'static str)> {
        let mut times = vec![
            (
                "aho-corasick",
                quickest(|| black_box(self.machine.find_overlapping_iter(text).count())),
                "the text as it stands",
            ),
            (
                "aho-corasick-on-view",
                quickest(|| black_box(self.on_view.find_overlapping_iter(view(text).as_str()).count())),
                "one lane, no gaps, no streams",
            ),
            (
                "jieba-set",
                quickest(|| {
                    let words = JIEBA.cut(text, false);
                    black_box(words.iter().filter(|word| self.words.contains(&*word.word)).count())
                }),
                "words as a segmenter cuts them",
            ),
        ];
        if let Ok(expressions) = &self.expressions {
            times.push((
                "regex-set",
                quickest(|| black_box(expressions.matches(text).iter().count())),
                "which match, not where",
            ));
        }
        times
    }

    /// What could not be built.
    pub(crate) fn notice(&self) -> Option<String> {
        self.expressions.as_ref().err().map(|error| format!("no set of regular expressions: {error}"))
    }
}
