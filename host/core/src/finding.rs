//! What policies answer: findings, the demands in them, spans and obligations.

use std::collections::BTreeMap;

use crate::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::words;
use crate::{DutyId, InstrumentId, MeasureId, ReasonId, RuleId, Shared, TextKey};

words! {
    /// How severe an answer is. What each level means for each kind of event is a table in the contract.
    Level {
        /// It is released as it is.
        Pass = "pass",
        /// It is released with a mark.
        Mark = "mark",
        /// It is released with a warning.
        Warn = "warn",
        /// It is released with parts of it masked.
        Redact = "redact",
        /// A person decides before it is released.
        Review = "review",
        /// It is not released.
        Stop = "stop",
    }
}

/// A place in a legal instrument.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Citation {
    /// The instrument's id in the registry.
    pub instrument: InstrumentId,
    /// The article, such as `4(1)`.
    pub article: String,
}

/// A range of one part's text: half open, in bytes of UTF-8, on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Span {
    /// The part's index in its event.
    pub part: u32,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// Whether both cover a common byte.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.part == other.part && self.start < other.end && other.start < self.end
    }
}

/// A parameter of a measure: never free text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ParamValue {
    /// A count, an amount, a position.
    Number(i64),
    /// A day.
    Date(Date),
    /// A duration in seconds.
    Seconds(u64),
    /// An id that the measure's registration lists.
    Id(String),
}

/// What the host or the platform must do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Obligation {
    /// Mask this range.
    Redact(Span),
    /// Release this text instead.
    Replace(TextKey),
    /// Add this text.
    Append(TextKey),
    /// Release nothing more.
    Stop,
    /// Do something outside the text.
    Measure(Measure),
}

impl Obligation {
    /// The name of the text action, or the id of the measure.
    pub fn word(&self) -> &str {
        match self {
            Self::Redact(_) => "redact",
            Self::Replace(_) => "replace",
            Self::Append(_) => "append",
            Self::Stop => "stop",
            Self::Measure(measure) => measure.id.as_str(),
        }
    }
}

/// A registered measure with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Measure {
    /// Which measure.
    pub id: MeasureId,
    /// Its parameters, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_params")]
    pub params: Shared<BTreeMap<String, ParamValue>>,
}

fn unique_params<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shared<BTreeMap<String, ParamValue>>, D::Error> {
    crate::unique_ids(deserializer).map(Shared::from)
}

/// What a finding asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Demand {
    /// How severe.
    pub level: Level,
    /// What to do.
    #[serde(default)]
    pub obligations: Vec<Obligation>,
    /// The ranges of text that it is based on, in order: the first 64.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_spans: u32,
    /// Where the law says so.
    pub citation: Citation,
    /// Why, as a declared reason.
    pub reason: ReasonId,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Demand {
    /// How many ranges of text a demand lists at most. Further ones are counted.
    pub const MAX_SPANS: usize = 64;
}

/// The five cases of an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The duty does not arise here.
    NotApplicable(ReasonId),
    /// The duty arises and is fulfilled.
    Met(Citation),
    /// The duty arises and something has to be done.
    Require(Shared<Demand>),
    /// The sector's law provides otherwise than the general rule.
    InsteadOf(Shared<Demand>),
    /// The policy cannot tell.
    Unknown(ReasonId),
}

impl Answer {
    /// The demand, where there is one.
    pub fn demand(&self) -> Option<&Demand> {
        match self {
            Self::Require(demand) | Self::InsteadOf(demand) => Some(demand),
            Self::NotApplicable(_) | Self::Met(_) | Self::Unknown(_) => None,
        }
    }

    /// The citation, where there is one.
    pub fn citation(&self) -> Option<&Citation> {
        match self {
            Self::Met(citation) => Some(citation),
            Self::Require(demand) | Self::InsteadOf(demand) => Some(&demand.citation),
            Self::NotApplicable(_) | Self::Unknown(_) => None,
        }
    }

    /// The reason, where there is one.
    pub fn reason(&self) -> Option<&ReasonId> {
        match self {
            Self::NotApplicable(reason) | Self::Unknown(reason) => Some(reason),
            Self::Require(demand) | Self::InsteadOf(demand) => Some(&demand.reason),
            Self::Met(_) => None,
        }
    }

    /// The name of the case, as in the serialized form.
    pub fn case(&self) -> &'static str {
        match self {
            Self::NotApplicable(_) => "not-applicable",
            Self::Met(_) => "met",
            Self::Require(_) => "require",
            Self::InsteadOf(_) => "instead-of",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What one rule of a policy answers on one duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// The duty.
    pub duty: DutyId,
    /// The rule that answered.
    pub rule: RuleId,
    /// The answer.
    pub answer: Answer,
    /// For a finding made when the session opens: the kinds of event that it applies to. Empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}
