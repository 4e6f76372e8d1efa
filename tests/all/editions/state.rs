//! What a host remembers between starts, and what it serves where the folder or the state is not what it was.

use std::fs;
use std::path::Path;

use specialis::signed::{Applied, SignedFolder, files};
use specialis::{Host, StateNote};
use specialis_tests::{EditionFolder, day, hosts, root, state_folder};

use super::refused;
use super::small::copy;

/// A folder with one published edition, and an empty state folder.
fn started() -> (EditionFolder, tempfile::TempDir) {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |_| {});
    (folder, tempfile::tempdir().unwrap())
}

fn redacting(folder: &EditionFolder, words: &str) {
    folder.publish(&["alice"], |next| next.manifest.redaction = Some(words.to_owned()));
}

fn start(folder: &EditionFolder, state: &Path) -> Host {
    let host = folder.remembering(state).and_then(|builder| builder.build());
    host.unwrap_or_else(|e| panic!("{}", hosts::chain(&e)))
}

/// The number of the statement that is live.
fn live(host: &Host) -> u64 {
    host.status().statement.expect("the folder is signed")
}

#[test]
fn what_was_live_stays_live_where_the_folder_is_cut_or_tells_another_history() {
    let (folder, state) = started();
    redacting(&folder, "[removed]");
    let host = start(&folder, state.path());
    assert_eq!((live(&host), host.status().notes), (2, vec![StateNote::NothingRemembered]));
    assert_eq!(start(&folder, state.path()).status().notes, []);
    let edition = host.edition().id().to_owned();
    let newest = folder.published().join(files::statement(2));
    let whole = fs::read(&newest).unwrap();
    let stays = |why: &str| {
        let host = start(&folder, state.path());
        assert_eq!((live(&host), host.edition().id()), (2, edition.as_str()), "{why}");
        let notes = host.status().notes;
        let [StateNote::FolderRefused { live: 2, why: said }] = notes.as_slice() else { panic!("{notes:?}") };
        assert!(said.contains(why), "`{said}` does not say `{why}`");
    };
    fs::remove_file(&newest).unwrap();
    stays("statement 2 was live here, and the folder ends with 1");
    folder.publish(&["bob"], |next| next.manifest.redaction = Some("[other]".to_owned()));
    stays("is another than the one that was live here");
    fs::write(&newest, &whole[..whole.len() / 2]).unwrap();
    stays("no signed statement");
    fs::remove_dir_all(folder.published().join(files::OBJECTS)).unwrap();
    fs::write(&newest, &whole).unwrap();
    stays("it cannot be read");
    fs::remove_dir_all(folder.published().join(files::STATEMENTS)).unwrap();
    stays("the folder ends with 0");
}

#[cfg(unix)]
#[test]
fn pipe_in_place_of_the_lock_is_refused_and_nobody_waits_for_it() {
    let (folder, state) = started();
    let lock = state.path().join("state.lock");
    assert!(std::process::Command::new("mkfifo").arg(&lock).status().expect("mkfifo runs").success());
    let error = folder.remembering(state.path()).and_then(|builder| builder.build()).err().expect("it is refused");
    assert!(hosts::chain(&error).contains("no regular file"), "{}", hosts::chain(&error));
}

#[test]
fn a_statement_that_does_not_count_keeps_no_host_from_starting() {
    let (folder, state) = started();
    start(&folder, state.path());
    folder.publish(&["stranger"], |next| next.manifest.redaction = Some("[odd]".to_owned()));
    let host = start(&folder, state.path());
    assert_eq!(live(&host), 1);
    assert!(matches!(host.status().notes.as_slice(), [StateNote::FolderRefused { live: 1, .. }]));
    refused(folder.host(), "verify", "no approver");
}

#[test]
fn an_edition_that_cannot_be_staged_keeps_no_host_from_starting() {
    let (folder, state) = started();
    start(&folder, state.path());
    fs::create_dir(folder.path().join("vectors")).unwrap();
    let case = "as-of = \"2026-11-02\"\n[event]\nkind = \"output\"\ntext = \"x\"\n[[vector]]\nname = \"odd\"\nobligations = [\"nothing\"]\n";
    folder.write("vectors/odd.toml", case.as_bytes());
    folder.publish(&["alice"], |_| {});
    refused(folder.host(), "vectors", "`odd`: expected the obligation `nothing`");
    let host = start(&folder, state.path());
    assert_eq!(live(&host), 1);
    let notes = host.status().notes;
    assert!(matches!(notes.as_slice(), [StateNote::FolderRefused { live: 1, .. }]), "{notes:?}");
}

#[test]
fn damaged_state_is_refused_and_a_missing_one_is_said_aloud() {
    let (folder, state) = started();
    start(&folder, state.path());
    let file = state.path().join("state.json");
    let whole = fs::read_to_string(&file).unwrap();
    for damaged in
        ["{}".to_owned(), String::new(), whole.replace("\"number\":1", "\"number\":0"), whole[1..].to_owned()]
    {
        assert_ne!(damaged, whole);
        fs::write(&file, damaged).unwrap();
        refused(folder.remembering(state.path()).map(drop), "verify", "damaged or under another key");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(start(&folder, state.path()).status().notes, [StateNote::NothingRemembered]);
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(host.status().notes, [StateNote::NoStateFolder]);
}

#[cfg(unix)]
#[test]
fn state_is_private_and_a_folder_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, state) = started();
    start(&folder, state.path());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state.path().join("state.json")), 0o600);
    fs::set_permissions(state.path(), fs::Permissions::from_mode(0o777)).unwrap();
    refused(folder.remembering(state.path()).map(drop), "verify", "others may write to the folder");
}

