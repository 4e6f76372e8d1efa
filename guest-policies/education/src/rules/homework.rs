//! E3: what a model writes is not handed in as homework or as an exam answer.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Rule, Span, cite};

use super::person::{level, may_be_pupil, reminding, task};

const E3: Rule = Rule::new("E3", "edu.homework", cite("MOE-GUIDE", "learning"));

pub(super) fn e3(case: &Case) -> Vec<Finding> {
    let Some(task) = task(case) else { return Vec::new() };
    if !may_be_pupil(case) {
        return Vec::new();
    }
    let spans: Vec<Span> = case.hits_in("edu.homework").map(|hit| hit.at).collect();
    if may_be(task, &["examination"]) {
        vec![reminding(E3.require(level(case, "refuse-homework"), "exam-answer"), "own-work").at_all(spans)]
    } else if may_be(task, &["homework", "composition"]) || !spans.is_empty() {
        // With a teacher or guardian beside the pupil it is practice, not handing in.
        if case.subject().supervised == Some(true) {
            return vec![E3.met()];
        }
        vec![reminding(E3.require(level(case, "refuse-homework"), "homework-done-by-ai"), "own-work").at_all(spans)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::Level;
    use specialis_policy::facts::{OutputFacts, PromptFacts, SubjectFacts};
    use specialis_policy::testing::CaseBuilder;

    use super::*;

    fn subject(role: Option<&str>, stage: Option<&str>, supervised: Option<bool>) -> SubjectFacts {
        let own = |word: Option<&str>| word.map(str::to_owned);
        SubjectFacts { role: own(role), school_stage: own(stage), supervised, ..SubjectFacts::default() }
    }

    fn prompt(task: Option<&str>, subject: SubjectFacts) -> CaseBuilder {
        CaseBuilder::new("prompt")
            .defaults_of(include_str!("../../policy.toml"))
            .prompt(PromptFacts { task: task.map(str::to_owned), ..PromptFacts::default() })
            .subject(subject)
    }

    fn found(builder: CaseBuilder) -> Option<Option<Level>> {
        e3(&builder.build()).first().map(Finding::level)
    }

    #[test]
    fn homework_of_a_pupil_warns_and_the_operator_may_refuse() {
        let pupil = || subject(Some("pupil"), Some("junior"), Some(false));
        for task in [Some("homework"), Some("composition"), Some("examination"), None] {
            assert_eq!(found(prompt(task, pupil())), Some(Some(Level::Warn)), "{task:?}");
            let refusing = prompt(task, pupil()).setting("refuse-homework", true);
            assert_eq!(found(refusing), Some(Some(Level::Stop)), "{task:?}");
        }
        assert_eq!(found(prompt(Some("chat"), pupil())), None);
    }

    #[test]
    fn help_beside_the_pupil_counts_for_homework_and_not_for_exams() {
        let helped = || subject(Some("pupil"), Some("primary"), Some(true));
        assert_eq!(found(prompt(Some("composition"), helped())), Some(None));
        assert_eq!(found(prompt(Some("examination"), helped())), Some(Some(Level::Warn)));
        assert_eq!(found(prompt(None, helped())), Some(Some(Level::Warn)));
    }

    #[test]
    fn teachers_and_students_of_a_college_are_not_meant() {
        assert_eq!(found(prompt(Some("homework"), subject(Some("teacher"), None, None))), None);
        assert_eq!(found(prompt(Some("homework"), subject(Some("pupil"), Some("higher"), None))), None);
        assert_eq!(found(prompt(Some("homework"), subject(None, None, None))), Some(Some(Level::Warn)));
    }

    #[test]
    fn words_count_beside_the_declared_task() {
        let pupil = subject(Some("pupil"), Some("junior"), None);
        let chat = prompt(Some("chat"), pupil).text("帮我代写作业").hit("edu.homework", "代写作业");
        assert_eq!(found(chat), Some(Some(Level::Warn)));
    }

    #[test]
    fn outputs_are_judged_as_prompts() {
        let output = OutputFacts { task: Some("homework".to_owned()), ..OutputFacts::default() };
        let case = CaseBuilder::new("output").defaults_of(include_str!("../../policy.toml")).output(output);
        assert_eq!(found(case.subject(subject(Some("pupil"), None, None))), Some(Some(Level::Warn)));
    }
}
