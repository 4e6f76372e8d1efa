//! E5: no pupil is evaluated or counselled by AI alone.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Level, Measure, Rule, Span, cite};

use super::person::{may_be_pupil, may_be_teacher, reminding, task};

pub(super) const E5: Rule = Rule::new("E5", "edu.teacher", cite("MOE-TEACHER", "evaluation"));

pub(super) fn e5(case: &Case) -> Vec<Finding> {
    let Some(task) = task(case) else { return Vec::new() };
    let spans = |category: &str| -> Vec<Span> { case.hits_in(category).map(|hit| hit.at).collect() };
    let (evaluating, counselling) = (spans("edu.evaluation"), spans("edu.counselling"));
    let mut findings = Vec::new();
    if may_be_teacher(case) && (may_be(task, &["evaluation"]) || !evaluating.is_empty()) {
        findings.push(asking(case, "evaluation-by-ai").at_all(evaluating));
    }
    let is_of_school = may_be_teacher(case) || may_be_pupil(case);
    if is_of_school && (may_be(task, &["counselling"]) || !counselling.is_empty()) {
        findings.push(asking(case, "counselling-by-ai").at_all(counselling));
    }
    findings
}

fn asking(case: &Case, reason: &'static str) -> Finding {
    if case.flag("teacher-approves") {
        let finding = E5.require(Level::Review, reason).measure(Measure::new("require-approval").id("kind", "teacher"));
        reminding(finding, "verify")
    } else {
        reminding(E5.require(Level::Warn, reason), "verify")
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::facts::{PromptFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn prompt(role: Option<&str>, task: Option<&str>) -> CaseBuilder {
        let own = |word: Option<&str>| word.map(str::to_owned);
        CaseBuilder::new("prompt")
            .defaults_of(include_str!("../../policy.toml"))
            .prompt(PromptFacts { task: own(task), ..PromptFacts::default() })
            .subject(SubjectFacts { role: own(role), ..SubjectFacts::default() })
    }

    fn reasons(builder: CaseBuilder) -> Vec<&'static str> {
        e5(&builder.build()).iter().filter_map(Finding::reason).collect()
    }

    #[test]
    fn evaluation_is_the_teachers_and_counselling_anybodys_in_school() {
        assert_eq!(reasons(prompt(Some("teacher"), Some("evaluation"))), ["evaluation-by-ai"]);
        assert_eq!(reasons(prompt(Some("pupil"), Some("evaluation"))), [""; 0]);
        assert_eq!(reasons(prompt(Some("pupil"), Some("counselling"))), ["counselling-by-ai"]);
        assert_eq!(reasons(prompt(Some("guardian"), Some("counselling"))), [""; 0]);
        assert_eq!(reasons(prompt(Some("teacher"), Some("chat"))), [""; 0]);
        assert_eq!(reasons(prompt(None, None)), ["evaluation-by-ai", "counselling-by-ai"]);
    }

    #[test]
    fn words_count_beside_the_declared_task() {
        let chat = prompt(Some("teacher"), Some("chat")).text("直接给出期末评语").hit("edu.evaluation", "期末评语");
        assert_eq!(reasons(chat), ["evaluation-by-ai"]);
    }

    #[test]
    fn the_operator_may_ask_for_a_teachers_approval() {
        let case = prompt(Some("teacher"), Some("evaluation")).setting("teacher-approves", true).build();
        let levels: Vec<_> = e5(&case).iter().map(Finding::level).collect();
        assert_eq!(levels, [Some(Level::Review)]);
    }
}
