//! Arts. 17, 20 and 23: security assessment and filing, overseas services, licences.

use specialis_policy::calendar::working_days_after;
use specialis_policy::facts::{Licence, Notice, ServiceChangeFacts};
use specialis_policy::{Case, Cite, Date, Finding, Level, Measure, Rule, cite};

use super::data::soft;
use super::im;
use super::users::USE;

const IM17: Rule = Rule::new("IM17", "im.art17.filing", im("17"));
const IM20: Rule = Rule::new("IM20", "im.art20.overseas", im("20"));
const IM23: Rule = Rule::new("IM23", "im.art23.licence", im("23(1)"));
/// How old an assessment may be, the basic requirements say and the Measures do not.
const ASSESSED_AGAIN: Cite = cite("GBT45654", "assessment");
/// The same rule on investment from abroad.
const INVESTMENT: Rule = IM23.on_duty("im.art23.investment").citing(im("23(2)"));

/// The categories that the measure `require-licence` registers and an operator may list.
const LICENCES: [&str; 9] = [
    "internet-news",
    "internet-news/gathering",
    "internet-news/reposting",
    "internet-news/platform",
    "internet-audio-video",
    "film/public-screening",
    "drama/distribution",
    "online-publishing",
    "value-added-telecom",
];

/// The measures by which a filing and a licence are asked for.
struct Owed {
    filing: &'static str,
    licence: &'static str,
}

/// Before anything goes out.
const FIRST: Owed = Owed { filing: "require-filing", licence: "require-licence" };
/// While the service goes on.
const AFTERWARDS: Owed = Owed { filing: "complete-filing", licence: "obtain-licence" };

/// What holds for every use of a service that runs: notices of an authority, filings and licences.
pub(super) fn at_open(case: &Case, findings: &mut Vec<Finding>) {
    findings.push(overseas(case).on(&USE));
    let level = match case.text("standing-level").as_str() {
        "stop" => Level::Stop,
        "review" => Level::Review,
        _ => Level::Warn,
    };
    // What goes out with a warning does not wait for a filing: that is made up for afterwards.
    let owed = if level < Level::Review { &AFTERWARDS } else { &FIRST };
    let mut lacking = Vec::new();
    if case.service().shapes_opinion == Some(false) {
        lacking.push(IM17.not_applicable("no-public-opinion"));
    } else {
        lacking.extend(service_filing(case, owed.filing));
        lacking.extend(algorithm_filing(case, owed.filing));
        if lacking.is_empty() {
            lacking.push(IM17.met());
        }
    }
    licences(case, owed.licence, &mut lacking);
    findings.extend(lacking.into_iter().map(|finding| finding.at_most(level).on(&USE)));
}

/// Art. 20: an overseas service serves users of the mainland until an authority's notice asks for measures against it.
fn overseas(case: &Case) -> Finding {
    let notices = case.service().authority_notices.as_deref();
    if case.provider().origin.as_deref() == Some("mainland") {
        IM20.not_applicable("provider-in-mainland")
    } else if case.subject().territory.as_deref() == Some("overseas") {
        IM20.not_applicable("user-overseas")
    } else if notices.is_some_and(|notices| !notices.iter().any(|notice| is_in_force(notice, case.as_of()))) {
        IM20.not_applicable("no-notice")
    } else {
        let reason = if notices.is_some() { "authority-notice" } else { "authority-notice-unknown" };
        IM20.require(Level::Stop, reason).measure(Measure::new("geoblock"))
    }
}

/// A first day that nobody knows has come, a last day that nobody knows has not.
fn is_in_force(notice: &Notice, day: Date) -> bool {
    notice.from.is_none_or(|first| first <= day) && notice.until.is_none_or(|last| day <= last)
}

