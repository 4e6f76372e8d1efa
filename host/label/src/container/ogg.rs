//! Ogg with Opus, Vorbis, FLAC, Speex or Theora: a comment `AIGC`.
//!
//! Walked by hand: only the pages with comments are written anew. Where they become more, the later pages of that stream get new
//! numbers, and checksums that are computed from the old ones, so that no sound is loaded.

mod pages;

use super::flac::{self, Comments};
use crate::container::Container;
use crate::edits::Edits;
use crate::error::LabelError;
use crate::label::{Label, WRAPPER};
use crate::limits::MAX_METADATA;
use crate::reading::Reading;
use crate::source::Source;

use pages::{Page, Stream, streams};

/// How a codec begins, what its comments begin with, and what ends them.
struct Codec {
    mark: &'static [u8],
    comments: &'static [u8],
    /// Vorbis closes its comments with one bit.
    has_end: bool,
    /// FLAC states the length of its comments before them.
    is_block: bool,
}

const CODECS: [Codec; 5] = [
    Codec { mark: b"OpusHead", comments: b"OpusTags", has_end: false, is_block: false },
    Codec { mark: b"\x01vorbis", comments: b"\x03vorbis", has_end: true, is_block: false },
    Codec { mark: b"\x7FFLAC", comments: b"", has_end: false, is_block: true },
    Codec { mark: b"Speex   ", comments: b"", has_end: false, is_block: false },
    Codec { mark: b"\x80theora", comments: b"\x81theora", has_end: false, is_block: false },
];
/// Kind and length of a block of FLAC.
const BLOCK_HEAD: usize = 4;

impl Codec {
    fn of(first_packet: &[u8]) -> Option<&'static Self> {
        CODECS.iter().find(|codec| first_packet.starts_with(codec.mark))
    }

    /// What stands before the comments, in bytes.
    fn head_len(&self) -> usize {
        if self.is_block { BLOCK_HEAD } else { self.comments.len() }
    }

    /// The comments of a packet; nothing where it has none.
    fn comments(&self, packet: &[u8]) -> Option<Comments> {
        let is_one = if self.is_block {
            packet.first().is_some_and(|kind| kind & 0x7F == flac::COMMENT)
        } else {
            packet.starts_with(self.comments)
        };
        flac::comments(packet.get(self.head_len()..).filter(|_| is_one)?)
    }

    /// The packet with other comments. What stands behind them stays.
    fn packet(&self, old: &[u8], old_len: usize, new: &Comments) -> Option<Vec<u8>> {
        let body = new.bytes();
        let behind = old.get(self.head_len().checked_add(old_len)?..)?;
        let head = if self.is_block {
            let [_, a, b, c] = u32::try_from(body.len()).ok().filter(|len| *len <= 0xFF_FFFF)?.to_be_bytes();
            vec![*old.first()?, a, b, c]
        } else {
            self.comments.to_vec()
        };
        let end: &[u8] = if self.has_end && behind.is_empty() { &[1] } else { &[] };
        Some([&head, body.as_slice(), behind, end].concat())
    }
}

fn unreadable(source: &Source<'_>, at: u64) -> LabelError {
    source.broken(
        at,
        "the comments cannot be read",
        "encode or remux the file again, for example with `ffmpeg -c copy`",
    )
}

pub(super) fn read(source: &mut Source<'_>, reading: &mut Reading) -> Result<(), LabelError> {
    let (found, trouble) = streams(source);
    for stream in &found {
        let Some(codec) = Codec::of(&stream.first) else { continue };
        let Some(packet) = stream.headers.first() else { continue };
        let comments = codec.comments(packet).ok_or_else(|| unreadable(source, stream.comments_at))?;
        for (_, comment) in comments.comments {
            let Some((name, labels)) = flac::labels_of(&comment) else { continue };
            let name = name.to_ascii_uppercase();
            for label in labels {
                reading.found(format!("comment {name}"), stream.comments_at, name.contains(WRAPPER), label)?;
            }
        }
    }
    trouble
}

pub(super) fn edits(source: &mut Source<'_>, label: &Label) -> Result<Edits, LabelError> {
    let (found, trouble) = streams(source);
    trouble?;
    let mut edits = Edits::default();
    let mut is_placed = false;
    for stream in &found {
        let Some(codec) = Codec::of(&stream.first) else { continue };
        let packet = stream.headers.first().ok_or_else(|| unreadable(source, stream.comments_at))?;
        let mut comments = codec.comments(packet).ok_or_else(|| unreadable(source, stream.comments_at))?;
        let old_len = comments.bytes().len();
        let is_changed = comments.strip();
        if !is_placed {
            comments.push(format!("{WRAPPER}={}", label.to_json()).into_bytes());
        } else if !is_changed {
            continue;
        }
        is_placed = true;
        let new = codec.packet(packet, old_len, &comments).filter(|new| new.len() <= MAX_METADATA);
        let new = new.ok_or_else(|| LabelError::too_large(Container::Ogg, "the comments", MAX_METADATA))?;
        let mut packets = stream.headers.clone();
        if let Some(first) = packets.first_mut() {
            *first = new;
        }
        place(stream, &packets, &mut edits)?;
    }
    if is_placed {
        Ok(edits)
    } else {
        Err(LabelError::Unsupported {
            container: Container::Ogg,
            what: "no stream of it has comments that are known here".to_owned(),
            fix: "encode it as Opus or Vorbis",
        })
    }
}

/// Puts the packets into the place of the pages that held the old ones, and numbers the later pages anew where they became more.
fn place(stream: &Stream, packets: &[Vec<u8>], edits: &mut Edits) -> Result<(), LabelError> {
    let first =
        stream.header_pages.first().copied().ok_or_else(|| LabelError::truncated(Container::Ogg, 0, "a page"))?;
    let n_old = stream.header_pages.len();
    let pages = pages::written(stream.serial, first.number, packets, n_old);
    let more = i64::try_from(pages.len()).unwrap_or(i64::MAX).saturating_sub(i64::try_from(n_old).unwrap_or(i64::MAX));
    edits.replace(first.at, first.end(), pages.concat());
    for page in stream.header_pages.iter().skip(1) {
        edits.remove(page.at, page.end());
    }
    for page in stream.later.iter().filter(|_| more != 0) {
        let (number, checksum) = page.numbered(more);
        edits.replace(
            page.at.saturating_add(Page::NUMBER_AT),
            page.at.saturating_add(Page::SEGMENTS_AT),
            [number, checksum].concat(),
        );
    }
    Ok(())
}
