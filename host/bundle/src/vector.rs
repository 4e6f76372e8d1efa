//! Vectors: sessions, mostly of one event, with the findings that a policy is expected to make in them.

mod case;
mod change;
mod file;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};
use specialis_core::{CategoryId, Citation, Context, Date, DutyId, Event, EventKind, Finding, Level, ReasonId, RuleId};

pub use case::{Case, parse_cases};
pub use file::parse_vectors;

/// One expected finding. On the duties that a vector names its rule has to answer just what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// The duty.
    pub duty: DutyId,
    /// The case: `not-applicable`, `met`, `require`, `instead-of`, `unknown`, or `none` where the rule must not answer.
    pub case: String,
    /// The level, for `require` and `instead-of`.
    #[serde(default)]
    pub level: Option<Level>,
    /// The reason, for every case that gives one.
    #[serde(default)]
    pub reason: Option<ReasonId>,
    /// The citation that it rests on, as its instrument and the word for the place, such as `IM 14(2)`; any where none is given.
    #[serde(default)]
    pub cite: Option<String>,
    /// The measures that are asked for, by id, and the text actions by their words: all of them.
    #[serde(default)]
    pub measures: Vec<String>,
    /// At open, the kinds of event that it holds for: those of the file where none are given here.
    #[serde(default)]
    pub kinds: Option<Vec<EventKind>>,
    /// Whether further measures, and further answers on the duty, may stand beside it.
    #[serde(default)]
    pub at_least: bool,
}

impl Expected {
    /// The case of a rule that must not answer.
    pub const NONE: &str = "none";

    /// What a rule is to answer where it is to answer as it did.
    pub fn of(finding: &Finding) -> Self {
        let answer = &finding.answer;
        let demand = answer.demand();
        let words = demand.into_iter().flat_map(|demand| &demand.obligations).map(|one| one.word().to_owned());
        let measures: BTreeSet<String> = words.collect();
        Self {
            level: demand.map(|demand| demand.level),
            reason: answer.reason().cloned(),
            cite: answer.citation().map(|Citation { instrument, article }| format!("{instrument} {article}")),
            measures: measures.into_iter().collect(),
            case: answer.case().to_owned(),
            ..Self::silence(finding.duty.clone())
        }
    }

    /// That a rule is to say nothing on a duty.
    pub fn silence(duty: DutyId) -> Self {
        let (level, reason, cite, kinds) = (None, None, None, None);
        Self { duty, case: Self::NONE.to_owned(), level, reason, cite, measures: Vec::new(), kinds, at_least: false }
    }

    /// Whether the rule is to ask for nothing.
    pub fn is_quiet(&self) -> bool {
        matches!(self.case.as_str(), Self::NONE | "not-applicable")
    }

    /// What is missing or does not belong.
    fn problem(&self) -> Option<&'static str> {
        let asks = self.level.is_some() || !self.measures.is_empty();
        match self.case.as_str() {
            "require" | "instead-of" if self.level.is_none() => Some("asks for something; give its `level`"),
            "require" | "instead-of" | "not-applicable" | "unknown" if self.reason.is_none() => {
                Some("is answered with a reason; give it as `reason`")
            }
            "require" | "instead-of" => None,
            "not-applicable" | "unknown" if self.cite.is_some() => Some("cites nothing; leave out `cite`"),
            "not-applicable" | "met" | "unknown" if asks => Some("asks for nothing; leave out `level` and `measures`"),
            "met" if self.reason.is_some() => Some("is answered without a reason; leave it out"),
            "not-applicable" | "met" | "unknown" => None,
            Self::NONE
                if asks || self.reason.is_some() || self.cite.is_some() || self.kinds.is_some() || self.at_least =>
            {
                Some("is no answer at all; leave out everything but the duty")
            }
            Self::NONE => None,
            _ => Some("is no case; give `require`, `instead-of`, `met`, `not-applicable`, `unknown` or `none`"),
        }
    }
}

/// One event of a vector, and what the rule is expected to answer on it.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorEvent {
    /// The event.
    pub event: Event,
    /// Where its text is cut, in bytes, if it comes as a stream.
    pub cuts: Option<Vec<usize>>,
    /// What the rule must answer; nothing is said of an event without any.
    pub expect: Vec<Expected>,
}

impl VectorEvent {
    /// The pieces in which its text comes, if it comes as a stream.
    pub fn pieces(&self) -> Option<Vec<&str>> {
        let cuts = self.cuts.as_ref()?;
        let text = self.event.parts.first().and_then(|part| part.text.as_deref()).unwrap_or_default();
        let ends = cuts.iter().copied().chain([text.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        Some(starts.zip(ends).filter_map(|(start, end)| text.get(start..end)).collect())
    }
}

/// The events of one session and what one rule is expected to answer on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// The rule.
    pub rule: RuleId,
    /// What makes this one special.
    pub name: String,
    /// The day.
    pub as_of: Date,
    /// The context.
    pub context: Context,
    /// The events in their order, at least one. What a policy remembers goes from each to the next.
    pub events: Vec<VectorEvent>,
    /// Whether the findings made at open are meant; there is one event then.
    pub at_open: bool,
    /// Settings of the policy that differ from its defaults.
    pub settings: Map<String, Value>,
    /// Terms that stand in lexicons of other policies, by category.
    pub terms: BTreeMap<CategoryId, Vec<String>>,
    /// The kinds of event that findings made at open hold for, all where empty, where an expected one says nothing else.
    pub kinds: Vec<EventKind>,
}

impl Vector {
    /// What the rule must answer, on all events together.
    pub fn expected(&self) -> impl Iterator<Item = &Expected> {
        self.events.iter().flat_map(|event| &event.expect)
    }
}
