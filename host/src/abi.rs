//! What crosses the border: the state of one call, and one adapter for each version of the contract.

pub(crate) mod v0_1_0;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_bundle::SettingValue;
use specialis_core::{CategoryId, Context, Date, Event, Finding, PolicyId, Signal, Span};
use specialis_text::HitOrigin;

use crate::limits::{Guard, Limits};

/// Receives what policies log, for authors and tests. Called on the deciding thread, once a line; it must not block. In
/// enforce mode a host has none, and the words reach nobody.
pub trait LogSink: Send + Sync {
    /// A line that `policy` wrote.
    fn line(&self, policy: &PolicyId, message: &str);
}

/// A judging point: it depends on the text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The session opens.
    Open,
    /// The event is whole.
    End,
}

impl Point {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
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
}

/// What is judged, the same for every policy.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) context: Arc<Context>,
    pub(crate) event: Option<Arc<Event>>,
    pub(crate) point: Point,
    pub(crate) as_of: Date,
    pub(crate) hits: Vec<PartHit>,
}

/// Everything one call can see and use.
pub(crate) struct CallState {
    pub(crate) guard: Guard,
    pub(crate) limits: Arc<Limits>,
    pub(crate) policy: PolicyId,
    pub(crate) input: Arc<Input>,
    pub(crate) settings: Arc<BTreeMap<String, SettingValue>>,
    /// The categories whose hits and signals this policy reads.
    pub(crate) reads: Arc<BTreeSet<CategoryId>>,
    pub(crate) log: Option<Arc<dyn LogSink>>,
    pub(crate) log_lines: u32,
}

impl CallState {
    fn visible_hits(&self) -> impl Iterator<Item = &PartHit> {
        self.input.hits.iter().filter(|hit| self.reads.contains(&hit.category))
    }

    fn visible_signals(&self) -> impl Iterator<Item = &Signal> {
        let signals = self.input.event.as_ref().map_or(&[][..], |event| &event.signals);
        signals.iter().filter(|signal| self.reads.contains(&signal.category))
    }

    fn part_text(&self, part: u32) -> Option<&str> {
        self.input.event.as_ref()?.parts.get(usize::try_from(part).ok()?)?.text.as_deref()
    }
}

/// What a call answered, before it is checked against the manifest.
pub(crate) struct Answered {
    pub(crate) findings: Vec<Finding>,
    pub(crate) state: Vec<u8>,
}
