//! What stands around a match: word edges and context clauses.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Near;
use crate::lexicon::ClauseKind;
use crate::table::{Class, Image, image, seen};

/// Where the context words stand: by cue and end, and by cue and start, so that the nearest on either side is one search.
#[derive(Debug, Default)]
pub(super) struct Cues {
    ends: BTreeSet<(u32, usize)>,
    starts: BTreeSet<(u32, usize)>,
}

impl Cues {
    pub(super) fn add(&mut self, cue: u32, start: usize, end: usize) {
        self.ends.insert((cue, end));
        self.starts.insert((cue, start));
    }

    /// The text between a match and the nearest occurrence of `cue` that ends at or before `start`.
    fn left_of(&self, cue: u32, start: usize) -> Option<Range<usize>> {
        let &(_, end) = self.ends.range((cue, 0)..=(cue, start)).next_back()?;
        Some(end..start)
    }

    /// The text between a match and the nearest occurrence of `cue` that starts at or after `end`.
    fn right_of(&self, cue: u32, end: usize) -> Option<Range<usize>> {
        let &(_, start) = self.starts.range((cue, end)..=(cue, usize::MAX)).next()?;
        Some(end..start)
    }
}

/// Whether a context clause holds for a match.
pub(super) fn holds(clause: &Near, text: &str, start: usize, end: usize, cues: &Cues) -> bool {
    let is_near = |&cue: &u32| {
        let between = if clause.kind.is_right() { cues.right_of(cue, end) } else { cues.left_of(cue, start) };
        let Some(between) = between.and_then(|between| text.get(between)) else { return false };
        is_within(between, clause) && (clause.kind != ClauseKind::OnlyAfter || is_one_sentence(between))
    };
    let found = clause.cues.iter().any(is_near);
    match clause.kind {
        ClauseKind::Near | ClauseKind::OnlyAfter | ClauseKind::RightNear => found,
        ClauseKind::NotNear | ClauseKind::RightNotNear => !found,
    }
}

/// Whether at most as many characters that show something stand in `between` as the clause allows. Counted from the match
/// outwards, so that a long run of characters that show nothing is read by the few matches beside it alone.
fn is_within(between: &str, clause: &Near) -> bool {
    let shows = |&c: &char| !matches!(image(c), Image::None);
    let beyond = if clause.kind.is_right() {
        between.chars().filter(shows).nth(clause.within)
    } else {
        between.chars().rev().filter(shows).nth(clause.within)
    };
    between.len() <= clause.within || beyond.is_none()
}

fn is_one_sentence(between: &str) -> bool {
    !between.chars().any(|c| last_class(c).is_some_and(|class| matches!(class, Class::Stop | Class::Newline)))
}

/// Whether a word may begin at `start`: nothing that belongs to a word stands before it.
pub(super) fn has_edge_before(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or("");
    !before.chars().rev().find_map(last_class).is_some_and(Class::is_word)
}

/// Whether a word may end at `end`: nothing that belongs to a word stands after it.
pub(super) fn has_edge_after(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or("");
    !after.chars().find_map(first_class).is_some_and(Class::is_word)
}

fn first_class(c: char) -> Option<Class> {
    match image(c) {
        Image::None => None,
        Image::One(one) => Some(one.class),
        Image::Many(cells) => cells.first().map(|&cell| seen(cell).class),
    }
}

fn last_class(c: char) -> Option<Class> {
    match image(c) {
        Image::None => None,
        Image::One(one) => Some(one.class),
        Image::Many(cells) => cells.last().map(|&cell| seen(cell).class),
    }
}
