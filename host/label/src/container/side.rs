//! The side file of a plain text, which has no place for metadata of its own: one JSON text.

use crate::edits::Edits;
use crate::encoding;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::MAX_LABEL;
use crate::raw::RawLabel;
use crate::reading::Reading;
use crate::source::Source;

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let bytes = source.all(MAX_LABEL)?;
    // Editors and shells of Windows write UTF-16.
    let (text, _) = encoding::decode_wide(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(());
    }
    reading.found("the whole file", 0, true, RawLabel::parse(text))
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    edits.replace(0, source.len(), format!("{}\n", label.to_wrapped_json()).into_bytes());
    Ok(edits)
}
