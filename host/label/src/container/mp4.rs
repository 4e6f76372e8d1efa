//! MP4, MOV and M4A: key `AIGC` of the metadata in `moov.udta.meta`.
//!
//! Walked by hand: the crates that read boxes drop those they do not know when they write, and a video must never be loaded.
//! Only `moov`, the index, is held. Where it grows, the bytes of the media move only if nothing better is to be had:
//! free space behind it is used up first.

mod atoms;
mod frame;
mod index;
mod keyed;
mod meta;
mod user;

use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INDEX, MAX_METADATA, MAX_PIECES};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, be64, wide};

pub(super) use frame::frame_size;

pub(super) use atoms::{Problem, atom, children};
pub(super) use index::moved as moved_index;

pub(super) const XMP_UUID: [u8; 16] =
    [0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC];
pub(super) const C2PA_UUID: [u8; 16] =
    [0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81];

/// The smallest box: a length and a kind.
const MIN_BOX: u64 = 8;

/// A box at the top of the file.
#[derive(Clone)]
pub(super) struct Top {
    pub(super) kind: [u8; 4],
    pub(super) at: u64,
    /// Where its content begins.
    pub(super) body: u64,
    pub(super) end: u64,
    /// Whether it states no length and goes on to the end of the file.
    pub(super) is_open: bool,
}

impl Top {
    /// Whether it may be held whole.
    fn is_short(&self) -> bool {
        self.end.saturating_sub(self.body) <= wide(MAX_METADATA)
    }

    pub(super) fn bytes(&self, source: &mut Source<'_>, limit: usize) -> Result<Vec<u8>, LabelError> {
        let name = format!("box `{}`", String::from_utf8_lossy(&self.kind));
        source.bytes(self.body, self.end.saturating_sub(self.body), limit, &name)
    }
}

