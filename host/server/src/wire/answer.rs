//! One answer of a model while it is judged: which text came on which outlet, and what of it may go out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use specialis::core::Level;
use specialis::{Release, Step};

/// Judges the text of one answer as it comes. One is made for each answer, and used by one thread at a time.
pub trait TextJudge: Send {
    /// Takes the next text of one choice and channel, and says what follows from it.
    fn push(&mut self, choice: u32, channel: Option<&str>, text: &str) -> Vec<Step>;

    /// Judges the whole, settles what is owed, and says what goes out at the end.
    fn end(self: Box<Self>) -> Ended;
}

/// What the end of an answer brought.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What goes out after all that went before.
    pub release: Release,
    /// The level of each part.
    pub levels: BTreeMap<u32, Level>,
    /// The highest level.
    pub verdict: Level,
    /// The id of the decision.
    pub decision: String,
    /// The ids of the measures that it asks for.
    pub measures: Vec<String>,
}

/// What a text of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The answer itself; the number tells several of them apart.
    Text(u32),
    /// What the model thought before.
    Reasoning(u32),
    /// Why the model does not answer.
    Refusal(u32),
    /// The arguments of a call of a tool.
    ToolArguments(u32),
    /// Program text, or another input of a tool that is not JSON.
    ToolInput(u32),
}

impl Channel {
    /// The name under which the library knows it; the first text has none.
    pub fn name(self) -> Option<String> {
        let numbered = |name: &str, n: u32, form: &str| match n {
            0 => Some(name.to_owned()),
            n => Some(format!("{name}-{n}{form}")),
        };
        match self {
            Self::Text(0) => None,
            Self::Text(n) => numbered("text", n, ""),
            Self::Reasoning(n) => numbered("reasoning", n, ""),
            Self::Refusal(n) => numbered("refusal", n, ""),
            Self::ToolArguments(n) => numbered("tool-arguments", n, "+json"),
            Self::ToolInput(n) => numbered("tool-input", n, ""),
        }
    }
}

/// One choice and channel of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Which of several answers.
    pub choice: u32,
    /// What of it.
    pub channel: Channel,
}

impl Slot {
    /// A channel of the only choice.
    pub fn only(channel: Channel) -> Self {
        Self { choice: 0, channel }
    }
}

/// What happens on a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that goes out.
    Text(Slot, String),
    /// Nothing more of the choice goes out: not before a person decided, or never.
    Closed(u32),
}

/// An answer that is being judged.
pub struct Answer {
    judge: Option<Box<dyn TextJudge>>,
    /// By the number of their part: parts are numbered as their first text comes.
    slots: Vec<Slot>,
    known: BTreeSet<Slot>,
    closed: BTreeMap<u32, Level>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("slots", &self.slots).field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer that a judge judges, of which nothing came yet.
    pub fn new(judge: Box<dyn TextJudge>) -> Self {
        Self { judge: Some(judge), slots: Vec::new(), known: BTreeSet::new(), closed: BTreeMap::new() }
    }

    /// Takes the next text of a slot, and says what goes out now. Text of a choice that is closed is dropped.
    pub fn push(&mut self, slot: Slot, text: &str) -> Vec<Piece> {
        if text.is_empty() || self.is_closed(slot.choice) {
            return Vec::new();
        }
        let Some(judge) = &mut self.judge else { return Vec::new() };
        if self.known.insert(slot) {
            self.slots.push(slot);
        }
        let steps = judge.push(slot.choice, slot.channel.name().as_deref(), text);
        steps.into_iter().filter_map(|step| self.piece(step)).collect()
    }

    /// Judges the whole. The pieces are what goes out last. None where that was done before.
    pub fn end(&mut self) -> Option<(Vec<Piece>, Ended)> {
        let ended = self.judge.take()?.end();
        let mut pieces = Vec::new();
        for (number, text) in &ended.release.parts {
            let Some(slot) = self.slot(*number) else { continue };
            pieces.extend(text.clone().filter(|text| !text.is_empty()).map(|text| Piece::Text(slot, text)));
        }
        for (slot, number) in self.slots.clone().into_iter().zip(0_u32..) {
            let level = ended.levels.get(&number).copied().unwrap_or(ended.verdict);
            if level >= Level::Review && self.close(slot.choice, level) {
                pieces.push(Piece::Closed(slot.choice));
            }
        }
        Some((pieces, ended))
    }

    /// Whether nothing more of a choice goes out.
    pub fn is_closed(&self, choice: u32) -> bool {
        self.closed.contains_key(&choice)
    }

    /// Whether the end is still to come.
    pub fn is_open(&self) -> bool {
        self.judge.is_some()
    }

    /// Closes a choice; false where it was closed before.
    fn close(&mut self, choice: u32, level: Level) -> bool {
        self.closed.insert(choice, level).is_none()
    }

    fn slot(&self, part: u32) -> Option<Slot> {
        self.slots.get(usize::try_from(part).ok()?).copied()
    }

    fn piece(&mut self, step: Step) -> Option<Piece> {
        match step {
            Step::Text { part, text } => Some(Piece::Text(self.slot(part)?, text)),
            Step::Closed { part, level } => {
                let choice = self.slot(part)?.choice;
                self.close(choice, level).then_some(Piece::Closed(choice))
            }
            Step::Decision(_) => None,
        }
    }
}
