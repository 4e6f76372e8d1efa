//! What changes in a file: stretches that are replaced. Everything else stays as it is, byte for byte.

mod inverse;
mod planned;

use std::io::{self, Read, Seek, SeekFrom, Write};

pub(crate) use planned::Planned;

use crate::error::LabelError;
use crate::reading::Remark;
use crate::source::wide;

/// One stretch and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    from: u64,
    to: u64,
    put: Vec<u8>,
}

/// The changes of one file, ready to be carried out. Holds only the new bytes, not the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// By place; none overlap.
    edits: Vec<Edit>,
    remarks: Vec<Remark>,
}

impl Edits {
    /// Puts bytes in the place of the stretch `[from, to)`.
    pub(crate) fn replace(&mut self, from: u64, to: u64, put: Vec<u8>) {
        let edit = Edit { from, to: to.max(from), put };
        let after = self.edits.partition_point(|known| (known.from, known.to) <= (edit.from, edit.to));
        self.edits.insert(after, edit);
    }

    pub(crate) fn insert(&mut self, at: u64, put: Vec<u8>) {
        self.replace(at, at, put);
    }

    pub(crate) fn remove(&mut self, from: u64, to: u64) {
        self.replace(from, to, Vec::new());
    }

    pub(crate) fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// What the writer should know: a signature that will no longer match, an index that could not be extended.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// How many bytes of the file are not kept.
    pub fn n_replaced(&self) -> u64 {
        self.edits.iter().map(|edit| edit.to.saturating_sub(edit.from)).fold(0, u64::saturating_add)
    }

    /// How many bytes are new.
    pub fn n_new(&self) -> u64 {
        self.edits.iter().map(|edit| wide(edit.put.len())).fold(0, u64::saturating_add)
    }

    /// Whether no two changes are about the same byte. A file whose parts overlap may lead to such a plan, which nobody can carry out.
    pub(crate) fn is_disjoint(&self) -> bool {
        self.edits.iter().zip(self.edits.iter().skip(1)).all(|(one, next)| one.to <= next.from)
    }

    /// Whether the stretch `[from, to)` stays in one piece, with what stands directly before and behind it.
    pub(crate) fn untouched(&self, from: u64, to: u64) -> bool {
        self.edits.iter().all(|edit| edit.to <= from || edit.from > to)
    }

    /// By how much a byte at `at` moves towards the end.
    pub(crate) fn shift(&self, at: u64) -> i128 {
        self.moved(|edit| edit.to <= at)
    }

    /// By how much what begins at `at` moves, where it is itself replaced or something is put before it.
    pub(crate) fn shift_before(&self, at: u64) -> i128 {
        self.moved(|edit| edit.to <= at && edit.from < at)
    }

    fn moved(&self, is_before: impl Fn(&Edit) -> bool) -> i128 {
        let before = self.edits.iter().filter(|edit| is_before(edit));
        before
            .map(|edit| i128::from(wide(edit.put.len())).saturating_sub(i128::from(edit.to.saturating_sub(edit.from))))
            .fold(0, i128::saturating_add)
    }

    /// Copies `source` to `sink` with the changes. Where both are files, the kernel copies what keeps its place within a page.
    ///
    /// # Errors
    ///
    /// If reading or writing fails, or if `source` is not the file that the changes were made for.
    pub fn apply<R: Read + Seek, W: Write>(&self, source: &mut R, sink: &mut W) -> Result<(), LabelError> {
        let len = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(0))?;
        let (mut at, mut written) = (0_u64, 0_u64);
        for edit in &self.edits {
            let n = edit.from.saturating_sub(at);
            keep(source, sink, n, moves(at, written))?;
            sink.write_all(&edit.put)?;
            source.seek(SeekFrom::Start(edit.to))?;
            at = edit.to;
            written = written.saturating_add(n).saturating_add(wide(edit.put.len()));
        }
        keep(source, sink, len.saturating_sub(at), moves(at, written))
    }

    /// The same where the whole file is held in memory.
    pub(crate) fn apply_held<W: Write>(&self, bytes: &[u8], sink: &mut W) -> Result<(), LabelError> {
        let part = |from: u64, to: u64| {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            bytes.get(place(from)..place(to)).ok_or(io::ErrorKind::UnexpectedEof)
        };
        let mut at = 0;
        for edit in &self.edits {
            sink.write_all(part(at, edit.from).map_err(io::Error::from)?)?;
            sink.write_all(&edit.put)?;
            at = edit.to;
        }
        sink.write_all(part(at, wide(bytes.len())).map_err(io::Error::from)?)?;
        Ok(())
    }

    /// The file with its changes, for one that is held in memory.
    pub(crate) fn apply_to(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
        let mut at = 0;
        for edit in &self.edits {
            out.extend_from_slice(bytes.get(at..place(edit.from)).unwrap_or_default());
            out.extend_from_slice(&edit.put);
            at = place(edit.to);
        }
        out.extend_from_slice(bytes.get(at..).unwrap_or_default());
        out
    }
}

