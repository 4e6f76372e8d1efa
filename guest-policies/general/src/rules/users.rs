//! Arts. 9 and 10: the agreement with the user, the published uses, and minors.

use specialis_policy::{Case, Finding, Level, Measure, Rule};

use super::im;

const IM9: Rule = Rule::new("IM9", "im.art9.agreement", im("9(2)"));
const IM10: Rule = Rule::new("IM10", "im.art10.uses", im("10"));
const IM10_MINORS: Rule = IM10.on_duty("im.art10.minors");

/// The kinds of event in which somebody uses the service to generate.
pub(super) const USE: [&str; 3] = ["prompt", "output", "media"];

/// What holds for the whole session.
pub(super) fn at_open(case: &Case, findings: &mut Vec<Finding>) {
    findings.push(agreement(case).on(&USE));
    findings.push(minors(case).on(&USE));
}

/// Art. 9 ¶2: who registers generates only under an accepted agreement that sets rights and duties; a visitor without an account
/// is owed none. The article asks for an agreement: whether it must be the newest version is the operator's choice. A version, day
/// or clause that nobody knows does not prove one.
fn agreement(case: &Case) -> Finding {
    if case.more_subject().registered == Some(false) {
        return IM9.not_applicable("no-account");
    }
    let facts = case.agreement();
    let has_clause =
        facts.clauses.as_ref().is_some_and(|clauses| clauses.iter().any(|clause| clause == "rights-duties"));
    let reason = if facts.version.is_none() {
        "no-agreement"
    } else if case.flag("newest-agreement") && facts.version != facts.current_version {
        "agreement-outdated"
    } else if facts.accepted_on.is_none_or(|day| day > case.as_of()) {
        "agreement-not-dated"
    } else if !has_clause {
        "agreement-clause-missing"
    } else {
        return IM9.met();
    };
    IM9.require(Level::Stop, reason).measure(Measure::new("require-agreement"))
}

/// Art. 10, first half: the declared use is one that the provider published as suitable. A provider that published none
/// has nothing to compare with.
pub(super) fn on_prompt(case: &Case, findings: &mut Vec<Finding>) {
    let Some(prompt) = case.prompt() else { return };
    let uses = case.service().published_uses.as_deref().unwrap_or_default();
    let notice = || Measure::new("notice").id("kind", "service-limit");
    findings.push(match prompt.task.as_ref() {
        _ if uses.is_empty() => IM10.require(Level::Warn, "uses-not-published").measure(notice()),
        Some(task) if uses.contains(task) => IM10.met(),
        Some(_) => IM10.require(Level::Mark, "use-not-published").measure(notice()),
        None => IM10.require(Level::Mark, "use-unknown").measure(notice()),
    });
}

/// Art. 10, second half: measures against over-reliance of minors. Who may be a minor counts as one, and minutes nobody
/// counted as too many.
fn minors(case: &Case) -> Finding {
    if case.age() == Some("adult") {
        return IM10_MINORS.not_applicable("adult");
    }
    let general = case.general();
    let limit = case.number("minor-minutes");
    let mut measures = Vec::new();
    if general.minors_mode != Some(true) {
        measures.push(Measure::new("remind").id("kind", "over-reliance"));
    }
    if general.minutes_today.is_none_or(|minutes| i64::from(minutes) >= limit) {
        measures.push(Measure::new("remind").id("kind", "usage-time"));
    }
    let reason = match (general.minors_mode, measures.is_empty()) {
        (_, true) => return IM10_MINORS.met(),
        (Some(true), false) => "minor-minutes-over",
        (Some(false) | None, false) => "minors-mode-off",
    };
    IM10_MINORS.require(Level::Warn, reason).measures(measures)
}

#[cfg(test)]
mod tests {
    use specialis_policy::Date;
    use specialis_policy::facts::{
        AgreementFacts, GeneralFacts, MoreSubjectFacts, PromptFacts, ServiceFacts, SubjectFacts,
    };
    use specialis_policy::testing::CaseBuilder;

    use super::super::testing::{TODAY, agreement as accepted, judged, one, service, usual};
    use super::*;

    fn agreed(facts: AgreementFacts) -> Finding {
        agreement(&usual(CaseBuilder::open()).agreement(facts).build())
    }

