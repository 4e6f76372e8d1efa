//! The personal information of children and the requests of minors about theirs.

use specialis_policy::facts::DataHandlingFacts;
use specialis_policy::{Case, Finding, Level, Measure, Rule, cite};

use super::data::answered;
use crate::reach;

/// Personal information of a child under 14 needs a guardian's consent; requests of minors are answered in time.
pub const E7: Rule = Rule::new("E7", "common.minors.consent", cite("PIPL", "31"));

/// The same rule on requests.
const REQUESTS: Rule = E7.on_duty("common.minors.rights").citing(cite("MINORS", "34"));

/// Answers on registrations and on what is done with personal information.
pub fn e7(case: &Case) -> Vec<Finding> {
    if let Some(account) = case.account() {
        return match account.operation.as_deref() {
            // A registration waits for the consent.
            Some("register") | None => vec![consent(case, Level::Review)],
            Some(_) => Vec::new(),
        };
    }
    let Some(handling) = case.data_handling() else { return Vec::new() };
    match handling.operation.as_deref() {
        Some("collect" | "retain" | "disclose") => vec![handle(case, handling)],
        Some("access" | "copy" | "correct" | "supplement" | "delete") => vec![request(case)],
        Some(_) => Vec::new(),
        None => vec![handle(case, handling), request(case)],
    }
}

fn handle(case: &Case, handling: &DataHandlingFacts) -> Finding {
    if handling.identifying == Some(false) { E7.not_applicable("not-identifying") } else { consent(case, Level::Stop) }
}

fn consent(case: &Case, level: Level) -> Finding {
    if !matches!(case.age(), Some("under-14") | None) {
        return E7.not_applicable("fourteen-or-older");
    }
    let consents = case.subject().consents.as_deref().unwrap_or_default();
    let is_given = consents.iter().any(|consent| {
        consent.scope == "personal-information" && consent.given_by == "guardian" && consent.on <= case.as_of()
    });
    if is_given {
        return E7.met();
    }
    let consent = Measure::new("require-consent").id("scope", "personal-information").id("by", "guardian");
    E7.require(level, "consent-missing").measure(consent)
}

fn request(case: &Case) -> Finding {
    if !reach::may_be_minor(case) {
        return REQUESTS.not_applicable("adult");
    }
    answered(REQUESTS, case)
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{AccountFacts, Consent, MoreServiceFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Answer, Date};

    use super::*;

    fn subject(age: Option<&str>, consents: Option<Vec<Consent>>) -> SubjectFacts {
        SubjectFacts { age: age.map(str::to_owned), consents, ..SubjectFacts::default() }
    }

    fn given(by: &str, on: Date) -> Option<Vec<Consent>> {
        Some(vec![Consent { scope: "personal-information".into(), given_by: by.into(), on }])
    }

    fn register(subject: SubjectFacts) -> Vec<Finding> {
        let facts = AccountFacts { operation: Some("register".into()), ..AccountFacts::default() };
        e7(&CaseBuilder::new("account").account(facts).subject(subject).build())
    }

    fn handling(operation: &str, days: Option<u32>, age: &str) -> Vec<Finding> {
        let facts = DataHandlingFacts {
            operation: Some(operation.to_owned()),
            requested_days_ago: days,
            ..DataHandlingFacts::default()
        };
        let case = CaseBuilder::new("data-handling").defaults_of(include_str!("../../policy.toml"));
        let published = MoreServiceFacts { request_limit_days: Some(15), ..MoreServiceFacts::default() };
        e7(&case.data_handling(facts).more_service(published).subject(subject(Some(age), None)).build())
    }

    #[test]
    fn only_a_guardians_consent_given_by_today_serves_a_child() {
        let today = Date::of(2026, 11, 2);
        assert_eq!(register(subject(Some("under-14"), given("guardian", today))), [E7.met()]);
        for consents in [None, Some(Vec::new()), given("self", today), given("guardian", today.add_days(1))] {
            let findings = register(subject(Some("under-14"), consents));
            assert_eq!(findings.first().and_then(Finding::level), Some(Level::Review));
        }
    }

    #[test]
    fn an_unknown_age_counts_as_that_of_a_child() {
        assert_eq!(register(subject(None, None)).first().and_then(Finding::level), Some(Level::Review));
        for age in ["14-17", "adult"] {
            let answers = register(subject(Some(age), None));
            assert_eq!(answers.first().map(Finding::answer), Some(&Answer::NotApplicable("fourteen-or-older")));
        }
    }

    #[test]
    fn collecting_without_consent_stops_and_other_operations_are_silent() {
        assert_eq!(handling("collect", None, "under-14").first().and_then(Finding::level), Some(Level::Stop));
        assert_eq!(handling("incident", None, "under-14"), []);
    }

    #[test]
    fn a_request_is_late_after_the_limit_and_when_nobody_knows() {
        assert_eq!(handling("delete", Some(15), "14-17").first().and_then(Finding::level), Some(Level::Pass));
        for days in [Some(16), None] {
            assert_eq!(handling("delete", days, "14-17").first().and_then(Finding::level), Some(Level::Warn));
        }
        assert_eq!(handling("delete", None, "adult").first().map(Finding::case), Some("not-applicable"));
    }
}
