//! E15: while a national examination is going on, photo questions stay off. No rule of law says so: providers do it. So it warns,
//! unless the operator asks for more.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Level, Rule, Span, cite};

pub(super) const E15: Rule = Rule::new("E15", "edu.exam-time", cite("EXAM-PRACTICE", "photo-questions"));

/// Answers on photo questions, and on prompts that hold an examination paper.
pub(super) fn e15(case: &Case) -> Vec<Finding> {
    if case.general().exam_in_progress == Some(false) {
        return Vec::new();
    }
    let papers: Vec<Span> = case.hits_in("exam.paper").map(|hit| hit.at).collect();
    let is_question = match (case.media(), case.prompt()) {
        (Some(media), _) => {
            media.direction.as_deref() != Some("out") && may_be(media.operation.as_deref(), &["photo-question"])
        }
        (None, Some(prompt)) => may_be(prompt.task.as_deref(), &["examination"]) || !papers.is_empty(),
        (None, None) => false,
    };
    if !is_question {
        return Vec::new();
    }
    let level = match case.text("exam-level").as_str() {
        "stop" => Level::Stop,
        "review" => Level::Review,
        _ => Level::Warn,
    };
    vec![E15.require(level, "exam-in-progress").at_all(papers)]
}
