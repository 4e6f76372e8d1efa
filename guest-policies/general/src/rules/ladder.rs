//! Art. 14(2): a user who engages in unlawful activities is warned, restricted or suspended, by law and agreement; records
//! are kept and the authority is told.
//!
//! The counts of the standing are of earlier breaches; the one at hand is one more. Ending the service to a user is left to
//! a person. Where a fact is unknown, what every value of it asks for is asked for together.

use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::authority::report;
use super::im;

const IM14: Rule = Rule::new("IM14", "im.art14.ladder", im("14(2)"));

/// Art. 14(2) on a breach, or on what may be one.
pub(super) fn judge(case: &Case, findings: &mut Vec<Finding>) {
    let Some(account) = case.account() else { return };
    if account.operation.as_deref().is_some_and(|operation| operation != "breach") {
        return;
    }
    // The article asks for a record and names no period: that is the operator's.
    let record = Measure::new("record").number("keep-months", case.number("record-months")).id("set-by", "operator");
    let review = account.breach_review.as_deref();
    if review == Some("refuted") {
        findings.push(IM14.not_applicable("breach-refuted"));
        return;
    }
    if review != Some("confirmed") {
        findings.push(IM14.require(Level::Review, "breach-open").measure(record.clone()));
    }
    if review == Some("open") {
        return;
    }
    let mut always = vec![record, Measure::new("count-breach")];
    if account.breach_category.as_deref().is_none_or(is_unlawful) {
        always.push(report(case));
    }
    let clauses = case.agreement().clauses.as_deref();
    let has_clause = clauses.map(|clauses| clauses.iter().any(|clause| clause == "breach-measures"));
    if has_clause != Some(true) {
        findings.push(IM14.require(Level::Review, "breach-clause-missing").measures(always.clone()));
    }
    if has_clause != Some(false) {
        measures(case, &always, findings);
    }
}

/// Whether a breach of this category is an unlawful activity, of whatever kind. `other` is one against the agreement alone, and
/// that an answer is unreliable is nothing that a user does.
fn is_unlawful(category: &str) -> bool {
    category != "other" && !category.starts_with("a5.")
}

