//! The pieces of one text, which a gateway asks about one by one under one session id: what came last of each text, so that a
//! match across two pieces is found.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most texts that are remembered.
const MAX_TEXTS: usize = 4_096;
/// How much of each, in characters: longer than any term, and as much as a window of theirs.
const MAX_CHARACTERS: usize = 2_000;

/// Which text a piece belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PieceKey {
    pub(super) tenant: String,
    pub(super) session: String,
    pub(super) is_answer: bool,
}

/// The texts of which pieces came. Bounded in number and in size; kept in memory alone.
#[derive(Debug, Default)]
pub(crate) struct Pieces(Mutex<HashMap<PieceKey, (String, Instant)>>);

impl Pieces {
    fn with<T>(&self, idle: Duration, work: impl FnOnce(&mut HashMap<PieceKey, (String, Instant)>) -> T) -> T {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= MAX_TEXTS {
            texts.retain(|_, (_, used)| used.elapsed() < idle);
        }
        work(&mut texts)
    }

    /// The end of what came before of a text.
    pub(super) fn before(&self, key: &PieceKey, idle: Duration) -> String {
        self.with(idle, |texts| {
            let known = texts.get(key).filter(|(_, used)| used.elapsed() < idle);
            known.map(|(text, _)| text.clone()).unwrap_or_default()
        })
    }

    /// Forgets a text.
    pub(super) fn forget(&self, key: &PieceKey) {
        self.with(Duration::MAX, |texts| texts.remove(key));
    }

    /// Adds a piece to its text. Where too many texts are remembered, the one that nobody added to for longest goes.
    pub(super) fn add(&self, key: PieceKey, piece: &str, idle: Duration) {
        self.with(idle, |texts| {
            if texts.len() >= MAX_TEXTS && !texts.contains_key(&key) {
                let oldest = texts.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
                oldest.map(|oldest| texts.remove(&oldest));
            }
            let (text, used) = texts.entry(key).or_insert_with(|| (String::new(), Instant::now()));
            if used.elapsed() >= idle {
                text.clear();
            }
            text.push_str(piece);
            let n_over = text.chars().count().saturating_sub(MAX_CHARACTERS);
            let start = text.char_indices().nth(n_over).map_or(text.len(), |(start, _)| start);
            text.drain(..start);
            *used = Instant::now();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(session: &str) -> PieceKey {
        PieceKey { tenant: "t".to_owned(), session: session.to_owned(), is_answer: true }
    }

    #[test]
    fn pieces_of_one_text_are_joined_and_their_end_is_kept() {
        let (pieces, long) = (Pieces::default(), Duration::from_secs(600));
        pieces.add(key("a"), "一", long);
        pieces.add(key("b"), "三", long);
        pieces.add(key("a"), &"二".repeat(MAX_CHARACTERS), long);
        assert_eq!(pieces.before(&key("a"), long), "二".repeat(MAX_CHARACTERS));
        assert_eq!(pieces.before(&key("b"), long), "三");
        assert_eq!(pieces.before(&PieceKey { is_answer: false, ..key("b") }, long), "");
        assert_eq!(pieces.before(&key("b"), Duration::ZERO), "");
        pieces.forget(&key("b"));
        assert_eq!(pieces.before(&key("b"), long), "");
    }

    #[test]
    fn no_more_texts_are_remembered_than_the_bound() {
        let (pieces, long) = (Pieces::default(), Duration::from_secs(600));
        for n in 0..=MAX_TEXTS {
            pieces.add(key(&n.to_string()), "一", long);
        }
        assert_eq!(pieces.0.lock().unwrap().len(), MAX_TEXTS);
        assert_eq!((pieces.before(&key("0"), long), pieces.before(&key("1"), long)), (String::new(), "一".to_owned()));
    }
}
