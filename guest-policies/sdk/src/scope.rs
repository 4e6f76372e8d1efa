//! Whom a service serves, as several instruments ask it in the same way. What puts a service outside loosens, so all of it must
//! be known.

use crate::{Case, Finding, Rule};

/// Why a session is outside the instruments that bind services to the public of the mainland: `in-house` or `overseas`; none
/// where it is inside or may be.
///
/// In house is what is not offered to the public, whatever the nature of the body that runs it: a company, a school or a public
/// authority.
pub fn outside(case: &Case) -> Option<&'static str> {
    if case.audience() == Some("internal") && case.tenant().serves_public == Some(false) {
        return Some("in-house");
    }
    let is_overseas = |territory: &Option<String>| territory.as_deref() == Some("overseas");
    (is_overseas(&case.service().territory) && is_overseas(&case.subject().territory)).then_some("overseas")
}

/// The findings without those that rest on one of these instruments, where the session is outside their scope: there their
/// duties do not arise. Each rule answers so itself, and declares the reasons `in-house` and `overseas`.
pub fn confine(case: &Case, instruments: &[&str], findings: Vec<Finding>) -> Vec<Finding> {
    match outside(case) {
        Some(reason) => silence(reason, instruments, findings),
        None => findings,
    }
}

/// The findings without those that rest on one of these instruments: their duties do not arise, for this reason.
pub fn silence(reason: &'static str, instruments: &[&str], findings: Vec<Finding>) -> Vec<Finding> {
    let mut left: Vec<Finding> = Vec::new();
    for finding in findings {
        let finding = match finding.cites() {
            Some(cite) if instruments.contains(&cite.instrument) => {
                Rule::new(finding.rule(), finding.duty(), cite).not_applicable(reason).on(finding.kinds())
            }
            Some(_) | None => finding,
        };
        if !left.contains(&finding) {
            left.push(finding);
        }
    }
    left
}

/// Whether the service surely spreads what others made and generates nothing itself.
pub fn only_propagates(case: &Case) -> bool {
    case.service().roles.as_ref().is_some_and(|roles| {
        let plays = |role: &str| roles.iter().any(|known| known == role);
        plays("propagator") && !plays("provider") && !plays("api-supplier")
    })
}

/// Whether content may reach the public. What is surely for the person alone who asked for it, or for the staff of the house,
/// does not.
pub fn may_reach_public(case: &Case) -> bool {
    case.purpose() != Some("private") && case.audience() != Some("internal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{GeneralFacts, ServiceFacts, SubjectFacts, TenantFacts};
    use crate::testing::CaseBuilder;
    use crate::{Level, cite};

    fn case(audience: Option<&str>, serves_public: Option<bool>) -> Case {
        CaseBuilder::new("output")
            .general(GeneralFacts { audience: audience.map(str::to_owned), ..GeneralFacts::default() })
            .tenant(TenantFacts { serves_public, ..TenantFacts::default() })
            .build()
    }

    #[test]
    fn only_what_is_known_not_to_serve_the_public_is_in_house() {
        assert_eq!(outside(&case(Some("internal"), Some(false))), Some("in-house"));
        for (audience, serves) in [
            (None, Some(false)),
            (Some("public"), Some(false)),
            (Some("internal"), None),
            (Some("internal"), Some(true)),
        ] {
            assert_eq!(outside(&case(audience, serves)), None);
        }
    }

    #[test]
    fn only_a_service_and_a_user_abroad_are_overseas() {
        let abroad = || Some("overseas".to_owned());
        for (offered, user, reason) in [
            (abroad(), abroad(), Some("overseas")),
            (abroad(), None, None),
            (abroad(), Some("mainland".to_owned()), None),
            (None, abroad(), None),
        ] {
            let case = CaseBuilder::open()
                .service(ServiceFacts { territory: offered, ..ServiceFacts::default() })
                .subject(SubjectFacts { territory: user, ..SubjectFacts::default() });
            assert_eq!(outside(&case.build()), reason);
        }
    }

    #[test]
    fn scope_is_decided_for_each_instrument() {
        let found = || {
            let labels = Rule::new("L", "x.label", cite("LM", "4")).require(Level::Mark, "owed").on(&["output"]);
            let persons = Rule::new("P", "x.persons", cite("PIPL", "29")).require(Level::Stop, "owed");
            vec![labels, persons]
        };
        let outside = confine(&case(Some("internal"), Some(false)), &["LM"], found());
        let cases: Vec<_> = outside.iter().map(|one| (one.rule(), one.case(), one.kinds())).collect();
        assert_eq!(cases, [("L", "not-applicable", &["output"][..]), ("P", "require", &[])]);
        assert_eq!(confine(&case(None, None), &["LM"], found()), found());
    }

    #[test]
    fn who_may_generate_does_not_only_propagate() {
        let roles = |roles: Option<&[&str]>| {
            let roles = roles.map(|roles| roles.iter().map(|&role| role.to_owned()).collect());
            only_propagates(&CaseBuilder::open().service(ServiceFacts { roles, ..ServiceFacts::default() }).build())
        };
        assert!(roles(Some(&["propagator"])) && roles(Some(&["app-store", "propagator"])));
        assert!(!roles(None) && !roles(Some(&[])) && !roles(Some(&["propagator", "provider"])));
        assert!(!roles(Some(&["propagator", "api-supplier"])) && !roles(Some(&["app-store"])));
    }
}
