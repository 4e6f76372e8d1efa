//! Reading facts that may be unknown, always towards the side that asks for more.

/// Whether a fact is surely one of these words. Unknown is not sure.
pub(super) fn surely(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_some_and(|fact| words.contains(&fact))
}

/// Whether a fact may be one of these words. Unknown may be.
pub(super) fn may_be(fact: Option<&str>, words: &[&str]) -> bool {
    fact.is_none_or(|fact| words.contains(&fact))
}

/// Whether one of these words may stand in a list. An unknown list may hold any.
pub(super) fn may_hold(list: Option<&[String]>, words: &[&str]) -> bool {
    list.is_none_or(|list| list.iter().any(|word| words.contains(&word.as_str())))
}

/// The text of a fact, where it says something.
pub(super) fn said(fact: Option<&str>) -> Option<&str> {
    fact.map(str::trim).filter(|text| !text.is_empty())
}
