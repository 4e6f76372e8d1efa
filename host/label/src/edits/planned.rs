//! A file as it will be, read before it is written.

use std::io::{self, Read, Seek, SeekFrom};

use super::Edits;
use crate::source::wide;

/// A stretch of the file to come.
struct Piece {
    /// Where it begins in the file to come.
    at: u64,
    len: u64,
    from: From,
}

enum From {
    /// It stays: where it begins in the file that is there.
    Kept(u64),
    /// It is new: which edit puts it.
    Put(usize),
}

/// The file to come: nothing is copied, what stays is read from the file that is there.
pub(crate) struct Planned<'a, R> {
    source: &'a mut R,
    edits: &'a Edits,
    pieces: Vec<Piece>,
    len: u64,
    at: u64,
}

impl<'a, R: Read + Seek> Planned<'a, R> {
    pub(crate) fn new(source: &'a mut R, edits: &'a Edits) -> io::Result<Self> {
        let end = source.seek(SeekFrom::End(0))?;
        let mut pieces = Vec::new();
        let mut len: u64 = 0;
        let mut add = |n: u64, from: From| {
            if n > 0 {
                pieces.push(Piece { at: len, len: n, from });
                len = len.saturating_add(n);
            }
        };
        let mut at: u64 = 0;
        for (index, edit) in edits.edits.iter().enumerate() {
            add(edit.from.saturating_sub(at), From::Kept(at));
            add(wide(edit.put.len()), From::Put(index));
            at = edit.to;
        }
        add(end.saturating_sub(at), From::Kept(at));
        Ok(Self { source, edits, pieces, len, at: 0 })
    }
}

impl<R: Read + Seek> Read for Planned<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let index = self.pieces.partition_point(|piece| piece.at.saturating_add(piece.len) <= self.at);
        let Some(piece) = self.pieces.get(index) else { return Ok(0) };
        let within = self.at.saturating_sub(piece.at);
        let n = usize::try_from(piece.len.saturating_sub(within)).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = buffer.get_mut(..n).unwrap_or_default();
        let n = match piece.from {
            From::Kept(from) => {
                self.source.seek(SeekFrom::Start(from.saturating_add(within)))?;
                self.source.read(buffer)?
            }
            From::Put(index) => {
                let put = self.edits.edits.get(index).map(|edit| edit.put.as_slice()).unwrap_or_default();
                let from = usize::try_from(within).unwrap_or(usize::MAX);
                let put = put.get(from..from.saturating_add(n)).unwrap_or_default();
                buffer.get_mut(..put.len()).unwrap_or_default().copy_from_slice(put);
                put.len()
            }
        };
        self.at = self.at.saturating_add(wide(n));
        Ok(n)
    }
}

impl<R: Read + Seek> Seek for Planned<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_file_to_come_is_the_file_that_is_written() {
        let mut edits = Edits::default();
        edits.replace(6, 8, b"sixes".to_vec());
        edits.insert(0, b"start".to_vec());
        edits.remove(2, 4);
        edits.insert(10, b"end".to_vec());
        let mut source = Cursor::new(b"0123456789");
        let mut written = Vec::new();
        edits.apply(&mut source, &mut written).unwrap();
        let mut planned = Planned::new(&mut source, &edits).unwrap();
        let mut read = Vec::new();
        planned.read_to_end(&mut read).unwrap();
        assert_eq!(read, written);
        for at in 0..written.len() {
            planned.seek(SeekFrom::Start(at as u64)).unwrap();
            read.clear();
            planned.read_to_end(&mut read).unwrap();
            assert_eq!(read, written[at..]);
        }
        assert_eq!(planned.seek(SeekFrom::End(-1)).unwrap(), written.len() as u64 - 1);
        assert!(planned.seek(SeekFrom::Current(-100)).is_err());
    }
}
