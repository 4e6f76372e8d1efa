//! Events: what the platform asks about, one at a time.

pub mod kinds;
pub mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::{LabelReading, Record, facts, words};
use crate::unique::UniqueValue;
use crate::{CategoryId, SectorFacts, SourceId};
use kinds::{
    Abort, Account, AnnotationBatch, DataHandling, LateSignal, Media, Output, Prompt, Publication, Retrieved, Review,
    ServiceChange, Tool, TrainingIntake,
};

words! {
    /// Whose words a part holds.
    Role {
        /// The operator's instructions.
        System = "system",
        /// The user's.
        User = "user",
        /// The model's.
        Assistant = "assistant",
        /// A tool's.
        Tool = "tool",
        /// Fetched from elsewhere.
        Retrieved = "retrieved",
        /// An earlier turn.
        History = "history",
    }
}

facts! {
    /// What is known of an image, a sound, a video or a document without looking into it again.
    MediaFacts {
        /// Its media type, such as `image/png`. Rules: none yet.
        media_type: String,
        /// Bytes. Rules: none yet.
        size: u64,
        /// Milliseconds. Rules: none yet.
        duration_ms: u64,
        /// Pixels. Rules: none yet.
        width: u32,
        /// Pixels. Rules: none yet.
        height: u32,
        /// What the checker of labels read. Rules: DS16, DS17, DS18, GB5, IM12, LM4, LM5, N7.
        label: LabelReading,
        /// What a recognizer says it shows. Rules: none yet.
        tags: Vec<String>,
    }
}

/// A piece of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Part {
    /// Whose words; the kind's usual role where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// `text` where absent; others are `reasoning` and `tool-arguments`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Which of several answers; 0 where absent.
    #[serde(default)]
    pub choice: u32,
    /// `text` where absent; others are `image`, `audio`, `video`, `virtual-scene`, `document`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<words::Medium>,
    /// Whether the user sees it; shown where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<bool>,
    /// Its text, or the transcript of a medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is known of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaFacts>,
}

impl Part {
    /// A part of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { role: None, channel: None, choice: 0, medium: None, shown: None, text: Some(text.into()), media: None }
    }
}

