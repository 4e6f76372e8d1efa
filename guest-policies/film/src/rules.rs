//! The rules on film, television and online audiovisual works.
//!
//! An unknown fact counts as the value that asks for most: whatever a rule would ask for under some value, it asks for
//! when the value is unknown.

mod adaptation;
mod content;
mod filing;
mod licence;
mod people;
mod review;
#[cfg(test)]
mod strictness;
mod tier;
mod viewer;
mod work;

use specialis_policy::facts::PublicationFacts;
use specialis_policy::{Case, Finding, Policy, Rule, RuleFn, Settings, judge_by, review as answer, scope};

/// The policy `film`.
#[derive(Debug)]
pub struct Film;

impl Policy for Film {
    fn configure(settings: &Settings) -> Result<(), Vec<String>> {
        // What is asked for here, no call has to ask the host for.
        let _ = content::threshold(settings);
        let wrong = tier::check(settings);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        answer::follow(case, state, &ASKING, || judge(case))
    }
}

/// The rules that may ask a person to look at content.
const ASKING: [Rule; 6] =
    [tier::F2, adaptation::F4, people::F5, content::F7.on_duty(content::SCREEN), people::F11, people::F13];

fn judge(case: &Case) -> Vec<Finding> {
    let rules: [RuleFn; 11] = [
        adaptation::f4,
        people::f5,
        licence::f6,
        content::f7,
        viewer::f8,
        review::f9,
        review::f10,
        people::f11,
        people::f12,
        people::f13,
        review::f14,
    ];
    let mut findings = Vec::new();
    if let Some(work) = case.publication() {
        tiered(case, work, &mut findings);
    }
    judge_by(case, &rules, &mut findings);
    scope::confine(case, &["DSP", "LM"], findings)
}

/// What follows from the tier of a work; its tables are read once.
fn tiered(case: &Case, work: &PublicationFacts, findings: &mut Vec<Finding>) {
    let tables = case.settings().prepared::<tier::Tables>();
    let schemes = tables.schemes(case, work);
    findings.extend(tier::f1(work, &schemes));
    findings.extend(tier::f2(case, work, &schemes));
    findings.extend(filing::f3(case, work, &schemes));
}
