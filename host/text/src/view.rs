//! The match view: text as the lanes and the detectors read it, with the way back to the original.

use std::ops::Range;

use crate::table::{Class, Image, Seen, image, seen};

/// One character of a [`View`] and the whole original character it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewChar {
    /// The character.
    pub ch: char,
    /// What it is to the lanes and the detectors.
    pub class: Class,
    /// Byte offset of the character in the view.
    pub at: usize,
    /// Byte offset in the original at which the original character begins.
    pub start: usize,
    /// Byte offset in the original at which the original character ends.
    pub end: usize,
}

/// The match view of a text.
///
/// The view is a character homomorphism: each original character becomes zero or more view characters, whatever stands
/// beside it, so `view(a + b)` is `view(a)` followed by `view(b)` wherever a text is cut. A character goes through
/// compatibility decomposition and full case folding (Unicode, UAX #15 and chapter 3.13), loses ignorables and the
/// marks of scripts that read the same without them, and ends at one representative for Han variants (OpenCC) and
/// look-alike letters (UTS #39). It is for matching alone: text that is shown is never taken from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    text: String,
    chars: Vec<ViewChar>,
}

/// The match view of `text`.
pub fn view(text: &str) -> View {
    let mut view = View { text: String::with_capacity(text.len()), chars: Vec::with_capacity(text.len() / 2) };
    for (start, c) in text.char_indices() {
        let end = start.saturating_add(c.len_utf8());
        match image(c) {
            Image::None => {}
            Image::One(one) => view.push(one, start, end),
            Image::Many(cells) | Image::Emoji(cells) => {
                cells.iter().for_each(|&cell| view.push(seen(cell), start, end))
            }
        }
    }
    view
}

impl View {
    /// The view as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The characters of the view, in order.
    pub fn chars(&self) -> &[ViewChar] {
        &self.chars
    }

    /// The original bytes behind a range of view bytes: whole original characters, half open. `None` for an empty
    /// range and for one that is not on character boundaries of the view.
    pub fn origin(&self, range: Range<usize>) -> Option<Range<usize>> {
        self.text.get(range.clone())?;
        let first = self.chars.get(self.chars.binary_search_by_key(&range.start, |c| c.at).ok()?)?;
        let n_before_end = self.chars.partition_point(|c| c.at < range.end);
        let last = self.chars.get(n_before_end.checked_sub(1)?)?;
        (first.at <= last.at).then_some(first.start..last.end)
    }

    fn push(&mut self, seen: Seen, start: usize, end: usize) {
        self.chars.push(ViewChar { ch: seen.ch, class: seen.class, at: self.text.len(), start, end });
        self.text.push(seen.ch);
    }
}
