//! How one cell of the character table is laid out; the build script writes it, `table.rs` reads it.

/// Characters per block, as a power of two.
pub(crate) const BLOCK_BITS: u32 = 7;

/// The two bits that say which of these four a cell is.
pub(crate) const KIND: u32 = 3 << 30;
/// The character maps to itself; the class is in the cell.
pub(crate) const IDENTITY: u32 = 0;
/// The character maps to one other character, whose code point and class are in the cell.
pub(crate) const ONE: u32 = 1 << 30;
/// The character maps to several characters; offset and length in the pool are in the cell.
pub(crate) const MANY: u32 = 2 << 30;
/// The character maps to nothing.
pub(crate) const NONE: u32 = 3 << 30;

/// Beside [`MANY`]: the character is an emoji.
pub(crate) const EMOJI: u32 = 1 << 27;

/// The bits of a code point, or of an offset and a length.
pub(crate) const CODE: u32 = 0x1F_FFFF;
/// The bits of a length, which are the low ones.
pub(crate) const LEN_BITS: u32 = 5;

/// The classes of view characters, as the bits of a cell.
pub(crate) mod class {
    pub(crate) const CJK: u32 = 0;
    pub(crate) const DIGIT: u32 = 1 << 24;
    pub(crate) const ASCII: u32 = 2 << 24;
    pub(crate) const LETTER: u32 = 3 << 24;
    pub(crate) const SPACE: u32 = 4 << 24;
    pub(crate) const NEWLINE: u32 = 5 << 24;
    pub(crate) const STOP: u32 = 6 << 24;
    pub(crate) const SEPARATOR: u32 = 7 << 24;
}
