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

use specialis_policy::{Case, Finding, Policy};

/// The policy `film`.
#[derive(Debug)]
pub struct Film;

impl Policy for Film {
    fn judge(case: &Case, _: &mut Vec<u8>) -> Vec<Finding> {
        let rules: [fn(&Case) -> Vec<Finding>; 14] = [
            tier::f1,
            tier::f2,
            filing::f3,
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
        rules.iter().flat_map(|rule| rule(case)).collect()
    }
}
