//! Other bytes in the midst of a component, and the lengths around them that count these bytes.

use std::ops::Range;

/// A length that stands before what it counts.
#[derive(Clone, Debug)]
pub(super) struct Length {
    /// Where it stands.
    pub(super) at: Range<usize>,
    /// How many bytes it counts.
    pub(super) value: usize,
}

/// The bytes with other ones at a place. `around` are the lengths that count the place, the outermost first.
pub(super) fn replaced(bytes: &[u8], around: &[Length], at: Range<usize>, with: &[u8]) -> Vec<u8> {
    let (mut n_added, mut n_removed) = (with.len(), at.len());
    let mut edits = vec![(at, with.to_vec())];
    // A length that takes more bytes itself makes those around it larger.
    for length in around.iter().rev() {
        let value = leb(length.value.saturating_add(n_added).saturating_sub(n_removed));
        n_added = n_added.saturating_add(value.len());
        n_removed = n_removed.saturating_add(length.at.len());
        edits.push((length.at.clone(), value));
    }
    let mut spliced = Vec::with_capacity(bytes.len().saturating_add(n_added));
    let mut read_to = 0_usize;
    for (at, with) in edits.into_iter().rev() {
        spliced.extend_from_slice(bytes.get(read_to..at.start).unwrap_or_default());
        spliced.extend_from_slice(&with);
        read_to = at.end;
    }
    spliced.extend_from_slice(bytes.get(read_to..).unwrap_or_default());
    spliced
}

/// A number as WebAssembly writes lengths (LEB128, unsigned).
fn leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// A number as WebAssembly writes constants (LEB128, signed).
pub(super) fn signed_leb(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        let is_last = (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0);
        if is_last {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_what_they_count() {
        // A length of 3 around a length of 1, which stands in two bytes.
        let bytes = [9, 3, 0x81, 0, 7, 8];
        let around = [Length { at: 1..2, value: 3 }, Length { at: 2..4, value: 1 }];
        assert_eq!(replaced(&bytes, &around, 4..5, &[1, 2]), [9, 3, 2, 1, 2, 8]);
        assert_eq!(replaced(&bytes, &around, 4..4, &[1]), [9, 3, 2, 1, 7, 8]);
        let long = replaced(&bytes, &around, 4..5, &[0; 200]);
        assert_eq!((long.get(..5), long.len()), (Some(&[9, 0xca, 1, 0xc8, 1][..]), 206));
    }

    #[test]
    fn constants_are_written_as_webassembly_reads_them() {
        for (value, bytes) in
            [(0, vec![0]), (63, vec![63]), (64, vec![0xc0, 0]), (-1, vec![0x7f]), (-65, vec![0xbf, 0x7f])]
        {
            assert_eq!(signed_leb(value), bytes, "{value}");
        }
    }
}
