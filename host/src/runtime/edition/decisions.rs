//! Decisions that were made on an edition, by everything they rest on.
//!
//! Two events come to the same decision where they are of one kind, in sessions that opened alike, and got the same answers in the
//! same order. Nothing is known by a hash alone: keys are compared whole, and answers by being the very same.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use specialis_core::{Decision, DutyResolution, EventKind, ResolvedFinding};

use super::opening::Opened;
use crate::runtime::policy::{Answer, Bounded, MemoryCounts};

/// How many bytes the decisions of one edition take, about.
const DECISION_BYTES: usize = 8 << 20;

/// What one policy answered on an event: its place in the edition, the part in which it was called, and its findings.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) policy: usize,
    pub(crate) part: Option<u32>,
    pub(crate) findings: Answer,
}

impl PartialEq for Answered {
    /// An equal answer of another value only costs the work of deciding again.
    fn eq(&self, other: &Self) -> bool {
        (self.policy, self.part) == (other.policy, other.part) && self.findings.is_same(&other.findings)
    }
}

impl Eq for Answered {}

impl Hash for Answered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.policy, self.part, self.findings.address()).hash(state);
    }
}

/// Everything that a decision rests on, but what its header says.
#[derive(Clone)]
pub(crate) struct DecisionKey {
    /// How the session opened. It keeps nothing alive but the address, which nothing else has while the key is there.
    opened: Weak<Opened>,
    kind: EventKind,
    answers: Vec<Answered>,
}

impl DecisionKey {
    /// The key of a decision in a session whose sectors and faults are those at which it opened.
    pub(crate) fn new(opened: &Arc<Opened>, kind: EventKind, answers: Vec<Answered>) -> Self {
        Self { opened: Arc::downgrade(opened), kind, answers }
    }
}

impl PartialEq for DecisionKey {
    fn eq(&self, other: &Self) -> bool {
        self.opened.ptr_eq(&other.opened) && self.kind == other.kind && self.answers == other.answers
    }
}

impl Eq for DecisionKey {}

impl Hash for DecisionKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.opened.as_ptr().addr(), self.kind, &self.answers).hash(state);
    }
}

/// The decisions that an edition remembers.
pub(crate) struct Decisions(Bounded<DecisionKey, Arc<Decision>>);

impl Default for Decisions {
    fn default() -> Self {
        Self(Bounded::new(DECISION_BYTES))
    }
}

impl Decisions {
    pub(crate) fn get(&self, key: &DecisionKey) -> Option<Arc<Decision>> {
        self.0.get(key)
    }

    pub(crate) fn put(&self, key: DecisionKey, decision: &Decision) {
        self.0.put(weight(&key, decision), key, Arc::new(decision.clone()));
    }

    pub(crate) fn counts(&self) -> MemoryCounts {
        self.0.counts()
    }
}

/// What an entry takes, about. Its answers are shared with the memory of their policy, but may outlive it there.
fn weight(key: &DecisionKey, decision: &Decision) -> usize {
    /// Names, lists and the tables around an entry.
    const AROUND: usize = 256;
    let of_duty = |duty: &DutyResolution| {
        let findings = duty.findings.len().saturating_mul(size_of::<ResolvedFinding>().saturating_add(AROUND));
        let obligations = duty.obligations.len().saturating_mul(AROUND);
        size_of::<DutyResolution>().saturating_add(findings).saturating_add(obligations)
    };
    let answers = key.answers.iter().map(|one| one.findings.len().saturating_mul(AROUND).saturating_add(AROUND));
    let due = decision.obligations.len().saturating_mul(AROUND);
    let duties = decision.duties.iter().map(of_duty);
    duties.chain(answers).fold(due.saturating_add(size_of::<Decision>()), usize::saturating_add)
}