/// What the agreement allows, by the user's standing.
fn measures(case: &Case, always: &[Measure], findings: &mut Vec<Finding>) {
    let standing = case.standing();
    let is_stale = standing.as_of.map(|day| day != case.as_of());
    if is_stale != Some(false) {
        findings.push(IM14.unknown("standing-stale"));
    }
    if is_stale == Some(true) {
        return;
    }
    let reaches = |earlier: Option<u32>, limit: &str| {
        earlier.is_none_or(|earlier| i64::from(earlier).saturating_add(1) >= case.number(limit))
    };
    let mut measures = always.to_vec();
    measures.push(Measure::new("warn-user"));
    if standing.current_measure.as_deref() != Some("none") {
        measures.push(Measure::new("restrict-user").number("days", case.number("restrict-days")));
    }
    let is_over = reaches(standing.consecutive, "breaches-in-a-row") || reaches(standing.today, "breaches-a-day");
    let (level, reason) = if is_over { (Level::Stop, "breach-limit") } else { (Level::Warn, "breach-confirmed") };
    if is_over {
        measures.push(Measure::new("suspend-user").number("days", case.number("suspend-days")));
    }
    findings.push(IM14.require(level, reason).measures(measures));
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{AccountFacts, AgreementFacts, StandingFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::super::testing::{TODAY, agreement, judged, on, standing, usual};
    use super::*;

    fn breach() -> AccountFacts {
        AccountFacts {
            operation: Some("breach".to_owned()),
            breach_category: Some("a1.violence".to_owned()),
            breach_review: Some("confirmed".to_owned()),
            ..AccountFacts::default()
        }
    }

    fn found(account: AccountFacts, standing: StandingFacts, agreement: AgreementFacts) -> Vec<Finding> {
        judged(usual(CaseBuilder::new("account").account(account)).standing(standing).agreement(agreement))
    }

    fn reasons(findings: &[Finding]) -> Vec<Option<&'static str>> {
        findings.iter().map(Finding::reason).collect()
    }

    #[test]
    fn three_in_a_row_or_five_a_day_suspend() {
        for (consecutive, today, level) in
            [(0, 0, Level::Warn), (1, 3, Level::Warn), (2, 0, Level::Stop), (3, 0, Level::Stop), (0, 4, Level::Stop)]
        {
            let counts = StandingFacts { consecutive: Some(consecutive), today: Some(today), ..standing() };
            let findings = found(breach(), counts, agreement());
            let [finding] = findings.as_slice() else { panic!("{findings:?}") };
            assert_eq!(finding.level(), Some(level), "{consecutive} {today}");
            assert!(finding.get_measure("warn-user").is_some() && finding.get_measure("record").is_some());
            assert_eq!(finding.get_measure("suspend-user").is_some(), level == Level::Stop);
            assert!(finding.get_measure("terminate-user").is_none());
        }
    }

    #[test]
    fn a_user_who_was_warned_is_restricted() {
        for (current, is_restricted) in [(Some("none"), false), (Some("warned"), true), (None, true)] {
            let counts = StandingFacts { current_measure: current.map(str::to_owned), ..standing() };
            let findings = found(breach(), counts, agreement());
            assert_eq!(findings.iter().any(|finding| finding.get_measure("restrict-user").is_some()), is_restricted);
        }
    }

    #[test]
    fn without_the_clause_a_person_decides() {
        let without = AgreementFacts { clauses: Some(vec!["rights-duties".to_owned()]), ..agreement() };
        let findings = found(breach(), standing(), without);
        assert_eq!(reasons(&findings), [Some("breach-clause-missing")]);
        assert!(findings.iter().all(|finding| finding.get_measure("warn-user").is_none()));
        let unknown = found(breach(), standing(), AgreementFacts { clauses: None, ..agreement() });
        assert_eq!(reasons(&unknown), [Some("breach-clause-missing"), Some("breach-confirmed")]);
    }

    #[test]
    fn counts_of_another_day_are_no_counts() {
        let stale = StandingFacts { as_of: Some(TODAY.add_days(-1)), consecutive: Some(9), ..standing() };
        let findings = found(breach(), stale, agreement());
        assert_eq!(reasons(&findings), [Some("standing-stale")]);
        assert_eq!(findings.first().map(Finding::case), Some("unknown"));
        let unknown = StandingFacts { as_of: None, consecutive: Some(9), ..standing() };
        assert_eq!(reasons(&found(breach(), unknown, agreement())), [Some("standing-stale"), Some("breach-limit")]);
    }

    #[test]
    fn only_a_confirmed_breach_has_consequences_for_the_user() {
        let reviewed = |review: Option<&str>| AccountFacts { breach_review: review.map(str::to_owned), ..breach() };
        let refuted = found(reviewed(Some("refuted")), standing(), agreement());
        assert_eq!(reasons(&refuted), [Some("breach-refuted")]);
        assert_eq!(reasons(&found(reviewed(Some("open")), standing(), agreement())), [Some("breach-open")]);
        let unknown = found(reviewed(None), standing(), agreement());
        assert_eq!(reasons(&unknown), [Some("breach-open"), Some("breach-confirmed")]);
    }

    #[test]
    fn every_unlawful_activity_is_reported() {
        for (category, is_reported) in [
            (Some("a1.violence"), true),
            (Some("a3.ip"), true),
            (Some("a4.privacy"), true),
            (None, true),
            (Some("other"), false),
            (Some("a5.inaccurate"), false),
        ] {
            let account = AccountFacts { breach_category: category.map(str::to_owned), ..breach() };
            let findings = found(account, standing(), agreement());
            assert_eq!(findings.iter().any(|finding| finding.get_measure("report").is_some()), is_reported);
        }
    }

    #[test]
    fn other_operations_are_no_breach_but_an_unknown_one_may_be() {
        let operated = |operation: Option<&str>| {
            let account = AccountFacts { operation: operation.map(str::to_owned), ..breach() };
            on(&found(account, standing(), agreement()), "im.art14.ladder").len()
        };
        assert_eq!(operated(Some("complaint")), 0);
        assert_eq!(operated(None), 1);
    }
}
