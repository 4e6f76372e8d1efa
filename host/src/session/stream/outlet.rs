//! One choice and channel of a stream: what of its text is out, and whether more may go out.

use std::collections::{BTreeMap, BTreeSet};

use specialis_core::{CategoryId, Decision, Decisive, Level, Span};
use specialis_text::{Form, Utf8Assembler};

use super::Step;
use crate::session::release::{MaskedText, Masks, TextActions};
use crate::session::scan::PartId;

/// The outlets of a stream, in the order in which their first text came.
#[derive(Default)]
pub(super) struct Outlets {
    all: Vec<Outlet>,
    /// Those without a channel, by choice.
    plain: BTreeMap<u32, OutletId>,
    /// The others, by channel and choice.
    channels: BTreeMap<String, BTreeMap<u32, OutletId>>,
}

/// The place of an outlet in its stream. Made by [`Outlets`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutletId(usize);

impl Outlets {
    pub(super) fn find(&self, choice: u32, channel: Option<&str>) -> Option<OutletId> {
        match channel {
            None => self.plain.get(&choice).copied(),
            Some(channel) => self.channels.get(channel)?.get(&choice).copied(),
        }
    }

    pub(super) fn add(&mut self, outlet: Outlet) -> OutletId {
        let id = OutletId(self.all.len());
        match &outlet.channel {
            None => _ = self.plain.insert(outlet.choice, id),
            Some(channel) => _ = self.channels.entry(channel.clone()).or_default().insert(outlet.choice, id),
        }
        self.all.push(outlet);
        id
    }

