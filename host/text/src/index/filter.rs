//! Which pairs of characters begin a pattern: most text is read without touching the automaton.

/// Bits per pair: one pair in eight that begins nothing looks as if it did, and costs two steps of the automaton.
const BITS_PER_PAIR: usize = 8;
/// The fewest and the most bits, as powers of two; the most is 128 KiB.
const MIN_LOG: u32 = 10;
const MAX_LOG: u32 = 20;

/// A set of the first characters of patterns that may say yes too often and never no wrongly.
#[derive(Debug)]
pub(super) struct Filter {
    words: Box<[u64]>,
    shift: u32,
    has_singles: bool,
}

/// The place of one-character patterns in the set: a pair with a character that no view has.
const SINGLE: char = '\0';

impl Filter {
    pub(super) fn new<'p>(patterns: impl Iterator<Item = &'p str> + Clone) -> Self {
        let pairs = patterns.map(|pattern| {
            let mut chars = pattern.chars();
            (chars.next().unwrap_or(SINGLE), chars.next())
        });
        let n_bits = pairs.clone().count().saturating_mul(BITS_PER_PAIR).max(1);
        let log = n_bits.checked_next_power_of_two().map_or(MAX_LOG, usize::trailing_zeros).clamp(MIN_LOG, MAX_LOG);
        let n_words = 1_usize.checked_shl(log.saturating_sub(6)).unwrap_or(1);
        let mut filter = Self { words: vec![0; n_words].into(), shift: 32_u32.saturating_sub(log), has_singles: false };
        for (first, second) in pairs {
            filter.has_singles |= second.is_none();
            let (word, bit) = match second {
                Some(second) => filter.place(first, second),
                None => filter.place(SINGLE, first),
            };
            if let Some(word) = filter.words.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    /// Whether some pattern may begin with these two characters.
    #[inline]
    pub(super) fn has_pair(&self, first: char, second: char) -> bool {
        let (word, bit) = self.place(first, second);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether some pattern may be this one character.
    #[inline]
    pub(super) fn has_single(&self, only: char) -> bool {
        self.has_singles && self.has_pair(SINGLE, only)
    }

    /// Multiplicative hashing (Knuth, 6.4) with two odd factors.
    #[inline]
    fn place(&self, first: char, second: char) -> (usize, u64) {
        let mixed = u32::from(first).wrapping_mul(0x9E37_79B1) ^ u32::from(second).wrapping_mul(0x85EB_CA77);
        let index = mixed.wrapping_mul(0xC2B2_AE3D).checked_shr(self.shift).unwrap_or(0);
        (usize::try_from(index >> 6).unwrap_or(0), 1 << (index & 63))
    }
}
