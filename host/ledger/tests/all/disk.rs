//! The disk that is a folder of the file system.

use std::io;

use specialis_ledger::{Disk, Index, RedbStanding};

use crate::support::Place;

fn write(disk: &dyn Disk, path: &str, bytes: &[u8]) {
    let mut file = disk.create(path).unwrap();
    file.write_at(0, bytes).unwrap();
    file.sync().unwrap();
}

#[test]
fn file_is_read_up_to_a_bound_and_a_missing_one_is_told_apart() {
    let place = Place::new();
    let disk = place.disk("d");
    disk.make_folder("a").unwrap();
    disk.make_folder("a").unwrap();
    write(&*disk, "a/b", b"one");
    assert_eq!(disk.read("a/b", 3).unwrap(), b"one");
    assert_eq!(disk.read("a/b", 2).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    assert_eq!(disk.read("a/c", 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(disk.read("a", 3).is_err(), "a folder is no file");
    disk.rename("a/b", "a/c").unwrap();
    assert_eq!((disk.list("a").unwrap(), disk.list("gone").unwrap()), (vec!["c".to_owned()], Vec::new()));
    disk.sync_folder("a").unwrap();
    disk.remove("a/c").unwrap();
    disk.remove_folder("a").unwrap();
    disk.sync_folder("").unwrap();
}

#[test]
fn second_lock_of_a_folder_is_refused_until_the_first_is_gone() {
    let place = Place::new();
    let first = place.disk("d").lock().unwrap();
    assert!(first.is_some());
    assert!(place.disk("d").lock().unwrap().is_none());
    drop(first);
    assert!(place.disk("d").lock().unwrap().is_some());
}

#[test]
fn path_out_of_the_folder_is_refused() {
    let place = Place::new();
    let disk = place.disk("d");
    assert!(disk.read("../keys", 1).is_err());
    assert!(disk.create("/tmp/artificial").is_err());
}

#[cfg(unix)]
#[test]
fn link_under_the_name_of_a_file_is_replaced_and_not_followed() {
    let place = Place::new();
    let disk = place.disk("d");
    write(&*disk, "victim", b"whole");
    std::os::unix::fs::symlink("victim", place.temp.path().join("d/name")).unwrap();
    write(&*disk, "name", b"new");
    assert_eq!(disk.read("victim", 9).unwrap(), b"whole");
}

#[cfg(unix)]
#[test]
fn pipe_under_the_name_of_a_file_is_refused_and_nobody_waits_for_it() {
    let place = Place::new();
    let disk = place.disk("d");
    for name in ["checkpoint", "lock", "standing.redb", "index.redb", "folder"] {
        let made = std::process::Command::new("mkfifo").arg(place.temp.path().join("d").join(name)).status();
        assert!(made.expect("mkfifo runs").success());
    }
    let says = |error: &dyn std::error::Error| {
        let said = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
        assert!(said.collect::<Vec<_>>().join(": ").contains("no regular file"), "{error}");
    };
    says(&disk.read("checkpoint", 9).unwrap_err());
    says(&disk.lock().err().expect("it is refused"));
    says(&RedbStanding::open(&place.dir("d")).err().expect("it is refused"));
    says(&Index::open(&place.dir("d")).err().expect("it is refused"));
    assert_eq!(disk.sync_folder("folder").unwrap_err().kind(), io::ErrorKind::NotADirectory);
}
