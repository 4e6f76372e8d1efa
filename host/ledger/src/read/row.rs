//! What a record says in a few fields, for search, export and audit.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use specialis_core::{Date, Decision, DutyId, Level, Obligation, ParamValue, PolicyId};

use super::body::BodyState;
use crate::format::entry::{Class, Entry, EntryKind, day_of};
use crate::keep::retention::{days_after, measures};
use crate::record::{DecisionBody, DeclaredBody, KeptBody, OpenedBody, SettlementBody, StandingBody};

/// The parameter that says by when a measure is due.
const WITHIN_DAYS: &str = "within-days";

/// How a decision was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledCounts {
    /// Obligations that were carried out.
    pub done: u32,
    /// Obligations that somebody else carries out.
    pub handed_over: u32,
    /// Obligations that failed.
    pub failed: u32,
    /// Obligations without a report.
    pub undone: u32,
}

/// A record in a few fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The index of its entry.
    pub index: u64,
    /// When it was written.
    pub t: Timestamp,
    /// What it is about.
    pub kind: EntryKind,
    /// The decision that it is or belongs to.
    pub id: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The tag of the user.
    pub subject: Option<String>,
    /// The verdict of a decision.
    pub verdict: Option<Level>,
    /// The edition.
    pub edition: Option<String>,
    /// The duties on which a decision has a finding.
    pub duties: BTreeSet<DutyId>,
    /// The policies that have a finding on them.
    pub policies: BTreeSet<PolicyId>,
    /// How many obligations it owes.
    pub n_owed: u32,
    /// The first day by which a measure is due.
    pub due: Option<Date>,
    /// How it was settled, where it was.
    pub settled: Option<SettledCounts>,
    /// The retention class.
    pub class: Option<Class>,
    /// Whether it is kept and used for nothing else.
    pub is_restricted: bool,
}

impl Row {
    /// The fields of a record. A body that is gone leaves those of the entry.
    pub(crate) fn new(index: u64, entry: Entry, body: &BodyState) -> Self {
        let mut row = Self {
            index,
            t: entry.t,
            kind: entry.kind,
            id: entry.id,
            session: None,
            subject: None,
            verdict: entry.verdict,
            edition: entry.edition,
            duties: BTreeSet::new(),
            policies: BTreeSet::new(),
            n_owed: 0,
            due: None,
            settled: None,
            class: entry.class,
            is_restricted: false,
        };
        if let BodyState::There(body) = body {
            row.fill(body.json());
        }
        row
    }

    /// Takes what the body says. A body of another form leaves the fields empty; `verify` says more.
    fn fill(&mut self, json: &[u8]) {
        if self.kind == EntryKind::Decision {
            if let Ok(body) = serde_json::from_slice::<DecisionBody>(json) {
                self.subject = body.subject;
                self.fill_decision(&body.decision);
            }
        } else if self.kind == EntryKind::Opened {
            if let Ok(body) = serde_json::from_slice::<OpenedBody>(json) {
                self.session = Some(body.session);
                self.subject = body.subject;
            }
        } else if self.kind == EntryKind::Declared {
            if let Ok(body) = serde_json::from_slice::<DeclaredBody>(json) {
                self.session = Some(body.session);
            }
        } else if self.kind == EntryKind::Settlement {
            if let Ok(body) = serde_json::from_slice::<SettlementBody>(json) {
                self.subject = body.subject;
                let settlement = &body.settlement;
                self.settled = Some(SettledCounts {
                    done: settlement.done,
                    handed_over: settlement.handed_over,
                    failed: settlement.failed,
                    undone: settlement.undone,
                });
            }
        } else if self.kind == EntryKind::Kept {
            if let Ok(body) = serde_json::from_slice::<KeptBody>(json) {
                self.subject = body.subject;
                let is_kept = body.reference.is_some();
                let (done, failed) = (u32::from(is_kept), u32::from(!is_kept));
                self.settled = Some(SettledCounts { done, failed, ..SettledCounts::default() });
            }
        } else if let Ok(body) = serde_json::from_slice::<StandingBody>(json) {
            self.subject = Some(body.subject);
        }
    }

    fn fill_decision(&mut self, decision: &Decision) {
        self.session = Some(decision.session.to_string());
        self.duties = decision.duties.iter().map(|duty| duty.duty.clone()).collect();
        let found = decision.duties.iter().flat_map(|duty| &duty.findings);
        self.policies = found.map(|found| found.policy.clone()).collect();
        self.policies.extend(decision.duties.iter().flat_map(|duty| duty.failed.keys().cloned()));
        self.n_owed = u32::try_from(decision.obligations.len()).unwrap_or(u32::MAX);
        self.due = due(decision, day_of(self.t));
    }

    /// How many obligations were reported as not carried out, or have no report.
    pub fn n_undone(&self) -> u32 {
        self.settled.map_or(self.n_owed, |settled| settled.undone.saturating_add(settled.failed))
    }

    /// Whether an obligation was reported as not carried out, or has no report.
    pub fn is_undone(&self) -> bool {
        match (self.kind, self.settled) {
            (EntryKind::Decision, None) => self.n_owed > 0,
            (_, Some(settled)) => settled.undone > 0 || settled.failed > 0,
            (_, None) => false,
        }
    }

    /// Whether a measure was due before a day and is not done.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.is_undone() && self.due.is_some_and(|due| due < today)
    }

    /// Forgets what links the record to a person.
    pub(crate) fn unlink(&mut self) {
        self.session = None;
        self.subject = None;
    }
}

/// The first day by which a measure of a decision is due.
pub(crate) fn due(decision: &Decision, day: Date) -> Option<Date> {
    measures(decision).filter_map(|measure| due_of(&measure.params, day)).min()
}

/// The day by which a measure with these parameters is due.
pub(crate) fn due_of(params: &std::collections::BTreeMap<String, ParamValue>, day: Date) -> Option<Date> {
    match params.get(WITHIN_DAYS)? {
        ParamValue::Number(days) => Some(days_after(day, *days)),
        ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_) => None,
    }
}

/// The day by which an obligation is due.
pub(crate) fn due_of_obligation(obligation: &Obligation, day: Date) -> Option<Date> {
    match obligation {
        Obligation::Measure(measure) => due_of(&measure.params, day),
        Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => None,
    }
}