    pub(super) fn get(&self, id: OutletId) -> Option<&Outlet> {
        self.all.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: OutletId) -> Option<&mut Outlet> {
        self.all.get_mut(id.0)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = OutletId> + use<> {
        (0..self.all.len()).map(OutletId)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Outlet> {
        self.all.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Outlet> {
        self.all.iter_mut()
    }

    #[cfg(test)]
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// One choice and channel of a stream.
pub(super) struct Outlet {
    pub(super) part: PartId,
    pub(super) choice: u32,
    pub(super) channel: Option<String>,
    pub(super) bytes: Utf8Assembler,
    /// Up to where nothing can become part of a match any more.
    pub(super) frontier: usize,
    /// The highest level so far, and what decided it.
    pub(super) highest: (Level, Option<Decisive>),
    /// What the last decision on all parts asks the host to do with its text, beside masking.
    actions: TextActions,
    masks: Masks,
    flow: Flow,
}

/// What went out of an outlet, and what may.
struct Flow {
    gate: Gate,
    text: MaskedText,
    /// Whether anything went out.
    has_out: bool,
    /// Up to where late scores cover the text, by category.
    covered: BTreeMap<CategoryId, usize>,
}

/// Whether text of an outlet goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gate {
    Open,
    /// A person decides first.
    Pending,
    Closed,
}

impl Outlet {
    pub(super) fn new(part: PartId, (choice, channel): (u32, Option<String>), form: Form, is_what_if: bool) -> Self {
        let gate = if is_what_if { Gate::Closed } else { Gate::Open };
        Self {
            part,
            choice,
            channel,
            bytes: Utf8Assembler::new(),
            frontier: 0,
            highest: (Level::Pass, None),
            actions: TextActions::default(),
            masks: Masks::default(),
            flow: Flow { gate, text: MaskedText::written_in(form), has_out: false, covered: BTreeMap::new() },
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.flow.gate == Gate::Open
    }

    pub(super) fn is_pending(&self) -> bool {
        self.flow.gate == Gate::Pending
    }

    /// Nothing more of it goes out.
    pub(super) fn close(&mut self) {
        self.flow.gate = Gate::Closed;
    }

    /// Its text may go out again, where it waited for a person.
    pub(super) fn open_pending(&mut self) {
        if self.is_pending() {
            self.flow.gate = Gate::Open;
        }
    }

    /// Holds its text back as far as a level asks for that.
    pub(super) fn hold_at(&mut self, level: Level) {
        let gate = match level {
            Level::Stop => Gate::Closed,
            Level::Review => Gate::Pending,
            Level::Pass | Level::Mark | Level::Warn | Level::Redact => Gate::Open,
        };
        self.flow.gate = self.flow.gate.max(gate);
    }

    /// Takes up to where a score covers its text.
    pub(super) fn cover(&mut self, category: CategoryId, to: usize) {
        let covered = self.flow.covered.entry(category).or_default();
        *covered = to.max(*covered);
    }

    /// Up to where scores of all these categories cover its text.
    pub(super) fn covered_to(&self, awaited: &BTreeSet<CategoryId>) -> usize {
        let covered = awaited.iter().map(|category| self.flow.covered.get(category).copied().unwrap_or(0));
        covered.min().unwrap_or(usize::MAX)
    }

    /// Releases its text up to `to`, cut at a character, with stretches masked.
    pub(super) fn release(&mut self, text: &str, to: usize, redaction: &str) -> String {
        let to = text.floor_char_boundary(to.min(text.len()));
        let text = self.flow.text.release_to(text, to, &self.masks, redaction);
        self.flow.has_out |= !text.is_empty();
        text
    }

    /// How many bytes of its text are kept back and may still go out.
    pub(super) fn n_kept_back(&self, text: &str) -> usize {
        if self.flow.gate == Gate::Closed { 0 } else { text.len().saturating_sub(self.flow.text.at) }
    }

    /// What is added behind its text when nothing more comes: nothing, while some of it waits. A label is added also where
    /// the text was cut off.
    pub(super) fn tail(&self, text: &str) -> Option<String> {
        let is_cut_off = self.flow.gate == Gate::Closed && self.flow.has_out;
        (is_cut_off || self.is_through(text)).then(|| self.actions.tail(text))
    }

    /// Whether all of its text is out.
    pub(super) fn is_through(&self, text: &str) -> bool {
        self.is_open() && self.flow.text.at >= text.len()
    }

    /// Takes what is done with its text beside masking.
    pub(super) fn set_actions(&mut self, actions: TextActions) {
        self.actions = actions;
    }

    /// Takes stretches to mask: further ones, or all where `is_all` says so. Returns those that went out unmasked.
    pub(super) fn take_masks(&mut self, masks: &[Span], is_all: bool) -> Vec<Span> {
        let out = u32::try_from(self.flow.text.at).unwrap_or(u32::MAX);
        let begun = masks.iter().filter(|mask| mask.start < out);
        let begun = begun.map(|mask| Span { end: mask.end.min(out), ..*mask });
        let late = begun.filter(|span| !self.masks.cover(span)).collect();
        if is_all {
            self.masks = Masks::of(masks);
        } else {
            masks.iter().for_each(|mask| self.masks.add(mask));
        }
        late
    }

    /// Whether a level, or a replacement, cuts off text of which some is out.
    pub(super) fn is_cut_off_at(&self, level: Level) -> bool {
        self.flow.has_out && (level >= Level::Review || self.actions.replacement.is_some())
    }

    /// Raises its level to that of a decision.
    pub(super) fn raise(&mut self, level: Level, decision: &Decision) {
        if level > self.highest.0 {
            let decisive = decision.decisive.clone().filter(|decisive| decisive.level == level);
            self.highest = (level, decisive);
        }
    }

    /// Closes it where its level or a replacement asks for that, and says so.
    pub(super) fn apply_level(&mut self, is_supported: bool, steps: &mut Vec<Step>) {
        let level = self.highest.0;
        let is_replaced = self.actions.replacement.is_some() && level != Level::Review;
        if self.flow.gate == Gate::Closed || !(level >= Level::Review || is_replaced) {
            return;
        }
        let gate = if level == Level::Review { Gate::Pending } else { Gate::Closed };
        if self.flow.gate == gate {
            return;
        }
        self.flow.gate = gate;
        if let Some(text) = self.actions.replacement.clone().filter(|_| is_replaced && is_supported) {
            self.flow.has_out = true;
            steps.push(Step::Text { part: self.part.number(), text });
        }
        steps.push(Step::Closed { part: self.part.number(), level });
    }
}