/// Arts. 17, 20 and 23 on a change of the service.
pub(super) fn on_change(case: &Case, findings: &mut Vec<Finding>) {
    let Some(facts) = case.service_change() else { return };
    let may_be = |changes: &[&str]| facts.change.as_deref().is_none_or(|change| changes.contains(&change));
    if may_be(&["authority-notice"]) {
        findings.push(notice(case, facts));
    }
    if may_be(&["overseas-offer"]) {
        findings.push(overseas(case));
    }
    if may_be(&["launch", "new-function", "overseas-offer"]) {
        licences(case, FIRST.licence, findings);
        findings.push(investment(case));
    }
    if !may_be(&["launch", "new-function", "model-update", "filing-change"]) {
        return;
    }
    if case.service().shapes_opinion == Some(false) {
        findings.push(IM17.not_applicable("no-public-opinion"));
        return;
    }
    let before = findings.len();
    if may_be(&["launch", "new-function", "model-update"]) {
        findings.extend(assessment(case, facts));
    }
    if may_be(&["launch"]) {
        findings.extend(service_filing(case, FIRST.filing));
    }
    if may_be(&["new-function", "model-update", "filing-change"]) {
        findings.extend(algorithm_filing(case, FIRST.filing));
    }
    if findings.len() == before {
        findings.push(IM17.met());
    }
}

/// The service is filed.
fn service_filing(case: &Case, measure: &'static str) -> Option<Finding> {
    let filing = Measure::new(measure).id("kind", "generative-service");
    is_blank(case.service().filing_number.as_deref())
        .then(|| IM17.require(Level::Stop, "service-filing-missing").measure(filing))
}

/// The change was assessed, for itself and before it takes effect.
fn assessment(case: &Case, facts: &ServiceChangeFacts) -> Option<Finding> {
    let reason = match (facts.assessed_on, facts.on) {
        _ if is_blank(facts.assessment_number.as_deref()) => "assessment-missing",
        (None, _) | (_, None) => "assessment-not-dated",
        (Some(assessed), Some(on)) if assessed > on || assessed > case.as_of() => "assessment-not-dated",
        (Some(assessed), Some(on)) if assessed.days_until(on) > case.number("assessment-days") => {
            return Some(soft(case, IM17.citing(ASSESSED_AGAIN), "assessment-stale"));
        }
        (Some(_), Some(_)) => return None,
    };
    let filing = Measure::new("require-filing").id("kind", "security-assessment");
    Some(IM17.require(Level::Stop, reason).measure(filing))
}

/// Whether the algorithm is not filed and the working days for it are over. A start that nobody knows was long ago.
pub(super) fn lacks_algorithm_filing(case: &Case) -> bool {
    let service = case.service();
    let last = |start: Date| working_days_after(case, start, case.number("filing-working-days"));
    is_blank(service.algorithm_filing_number.as_deref())
        && service.started_on.is_none_or(|start| case.as_of() > last(start))
}

/// The algorithm is filed within ten working days of the start.
fn algorithm_filing(case: &Case, measure: &'static str) -> Option<Finding> {
    if !lacks_algorithm_filing(case) {
        return None;
    }
    let filing = Measure::new(measure).id("kind", "algorithm");
    Some(IM17.citing(cite("ALGO", "24(1)")).require(Level::Stop, "algorithm-filing-missing").measure(filing))
}

/// Art. 20, when the notice arrives. A day that nobody knows has come.
fn notice(case: &Case, facts: &ServiceChangeFacts) -> Finding {
    if case.provider().origin.as_deref() == Some("mainland") {
        IM20.not_applicable("provider-in-mainland")
    } else if facts.notice_on.is_some_and(|day| day > case.as_of()) {
        IM20.not_applicable("no-notice")
    } else {
        IM20.require(Level::Stop, "authority-notice").measure(Measure::new("geoblock"))
    }
}

/// Art. 23 ¶2: an investment from abroad is reported or approved.
fn investment(case: &Case) -> Finding {
    let facts = case.more_provider();
    if facts.foreign_invested == Some(false) {
        INVESTMENT.not_applicable("no-foreign-investment")
    } else if !is_blank(facts.foreign_investment_number.as_deref()) {
        INVESTMENT.met()
    } else {
        let filing = Measure::new("require-filing").id("kind", "foreign-investment");
        INVESTMENT.require(Level::Review, "foreign-investment-not-reported").measure(filing)
    }
}

