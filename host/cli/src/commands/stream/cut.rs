//! Cutting a text into pieces, as a model or a network would.

use std::num::NonZeroUsize;
use std::str::FromStr;

/// How a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cutting {
    /// After so many characters.
    Chars(NonZeroUsize),
    /// After 1 to 12 bytes, by this seed.
    Random(u64),
}

impl FromStr for Cutting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let odd = || format!("`{text}` is no way to cut; give a number of characters, or `random:` and a number");
        match text.strip_prefix("random:") {
            Some(seed) => seed.parse().map(Self::Random).map_err(|_| odd()),
            None => text.parse().map(Self::Chars).map_err(|_| odd()),
        }
    }
}

/// Cuts bytes as they come; what does not fill a piece waits for more.
pub(super) struct Cutter {
    cutting: Option<Cutting>,
    random: fastrand::Rng,
    piece: Vec<u8>,
    /// Characters or bytes that the piece still takes.
    room: usize,
    /// Bytes that the last character still needs.
    missing: usize,
}

impl Cutter {
    /// The longest piece of a random cut, in bytes.
    const LONGEST: usize = 12;

    /// Without a way to cut, pieces are what comes.
    pub(super) fn new(cutting: Option<Cutting>) -> Self {
        let seed = match cutting {
            Some(Cutting::Random(seed)) => seed,
            Some(Cutting::Chars(_)) | None => 0,
        };
        let mut cutter =
            Self { cutting, random: fastrand::Rng::with_seed(seed), piece: Vec::new(), room: 0, missing: 0 };
        cutter.room = cutter.next_room();
        cutter
    }

    /// The pieces that are whole with these bytes.
    pub(super) fn cut(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if self.cutting.is_none() {
            return vec![bytes.to_vec()];
        }
        let mut pieces = Vec::new();
        for &byte in bytes {
            self.piece.push(byte);
            if self.counts(byte) {
                self.room = self.room.saturating_sub(1);
            }
            if self.room == 0 {
                pieces.push(std::mem::take(&mut self.piece));
                self.room = self.next_room();
            }
        }
        pieces
    }

    /// What is left at the end.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        (!self.piece.is_empty()).then(|| std::mem::take(&mut self.piece))
    }

    fn next_room(&mut self) -> usize {
        match self.cutting {
            Some(Cutting::Chars(n)) => n.get(),
            Some(Cutting::Random(_)) => self.random.usize(1..=Self::LONGEST),
            None => usize::MAX,
        }
    }

    /// Whether a byte ends what is counted. Bytes that belong to no character count one by one.
    fn counts(&mut self, byte: u8) -> bool {
        if matches!(self.cutting, Some(Cutting::Random(_))) {
            return true;
        }
        self.missing = match byte {
            0x80..=0xBF => self.missing.saturating_sub(1),
            0xC2..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 => 3,
            _ => 0,
        };
        self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(how: &str, text: &[u8], step: usize) -> Vec<Vec<u8>> {
        let mut cutter = Cutter::new(Some(how.parse().unwrap()));
        let mut pieces: Vec<_> = text.chunks(step).flat_map(|bytes| cutter.cut(bytes)).collect();
        pieces.extend(cutter.rest());
        pieces
    }

    #[test]
    fn pieces_have_so_many_characters_however_they_arrive() {
        let text = "第一，a😀bé。";
        for step in 1..=text.len() {
            let cut: Vec<String> =
                pieces("3", text.as_bytes(), step).into_iter().map(|piece| String::from_utf8(piece).unwrap()).collect();
            assert_eq!(cut, ["第一，", "a😀b", "é。"], "{step}");
        }
    }

    #[test]
    fn random_pieces_are_the_same_for_a_seed_and_lose_nothing() {
        let text = "拙政园在苏州，始建于明代。".repeat(5);
        let one = pieces("random:7", text.as_bytes(), 5);
        assert_eq!(one, pieces("random:7", text.as_bytes(), 64));
        assert_ne!(one, pieces("random:8", text.as_bytes(), 5));
        assert_eq!(one.concat(), text.as_bytes());
        assert!(one.iter().any(|piece| std::str::from_utf8(piece).is_err()), "cut inside a character");
    }

    #[test]
    fn bytes_that_are_no_text_are_passed_on() {
        let bytes = [0xFF, b'a', 0xE4, 0xB8, b'b', 0x80];
        assert_eq!(pieces("1", &bytes, 2).concat(), bytes);
    }

    #[test]
    fn only_a_number_or_a_seed_says_how_to_cut() {
        for odd in ["0", "", "x", "-1", "random", "random:", "random:x"] {
            assert!(odd.parse::<Cutting>().is_err(), "{odd}");
        }
    }
}
