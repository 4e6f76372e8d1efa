//! Reading a file at places: bounded, checked, and without loading it.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use crate::container::Container;
use crate::error::LabelError;

/// What a file is read from: bytes at places.
pub trait Media: Read + Seek {}

impl<T: Read + Seek> Media for T {}

/// How much is fetched at once, so that walking small pieces costs few calls.
const WINDOW: usize = 16 * 1024;

/// How often the bytes of a file may be read, all in all, and how many more. Parts that overlap, or lead to the same place again
/// and again, come to their end here.
const MAX_TIMES: u64 = 8;
const MAX_MORE: u64 = 64 * 1024 * 1024;
/// How many more of a block within a file, which may have thousands of them.
const MAX_MORE_OF_BLOCK: u64 = 4 * 1024 * 1024;
/// How many stretches are noted; an honest picture has a dozen.
const MAX_PASSED: usize = 256;

/// A file of known length, read at places.
pub(crate) struct Source<'a> {
    inner: &'a mut dyn Media,
    container: Container,
    len: u64,
    window: Vec<u8>,
    window_at: u64,
    /// How many bytes may still be read, those among them that are at hand already.
    left: u64,
    /// How many that were at first.
    limit: u64,
    passed: Passed,
}

/// Stretches that an earlier reading of the same file looked through to their end, so that a later one does not: where each begins, and
/// where it ends. They are the bulk of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passed(BTreeMap<u64, u64>);

impl Passed {
    /// The end of a stretch that begins here.
    pub(crate) fn end_of(&self, from: u64) -> Option<u64> {
        self.0.get(&from).copied()
    }

    /// The stretches as they will stand; `moved` gives for each by how much it moves, and nothing where it changes.
    pub(crate) fn moved(&self, moved: impl Fn(u64, u64) -> Option<i128>) -> Self {
        let at = |place: u64, by: i128| u64::try_from(i128::from(place).saturating_add(by)).ok();
        let stretches = self.0.iter().filter_map(|(&from, &to)| {
            let by = moved(from, to)?;
            Some((at(from, by)?, at(to, by)?))
        });
        Self(stretches.collect())
    }
}

impl<'a> Source<'a> {
    pub(crate) fn new(inner: &'a mut dyn Media, container: Container) -> Result<Self, LabelError> {
        Self::bounded(inner, container, MAX_MORE)
    }

    /// The same for a block that stands within a file.
    pub(crate) fn of_block(inner: &'a mut dyn Media, container: Container) -> Result<Self, LabelError> {
        Self::bounded(inner, container, MAX_MORE_OF_BLOCK)
    }

    fn bounded(inner: &'a mut dyn Media, container: Container, more: u64) -> Result<Self, LabelError> {
        let len = inner.seek(SeekFrom::End(0))?;
        let limit = len.saturating_mul(MAX_TIMES).saturating_add(more);
        let (window, passed) = (Vec::new(), Passed::default());
        Ok(Self { inner, container, len, window, window_at: 0, left: limit, limit, passed })
    }

    /// With what an earlier reading of the same bytes looked through.
    pub(crate) fn knowing(mut self, passed: Passed) -> Self {
        self.passed = passed;
        self
    }

    /// What was looked through so far.
    pub(crate) fn into_passed(self) -> Passed {
        self.passed
    }

    /// The end of a stretch that was looked through before.
    pub(crate) fn passed_end(&self, from: u64) -> Option<u64> {
        self.passed.end_of(from).filter(|&end| end <= self.len)
    }