#[test]
fn a_crash_leaves_the_old_state_or_the_new_one() {
    let (folder, old) = started();
    start(&folder, old.path());
    let new = tempfile::tempdir().unwrap();
    copy(old.path(), new.path());
    redacting(&folder, "[removed]");
    start(&folder, new.path());
    let newest = folder.published().join(files::statement(2));
    let away = folder.published().join("away");
    // What a crash can leave: files of the new copy, whole or in part, under the old state.
    let torn = tempfile::tempdir().unwrap();
    copy(new.path(), torn.path());
    fs::copy(old.path().join("state.json"), torn.path().join("state.json")).unwrap();
    for (from, to) in [(old.path(), "old"), (torn.path(), "copied"), (torn.path(), "half")] {
        let crashed = tempfile::tempdir().unwrap();
        copy(from, crashed.path());
        if to == "half" {
            fs::write(crashed.path().join("state.json.0123.part"), "half a sta").unwrap();
            fs::remove_file(crashed.path().join(files::statement(2))).unwrap();
        }
        fs::rename(&newest, &away).unwrap();
        assert_eq!(live(&start(&folder, crashed.path())), 1, "{to}: the state still says so");
        fs::rename(&away, &newest).unwrap();
        assert_eq!(live(&start(&folder, crashed.path())), 2, "{to}");
    }
    fs::rename(&newest, &away).unwrap();
    assert_eq!(live(&start(&folder, new.path())), 2, "it was written before it went live");
}

#[test]
fn a_host_that_is_behind_does_not_take_back_what_another_remembered() {
    let (folder, state) = started();
    let behind = start(&folder, state.path());
    redacting(&folder, "[removed]");
    let ahead = start(&folder, state.path());
    assert_eq!((live(&behind), live(&ahead)), (1, 2));
    let next = folder.published().join(files::statement(2));
    let whole = fs::read(&next).unwrap();
    fs::remove_file(&next).unwrap();
    assert!(folder.apply(&behind).is_ok_and(|applied| matches!(applied, Applied::Unchanged)));
    assert_eq!(live(&start(&folder, state.path())), 2);
    fs::write(&next, whole).unwrap();
    assert!(matches!(folder.apply(&behind), Ok(Applied::Published(_))));
}

#[test]
fn the_last_day_seen_counts_where_the_clock_is_behind_it() {
    let folder = EditionFolder::new();
    folder.publish(&["alice"], |next| next.statement.expires = day("2026-11-10"));
    let state = tempfile::tempdir().unwrap();
    let on = |date: &str| {
        let signed = SignedFolder::new(folder.published_dir(), root()).base(hosts::built_in_as_published());
        let candidate = signed.state(state_folder(state.path())).candidate(day(date))?;
        hosts::builder(candidate).clock(hosts::Fixed(day(date))).build()
    };
    let host = on("2026-11-09").unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(host.status().notes, [StateNote::NothingRemembered]);
    let host = on("2026-11-03").unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    let behind = StateNote::ClockBehind { clock: day("2026-11-03"), seen: day("2026-11-09") };
    assert_eq!(host.status().notes, [behind]);
    refused(on("2026-11-11"), "verify", "it counted until 2026-11-10");
    // A statement that had expired on the last day seen does not come back with the clock.
    folder.publish(&["alice"], |next| {
        next.statement.expires = day("2026-11-08");
        next.manifest.redaction = Some("[late]".to_owned());
    });
    let host = on("2026-11-03").unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(live(&host), 1);
}

#[test]
fn what_is_remembered_is_the_base_whatever_the_program_has_built_in() {
    let (folder, state) = started();
    start(&folder, state.path());
    let unlike = || SignedFolder::new(folder.published_dir(), root());
    refused(unlike().candidate(hosts::today()), "difference", "there is none to compare it with");
    assert!(unlike().state(state_folder(state.path())).candidate(hosts::today()).is_ok());
}

#[test]
fn a_folder_that_ends_before_the_number_that_is_asked_for_is_refused() {
    let (folder, _) = started();
    let signed = |least| {
        let signed = SignedFolder::new(folder.published_dir(), root()).base(hosts::built_in_as_published());
        signed.at_least(least).candidate(hosts::today())
    };
    assert!(signed(1).is_ok());
    refused(signed(2), "verify", "the folder ends with statement 1, and at least 2 is asked for");
}

#[test]
fn numbers_of_new_editions_rise() {
    let (folder, _) = started();
    redacting(&folder, "[two]");
    let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    for number in [0, 1, 2] {
        folder.sign(&["alice", "bob"], |next| {
            next.manifest.number = number;
            next.manifest.redaction = Some(format!("[{number} again]"));
        });
        refused(folder.check(&host), "verify", &format!("has the number {number}, and 2 was live already"));
    }
    folder.sign(&["alice"], |next| next.manifest.number = 9);
    folder.check(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
}

#[test]
fn revocations_and_versions_outlive_the_folder() {
    let (folder, state) = started();
    let host = start(&folder, state.path());
    let news = host.edition().policies().into_iter().find(|policy| policy.id.as_str() == "news").unwrap().digest;
    folder.state(&["bob"], |next| {
        next.revoked.insert(news);
    });
    folder.apply(&host).unwrap();
    fs::remove_file(folder.published().join(files::statement(2))).unwrap();
    let fresh = start(&folder, state.path());
    let unavailable = fresh.edition().policies().into_iter().find(|policy| policy.id.as_str() == "news").unwrap();
    assert_eq!(unavailable.unavailable, Some(specialis_core::FaultKind::Revoked));
}
