//! Ordinary Chinese words, with how rare each is: `data/words.txt` as one automaton, made when the crate is built.

use std::sync::LazyLock;

use fst::raw::{Fst, Node, Output};

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words.fst"));

static WORDS: LazyLock<Option<Fst<&'static [u8]>>> = LazyLock::new(|| Fst::new(BYTES).ok());

/// The most characters of a word.
pub(crate) const MAX_WORD: usize = 4;
/// How rare a character is that is no word of its own, in eighths of a bit.
pub(crate) const UNKNOWN: u32 = 208;

/// A word on its way, character by character.
pub(crate) struct Walk {
    words: &'static Fst<&'static [u8]>,
    node: Node<'static>,
    output: Output,
}

impl Walk {
    /// The beginning of a word; none where there is no dictionary.
    pub(crate) fn new() -> Option<Self> {
        let words = WORDS.as_ref()?;
        Some(Self { words, node: words.root(), output: Output::zero() })
    }

    /// Takes the next character. Whether some word begins so.
    pub(crate) fn step(&mut self, c: char) -> bool {
        let mut buffer = [0; 4];
        for &byte in c.encode_utf8(&mut buffer).as_bytes() {
            let Some(found) = self.node.find_input(byte) else { return false };
            let transition = self.node.transition(found);
            self.output = self.output.cat(transition.out);
            self.node = self.words.node(transition.addr);
        }
        true
    }

    /// How rare the word is that ends here, in eighths of a bit; none where no word does.
    pub(crate) fn rarity(&self) -> Option<u32> {
        let output = self.node.is_final().then(|| self.output.cat(self.node.final_output()))?;
        u32::try_from(output.value()).ok()
    }

    /// Whether a longer word begins so.
    pub(crate) fn goes_on(&self) -> bool {
        !self.node.is_empty()
    }
}
