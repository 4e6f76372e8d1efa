//! E2 and E6: secondary pupils check what they are given, and a school uses the tools on its list.

use specialis_policy::doubt::may_be;
use specialis_policy::{Case, Finding, Level, Rule, cite};

use super::person::{level, may_be_pupil, reminding};

const E2: Rule = Rule::new("E2", "edu.capability", cite("MOE-GUIDE", "secondary"));
const E6: Rule = Rule::new("E6", "edu.tools", cite("MOE-GUIDE", "tools"));

/// A junior pupil examines the logic of an answer and checks it elsewhere; a senior one inquires and weighs what it means.
pub(super) fn e2(case: &Case) -> Vec<Finding> {
    let Some(prompt) = case.prompt() else { return Vec::new() };
    if !may_be_pupil(case) || !may_be(case.subject().school_stage.as_deref(), &["junior", "senior"]) {
        return Vec::new();
    }
    // An exercise that the platform prepared has its checks in it.
    if prompt.open_ended == Some(false) {
        return vec![E2.met()];
    }
    vec![reminding(E2.require(Level::Mark, "checks-answers"), "verify")]
}

/// Whatever tool a prompt came through, or a model calls, stands on the school's list.
pub(super) fn e6(case: &Case) -> Vec<Finding> {
    let tool = match (case.prompt(), case.tool()) {
        (Some(prompt), _) => prompt.tool.as_deref(),
        (None, Some(tool)) => tool.name.as_deref(),
        (None, None) => return Vec::new(),
    };
    if !may_be(case.subject().role.as_deref(), &["pupil", "teacher"]) {
        return Vec::new();
    }
    let admitted = case.service().admitted_tools.as_deref().unwrap_or_default();
    vec![if tool.is_some_and(|tool| admitted.iter().any(|known| known == tool)) {
        E6.met()
    } else {
        E6.require(level(case, "refuse-unlisted-tools"), "tool-not-listed")
    }]
}
