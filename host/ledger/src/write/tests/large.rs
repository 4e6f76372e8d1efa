//! Bodies as large as they may be, none of which compresses.

use std::sync::Arc;

use jiff::Timestamp;

use super::disk::RecordingDisk;
use super::{key, open};
use crate::disk::Disk;
use crate::format::body::{Body, MAX_BODY_BYTES};
use crate::format::body_file::BLOCK;
use crate::format::entry::{Entry, EntryKind};
use crate::format::reader::{u32_of, usize_of};
use crate::read::body::BodyState;
use crate::read::log::LogReader;
use crate::write::tree::Committed;

/// Bytes of the largest size of a body that do not compress.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(usize_of(MAX_BODY_BYTES));
    while bytes.len() < usize_of(MAX_BODY_BYTES) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes
}

/// The body of an entry. Each is compressed by itself, so it does not matter that they are nearly the same.
fn body(noise: &[u8], index: u64) -> Body {
    let mut bytes = noise.to_vec();
    bytes[..8].copy_from_slice(&index.to_le_bytes());
    Body::from_bytes(bytes)
}

fn committed(noise: &[u8], index: u64) -> Committed {
    let body = body(noise, index);
    let t = Timestamp::from_second(1_796_000_000).unwrap();
    let mut entry = Entry::new(EntryKind::Decision, t, "0123456789abcdef", index);
    entry.class = Some("2027-05".parse().unwrap());
    entry.body = Some(format!("sha256:{}", body.hash()));
    entry.len = Some(u32_of(body.as_bytes().len()));
    Committed { index, entry: entry.to_bytes().unwrap(), body: body.as_bytes().to_vec(), class: entry.class }
}

#[test]
fn block_of_the_largest_bodies_is_signed_and_opened_again() {
    let (disk, noise) = (Arc::new(RecordingDisk::default()), noise());
    let (mut log, _) = open(&disk).unwrap();
    log.pending = (0..BLOCK - 1).map(|index| committed(&noise, index)).collect();
    log.integrate().unwrap();
    log.pending.push(committed(&noise, BLOCK - 1));
    log.integrate().unwrap();
    drop(log);
    let (log, _) = open(&disk).unwrap();
    assert_eq!(log.tree.checkpoint().head().size, BLOCK);
    let mut reader = LogReader::open(disk.clone() as Arc<dyn Disk>, &[key()]).unwrap();
    for index in [0, BLOCK / 2, BLOCK - 1] {
        assert_eq!(reader.body(index).unwrap(), BodyState::There(body(&noise, index)));
    }
}
