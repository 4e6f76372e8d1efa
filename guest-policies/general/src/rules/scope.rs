//! Art. 2: the Measures bind services offered to the public in the mainland. Use that is not offered to it lies outside
//! (¶3). That removes what rests on the Measures and nothing else: other law goes on.
//!
//! Being outside loosens, so every fact it rests on must be known.

use specialis_policy::{Case, Finding, Rule};

use super::im;

const IM2: Rule = Rule::new("IM2", "im.art4.violence", im("2"));

/// The bodies that ¶3 names.
const BODIES: [&str; 6] = ["enterprise", "school", "research", "cultural", "association", "professional"];

/// Why the Measures do not apply to this session; none where they do or might.
pub(super) fn outside(case: &Case) -> Option<&'static str> {
    if case.audience() == Some("internal")
        && case.tenant().serves_public == Some(false)
        && case.provider().nature.as_deref().is_some_and(|nature| BODIES.contains(&nature))
    {
        return Some("in-house");
    }
    let is_overseas = |territory: &Option<String>| territory.as_deref() == Some("overseas");
    (is_overseas(&case.service().territory) && is_overseas(&case.subject().territory)).then_some("overseas")
}

/// The findings that stand outside the Measures: one that cites another instrument stays, the duties of the others do not
/// arise.
pub(super) fn without_measures(findings: Vec<Finding>, reason: &'static str) -> Vec<Finding> {
    let mut left: Vec<Finding> = Vec::new();
    for finding in findings {
        if finding.cites().is_some_and(|cite| cite.instrument != IM2.cite().instrument) {
            left.push(finding);
            continue;
        }
        let silent = IM2.on_duty(finding.duty()).not_applicable(reason).on(finding.kinds());
        if !left.contains(&silent) {
            left.push(silent);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{GeneralFacts, ProviderFacts, ServiceFacts, SubjectFacts, TenantFacts};
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Level, cite};

    use super::super::testing::{judged, one, service, usual};
    use super::*;

    fn in_house(audience: Option<&str>, nature: Option<&str>, serves_public: Option<bool>) -> CaseBuilder {
        usual(CaseBuilder::new("output"))
            .text("台词里提到了斗殴")
            .hit("a1.violence", "斗殴")
            .general(GeneralFacts { audience: audience.map(str::to_owned), ..GeneralFacts::default() })
            .provider(ProviderFacts { nature: nature.map(str::to_owned), ..ProviderFacts::default() })
            .tenant(TenantFacts { serves_public, ..TenantFacts::default() })
    }

    #[test]
    fn in_house_use_removes_what_rests_on_the_measures() {
        let findings = judged(in_house(Some("internal"), Some("school"), Some(false)));
        let screen = one(&findings, "im.art4.violence.screen");
        assert_eq!((screen.rule(), screen.case(), screen.reason()), ("IM2", "not-applicable", Some("in-house")));
        assert!(findings.iter().all(|finding| finding.case() == "not-applicable"));
    }

    #[test]
    fn whatever_is_not_known_keeps_the_measures() {
        for case in [
            in_house(None, Some("school"), Some(false)),
            in_house(Some("public"), Some("school"), Some(false)),
            in_house(Some("internal"), None, Some(false)),
            in_house(Some("internal"), Some("person"), Some(false)),
            in_house(Some("internal"), Some("school"), None),
            in_house(Some("internal"), Some("school"), Some(true)),
        ] {
            assert_eq!(one(&judged(case), "im.art4.violence.screen").case(), "require");
        }
    }

    #[test]
    fn only_a_service_and_a_user_abroad_are_outside() {
        let abroad = Some("overseas".to_owned());
        for (offered, user, reason) in [
            (abroad.clone(), abroad.clone(), Some("overseas")),
            (abroad.clone(), None, None),
            (abroad.clone(), Some("mainland".to_owned()), None),
            (None, abroad, None),
        ] {
            let case = usual(CaseBuilder::open())
                .service(ServiceFacts { territory: offered, ..service() })
                .subject(SubjectFacts { territory: user, ..SubjectFacts::default() });
            assert_eq!(outside(&case.build()), reason);
        }
    }

    #[test]
    fn a_finding_under_another_instrument_stays() {
        let other = Rule::new("X1", "im.art17.filing", cite("ALGO", "24")).require(Level::Stop, "filing-missing");
        let ours = IM2.on_duty("im.art17.filing").require(Level::Stop, "filing-missing").on(&["output"]);
        let left = without_measures(vec![other.clone(), ours.clone(), ours], "in-house");
        let silent = IM2.on_duty("im.art17.filing").not_applicable("in-house").on(&["output"]);
        assert_eq!(left, [other, silent]);
    }
}
