//! The scorer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use specialis_core::{CategoryId, EventKind, Role};
use specialis_scorer::{Moment, Passage, PassageScorer, Score, ScoreThresholds, Scorer};
use specialis_text::{Index, IndexBuilder, IndexError, detectors};

use crate::answer::{self, Scores};
use crate::client::{Client, RemoteError};
use crate::template::Template;

/// How to reach a model, and what follows from its scores. The defaults:
///
/// - a time-out of 2 seconds
/// - no token
/// - thresholds of 600 for review, 400 with a term, and 200 to be noted
/// - numbers and addresses of persons are masked before a text is sent
/// - when the model gives no answer, every category is unknown: no score is recorded
/// - a generated text is scored when it is whole, and a stream does not wait for it
/// - the answers about the last 4,096 texts are kept, under a keyed hash
#[derive(Clone, Debug)]
#[must_use]
pub struct RemoteSettings {
    endpoint: String,
    model: String,
    template: Template,
    token: Option<String>,
    timeout: Duration,
    thresholds: ScoreThresholds,
    absent: BTreeMap<CategoryId, Absence>,
    each_sentence: bool,
    holds_text: bool,
    masks_persons: bool,
    n_cached: usize,
}

/// What a category counts as when the model gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absence {
    /// Nothing is known, and no score is recorded.
    Unknown,
    /// The highest score.
    Highest,
}

impl RemoteSettings {
    /// A model behind the base of an endpoint, such as `https://guard.example`.
    pub fn new(endpoint: impl Into<String>, model: impl Into<String>, template: Template) -> Self {
        Self {
            endpoint: endpoint.into(),
            model: model.into(),
            template,
            token: None,
            timeout: Duration::from_secs(2),
            thresholds: ScoreThresholds { review: 600, review_with_term: 400, note: 200 },
            absent: BTreeMap::new(),
            each_sentence: false,
            holds_text: false,
            masks_persons: true,
            n_cached: 4_096,
        }
    }

    /// The token that the endpoint asks for.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// How long one request may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What a score has to reach.
    pub fn thresholds(mut self, thresholds: ScoreThresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// What a category counts as when the model gives no answer.
    pub fn absent(mut self, category: impl Into<CategoryId>, absence: Absence) -> Self {
        self.absent.insert(category.into(), absence);
        self
    }

    /// Whether a generated text is scored at the end of each sentence: one request for each.
    pub fn each_sentence(mut self, each_sentence: bool) -> Self {
        self.each_sentence = each_sentence;
        self
    }

    /// Whether the text of a stream waits until it has been scored.
    pub fn holds_text(mut self, holds_text: bool) -> Self {
        self.holds_text = holds_text;
        self
    }

    /// Whether what detectors find of persons (`pi.…`: numbers of telephones, identity cards and bank cards, addresses) is masked
    /// before a text is sent. Names are not: no detector finds them.
    pub fn masks_persons(mut self, masks: bool) -> Self {
        self.masks_persons = masks;
        self
    }

    /// About how many texts the answers are kept. At least one is.
    pub fn cached(mut self, n_texts: usize) -> Self {
        self.n_cached = n_texts;
        self
    }
}

/// Scores prompts and outputs with a model behind an endpoint.
pub struct RemoteScorer(Arc<Shared>);

struct Shared {
    settings: RemoteSettings,
    client: Client,
    /// What finds what is masked.
    persons: Option<Index>,
    key: [u8; 32],
    cache: Mutex<LruCache<[u8; 32], Scores>>,
}

impl RemoteScorer {
    /// A scorer with these settings. It asks nothing yet.
    ///
    /// # Errors
    /// If the endpoint is on another machine and not encrypted, or the system gives no random bytes.
    pub fn new(settings: RemoteSettings) -> Result<Self, RemoteError> {
        let RemoteSettings { endpoint, model, template, token, timeout, n_cached, .. } = &settings;
        let client = Client::new(endpoint, template, model, token.clone(), *timeout)?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| RemoteError::Random)?;
        let cache = Mutex::new(LruCache::new(NonZeroUsize::new(*n_cached).unwrap_or(NonZeroUsize::MIN)));
        let persons = if settings.masks_persons { Some(index_of_persons()?) } else { None };
        Ok(Self(Arc::new(Shared { settings, client, persons, key, cache })))
    }
}

