//! A watched folder that a stranger changes between looks. The stranger can write, copy, cut and replay, and signs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use specialis::signed::Watch;
use specialis_core::{Context, Event, EventKind};

use crate::dice::Dice;
use crate::{EditionFolder, hosts};

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Lets the bytes choose what approvers publish and what a stranger does to the folder, and looks in between.
///
/// # Panics
/// Where an edition goes live that was never published, or an older one than before.
pub fn assert_only_what_was_published_goes_live(bytes: &[u8]) {
    let mut dice = Dice::new(bytes);
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let mut watch = Watch::new(host.clone(), folder.published_dir());
    let mut published: BTreeSet<u64> = BTreeSet::from([1]);
    let mut whole = files_of(folder.published());
    let mut before = vec![whole.clone()];
    let mut newest = 1;
    while dice.has_more() {
        match dice.below(4) {
            // An approver publishes the next edition, into the folder as it should be.
            0 if published.len() < 4 => {
                restore(folder.published(), &whole);
                folder
                    .publish(&["alice"], |next| next.manifest.redaction = Some(format!("[{}]", next.manifest.number)));
                published.insert(published.len() as u64 + 1);
                whole = files_of(folder.published());
                before.push(whole.clone());
            }
            1 => restore(folder.published(), dice.one_of(&before)),
            _ => meddle(folder.published(), &mut dice),
        }
        for _ in 0..=dice.below(3) {
            let _ = watch.look();
        }
        let live = host.edition().record().number.unwrap_or_default();
        assert!(published.contains(&live), "edition {live} was never published");
        assert!(live >= newest, "edition {live} came after {newest}");
        newest = live;
    }
    let mut session = host.open("looks", Context::default());
    assert!(!session.submit(Event::new(EventKind::Output).with_text("你好")).decision.id.is_empty());
}

fn files_of(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

fn restore(folder: &Path, files: &Files) {
    for path in files_of(folder).into_keys().filter(|path| !files.contains_key(path)) {
        fs::remove_file(path).expect("it is removed");
    }
    for (path, bytes) in files {
        fs::write(path, bytes).expect("it is written");
    }
}

/// One thing that a writer of the folder can do.
fn meddle(folder: &Path, dice: &mut Dice<'_>) {
    let files: Vec<(PathBuf, Vec<u8>)> = files_of(folder).into_iter().collect();
    let Some((path, bytes)) = files.get(dice.below(files.len())) else { return };
    let (other, others) = dice.one_of(&files);
    let done = match dice.below(7) {
        0 => fs::remove_file(path),
        1 => fs::write(path, &bytes[..bytes.len() / 2]),
        2 => fs::write(path, others),
        3 => fs::copy(path, other).map(drop),
        4 => fs::copy(path, path.with_file_name(format!("00000{}.json", dice.below(6)))).map(drop),
        5 => {
            let mut changed = bytes.clone();
            let at = dice.below(256) * changed.len() / 256;
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
            fs::write(path, changed)
        }
        _ => fs::write(path, [bytes.as_slice(), others.as_slice()].concat()),
    };
    done.expect("the folder can be written");
}
