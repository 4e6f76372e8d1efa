//! The rules on anthropomorphic interaction.
//!
//! A service is one where it keeps up an emotional relation; customer service, questions and office work are none. An unknown
//! fact counts as the value that asks for most.

mod change;
mod crisis;
mod data;
mod people;
#[cfg(test)]
mod strictness;
mod talk;

use specialis_policy::{Case, Cite, Finding, Policy, Rule, RuleFn, cite, judge_by, review};

/// The Measures, at an article.
const fn anthro(article: &'static str) -> Cite {
    cite("ANTHRO", article)
}

const AI2: Rule = Rule::new("AI2", "companions.scope", anthro("2"));

/// The policy `companions`.
#[derive(Debug)]
pub struct Companions;

impl Policy for Companions {
    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        review::follow(case, state, &ASKING, || judge(case))
    }
}

/// The rules that may ask a person to look at content.
const ASKING: [Rule; 2] = [crisis::AI13, talk::AI18];

fn judge(case: &Case) -> Vec<Finding> {
    // Art. 2: without an emotional relation nothing of this applies, and that has to be known.
    if case.service().emotional_interaction == Some(false) {
        return vec![AI2.not_applicable("no-emotional-relation")];
    }
    if case.is_open() {
        let mut findings = vec![AI2.met()];
        findings.extend([people::ai14, people::ai15, people::ai17, talk::ai18_notice].map(|rule| rule(case)));
        return findings;
    }
    let rules: [RuleFn; 7] =
        [crisis::ai13, people::ai14_appeal, data::ai16, talk::ai18, change::ai12, change::ai22, change::ai26];
    let mut findings = Vec::new();
    judge_by(case, &rules, &mut findings);
    findings
}

/// The kinds of event in which somebody uses the service.
const USE: [&str; 3] = ["prompt", "output", "media"];
