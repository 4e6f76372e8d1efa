//! The rules on film, television and online audiovisual works.
//!
//! An unknown fact counts as the value that asks for most: whatever a rule would ask for under some value, it asks for
//! when the value is unknown.

mod adaptation;
mod content;
mod doubt;
mod filing;
mod licence;
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
        let rules: [fn(&Case) -> Vec<Finding>; 7] =
            [tier::f1, tier::f2, filing::f3, adaptation::f4, licence::f6, content::f7, viewer::f8];
        rules.iter().flat_map(|rule| rule(case)).collect()
    }
}
