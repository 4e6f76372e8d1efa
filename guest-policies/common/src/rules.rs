//! The rules: pure functions from a case to findings.
//!
//! An unknown fact counts as whatever value of it asks for most, so that leaving a fact out never loosens.

mod consent;
#[cfg(test)]
mod doubt;
mod explicit;
mod harm;
mod heroes;
mod implicit;
mod personal;
mod propagator;
mod removal;
mod screening;
mod waiver;

use specialis_policy::{Case, Finding};

pub use consent::{E7, e7};
pub use explicit::{DS17, LM4, ds17, ds17_standing, lm4, lm4_standing};
pub use harm::{E8, E9, e8, e9};
pub use heroes::{HM1, hm1};
pub use implicit::{DS16, LM5, ds16, ds16_standing, lm5};
pub use personal::{PI1, pi1};
pub use propagator::{LM6, lm6};
pub use removal::{DS18, ds18};
pub use screening::{DS10, ds10};
pub use waiver::{LM9, lm9};

/// What stands for every later event of the session.
pub fn at_open() -> Vec<Finding> {
    vec![ds16_standing(), ds17_standing(), lm4_standing()]
}

/// What the rules answer on one event.
pub fn at_event(case: &Case) -> Vec<Finding> {
    [pi1, e7, e8, e9, hm1, ds10, ds16, ds17, ds18, lm4, lm5, lm6, lm9].into_iter().flat_map(|rule| rule(case)).collect()
}