/// Art. 23 ¶1: every licence that the operator's settings name is held and valid.
fn licences(case: &Case, measure: &'static str, findings: &mut Vec<Finding>) {
    let held = case.service().licences.as_deref().unwrap_or_default();
    let before = findings.len();
    for category in case.texts("licence-categories").iter() {
        let of_category = || held.iter().filter(|licence| licence.category == *category);
        if of_category().any(|licence| is_valid(licence, case.as_of())) {
            continue;
        }
        let reason = if of_category().next().is_some() { "licence-expired" } else { "licence-missing" };
        let asked = Measure::new(measure);
        let asked = match LICENCES.into_iter().find(|known| *known == *category) {
            Some(known) => asked.id("category", known),
            None => asked,
        };
        findings.push(IM23.require(Level::Stop, reason).measure(asked));
    }
    if findings.len() == before {
        findings.push(IM23.met());
    }
}

fn is_valid(licence: &Licence, day: Date) -> bool {
    !licence.number.trim().is_empty()
        && !licence.holder.trim().is_empty()
        && licence.expires.is_some_and(|last| day <= last)
}

fn is_blank(number: Option<&str>) -> bool {
    number.is_none_or(|number| number.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{MoreProviderFacts, ProviderFacts, ServiceFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::super::testing::{TODAY, judged, on, one, service, usual};
    use super::*;

    fn change(change: Option<&str>) -> ServiceChangeFacts {
        ServiceChangeFacts {
            change: change.map(str::to_owned),
            on: Some(TODAY.add_days(10)),
            assessment_number: Some("评估样例-7".to_owned()),
            assessed_on: Some(TODAY.add_days(-20)),
            ..ServiceChangeFacts::default()
        }
    }

    fn licence(expires: Option<Date>) -> Licence {
        Licence {
            number: "样例B2-20260001".to_owned(),
            category: "value-added-telecom".to_owned(),
            holder: "样例科技".to_owned(),
            expires,
        }
    }

    fn found(facts: ServiceChangeFacts, service: ServiceFacts) -> Vec<Finding> {
        judged(usual(CaseBuilder::new("service-change").service_change(facts)).service(service))
    }

    fn reasons(findings: &[Finding], duty: &str) -> Vec<Option<&'static str>> {
        on(findings, duty).into_iter().map(Finding::reason).collect()
    }

    #[test]
    fn a_change_needs_an_assessment_of_its_own() {
        let reason = |facts: ServiceChangeFacts| reasons(&found(facts, service()), "im.art17.filing");
        let base = || change(Some("model-update"));
        assert_eq!(reason(base()), [None]);
        assert_eq!(reason(ServiceChangeFacts { assessment_number: None, ..base() }), [Some("assessment-missing")]);
        let blank = ServiceChangeFacts { assessment_number: Some(" ".to_owned()), ..base() };
        assert_eq!(reason(blank), [Some("assessment-missing")]);
        assert_eq!(reason(ServiceChangeFacts { assessed_on: None, ..base() }), [Some("assessment-not-dated")]);
        assert_eq!(reason(ServiceChangeFacts { on: None, ..base() }), [Some("assessment-not-dated")]);
        let later = ServiceChangeFacts { assessed_on: Some(TODAY.add_days(1)), ..base() };
        assert_eq!(reason(later), [Some("assessment-not-dated")]);
        let on = TODAY.add_days(10);
        let last = ServiceChangeFacts { assessed_on: Some(on.add_days(-365)), ..base() };
        assert_eq!(reason(last), [None]);
        let stale = ServiceChangeFacts { assessed_on: Some(on.add_days(-366)), ..base() };
        assert_eq!(reason(stale.clone()), [Some("assessment-stale")]);
        // No article says how long an assessment lasts.
        assert_eq!(one(&found(stale, service()), "im.art17.filing").level(), Some(Level::Warn));
    }

    #[test]
    fn the_algorithm_is_filed_within_ten_working_days() {
        // 2026-10-19 is a Monday: ten working days after it is Monday, 2026-11-02. From before the holidays of October they reach
        // further than two weeks.
        for (started, number, expected) in [
            (Some(Date::of(2026, 10, 19)), None, None),
            (Some(Date::of(2026, 10, 16)), None, Some("algorithm-filing-missing")),
            (None, None, Some("algorithm-filing-missing")),
            (None, Some("网信算备样例号"), None),
        ] {
            let facts =
                ServiceFacts { started_on: started, algorithm_filing_number: number.map(str::to_owned), ..service() };
            assert_eq!(reasons(&found(change(Some("filing-change")), facts), "im.art17.filing"), [expected]);
        }
    }

    #[test]
    fn public_holidays_are_no_working_days() {
        let filed = |started: Date, day: Date| {
            let facts = ServiceFacts { started_on: Some(started), algorithm_filing_number: None, ..service() };
            let case = usual(CaseBuilder::new("service-change").service_change(change(Some("filing-change"))));
            reasons(&judged(case.service(facts).as_of(day)), "im.art17.filing")
        };
        let late = [Some("algorithm-filing-missing")];
        assert_ne!(filed(Date::of(2026, 9, 25), Date::of(2026, 10, 15)), late);
        assert_eq!(filed(Date::of(2026, 9, 25), Date::of(2026, 10, 16)), late);
    }

    #[test]
    fn a_service_in_use_lacks_its_filing_at_every_open() {
        let facts = ServiceFacts { filing_number: None, algorithm_filing_number: None, ..service() };
        let open =
            |level: &str| judged(usual(CaseBuilder::open()).service(facts.clone()).setting("standing-level", level));
        let warned = open("warn");
        assert_eq!(
            reasons(&warned, "im.art17.filing"),
            [Some("service-filing-missing"), Some("algorithm-filing-missing")]
        );
        assert!(
            on(&warned, "im.art17.filing").iter().all(|one| one.level() == Some(Level::Warn) && one.kinds() == USE)
        );
        assert_eq!(reasons(&warned, "im.art23.licence"), [Some("licence-missing")]);
        let stopped = open("stop");
        assert!(on(&stopped, "im.art17.filing").iter().all(|one| one.level() == Some(Level::Stop)));
        for (findings, filing, licence) in
            [(&warned, "complete-filing", "obtain-licence"), (&stopped, "require-filing", "require-licence")]
        {
            let asks = |duty, measure| on(findings, duty).iter().all(|one| one.get_measure(measure).is_some());
            assert!(asks("im.art17.filing", filing) && asks("im.art23.licence", licence));
        }
    }

    #[test]
    fn an_investment_from_abroad_is_reported() {
        let found = |invested, number: Option<&str>| {
            let more =
                MoreProviderFacts { foreign_invested: invested, foreign_investment_number: number.map(str::to_owned) };
            let case =
                usual(CaseBuilder::new("service-change").service_change(change(Some("launch")))).more_provider(more);
            one(&judged(case), "im.art23.investment").reason()
        };
        assert_eq!(found(Some(false), None), Some("no-foreign-investment"));
        assert_eq!(found(Some(true), Some("样例-外资-1")), None);
        assert_eq!(found(Some(true), Some(" ")), Some("foreign-investment-not-reported"));
        assert_eq!(found(None, None), Some("foreign-investment-not-reported"));
    }

    #[test]
    fn only_services_that_sway_opinion_are_filed() {
        for (shapes_opinion, case) in [(Some(false), "not-applicable"), (Some(true), "require"), (None, "require")] {
            let facts = ServiceFacts { shapes_opinion, filing_number: None, ..service() };
            assert_eq!(one(&found(change(Some("launch")), facts), "im.art17.filing").case(), case);
        }
    }

    #[test]
    fn an_unknown_change_counts_as_every_change() {
        let facts = ServiceFacts { filing_number: None, algorithm_filing_number: None, started_on: None, ..service() };
        let unknown = ServiceChangeFacts { assessment_number: None, ..change(None) };
        assert_eq!(reasons(&found(unknown, facts), "im.art17.filing").len(), 3);
        assert!(on(&found(change(Some("end")), service()), "im.art17.filing").is_empty());
    }

    #[test]
    fn overseas_services_are_cut_off_after_a_notice_alone() {
        let open = |origin: Option<&str>, user: Option<&str>, notices: Option<&[Notice]>| {
            let case = usual(CaseBuilder::open())
                .provider(ProviderFacts { origin: origin.map(str::to_owned), ..ProviderFacts::default() })
                .subject(SubjectFacts { territory: user.map(str::to_owned), ..SubjectFacts::default() })
                .service(ServiceFacts { authority_notices: notices.map(<[Notice]>::to_vec), ..service() });
            let findings = judged(case);
            let finding = one(&findings, "im.art20.overseas");
            assert_eq!(finding.kinds(), USE);
            finding.reason()
        };
        let notice = |from: Option<i64>, until: Option<i64>| Notice {
            authority: "cac".to_owned(),
            number: None,
            from: from.map(|days| TODAY.add_days(days)),
            until: until.map(|days| TODAY.add_days(days)),
        };
        let (now, past, ahead) = (notice(Some(0), Some(0)), notice(None, Some(-1)), notice(Some(1), None));
        let from_afar = |notices: Option<&[Notice]>| open(Some("overseas"), Some("mainland"), notices);
        assert_eq!(from_afar(Some(&[])), Some("no-notice"));
        assert_eq!(from_afar(Some(&[past.clone(), ahead.clone()])), Some("no-notice"));
        assert_eq!(from_afar(Some(&[past, now.clone()])), Some("authority-notice"));
        assert_eq!(from_afar(Some(&[notice(None, None)])), Some("authority-notice"));
        assert_eq!(from_afar(Some(&[notice(Some(-30), None)])), Some("authority-notice"));
        assert_eq!(from_afar(None), Some("authority-notice-unknown"));
        assert_eq!(open(Some("mainland"), None, Some(std::slice::from_ref(&now))), Some("provider-in-mainland"));
        assert_eq!(open(Some("overseas"), Some("overseas"), Some(std::slice::from_ref(&now))), Some("user-overseas"));
        assert_eq!(open(None, None, Some(&[now])), Some("authority-notice"));
        assert_eq!(open(None, None, Some(&[ahead])), Some("no-notice"));
        assert_eq!(open(None, None, None), Some("authority-notice-unknown"));
    }

    #[test]
    fn a_notice_counts_from_its_day() {
        let arrives = |day: Option<Date>| {
            let facts = ServiceChangeFacts { notice_on: day, ..change(Some("authority-notice")) };
            let provider = ProviderFacts { origin: Some("overseas".to_owned()), ..ProviderFacts::default() };
            let case = usual(CaseBuilder::new("service-change").service_change(facts)).provider(provider);
            one(&judged(case), "im.art20.overseas").reason()
        };
        assert_eq!(arrives(Some(TODAY)), Some("authority-notice"));
        assert_eq!(arrives(Some(TODAY.add_days(1))), Some("no-notice"));
        assert_eq!(arrives(None), Some("authority-notice"));
    }

    #[test]
    fn a_licence_is_number_category_holder_and_day() {
        let held = |licences: Option<Vec<Licence>>| {
            let facts = ServiceFacts { licences, ..service() };
            reasons(&found(change(Some("launch")), facts), "im.art23.licence")
        };
        assert_eq!(held(Some(vec![licence(Some(TODAY))])), [None]);
        assert_eq!(held(Some(vec![licence(Some(TODAY.add_days(-1)))])), [Some("licence-expired")]);
        assert_eq!(held(Some(vec![licence(None)])), [Some("licence-expired")]);
        let other = Licence { category: "internet-news".to_owned(), ..licence(Some(TODAY)) };
        assert_eq!(held(Some(vec![other])), [Some("licence-missing")]);
        assert_eq!(held(Some(Vec::new())), [Some("licence-missing")]);
        assert_eq!(held(None), [Some("licence-missing")]);
    }
}
