//! Power failures after every operation, and the proof that each sync is needed.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::disk::{Operation, RecordingDisk, after_power_failure};
use super::{Witness, complaint, work};

/// A workload that fills tiles, rotates journals and signs.
fn recorded() -> (Vec<Operation>, BTreeSet<usize>, Witness) {
    let disk = Arc::new(RecordingDisk::default());
    let mut witness = Witness::default();
    work(&disk, &mut witness, &[1, 3, 2, 250, 4, 1, 7], &[1, 3, 5]).unwrap();
    (disk.operations(), disk.lost(), witness)
}

/// What is wrong after any power failure, for operations of which some are left out.
fn complaints(operations: &[Operation], witness: &Witness, limit: usize) -> Vec<String> {
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut found = Vec::new();
    for n in 0..=operations.len() {
        let known =
            |list: &[(usize, u64)]| list.iter().filter(|(at, _)| *at <= n).map(|(_, end)| *end).max().unwrap_or(0);
        let (acked, head) = (known(&witness.acked), known(&witness.heads));
        for contents in after_power_failure(&operations[..n], &BTreeSet::new()) {
            // Many failures leave the same.
            let mut hasher = DefaultHasher::new();
            (&contents, acked, head).hash(&mut hasher);
            if !seen.insert(hasher.finish()) {
                continue;
            }
            let disk = Arc::new(RecordingDisk::with(contents));
            found.extend(complaint(&disk, acked, head).map(|complaint| format!("after {n} operations: {complaint}")));
            if found.len() >= limit {
                return found;
            }
        }
    }
    found
}

#[test]
fn no_power_failure_loses_an_acknowledged_record_or_makes_a_log_disagree_with_itself() {
    let (operations, _, witness) = recorded();
    assert_eq!(complaints(&operations, &witness, 3), Vec::<String>::new());
}

/// Operations in whose place nothing happens: what a disk that lies would do.
fn without(operations: &[Operation], is_left_out: impl Fn(&Operation) -> bool) -> Vec<Operation> {
    // The place is kept, so that the witness still knows what was acknowledged when.
    let nothing = Operation::SyncFolder("nowhere".to_owned());
    operations.iter().map(|one| if is_left_out(one) { nothing.clone() } else { one.clone() }).collect()
}

#[test]
fn each_sync_is_needed() {
    let (operations, _, witness) = recorded();
    let is_sync_of =
        |operation: &Operation, part: &str| matches!(operation, Operation::Sync { path, .. } if path.starts_with(part));
    let is_folder = |operation: &Operation, part: &str| matches!(operation, Operation::SyncFolder(folder) if folder.starts_with(part));
    for part in ["journal", "tile/0", "tile/entries", "body", "signed"] {
        let lying = without(&operations, |one| is_sync_of(one, part));
        assert!(!complaints(&lying, &witness, 1).is_empty(), "contents of {part}");
        let lying = without(&operations, |one| is_folder(one, part));
        assert!(!complaints(&lying, &witness, 1).is_empty(), "names in {part}");
    }
}

#[test]
fn order_of_head_and_files_is_needed() {
    let (operations, _, witness) = recorded();
    let path_of = |operation: &Operation| match operation {
        Operation::Create { path, .. } | Operation::Rename { to: path, .. } => path.clone(),
        Operation::SyncFolder(_)
        | Operation::MakeFolder(_)
        | Operation::Write { .. }
        | Operation::Sync { .. }
        | Operation::Remove(_)
        | Operation::RemoveFolder(_) => String::new(),
    };
    let is_head = |operation: &Operation| path_of(operation).starts_with("signed");
    let is_file = |operation: &Operation| {
        let path = path_of(operation);
        path.starts_with("tile") || path.starts_with("body")
    };
    // The last time that something was signed: its files, then its head up to the name in the folder.
    let last_head = operations.iter().rposition(is_head).unwrap();
    let end = operations[..last_head].iter().rposition(is_file).unwrap() + 1;
    let head = operations[end..].iter().position(is_head).unwrap() + end;
    let before = operations[..end].iter().rposition(is_head).unwrap();
    let start = operations[before..].iter().position(is_file).unwrap() + before;
    let mut reordered = operations[..start].to_vec();
    // With the sync of the folder that follows the name.
    reordered.extend_from_slice(&operations[head..last_head + 2]);
    reordered.extend_from_slice(&operations[start..head]);
    reordered.extend_from_slice(&operations[last_head + 2..]);
    assert_eq!(reordered.len(), operations.len());
    assert!(!complaints(&reordered, &witness, 1).is_empty());
}
