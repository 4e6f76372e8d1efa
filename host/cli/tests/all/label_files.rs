//! `label` among other users, links, pipes and programs: what is changed is the file that was named, whole, and it stays whose it was.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, Mode, XattrFlags, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::run::{Ran, run};

const CODE: &str = "001191110000MAAAAAAA0210001";
const NOBODY: u32 = 65_534;

fn write(file: &Path, args: &[&str]) -> Ran {
    let file = file.to_str().unwrap();
    run(&[&["label", "write", file, "--producer", CODE, "--id", "n-1"], args].concat())
}

fn page(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("a.md");
    fs::write(&path, "# page\n").unwrap();
    path
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn bits_that_run_a_file_as_its_owner_are_dropped_and_the_rest_is_kept() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder);
    if is_root() {
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o6755)).unwrap();
    let file = File::open(&path).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_times(FileTimes::new().set_modified(long_ago).set_accessed(long_ago)).unwrap();
    // Not every file system has attributes.
    let has_attribute = rustix::fs::fsetxattr(&file, "user.source", b"own", XattrFlags::empty()).is_ok();
    let before = file.metadata().unwrap();
    let ran = write(&path, &["--in-place"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("that it runs as its owner or group could not be kept"), "{}", ran.err);
    let after = fs::metadata(&path).unwrap();
    assert_eq!(after.mode() & 0o7777, 0o755);
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_eq!((after.mtime(), after.len() > before.len()), (1_000_000_000, true));
    if has_attribute {
        let mut value = [0; 16];
        let len = rustix::fs::getxattr(&path, "user.source", &mut value).unwrap();
        assert_eq!(value[..len], *b"own");
    }
    assert_eq!(names(&folder), ["a.md"]);
}

#[test]
fn what_a_program_is_allowed_to_do_is_not_handed_on_and_that_is_said() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder);
    // The second revision of that attribute, with leave to open low ports.
    let allowed = [[0, 0, 0, 2], [0, 4, 0, 0], [0; 4], [0; 4], [0; 4]].concat();
    if rustix::fs::setxattr(&path, "security.capability", &allowed, XattrFlags::empty()).is_err() {
        eprintln!("skipped: only root can allow that, on a file system with attributes");
        return;
    }
    let ran = write(&path, &["--in-place"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("what it is allowed to do as a program could not be kept"), "{}", ran.err);
    assert!(rustix::fs::getxattr(&path, "security.capability", &mut [0; 64]).is_err());
}

#[test]
fn a_file_of_another_owner_is_refused_where_it_would_change_hands() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = env!("CARGO_BIN_EXE_specialis");
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &NOBODY.to_string(), "--regid", &NOBODY.to_string(), "--clear-groups"]).arg(program);
    let probe = Command::new("setpriv").args(["--reuid", "65534"]).arg(program).arg("--version").output();
    if !is_root() || !probe.is_ok_and(|probe| probe.status.success()) {
        eprintln!("skipped: only root can become another user, with `setpriv`");
        return;
    }
    command.args(["label", "write"]).arg(&path).args(["--producer", CODE, "--id", "n-1", "--in-place"]);
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("belongs to somebody else"), "{said}");
    assert_eq!((fs::read(&path).unwrap(), fs::metadata(&path).unwrap().uid()), (b"# page\n".to_vec(), 0));
    assert_eq!(names(&folder), ["a.md"]);
}

#[test]
fn a_file_with_several_names_is_parted_from_them_only_where_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let path = page(&folder);
    let other = folder.path().join("b.md");
    fs::hard_link(&path, &other).unwrap();
    let ran = write(&path, &["--in-place"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("2 names") && ran.err.contains("--break-links"), "{}", ran.err);
    assert_eq!(fs::metadata(&path).unwrap().nlink(), 2);
    assert_eq!(write(&path, &["--in-place", "--break-links"]).code, 0);
    assert_eq!((fs::metadata(&path).unwrap().nlink(), fs::read(&other).unwrap()), (1, b"# page\n".to_vec()));
}

#[test]
fn a_link_that_nobody_named_is_not_followed() {
    let folder = TempDir::new().unwrap();
    let (own, other) = (folder.path().join("a.txt"), folder.path().join("settings"));
    fs::write(&own, "text\n").unwrap();
    fs::write(&other, "own = true\n").unwrap();
    symlink(&other, folder.path().join("a.txt.aigc.json")).unwrap();
    for args in [&["--in-place"][..], &["--in-place", "--replace"], &["--dry-run", "--replace"]] {
        let ran = write(&own, args);
        assert!(ran.code == 1 && ran.err.contains("is a link, and nobody named it"), "{args:?}: {}", ran.err);
    }
    assert_eq!(run(&["label", "check", own.to_str().unwrap()]).code, 5);
    // The record of a change is the other file that is reached through one that was named.
    let path = page(&folder);
    assert_eq!(write(&path, &["--in-place", "--record"]).code, 0);
    let (record, moved) = (folder.path().join("a.md.aigc-undo.json"), folder.path().join("record"));
    fs::rename(&record, &moved).unwrap();
    symlink(&moved, &record).unwrap();
    let ran = run(&["label", "undo", path.to_str().unwrap(), "--in-place"]);
    assert!(ran.code == 1 && ran.err.contains("is a link, and nobody named it"), "{}", ran.err);
    assert!(moved.exists() && fs::read_to_string(&other).unwrap() == "own = true\n");
}

