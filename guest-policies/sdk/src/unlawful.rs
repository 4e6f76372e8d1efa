//! Content that is deleted where it is found, whoever reads it or made it.

use crate::Case;

/// The contents that law bans (Interim Measures Art. 4 ¶1 item 1).
pub const BANNED: [&str; 9] = [
    "a1.subversion", "a1.national-security", "a1.secession", "a1.terrorism", "a1.ethnic-hatred", "a1.violence",
    "a1.obscenity", "a1.false-information", "a1.other-banned",
];
/// Distorted deeds and spirit of heroes and martyrs.
pub const HEROES: &str = "heroes.distorted";

/// Whether a score from so many thousandths on says that the content is stopped and deleted. Then nothing is published, and a rule on
/// copies of what was published has nothing to ask: the rule that stops it asks for the record of the stop.
///
/// A policy sees the scores of those categories that its manifest names.
pub fn is_deleted(case: &Case, permille: u32) -> bool {
    BANNED.into_iter().chain([HEROES]).any(|category| case.signal_over(category, permille).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CaseBuilder;

    #[test]
    fn banned_content_and_distorted_heroes_are_deleted_from_the_score_on() {
        let deleted = |category: &str, score| {
            let case = CaseBuilder::new("publication").text("样例").signal(category, score).build();
            is_deleted(&case, 900)
        };
        assert!(deleted("a1.secession", 900) && deleted(HEROES, 1_000));
        assert!(!deleted("a1.secession", 899) && !deleted(HEROES, 899) && !deleted("a3.ip", 1_000));
    }
}