/// A score from one of the platform's models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Signal {
    /// The category it scores.
    pub category: CategoryId,
    /// The score in thousandths.
    pub score_permille: u32,
    /// The part it scores; the whole event where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// The model that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident($facts:ty) = $word:literal, $usual:ident;)+) => {
        words! {
            /// The registered kinds of event.
            EventKind { $($(#[$doc])* $variant = $word,)+ }
        }

        impl EventKind {
            /// The role of a part that names none.
            pub fn usual_role(self) -> Role {
                match self { $(Self::$variant => Role::$usual,)+ }
            }
        }

        /// The facts of an event, by kind.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(tag = "kind", content = "facts")]
        pub enum EventFacts { $($(#[$doc])* #[serde(rename = $word)] $variant($facts),)+ }

        impl EventFacts {
            /// The kind of these facts.
            pub fn kind(&self) -> EventKind {
                match self { $(Self::$variant(_) => EventKind::$variant,)+ }
            }

            /// No facts of a kind.
            pub fn unknown(kind: EventKind) -> Self {
                match kind { $(EventKind::$variant => Self::$variant(Default::default()),)+ }
            }

            /// The facts as a record.
            pub fn record(&self) -> &dyn Record {
                match self { $(Self::$variant(facts) => facts,)+ }
            }

            /// The facts as a record that can be changed.
            pub fn record_mut(&mut self) -> &mut dyn Record {
                match self { $(Self::$variant(facts) => facts,)+ }
            }

            fn parse(kind: EventKind, value: serde_json::Value) -> Result<Self, String> {
                match kind { $(EventKind::$variant => serde_path_to_error::deserialize(value).map(Self::$variant)
                    .map_err(|e| at_path("facts", &e)),)+ }
            }
        }
    };
}

event_kinds! {
    /// What a user sends in.
    Prompt(Prompt) = "prompt", User;
    /// Generated content.
    Output(Output) = "output", Assistant;
    /// Text the model reads from elsewhere.
    Retrieved(Retrieved) = "retrieved", Retrieved;
    /// What the model asks a tool, or gets back.
    Tool(Tool) = "tool", Tool;
    /// An image, a sound, a video or a document.
    Media(Media) = "media", Assistant;
    /// Publishing, exporting, downloading or reposting.
    Publication(Box<Publication>) = "publication", User;
    /// A source or batch of training data.
    TrainingIntake(TrainingIntake) = "training-intake", System;
    /// A batch of labelled data.
    AnnotationBatch(AnnotationBatch) = "annotation-batch", System;
    /// Something done with inputs, usage records or personal data.
    DataHandling(DataHandling) = "data-handling", System;
    /// Something about a user's account.
    Account(Account) = "account", User;
    /// A change of the service.
    ServiceChange(ServiceChange) = "service-change", System;
    /// A late score for a part.
    Signal(LateSignal) = "signal", System;
    /// A reviewer's answer.
    Review(Review) = "review", System;
    /// The reader is gone.
    Abort(Abort) = "abort", System;
}

/// One thing the platform asks about.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Event {
    /// Kind and facts.
    #[serde(flatten)]
    pub facts: EventFacts,
    /// The pieces, in order.
    pub parts: Vec<Part>,
    /// Scores that came with it.
    pub signals: Vec<Signal>,
    /// Who asserts the facts that `sources` does not name; `platform` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// Who asserts single facts, by field.
    pub sources: BTreeMap<String, SourceId>,
    /// Facts that policies of sectors declare of such events, by sector and name.
    #[serde(rename = "sector-facts", skip_serializing_if = "SectorFacts::is_empty")]
    pub sector_facts: SectorFacts,
}

impl Event {
    /// An event of `kind` without facts, parts or signals.
    pub fn new(kind: EventKind) -> Self {
        EventFacts::unknown(kind).into()
    }

    /// The same event with one more part of plain text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::text(text));
        self
    }

    /// The kind.
    pub fn kind(&self) -> EventKind {
        self.facts.kind()
    }

    /// The names of the facts that have a value, those of sectors as `sector-facts.SECTOR.NAME`.
    pub fn known(&self) -> Vec<String> {
        let mut known = self.facts.record().known();
        known.extend(self.sector_facts.known());
        known
    }

    /// Makes the fact of a name unknown; false where it was.
    pub fn forget(&mut self, field: &str) -> bool {
        self.facts.record_mut().forget(field) || self.sector_facts.forget(field)
    }

    /// Who asserts the fact in `field`.
    pub fn source_of(&self, field: &str) -> SourceId {
        self.sources.get(field).or(self.source.as_ref()).cloned().unwrap_or_else(|| SourceId::from("platform"))
    }
}

impl From<EventFacts> for Event {
    fn from(facts: EventFacts) -> Self {
        let (parts, signals, source) = (Vec::new(), Vec::new(), None);
        Self { facts, parts, signals, source, sources: BTreeMap::new(), sector_facts: SectorFacts::default() }
    }
}

impl EventKind {
    /// The kind called `word`, or a message that names the nearest one.
    pub fn parse(word: &str) -> Result<Self, String> {
        if let Some(kind) = Self::ALL.iter().find(|kind| kind.as_str() == word) {
            return Ok(*kind);
        }
        let nearest = crate::nearest(word, Self::ALL.iter().map(|kind| kind.as_str()));
        Err(format!(
            "unknown event kind `{word}`; nearest is `{}`, see `specialis schema event`",
            nearest.unwrap_or("output")
        ))
    }
}

fn at_path(prefix: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let path = error.path().to_string();
    let place = if path == "." { prefix.to_owned() } else { format!("{prefix}.{path}") };
    format!("`{place}`: {}", error.inner())
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Raw {
            kind: String,
            #[serde(default)]
            text: Option<String>,
            #[serde(default)]
            parts: Vec<Part>,
            #[serde(default)]
            signals: Vec<Signal>,
            #[serde(default)]
            source: Option<SourceId>,
            #[serde(default, deserialize_with = "crate::unique_map")]
            sources: BTreeMap<String, SourceId>,
            #[serde(default)]
            facts: Option<UniqueValue>,
            #[serde(default)]
            sector_facts: SectorFacts,
        }
        use serde::de::Error;
        let raw = Raw::deserialize(deserializer)?;
        let kind = EventKind::parse(&raw.kind).map_err(D::Error::custom)?;
        let facts = match raw.facts {
            Some(UniqueValue(value)) => EventFacts::parse(kind, value).map_err(D::Error::custom)?,
            None => EventFacts::unknown(kind),
        };
        let mut parts = raw.parts;
        if let Some(text) = raw.text {
            parts.insert(0, Part::text(text));
        }
        let (signals, source, sources, sector_facts) = (raw.signals, raw.source, raw.sources, raw.sector_facts);
        Ok(Self { facts, parts, signals, source, sources, sector_facts })
    }
}
