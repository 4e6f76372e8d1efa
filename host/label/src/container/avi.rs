//! AVI: an entry `AIGC` of the list of information, `LIST INFO`.
//!
//! Nothing before the video may move, since indexes count from the start of the file. So the label takes free space before the video
//! (`JUNK`) where there is enough of it, and else stands behind the video.

use super::riff::{self, Chunk};
use super::wav::{self, in_list, of_others};
use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::Label;
use crate::limits::{MAX_INDEX, MAX_METADATA};
use crate::raw::{RawLabel, is_label_name};
use crate::reading::{Reading, Remark};
use crate::source::{Source, be32, le32, wide};
use crate::xmp;

const FORM: &[u8; 4] = b"AVI ";
const KIND: [u8; 4] = *b"AIGC";
const FREE: [u8; 4] = *b"JUNK";
/// Kind and length of a chunk.
const HEAD: u64 = 8;

fn kind_of_list(source: &mut Source<'_>, chunk: &Chunk) -> Result<Option<[u8; 4]>, LabelError> {
    if chunk.kind != *b"LIST" || chunk.len < 4 {
        return Ok(None);
    }
    source.array(chunk.data(), "a list").map(Some)
}

/// Visits the chunks of every part of the file: recorders that write long videos begin a new part after a gigabyte.
fn walk(
    source: &mut Source<'_>,
    mut visit: impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<(u64, u64), LabelError> {
    let first_end = riff::walk(source, FORM, &mut visit)?;
    let mut end = first_end;
    while source.len().saturating_sub(end) >= 12
        && source.array::<4>(end, "a part")? == *b"RIFF"
        && source.array::<4>(end.saturating_add(HEAD), "a part")? == *b"AVIX"
    {
        end = riff::part(source, end, &mut visit)?;
    }
    Ok((first_end, end))
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (_, end) = walk(source, |source, chunk| {
        match &chunk.kind {
            kind if is_own(kind) => {
                let text = chunk.bytes(source, MAX_METADATA)?;
                let name = format!("chunk {}", String::from_utf8_lossy(kind));
                reading.found(name, chunk.at, false, RawLabel::parse(&String::from_utf8_lossy(&text)))?;
            }
            b"LIST" if kind_of_list(source, chunk)? == Some(*b"INFO") => {
                let list = chunk.bytes(source, MAX_METADATA)?;
                for entry in in_list(&list) {
                    let at = chunk.data().saturating_add(wide(entry.from));
                    for label in embedded::of_field(&entry.name(), &String::from_utf8_lossy(entry.text)) {
                        let is_standard = is_own(&entry.kind);
                        reading.found(format!("LIST INFO, {}", entry.name()), at, is_standard, label)?;
                    }
                }
            }
            b"_PMX" => {
                for found in xmp::labels(&chunk.bytes(source, MAX_METADATA)?) {
                    reading.found(format!("chunk _PMX (XMP), {}", found.name), chunk.at, false, found.label)?;
                }
            }
            b"C2PA" if cfg!(feature = "c2pa") => reading.remark(Remark::C2pa(format!("byte {}, chunk C2PA", chunk.at))),
            _ if is_of_others(source, chunk)? => of_others(source, chunk, reading)?,
            _ => {}
        }
        Ok(())
    })?;
    if end < source.len() {
        reading.remark(Remark::Trailing(format!("byte {end}")));
    }
    Ok(())
}

/// Whether a program may have put a text into a chunk, such as the names of streams in the first list. Not into the video and its index.
fn is_of_others(source: &mut Source<'_>, chunk: &Chunk) -> Result<bool, LabelError> {
    let is_video = matches!(kind_of_list(source, chunk)?, Some([b'm', b'o', b'v', b'i'] | [b'r', b'e', b'c', b' ']));
    Ok(!is_video && chunk.kind != *b"idx1" && wav::is_of_others(chunk))
}

fn is_own(kind: &[u8; 4]) -> bool {
    std::str::from_utf8(kind).is_ok_and(is_label_name)
}

/// A chunk that is changed or may give room.
struct Piece {
    at: u64,
    end: u64,
    /// What it becomes; nothing for free space.
    put: Option<Vec<u8>>,
    is_list: bool,
}

impl Piece {
    fn len(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut video_at = None;
    let (first_end, end) = walk(source, |source, chunk| {
        let (at, end) = (chunk.at, chunk.end().min(source.len()));
        if chunk.kind == *b"LIST" && kind_of_list(source, chunk)? == Some(*b"movi") {
            video_at = video_at.or(Some(at));
        } else if chunk.kind == FREE && video_at.is_none() {
            pieces.push(Piece { at, end, put: None, is_list: false });
        } else if let Some((put, is_list)) = without_labels(source, chunk)? {
            pieces.push(Piece { at, end, put: Some(put), is_list });
        }
        Ok(())
    })?;
    let video_at = video_at.ok_or_else(|| source.broken(12, "the file has no video", "fetch the whole file again"))?;
    let entry = riff::chunk(KIND, label.to_json().as_bytes());
    let mut edits = Edits::default();
    let n_free = pieces.iter().filter(|piece| piece.put.is_none()).count();
    let is_placed = before_video(&mut pieces, video_at, &entry);
    let is_traded = n_free > pieces.iter().filter(|piece| piece.put.is_none()).count();
    for Piece { at, end, put, .. } in pieces {
        let Some(put) = put else { continue };
        // Where free space was traded in, the lengths are even already.
        let put = if is_traded { put } else { filled(&put, end.saturating_sub(at)) };
        edits.replace(at, end, put);
    }
    if !is_placed {
        if first_end != end {
            return Err(LabelError::Unsupported {
                container: Container::Avi,
                what: "the video has several parts and no free space for a label before them".to_owned(),
                fix: "remux it, for example with `ffmpeg -c copy`",
            });
        }
        let mut put = if end.is_multiple_of(2) { Vec::new() } else { vec![0] };
        put.extend(riff::chunk(*b"LIST", &[b"INFO", entry.as_slice()].concat()));
        edits.insert(end, put);
        riff::resize(source, end, &mut edits)?;
    }
    Ok(edits)
}

/// Puts the entry into the list that is there, or a new list, at the cost of free space; whether there was enough.
fn before_video(pieces: &mut [Piece], video_at: u64, entry: &[u8]) -> bool {
    let list = pieces.iter().position(|piece| piece.is_list && piece.at < video_at);
    let old = list.and_then(|index| pieces.get(index));
    let new_list = match old.and_then(|piece| piece.put.as_deref()) {
        Some(list) => riff::chunk(*b"LIST", &[list.get(8..).unwrap_or_default(), entry].concat()),
        None => riff::chunk(*b"LIST", &[b"INFO", entry].concat()),
    };
    let (old_len, new_len) = (old.map_or(0, Piece::len), wide(new_list.len()));
    let left_of = |len: u64| len.checked_sub(new_len).filter(|&left| left == 0 || left >= HEAD);
    // What the old label gives free may be enough.
    if let (Some(index), Some(_)) = (list, left_of(old_len)) {
        if let Some(piece) = pieces.get_mut(index) {
            piece.put = Some(new_list);
        }
        return true;
    }
    let is_room = |piece: &&mut Piece| {
        piece.put.is_none() && piece.at < video_at && left_of(piece.len().saturating_add(old_len)).is_some()
    };
    let Some(room) = pieces.iter_mut().find(is_room) else { return false };
    let left = empty(left_of(room.len().saturating_add(old_len)).unwrap_or_default());
    match list {
        // The list grows by what the free space loses; what stands between moves, and nothing counts to there.
        Some(index) => {
            room.put = Some(left);
            if let Some(piece) = pieces.get_mut(index) {
                piece.put = Some(new_list);
            }
        }
        None => room.put = Some([new_list, left].concat()),
    }
    true
}

/// A chunk of `len` bytes that says nothing; nothing for none.
fn empty(len: u64) -> Vec<u8> {
    let n = usize::try_from(len.saturating_sub(HEAD)).unwrap_or_default().min(MAX_INDEX);
    if len < HEAD { Vec::new() } else { riff::chunk(FREE, &vec![0; n]) }
}

/// What takes the place of a chunk, as long as that was where it became shorter.
fn filled(put: &[u8], len: u64) -> Vec<u8> {
    [put, &empty(len.saturating_sub(wide(put.len())))].concat()
}

/// A chunk without its labels, and whether it is a list of information; nothing for one that has none and is no such list.
fn without_labels(source: &mut Source<'_>, chunk: &Chunk) -> Result<Option<(Vec<u8>, bool)>, LabelError> {
    if is_own(&chunk.kind) {
        return Ok(Some((Vec::new(), false)));
    }
    if kind_of_list(source, chunk)? == Some(*b"INFO") {
        let list = chunk.bytes(source, MAX_METADATA)?;
        let mut kept = Edits::default();
        for entry in in_list(&list) {
            let (from, to) = (wide(entry.from), wide(entry.to));
            match embedded::bytes_without_labels(&entry.name(), entry.text) {
                Remainder::Unchanged => {}
                Remainder::Nothing => kept.remove(from, to),
                Remainder::Text(mut rest) => {
                    // As long as it was: less than a chunk could not be filled.
                    rest.resize(entry.text.len(), b' ');
                    kept.replace(from, to, riff::chunk(entry.kind, &rest));
                }
            }
        }
        return Ok(Some((riff::chunk(*b"LIST", &kept.apply_to(&list)), true)));
    }
    if chunk.kind == *b"_PMX" {
        let packet = chunk.bytes(source, MAX_METADATA)?;
        if !xmp::labels(&packet).is_empty() {
            let mut stripped = xmp::without_label(&packet)
                .map_err(|problem| source.broken(chunk.at, problem.what, "remove the packet first"))?;
            stripped.resize(packet.len(), b' ');
            return Ok(Some((riff::chunk(*b"_PMX", &stripped), false)));
        }
    } else if is_of_others(source, chunk)?
        && let Some(blanked) = wav::of_others_blanked(&chunk.bytes(source, MAX_METADATA)?)
    {
        return Ok(Some((riff::chunk(chunk.kind, &blanked), false)));
    }
    Ok(None)
}

/// Whether a file begins as an AVI.
pub(super) fn is_one(prefix: &[u8]) -> bool {
    prefix.starts_with(b"RIFF") && prefix.get(8..12) == Some(FORM)
}

/// Width and height of the video, as its header states them.
pub(super) fn size(source: &mut Source<'_>) -> Result<Option<(u32, u32)>, LabelError> {
    // `LIST`, its length, `hdrl`, `avih`, its length; then eight numbers, and the size.
    let head = source.prefix(96)?;
    let is_header = head.get(20..28) == Some(b"hdrlavih") && be32(&head, 0) == Some(0x5249_4646);
    Ok(le32(&head, 64).zip(le32(&head, 68)).filter(|_| is_header))
}
