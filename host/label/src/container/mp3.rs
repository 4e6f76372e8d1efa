//! MP3: the ID3v2 tag before the sound.

use super::{ape, id3};
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::reading::Reading;
use crate::source::{Source, wide};

/// How far behind the tag the first frame of sound may begin: some encoders leave a gap.
const MAX_GAP: u64 = 8 * 1024;

fn tag(source: &mut Source<'_>) -> Result<Option<Vec<u8>>, LabelError> {
    let tag = id3::bytes(source, 0)?;
    let at = tag.as_ref().map_or(0, |tag| wide(tag.len()));
    let gap = source.bytes(at, source.len().saturating_sub(at).min(MAX_GAP), 8 * 1024, "the sound")?;
    if gap.windows(4).any(id3::is_sound) {
        Ok(tag)
    } else {
        Err(source.broken(at, "no sound begins here", "check what the file is"))
    }
}

/// Where the first frame of sound begins.
pub(crate) fn sound(source: &mut Source<'_>) -> Result<u64, LabelError> {
    let mut at = 0;
    while let Some(tag) = id3::bytes(source, at)? {
        at = at.saturating_add(wide(tag.len()).max(1));
    }
    let gap = source.bytes(at, source.len().saturating_sub(at).min(MAX_GAP), 8 * 1024, "the sound")?;
    let within = gap.windows(4).position(id3::is_sound);
    let within = within.ok_or_else(|| source.broken(at, "no sound begins here", "check what the file is"))?;
    Ok(at.saturating_add(wide(within)))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let bytes = id3::bytes(source, 0)?;
    if let Some(bytes) = &bytes {
        id3::read_tag(bytes, 0, true, reading)?;
    }
    tag(source)?;
    // A second tag right behind the first is what careless programs leave; players read the first.
    let at = bytes.map_or(0, |bytes| wide(bytes.len()));
    if at > 0
        && let Some(second) = id3::bytes(source, at)?
    {
        id3::read_tag(&second, at, false, reading)?;
    }
    if let Some((at, last)) = id3::last(source)? {
        id3::read_tag(&last, at, false, reading)?;
    }
    ape::read(source, reading)
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let old = tag(source)?;
    let end = old.as_ref().map_or(0, |tag| wide(tag.len())).min(source.len());
    let mut edits = Edits::default();
    edits.replace(0, end, id3::with_label(old.as_deref(), label, source.container())?);
    if end > 0
        && let Some(second) = id3::bytes(source, end)?
        && let Some(stripped) = id3::without_label(&second, end)?
    {
        edits.replace(end, end.saturating_add(wide(second.len())), stripped);
    }
    ape::strip(source, &mut edits)?;
    Ok(edits)
}
