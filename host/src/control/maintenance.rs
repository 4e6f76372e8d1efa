//! Looking after a running host: editions whose sessions ended, sessions that stay too long, policies that fault too often.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use specialis_core::PolicyId;

use super::history::History;
use super::host::{Change, Host};
use super::staging::{Approval, Candidate, Stage, VersionFloor, loosening};
use crate::runtime::{Edition, Policy};

/// How a host looks after its editions. The defaults:
///
/// - the last 3 editions stay ready
/// - sessions on an edition that is no longer live have 10 minutes to end
/// - a policy with 20 faults within a minute is quarantined
/// - a host does not go back to an earlier edition by itself
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceSettings {
    /// How many earlier editions stay ready. Each keeps its compiled code and its index in memory.
    pub keep: usize,
    /// How long sessions may stay on an edition that is no longer live.
    pub drain: Duration,
    /// How many faults within [`MaintenanceSettings::window`] take a policy out of service; 0 for none.
    pub faults: usize,
    /// In which time.
    pub window: Duration,
    /// Whether the host goes back to the last edition, where that one does not loosen, before it takes a policy out of service.
    pub goes_back: bool,
}

impl Default for MaintenanceSettings {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(n.saturating_mul(60));
        Self { keep: 3, drain: minutes(10), faults: 20, window: minutes(1), goes_back: false }
    }
}

/// What [`Host::maintain`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaintenanceReport {
    /// Policies that were taken out of service.
    pub quarantined: Vec<PolicyId>,
    /// The edition that the host went back to by itself.
    pub went_back_to: Option<String>,
    /// Editions whose sessions stayed too long: what they still ask is judged as if every policy failed.
    pub overdue: Vec<String>,
    /// Editions whose last session has ended.
    pub drained: Vec<String>,
}

impl Host {
    /// Looks after editions: drops those without sessions, ends sessions that stay too long, and takes policies out of service
    /// that fault too often. Call it every second or so; [`Watch`](crate::signed::Watch) does.
    pub fn maintain(&self) -> MaintenanceReport {
        let now = self.runtime().clock().uptime();
        let settings = self.0.maintenance;
        let mut report = MaintenanceReport::default();
        let mut history = self.0.history();
        report.drained = history.take_drained();
        for (edition, since) in history.retired() {
            let is_due = edition.n_sessions() > 0 && now.saturating_sub(since) >= settings.drain;
            if is_due && edition.expire_sessions() {
                tracing::warn!(edition = %edition.id(), "sessions stayed too long");
                report.overdue.push(edition.id().to_owned());
            }
        }
        drop(history);
        self.quarantine(now, &mut report);
        report
    }

    /// Publishes the live edition without the policies that fault too often.
    fn quarantine(&self, now: Duration, report: &mut MaintenanceReport) {
        let settings = self.0.maintenance;
        let live = self.edition();
        let since = now.saturating_sub(settings.window);
        let is_failing = |policy: &&Policy| {
            let is_available = policy.unavailable_because().is_none();
            is_available && settings.faults > 0 && policy.tally.faults_since(since) >= settings.faults
        };
        let failing = live.policies.iter().filter(is_failing);
        let failing: Vec<PolicyId> = failing.map(|policy| policy.content.card.id.clone()).collect();
        if failing.is_empty() {
            return;
        }
        let mut history = self.0.history();
        if !Arc::ptr_eq(&live, &self.edition()) {
            return;
        }
        if settings.goes_back && self.go_back(&mut history, &live, report) {
            return;
        }
        match self.without(&history, &live, &failing) {
            Ok(edition) => match self.0.publish(&mut history, &live, Arc::new(edition), Change::Quarantine) {
                Ok(()) => {
                    for policy in &failing {
                        tracing::error!(policy = %policy, "quarantined");
                        let reason = "quarantined after repeated faults".to_owned();
                        history.note_attempt(policy.as_str(), now, Err(reason));
                    }
                    report.quarantined = failing;
                }
                Err(error) => tracing::error!(%error, "the quarantine cannot be published"),
            },
            Err(error) => tracing::error!(error = error.chain(), "the quarantine cannot be staged"),
        }
    }

    /// Goes back to the last edition, where that does not loosen. Returns whether it did.
    fn go_back(&self, history: &mut History, live: &Arc<Edition>, report: &mut MaintenanceReport) -> bool {
        let Some(last) = history.ready.first().cloned() else { return false };
        if loosening(&live.content().difference(last.content())).is_some() {
            return false;
        }
        match self.0.publish(history, live, last.clone(), Change::Quarantine) {
            Ok(()) => report.went_back_to = Some(last.id().to_owned()),
            Err(error) => tracing::error!(%error, "the host cannot go back to its last edition"),
        }
        true
    }

    /// The live edition without some of its policies. It was live already: what was asked of it then is not asked again.
    fn without(
        &self,
        history: &History,
        live: &Edition,
        policies: &[PolicyId],
    ) -> Result<Edition, super::error::StageError> {
        let mut sources = (*live.content().sources).clone();
        sources.quarantined.extend(policies.iter().cloned());
        let candidate = Candidate { sources, approval: Approval::default() };
        let (floor, revoked) = (VersionFloor::new(), &history.state.revoked);
        let none = BTreeSet::new();
        let revoked = if revoked.is_empty() { &none } else { revoked };
        let (runtime, day) = (self.runtime(), history.state.day(self.runtime().clock().today()));
        let stage = Stage { runtime, day, base: Some(live), floor: &floor, revoked, was_live: true };
        stage.run(&candidate)
    }
}
