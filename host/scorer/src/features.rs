//! Features: the runs of one to three characters of a text, each as the number of a bucket.

use specialis_text::{Class, View, view};

/// How many characters the longest run has.
const LONGEST: usize = 3;
/// Stands for the beginning of a text.
const BEGINNING: u32 = 2;
/// Stands for white space and punctuation between two words.
const SPACE: u32 = 0x20;
/// Stands for a number, whatever its digits are.
const NUMBER: u32 = 0x30;

/// Reads a text in pieces and names the bucket of each run of characters in it.
///
/// It reads the match view, so that a disguise of a text gets the features of the text. White space and punctuation are left out,
/// except between two words that are written with letters. The buckets do not depend on how the text is cut.
#[derive(Clone, Debug)]
pub(crate) struct FeatureReader {
    /// The last characters, oldest first.
    last: [u32; LONGEST - 1],
    last_class: Class,
    has_gap: bool,
}

impl FeatureReader {
    pub(crate) fn new() -> Self {
        Self { last: [0, BEGINNING], last_class: Class::Newline, has_gap: false }
    }

    /// Reads a piece. Calls `found` with each bucket, and `read` after the buckets of each character.
    pub(crate) fn push(&mut self, piece: &str, mut found: impl FnMut(u16)) -> usize {
        let mut n_chars = 0_usize;
        let seen: View = view(piece);
        for c in seen.chars() {
            if c.class.is_gap() {
                self.has_gap = true;
                continue;
            }
            if self.has_gap && c.class.is_word() && self.last_class.is_word() {
                self.add(SPACE, &mut found);
            }
            let follows_digit = !self.has_gap && self.last_class == Class::Digit;
            self.has_gap = false;
            self.last_class = c.class;
            if c.class == Class::Digit && follows_digit {
                continue;
            }
            self.add(if c.class == Class::Digit { NUMBER } else { u32::from(c.ch) }, &mut found);
            n_chars = n_chars.saturating_add(1);
        }
        n_chars
    }

    /// Adds a character: the runs of one, two and three characters that end with it.
    fn add(&mut self, code: u32, found: &mut impl FnMut(u16)) {
        let [older, newer] = self.last;
        let one = mix(0x811c_9dc5, code);
        found(bucket(one));
        let two = mix(one, newer);
        found(bucket(two));
        if older != 0 {
            found(bucket(mix(two, older)));
        }
        self.last = [newer, code];
    }
}

/// The buckets of a text, in order and each once.
pub fn buckets_of(text: &str) -> Vec<u16> {
    let mut all = Vec::new();
    FeatureReader::new().push(text, |bucket| all.push(bucket));
    all.sort_unstable();
    all.dedup();
    all
}

/// One round of a multiplicative hash.
fn mix(hash: u32, code: u32) -> u32 {
    let hash = (hash ^ code).wrapping_mul(0x9e37_79b1);
    hash ^ (hash >> 15)
}

/// The bucket of a hash: its upper half after one more round.
fn bucket(hash: u32) -> u16 {
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0x85eb_ca6b);
    let [high, low, ..] = (hash ^ (hash >> 16)).to_be_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(pieces: &[&str]) -> Vec<u16> {
        let mut all = Vec::new();
        let mut reader = FeatureReader::new();
        for piece in pieces {
            reader.push(piece, |bucket| all.push(bucket));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn disguises_have_the_features_of_the_text() {
        let plain = buckets_of("賭博網站12345");
        for disguised in ["赌博网站999", "赌.博.网.站 7", "赌\u{200b}博 网站：１２"] {
            assert_eq!(buckets_of(disguised), plain, "{disguised}");
        }
    }

    #[test]
    fn cuts_do_not_change_features() {
        let text = "请问Rust怎么学？first steps, 2024 年 3.14";
        let whole = buckets_of(text);
        for (at, _) in text.char_indices() {
            let (a, b) = text.split_at(at);
            assert_eq!(in_pieces(&[a, b]), whole, "{a}|{b}");
        }
    }

    #[test]
    fn letters_keep_their_word_boundaries() {
        assert_ne!(buckets_of("the rapist"), buckets_of("therapist"));
        assert_eq!(buckets_of("the  rapist"), buckets_of("the-rapist"));
    }
}