    #[test]
    fn an_agreement_counts_where_every_fact_of_it_is_known() {
        assert_eq!(agreed(accepted()).case(), "met");
        for (facts, reason) in [
            (AgreementFacts { version: None, ..accepted() }, "no-agreement"),
            (AgreementFacts::default(), "no-agreement"),
            (AgreementFacts { accepted_on: None, ..accepted() }, "agreement-not-dated"),
            (AgreementFacts { accepted_on: Some(TODAY.add_days(1)), ..accepted() }, "agreement-not-dated"),
            (AgreementFacts { clauses: None, ..accepted() }, "agreement-clause-missing"),
            (AgreementFacts { clauses: Some(Vec::new()), ..accepted() }, "agreement-clause-missing"),
        ] {
            let finding = agreed(facts);
            assert_eq!((finding.level(), finding.reason()), (Some(Level::Stop), Some(reason)));
            assert!(finding.get_measure("require-agreement").is_some());
        }
        assert_eq!(agreed(AgreementFacts { accepted_on: Some(TODAY), ..accepted() }).case(), "met");
        assert!(Date::of(2026, 11, 2) == TODAY);
    }

    #[test]
    fn the_newest_version_is_asked_for_where_the_operator_says_so() {
        let found = |version: Option<&str>, newest: bool| {
            let facts = AgreementFacts { version: version.map(str::to_owned), ..accepted() };
            agreement(&usual(CaseBuilder::open()).agreement(facts).setting("newest-agreement", newest).build()).reason()
        };
        assert_eq!((found(Some("2"), false), found(Some("2"), true)), (None, Some("agreement-outdated")));
        assert_eq!((found(Some("3"), true), found(None, true)), (None, Some("no-agreement")));
    }

    #[test]
    fn who_has_no_account_is_owed_no_agreement() {
        let found = |registered| {
            let more = MoreSubjectFacts { registered };
            let case = usual(CaseBuilder::open()).agreement(AgreementFacts::default()).more_subject(more);
            agreement(&case.build()).reason()
        };
        assert_eq!(found(Some(false)), Some("no-account"));
        assert_eq!((found(Some(true)), found(None)), (Some("no-agreement"), Some("no-agreement")));
    }

    #[test]
    fn findings_at_open_hold_for_use_alone() {
        let findings = judged(usual(CaseBuilder::open()).agreement(AgreementFacts::default()));
        assert_eq!(one(&findings, "im.art9.agreement").kinds(), USE);
    }

    #[test]
    fn the_declared_use_is_compared_with_the_published_ones() {
        let found = |task: Option<&str>, uses: Option<Vec<&str>>| {
            let published_uses = uses.map(|uses| uses.into_iter().map(str::to_owned).collect());
            let facts = PromptFacts { task: task.map(str::to_owned), ..PromptFacts::default() };
            let case =
                usual(CaseBuilder::new("prompt").prompt(facts)).service(ServiceFacts { published_uses, ..service() });
            let findings = judged(case);
            let finding = one(&findings, "im.art10.uses");
            (finding.level(), finding.reason())
        };
        assert_eq!(found(Some("chat"), Some(vec!["chat"])), (None, None));
        assert_eq!(found(Some("script"), Some(vec!["chat"])), (Some(Level::Mark), Some("use-not-published")));
        assert_eq!(found(None, Some(vec!["chat"])), (Some(Level::Mark), Some("use-unknown")));
        assert_eq!(found(Some("chat"), Some(vec![])), (Some(Level::Warn), Some("uses-not-published")));
        assert_eq!(found(Some("chat"), None), (Some(Level::Warn), Some("uses-not-published")));
    }

    #[test]
    fn minors_are_reminded_at_the_limit_and_outside_their_mode() {
        let found = |age: Option<&str>, minors_mode, minutes_today| {
            let subject = SubjectFacts { age: age.map(str::to_owned), ..SubjectFacts::default() };
            let general = GeneralFacts { minors_mode, minutes_today, ..GeneralFacts::default() };
            minors(&usual(CaseBuilder::open()).subject(subject).general(general).build())
        };
        assert_eq!(found(Some("adult"), None, None).reason(), Some("adult"));
        assert_eq!(found(Some("14-17"), Some(true), Some(119)).case(), "met");
        assert_eq!(found(Some("14-17"), Some(true), Some(120)).reason(), Some("minor-minutes-over"));
        assert_eq!(found(Some("under-14"), Some(true), None).reason(), Some("minor-minutes-over"));
        assert_eq!(found(Some("under-14"), Some(false), Some(5)).reason(), Some("minors-mode-off"));
        assert_eq!(found(Some("under-14"), None, Some(5)).reason(), Some("minors-mode-off"));
        let unknown = found(None, None, None);
        assert_eq!(unknown.demand().map(|demand| demand.obligations.len()), Some(2));
    }
}
