//! Every rule of the policy, called in the order of the articles; then the filing of algorithms by other provisions, which has the
//! same calendar.

mod authority;
mod content;
mod data;
mod inputs;
mod ladder;
mod marking;
mod provision;
mod scope;
mod service;
mod stop;
#[cfg(test)]
mod strictness;
mod synthesis;
mod users;

use specialis_policy::{Case, Cite, Finding, Policy, Settings, calendar, cite};

/// The Interim Measures, at an article.
const fn im(article: &'static str) -> Cite {
    cite("IM", article)
}

/// The Interim Measures as a policy.
#[derive(Debug)]
pub struct General;

impl Policy for General {
    fn configure(settings: &Settings) -> Result<(), Vec<String>> {
        let mut wrong = Vec::new();
        if settings.number("review-permille") > settings.number("stop-permille") {
            wrong.push("`review-permille` must not be above `stop-permille`".to_owned());
        }
        if settings.number("screen-weight") > settings.number("review-weight") {
            wrong.push("`screen-weight` must not be above `review-weight`".to_owned());
        }
        wrong.extend(authority::check(settings));
        wrong.extend(calendar::check(settings));
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        let mut findings = Vec::new();
        if case.is_open() {
            users::at_open(case, &mut findings);
            authority::grades(case, &mut findings);
            service::at_open(case, &mut findings);
            provision::at_open(case, &mut findings);
        } else {
            match case.kind() {
                "prompt" => {
                    content::judge(case, state, &mut findings);
                    users::on_prompt(case, &mut findings);
                }
                "output" | "retrieved" | "signal" | "review" => content::judge(case, state, &mut findings),
                "tool" => {
                    content::judge(case, state, &mut findings);
                    inputs::judge(case, &mut findings);
                }
                "training-intake" => data::intake(case, &mut findings),
                "annotation-batch" => data::annotation(case, &mut findings),
                "data-handling" => inputs::judge(case, &mut findings),
                "media" | "publication" => {
                    content::judge(case, state, &mut findings);
                    marking::judge(case, &mut findings);
                }
                "account" => {
                    ladder::judge(case, &mut findings);
                    provision::complaint(case, &mut findings);
                }
                "service-change" => {
                    service::on_change(case, &mut findings);
                    synthesis::on_change(case, &mut findings);
                    provision::on_change(case, &mut findings);
                }
                "abort" => provision::on_abort(case, &mut findings),
                _ => {}
            }
            stop::follow(case, &mut findings);
        }
        scope::confine(case, findings)
    }
}

#[cfg(test)]
mod testing {
    //! What every test of a rule starts from: facts under which nothing is wrong.

    use specialis_policy::facts::{
        AgreementFacts, GeneralFacts, ProviderFacts, ServiceFacts, StandingFacts, SubjectFacts,
    };
    use specialis_policy::testing::CaseBuilder;
    use specialis_policy::{Date, Finding, Policy};

    pub(super) const TODAY: Date = Date::of(2026, 11, 2);

    pub(super) fn agreement() -> AgreementFacts {
        AgreementFacts {
            version: Some("3".to_owned()),
            current_version: Some("3".to_owned()),
            accepted_on: Some(Date::of(2026, 1, 5)),
            clauses: Some(vec!["rights-duties".to_owned(), "breach-measures".to_owned()]),
        }
    }

    pub(super) fn standing() -> StandingFacts {
        StandingFacts {
            consecutive: Some(0),
            today: Some(0),
            total: Some(0),
            current_measure: Some("none".to_owned()),
            as_of: Some(TODAY),
        }
    }

    pub(super) fn service() -> ServiceFacts {
        ServiceFacts {
            id: Some("writer".to_owned()),
            territory: Some("mainland".to_owned()),
            published_uses: Some(vec!["chat".to_owned(), "homework".to_owned()]),
            shapes_opinion: Some(true),
            filing_number: Some("沪-样例-20260101".to_owned()),
            algorithm_filing_number: Some("网信算备样例号".to_owned()),
            started_on: Some(Date::of(2026, 1, 5)),
            ..ServiceFacts::default()
        }
    }

    /// A public service of the mainland with a grown-up user, everything in order.
    pub(super) fn usual(builder: CaseBuilder) -> CaseBuilder {
        let provider = ProviderFacts {
            id: Some("sample".to_owned()),
            origin: Some("mainland".to_owned()),
            nature: Some("enterprise".to_owned()),
        };
        let subject = SubjectFacts {
            age: Some("adult".to_owned()),
            territory: Some("mainland".to_owned()),
            ..SubjectFacts::default()
        };
        let general = GeneralFacts { audience: Some("public".to_owned()), ..GeneralFacts::default() };
        builder
            .defaults_of(include_str!("../policy.toml"))
            .agreement(agreement())
            .standing(standing())
            .service(service())
            .provider(provider)
            .subject(subject)
            .general(general)
    }

    pub(super) fn judged(builder: CaseBuilder) -> Vec<Finding> {
        super::General::judge(&builder.build(), &mut Vec::new())
    }

    /// What was found on one duty, each as `case`, level and reason.
    pub(super) fn on<'a>(findings: &'a [Finding], duty: &str) -> Vec<&'a Finding> {
        findings.iter().filter(|finding| finding.duty() == duty).collect()
    }

    /// The one finding on a duty.
    pub(super) fn one<'a>(findings: &'a [Finding], duty: &str) -> &'a Finding {
        match on(findings, duty).as_slice() {
            [finding] => finding,
            other => panic!("{} findings on {duty}: {other:?}", other.len()),
        }
    }
}
