//! RIFF files: WebP and WAV. Chunks of a kind, a length in little-endian order and data, filled up to an even number.

use crate::edits::Edits;
use crate::error::LabelError;
use crate::limits::MAX_PIECES;
use crate::source::{Source, le32, le64};

/// `RIFF`, the length, the kind of file.
pub(super) const FILE_HEAD: u64 = 12;
/// Kind and length.
const HEAD: u64 = 8;
/// In RF64 files a length that stands elsewhere, in `ds64`.
const ELSEWHERE: u64 = 0xFFFF_FFFF;

pub(super) struct Chunk {
    pub(super) kind: [u8; 4],
    pub(super) at: u64,
    pub(super) len: u64,
    /// Whether the file states no length, and the chunk goes on to the end of the file.
    pub(super) is_open: bool,
}

impl Chunk {
    pub(super) fn data(&self) -> u64 {
        self.at.saturating_add(HEAD)
    }

    /// Where the next chunk begins: behind the filling.
    pub(super) fn end(&self) -> u64 {
        self.data().saturating_add(self.len).saturating_add(self.len & 1)
    }

    pub(super) fn bytes(&self, source: &mut Source<'_>, limit: usize) -> Result<Vec<u8>, LabelError> {
        let name = format!("chunk `{}`", String::from_utf8_lossy(&self.kind));
        source.bytes(self.data(), self.len, limit, &name)
    }
}

/// The sizes that an RF64 file has in 64 bits.
#[derive(Clone, Copy)]
struct Wide {
    riff: u64,
    data: u64,
}

fn wide_sizes(source: &mut Source<'_>) -> Result<Option<Wide>, LabelError> {
    if source.array::<4>(0, "the header")? != *b"RF64" {
        return Ok(None);
    }
    let head = source.bytes(FILE_HEAD, 24, 64, "chunk `ds64`")?;
    let is_there = head.starts_with(b"ds64");
    let sizes = le64(&head, 8).zip(le64(&head, 16)).filter(|_| is_there);
    let (riff, data) = sizes.ok_or_else(|| {
        source.broken(FILE_HEAD, "an RF64 file begins without `ds64`", "restore the file from its source")
    })?;
    Ok(Some(Wide { riff, data }))
}

/// Visits every chunk; gives where the format ends, which may be before the file does.
pub(super) fn walk(
    source: &mut Source<'_>,
    form: &[u8; 4],
    mut visit: impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    let Header { end, wide_sizes, is_open } = header(source, form)?;
    if end > source.len().saturating_add(1) && !is_open {
        // What is there is visited, so that a label in it is not missed; then the damage is told.
        chunks(source, (FILE_HEAD, source.len()), (wide_sizes, false), &mut visit)?;
        return Err(LabelError::truncated(source.container(), source.len(), "the length that its header states"));
    }
    let end = if is_open { source.len() } else { end.min(source.len()) };
    chunks(source, (FILE_HEAD, end), (wide_sizes, is_open), &mut visit)
}

/// What the header says of the whole.
struct Header {
    /// Where the format ends, if that is stated.
    end: u64,
    wide_sizes: Option<Wide>,
    /// Whether no end is stated.
    is_open: bool,
}

fn header(source: &mut Source<'_>, form: &[u8; 4]) -> Result<Header, LabelError> {
    let head = source.array::<12>(0, "the header")?;
    let wide_sizes = wide_sizes(source)?;
    if (!head.starts_with(b"RIFF") && wide_sizes.is_none()) || head.get(8..) != Some(form) {
        let what = format!("this is no {} file", source.container());
        return Err(source.broken(0, what, "check what the file is"));
    }
    let stated = wide_sizes.map_or(u64::from(le32(&head, 4).unwrap_or_default()), |sizes| sizes.riff);
    let end = HEAD.saturating_add(stated);
    // Recorders that were cut off, and programs that write to a pipe, leave no length or the greatest.
    let is_open = stated == 0 || stated == ELSEWHERE;
    Ok(Header { end, wide_sizes, is_open })
}

/// The first chunk of one of these kinds, from a place on. What stands behind it is not read.
#[cfg(feature = "draw")]
pub(super) fn first(
    source: &mut Source<'_>,
    form: &[u8; 4],
    from: u64,
    kinds: &[[u8; 4]],
) -> Result<Option<Chunk>, LabelError> {
    let Header { end, wide_sizes, is_open } = header(source, form)?;
    let end = if is_open { source.len() } else { end.min(source.len()) };
    let mut at = from;
    for _ in 0..MAX_PIECES {
        if at.saturating_add(HEAD) > end {
            return Ok(None);
        }
        let chunk = chunk_at(source, at, end, (wide_sizes, is_open))?;
        if kinds.contains(&chunk.kind) {
            return Ok(Some(chunk));
        }
        at = chunk.end();
    }
    Err(LabelError::endless(source.container()))
}

