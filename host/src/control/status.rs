//! How a host stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::history::{Attempts, History};
use super::host::Host;
use super::state::StateNote;
use super::trial::ShadowReport;
use crate::runtime::{CodeCounts, Edition, EditionRecord, Memories, PolicyStatus};

/// One edition, as a person wants to see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EditionStatus {
    /// Its id.
    pub id: String,
    /// How it came to be.
    pub record: EditionRecord,
    /// Sessions that are open on it.
    pub n_sessions: usize,
    /// Its policies.
    pub policies: Vec<PolicyStatus>,
    /// What it remembers of answers and decisions.
    pub memories: Memories,
}

impl EditionStatus {
    fn of(edition: &Edition) -> Self {
        Self {
            id: edition.id().to_owned(),
            record: edition.record().clone(),
            n_sessions: edition.n_sessions(),
            policies: edition.policies(),
            memories: edition.memories(),
        }
    }
}

/// How a host stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// The live edition.
    pub live: EditionStatus,
    /// The number of the newest signed statement, where the host was built from a signed folder.
    pub statement: Option<u64>,
    /// What the operator has to know about what the host remembers.
    pub notes: Vec<StateNote>,
    /// Those that a rollback can go to, newest first.
    pub ready: Vec<EditionStatus>,
    /// Those that were live and still have sessions.
    pub draining: Vec<EditionStatus>,
    /// How the last attempts went, by policy; under the empty name for editions as a whole.
    pub attempts: BTreeMap<String, Attempts>,
    /// Where compiled code came from.
    pub code: CodeCounts,
    /// What the shadow has seen, where there is one.
    pub shadow: Option<ShadowReport>,
}

impl Host {
    /// The notes of the start, and one where the clock went back since.
    fn notes(&self, history: &History) -> Vec<StateNote> {
        let clock = self.runtime().clock().today();
        let seen = history.state.day(clock);
        let is_of_clock = |note: &&StateNote| matches!(note, StateNote::ClockBehind { .. });
        let mut notes: Vec<StateNote> = history.notes.iter().filter(|note| !is_of_clock(note)).cloned().collect();
        if seen > clock {
            notes.push(StateNote::ClockBehind { clock, seen });
        }
        notes
    }

    /// How the host stands.
    pub fn status(&self) -> Status {
        let history = self.0.history();
        let draining = history.retired().map(|(edition, _)| edition).filter(|edition| edition.n_sessions() > 0);
        Status {
            live: EditionStatus::of(&self.edition()),
            statement: history.head.as_ref().map(|head| head.statement.number),
            notes: self.notes(&history),
            ready: history.ready.iter().map(|edition| EditionStatus::of(edition)).collect(),
            draining: draining.map(|edition| EditionStatus::of(&edition)).collect(),
            attempts: history.attempts.clone(),
            code: self.runtime().code_counts(),
            shadow: self.shadow_report(),
        }
    }
}
