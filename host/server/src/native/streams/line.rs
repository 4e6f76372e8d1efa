//! The lines of a stream.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use specialis::Step;
use specialis::core::{Context, Decision, Event, Level};

use crate::native::decide::{Decided, ReleasedPart};
use crate::serving::{Problem, ProblemBody};

/// A line in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(
    untagged,
    expecting = "neither a chunk with `text`, nor an event under `submit`, nor what the first line may say"
)]
pub(crate) enum LineIn {
    /// The next text of one choice and channel.
    Chunk(Chunk),
    /// An event of the session: a late score, a review, an abort.
    Submit(Box<Submit>),
    /// What is known of the stream. The first line alone.
    Begin(Box<Begin>),
}

/// The next text of one choice and channel.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Chunk {
    /// The text, cut anywhere.
    pub(super) text: String,
    /// Which of several answers.
    #[serde(default)]
    pub(super) choice: u32,
    /// Its channel, such as `reasoning`; the answer itself where absent.
    #[serde(default)]
    pub(super) channel: Option<String>,
}

/// An event while the stream is open.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Submit {
    /// The event.
    #[schema(value_type = crate::native::stand_in::AnyEvent)]
    pub(super) submit: Event,
}

/// What is known of a stream before its text comes.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Begin {
    /// The name of the session, for a stream in a session of its own; a random one where absent.
    pub(super) session: Option<String>,
    /// Who serves whom, for a stream in a session of its own.
    #[schema(value_type = Option<crate::native::stand_in::AnyContext>)]
    pub(super) context: Option<Context>,
    /// The event whose text streams, such as an output with its facts.
    #[schema(value_type = Option<crate::native::stand_in::AnyEvent>)]
    pub(super) event: Option<Event>,
}

/// A line out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(crate) enum LineOut {
    /// Text of a part that may go out now.
    Text {
        /// The part.
        part: u32,
        /// Its next text.
        text: String,
    },
    /// The decision on what was read so far.
    Decision {
        /// The decision.
        #[schema(value_type = crate::native::stand_in::AnyDecision)]
        decision: Box<Decision>,
    },
    /// Nothing more of a part goes out: until a person has decided (`review`), or at all.
    Closed {
        /// The part.
        part: u32,
        /// Its level.
        #[schema(value_type = String)]
        level: Level,
    },
    /// The decision on an event that was submitted, with the text that it frees.
    Judged {
        /// The decision.
        #[schema(value_type = crate::native::stand_in::AnyDecision)]
        decision: Box<Decision>,
        /// The text that may go out now.
        release: Vec<ReleasedPart>,
    },
    /// The decision on the whole, with the text that goes out last.
    End {
        /// The decision.
        #[schema(value_type = crate::native::stand_in::AnyDecision)]
        decision: Box<Decision>,
        /// The text that goes out last.
        release: Vec<ReleasedPart>,
    },
    /// What went wrong. Nothing more comes.
    Problem(ProblemBody),
}

impl LineOut {
    /// A step of the library.
    pub(super) fn step(step: Step) -> Vec<u8> {
        match step {
            Step::Text { part, text } => Self::Text { part, text },
            Step::Decision(decision) => Self::Decision { decision },
            Step::Closed { part, level } => Self::Closed { part, level },
        }
        .line()
    }

    /// The decision on an event that was submitted.
    pub(super) fn judged(decided: Decided) -> Vec<u8> {
        let Decided { decision, release } = decided;
        Self::Judged { decision: Box::new(decision), release }.line()
    }

    /// The decision on the whole.
    pub(super) fn end(decided: Decided) -> Bytes {
        let Decided { decision, release } = decided;
        Self::End { decision: Box::new(decision), release }.line().into()
    }

    /// What went wrong.
    pub(super) fn problem(problem: &Problem) -> Bytes {
        Self::Problem(problem.body()).line().into()
    }

    fn line(&self) -> Vec<u8> {
        // INVARIANT: every line has a JSON form.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}
