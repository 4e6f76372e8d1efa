//! Art. 2: the Measures bind services offered to the public in the mainland. Use that is not offered to it lies outside
//! (¶3). That removes what rests on the Measures, and on the provisions on algorithms and on filed services, which bind services
//! to the public too. Other law goes on.
//!
//! Being outside loosens, so every fact it rests on must be known.

use specialis_policy::scope;
use specialis_policy::{Case, Finding, Level, Rule};

use super::im;

const IM2: Rule = Rule::new("IM2", "im.art4.violence", im("2(3)"));
/// Further instruments that bind services to the public alone.
const TO_THE_PUBLIC: [&str; 2] = ["ALGO", "CAC-FILED"];
/// An authority's notice.
const NOTICE: &str = "im.art20.overseas";

/// What is left where the session is outside the Measures; everything where it is inside or may be.
pub(super) fn confine(case: &Case, findings: Vec<Finding>) -> Vec<Finding> {
    match scope::outside(case) {
        Some(reason) => without_measures(scope::confine(case, &TO_THE_PUBLIC, findings), reason),
        None => findings,
    }
}

/// The findings that stand outside the Measures: one that cites another instrument stays, the duties of the others do not
/// arise. That a service calls itself internal does not undo an authority's notice against it: there a person decides.
fn without_measures(findings: Vec<Finding>, reason: &'static str) -> Vec<Finding> {
    let mut left: Vec<Finding> = Vec::new();
    for finding in findings {
        if finding.cites().is_some_and(|cite| cite.instrument != IM2.cite().instrument) {
            left.push(finding);
            continue;
        }
        if finding.duty() == NOTICE && finding.level() == Some(Level::Stop) {
            let seen = Rule::new(finding.rule(), NOTICE, im("20")).require(Level::Review, "authority-notice-in-house");
            left.push(seen.on(finding.kinds()));
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
    use specialis_policy::facts::{GeneralFacts, Notice, ProviderFacts, ServiceFacts, TenantFacts};
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
    fn in_house_use_removes_what_rests_on_the_measures_whatever_the_body() {
        for nature in [Some("school"), Some("other"), Some("individual"), None] {
            let findings = judged(in_house(Some("internal"), nature, Some(false)));
            let screen = one(&findings, "im.art4.violence.screen");
            assert_eq!((screen.rule(), screen.case(), screen.reason()), ("IM2", "not-applicable", Some("in-house")));
            assert!(findings.iter().all(|finding| finding.case() == "not-applicable"));
        }
    }

    #[test]
    fn whatever_is_not_known_keeps_the_measures() {
        for case in [
            in_house(None, Some("school"), Some(false)),
            in_house(Some("public"), Some("school"), Some(false)),
            in_house(Some("internal"), Some("school"), None),
            in_house(Some("internal"), Some("school"), Some(true)),
        ] {
            assert_eq!(one(&judged(case), "im.art4.violence.screen").case(), "require");
        }
    }

    #[test]
    fn a_notice_is_not_undone_by_calling_the_service_internal() {
        let of = |notices: Option<Vec<Notice>>| {
            let case = usual(CaseBuilder::open())
                .general(GeneralFacts { audience: Some("internal".into()), ..GeneralFacts::default() })
                .tenant(TenantFacts { serves_public: Some(false), ..TenantFacts::default() })
                .provider(ProviderFacts { origin: Some("overseas".into()), ..ProviderFacts::default() })
                .service(ServiceFacts { authority_notices: notices, ..service() });
            one(&judged(case), NOTICE).clone()
        };
        let notice = Notice { authority: "cac".into(), ..Notice::default() };
        for in_doubt in [Some(vec![notice]), None] {
            let found = of(in_doubt);
            assert_eq!((found.level(), found.reason()), (Some(Level::Review), Some("authority-notice-in-house")));
        }
        assert_eq!(of(Some(Vec::new())).case(), "not-applicable");
    }

    #[test]
    fn a_finding_under_another_instrument_stays() {
        let other = Rule::new("X1", "im.art17.filing", cite("PIPL", "19")).require(Level::Stop, "filing-missing");
        let ours = IM2.on_duty("im.art17.filing").require(Level::Stop, "filing-missing").on(&["output"]);
        let left = without_measures(vec![other.clone(), ours.clone(), ours], "in-house");
        let silent = IM2.on_duty("im.art17.filing").not_applicable("in-house").on(&["output"]);
        assert_eq!(left, [other, silent]);
    }
}
