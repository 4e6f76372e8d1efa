//! Settling: what became of the obligations of a decision.

use std::collections::BTreeMap;

use specialis_core::{Decision, DueObligation, Obligation, Outcome, Settlement};

use super::Session;
use super::release::text_label;

/// Carries out measures. Called once for each obligation of a decision that is not the host's own, in the order of the
/// decision, on the deciding thread. It must not wait for long: hand over what takes time.
pub trait Platform {
    /// Carries out one obligation and says how that went.
    fn carry_out(&mut self, due: &DueObligation) -> Outcome;
}

impl<F: FnMut(&DueObligation) -> Outcome> Platform for F {
    fn carry_out(&mut self, due: &DueObligation) -> Outcome {
        self(due)
    }
}

impl Session {
    /// Hands every measure of a decision to the platform and settles the decision. Text actions, and labels at the end of a
    /// text, are the host's own and done already. A measure that was carried out for an earlier decision of the same stream is
    /// not handed over again.
    pub fn carry_out(&mut self, decision: &Decision, platform: &mut dyn Platform) -> Settlement {
        let mut outcomes = Vec::new();
        for (at, due) in decision.obligations.iter().enumerate() {
            let is_reported = decision.streamed.is_some() && self.progress.reported.contains_key(&due.obligation);
            // Nothing is owed under a `what-if` decision.
            if decision.what_if || is_reported {
                continue;
            }
            let outcome =
                if self.is_done_in_text(decision, &due.obligation) { Outcome::Done } else { platform.carry_out(due) };
            outcomes.push((at, outcome));
        }
        self.settle(decision, &outcomes)
    }

    /// Takes what became of the obligations of a decision, by their index; those that are missing are undone. What was
    /// reported on an earlier decision of the same stream counts for the later ones.
    pub fn settle(&mut self, decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
        let mut outcomes = outcomes.to_vec();
        if decision.streamed.is_some() {
            self.join_reports(decision, &mut outcomes);
        }
        let settlement = specialis_core::settle(decision, &outcomes);
        if settlement.undone > 0 {
            tracing::warn!(session = %self.id, undone = settlement.undone, "obligations undone");
        }
        self.keep_settlement(decision, &settlement);
        settlement
    }

    /// Remembers what is reported on a stream's obligations, and adds what was reported on its earlier decisions.
    fn join_reports(&mut self, decision: &Decision, outcomes: &mut Vec<(usize, Outcome)>) {
        let reported = &mut self.progress.reported;
        let mut now: BTreeMap<usize, Outcome> = BTreeMap::new();
        for (at, outcome) in outcomes.iter() {
            now.entry(*at).or_insert_with(|| outcome.clone());
        }
        for (at, due) in decision.obligations.iter().enumerate() {
            match now.remove(&at) {
                Some(outcome) => _ = reported.insert(due.obligation.clone(), outcome),
                None => outcomes.extend(reported.get(&due.obligation).map(|outcome| (at, outcome.clone()))),
            }
        }
    }

    /// Whether the host itself carries out an obligation of a decision on the text: text actions, and labels at its end. For
    /// callers that settle themselves.
    pub fn is_done_in_text(&self, decision: &Decision, obligation: &Obligation) -> bool {
        match obligation {
            Obligation::Measure(measure) => text_label(self.edition.registry(), decision.kind, measure).is_some(),
            Obligation::Redact(_) | Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop => true,
        }
    }
}
