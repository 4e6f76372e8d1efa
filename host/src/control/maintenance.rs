//! Looking after a running host: editions whose sessions ended, sessions that stay too long, policies that fault often.

mod probe;

use std::time::Duration;

use specialis_core::PolicyId;

use super::host::Host;

/// How a host looks after its editions. The defaults:
///
/// - the last 3 editions stay ready
/// - sessions on an edition that is no longer live have 10 minutes to end
/// - a policy with 20 faults within a minute is probed: its own vectors run, and if it fails one, it is quarantined; whatever
///   text caused the faults, a policy that meets its vectors stays
/// - a quarantined policy is probed every minute, and returns once it meets its vectors
/// - a host does not go back to an earlier edition by itself
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaintenanceSettings {
    /// How many earlier editions stay ready. Each keeps its compiled code and its index in memory.
    pub keep: usize,
    /// How long sessions may stay on an edition that is no longer live.
    pub drain: Duration,
    /// How many faults within [`MaintenanceSettings::window`] have a policy probed; 0 for none.
    pub faults: usize,
    /// In which time. No policy is probed more often than once in it.
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
    /// Policies that faulted often and meet their vectors: they stay.
    pub sound: Vec<PolicyId>,
    /// Policies that failed their vectors and were taken out of service.
    pub quarantined: Vec<PolicyId>,
    /// Quarantined policies that meet their vectors again and are back in service.
    pub returned: Vec<PolicyId>,
    /// The edition that the host went back to by itself.
    pub went_back_to: Option<String>,
    /// Editions whose sessions stayed too long: what they still ask is judged as if every policy failed.
    pub overdue: Vec<String>,
    /// Editions whose last session has ended.
    pub drained: Vec<String>,
}

impl Host {
    /// Looks after editions: drops those without sessions, ends sessions that stay too long, takes policies out of service that
    /// fault often and fail their own vectors, and takes them back once they meet them. Call it every second or so, on a thread
    /// that does not decide, because running vectors takes a while; [`Watch`](crate::signed::Watch) does.
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
        self.probe(now, &mut report);
        report
    }
}
