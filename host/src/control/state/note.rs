//! What an operator has to know about what a host remembers.

use serde::Serialize;
use specialis_core::Date;

/// What an operator has to know about what the host remembers: it stands in [`Status`](crate::Status) until the host ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum StateNote {
    /// The host was given no state folder.
    NoStateFolder,
    /// Nothing is remembered of this chain: it was verified from its first statement on, and nobody can tell whether its end
    /// was cut off.
    NothingRemembered,
    /// The published folder cannot be followed. The host serves what was live from the copy in its state folder.
    FolderRefused {
        /// The number of the statement that stays live.
        live: u64,
        /// Why, in one line.
        why: String,
    },
    /// The clock says an earlier day than one that was seen before. The later day counts for what has expired.
    ClockBehind {
        /// The clock's day.
        clock: Date,
        /// The last day seen.
        seen: Date,
    },
}

impl std::fmt::Display for StateNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoStateFolder => f.write_str(
                "what is live is not remembered after the end, so an earlier state of the folder could be brought back; give a \
                 state folder",
            ),
            Self::NothingRemembered => f.write_str(
                "nothing is remembered of this folder: its chain was verified from the first statement on, and a cut end would \
                 not be noticed",
            ),
            Self::FolderRefused { live, why } => {
                write!(f, "statement {live} stays live, from the host's own copy, because the folder is refused: {why}")
            }
            Self::ClockBehind { clock, seen } => {
                write!(f, "the clock says {clock}, and {seen} was seen before; {seen} counts for what has expired")
            }
        }
    }
}
