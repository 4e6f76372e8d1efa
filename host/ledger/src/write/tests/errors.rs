//! Errors of the disk at every operation: the log stops, and what was acknowledged is there when it is opened again.

use std::sync::Arc;

use super::disk::{Failure, RecordingDisk, after_power_failure};
use super::{Witness, complaint, open, work};

const BATCHES: [u64; 6] = [1, 2, 40, 3, 1, 5];
const SIGNS: [usize; 2] = [1, 4];

#[test]
fn error_at_any_operation_loses_nothing_that_was_acknowledged() {
    let whole = Arc::new(RecordingDisk::default());
    work(&whole, &mut Witness::default(), &BATCHES, &SIGNS).unwrap();
    for n in 0..whole.n_operations() {
        for failure in [Failure::Refused, Failure::Short] {
            let disk = Arc::new(RecordingDisk::default());
            disk.fail_after(n, failure);
            let mut witness = Witness::default();
            let result = work(&disk, &mut witness, &BATCHES, &SIGNS);
            assert!(result.is_err(), "operation {n} failed and nobody noticed");
            let acked = witness.acked.last().map_or(0, |(_, end)| *end);
            let head = witness.heads.last().map_or(0, |(_, end)| *end);
            // The power may fail right after the error, too.
            for contents in after_power_failure(&disk.operations(), &disk.lost()) {
                let cut = Arc::new(RecordingDisk::with(contents));
                assert_eq!(complaint(&cut, acked, head), None, "{failure:?} at {n}, then a power failure");
            }
            assert_eq!(complaint(&disk, acked, head), None, "{failure:?} at {n}");
        }
    }
}

#[test]
fn what_a_failed_sync_left_in_memory_is_written_anew_before_it_is_trusted() {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[2], &[0]).unwrap();
    let (mut log, _) = open(&disk).unwrap();
    // The write of the batch goes through, its sync fails.
    disk.fail_after(1, Failure::Refused);
    assert!(log.commit(vec![super::record(2)]).is_err());
    drop(log);
    assert!(!disk.lost().is_empty());
    // The record is still seen, although the disk never got it. Opening signs it, so it has to be durable then.
    let (log, report) = open(&disk).unwrap();
    assert_eq!((report.n_recovered, log.tree.checkpoint().head().size), (1, 3));
    drop(log);
    for contents in after_power_failure(&disk.operations(), &disk.lost()) {
        assert_eq!(complaint(&Arc::new(RecordingDisk::with(contents)), 2, 3), None);
    }
}

#[test]
fn recovery_that_is_cut_or_fails_at_any_operation_can_be_done_again() {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[3, 260, 4], &[0]).unwrap();
    let before = disk.contents();
    let whole = Arc::new(RecordingDisk::with(before.clone()));
    drop(open(&whole).unwrap());
    for n in 0..whole.n_operations() {
        let disk = Arc::new(RecordingDisk::with(before.clone()));
        disk.fail_after(n, Failure::Refused);
        assert!(open(&disk).is_err(), "{n}");
        assert_eq!(complaint(&disk, 267, 3), None, "{n}");
    }
}