pub(super) fn walk(
    source: &mut Source<'_>,
    mut visit: impl FnMut(&mut Source<'_>, &Top) -> Result<(), LabelError>,
) -> Result<(), LabelError> {
    let mut at = 0;
    for n in 0..MAX_PIECES {
        if at == source.len() && n > 0 {
            return Ok(());
        }
        // Fewer bytes than a box has are rubbish behind the last one.
        if n > 0 && source.len().saturating_sub(at) < MIN_BOX {
            return Ok(());
        }
        let head = source.array::<8>(at, "a box")?;
        let kind = [4, 5, 6, 7].map(|n| head.get(n).copied().unwrap_or_default());
        if n == 0 && !matches!(&kind, b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"pnot" | b"styp") {
            return Err(source.broken(0, "this is no MP4 or MOV", "check what the file is"));
        }
        let (len, head_len) = match be32(&head, 0).unwrap_or_default() {
            0 => (source.len().saturating_sub(at), MIN_BOX),
            1 => {
                let long = source.array::<8>(at.saturating_add(MIN_BOX), "a box")?;
                (be64(&long, 0).unwrap_or_default(), 16)
            }
            len => (u64::from(len), MIN_BOX),
        };
        let name = String::from_utf8_lossy(&kind).into_owned();
        if len < head_len {
            let what = format!("box `{name}` states a length of {len}");
            return Err(source.broken(at, what, "restore the file from its source"));
        }
        let end = at.saturating_add(len);
        let is_open = be32(&head, 0) == Some(0);
        let top = Top { kind, at, body: at.saturating_add(head_len), end, is_open };
        if end > source.len() {
            return Err(LabelError::truncated(source.container(), at, &format!("box `{name}`")));
        }
        visit(source, &top)?;
        at = end;
    }
    Err(LabelError::endless(source.container()))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let mut has_index = false;
    walk(source, |source, top| {
        match &top.kind {
            b"moov" => {
                has_index = true;
                let moov = top.bytes(source, MAX_INDEX)?;
                meta::read(&moov, top.body, reading)?;
            }
            b"uuid" => {
                let id =
                    source.bytes(top.body, 16.min(top.end.saturating_sub(top.body)), MAX_METADATA, "box `uuid`")?;
                if id == C2PA_UUID {
                    if cfg!(feature = "c2pa") {
                        reading.remark(Remark::C2pa(format!("byte {}, box uuid", top.at)));
                    }
                } else if id == XMP_UUID || top.is_short() {
                    for (name, label) in meta::of_uuid(&top.bytes(source, MAX_METADATA)?) {
                        reading.found(format!("box uuid{name}"), top.at, false, label)?;
                    }
                }
            }
            b"meta" | b"udta" => meta::read_beside(top.kind, &top.bytes(source, MAX_INDEX)?, top.body, reading)?,
            kind if meta::is_own(kind) => {
                let label = meta::own(&top.bytes(source, MAX_METADATA)?);
                reading.found(format!("box {}", String::from_utf8_lossy(kind)), top.at, false, label)?;
            }
            _ => {}
        }
        Ok(())
    })?;
    if has_index {
        Ok(())
    } else {
        Err(source.broken(source.len(), "the file has no `moov`", "record or fetch the whole file again"))
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut tops: Vec<Top> = Vec::new();
    let mut edits = Edits::default();
    walk(source, |source, top| {
        if let Some(rest) = without_labels(source, top)? {
            edits.replace(top.at, top.end, rest);
        }
        tops.push(top.clone());
        Ok(())
    })?;
    let mut indexes = tops.iter().filter(|top| top.kind == *b"moov");
    let (Some(moov), None) = (indexes.next(), indexes.next()) else {
        return Err(source.broken(0, "the file has not exactly one `moov`", "remux it, for example with ffmpeg"));
    };
    let old = moov.bytes(source, MAX_INDEX)?;
    let new = meta::with_label(&old, label).map_err(|problem| {
        source.broken(moov.body.saturating_add(problem.at), problem.what, "remux the file, for example with ffmpeg")
    })?;
    place(source, &tops, moov, new, &mut edits)?;
    Ok(edits)
}

/// A box beside the index without its labels, with free space behind it up to the length that it had, so that nothing moves; nothing
/// where it has none.
fn without_labels(source: &mut Source<'_>, top: &Top) -> Result<Option<Vec<u8>>, LabelError> {
    let len = top.end.saturating_sub(top.at);
    if meta::is_own(&top.kind) {
        return free_box(len).map(Some);
    }
    let broken = |problem: Problem| LabelError::broken(Container::Mp4, top.at, problem.what, "remove the packet first");
    let rest = match &top.kind {
        b"uuid" if top.is_short() => meta::uuid_without_labels(&top.bytes(source, MAX_METADATA)?).map_err(broken)?,
        b"meta" | b"udta" => meta::without_labels(top.kind, &top.bytes(source, MAX_INDEX)?).map_err(broken)?,
        _ => None,
    };
    let Some(rest) = rest else { return Ok(None) };
    let new = atom(top.kind, &rest);
    let left = len.checked_sub(wide(new.len())).filter(|left| *left == 0 || *left >= MIN_BOX);
    let left = left.ok_or_else(|| LabelError::Unsupported {
        container: Container::Mp4,
        what: "a label beside the index cannot be taken out without moving the video".to_owned(),
        fix: "remux the file, for example with `ffmpeg -c copy`",
    })?;
    let filling = if left == 0 { Vec::new() } else { free_box(left)? };
    Ok(Some([new, filling].concat()))
}

/// Puts the new index where the old one stood, with the least that moves.
fn place(
    source: &mut Source<'_>,
    tops: &[Top],
    moov: &Top,
    body: Vec<u8>,
    edits: &mut Edits,
) -> Result<(), LabelError> {
    let new = atom(*b"moov", &body);
    let old_len = moov.end.saturating_sub(moov.at);
    let delta = i128::from(wide(new.len())).saturating_sub(i128::from(old_len));
    let free = tops.iter().find(|top| top.at == moov.end && matches!(&top.kind, b"free" | b"skip") && !top.is_open);
    let room = free.map_or(0, |free| free.end.saturating_sub(free.at));
    // What is left of the free space behind the index: nothing, or a box.
    let left = u64::try_from(i128::from(room).saturating_sub(delta)).ok();
    let left = left.filter(|&left| left == 0 || left >= MIN_BOX);
    let to = moov.end.saturating_add(room);
    if let Some(left) = left {
        let filling = if left == 0 { Vec::new() } else { free_box(left)? };
        edits.replace(moov.at, to, [new, filling].concat());
        return Ok(());
    }
    let after: Vec<&Top> = tops.iter().filter(|top| top.at >= moov.end).collect();
    if !after.iter().any(|top| has_offsets_to(&top.kind)) {
        edits.replace(moov.at, moov.end, new);
        return Ok(());
    }
    match index::shifted(source, tops, moov, &body, delta)? {
        Some((moved, more)) => {
            edits.replace(moov.at, moov.end, atom(*b"moov", &moved));
            more.into_iter().for_each(|(from, to, put)| edits.replace(from, to, put));
            Ok(())
        }
        None => behind(source, tops, moov, new, edits),
    }
}

/// Whether other boxes may say at which byte of the file something in this box stands.
fn has_offsets_to(kind: &[u8; 4]) -> bool {
    !matches!(kind, b"free" | b"skip" | b"wide" | b"uuid" | b"udta")
}

/// Puts the new index behind the file and leaves free space where the old one stood: no offset changes.
fn behind(source: &Source<'_>, tops: &[Top], moov: &Top, new: Vec<u8>, edits: &mut Edits) -> Result<(), LabelError> {
    let is_fragmented = tops.iter().any(|top| top.kind == *b"moof");
    let is_open = tops.last().is_some_and(|top| top.is_open);
    if is_fragmented || is_open {
        let what = "the index has to grow, and offsets to the media cannot follow".to_owned();
        let fix = "remux the file, for example with `ffmpeg -c copy`";
        return Err(LabelError::Unsupported { container: Container::Mp4, what, fix });
    }
    edits.replace(moov.at, moov.end, free_box(moov.end.saturating_sub(moov.at))?);
    let end = tops.last().map_or(source.len(), |top| top.end);
    edits.insert(end, new);
    Ok(())
}

/// A box of `len` bytes that says nothing.
fn free_box(len: u64) -> Result<Vec<u8>, LabelError> {
    let n = usize::try_from(len.saturating_sub(MIN_BOX)).ok().filter(|&n| n <= MAX_INDEX);
    let n = n.ok_or_else(|| LabelError::too_large(Container::Mp4, "the free space behind `moov`", MAX_INDEX))?;
    Ok(atom(*b"free", &vec![0; n]))
}

/// The children of a box, where they can be read.
fn child<'a>(body: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    children(body).ok()?.into_iter().find(|child| child.kind == *kind).map(|child| child.body(body))
}
