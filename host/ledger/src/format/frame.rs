//! A batch of records in the journal: whole sectors, so that a batch that was torn lacks at least one.
//!
//! A disk writes a sector whole or not at all. Journals are zeroed before they are written, and a batch has no sector of zeros and
//! ends with a mark in its last bytes. So a batch that was torn has a sector of zeros, or no mark; one that has neither and whose
//! check does not match was damaged later, and is reported.

use super::reader::{Bytes, u32_of, u64_of};

/// The size that disks write whole.
pub(crate) const SECTOR: usize = 512;
/// What a batch begins with.
const MAGIC: &[u8; 4] = b"SPLB";
/// What a batch ends with, in the last bytes of its last sector.
const END: &[u8; 8] = b"\xf1SPLEND\x1f";
/// Check, number of sectors, mark.
const TRAILER: usize = 16;
/// What fills the last sector.
const FILL: u8 = 0xa5;

/// A record as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Framed {
    /// The leaf.
    pub(crate) entry: Vec<u8>,
    /// Salt and JSON; empty where the record has no body.
    pub(crate) body: Vec<u8>,
}

/// A batch: its records are acknowledged together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The index of the first record.
    pub(crate) first: u64,
    pub(crate) records: Vec<Framed>,
}

impl Batch {
    /// The sectors of the batch.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(u32_of(self.records.len()).to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        for record in &self.records {
            bytes.extend(u32_of(record.entry.len()).to_le_bytes());
            bytes.extend(u32_of(record.body.len()).to_le_bytes());
            bytes.extend_from_slice(&record.entry);
            bytes.extend_from_slice(&record.body);
        }
        let used = bytes.len().saturating_add(TRAILER);
        let n_sectors = used.div_ceil(SECTOR);
        bytes.resize(n_sectors.saturating_mul(SECTOR).saturating_sub(TRAILER), FILL);
        let check = crc32fast::hash(&bytes);
        bytes.extend(check.to_le_bytes());
        bytes.extend(u32_of(n_sectors).to_le_bytes());
        bytes.extend_from_slice(END);
        bytes
    }

    /// The batch that some sectors begin with, and how many bytes it takes; nothing where none does.
    pub(crate) fn read(sectors: &[u8]) -> Option<(Self, usize)> {
        let mut rest = Bytes(sectors);
        if rest.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let n_records = rest.len_u32()?;
        let first = rest.u64()?;
        let mut records = Vec::new();
        for _ in 0..n_records {
            let (entry, body) = (rest.len_u32()?, rest.len_u32()?);
            records.push(Framed { entry: rest.take(entry)?.to_vec(), body: rest.take(body)?.to_vec() });
        }
        let used = sectors.len().saturating_sub(rest.0.len()).saturating_add(TRAILER);
        let n_sectors = used.div_ceil(SECTOR);
        let n_bytes = n_sectors.checked_mul(SECTOR)?;
        let (covered, trailer) = sectors.get(..n_bytes)?.split_at_checked(n_bytes.checked_sub(TRAILER)?)?;
        let mut trailer = Bytes(trailer);
        let is_whole = trailer.u32()? == crc32fast::hash(covered)
            && u64::from(trailer.u32()?) == u64_of(n_sectors)
            && trailer.0 == END;
        is_whole.then_some((Self { first, records }, n_bytes))
    }
}

/// What stands in a journal after its last whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Nothing but zeros.
    Clean,
    /// A batch that was not written to its end. It was never acknowledged.
    Torn,
    /// A batch that was written to its end and changed later, or one before another whole batch.
    Damaged,
}

/// What stands in these sectors, where no whole batch begins at their start.
pub(crate) fn tail(sectors: &[u8]) -> Tail {
    let is_zero = |sector: &[u8]| sector.iter().all(|byte| *byte == 0);
    let chunks: Vec<&[u8]> = sectors.chunks(SECTOR).collect();
    let Some(last) = chunks.iter().rposition(|sector| !is_zero(sector)) else { return Tail::Clean };
    let used = chunks.get(..=last).unwrap_or_default();
    let later = (1..used.len()).filter_map(|at| sectors.get(at.checked_mul(SECTOR)?..));
    if later.into_iter().any(|rest| Batch::read(rest).is_some()) {
        return Tail::Damaged;
    }
    if used.iter().any(|sector| is_zero(sector)) || !used.last().is_some_and(|sector| has_mark(sector)) {
        return Tail::Torn;
    }
    Tail::Damaged
}

/// Whether a sector ends with the mark, one byte of which may have changed.
fn has_mark(sector: &[u8]) -> bool {
    let end = sector.iter().rev().zip(END.iter().rev());
    sector.len() == SECTOR && end.filter(|(byte, wanted)| byte != wanted).count() <= 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batch(n: usize, length: usize) -> Batch {
        let records = (0..n).map(|i| Framed {
            entry: format!("{{\"n\":{i}}}").into_bytes(),
            body: vec![u8::try_from(i % 250).unwrap() + 1; length],
        });
        Batch { first: 3, records: records.collect() }
    }

    #[test]
    fn batch_comes_back_from_its_sectors() {
        for (n, length) in [(0, 0), (1, 0), (1, 464), (1, 465), (7, 700)] {
            let bytes = batch(n, length).to_bytes();
            assert_eq!(bytes.len() % SECTOR, 0);
            let followed = [bytes.as_slice(), &[9; SECTOR]].concat();
            assert_eq!(Batch::read(&followed), Some((batch(n, length), bytes.len())));
        }
    }

    #[test]
    fn batch_with_any_byte_flipped_was_damaged_and_not_torn() {
        let bytes = batch(3, 400).to_bytes();
        for at in 0..bytes.len() {
            let mut sectors = [bytes.as_slice(), &[0; SECTOR]].concat();
            sectors[at] ^= 0x40;
            assert_eq!(Batch::read(&sectors), None, "{at}");
            assert_eq!(tail(&sectors), Tail::Damaged, "{at}");
        }
    }

    proptest! {
        #[test]
        fn batch_that_lacks_sectors_was_torn(lost in prop::collection::vec(any::<bool>(), 4)) {
            let mut sectors = batch(4, 400).to_bytes();
            assert_eq!(sectors.len(), 4 * SECTOR);
            for (sector, _) in sectors.chunks_mut(SECTOR).zip(&lost).filter(|(_, is_lost)| **is_lost) {
                sector.fill(0);
            }
            let expected = match lost.iter().filter(|is_lost| **is_lost).count() {
                0 => return Ok(()),
                4 => Tail::Clean,
                _ => Tail::Torn,
            };
            prop_assert_eq!(Batch::read(&sectors), None);
            prop_assert_eq!(tail(&sectors), expected);
        }
    }

    #[test]
    fn batch_before_another_whole_one_was_damaged_even_where_a_sector_is_missing() {
        let mut sectors = [batch(3, 400).to_bytes(), batch(1, 1).to_bytes()].concat();
        sectors[..SECTOR].fill(0);
        assert_eq!(tail(&sectors), Tail::Damaged);
    }

    #[test]
    fn no_bytes_make_reading_fail() {
        let mut bytes = batch(2, 10).to_bytes();
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Batch::read(&bytes), None);
        assert_eq!(Batch::read(&[]), None);
        assert_eq!(tail(&[1, 2, 3]), Tail::Torn);
    }
}
