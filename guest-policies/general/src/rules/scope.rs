//! Arts. 2 and 22: the Measures bind whoever offers generation to the public in the mainland. Use that is not offered to it lies
//! outside (Art. 2 ¶3). That removes what rests on the Measures, and on the provisions, notices and standards for services to the
//! public. Whoever only spreads what others generated is no provider: what a provider owes does not arise, while the prohibitions
//! of Art. 4 bind whoever uses generated content. What people wrote is not generated at all. Other law goes on.
//!
//! Each of these loosens, so every fact it rests on must be known.

use specialis_policy::scope;
use specialis_policy::{Case, Finding, Level, Rule};

use super::im;

const IM2: Rule = Rule::new("IM2", "im.art4.violence", im("2(3)"));
/// Further instruments that bind providers of services to the public alone.
const TO_THE_PUBLIC: [&str; 4] = ["ALGO", "CAC-FILED", "GBT45654", "LM"];
/// Duties of the provisions on deep synthesis, which bind services to the public and are none of the Measures'.
const DEEP_SYNTHESIS: &str = "common.dsp";
/// Duties that bind users of generated content as they bind providers.
const CONTENT: &str = "im.art4.";
/// An authority's notice.
const NOTICE: &str = "im.art20.overseas";

/// What is left where the session, or the content, is outside the Measures; everything where it is inside or may be.
pub(super) fn confine(case: &Case, findings: Vec<Finding>) -> Vec<Finding> {
    if let Some(reason) = scope::outside(case) {
        let is_synthesis = |finding: &Finding| finding.duty().starts_with(DEEP_SYNTHESIS);
        let (synthesis, rest) = findings.into_iter().partition::<Vec<_>, _>(is_synthesis);
        let rest = without_measures(scope::confine(case, &TO_THE_PUBLIC, rest), reason);
        return [rest, scope::silence(reason, &["DSP"], synthesis)].concat();
    }
    if scope::only_propagates(case) {
        let is_users = |finding: &Finding| finding.duty().starts_with(CONTENT);
        let (users, providers) = findings.into_iter().partition::<Vec<_>, _>(is_users);
        return human_made(case, [users, without_provider(providers)].concat());
    }
    human_made(case, findings)
}

/// What is left for whoever generates nothing.
fn without_provider(findings: Vec<Finding>) -> Vec<Finding> {
    const REASON: &str = "propagates-only";
    but_silent(scope::silence(REASON, &TO_THE_PUBLIC, findings), REASON)
}

/// What is left of the findings on a publication that people wrote: nothing that rests on the Measures.
fn human_made(case: &Case, findings: Vec<Finding>) -> Vec<Finding> {
    let is_human = case.publication().is_some_and(|publication| publication.ai_made == Some(false));
    if is_human { but_silent(findings, "not-generated") } else { findings }
}

/// Without what rests on the Measures. A rule that says itself that its duty does not arise has said why.
fn but_silent(findings: Vec<Finding>, reason: &'static str) -> Vec<Finding> {
    let (silent, rest) = findings.into_iter().partition::<Vec<_>, _>(|finding| finding.case() == "not-applicable");
    [silent, without_measures(rest, reason)].concat()
}

/// The findings that stand outside the Measures: one that cites another instrument stays, the duties of the others do not arise.
/// What a service says of itself does not undo an authority's notice against it: there a person decides.
fn without_measures(findings: Vec<Finding>, reason: &'static str) -> Vec<Finding> {
    let mut left: Vec<Finding> = Vec::new();
    for finding in findings {
        if finding.cites().is_some_and(|cite| cite.instrument != IM2.cite().instrument) {
            left.push(finding);
            continue;
        }
        if finding.duty() == NOTICE && finding.level() == Some(Level::Stop) {
            let seen = Rule::new(finding.rule(), NOTICE, im("20")).require(Level::Review, despite(reason));
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

/// What is said of an authority's notice against a service that is outside for a reason of its own.
fn despite(reason: &str) -> &'static str {
    match reason {
        "overseas" => "authority-notice-overseas",
        "propagates-only" => "authority-notice-propagator",
        _ => "authority-notice-in-house",
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{
        GeneralFacts, MediaFacts, Notice, ProviderFacts, PublicationFacts, ServiceChangeFacts, ServiceFacts,
        SubjectFacts, TenantFacts,
    };
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
    fn a_notice_is_not_undone_by_being_overseas_or_by_spreading_alone() {
        let of = |territory: &str, roles: &[&str]| {
            let roles = Some(roles.iter().map(|&role| role.to_owned()).collect());
            let territory = Some(territory.to_owned());
            let subject = SubjectFacts { territory: territory.clone(), ..SubjectFacts::default() };
            let change = ServiceChangeFacts { change: Some("authority-notice".to_owned()), ..Default::default() };
            let case = usual(CaseBuilder::new("service-change").service_change(change)).subject(subject);
            let case = case.provider(ProviderFacts { origin: Some("overseas".into()), ..ProviderFacts::default() });
            one(&judged(case.service(ServiceFacts { roles, territory, ..service() })), NOTICE).reason()
        };
        assert_eq!(of("mainland", &["propagator"]), Some("authority-notice-propagator"));
        assert_eq!(of("overseas", &["provider"]), Some("authority-notice-overseas"));
        assert_eq!(of("mainland", &["provider"]), Some("authority-notice"));
    }

    #[test]
    fn whoever_only_spreads_owes_nothing_that_a_provider_owes() {
        let roles = Some(vec!["propagator".to_owned()]);
        let facts = || ServiceFacts { roles: roles.clone(), filing_number: None, ..service() };
        let open = judged(usual(CaseBuilder::open()).agreement(Default::default()).service(facts()));
        for duty in ["im.art9.agreement", "im.art17.filing", "im.art17.shown", "im.art23.licence"] {
            let found = one(&open, duty);
            assert_eq!((found.case(), found.reason()), ("not-applicable", Some("propagates-only")), "{duty}");
        }
        let media = MediaFacts { direction: Some("out".to_owned()), ..MediaFacts::default() };
        let spread = CaseBuilder::new("media").media(media).text("样例").signal("a1.obscenity", 950);
        let found = judged(usual(spread).service(facts()));
        assert_eq!(one(&found, "im.art4.obscenity").level(), Some(Level::Stop));
        assert_eq!(one(&found, "im.art14.stop").reason(), Some("propagates-only"));
    }

    #[test]
    fn what_people_wrote_is_not_generated() {
        let found = |ai_made| {
            let facts = PublicationFacts { ai_made, ..PublicationFacts::default() };
            let case = CaseBuilder::new("publication").publication(facts).text("样例").signal("a1.obscenity", 950);
            let findings = judged(usual(case));
            ["im.art4.obscenity", "im.art14.stop"].map(|duty| one(&findings, duty).case())
        };
        assert_eq!(found(Some(false)), ["not-applicable"; 2]);
        assert_eq!((found(Some(true)), found(None)), (["require"; 2], ["require"; 2]));
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
