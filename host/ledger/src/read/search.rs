//! What a search asks for.

use specialis_core::{Date, Level, is_session_named};

use super::index::Lookup;
use super::row::Row;
use crate::format::entry::{EntryKind, day_of};

/// How many rows a search gives, unless it says otherwise.
const LIMIT: usize = 1_000;

/// What is searched for. A row has to fit all that is given. The defaults:
///
/// - every kind, day, verdict and so on
/// - no record that is restricted
/// - at most 1,000 rows
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The tags of a user, one for each epoch. Any of them fits.
    pub subjects: Vec<String>,
    /// The session, or the name under which sessions of their own were opened (`SessionId::of_its_own`).
    pub session: Option<String>,
    /// The decision.
    pub id: Option<String>,
    /// What it is about.
    pub kind: Option<EntryKind>,
    /// The first day in Asia/Shanghai.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// A duty on which there is a finding.
    pub duty: Option<String>,
    /// The least verdict.
    pub verdict: Option<Level>,
    /// A policy that has a finding.
    pub policy: Option<String>,
    /// The edition.
    pub edition: Option<String>,
    /// Only what was reported as not carried out, or has no report.
    pub is_undone: bool,
    /// Only what was due before this day and is not done.
    pub overdue: Option<Date>,
    /// Records that are restricted too: for an authority alone.
    pub with_restricted: bool,
    /// How many rows at most.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            subjects: Vec::new(),
            session: None,
            id: None,
            kind: None,
            from: None,
            to: None,
            duty: None,
            verdict: None,
            policy: None,
            edition: None,
            is_undone: false,
            overdue: None,
            with_restricted: false,
            limit: LIMIT,
        }
    }
}

impl Query {
    /// By what the index is asked first; nothing where all rows are looked at.
    pub(crate) fn lookups(&self) -> Vec<(Lookup, &str)> {
        if let Some(id) = &self.id {
            return vec![(Lookup::Id, id)];
        }
        if let Some(session) = &self.session {
            return vec![(Lookup::Session, session)];
        }
        self.subjects.iter().map(|tag| (Lookup::Subject, tag.as_str())).collect()
    }

    /// Whether a row fits.
    pub fn matches(&self, row: &Row) -> bool {
        let day = day_of(row.t);
        let fits = |wanted: &Option<String>, own: &Option<String>| wanted.is_none() || wanted == own;
        (self.subjects.is_empty() || row.subject.as_ref().is_some_and(|tag| self.subjects.contains(tag)))
            && self
                .session
                .as_ref()
                .is_none_or(|name| row.session.as_ref().is_some_and(|own| is_session_named(own, name)))
            && fits(&self.id, &row.id)
            && fits(&self.edition, &row.edition)
            && self.kind.is_none_or(|kind| kind == row.kind)
            && self.from.is_none_or(|from| from <= day)
            && self.to.is_none_or(|to| day <= to)
            && self.duty.as_ref().is_none_or(|duty| row.duties.contains(duty.as_str()))
            && self.policy.as_ref().is_none_or(|policy| row.policies.contains(policy.as_str()))
            && self.verdict.is_none_or(|least| row.verdict.is_some_and(|verdict| verdict >= least))
            && (!self.is_undone || row.is_undone())
            && self.overdue.is_none_or(|today| row.is_overdue(today))
            && (self.with_restricted || !row.is_restricted)
    }
}