    /// Notes a stretch that was looked through to its end.
    pub(crate) fn pass(&mut self, from: u64, to: u64) {
        if self.passed.0.len() < MAX_PASSED {
            self.passed.0.insert(from, to);
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn container(&self) -> Container {
        self.container
    }

    /// `n` bytes at `at`; an error where the file has fewer, or where `n` is over `limit`.
    pub(crate) fn bytes(&mut self, at: u64, n: u64, limit: usize, what: &str) -> Result<Vec<u8>, LabelError> {
        let wanted = usize::try_from(n).ok().filter(|&n| n <= limit);
        let wanted = wanted.ok_or_else(|| LabelError::too_large(self.container, what, limit))?;
        let end = at.checked_add(n).filter(|&end| end <= self.len);
        if end.is_none() {
            return Err(LabelError::truncated(self.container, at.min(self.len), what));
        }
        if wanted <= WINDOW {
            return self.windowed(at, wanted, what);
        }
        self.spend(n)?;
        let mut bytes = vec![0; wanted];
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills a buffer, which keeps its room, with the `n` bytes at `at`, of which the file has as many.
    pub(crate) fn fill(&mut self, at: u64, n: usize, buffer: &mut Vec<u8>) -> Result<(), LabelError> {
        self.spend(wide(n))?;
        buffer.resize(n, 0);
        self.inner.seek(SeekFrom::Start(at))?;
        Ok(self.inner.read_exact(buffer)?)
    }

    /// Counts `n` bytes that a packed part has become: a small file may have many that become long.
    pub(crate) fn unpacked(&mut self, n: usize) -> Result<(), LabelError> {
        self.spend_on(wide(n), "what its packed parts become")
    }

    fn spend(&mut self, n: u64) -> Result<(), LabelError> {
        self.spend_on(n, "the sum of its parts, which overlap,")
    }

    fn spend_on(&mut self, n: u64, what: &str) -> Result<(), LabelError> {
        let left = self.left.checked_sub(n);
        let (container, limit) = (self.container, self.limit);
        self.left = left.ok_or_else(|| LabelError::TooLarge { container, what: what.to_owned(), limit })?;
        Ok(())
    }

    /// The first bytes of the file, as many as there are up to `n`.
    pub(crate) fn prefix(&mut self, n: u64) -> Result<Vec<u8>, LabelError> {
        self.bytes(0, n.min(self.len), WINDOW, "the start of the file")
    }

    fn windowed(&mut self, at: u64, n: usize, what: &str) -> Result<Vec<u8>, LabelError> {
        let inside = |window: &[u8], window_at: u64| {
            let from = usize::try_from(at.checked_sub(window_at)?).ok()?;
            window.get(from..from.checked_add(n)?).map(<[u8]>::to_vec)
        };
        if let Some(bytes) = inside(&self.window, self.window_at) {
            self.spend(wide(n))?;
            return Ok(bytes);
        }
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        self.spend(wide(WINDOW.min(left)))?;
        self.window.resize(WINDOW.min(left), 0);
        self.window_at = at;
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.read_exact(&mut self.window)?;
        inside(&self.window, self.window_at).ok_or_else(|| LabelError::truncated(self.container, at, what))
    }

    /// `N` bytes at a place.
    pub(crate) fn array<const N: usize>(&mut self, at: u64, what: &str) -> Result<[u8; N], LabelError> {
        let bytes = self.bytes(at, u64::try_from(N).unwrap_or(u64::MAX), WINDOW, what)?;
        bytes.try_into().map_err(|_| LabelError::truncated(self.container, at, what))
    }

    pub(crate) fn u32_be(&mut self, at: u64, what: &str) -> Result<u32, LabelError> {
        Ok(u32::from_be_bytes(self.array(at, what)?))
    }

    pub(crate) fn u32_le(&mut self, at: u64, what: &str) -> Result<u32, LabelError> {
        Ok(u32::from_le_bytes(self.array(at, what)?))
    }

    /// The whole file, where it is a text or a small package.
    pub(crate) fn all(&mut self, limit: usize) -> Result<Vec<u8>, LabelError> {
        self.bytes(0, self.len, limit, "the file")
    }

    pub(crate) fn broken(&self, at: u64, what: impl Into<String>, fix: &'static str) -> LabelError {
        LabelError::broken(self.container, at, what, fix)
    }
}

/// A number in a slice, where it is long enough.
pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_be_bytes)
}

/// See [`be32`].
pub(crate) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_be_bytes)
}

/// See [`be32`].
pub(crate) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

/// See [`be32`].
pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

/// See [`be32`].
pub(crate) fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

/// `N` bytes at a place of a slice.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// A length as an offset. No address space is wider than 64 bits.
pub(crate) fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Where `needle` first stands in `hay`, from `from` on.
pub(crate) fn find(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = hay.get(from..)?;
    rest.windows(needle.len().max(1)).position(|window| window == needle).map(|at| at.saturating_add(from))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn bytes_that_are_at_hand_count_each_time_that_they_are_read() {
        let file = vec![7; 10_000];
        let spent = |n_times: u64| {
            let mut cursor = Cursor::new(&file);
            let mut source = Source::of_block(&mut cursor, Container::Tiff).unwrap();
            source.prefix(1).unwrap();
            let before = source.left;
            for _ in 0..n_times {
                source.bytes(0, wide(file.len()), WINDOW, "a text").unwrap();
            }
            before - source.left
        };
        assert_eq!([spent(1), spent(2), spent(4)], [1, 2, 4].map(|n| n * wide(file.len())));
        let mut cursor = Cursor::new(&file);
        let mut source = Source::of_block(&mut cursor, Container::Tiff).unwrap();
        let error = (0..1000).find_map(|_| source.bytes(0, wide(file.len()), WINDOW, "a text").err());
        assert!(matches!(error, Some(LabelError::TooLarge { limit, .. }) if limit == source.limit), "{error:?}");
    }
}