#[test]
fn pipes_devices_and_hollow_files_are_refused_at_once() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe.md");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let link = folder.path().join("link.md");
    symlink("/dev/zero", &link).unwrap();
    // The side file of a text may be one, too.
    let text = folder.path().join("a.txt");
    fs::write(&text, "text").unwrap();
    mknodat(CWD, folder.path().join("a.txt.aigc.json"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    for path in [&pipe, &link, &text] {
        let ran = write(path, &["--in-place"]);
        assert_eq!((ran.code, ran.err.contains("a pipe or a device")), (1, true), "{}", ran.err);
        let ran = run(&["label", "check", path.to_str().unwrap()]);
        assert!(ran.code != 0 && ran.err.contains("a pipe or a device"), "{}", ran.err);
    }
    let hollow = folder.path().join("hollow.mp4");
    fs::write(&hollow, b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov\0\0\0\0mdat").unwrap();
    File::options().write(true).open(&hollow).unwrap().set_len(1 << 41).unwrap();
    let ran = write(&hollow, &["--in-place"]);
    assert_eq!((ran.code, ran.err.contains("a copy would store them all")), (1, true), "{}", ran.err);
}

#[test]
fn a_playlist_under_the_name_of_a_sound_never_reaches_ffmpeg() {
    let folder = TempDir::new().unwrap();
    let list = folder.path().join("song.flac");
    fs::write(&list, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n").unwrap();
    let ran_mark = folder.path().join("ran");
    let ffmpeg = script(&folder, &format!("touch '{}'", ran_mark.display()));
    let ran = run(&["label", "mark", list.to_str().unwrap(), "--in-place", "--ffmpeg", &ffmpeg]);
    assert_eq!(ran.code, 1);
    assert!(!ran_mark.exists(), "{}", ran.err);
}

#[test]
fn ffmpeg_gets_the_format_that_was_recognized_and_the_handle_that_was_looked_at() {
    let folder = TempDir::new().unwrap();
    let song = folder.path().join("song.flac");
    fs::write(&song, sound()).unwrap();
    let said = folder.path().join("said");
    let ffmpeg = script(&folder, &format!("echo \"$@\" > '{}'; cmp - '{}'; exit 1", said.display(), song.display()));
    let ran = run(&["label", "mark", song.to_str().unwrap(), "--in-place", "--ffmpeg", &ffmpeg]);
    assert_eq!(ran.code, 1);
    let said = fs::read_to_string(said).unwrap();
    assert!(
        said.replace("white", "").contains("-protocol_list file -f flac -i /dev/stdin -protocol_list file -f wav -i"),
        "{said}"
    );
    assert!(!ran.err.contains("differ"), "{}", ran.err);
    assert_eq!(names(&folder), ["ffmpeg", "ffprobe", "said", "song.flac"]);
}

#[test]
fn a_program_that_is_told_to_stop_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let song = folder.path().join("song.flac");
    fs::write(&song, sound()).unwrap();
    let pipe = folder.path().join("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    // It says where it is, and then waits for somebody who never comes.
    let ffmpeg = script(&folder, &format!("echo started > '{0}'; read never < '{0}'", pipe.display()));
    let mut child = Command::new(env!("CARGO_BIN_EXE_specialis"))
        .args(["label", "mark", song.to_str().unwrap(), "--in-place", "--again", "--ffmpeg", &ffmpeg])
        .spawn()
        .unwrap();
    assert_eq!(fs::read_to_string(&pipe).unwrap(), "started\n");
    assert!(names(&folder).iter().any(|name| name.ends_with(".part")));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}");
    assert_eq!(names(&folder), ["ffmpeg", "ffprobe", "pipe", "song.flac"]);
}

#[test]
fn a_run_over_many_files_that_is_told_to_stop_leaves_no_part_of_any() {
    for signal in [Signal::INT, Signal::TERM, Signal::INT, Signal::TERM] {
        let folder = TempDir::new().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        [&from, &to].iter().for_each(|folder| fs::create_dir(folder).unwrap());
        (0..200).for_each(|n| fs::write(from.join(format!("{n}.md")), "# page\n").unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_specialis"))
            .args(["label", "write", "-r", from.to_str().unwrap(), "--out-dir", to.to_str().unwrap(), "--jobs", "8"])
            .args(["--producer", CODE, "--id-prefix", "n-"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Eight files are made at a time from then on.
        while fs::read_dir(&to).unwrap().next().is_none() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let _ = kill_process(Pid::from_child(&child), signal);
        child.wait().unwrap();
        for entry in fs::read_dir(&to).unwrap() {
            let path = entry.unwrap().path();
            assert!(path.extension().is_some_and(|end| end == "md"), "{}", path.display());
            assert!(fs::read_to_string(&path).unwrap().ends_with("# page\n"), "{}", path.display());
        }
    }
}

#[test]
fn what_moves_a_cursor_is_written_out() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"a\x1b[2J\xE2\x80\xAEb.md"));
    fs::write(&path, "---\nAIGC: '{\"Label\":\"\\u001b[31m\"}'\n---\n").unwrap();
    for command in ["check", "read", "explain"] {
        let ran = run(&["label", command, path.to_str().unwrap()]);
        let said = ran.out + &ran.err;
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{command}: {said:?}");
        assert!(said.contains("a\\u{1b}[2J\\u{202e}b.md"), "{command}: {said}");
    }
}

/// A program in the place of ffmpeg, and one in the place of its ffprobe.
fn script(folder: &TempDir, lines: &str) -> String {
    let said = r#"{"streams":[{"codec_type":"audio","codec_name":"flac","sample_rate":"44100","channels":2}]}"#;
    let ffmpeg = folder.path().join("ffmpeg");
    for (path, lines) in [(&ffmpeg, lines), (&folder.path().join("ffprobe"), &format!("echo '{said}'"))] {
        fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    ffmpeg.to_str().unwrap().to_owned()
}

fn sound() -> Vec<u8> {
    [b"fLaC\x80\0\0\x22".as_slice(), &[0; 34]].concat()
}
