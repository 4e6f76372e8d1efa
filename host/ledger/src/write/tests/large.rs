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

/// A body of the largest size that does not compress.
fn body(index: u64) -> Body {
    let mut state = (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    Body::from_bytes(std::iter::repeat_with(next).flatten().take(usize_of(MAX_BODY_BYTES)).collect())
}

fn committed(index: u64) -> Committed {
    let body = body(index);
    let t = Timestamp::from_second(1_796_000_000).unwrap();
    let mut entry = Entry::new(EntryKind::Decision, t, "0123456789abcdef", index);
    entry.class = Some("2027-05".parse().unwrap());
    entry.body = Some(format!("sha256:{}", body.hash()));
    entry.len = Some(u32_of(body.as_bytes().len()));
    Committed { index, entry: entry.to_bytes().unwrap(), body: body.as_bytes().to_vec(), class: entry.class }
}

#[test]
fn block_of_the_largest_bodies_is_signed_and_opened_again() {
    let disk = Arc::new(RecordingDisk::default());
    let (mut log, _) = open(&disk).unwrap();
    log.pending = (0..BLOCK - 1).map(committed).collect();
    log.integrate().unwrap();
    log.pending.push(committed(BLOCK - 1));
    log.integrate().unwrap();
    drop(log);
    let (log, _) = open(&disk).unwrap();
    assert_eq!(log.tree.checkpoint().head().size, BLOCK);
    let mut reader = LogReader::open(disk.clone() as Arc<dyn Disk>, &[key()]).unwrap();
    for index in [0, BLOCK / 2, BLOCK - 1] {
        assert_eq!(reader.body(index).unwrap(), BodyState::There(body(index)));
    }
}