/// Visits the chunks of a further part, which begins at `at` as a file does; gives where it ends.
pub(super) fn part(
    source: &mut Source<'_>,
    at: u64,
    mut visit: impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    let len = u64::from(source.u32_le(at.saturating_add(4), "a part")?);
    let end = at.saturating_add(HEAD).saturating_add(len);
    if end > source.len().saturating_add(1) {
        return Err(LabelError::truncated(source.container(), at, "a part"));
    }
    let end = end.min(source.len());
    chunks(source, (at.saturating_add(FILE_HEAD), end), (None, false), &mut visit)
}

/// Visits the chunks between two places, such as those in another chunk.
#[cfg(feature = "draw")]
pub(super) fn within(
    source: &mut Source<'_>,
    places: (u64, u64),
    mut visit: impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    chunks(source, places, (None, false), &mut visit)
}

/// Writes the length of a chunk that states none, so that nothing behind it is taken for its data.
pub(super) fn close(source: &Source<'_>, chunk: &Chunk, edits: &mut Edits) -> Result<(), LabelError> {
    let at = chunk.at.saturating_add(4);
    let len = u32::try_from(chunk.len).map_err(|_| too_long(source))?;
    edits.replace(at, at.saturating_add(4), len.to_le_bytes().to_vec());
    Ok(())
}

fn too_long(source: &Source<'_>) -> LabelError {
    LabelError::Unsupported {
        container: source.container(),
        what: "the file would grow past 4 GiB, which its header cannot state".to_owned(),
        fix: "convert it to RF64",
    }
}

fn chunks(
    source: &mut Source<'_>,
    (from, end): (u64, u64),
    (wide_sizes, is_open): (Option<Wide>, bool),
    visit: &mut impl FnMut(&mut Source<'_>, &Chunk) -> Result<(), LabelError>,
) -> Result<u64, LabelError> {
    let mut at = from;
    for _ in 0..MAX_PIECES {
        if at.saturating_add(HEAD) > end {
            return Ok(at.min(end));
        }
        let chunk = chunk_at(source, at, end, (wide_sizes, is_open))?;
        visit(source, &chunk)?;
        at = chunk.end();
    }
    Err(LabelError::endless(source.container()))
}

/// The chunk that begins at a place.
fn chunk_at(
    source: &mut Source<'_>,
    at: u64,
    end: u64,
    (wide_sizes, is_open): (Option<Wide>, bool),
) -> Result<Chunk, LabelError> {
    let kind: [u8; 4] = source.array(at, "a chunk")?;
    let mut len = u64::from(source.u32_le(at.saturating_add(4), "a chunk")?);
    if len == ELSEWHERE && kind == *b"data" {
        len = wide_sizes.map_or(len, |sizes| sizes.data);
    }
    let mut chunk = Chunk { kind, at, len, is_open: false };
    let is_unstated = kind == *b"data" && (len == 0 || len == ELSEWHERE);
    if chunk.data().saturating_add(len) > end || (is_unstated && is_open) {
        // The sound of a recording that was cut off goes on to the end of the file.
        if !is_unstated {
            let name = format!("chunk `{}`", String::from_utf8_lossy(&kind));
            return Err(LabelError::truncated(source.container(), at, &name));
        }
        chunk.len = end.saturating_sub(chunk.data());
        chunk.is_open = true;
    }
    Ok(chunk)
}

/// A chunk with its filling.
pub(crate) fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let filling: &[u8] = if data.len().is_multiple_of(2) { &[] } else { &[0] };
    [&kind, len.to_le_bytes().as_slice(), data, filling].concat()
}

/// Writes the length of the whole into its header, after everything else was changed. `end` is where the format ended.
pub(crate) fn resize(source: &mut Source<'_>, end: u64, edits: &mut Edits) -> Result<(), LabelError> {
    let grown = i128::from(end).saturating_add(edits.shift(end));
    let size = u64::try_from(grown).unwrap_or_default().saturating_sub(HEAD);
    if wide_sizes(source)?.is_some() {
        let at = FILE_HEAD.saturating_add(HEAD);
        edits.replace(at, at.saturating_add(8), size.to_le_bytes().to_vec());
        return Ok(());
    }
    let size = u32::try_from(size).map_err(|_| too_long(source))?;
    edits.replace(4, 8, size.to_le_bytes().to_vec());
    Ok(())
}
