//! The rules for schools.
//!
//! An unknown fact counts as the value that asks for most. The guides do not bind, so by default a rule warns; the operator
//! may raise it to a refusal.

mod classroom;
mod exam;
mod homework;
mod input;
mod person;
mod stage;
#[cfg(test)]
mod strictness;
mod teacher;

use specialis_policy::{Case, Finding, Policy, Rule, RuleFn, Settings, judge_by, review};

/// The policy `education`.
#[derive(Debug)]
pub struct Education;

impl Policy for Education {
    fn configure(settings: &Settings) -> Result<(), Vec<String>> {
        if settings.flag("refuse-pupil-alone") && settings.flag("remind-pupil-alone") {
            return Err(vec!["`refuse-pupil-alone` and `remind-pupil-alone` are both set; choose one".to_owned()]);
        }
        Ok(())
    }

    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        let rules: [RuleFn; 7] = [classroom::e1, stage::e2, homework::e3, input::e4, teacher::e5, stage::e6, exam::e15];
        review::follow(case, state, &ASKING, || {
            let mut findings = Vec::new();
            judge_by(case, &rules, &mut findings);
            findings
        })
    }
}

/// The rules that may ask a person to look at content.
const ASKING: [Rule; 2] = [teacher::E5, exam::E15];
