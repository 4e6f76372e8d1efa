//! How often a user breached, and the measure that is in force: a fold of the entries `breach`, `lawful`, `measure` and `refuted`.
//! Every store is a cache of that fold.

pub(crate) mod backlog;
mod fold;
mod redb_store;

pub use fold::{Change, Counts, MeasureInForce, SubjectState};
pub use redb_store::RedbStanding;

/// Keeps the state of each user under a tag.
///
/// `get` is called when a session opens, on the thread that opens it. `apply` is called by the thread that writes the ledger, after
/// a change is durable and before anybody is told so; it must not wait for long. A store that several servers share has to apply
/// changes of one tag one after the other.
pub trait StandingStore: Send + Sync {
    /// The state of a user; the default one where nothing is known.
    ///
    /// # Errors
    /// Where the store is away. The standing is then unknown, which tightens.
    fn get(&self, tag: &str) -> Result<SubjectState, StandingAway>;

    /// Applies the change of an entry, once: a change that was applied already changes nothing. Whether it changed anything.
    ///
    /// # Errors
    /// Where the store is away. The ledger goes on and tries again, in order, when it writes next; until the store has taken
    /// everything, no standing is known. What is left when the ledger closes is caught up from the cursor at the next start.
    fn apply(&self, record: &StandingRecord) -> Result<bool, StandingAway>;

    /// The index in a log up to which changes were applied.
    ///
    /// # Errors
    /// Where the store is away.
    fn cursor(&self, origin: &str) -> Result<u64, StandingAway>;
}

/// The change of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRecord {
    /// The log.
    pub origin: String,
    /// The index of the entry.
    pub index: u64,
    /// The user's tag.
    pub tag: String,
    /// What changes.
    pub change: Change,
}

/// The store cannot be asked. The standing is unknown.
#[derive(Debug, thiserror::Error)]
#[error("the store of standings cannot be asked; the standing is unknown until it can")]
pub struct StandingAway {
    /// What the store says.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
