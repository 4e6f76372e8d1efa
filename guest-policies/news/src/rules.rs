//! The rules on internet news.
//!
//! An unknown fact counts as the value that asks for most: whatever a rule would ask for under some value, it asks for
//! when the value is unknown.

mod conduct;
mod licence;
mod marking;
mod record;
mod relay;
mod repost;
mod self_media;
mod sign_off;
#[cfg(test)]
mod strictness;
mod subject;
mod truth;

use specialis_policy::{Case, Finding, Policy, scope};

/// The policy `news`.
#[derive(Debug)]
pub struct News;

impl Policy for News {
    fn judge(case: &Case, _: &mut Vec<u8>) -> Vec<Finding> {
        let rules: [fn(&Case) -> Option<Finding>; 13] = [
            licence::n1,
            relay::n1r,
            truth::n2,
            repost::n3,
            repost::n4,
            sign_off::n6,
            marking::n7,
            self_media::n8,
            record::n12,
            conduct::n5,
            conduct::n9,
            conduct::n10,
            conduct::n11,
        ];
        scope::confine(case, &["ALGO"], rules.iter().filter_map(|rule| rule(case)).collect())
    }
}
