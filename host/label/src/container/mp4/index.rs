//! Offsets into a file whose bytes move: those of the index, of fragments and of their table.

use super::Top;
use super::atoms::children;
use crate::container::Container;
use crate::error::LabelError;
use crate::limits::{MAX_DEPTH, MAX_METADATA};
use crate::source::{Source, be32, be64, wide};

/// Changes outside the index: a stretch and what takes its place.
type Patch = (u64, u64, Vec<u8>);

/// The content of an index whose offsets have moved, and the changes beside it.
type Moved = (Vec<u8>, Vec<Patch>);

/// Which bytes move, and how far.
#[derive(Clone, Copy)]
struct Shift {
    from: u64,
    delta: i128,
}

impl Shift {
    fn of(self, offset: u64) -> Option<u64> {
        if offset < self.from { Some(offset) } else { u64::try_from(i128::from(offset).checked_add(self.delta)?).ok() }
    }
}

/// The index of a picture that moves, with every offset from a place on moved; nothing where one does not fit its field.
pub(in crate::container) fn moved(body: &[u8], from: u64, delta: i128) -> Option<Vec<u8>> {
    let mut new = body.to_vec();
    tables(&mut new, 0, body.len(), Shift { from, delta }, 0).then_some(new)
}

/// The index with every offset moved, and what changes beside it; nothing where an offset does not fit its field or cannot be
/// followed.
pub(super) fn shifted(
    source: &mut Source<'_>,
    tops: &[Top],
    moov: &Top,
    body: &[u8],
    delta: i128,
) -> Result<Option<Moved>, LabelError> {
    let shift = Shift { from: moov.end, delta };
    // A table of items at the top has offsets of its own, and an index of segments before `moov` counts over it.
    let is_beyond = tops.iter().any(|top| top.kind == *b"meta" || (top.kind == *b"sidx" && top.at < moov.at));
    if is_beyond {
        return Ok(None);
    }
    let mut new = body.to_vec();
    if !tables(&mut new, 0, body.len(), shift, 0) {
        return Ok(None);
    }
    let mut patches = Vec::new();
    for top in tops {
        let done = match &top.kind {
            b"moof" => fragment(&top.bytes(source, MAX_METADATA)?, top.body, shift, &mut patches),
            b"mfra" => table(&top.bytes(source, MAX_METADATA)?, top.body, shift, &mut patches),
            _ => Some(()),
        };
        if done.is_none() {
            return Ok(None);
        }
        if patches.len() > MAX_METADATA {
            return Err(LabelError::endless(Container::Mp4));
        }
    }
    Ok(Some((new, patches)))
}

/// Moves the offsets of all tables within `[from, to)`; false where one does not fit.
fn tables(bytes: &mut [u8], from: usize, to: usize, shift: Shift, depth: usize) -> bool {
    let Some(inner) = bytes.get(from..to) else { return false };
    let Ok(parts) = children(inner) else { return false };
    let parts: Vec<([u8; 4], usize, usize)> = parts
        .iter()
        .map(|part| (part.kind, from.saturating_add(part.body_at()), from.saturating_add(part.to)))
        .collect();
    parts.into_iter().all(|(kind, from, to)| match &kind {
        b"trak" | b"mdia" | b"minf" | b"stbl" => {
            depth < MAX_DEPTH && tables(bytes, from, to, shift, depth.saturating_add(1))
        }
        b"stco" => numbers(bytes, from.saturating_add(4), to, 4, shift),
        b"co64" => numbers(bytes, from.saturating_add(4), to, 8, shift),
        b"saio" => {
            let has_kind = be32(bytes, from).is_some_and(|word| word & 1 == 1);
            let size = if be32(bytes, from).is_some_and(|word| word >> 24 == 0) { 4 } else { 8 };
            numbers(bytes, from.saturating_add(if has_kind { 12 } else { 4 }), to, size, shift)
        }
        _ => true,
    })
}

/// A count, then as many offsets of `size` bytes.
fn numbers(bytes: &mut [u8], from: usize, to: usize, size: usize, shift: Shift) -> bool {
    let Some(n) = be32(bytes, from).and_then(|n| usize::try_from(n).ok()) else { return false };
    let first = from.saturating_add(4);
    if first.saturating_add(n.saturating_mul(size)) > to {
        return false;
    }
    (0..n).all(|index| {
        let at = first.saturating_add(index.saturating_mul(size));
        let old = if size == 4 { be32(bytes, at).map(u64::from) } else { be64(bytes, at) };
        let Some(new) = old.and_then(|old| shift.of(old)) else { return false };
        let Some(place) = bytes.get_mut(at..at.saturating_add(size)) else { return false };
        let Some(written) = number(new, size) else { return false };
        place.copy_from_slice(&written);
        true
    })
}

/// A number in four or eight bytes, where it fits.
fn number(value: u64, size: usize) -> Option<Vec<u8>> {
    if size == 4 {
        u32::try_from(value).ok().map(|n| n.to_be_bytes().to_vec())
    } else {
        Some(value.to_be_bytes().to_vec())
    }
}

/// The offsets that a fragment states from the start of the file.
fn fragment(moof: &[u8], base: u64, shift: Shift, patches: &mut Vec<Patch>) -> Option<()> {
    for traf in children(moof).ok()?.iter().filter(|part| part.kind == *b"traf") {
        let inner = traf.body(moof);
        for header in children(inner).ok()?.iter().filter(|part| part.kind == *b"tfhd") {
            let body = header.body(inner);
            if be32(body, 0)? & 1 == 1 {
                let at = base.checked_add(wide(traf.body_at()))?.checked_add(wide(header.body_at()))?.checked_add(8)?;
                patches.push((at, at.checked_add(8)?, shift.of(be64(body, 8)?)?.to_be_bytes().to_vec()));
            }
        }
    }
    Some(())
}

/// The table of fragments at the end: where each begins.
fn table(mfra: &[u8], base: u64, shift: Shift, patches: &mut Vec<Patch>) -> Option<()> {
    for part in children(mfra).ok()?.iter().filter(|part| part.kind == *b"tfra") {
        let body = part.body(mfra);
        let is_wide = be32(body, 0)? >> 24 == 1;
        let sizes = be32(body, 8)?;
        let more = [4, 2, 0].into_iter().map(|bits| (sizes >> bits) & 3).fold(3, u32::saturating_add);
        let size: usize = if is_wide { 8 } else { 4 };
        let entry = size.checked_mul(2)?.checked_add(usize::try_from(more).ok()?)?;
        let n = usize::try_from(be32(body, 12)?).ok()?;
        for index in 0..n {
            let at = 16_usize.checked_add(index.checked_mul(entry)?)?.checked_add(size)?;
            let old = if is_wide { be64(body, at)? } else { u64::from(be32(body, at)?) };
            let new = number(shift.of(old)?, size)?;
            let place = base.checked_add(wide(part.body_at()))?.checked_add(wide(at))?;
            patches.push((place, place.checked_add(wide(size))?, new));
        }
    }
    Some(())
}
