//! FLAC: a comment `AIGC`.
//!
//! Walked by hand up to the sound, which is never loaded.

use super::id3;
use crate::container::Container;
use crate::edits::Edits;
use crate::embedded::{self, Remainder};
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::{MAX_INDEX, MAX_PIECES};
use crate::raw::RawLabel;
use crate::reading::Reading;
use crate::source::{Source, le32, wide};

const STREAM_INFO: u8 = 0;
const PADDING: u8 = 1;
pub(super) const COMMENT: u8 = 4;
const LAST: u8 = 0x80;
/// Kind and length.
const HEAD: u64 = 4;
/// The longest that a block can say it is.
const MAX_BLOCK: usize = 0xFF_FFFF;

struct Block {
    kind: u8,
    is_last: bool,
    at: u64,
    end: u64,
}

/// The blocks before the sound, and where the mark of the format stands.
fn blocks(source: &mut Source<'_>) -> Result<Vec<Block>, LabelError> {
    let start = id3::bytes(source, 0)?.map_or(0, |tag| wide(tag.len()));
    if source.array::<4>(start, "the header")? != *b"fLaC" {
        return Err(source.broken(start, "this is no FLAC", "check what the file is"));
    }
    let mut at = start.saturating_add(4);
    let mut blocks: Vec<Block> = Vec::new();
    for _ in 0..MAX_PIECES {
        let head = source.u32_be(at, "a block of metadata")?;
        let [flags, ..] = head.to_be_bytes();
        let end = at.saturating_add(HEAD).saturating_add(u64::from(head & 0xFF_FFFF));
        let block = Block { kind: flags & !LAST, is_last: flags & LAST != 0, at, end };
        if end > source.len() {
            return Err(LabelError::truncated(Container::Flac, at, "a block of metadata"));
        }
        if blocks.is_empty() && block.kind != STREAM_INFO {
            return Err(source.broken(
                at,
                "the first block does not describe the stream",
                "restore the file from its source",
            ));
        }
        let is_last = block.is_last;
        blocks.push(block);
        if is_last {
            return Ok(blocks);
        }
        at = end;
    }
    Err(LabelError::endless(Container::Flac))
}

/// The comments of a block: the vendor, and each comment as it stands.
pub(super) struct Comments {
    vendor: Vec<u8>,
    /// Where each begins, and its bytes.
    pub(super) comments: Vec<(usize, Vec<u8>)>,
}

pub(super) fn comments(body: &[u8]) -> Option<Comments> {
    let take = |at: usize| {
        let len = usize::try_from(le32(body, at)?).ok()?;
        let from = at.checked_add(4)?;
        let to = from.checked_add(len)?;
        Some((to, body.get(from..to)?.to_vec()))
    };
    let (mut at, vendor) = take(0)?;
    let n = le32(body, at)?;
    at = at.checked_add(4)?;
    let mut comments = Vec::new();
    for _ in 0..n {
        let (to, comment) = take(at)?;
        comments.push((at, comment));
        at = to;
    }
    Some(Comments { vendor, comments })
}

/// The name of a comment, as it stands, and its labels.
pub(super) fn labels_of(comment: &[u8]) -> Option<(String, Vec<RawLabel>)> {
    let text = String::from_utf8_lossy(comment);
    let (name, value) = text.split_once('=')?;
    // A picture in base64 is no text.
    if name.eq_ignore_ascii_case("METADATA_BLOCK_PICTURE") {
        return None;
    }
    Some((name.to_owned(), embedded::of_field(name, value)))
}

fn comments_of(source: &mut Source<'_>, block: &Block) -> Result<Comments, LabelError> {
    let from = block.at.saturating_add(HEAD);
    let bytes = source.bytes(from, block.end.saturating_sub(from), MAX_BLOCK.min(MAX_INDEX), "a block of metadata")?;
    comments(&bytes)
        .ok_or_else(|| source.broken(block.at, "the comments cannot be read", "write them anew with metaflac"))
}

impl Comments {
    pub(super) fn push(&mut self, comment: Vec<u8>) {
        self.comments.push((0, comment));
    }

