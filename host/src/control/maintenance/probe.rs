//! Probes: a policy that faults often runs its own vectors on the side. It is taken out of service only where it fails one, and it
//! returns where it meets them again. So no text takes a policy out of service for others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use specialis_core::{FaultKind, PolicyId};

use super::MaintenanceReport;
use crate::control::error::StageError;
use crate::control::history::History;
use crate::control::host::{Change, Host};
use crate::control::staging::{Approval, Candidate, Stage, VectorRun, VersionFloor, loosening};
use crate::runtime::{CodeFor, Edition, Policy};

/// What probes found.
#[derive(Default)]
struct Probed {
    /// Policies in service that failed, and why.
    failing: BTreeMap<PolicyId, String>,
    /// Quarantined policies that meet their vectors.
    returning: BTreeSet<PolicyId>,
}

impl Host {
    /// Probes the policies that are due, and publishes the live edition without those that failed and with those that return.
    pub(super) fn probe(&self, now: Duration, report: &mut MaintenanceReport) {
        let live = self.edition();
        let probed = self.run_probes(&live, now, report);
        if probed.failing.is_empty() && probed.returning.is_empty() {
            return;
        }
        let mut history = self.0.history();
        if !Arc::ptr_eq(&live, &self.edition()) {
            return;
        }
        if self.0.maintenance.goes_back && !probed.failing.is_empty() && self.go_back(&mut history, &live, report) {
            return;
        }
        let edition = match self.with_quarantine(&history, &live, &probed) {
            Ok(edition) => Arc::new(edition),
            Err(error) => return tracing::error!(error = error.chain(), "the quarantine cannot be staged"),
        };
        if let Err(error) = self.0.publish(&mut history, &live, edition, Change::Quarantine) {
            return tracing::error!(%error, "the quarantine cannot be published");
        }
        for (policy, why) in &probed.failing {
            tracing::error!(%policy, "quarantined");
            history.note_attempt(policy.as_str(), now, Err(format!("quarantined: {why}")));
        }
        for policy in &probed.returning {
            tracing::warn!(%policy, "back from quarantine");
            let digest = live.content().policy(policy).map(|content| content.digest.clone()).unwrap_or_default();
            history.note_attempt(policy.as_str(), now, Ok(digest));
        }
        report.quarantined = probed.failing.into_keys().collect();
        report.returned = probed.returning.into_iter().collect();
    }

    /// Runs the vectors of each policy that is due.
    fn run_probes(&self, live: &Arc<Edition>, now: Duration, report: &mut MaintenanceReport) -> Probed {
        let mut probed = Probed::default();
        let run = VectorRun { runtime: self.runtime(), edition: live };
        for policy in live.policies.iter().filter(|policy| self.is_due(policy, now)) {
            let id = &policy.content.card.id;
            self.0.history().probes.insert(id.clone(), now);
            match (run.probe(policy), policy.unavailable_because()) {
                (Ok(()), None) => {
                    policy.tally.forget_recent();
                    tracing::warn!(policy = %id, "faults often, and meets its vectors");
                    report.sound.push(id.clone());
                }
                (Ok(()), Some(_)) => _ = probed.returning.insert(id.clone()),
                (Err(why), None) => _ = probed.failing.insert(id.clone(), why),
                (Err(_), Some(_)) => {}
            }
        }
        probed
    }

    /// Whether a policy is to be probed now: it faults often or is quarantined, and was not probed for a while.
    fn is_due(&self, policy: &Policy, now: Duration) -> bool {
        let settings = self.0.maintenance;
        let is_suspect = match policy.unavailable_because() {
            None => {
                let since = now.saturating_sub(settings.window);
                settings.faults > 0 && policy.tally.faults_since(since) >= settings.faults
            }
            Some(fault) => fault == FaultKind::Quarantined,
        };
        let last = || self.0.history().probes.get(&policy.content.card.id).copied();
        is_suspect && last().is_none_or(|last| now.saturating_sub(last) >= settings.window)
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

    /// The live edition without the policies that failed and with those that return. Its record says why. It was live already:
    /// what was asked of it then is not asked again.
    fn with_quarantine(&self, history: &History, live: &Edition, probed: &Probed) -> Result<Edition, StageError> {
        let mut sources = (*live.content().sources).clone();
        sources.quarantined.retain(|policy| !probed.returning.contains(policy));
        sources.quarantined.extend(probed.failing.keys().cloned());
        let failed = probed.failing.iter().map(|(policy, why)| format!("`{policy}` is quarantined: {why}"));
        let returned = probed.returning.iter().map(|policy| format!("`{policy}` meets its vectors again"));
        let reason = Some(failed.chain(returned).collect::<Vec<_>>().join("; "));
        let candidate = Candidate { sources, approval: Approval { reason, ..Approval::default() } };
        let (floor, revoked) = (VersionFloor::new(), &history.state.revoked);
        let (runtime, day) = (self.runtime(), history.state.day(self.runtime().clock().today()));
        let stage =
            Stage { runtime, day, base: Some(live), floor: &floor, revoked, was_live: true, code_for: CodeFor::Calls };
        stage.run(&candidate)
    }
}
