//! EXIF blocks inside other formats: labels in their comments are read, and blanked when one is written elsewhere.

use std::io::Cursor;

use super::tiff;
use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::reading::Reading;
use crate::source::Source;

/// Reads the labels of a block that stands at `at` of its file.
///
/// A block that cannot be read is no damage of the file: cameras write many of those. It is looked through as text instead, so
/// that a label in it is not missed.
pub(super) fn read(block: &[u8], at: u64, name: &str, reading: &mut Reading) -> Result<(), LabelError> {
    let mut cursor = Cursor::new(block);
    let n_before = reading.labels.len();
    let container = reading.container;
    let done = Source::of_block(&mut cursor, container)
        .and_then(|mut source| tiff::read_block(&mut source, at.max(1), name, reading));
    match done {
        Ok(()) => Ok(()),
        Err(error @ LabelError::TooLarge { .. }) => Err(error),
        Err(_) if reading.labels.len() > n_before => Ok(()),
        Err(error) if mentions(block) => Err(error),
        Err(_) => Ok(()),
    }
}

/// The block with blanks where labels stood; nothing where there are none.
pub(super) fn without_label(block: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(block);
    let mut source = Source::of_block(&mut cursor, Container::Tiff).ok()?;
    let mut edits = Edits::default();
    // A block that breaks off is read as far as it goes, and is blanked as far.
    let _ = tiff::blanks(&mut source, &mut edits);
    (edits.n_replaced() > 0).then(|| edits.apply_to(block))
}

fn mentions(block: &[u8]) -> bool {
    block.windows(4).any(|window| window == b"AIGC")
}
