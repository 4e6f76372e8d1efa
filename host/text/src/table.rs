//! The character table of the match view: one look-up a character.

mod layout;

mod data {
    include!(concat!(env!("OUT_DIR"), "/view_table.rs"));
}

use layout::{BLOCK_BITS, CODE, EMOJI, IDENTITY, KIND, LEN_BITS, MANY, NONE, ONE, class};

/// What a view character is to the lanes and the detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Han, kana, bopomofo or hangul.
    Cjk,
    /// `0` to `9`.
    Digit,
    /// `a` to `z`.
    Ascii,
    /// Any other letter, number or mark.
    Letter,
    /// Space within a line.
    Space,
    /// The end of a line.
    Newline,
    /// The end of a sentence or a page: `。`, `!`, `?`.
    Stop,
    /// Everything else: punctuation, symbols, emoji.
    Separator,
}

impl Class {
    /// Whether the lanes treat it as a gap between letters.
    pub fn is_gap(self) -> bool {
        matches!(self, Self::Space | Self::Newline | Self::Stop | Self::Separator)
    }

    /// Whether it belongs to a word that is written with spaces around it.
    pub fn is_word(self) -> bool {
        matches!(self, Self::Digit | Self::Ascii | Self::Letter)
    }

    #[inline]
    fn of(cell: u32) -> Self {
        // The last class has all of the bits.
        match cell & class::SEPARATOR {
            class::CJK => Self::Cjk,
            class::DIGIT => Self::Digit,
            class::ASCII => Self::Ascii,
            class::LETTER => Self::Letter,
            class::SPACE => Self::Space,
            class::NEWLINE => Self::Newline,
            class::STOP => Self::Stop,
            _ => Self::Separator,
        }
    }
}

/// One character of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) ch: char,
    pub(crate) class: Class,
}

/// What one original character becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Image {
    None,
    One(Seen),
    Many(&'static [u32]),
    /// The same of an emoji: it may be read as these characters, and as a sign between others.
    Emoji(&'static [u32]),
}

/// The image of `c`, whatever stands beside it.
#[inline]
pub(crate) fn image(c: char) -> Image {
    let index = u32::from(c);
    let cell = data::ORDER
        .get(wide(index >> BLOCK_BITS))
        .and_then(|&block| data::BLOCKS.get(usize::from(block)))
        .and_then(|block| block.get(wide(index & ((1 << BLOCK_BITS) - 1))))
        .copied()
        .unwrap_or(IDENTITY | class::SEPARATOR);
    match cell & KIND {
        NONE => Image::None,
        ONE => Image::One(seen(cell)),
        MANY => {
            let first = wide((cell & CODE) >> LEN_BITS);
            let len = wide(cell & ((1 << LEN_BITS) - 1));
            let cells = data::POOL.get(first..first.saturating_add(len)).unwrap_or(&[]);
            if cell & EMOJI == 0 { Image::Many(cells) } else { Image::Emoji(cells) }
        }
        _ => Image::One(Seen { ch: c, class: Class::of(cell) }),
    }
}

/// The view character in a cell of the pool.
#[inline]
pub(crate) fn seen(cell: u32) -> Seen {
    Seen { ch: char::from_u32(cell & CODE).unwrap_or(char::REPLACEMENT_CHARACTER), class: Class::of(cell) }
}

#[inline]
fn wide(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
