//! What crosses the border between host and guest: the state of one call, and one adapter for each version of the contract.

mod adapter;
mod v0_1_0;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use specialis_bundle::{NamedSection, SettingValue};
use specialis_core::{CategoryId, Context, Date, Event, Part, PolicyId, SectorId, Signal, Span};
use specialis_text::{HitOrigin, Speech};

use super::LogSink;
use super::limits::{LimitReached, Limits, ReadMeter, ResourceGuard};
pub(crate) use adapter::PolicyPre;
pub(crate) use value::{Misread, Sections, finding, split};

/// Why a policy is called. Where it is called depends on the text alone, never on how a stream was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPoint {
    /// The session opens.
    Open,
    /// A hit resolved.
    Hit,
    /// The text that the policy asked for is there.
    Text,
    /// A late score came.
    Signal,
    /// A reviewer answered.
    Review,
    /// The event is whole.
    End,
}

impl CallPoint {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Hit => "hit",
            Self::Text => "text",
            Self::Signal => "signal",
            Self::Review => "review",
            Self::End => "end",
        }
    }
}

/// A hit with the part it stands in.
#[derive(Clone, Debug)]
pub(crate) struct PartHit {
    pub(crate) span: Span,
    pub(crate) category: CategoryId,
    pub(crate) weight: u8,
    pub(crate) origin: HitOrigin,
    /// How the text speaks of it.
    pub(crate) speech: Speech,
}

impl PartHit {
    /// The order of hits: by place, then by category.
    pub(crate) fn in_order(&self, other: &Self) -> std::cmp::Ordering {
        (self.span, &self.category).cmp(&(other.span, &other.category))
    }
}

/// Facts as guests read them in one value, written when a guest first asks and shared by all calls that see the same facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenFacts {
    /// The context.
    pub(crate) context: Arc<OnceLock<Sections>>,
    /// The facts of the event.
    pub(crate) facts: Arc<OnceLock<Sections>>,
}

/// What is judged, the same for every policy.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) context: Arc<Context>,
    pub(crate) event: Option<Arc<Event>>,
    pub(crate) as_of: Date,
    pub(crate) hits: Vec<PartHit>,
    /// How many parts have been read or are being read. No policy sees the later ones yet.
    pub(crate) n_parts: usize,
    /// Those of them that are listed.
    pub(crate) listed: Range<usize>,
    /// The part that is being read and up to where; none where all parts are whole.
    pub(crate) read_to: Option<(u32, usize)>,
    pub(crate) written: WrittenFacts,
}

impl Input {
    /// The input of a call without an event.
    pub(crate) fn without_event(context: Arc<Context>, as_of: Date) -> Self {
        let (hits, written) = (Vec::new(), WrittenFacts::default());
        Self { context, event: None, as_of, hits, n_parts: 0, listed: 0..0, read_to: None, written }
    }

    /// The parts that can be seen.
    pub(crate) fn parts(&self) -> &[Part] {
        let parts = self.event.as_ref().map_or(&[][..], |event| &event.parts);
        parts.get(..self.n_parts).unwrap_or(parts)
    }

    /// The parts that are listed, with their places.
    pub(crate) fn listed_parts(&self) -> impl Iterator<Item = (u32, &Part)> {
        let first = u32::try_from(self.listed.start).unwrap_or(u32::MAX);
        (first..).zip(self.parts().get(self.listed.clone()).unwrap_or_default())
    }

    /// How many hits, parts and signals are shown to a policy that reads these categories.
    pub(crate) fn n_items(&self, reads: &BTreeSet<CategoryId>) -> u64 {
        let n_hits = self.hits.iter().filter(|hit| reads.contains(&hit.category)).count();
        let n_signals = self.event.as_ref().map_or(0, |event| event.signals.len());
        let n = n_hits.saturating_add(n_signals).saturating_add(self.listed.len());
        u64::try_from(n).unwrap_or(u64::MAX)
    }

    /// The text of a part, as far as it has been read.
    pub(crate) fn part_text(&self, part: u32) -> Option<&str> {
        let text = self.parts().get(usize::try_from(part).ok()?)?.text.as_deref()?;
        match self.read_to {
            Some((reading, at)) if reading == part => text.get(..at),
            Some(_) | None => Some(text),
        }
    }
}

/// What one signal is charged, with its category and source.
const SIGNAL_BYTES: usize = 128;

/// Everything one call can see and use.
pub(crate) struct CallState {
    pub(crate) guard: ResourceGuard,
    pub(crate) meter: ReadMeter,
    pub(crate) limits: Arc<Limits>,
    pub(crate) policy: PolicyId,
    /// The sector whose law the policy carries, where it does: whose facts it sees.
    pub(crate) sector: Option<SectorId>,
    pub(crate) input: Arc<Input>,
    /// The hits of the input that it sees, by their places.
    pub(crate) hits: Vec<usize>,
    pub(crate) point: CallPoint,
    /// The text to judge at a point of kind [`CallPoint::Text`].
    pub(crate) stretch: Option<Span>,
    pub(crate) settings: Arc<BTreeMap<String, SettingValue>>,
    /// The data of the policy's file.
    pub(crate) data: Arc<[NamedSection]>,
    /// The categories whose hits and signals this policy reads.
    pub(crate) reads: Arc<BTreeSet<CategoryId>>,
    pub(crate) log: Option<Arc<dyn LogSink>>,
    pub(crate) log_lines: u32,
    /// The findings that the guest handed over as one value.
    pub(crate) answer: Option<Vec<u8>>,
}

impl CallState {
    /// Charges one read of so many bytes, before it is made.
    fn charge(&mut self, n_bytes: usize) -> Result<(), LimitReached> {
        self.meter.charge(n_bytes)
    }

    fn visible_hits(&self) -> impl Iterator<Item = &PartHit> {
        self.hits.iter().filter_map(|n| self.input.hits.get(*n))
    }

    /// How many bytes handing over the signals takes, as far as they have to be looked at.
    fn n_signal_bytes(&self) -> usize {
        self.input.event.as_ref().map_or(0, |event| event.signals.len().saturating_mul(SIGNAL_BYTES))
    }

    fn visible_signals(&self) -> impl Iterator<Item = &Signal> {
        let signals = self.input.event.as_ref().map_or(&[][..], |event| &event.signals);
        signals.iter().filter(|signal| self.reads.contains(&signal.category))
    }
}

/// What a call answered, before it is read.
pub(crate) struct RawAnswer {
    /// A list of findings, as one value.
    pub(crate) findings: Vec<u8>,
    pub(crate) state: Vec<u8>,
}
