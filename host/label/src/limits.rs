//! How much of a file is held at a time. A file that needs more is an error that names the limit; nothing is cut silently.

/// The longest value of one label, in bytes. The longest seen in public files is under 2 KiB.
pub const MAX_LABEL: usize = 64 * 1024;

/// The longest structure of metadata that is held whole: an XMP packet, an EXIF block, a page's front matter, an archive's
/// directory entry, a table of keys.
pub const MAX_METADATA: usize = 4 * 1024 * 1024;

/// The longest file that is held whole while a label is written into it, so that it is read once and not three times.
pub const MAX_HELD: usize = 16 * 1024 * 1024;

/// The largest index that has to be rewritten when bytes move: `moov` of a video, `Cues` of a Matroska file, the directory of
/// an archive.
pub const MAX_INDEX: usize = 64 * 1024 * 1024;

/// The most that a compressed piece of metadata may become, and all frames of an ID3 tag together.
pub const MAX_INFLATED: usize = 8 * 1024 * 1024;

/// The largest picture that is drawn on, encoded.
pub const MAX_PICTURE: usize = 256 * 1024 * 1024;

/// The most pixels of a picture that is drawn on. It is known before a pixel is decoded, and what decoding needs grows with it.
pub const MAX_PIXELS: u64 = 100_000_000;

/// The most pixels of all frames together of a picture that moves and is drawn on: what decoding it takes in time grows with them.
pub const MAX_FRAME_PIXELS: u64 = 4_000_000_000;

/// The longest text file that is read, since text has to be looked through whole.
pub const MAX_TEXT: usize = 64 * 1024 * 1024;

/// How many pieces (chunks, boxes, blocks, elements, archive entries) are walked before a file counts as built to exhaust.
pub const MAX_PIECES: usize = 1 << 20;

/// How deep boxes, dictionaries and elements may nest.
pub const MAX_DEPTH: usize = 32;

/// How many labels of one file are kept. More are an error: nothing honest writes them.
pub const MAX_LABELS: usize = 64;
