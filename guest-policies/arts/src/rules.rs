//! The rules on literature, art and publishing.
//!
//! An unknown fact counts as the value that asks for most: whatever a rule would ask for under some value, it asks for
//! when the value is unknown.

mod author;
mod content;
mod fiction;
mod gate;
mod originality;
mod record;
#[cfg(test)]
mod strictness;
mod work;

use specialis_policy::{Case, Finding, Policy, Rule, RuleFn, judge_by, review, scope};

/// The policy `arts`.
#[derive(Debug)]
pub struct Arts;

impl Policy for Arts {
    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        review::follow(case, state, &ASKING, || judge(case))
    }
}

/// The rules that may ask a person to look at content.
const ASKING: [Rule; 10] = [
    content::P1,
    content::P2,
    gate::P3,
    gate::P4,
    content::P6,
    gate::P7,
    author::P10,
    author::P11,
    content::P12,
    fiction::P14,
];

fn judge(case: &Case) -> Vec<Finding> {
    let rules: [RuleFn; 15] = [
        content::p1,
        content::p2,
        gate::p3,
        gate::p4,
        gate::p5,
        content::p6,
        gate::p7,
        originality::p8,
        originality::p9,
        author::p10,
        author::p11,
        content::p12,
        originality::p13,
        fiction::p14,
        record::p15,
    ];
    let mut findings = Vec::new();
    judge_by(case, &rules, &mut findings);
    scope::confine(case, &["LM"], findings)
}
