//! Art. 14(1): unlawful content that was found is stopped, taken back and deleted, the model corrected, the authority told.
//! Records are no part of this paragraph, and neither is telling the user.

use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::authority::report;
use super::content::BANNED;
use super::im;

const IM14: Rule = Rule::new("IM14", "im.art14.stop", im("14(1)"));

/// Adds what follows where a prohibition of Art. 4(1) stops what was generated. What comes in was not generated.
pub(super) fn follow(case: &Case, findings: &mut Vec<Finding>) {
    if !case.is_any(&["output", "media", "publication", "signal", "review"]) {
        return;
    }
    if case.media().is_some_and(|media| media.direction.as_deref() == Some("in")) {
        return;
    }
    let is_prohibition = |finding: &Finding| BANNED.iter().any(|banned| banned.floor.duty() == finding.duty());
    if !findings.iter().any(|finding| is_prohibition(finding) && finding.level() == Some(Level::Stop)) {
        return;
    }
    // A score is a suspicion; what a reviewer refused is found.
    let is_found = case.review().is_some();
    let reason = if is_found { "unlawful-content-found" } else { "unlawful-content-suspected" };
    findings.push(
        IM14.require(Level::Stop, reason)
            .stop()
            .measure(Measure::new("retract"))
            .measure(Measure::new("delete").number("within-days", case.number("delete-days")))
            .measure(Measure::new("correct-model"))
            .measure(report(case)),
    );
}

#[cfg(test)]
mod tests {
    use specialis_policy::Obligation;
    use specialis_policy::facts::MediaFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::super::testing::{judged, on, one, usual};

    #[test]
    fn a_stopped_prohibition_brings_the_five_obligations_and_no_record() {
        let findings = judged(usual(CaseBuilder::new("output")).text("样例").signal("a1.obscenity", 950));
        let stop = one(&findings, "im.art14.stop");
        for id in ["retract", "delete", "correct-model", "report"] {
            assert!(stop.get_measure(id).is_some(), "{id}");
        }
        assert!(stop.get_measure("record").is_none());
        assert!(stop.demand().is_some_and(|demand| demand.obligations.contains(&Obligation::Stop)));
    }

    #[test]
    fn doubt_discrimination_and_what_comes_in_bring_none() {
        let incoming = MediaFacts { direction: Some("in".to_owned()), ..MediaFacts::default() };
        for case in [
            usual(CaseBuilder::new("output")).text("样例").signal("a1.obscenity", 899),
            usual(CaseBuilder::new("output")).text("样例").signal("a2.gender", 990),
            usual(CaseBuilder::new("prompt")).text("样例").signal("a1.obscenity", 990),
            usual(CaseBuilder::new("media").media(incoming)).text("样例").signal("a1.obscenity", 990),
        ] {
            assert!(on(&judged(case), "im.art14.stop").is_empty());
        }
    }
}
