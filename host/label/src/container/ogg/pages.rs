//! Pages of Ogg: where they stand, the packets in them, and their checksums.

use crate::container::Container;
use crate::error::LabelError;
use crate::limits::{MAX_METADATA, MAX_PIECES};
use crate::source::{Source, array_at, le32, wide};

/// Up to the number of segments.
const HEAD: usize = 27;
/// The page goes on with a packet of the page before.
const CONTINUED: u8 = 1;
/// The first page of a stream.
const FIRST: u8 = 2;
/// The most segments of a page, and the most bytes of one.
const MAX_SEGMENTS: usize = 255;
const MAX_SEGMENT: usize = 255;
/// The polynomial of the checksum.
const POLYNOMIAL: u32 = 0x04C1_1DB7;
/// How many streams one file may have.
const MAX_STREAMS: usize = 64;

/// A page without its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) at: u64,
    pub(super) number: u32,
    checksum: u32,
    len: u64,
}

impl Page {
    /// Where the number stands, the checksum behind it, and then the number of segments.
    pub(super) const NUMBER_AT: u64 = 18;
    pub(super) const SEGMENTS_AT: u64 = 26;

    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(self.len)
    }

    /// The number that lies `more` further, and the checksum of the page with it, each as it stands. The checksum of a sum is the
    /// sum of the checksums, so the content does not have to be read.
    pub(super) fn numbered(&self, more: i64) -> (Vec<u8>, Vec<u8>) {
        let number = i64::from(self.number).saturating_add(more).rem_euclid(1 << 32);
        let number = u32::try_from(number).unwrap_or_default();
        let mut checksum = 0;
        for byte in (self.number ^ number).to_le_bytes() {
            checksum = next(checksum, byte);
        }
        for _ in Self::NUMBER_AT.saturating_add(4)..self.len {
            checksum = next(checksum, 0);
        }
        (number.to_le_bytes().to_vec(), (self.checksum ^ checksum).to_le_bytes().to_vec())
    }
}

/// One stream of a file.
pub(super) struct Stream {
    pub(super) serial: u32,
    /// The packet that names the codec.
    pub(super) first: Vec<u8>,
    /// The other packets before the sound: the comments first.
    pub(super) headers: Vec<Vec<u8>>,
    pub(super) header_pages: Vec<Page>,
    pub(super) comments_at: u64,
    /// The pages behind those.
    pub(super) later: Vec<Page>,
    /// A packet that goes on in the next page.
    open: Vec<u8>,
    /// How many packets stand before the sound, beside the first.
    n_headers: usize,
}

/// Every stream of a file, and why reading ended before its end.
pub(super) fn streams(source: &mut Source<'_>) -> (Vec<Stream>, Result<(), LabelError>) {
    let mut streams = Vec::new();
    let done = walk(source, &mut streams);
    (streams, done)
}

fn walk(source: &mut Source<'_>, streams: &mut Vec<Stream>) -> Result<(), LabelError> {
    let mut at = 0;
    for _ in 0..MAX_PIECES {
        if at == source.len() && at > 0 {
            return match streams.iter().find(|stream| stream.headers.len() < stream.n_headers) {
                Some(stream) => Err(LabelError::truncated(Container::Ogg, stream.comments_at, "the comments")),
                None => Ok(()),
            };
        }
        let head = source.bytes(at, wide(HEAD), HEAD, "a page")?;
        if !head.starts_with(b"OggS") {
            return Err(source.broken(at, "no page begins here", "fetch or encode the whole file again"));
        }
        let n_segments = head.get(HEAD.saturating_sub(1)).copied().unwrap_or_default();
        let content_at = at.saturating_add(wide(HEAD));
        let segments = source.bytes(content_at, u64::from(n_segments), MAX_SEGMENTS, "a page")?;
        let content_at = content_at.saturating_add(u64::from(n_segments));
        let content_len = segments.iter().map(|&len| u64::from(len)).fold(0, u64::saturating_add);
        let end = content_at.saturating_add(content_len);
        if end > source.len() {
            return Err(LabelError::truncated(Container::Ogg, at, "a page"));
        }
        let number = |at: usize| le32(&head, at).unwrap_or_default();
        let page = Page { at, number: number(18), checksum: number(22), len: end.saturating_sub(at) };
        let flags = head.get(5).copied().unwrap_or_default();
        add(source, streams, (number(14), flags, page), &segments, content_at)?;
        at = end;
    }
    Err(LabelError::endless(Container::Ogg))
}

