//! The rules: pure functions from a case to findings.
//!
//! An unknown fact counts as whatever value of it asks for most, so that leaving a fact out never loosens.

mod consent;
mod data;
#[cfg(test)]
mod doubt;
mod explicit;
mod harm;
mod heroes;
mod identity;
mod implicit;
mod likeness;
mod listing;
mod minors;
mod personal;
mod propagator;
mod removal;
mod screening;
#[cfg(test)]
mod strictness;
mod unlawful;
mod waiver;

use specialis_policy::{Case, Finding, Rule, RuleFn, judge_by};

pub use consent::{E7, e7};
pub use data::{
    CI4, CS1, E14, FR1, ND12, ND19, PI2, PI3, PI4, PI5, ci4, cs1, e14, fr1, nd12, nd19, pi2, pi3, pi4, pi5,
};
pub use explicit::{DS17, LM4, ds17, ds17_standing, lm4, lm4_standing};
pub use harm::{E8, E9, e8, e9};
pub use heroes::{HM1, hm1};
pub use identity::{DS9, DS11, DS12, E11, ds9, ds11, ds12, e11};
pub use implicit::{DS16, LM5, ds16, ds16_standing, lm5};
pub use likeness::{DS14, DS15, ds14, ds15};
pub use listing::{GB5, LM7, LM8, LM10, gb5, lm7, lm8, lm10};
pub(crate) use minors::check_classes;
pub use minors::{E10, E12, E13, e10, e12, e13_standing};
pub use personal::{PI1, pi1};
pub use propagator::{LM6, lm6};
pub use removal::{DS18, ds18};
pub(crate) use screening::SCREENABLE;
pub use screening::{DS10, ds10};
pub use unlawful::{AL9, CS2, al9, cs2};
pub use waiver::{LM9, lm9};

/// What stands for every later event of the session.
pub fn at_open(case: &Case) -> Vec<Finding> {
    vec![ds16_standing(case), ds17_standing(case), lm4_standing(case), e13_standing(case)]
}

/// The rules that may ask a person to look at content.
pub(crate) const ASKING: [Rule; 13] =
    [DS9, DS10, screening::RESULTS, DS11, E8, harm::SCREEN, E9, E10, E11, identity::PRIVATE, LM6, CS2, HM1];

type Rules<const N: usize> = [RuleFn; N];

const PERSONAL: Rules<10> = [pi1, pi2, pi3, pi4, pi5, nd12, nd19, fr1, cs1, ci4];
const UNLAWFUL: Rules<3> = [hm1, al9, cs2];
const MINORS: Rules<7> = [e7, e8, e9, e10, e11, e12, e14];
const SYNTHESIS: Rules<9> = [ds9, ds10, ds11, ds12, ds14, ds15, ds16, ds17, ds18];
const LABELS: Rules<8> = [lm4, lm5, lm6, lm7, lm8, lm9, lm10, gb5];

/// What the rules answer on one event.
pub fn at_event(case: &Case) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rules in [&PERSONAL[..], &MINORS, &UNLAWFUL, &SYNTHESIS, &LABELS] {
        judge_by(case, rules, &mut findings);
    }
    findings
}
