//! How a term is said: whether somebody asks for what it names, offers it or tells how to do it, or whether it is only
//! spoken of.
//!
//! A small grammar over the clause that a term stands in. It knows acts and frames. An **act** makes a term weigh more: a
//! request for it, an offer of it, instructions for it. A **frame** makes it weigh less, because the term is only mentioned: a
//! refusal, a negation, a prohibition, what prevents it, a report, a law, help. A frame governs the term from the left with
//! nothing between them that asks for it, or follows right behind it. Two negations next to each other are none. No frame
//! reaches over the end of a clause.

mod clause;
mod marks;

pub(crate) use clause::{Clause, MAX_RIGHT, Saying};
pub(crate) use marks::prepare;

use clause::Read;

/// What somebody does with what a term names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Act {
    /// It is spoken of.
    #[default]
    Topic,
    /// Somebody asks for it or for help with it: `教我…`, `怎么…`.
    Request,
    /// Somebody offers it, or tells how it is done: `出售…`, `…的步骤`.
    Offer,
}

impl Act {
    /// The name in documents: `topic`, `request` or `offer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Request => "request",
            Self::Offer => "offer",
        }
    }
}

/// A way in which a term is only mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frame {
    /// The speaker refuses: `我不能提供…`. It counts in what a model says, not in what a user says.
    Refusal,
    /// It is denied: `没有…`.
    Negation,
    /// It is forbidden: `严禁…`.
    Prohibition,
    /// It is prevented, fought or recognized: `防范…`, `举报…`.
    Prevention,
    /// What happened is reported: `警方破获…`.
    Report,
    /// The law speaks of it: `…罪的量刑`.
    Law,
    /// Help is offered to whom it befalls: `…求助热线`.
    Help,
}

impl Frame {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Refusal, Self::Negation, Self::Prohibition, Self::Prevention, Self::Report, Self::Law, Self::Help];

    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refusal => "refusal",
            Self::Negation => "negation",
            Self::Prohibition => "prohibition",
            Self::Prevention => "prevention",
            Self::Report => "report",
            Self::Law => "law",
            Self::Help => "help",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Refusal => 1,
            Self::Negation => 2,
            Self::Prohibition => 4,
            Self::Prevention => 8,
            Self::Report => 16,
            Self::Law => 32,
            Self::Help => 64,
        }
    }
}

/// The frames that a term stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Frames(u8);

impl Frames {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this frame is among them.
    pub fn has(self, frame: Frame) -> bool {
        self.0 & frame.bit() != 0
    }

    /// The frames, in the order of [`Frame::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Frame> {
        Frame::ALL.into_iter().filter(move |&frame| self.has(frame))
    }

    fn add(&mut self, frame: Frame) {
        self.0 |= frame.bit();
    }
}

/// Who says a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Speaker {
    /// Nobody has said who: read as a user's text, but a refusal counts.
    #[default]
    Unknown,
    /// A user, or somebody else whose words come in: a refusal says nothing of what is asked, and a request stays one in
    /// every frame.
    User,
    /// The model: it may say that it refuses, and what it forbids or reports it does not ask for.
    Model,
}

/// How a term is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Speech {
    /// What somebody does with it.
    pub act: Act,
    /// The frames it stands in. They are named even where the act counts in spite of them.
    pub frames: Frames,
    /// Whether a frame makes it a mention.
    pub is_mention: bool,
}

/// The weight of a term that is only mentioned.
pub const MENTION_WEIGHT: u8 = 10;
/// The weight of a request for what a term names that is marked `unlawful`.
pub const REQUEST_WEIGHT: u8 = 80;
/// The weight of an offer of it, or of instructions for it.
pub const OFFER_WEIGHT: u8 = 90;

impl Speech {
    /// What a term of this weight weighs as it is said. Only what is unlawful weighs more for the act.
    pub fn weight(self, own: u8, is_unlawful: bool) -> u8 {
        if self.is_mention {
            return own.min(MENTION_WEIGHT);
        }
        match self.act {
            Act::Request if is_unlawful => own.max(REQUEST_WEIGHT),
            Act::Offer if is_unlawful => own.max(OFFER_WEIGHT),
            Act::Topic | Act::Request | Act::Offer => own,
        }
    }

    /// Weighs what was read around a term.
    fn of(read: &Read, speaker: Speaker) -> Self {
        let mut frames = Frames::default();
        if read.is_refused {
            frames.add(Frame::Refusal);
        }
        read.governor.into_iter().chain(read.behind).for_each(|frame| frames.add(frame));
        let is_refused = read.is_refused && speaker != Speaker::User;
        let is_governed = read.governor.is_some();
        let prevents = matches!(read.governor, Some(Frame::Prevention | Frame::Report | Frame::Help));
        let is_framed = is_governed || read.behind.is_some();
        // In what a user says, a request stands in spite of every frame but one that it asks about (`怎么举报…`), and the
        // way to do a thing is a request too unless it is the way to prevent it.
        let is_mention = match speaker {
            Speaker::Model => is_refused || is_framed,
            Speaker::User | Speaker::Unknown => {
                is_refused
                    || (is_framed && !read.asks && (!read.has_means || prevents) && (is_governed || !read.offers))
            }
        };
        let act = match (read.asks, read.has_means || read.offers) {
            (_, true) => Act::Offer,
            (true, false) => Act::Request,
            (false, false) => Act::Topic,
        };
        Self { act, frames, is_mention }
    }
}