/// Adds a page to its stream.
fn add(
    source: &mut Source<'_>,
    streams: &mut Vec<Stream>,
    (serial, flags, page): (u32, u8, Page),
    segments: &[u8],
    content_at: u64,
) -> Result<(), LabelError> {
    let content_len = page.end().saturating_sub(content_at);
    if flags & FIRST != 0 {
        if streams.len() >= MAX_STREAMS {
            return Err(LabelError::too_large(Container::Ogg, "the number of streams", MAX_STREAMS));
        }
        let first = source.bytes(content_at, content_len, MAX_METADATA, "the first page of a stream")?;
        let n_headers = n_headers(&first);
        let (headers, header_pages, later) = (Vec::new(), Vec::new(), Vec::new());
        let comments_at = page.end();
        streams.push(Stream { serial, first, headers, header_pages, comments_at, later, open: Vec::new(), n_headers });
        return Ok(());
    }
    // A serial that is used again is that of the newer stream.
    let Some(stream) = streams.iter_mut().rfind(|stream| stream.serial == serial) else { return Ok(()) };
    if stream.headers.len() >= stream.n_headers {
        stream.later.push(page);
        return Ok(());
    }
    if stream.header_pages.is_empty() {
        stream.comments_at = page.at;
    }
    stream.header_pages.push(page);
    let content = source.bytes(content_at, content_len, MAX_SEGMENTS.saturating_mul(MAX_SEGMENT), "a page")?;
    let mut rest = content.as_slice();
    for &len in segments {
        let (part, behind) = rest.split_at_checked(usize::from(len)).unwrap_or((rest, &[]));
        rest = behind;
        if stream.headers.len() >= stream.n_headers {
            let fix = "remux the file, for example with `ffmpeg -c copy`";
            return Err(LabelError::Unsupported {
                container: Container::Ogg,
                what: "sound begins on the page on which the comments end".to_owned(),
                fix,
            });
        }
        stream.open.extend(part);
        if stream.open.len() > MAX_METADATA {
            return Err(LabelError::too_large(Container::Ogg, "the comments", MAX_METADATA));
        }
        if usize::from(len) < MAX_SEGMENT {
            stream.headers.push(std::mem::take(&mut stream.open));
        }
    }
    Ok(())
}

/// How many packets stand before the sound, beside the first.
fn n_headers(first: &[u8]) -> usize {
    if first.starts_with(b"\x01vorbis") || first.starts_with(b"\x80theora") {
        2
    } else if first.starts_with(b"\x7FFLAC") {
        // Nobody has to say how many; the comments come first.
        array_at(first, 7).map(u16::from_be_bytes).map_or(1, |n| usize::from(n.max(1)))
    } else if first.starts_with(b"Speex   ") {
        le32(first, 68).and_then(|n| usize::try_from(n).ok()).map_or(1, |n| n.min(64).saturating_add(1))
    } else {
        usize::from(first.starts_with(b"OpusHead"))
    }
}

/// Packets in pages, at least as many as there were, where that can be: then nothing behind them changes.
pub(super) fn written(serial: u32, first_number: u32, packets: &[Vec<u8>], n_old: usize) -> Vec<Vec<u8>> {
    let mut segments: Vec<(&[u8], bool)> = Vec::new();
    for packet in packets {
        let parts = packet.chunks(MAX_SEGMENT);
        segments.extend(parts.map(|part| (part, part.len() < MAX_SEGMENT)));
        if packet.len().is_multiple_of(MAX_SEGMENT) {
            segments.push((&[], true));
        }
    }
    let n_pages = segments.len().div_ceil(MAX_SEGMENTS).max(n_old.min(segments.len())).max(1);
    let each = segments.len().div_ceil(n_pages).max(1);
    let mut is_continued = false;
    let mut pages = Vec::new();
    // Numbers of pages begin at zero again behind the largest.
    let numbers = std::iter::successors(Some(first_number), |number| Some(number.wrapping_add(1)));
    for (number, part) in numbers.zip(segments.chunks(each)) {
        pages.push(page(serial, number, part, is_continued));
        is_continued = part.last().is_some_and(|(_, is_end)| !is_end);
    }
    pages
}

fn page(serial: u32, number: u32, segments: &[(&[u8], bool)], is_continued: bool) -> Vec<u8> {
    // A page on which no packet ends has no position.
    let position = if segments.iter().any(|(_, is_end)| *is_end) { 0 } else { u64::MAX };
    let mut page = b"OggS\0".to_vec();
    page.push(if is_continued { CONTINUED } else { 0 });
    page.extend(position.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(segments.len()).unwrap_or(u8::MAX));
    page.extend(segments.iter().map(|(part, _)| u8::try_from(part.len()).unwrap_or(u8::MAX)));
    segments.iter().for_each(|(part, _)| page.extend(*part));
    let checksum = page.iter().fold(0, |sum, &byte| next(sum, byte)).to_le_bytes();
    if let Some(place) = page.get_mut(22..26) {
        place.copy_from_slice(&checksum);
    }
    page
}

/// The checksums of one byte.
const TABLE: [u32; 256] = table();

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "computed when compiled"
)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ POLYNOMIAL };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
}

/// The checksum with one more byte.
fn next(sum: u32, byte: u8) -> u32 {
    let [high, ..] = sum.to_be_bytes();
    (sum << 8) ^ TABLE.get(usize::from(high ^ byte)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_pages_go_on_behind_the_largest() {
        let pages = written(7, u32::MAX, &[vec![1; 9], vec![2; 9]], 2);
        let numbers: Vec<_> = pages.iter().map(|page| le32(page, 18)).collect();
        assert_eq!(numbers, [Some(u32::MAX), Some(0)]);
    }
}