impl Scorer for RemoteScorer {
    fn name(&self) -> &str {
        &self.0.settings.template.name
    }

    fn version(&self) -> &str {
        &self.0.settings.model
    }

    fn is_repeatable(&self) -> bool {
        false
    }

    fn holds_text(&self) -> bool {
        self.0.settings.holds_text
    }

    fn sends_text(&self) -> bool {
        true
    }

    fn begin(&self, passage: &Passage) -> Option<Box<dyn PassageScorer>> {
        let is_prompt = passage.kind == EventKind::Prompt && passage.role.is_none_or(|role| role == Role::User);
        let is_scored = is_prompt || passage.kind == EventKind::Output;
        is_scored.then(|| {
            let passage =
                RemotePassage { shared: self.0.clone(), kind: passage.kind, text: String::new(), n_scored: 0 };
            Box::new(passage) as Box<dyn PassageScorer>
        })
    }
}

/// One part of an event.
struct RemotePassage {
    shared: Arc<Shared>,
    kind: EventKind,
    text: String,
    n_scored: usize,
}

impl PassageScorer for RemotePassage {
    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    fn score(&mut self, moment: Moment) -> Vec<Score> {
        let settings = &self.shared.settings;
        let is_asked = moment == Moment::End || settings.each_sentence && self.kind == EventKind::Output;
        if !is_asked {
            return Vec::new();
        }
        self.n_scored = self.text.len();
        if self.text.trim().is_empty() {
            return Vec::new();
        }
        let scores = self.shared.scores(self.kind, &self.text);
        let thresholds = settings.thresholds;
        scores.into_iter().map(|(category, permille)| Score { category, permille, thresholds }).collect()
    }

    fn scored_through(&self) -> Option<usize> {
        Some(self.n_scored)
    }
}

impl Shared {
    /// The scores of a text, from the cache or from the model; those that count in their absence where there are none.
    fn scores(&self, kind: EventKind, text: &str) -> Scores {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(kind.as_str().as_bytes()).update(&[0]).update(text.as_bytes());
        let key = *hasher.finalize().as_bytes();
        if let Some(known) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let template = &self.settings.template;
        let text = self.persons.as_ref().map_or(Cow::Borrowed(text), |persons| masked(persons, text));
        let asked = self.client.ask(template, kind, &text).and_then(|answer| answer::read(template, &answer));
        match asked {
            Ok(scores) => {
                self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(key, scores.clone());
                scores
            }
            Err(error) => {
                tracing::warn!(scorer = template.name, error = %error, "no scores");
                let counts = |category: &&CategoryId| self.settings.absent.get(*category) == Some(&Absence::Highest);
                template.all_categories().filter(counts).map(|category| (category.clone(), 1_000)).collect()
            }
        }
    }
}

/// What stands in place of what is masked.
const MASK: &str = "■";

/// An index of all detectors of what belongs to a person.
fn index_of_persons() -> Result<Index, IndexError> {
    let mut builder = IndexBuilder::new();
    for detector in detectors().iter().filter(|known| known.category.starts_with("pi.")) {
        builder.detector(detector.name)?;
    }
    builder.build()
}

/// A text with a mask in place of everything that the index finds.
fn masked<'t>(persons: &Index, text: &'t str) -> Cow<'t, str> {
    let mut hits = persons.scan(text).hits;
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    hits.sort_by_key(|hit| hit.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for hit in &hits {
        if hit.start >= at {
            out.push_str(text.get(at..hit.start).unwrap_or_default());
            out.push_str(MASK);
        }
        at = at.max(hit.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}
