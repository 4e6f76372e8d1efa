//! The keys of the standard in a text, where they stand as keys.

use std::ops::Range;

use crate::label::{KEYS, WRAPPER};

/// How many keys of one text are looked at.
const MAX_HITS: usize = 4096;
/// How many of the seven keys make an object a label.
pub(super) const LEAST_KEYS: usize = 2;

/// A key of the standard in a text, written as a key: in quotation marks, with a colon behind it.
pub(super) struct Hit {
    pub(super) at: usize,
    /// Which of the seven; nothing for the key around them.
    pub(super) key: Option<usize>,
}

/// Whether these are keys of a label.
pub(super) fn is_enough(hits: &[Hit]) -> bool {
    let n_keys = (0..KEYS.len()).filter(|key| hits.iter().any(|hit| hit.key == Some(*key))).count();
    n_keys >= LEAST_KEYS || hits.iter().any(|hit| hit.key.is_none())
}

/// Every key of a text, in the order in which they stand.
pub(super) fn hits(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    if !text.contains('{') {
        return hits;
    }
    let folded = text.to_ascii_lowercase();
    for (n, key) in KEYS.iter().enumerate() {
        let key_folded = key.to_ascii_lowercase();
        let found = folded.match_indices(&key_folded).map(|(at, _)| at);
        let keys = found.filter(|at| is_key(text, *at, key, false)).take(MAX_HITS);
        hits.extend(keys.map(|at| Hit { at, key: Some(n) }));
    }
    let wrappers = text.match_indices(WRAPPER).filter(|(at, _)| is_key(text, *at, WRAPPER, true)).take(MAX_HITS);
    hits.extend(wrappers.map(|(at, _)| Hit { at, key: None }));
    hits.sort_by_key(|hit| hit.at);
    hits
}

/// Whether a word is a key: in quotation marks of either kind, which may be escaped, or without any behind a brace or a comma, and before
/// a colon. The key around the others has an object behind it.
fn is_key(text: &str, at: usize, name: &str, is_wrapper: bool) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at.saturating_add(name.len())..).unwrap_or_default();
    let rest = match before.chars().next_back() {
        Some(quote @ ('"' | '\'')) => after.trim_start_matches('\\').strip_prefix(quote),
        _ => Some(after).filter(|_| before.trim_end().ends_with(['{', ','])),
    };
    let Some(value) = rest.and_then(|rest| rest.trim_start().strip_prefix(':')) else { return false };
    let value = value.trim_start();
    let object = value.trim_start_matches('\\').trim_start_matches(['"', '\'']).trim_start().strip_prefix('{');
    !is_wrapper || object.is_some_and(may_be_entries)
}

/// Whether what stands behind a brace may be the entries of an object, even one that breaks off, and no other words.
fn may_be_entries(inner: &str) -> bool {
    let inner = inner.trim_start();
    inner.is_empty()
        || inner.starts_with(['"', '\'', '\\', '}'])
        || KEYS.iter().any(|key| inner.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key)))
}

/// The keys outside of stretches that were read. Both come in the order in which they stand, so each stretch is looked at once.
pub(super) fn outside<'a>(hits: Vec<Hit>, read: impl Iterator<Item = &'a Range<usize>>) -> Vec<Hit> {
    let mut read = read.peekable();
    let is_outside = |hit: &Hit| {
        while read.next_if(|span| span.end <= hit.at).is_some() {}
        !read.peek().is_some_and(|span| span.contains(&hit.at))
    };
    hits.into_iter().filter(is_outside).collect()
}

#[cfg(test)]
mod tests {
    use super::super::labels_in;
    use super::*;

    #[test]
    fn each_object_is_looked_at_once_for_keys_outside_of_it() {
        let text = |n: usize| format!("{}\"Label\": 1, \"ProduceID\": 2 {}", "{}".repeat(n), "\"Label\":".repeat(n));
        let cost = |n: usize| {
            let (text, mut n_looked) = (text(n), 0);
            let spans: Vec<Range<usize>> = (0..n).map(|at| 2 * at..2 * at + 2).collect();
            let found = outside(hits(&text), spans.iter().inspect(|_| n_looked += 1));
            assert_eq!(found.len(), n + 2);
            n_looked
        };
        assert_eq!(cost(2000), 2 * cost(1000));
        assert_eq!(labels_in(&text(300_000)).len(), 1);
    }
}
