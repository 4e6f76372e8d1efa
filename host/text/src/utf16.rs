//! Where byte offsets of a text stand in UTF-16.

/// Where some byte offsets of a text stand in UTF-16, found in one walk over the text.
///
/// ```
/// use specialis_text::Utf16Offsets;
///
/// let offsets = Utf16Offsets::new("电话138", [6, 9, 6]);
/// assert_eq!((offsets.get(6), offsets.get(9), offsets.get(3)), (Some(2), Some(5), None));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Utf16Offsets {
    /// Bytes, and units of UTF-16; by bytes, each once.
    known: Vec<(usize, usize)>,
}

impl Utf16Offsets {
    /// Finds where `offsets` stand, which may come in any order and more than once. One that is beyond the text or inside a
    /// character is left out.
    pub fn new(text: &str, offsets: impl IntoIterator<Item = usize>) -> Self {
        Self::counted(text, offsets).0
    }

    /// The same, with the bytes that were walked over.
    fn counted(text: &str, offsets: impl IntoIterator<Item = usize>) -> (Self, usize) {
        let mut offsets: Vec<usize> = offsets.into_iter().collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut known = Vec::with_capacity(offsets.len());
        let (mut at, mut units, mut walked) = (0_usize, 0_usize, 0_usize);
        for offset in offsets {
            let Some(next) = text.get(at..offset) else { continue };
            units = units.saturating_add(next.encode_utf16().count());
            walked = walked.saturating_add(next.len());
            at = offset;
            known.push((offset, units));
        }
        (Self { known }, walked)
    }

    /// Units of UTF-16 before a byte offset that was asked for.
    pub fn get(&self, offset: usize) -> Option<usize> {
        let found = self.known.binary_search_by_key(&offset, |(bytes, _)| *bytes).ok()?;
        self.known.get(found).map(|(_, units)| *units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stand_where_counting_from_the_beginning_finds_them() {
        let text = "a电😀é\n话z";
        let bounds: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        let offsets = Utf16Offsets::new(text, bounds.iter().rev().copied().chain([2, 99]));
        for at in bounds {
            assert_eq!(offsets.get(at), Some(text.get(..at).unwrap().encode_utf16().count()), "{at}");
        }
        assert_eq!((offsets.get(2), offsets.get(99)), (None, None));
    }

    #[test]
    fn text_is_walked_over_once_however_many_offsets_are_asked_for() {
        for n in [100, 200, 4_000] {
            let text = "血腥".repeat(n);
            // Two for each find, overlapping, as finds of several lexicons do.
            let offsets = (0..n).flat_map(|at| [at * 6, at * 6 + 3, at * 6 + 6, at * 6]);
            assert_eq!(Utf16Offsets::counted(&text, offsets).1, text.len());
        }
    }
}
