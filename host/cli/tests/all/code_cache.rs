//! Compiled code that is kept between runs: where, for whom, and when not.

#![cfg(target_os = "linux")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Ran, examples, finish, program};

/// A command that compiles one small policy.
const COMPILES: [&str; 3] = ["policy", "test", "arts"];

/// A user with a home folder and nothing in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn code(&self) -> PathBuf {
        self.0.path().join(".cache/specialis/code")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join(".local/state/specialis/cache.key")
    }

    fn program(&self, args: &[&str]) -> Command {
        let mut command = program(args);
        for name in ["SPECIALIS_CACHE", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        command.env("HOME", self.0.path());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(self.program(args), b"")
    }

    /// Runs what compiles. The policy is tested whether compiled code is kept or not.
    fn compile(&self) -> Ran {
        let ran = self.run(&COMPILES);
        assert!(ran.code == 0 && ran.out.ends_with("vectors, 0 failed\n"), "{}{}", ran.out, ran.err);
        ran
    }

    /// Whether nothing was written into the home folder.
    fn is_empty(&self) -> bool {
        fs::read_dir(self.0.path()).unwrap().next().is_none()
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Names and times of the files in a folder.
fn entries(folder: &Path) -> Vec<(String, i64, i64)> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            (entry.file_name().into_string().unwrap(), metadata.mtime(), metadata.mtime_nsec())
        })
        .collect();
    entries.sort();
    entries
}

/// The one line that says why no cache is used.
fn reason(ran: &Ran) -> &str {
    let mut lines = ran.err.lines().filter_map(|line| line.strip_prefix("compiled code is not kept: "));
    let reason = lines.next().unwrap_or_else(|| panic!("a line that says why: {}", ran.err));
    assert_eq!(lines.next(), None, "once: {}", ran.err);
    reason
}

#[test]
fn compiled_code_is_kept_for_the_user_alone_and_the_key_lies_elsewhere() {
    let home = Home::new();
    assert_eq!(home.compile().err, "");
    let first = entries(&home.code());
    assert!(!first.is_empty());
    for folder in [home.code().as_path(), home.code().parent().unwrap(), home.key().parent().unwrap()] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!((mode(&home.key()), fs::metadata(home.key()).unwrap().len()), (0o600, 32));
    assert!(!home.key().starts_with(home.code()));
    assert_eq!(home.compile().err, "");
    assert_eq!(entries(&home.code()), first, "the second run compiles nothing");
}

#[test]
fn folders_of_the_xdg_variables_are_used() {
    let (home, cache, state) = (Home::new(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = home.program(&COMPILES);
    command.env("XDG_CACHE_HOME", cache.path()).env("XDG_STATE_HOME", state.path());
    assert_eq!(finish(command, b"").code, 0);
    assert!(!entries(&cache.path().join("specialis/code")).is_empty());
    assert!(state.path().join("specialis/cache.key").exists());
    assert!(home.is_empty());
}

#[test]
fn no_cache_writes_nothing() {
    let home = Home::new();
    let ran = home.run(&["policy", "test", "arts", "--no-cache"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(home.is_empty());
}

#[test]
fn folder_that_others_may_write_is_not_used() {
    let home = Home::new();
    fs::create_dir_all(home.code()).unwrap();
    fs::set_permissions(home.code(), Permissions::from_mode(0o777)).unwrap();
    let ran = home.compile();
    assert!(reason(&ran).starts_with("others may write to `"), "{}", ran.err);
    assert!(entries(&home.code()).is_empty());
}

#[test]
fn key_that_others_may_read_is_not_used() {
    let home = Home::new();
    home.compile();
    let first = entries(&home.code());
    fs::set_permissions(home.key(), Permissions::from_mode(0o644)).unwrap();
    let ran = home.compile();
    assert!(reason(&ran).starts_with("others may use the key `"), "{}", ran.err);
    assert_eq!(entries(&home.code()), first);
}

#[test]
fn key_behind_a_link_is_not_used() {
    let home = Home::new();
    home.compile();
    let moved = home.0.path().join("moved");
    fs::rename(home.key(), &moved).unwrap();
    symlink(&moved, home.key()).unwrap();
    let ran = home.compile();
    assert!(reason(&ran).starts_with("the key `"), "{}", ran.err);
}

/// As by `sudo` with the variable HOME kept: the home folder is another user's. Without the right to give a folder away, the
/// cache folder is a link to one of the system's, which is another user's too.
#[test]
fn home_of_another_user_is_left_alone() {
    let home = Home::new();
    if chown(home.0.path(), Some(65534), None).is_ok() {
        let ran = home.compile();
        assert!(reason(&ran).contains("belongs to the user 65534"), "{}", ran.err);
        assert!(home.is_empty(), "nothing is made there");
    } else {
        fs::create_dir_all(home.code().parent().unwrap()).unwrap();
        symlink("/usr", home.code()).unwrap();
        let ran = home.compile();
        assert!(reason(&ran).contains("belongs to the user 0"), "{}", ran.err);
    }
}

#[test]
fn named_folder_that_is_not_safe_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let code = folder.path().join("code");
    fs::create_dir(&code).unwrap();
    fs::set_permissions(&code, Permissions::from_mode(0o770)).unwrap();
    let shown = code.display().to_string();
    let run = || finish(program(&["policy", "test", "arts", "--cache", &shown]), b"");
    let message = run().refused();
    assert!(message.starts_with("the code cache cannot be used: others may write to `"), "{message}");
    fs::set_permissions(&code, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(run().code, 0);
    assert!(folder.path().join("code.key").exists());
    fs::set_permissions(folder.path().join("code.key"), Permissions::from_mode(0o640)).unwrap();
    assert!(run().refused().contains("others may use the key `"));
}

#[test]
fn commands_that_call_no_policy_compile_nothing() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (text, lexicon) = (path("a.txt"), path("a.csv"));
    fs::write(&text, "今天天气很好。").unwrap();
    fs::write(&lexicon, "# source: ours\n# date: 2026-11-02\n# licence: CC0-1.0\nterm,category\n地下钱庄,fraud\n")
        .unwrap();
    let decisions = path("decisions.jsonl");
    let judged = finish(program(&["evaluate", &examples().display().to_string(), "--format", "jsonl"]), b"");
    fs::write(&decisions, judged.out).unwrap();
    let commands: [&[&str]; 15] = [
        &["scan", "请加微信看盘"],
        &["policy", "list"],
        &["policy", "inspect", "news"],
        &["policy", "verify", "news"],
        &["schema", "event"],
        &["explain", &decisions, "--line", "1"],
        &["coverage"],
        &["label", "check", &text],
        &["label", "write", &text, "--producer", "tester", "--id", "1", "--in-place"],
        &["label", "read", &text],
        &["trust", "show"],
        &["trust", "check", "news"],
        &["profile", "show"],
        &["registry", "show"],
        &["lexicon", "check", &lexicon],
    ];
    for args in commands {
        let ran = home.run(args);
        assert!(ran.code < 2 && !ran.out.is_empty(), "{args:?}: {}", ran.err);
        assert!(home.is_empty(), "{args:?}");
    }
}