/// How much is copied at once where the kernel does not do it.
const CHUNK: u64 = 1 << 20;
/// The unit in which a system keeps files in memory.
const PAGE: u64 = 4096;

/// Whether a byte at `from` has another place within its page at `to`. The kernel then copies page by page in two parts, which takes
/// half as long again as reading and writing much at once.
fn moves(from: u64, to: u64) -> bool {
    from % PAGE != to % PAGE
}

/// Copies exactly `n` bytes from where `source` stands.
fn keep<R: Read, W: Write>(source: &mut R, sink: &mut W, n: u64, moves: bool) -> Result<(), LabelError> {
    if !moves {
        let copied = io::copy(&mut source.by_ref().take(n), sink)?;
        return if copied == n { Ok(()) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) };
    }
    let mut buffer = vec![0; usize::try_from(n.min(CHUNK)).unwrap_or_default()];
    let mut left = n;
    while left > 0 {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let part = buffer.get_mut(..len).unwrap_or_default();
        source.read_exact(part)?;
        sink.write_all(part)?;
        left = left.saturating_sub(wide(len));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_is_not_named_stays() {
        let mut edits = Edits::default();
        edits.replace(6, 8, b"six".to_vec());
        edits.insert(2, b"+".to_vec());
        edits.remove(3, 4);
        let mut out = Vec::new();
        edits.apply(&mut Cursor::new(b"0123456789"), &mut out).unwrap();
        assert_eq!(out, b"01+245six89");
        assert_eq!(edits.apply_to(b"0123456789"), out);
        let mut held = Vec::new();
        edits.apply_held(b"0123456789", &mut held).unwrap();
        assert_eq!(held, out);
        let at = |shift| edits.shift(shift);
        assert_eq!([at(0), at(2), at(3), at(4), at(6), at(8), at(9)], [0, 1, 1, 0, 0, 1, 1]);
    }

    #[test]
    fn long_stretches_stay_wherever_they_move() {
        let bytes: Vec<u8> = (0..3_500_000_u32).map(|n| (n / 7) as u8).collect();
        for (at, put) in [(20, 1037), (20, 4096), (3_400_000, 1), (0, 5000)] {
            let mut edits = Edits::default();
            edits.insert(at, vec![9; put]);
            let mut out = Vec::new();
            edits.apply(&mut Cursor::new(&bytes), &mut out).unwrap();
            assert_eq!(out, edits.apply_to(&bytes), "{at}, {put}");
        }
    }

    #[test]
    fn changes_of_the_same_byte_are_noticed() {
        let mut edits = Edits::default();
        edits.replace(2, 4, b"a".to_vec());
        edits.insert(4, b"b".to_vec());
        assert!(edits.is_disjoint());
        edits.remove(3, 6);
        assert!(!edits.is_disjoint());
    }

    #[test]
    fn a_file_that_shrank_in_between_is_an_error() {
        let mut edits = Edits::default();
        edits.remove(8, 10);
        assert!(edits.apply(&mut Cursor::new(b"012"), &mut Vec::new()).is_err());
        assert!(edits.apply_held(b"012", &mut Vec::new()).is_err());
    }
}
