//! EBML, the notation below Matroska: an id, a length in a field of variable width, and data.

use crate::container::Container;
use crate::error::LabelError;
use crate::limits::MAX_PIECES;
use crate::source::{Source, wide};

/// An element of the file.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) at: u64,
    /// Where the field of its length stands.
    pub(super) size_at: u64,
    pub(super) body: u64,
    pub(super) end: u64,
    /// Whether its length is unknown.
    pub(super) is_open: bool,
}

impl Element {
    pub(super) fn read(source: &mut Source<'_>, at: u64) -> Result<Self, LabelError> {
        let left = source.len().saturating_sub(at).min(12);
        let head = source.bytes(at, left, 12, "an element")?;
        let parsed = id(&head).and_then(|(id, n)| Some((id, n, length(head.get(n..)?)?)));
        let Some((id, n_id, (len, n_len))) = parsed else {
            return Err(source.broken(at, "no element begins here", "restore the file from its source"));
        };
        let size_at = at.saturating_add(wide(n_id));
        let body = size_at.saturating_add(wide(n_len));
        let end = body.saturating_add(len.unwrap_or_default());
        if left == 0 {
            return Err(LabelError::truncated(Container::Matroska, at, "an element"));
        }
        Ok(Self { id, at, size_at, body, end, is_open: len.is_none() })
    }

    pub(super) fn bytes(&self, source: &mut Source<'_>, limit: usize, what: &str) -> Result<Vec<u8>, LabelError> {
        source.bytes(self.body, self.end.saturating_sub(self.body), limit, what)
    }
}

/// An element within bytes that are held.
pub(super) struct Part {
    pub(super) id: u32,
    pub(super) from: usize,
    pub(super) body: usize,
    pub(super) to: usize,
}

/// The elements that stand one after another; nothing where they do not fit.
pub(super) fn children(bytes: &[u8]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut at = 0_usize;
    while at < bytes.len() {
        let (id, n_id) = id(bytes.get(at..)?)?;
        let (len, n_len) = length(bytes.get(at.checked_add(n_id)?..)?)?;
        let body = at.checked_add(n_id)?.checked_add(n_len)?;
        let to = body.checked_add(usize::try_from(len?).ok()?)?;
        if to > bytes.len() || parts.len() > MAX_PIECES {
            return None;
        }
        parts.push(Part { id, from: at, body, to });
        at = to;
    }
    Some(parts)
}

/// An id and how many bytes it has, at most four.
fn id(bytes: &[u8]) -> Option<(u32, usize)> {
    let n = usize::try_from(bytes.first()?.leading_zeros()).ok()?.checked_add(1)?;
    let field = bytes.get(..n).filter(|_| n <= 4)?;
    Some((field.iter().fold(0, |id, byte| (id << 8) | u32::from(*byte)), n))
}

/// A length and how many bytes its field has, at most eight; no length where all bits say that it is unknown.
fn length(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let n = usize::try_from(first.leading_zeros()).ok()?.checked_add(1)?;
    let field = bytes.get(..n).filter(|_| n <= 8)?;
    let mask = 0xFF_u8.checked_shr(u32::try_from(n).ok()?).unwrap_or(0);
    let rest = field.get(1..)?;
    let is_unknown = first & mask == mask && rest.iter().all(|&byte| byte == 0xFF);
    let value = rest.iter().fold(u64::from(first & mask), |value, byte| (value << 8) | u64::from(*byte));
    Some(((!is_unknown).then_some(value), n))
}

/// A length in a field of `width` bytes, where it fits.
pub(super) fn size(len: u64, width: usize) -> Option<Vec<u8>> {
    let bits = u32::try_from(width.checked_mul(7)?).ok()?;
    // The greatest number of a field means that the length is unknown.
    let most = 1_u64.checked_shl(bits)?.checked_sub(1)?;
    if width == 0 || width > 8 || len >= most {
        return None;
    }
    let marked = len | 1_u64.checked_shl(bits)?;
    let bytes = marked.to_be_bytes();
    bytes.get(bytes.len().checked_sub(width)?..).map(<[u8]>::to_vec)
}

fn id_bytes(id: u32) -> Vec<u8> {
    id.to_be_bytes().into_iter().skip_while(|&byte| byte == 0).collect()
}

/// An element with the shortest field for its length.
pub(super) fn element(id: u32, body: &[u8]) -> Vec<u8> {
    let len = wide(body.len());
    let size = (1..=8).find_map(|width| size(len, width)).unwrap_or_default();
    [id_bytes(id).as_slice(), &size, body].concat()
}

/// An element that is longer by one byte than need be.
pub(super) fn wider(id: u32, body: &[u8]) -> Option<Vec<u8>> {
    let len = wide(body.len());
    let width = (1..=8_usize).find(|&width| size(len, width).is_some())?;
    Some([id_bytes(id).as_slice(), &size(len, width.checked_add(1)?)?, body].concat())
}

/// Free space of `len` bytes in all, which must be two at least.
pub(super) fn void(len: usize) -> Option<Vec<u8>> {
    for width in 1..=8_usize {
        let Some(inner) = len.checked_sub(1)?.checked_sub(width) else { continue };
        if let Some(size) = size(wide(inner), width) {
            return Some([vec![0xEC], size, vec![0; inner]].concat());
        }
    }
    None
}

/// An unsigned number in the fewest bytes.
pub(super) fn uint(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count().min(7);
    bytes.get(zeros..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_back_in_every_width() {
        for width in 1..=8 {
            for len in [0, 1, 126, 127, 128, 16_382, 16_383, 1 << 40, (1 << 56) - 2] {
                if let Some(bytes) = size(len, width) {
                    assert_eq!(length(&bytes), Some((Some(len), width)), "{len} in {width}");
                }
            }
        }
        assert_eq!(size(127, 1), None);
        assert_eq!(length(&[0xFF]), Some((None, 1)));
    }

    #[test]
    fn free_space_has_any_length_from_two_on() {
        assert_eq!(void(1), None);
        for len in (2..300).chain([16_384, 16_385, 70_000]) {
            let bytes = void(len).unwrap();
            assert_eq!(bytes.len(), len);
            assert_eq!(children(&bytes).unwrap().len(), 1);
        }
    }
}
