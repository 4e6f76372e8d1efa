//! AI16: talks with users are theirs. They go to nobody without a basis, and what is sensitive trains no model without a separate
//! consent.

use specialis_policy::doubt::{consented, may_be, may_hold, surely};
use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::anthro;

const AI16: Rule = Rule::new("AI16", "companions.data", anthro("16"));

pub(super) fn ai16(case: &Case) -> Vec<Finding> {
    let consent = || Measure::new("require-consent").id("scope", "training").id("by", "self");
    if let Some(intake) = case.training_intake() {
        if intake.sensitive_interaction == Some(false) {
            return vec![AI16.not_applicable("no-sensitive-talk")];
        }
        let is_given = consented(intake.consents.as_deref(), "training", &["self"], case.as_of());
        return vec![if is_given {
            AI16.met()
        } else {
            AI16.require(Level::Stop, "sensitive-talk-in-training").measures([consent(), Measure::new("reject-sample")])
        }];
    }
    let Some(handling) = case.data_handling() else { return Vec::new() };
    let concerns = may_hold(handling.subject_matter.as_deref(), &["interaction", "input"]);
    if !may_be(handling.operation.as_deref(), &["disclose"]) || !concerns || handling.identifying == Some(false) {
        return Vec::new();
    }
    vec![if surely(handling.basis.as_deref(), &["separate-consent", "legal-duty"]) {
        AI16.met()
    } else {
        AI16.require(Level::Stop, "talk-given-away")
    }]
}
