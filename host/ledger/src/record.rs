//! What is recorded: the records that a host appends, and how one becomes entries with bodies.

pub(crate) mod edition;
mod encode;
mod size;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use specialis_core::words::StandingMeasure;
use specialis_core::{Context, Date, Decision, EventFacts, EventKind, Level, Settlement};

use crate::format::entry::{Detail, EntryKind};
use crate::keep::keys::Subject;
use crate::keep::retention::measures;
use crate::standing::Change;

use edition::EditionBody;
pub(crate) use encode::{Encoded, Encoder, size_of};

/// Measures whose record has to be durable before anything is released.
const DURABLE: [&str; 3] = ["record", COUNT_BREACH, "report"];
/// The measure that counts a breach.
pub(crate) const COUNT_BREACH: &str = "count-breach";

/// A record to append.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record {
    /// An event was decided.
    Decision {
        /// The decision.
        decision: Arc<Decision>,
        /// The user, where one is known.
        subject: Option<Subject>,
    },
    /// A session was opened.
    Opened {
        /// The session.
        session: String,
        /// Its edition.
        edition: String,
        /// The facts of its context.
        context: Arc<Context>,
        /// The user, where one is known.
        subject: Option<Subject>,
    },
    /// The platform said something of training data: a source that is taken in, or a batch of labelled data.
    Declared {
        /// The session.
        session: String,
        /// The decision on the event.
        decision: String,
        /// The facts of the event.
        facts: Box<EventFacts>,
    },
    /// The platform reported what it did about a decision. Measures against the user that were carried out are recorded with it.
    Settlement {
        /// The decision.
        decision: String,
        /// What was reported.
        settlement: Arc<Settlement>,
        /// The user, where one is known.
        subject: Option<Subject>,
    },
    /// The platform's own store was given the content of an event that a decision asks to keep.
    Kept {
        /// The decision.
        decision: String,
        /// Until when the content is kept at least.
        until: Date,
        /// Under which name the store has it; absent where the store could not take it.
        reference: Option<String>,
        /// The user, where one is known.
        subject: Option<Subject>,
    },
    /// A measure against a user took force or was lifted by a person, outside any settlement.
    Measure {
        /// The user.
        subject: Subject,
        /// Which one; `none` lifts all.
        measure: StandingMeasure,
        /// The first day on which it is in force no more.
        until: Option<Date>,
        /// The decision that asked for it, where there is one.
        decision: Option<String>,
    },
    /// A breach was taken back, because a complaint succeeded.
    Refuted {
        /// The user.
        subject: Subject,
        /// The decision that counted it.
        decision: String,
    },
    /// Another edition became the live one.
    Edition {
        /// Its digest.
        edition: String,
        /// Who answers for it, what changed, and what it does not do.
        body: Box<EditionBody>,
    },
    /// Somebody looked at records.
    Read {
        /// Who: the reader's own id, kept in the body.
        reader: String,
        /// What was asked for, in the reader's words or as a query, kept in the body.
        query: String,
        /// How many records were shown.
        n_records: u64,
    },
}

/// What goes through the queue: a record of the host, or one that the ledger writes about itself.
#[derive(Clone, Debug)]
pub(crate) enum Appended {
    Host(Record),
    Own(OwnRecord),
}

impl Appended {
    /// Whether it has to be durable before whoever appended it goes on.
    pub(crate) fn must_wait(&self) -> bool {
        match self {
            Self::Host(record) => record.must_wait(),
            Self::Own(_) => true,
        }
    }
}

/// An entry that the ledger writes about itself.
#[derive(Clone, Debug)]
pub(crate) struct OwnRecord {
    pub(crate) kind: EntryKind,
    pub(crate) info: BTreeMap<String, Detail>,
    pub(crate) change: Option<(Subject, u32)>,
}

impl OwnRecord {
    pub(crate) fn new(kind: EntryKind, info: impl IntoIterator<Item = (&'static str, Detail)>) -> Self {
        let info = info.into_iter().map(|(key, detail)| (key.to_owned(), detail)).collect();
        Self { kind, info, change: None }
    }
}

impl Record {
    /// Whether it has to be durable before anything is released: a decision that owes a record, counts a breach, reports, or
    /// takes something out of a text; and everything that concerns a user's standing.
    pub fn must_wait(&self) -> bool {
        match self {
            Self::Decision { decision, .. } => must_wait(decision),
            Self::Measure { .. } | Self::Refuted { .. } | Self::Edition { .. } | Self::Read { .. } => true,
            Self::Opened { .. } | Self::Declared { .. } | Self::Settlement { .. } | Self::Kept { .. } => false,
        }
    }
}

/// Whether a decision has to be durable before anything of its event is released.
pub fn must_wait(decision: &Decision) -> bool {
    !decision.what_if
        && (decision.verdict >= Level::Redact
            || measures(decision).any(|measure| DURABLE.contains(&measure.id.as_str())))
}

/// The body of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The decision, whole.
    pub decision: Arc<Decision>,
    /// The tag of the user, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// The body of an opened session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedBody {
    /// The session.
    pub session: String,
    /// The facts of its context.
    pub context: Arc<Context>,
    /// The tag of the user, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// The body of what was said of training data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredBody {
    /// The session.
    pub session: String,
    /// The kind of the event.
    pub kind: EventKind,
    /// Its facts, as the event had them.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// The body of a settlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementBody {
    /// What was reported.
    pub settlement: Arc<Settlement>,
    /// The tag of the user, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// The body of what became of content that a decision asks to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBody {
    /// Until when the content is kept at least.
    pub until: Date,
    /// Under which name the platform's own store has it; absent where the store could not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The tag of the user, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// The body of what changes a user's standing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingBody {
    /// The tag of the user.
    pub subject: String,
    /// What changes.
    pub change: Change,
}

/// The body of a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    /// Who looked.
    pub reader: String,
    /// What was asked for.
    pub query: String,
    /// How many records were shown.
    pub n_records: u64,
}
