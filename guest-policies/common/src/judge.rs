//! Which rules answer when.

use specialis_policy::{Case, Finding, Policy, Settings, review, scope};

use crate::rules::{self, ASKING, SCREENABLE};

/// The policy `common`. Of a session it remembers on which rules a person was asked.
#[derive(Debug)]
pub struct Common;

impl Policy for Common {
    fn configure(settings: &Settings) -> Result<(), Vec<String>> {
        let mut problems = Vec::new();
        if settings.number("review-permille") > settings.number("stop-permille") {
            problems.push("`review-permille` is above `stop-permille`; lower it, or raise the other".to_owned());
        }
        if settings.number("hit-weight") > settings.number("review-weight") {
            problems.push("`hit-weight` is above `review-weight`; lower it, or raise the other".to_owned());
        }
        for family in settings.texts("screened-families").iter() {
            if !SCREENABLE.contains(&family.as_str()) {
                problems.push(format!("`{family}` in `screened-families` is no family, use {}", SCREENABLE.join(", ")));
            }
        }
        problems.extend(rules::check_classes(settings));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        review::follow(case, state, &ASKING, || {
            let findings = if case.is_open() { rules::at_open(case) } else { rules::at_event(case) };
            // Each of these says of itself whom it binds: services to the public, and what they generate or spread.
            scope::confine(case, &["IM", "DSP", "LM", "ALGO", "GB45438"], findings)
        })
    }
}