    /// Takes the labels out; whether there were any.
    pub(super) fn strip(&mut self) -> bool {
        let mut is_changed = false;
        self.comments.retain_mut(|(_, comment)| {
            let at = comment.iter().position(|&byte| byte == b'=').unwrap_or(comment.len());
            let (name, value) = comment.split_at_checked(at).unwrap_or_default();
            let name = String::from_utf8_lossy(name);
            let rest = embedded::bytes_without_labels(&name, value.get(1..).unwrap_or_default());
            is_changed |= rest != Remainder::Unchanged;
            match rest {
                Remainder::Unchanged => true,
                Remainder::Nothing => false,
                Remainder::Text(rest) => {
                    *comment = [name.as_bytes(), b"=", &rest].concat();
                    true
                }
            }
        });
        is_changed
    }

    /// The content of a block, as [`comments`] reads it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let len = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = [&len(&self.vendor), self.vendor.as_slice()].concat();
        bytes.extend(u32::try_from(self.comments.len()).unwrap_or(u32::MAX).to_le_bytes());
        for (_, comment) in &self.comments {
            bytes.extend(len(comment));
            bytes.extend(comment);
        }
        bytes
    }
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    if let Some(tag) = id3::bytes(source, 0)? {
        id3::read_tag(&tag, 0, false, reading)?;
    }
    for block in blocks(source)?.iter().filter(|block| block.kind == COMMENT) {
        for (at, comment) in comments_of(source, block)?.comments {
            let at = block.at.saturating_add(HEAD).saturating_add(wide(at));
            let Some((name, labels)) = labels_of(&comment) else { continue };
            // Names of comments are the same in capitals and without.
            let name = name.to_ascii_uppercase();
            for label in labels {
                reading.found(format!("comment {name}"), at, name.contains(WRAPPER), label)?;
            }
        }
    }
    Ok(())
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let mut edits = Edits::default();
    let start = id3::bytes(source, 0)?;
    if let Some(tag) = &start
        && let Some(stripped) = id3::without_label(tag, 0)?
    {
        edits.replace(0, wide(tag.len()), stripped);
    }
    let blocks = blocks(source)?;
    let mut comment = blocks.iter().filter(|block| block.kind == COMMENT);
    let (comment, more) = (comment.next(), comment);
    // The format has one such block; players read the first.
    for block in more {
        let mut kept = comments_of(source, block)?;
        if kept.strip() {
            edits.replace(block.at, block.end, block_bytes(COMMENT, block.is_last, &kept.bytes())?);
        }
    }
    let mut kept = match comment {
        Some(block) => comments_of(source, block)?,
        None => Comments { vendor: b"specialis-label".to_vec(), comments: Vec::new() },
    };
    kept.strip();
    let own = format!("{WRAPPER}={}", label.to_json()).into_bytes();
    kept.push(own);
    let bytes = kept.bytes();
    // A new block goes behind the one that describes the stream, which is never the last then.
    let (from, to, is_last) = match (comment, blocks.first()) {
        (Some(block), _) => (block.at, block.end, block.is_last),
        (None, Some(first)) => {
            if first.is_last {
                edits.replace(first.at, first.at.saturating_add(1), vec![STREAM_INFO]);
            }
            (first.end, first.end, first.is_last)
        }
        (None, None) => return Err(LabelError::truncated(Container::Flac, 0, "the header")),
    };
    let grown = i128::from(wide(bytes.len()).saturating_add(HEAD)).saturating_sub(i128::from(to.saturating_sub(from)));
    edits.replace(from, to, block_bytes(COMMENT, is_last, &bytes)?);
    // Free space gives what the comment takes, so that the sound stays where it is.
    let free = blocks.iter().find(|block| block.kind == PADDING);
    if let Some(free) = free {
        let room = i128::from(free.end.saturating_sub(free.at)).saturating_sub(i128::from(HEAD));
        let left = usize::try_from(room.saturating_sub(grown)).ok().filter(|&left| left <= MAX_BLOCK);
        if let Some(left) = left {
            edits.replace(free.at, free.end, block_bytes(PADDING, free.is_last, &vec![0; left])?);
        }
    }
    Ok(edits)
}

fn block_bytes(kind: u8, is_last: bool, body: &[u8]) -> Result<Vec<u8>, LabelError> {
    let len = u32::try_from(body.len()).ok().filter(|_| body.len() <= MAX_BLOCK);
    let len = len.ok_or_else(|| LabelError::too_large(Container::Flac, "the comments", MAX_BLOCK))?;
    let [_, a, b, c] = len.to_be_bytes();
    let kind = if is_last { kind | LAST } else { kind };
    Ok([&[kind, a, b, c], body].concat())
}
