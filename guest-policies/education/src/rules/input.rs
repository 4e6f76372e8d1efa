//! E4: neither pupils nor teachers enter examination questions, and pupils no data that tells who they are.

use specialis_policy::{Case, Finding, Level, Rule, Span, cite};

use super::person::{level, may_be_pupil, may_be_teacher, reminding};

const E4: Rule = Rule::new("E4", "edu.exam-data", cite("MOE-GUIDE", "data"));
const PAPER: &str = "exam.paper";
/// What tells who somebody is.
const IDENTITY: [&str; 5] = ["pi.resident-id", "pi.mobile", "pi.address", "pi.email", "edu.identity"];

pub(super) fn e4(case: &Case) -> Vec<Finding> {
    if case.prompt().is_none() || !(may_be_pupil(case) || may_be_teacher(case)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let papers: Vec<Span> = case.hits_in(PAPER).map(|hit| hit.at).collect();
    if !papers.is_empty() {
        let finding = E4.require(level(case, "refuse-exam-questions"), "exam-question");
        findings.push(reminding(finding, "own-work").at_all(papers));
    }
    let identity: Vec<Span> =
        case.hits().iter().filter(|hit| IDENTITY.contains(&hit.category.as_str())).map(|hit| hit.at).collect();
    if !identity.is_empty() && may_be_pupil(case) {
        let masks = case.flag("mask-identity");
        let finding = E4.require(if masks { Level::Redact } else { Level::Warn }, "identity-data");
        let finding = reminding(finding, "no-identity-data").at_all(identity.iter().copied());
        findings.push(identity.into_iter().filter(|_| masks).fold(finding, Finding::redact));
    }
    findings
}

#[cfg(test)]
mod tests {
    use specialis_policy::Obligation;
    use specialis_policy::facts::SubjectFacts;
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn prompt(role: Option<&str>) -> CaseBuilder {
        let role = role.map(str::to_owned);
        CaseBuilder::new("prompt")
            .defaults_of(include_str!("../../policy.toml"))
            .subject(SubjectFacts { role, ..SubjectFacts::default() })
            .text("我的学号是20260101，单项选择题（5分）")
    }

    fn levels(builder: CaseBuilder) -> Vec<Option<Level>> {
        e4(&builder.build()).iter().map(Finding::level).collect()
    }

    #[test]
    fn each_of_the_two_is_answered_by_itself() {
        let both = || prompt(Some("pupil")).hit("edu.identity", "学号是20260101").hit(PAPER, "选择题");
        assert_eq!(levels(both()), [Some(Level::Warn), Some(Level::Warn)]);
        assert_eq!(levels(both().setting("refuse-exam-questions", true)), [Some(Level::Stop), Some(Level::Warn)]);
        assert_eq!(levels(prompt(Some("pupil"))), []);
    }

    #[test]
    fn masking_covers_what_was_found() {
        let case = prompt(Some("pupil")).hit("edu.identity", "20260101").setting("mask-identity", true).build();
        let findings = e4(&case);
        let obligations = findings.iter().filter_map(Finding::demand).flat_map(|demand| &demand.obligations);
        assert_eq!(obligations.filter(|obligation| matches!(obligation, Obligation::Redact(_))).count(), 1);
        assert_eq!(findings.first().and_then(Finding::level), Some(Level::Redact));
    }

    #[test]
    fn a_teacher_enters_no_paper_and_an_unknown_role_may_be_a_pupil() {
        assert_eq!(levels(prompt(Some("teacher")).hit(PAPER, "选择题")), [Some(Level::Warn)]);
        assert_eq!(levels(prompt(Some("editor")).hit(PAPER, "选择题")), []);
        assert_eq!(levels(prompt(None).hit(PAPER, "选择题")), [Some(Level::Warn)]);
    }
}
