//! Reading facts that may be unknown, always towards the side that asks for more.

/// Whether a fact is surely one of these words. Unknown is not sure.
pub(super) fn surely(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_some_and(|fact| words.contains(&fact))
}

/// Whether a fact may be one of these words. Unknown may be.
pub(super) fn may_be(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_none_or(|fact| words.contains(&fact))
}
