//! Deep Synthesis Provisions Art. 19: providers that can sway opinion or mobilize society file their algorithms, in the time and with
//! the calendar of Art. 24 of the provisions on algorithms.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::service::lacks_algorithm_filing;

const DS19: Rule = Rule::new("DS19", "common.dsp19.filing", cite("DSP", "19"));

/// Answers on changes of a service that sways opinion.
pub(super) fn on_change(case: &Case, findings: &mut Vec<Finding>) {
    let Some(change) = case.service_change() else { return };
    if !may_be(change.change.as_deref(), &["new-function", "model-update", "filing-change"]) {
        return;
    }
    findings.push(if case.service().shapes_opinion == Some(false) {
        DS19.not_applicable("no-public-opinion")
    } else if lacks_algorithm_filing(case) {
        let filing = Measure::new("require-filing").id("kind", "algorithm");
        DS19.require(Level::Review, "algorithm-not-filed").measure(filing)
    } else {
        DS19.met()
    });
}
