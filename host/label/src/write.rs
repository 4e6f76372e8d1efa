//! Writing a label into a file.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use crate::check::first_violation;
use crate::container::Container;
use crate::edits::{Edits, Planned};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::MAX_HELD;
use crate::raw::RawLabel;
use crate::reading::{Reading, Remark, read, read_knowing};
use crate::source::Source;

/// Writes a label into a file that has none: the new file goes to `sink`, all other bytes stay as they are.
///
/// # Errors
///
/// If there is a label already, or a check would find a violation in the new one, or the file is damaged, or is built so that the label would not be read back, or cannot be read
/// or written.
pub fn write<R: Read + Seek, W: Write>(
    source: &mut R,
    sink: &mut W,
    container: Container,
    label: &Label,
) -> Result<Vec<Remark>, LabelError> {
    if let Some(held) = held(source)? {
        let edits = write_edits(&mut Cursor::new(&held), container, label)?;
        return edits.apply_held(&held, sink).map(|()| edits.remarks().to_vec());
    }
    let edits = write_edits(source, container, label)?;
    edits.apply(source, sink)?;
    Ok(edits.remarks().to_vec())
}

/// The whole file, where it is small enough to be held: looking for its end, reading back and copying then read it once.
pub(crate) fn held<R: Read + Seek>(source: &mut R) -> Result<Option<Vec<u8>>, LabelError> {
    let len = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    let Some(len) = usize::try_from(len).ok().filter(|&len| len <= MAX_HELD) else { return Ok(None) };
    let mut bytes = vec![0; len];
    source.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// What [`write()`] changes, to be carried out later.
///
/// # Errors
///
/// As [`write()`].
pub fn write_edits<R: Read + Seek>(source: &mut R, container: Container, label: &Label) -> Result<Edits, LabelError> {
    let reading = whole(source, container)?;
    if let Some(found) = reading.labels.first() {
        return Err(LabelError::AlreadyLabelled { place: found.place.to_string() });
    }
    edits_of(source, &reading, label)
}

/// Writes a label in the place of all that are there.
///
/// This is for whoever wrote the old one and wrote it wrong. Whoever spreads content of others uses
/// [`update`](crate::update()), which keeps what the old label says.
///
/// # Errors
///
/// If the file is damaged, or cannot be read or written.
pub fn replace<R: Read + Seek, W: Write>(
    source: &mut R,
    sink: &mut W,
    container: Container,
    label: &Label,
) -> Result<Vec<Remark>, LabelError> {
    if let Some(held) = held(source)? {
        let edits = replace_edits(&mut Cursor::new(&held), container, label)?;
        return edits.apply_held(&held, sink).map(|()| edits.remarks().to_vec());
    }
    let edits = replace_edits(source, container, label)?;
    edits.apply(source, sink)?;
    Ok(edits.remarks().to_vec())
}

/// What [`replace`] changes, to be carried out later.
///
/// # Errors
///
/// As [`replace`].
pub fn replace_edits<R: Read + Seek>(source: &mut R, container: Container, label: &Label) -> Result<Edits, LabelError> {
    let reading = whole(source, container)?;
    edits_of(source, &reading, label)
}

/// A reading of the whole file: one that broke off could miss a label, and then a second would be written.
pub(crate) fn whole<R: Read + Seek>(source: &mut R, container: Container) -> Result<Reading, LabelError> {
    let mut reading = read(source, container)?;
    match reading.trouble.take() {
        Some(trouble) => Err(trouble),
        None => Ok(reading),
    }
}

pub(crate) fn edits_of<R: Read + Seek>(source: &mut R, reading: &Reading, label: &Label) -> Result<Edits, LabelError> {
    let mut known = Source::new(source, reading.container)?.knowing(reading.passed.clone());
    let mut edits = reading.container.edits(&mut known, label)?;
    for remark in &reading.remarks {
        edits.remark(remark.clone());
    }
    read_back(source, reading, &edits, label)?;
    Ok(edits)
}

fn is_whole(found: &RawLabel, label: &Label) -> bool {
    found.damage.is_none() && label.fields().iter().all(|(key, value)| found.get(key) == Some(value))
}

/// Whether the label stands in the file to come, whole and alone.
fn is_sound(reading: &Reading, label: &Label) -> bool {
    matches!((&reading.trouble, reading.labels.as_slice()), (None, [found]) if is_whole(&found.label, label))
}

/// Reads the file to come, before a byte of it is written: whatever is odd about the file, the label must be read back from it, whole
/// and alone.
fn read_back<R: Read + Seek>(source: &mut R, before: &Reading, edits: &Edits, label: &Label) -> Result<(), LabelError> {
    let container = before.container;
    let passed = before.passed.moved(|from, to| edits.untouched(from, to).then(|| edits.shift(from)));
    let reading = read_knowing(&mut Planned::new(source, edits)?, container, passed)?;
    if let Some(finding) = first_violation(&reading).filter(|_| is_sound(&reading, label) && !label.is_insisted()) {
        return Err(LabelError::Rejected { finding: Box::new(finding) });
    }
    let what = match (&reading.trouble, reading.labels.as_slice()) {
        _ if !edits.is_disjoint() => "its parts overlap".to_owned(),
        (Some(trouble), _) => trouble.to_string(),
        (None, [_]) if is_sound(&reading, label) => return Ok(()),
        (None, [found]) if found.label.damage.is_some() => "it would be damaged by what stands around it".to_owned(),
        (None, []) => "it would not be found again".to_owned(),
        (None, [first, ..]) => {
            let other = reading.labels.iter().find(|found| !is_whole(&found.label, label)).unwrap_or(first);
            format!("another would still stand at {}", other.place)
        }
    };
    Err(LabelError::Unsupported {
        container,
        what: format!("the file is built so that a label cannot be written into it ({what})"),
        fix: "write it anew with the program that made it, or convert it",
    })
}
