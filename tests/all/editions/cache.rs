//! Compiled code that is kept: used when it is the host's own, compiled again when it is anything else.

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use specialis::{CodeCache, CodeCounts, Host};
use specialis_core::{Context, Level};
use specialis_tests::{Guest, Manifest, events, hosts};

fn host(folder: &Path, key: u8, policies: &[(&str, Vec<u8>)]) -> Host {
    let dir = Dir::open_ambient_dir(folder, ambient_authority()).unwrap();
    let candidate = hosts::candidate().policies(policies.iter().cloned());
    hosts::builder(candidate).code_cache(CodeCache::new(dir, [key; 32])).build().unwrap()
}

fn witness() -> Vec<u8> {
    Guest::from_file("witness").under(Manifest::witness()).pack()
}

fn counts(host: &Host) -> CodeCounts {
    host.status().code
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// Judges and is judged right: whatever happened to the cache, decisions are the same.
fn assert_judges(host: &Host) {
    assert_eq!(hosts::decide(host, "s", &Context::default(), &events::ordinary(3)).verdict, Level::Review);
}

#[test]
fn second_start_compiles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = host(folder.path(), 1, &[("witness", witness())]);
    assert_eq!(counts(&first).n_compiled, 1);
    let second = host(folder.path(), 1, &[("witness", witness())]);
    assert_eq!((counts(&second).n_compiled, counts(&second).n_loaded), (0, 1));
    assert_judges(&second);
}

#[test]
fn damaged_entry_is_compiled_again_wherever_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    drop(host(folder.path(), 1, &[("witness", witness())]));
    let entry = entries(folder.path()).pop().expect("an entry");
    let sound = fs::read(&entry).unwrap();
    for at in [0, 16, 17, 48, 49, sound.len() / 2, sound.len() - 1] {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs::write(&entry, bytes).unwrap();
        let again = host(folder.path(), 1, &[("witness", witness())]);
        assert_eq!((counts(&again).n_refused, counts(&again).n_compiled), (1, 1), "byte {at}");
        assert_judges(&again);
        let mended = host(folder.path(), 1, &[("witness", witness())]);
        assert_eq!((counts(&mended).n_loaded, counts(&mended).n_compiled), (1, 0), "byte {at}");
    }
    for length in [0, 20, sound.len() - 1] {
        fs::write(&entry, &sound[..length]).unwrap();
        let again = host(folder.path(), 1, &[("witness", witness())]);
        assert_eq!((counts(&again).n_refused, counts(&again).n_compiled), (1, 1), "{length} bytes");
    }
}

#[test]
fn entry_under_another_key_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(host(folder.path(), 1, &[("witness", witness())]));
    let other = host(folder.path(), 2, &[("witness", witness())]);
    assert_eq!((counts(&other).n_refused, counts(&other).n_compiled), (1, 1));
}

#[test]
fn entry_swapped_for_another_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let lenient = super::answering("mark", Manifest::witness().called("lenient"));
    let policies = [("witness", witness()), ("lenient", lenient)];
    drop(host(folder.path(), 1, &policies));
    let [one, other] = entries(folder.path()).try_into().expect("two entries");
    let (first, second) = (fs::read(&one).unwrap(), fs::read(&other).unwrap());
    fs::write(&one, &second).unwrap();
    fs::write(&other, &first).unwrap();
    let again = host(folder.path(), 1, &policies);
    assert_eq!((counts(&again).n_refused, counts(&again).n_compiled), (2, 2));
    assert_judges(&again);
}

#[test]
fn folder_stays_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    drop(host(folder.path(), 1, &[("witness", witness())]));
    let one = fs::metadata(&entries(folder.path())[0]).unwrap().len();
    for n in 0..4 {
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        let cache = CodeCache::new(dir, [1; 32]).max_bytes(one * 2);
        let guest = super::answering("warn", Manifest::witness().called(&format!("guest-{n}")));
        drop(hosts::builder(hosts::candidate().policy("guest", guest)).code_cache(cache).build().unwrap());
        let total: u64 = entries(folder.path()).iter().map(|entry| fs::metadata(entry).unwrap().len()).sum();
        assert!(total <= one * 3, "{total} bytes");
    }
}

#[test]
fn same_code_is_compiled_once_for_many_threads() {
    let host = hosts::builder(hosts::candidate().policy("witness", witness())).threads(2).build().unwrap();
    let before = counts(&host).n_compiled;
    let guest = super::answering("warn", Manifest::witness().called("other"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let candidate = super::life::candidate(&[("witness", witness()), ("other", guest.clone())]);
                host.stage(candidate).unwrap_or_else(|e| panic!("{e}")).edition().id().to_owned()
            });
        }
    });
    let after = counts(&host);
    assert!(after.n_compiled - before <= 4, "{after:?}");
    assert!(after.n_shared >= 4, "{after:?}");
}
