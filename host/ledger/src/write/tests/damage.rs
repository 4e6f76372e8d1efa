//! Damage and tampering: every byte of a small log flipped, files swapped, cut, taken away or put back.

use std::sync::Arc;

use super::disk::{Contents, RecordingDisk};
use super::{Witness, key, open, work};
use crate::disk::Disk;
use crate::error::{Damage, LedgerError};
use crate::read::fsck::fsck;

/// A small log with records that are signed, and some that are in the journal alone.
fn small() -> Contents {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[2, 1, 2], &[1]).unwrap();
    disk.contents()
}

/// What `fsck` and a start say: every damage, and whether the log opens.
fn judged(contents: Contents) -> (Vec<String>, Result<u64, LedgerError>) {
    let disk = Arc::new(RecordingDisk::with(contents));
    let as_disk = disk.clone() as Arc<dyn Disk>;
    let found = match fsck(&as_disk, &as_disk, &key()) {
        Ok(report) => {
            let mut found: Vec<String> = report.verified.problems.iter().map(ToString::to_string).collect();
            found.extend(report.is_torn.then(|| "a batch was cut".to_owned()));
            found
        }
        Err(error) => vec![error.to_string()],
    };
    let opened = open(&disk).map(|(log, report)| {
        let _ = report;
        log.tree.checkpoint().head().size
    });
    (found, opened)
}

#[test]
fn each_byte_that_is_flipped_is_found_and_cuts_off_nothing() {
    let contents = small();
    assert_eq!(judged(contents.clone()).0, Vec::<String>::new());
    let files: Vec<(String, Vec<u8>)> =
        contents.files().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect();
    for (path, bytes) in files {
        for at in 0..bytes.len() {
            // The part of a journal that was never written may hold anything: nothing was acknowledged there.
            if path.starts_with("journal") && bytes[at..].iter().all(|byte| *byte == 0) {
                break;
            }
            let disk = RecordingDisk::with(contents.clone());
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x20;
            disk.overwrite(&path, &flipped);
            let (found, opened) = judged(disk.contents());
            assert!(!found.is_empty(), "byte {at} of {path} is not noticed");
            // A head has two copies and a published one: the log may open, and then has all its records.
            if let Ok(size) = opened {
                assert_eq!(size, 5, "byte {at} of {path} cuts records off");
            }
        }
    }
}

#[test]
fn swapped_bodies_are_found() {
    let contents = small();
    let bodies: Vec<(String, Vec<u8>)> = contents
        .files()
        .filter(|(path, _)| path.starts_with("body"))
        .map(|(p, b)| (p.to_owned(), b.to_vec()))
        .collect();
    assert_eq!(bodies.len(), 2);
    let disk = RecordingDisk::with(contents);
    disk.overwrite(&bodies[0].0, &bodies[1].1);
    disk.overwrite(&bodies[1].0, &bodies[0].1);
    let (found, _) = judged(disk.contents());
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn restored_copy_is_refused_by_the_heads_that_were_kept_apart() {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[2], &[0]).unwrap();
    let copy = disk.contents();
    work(&disk, &mut Witness::default(), &[3], &[0]).unwrap();
    // Everything but the heads is put back.
    let restored = RecordingDisk::with(copy);
    for (path, bytes) in disk.contents().files().filter(|(path, _)| path.starts_with("signed")) {
        restored.overwrite(path, bytes);
    }
    let result = open(&Arc::new(RecordingDisk::with(restored.contents()))).map(|_| ());
    assert!(matches!(result, Err(LedgerError::RolledBack { signed: 5, .. })), "{result:?}");
}

#[test]
fn log_whose_heads_were_taken_away_is_refused() {
    let contents = small();
    let disk = RecordingDisk::default();
    for (path, bytes) in contents.files().filter(|(path, _)| !path.starts_with("signed")) {
        disk.overwrite(path, bytes);
    }
    let result = open(&Arc::new(RecordingDisk::with(disk.contents()))).map(|_| ());
    assert!(matches!(result, Err(LedgerError::Damaged { damage: Damage::MissingFile, .. })), "{result:?}");
}

#[test]
fn missing_journal_between_others_is_named_with_its_records() {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[8, 8, 8], &[]).unwrap();
    let kept = RecordingDisk::default();
    let journals: Vec<String> =
        disk.contents().files().map(|(path, _)| path.to_owned()).filter(|path| path.starts_with("journal")).collect();
    assert!(journals.len() >= 3, "{journals:?}");
    for (path, bytes) in disk.contents().files().filter(|(path, _)| *path != journals[1]) {
        kept.overwrite(path, bytes);
    }
    let result = open(&Arc::new(RecordingDisk::with(kept.contents()))).map(|_| ());
    let missing = Damage::MissingRecords { from: 8, until: 16 };
    assert!(matches!(&result, Err(LedgerError::Damaged { damage, .. }) if *damage == missing), "{result:?}");
}

#[test]
fn second_writer_is_refused() {
    let disk = Arc::new(RecordingDisk::default());
    let first = open(&disk).unwrap();
    assert!(matches!(open(&disk).map(|_| ()), Err(LedgerError::Locked)));
    drop(first);
    assert!(open(&disk).is_ok());
}

#[test]
fn log_of_another_origin_or_key_is_refused() {
    let contents = small();
    let options = |origin: &str, seed: u8| crate::write::log::LogOptions {
        origin: origin.to_owned(),
        signers: vec![Box::new(crate::Ed25519Signer::new(origin, ed25519_dalek::SigningKey::from_bytes(&[seed; 32])))],
        heads: None,
        journal_bytes: 4_096,
    };
    let open = |options| {
        let disk: Arc<dyn Disk> = Arc::new(RecordingDisk::with(contents.clone()));
        crate::write::log::Log::open(disk, options).map(|_| ())
    };
    assert!(open(options(super::ORIGIN, 7)).is_ok());
    assert!(open(options(super::ORIGIN, 8)).is_err());
    assert!(open(options("example.cn/other", 7)).is_err());
    assert!(matches!(open(options("not a name", 7)), Err(LedgerError::BadOrigin { .. })));
}

#[test]
fn old_heads_that_are_put_back_are_noticed_and_the_newest_that_is_signed_counts() {
    let disk = Arc::new(RecordingDisk::default());
    work(&disk, &mut Witness::default(), &[2], &[0]).unwrap();
    let old: Vec<(String, Vec<u8>)> = disk
        .contents()
        .files()
        .filter(|(path, _)| path.starts_with("signed"))
        .map(|(path, bytes)| (path.to_owned(), bytes.to_vec()))
        .collect();
    work(&disk, &mut Witness::default(), &[3, 1], &[0, 1]).unwrap();
    for (path, bytes) in old {
        disk.overwrite(&path, &bytes);
    }
    let (log, report) = open(&disk).unwrap();
    assert_eq!((log.tree.checkpoint().head().size, report.damaged_heads), (6, vec!["signed".to_owned()]));
}
