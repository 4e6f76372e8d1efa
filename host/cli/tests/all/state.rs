//! What the program remembers of a published folder, and files under whose names something else stands.

use std::fs;
use std::path::Path;

use crate::publish::Desk;
use crate::run::{Ran, finish, program, run};

/// A provider that there is not.
const CODE: &str = "001191110000MAAAAAAA0210002";
const LINE: &[u8] = r#"{"event": {"kind": "output", "text": "你好"}}"#.as_bytes();

/// A desk with two published statements.
fn published() -> Desk {
    let desk = Desk::new();
    desk.edition();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    let profile = Path::new(&desk.path("next")).join("profile.toml");
    let text = fs::read_to_string(&profile).unwrap();
    fs::write(&profile, text.replacen("news = \"no\"", "news = \"unknown\"", 1)).unwrap();
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31", "--live", "live"]).ok();
    desk.run(&["edition", "sign", "next", "--key", "alice.pem"]).ok();
    desk.run(&["edition", "publish", "next", "live"]).ok();
    desk
}

/// Judges one line on the published folder, and the number of the statement that was live.
fn evaluate(desk: &Desk, more: &[&str]) -> (Ran, Option<u64>) {
    let (live, root, status) = (desk.path("live"), desk.public("root"), desk.path("status.json"));
    let _ = fs::remove_file(&status);
    let args = ["evaluate", "-", "--edition", &live, "--root", &root, "--status", &status];
    let mut command = program(&[&args[..], more].concat());
    command.env("XDG_STATE_HOME", desk.path("home")).env("XDG_DATA_HOME", desk.path("data"));
    let ran = finish(command, LINE);
    let status = fs::read_to_string(status).ok();
    let status = status.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
    (ran, status.and_then(|status| status["statement"].as_u64()))
}

fn cut(desk: &Desk) {
    fs::remove_file(Path::new(&desk.path("live")).join("statements/000002.json")).unwrap();
}

#[test]
fn a_cut_folder_brings_nothing_back_and_the_note_says_what_is_live() {
    let desk = published();
    let (ran, live) = evaluate(&desk, &[]);
    assert_eq!((ran.code, live), (0, Some(2)), "{}", ran.err);
    assert!(ran.err.contains("nothing is remembered of this folder"), "{}", ran.err);
    let (ran, _) = evaluate(&desk, &[]);
    assert!(!ran.err.contains("remembered"), "once: {}", ran.err);
    cut(&desk);
    let (ran, live) = evaluate(&desk, &[]);
    assert_eq!((ran.code, live), (0, Some(2)), "{}", ran.err);
    assert!(ran.err.contains("statement 2 stays live, from the host's own copy"), "{}", ran.err);
    let (ran, live) = evaluate(&desk, &["--no-state"]);
    assert_eq!((ran.code, live), (0, Some(1)), "{}", ran.err);
    let (ran, _) = evaluate(&desk, &["--no-state", "--at-least", "2"]);
    assert!(ran.refused().contains("the folder ends with statement 1, and at least 2 is asked for"));
}

#[test]
fn a_named_state_folder_holds_for_a_copy_of_the_published_folder_too() {
    let desk = published();
    let state = desk.path("state");
    let (ran, live) = evaluate(&desk, &["--state", &state]);
    assert_eq!((ran.code, live), (0, Some(2)), "{}", ran.err);
    assert!(Path::new(&state).join("state.json").exists() && Path::new(&desk.path("state.key")).exists());
    cut(&desk);
    let (moved, live) = (desk.path("moved"), desk.path("live"));
    fs::rename(&live, &moved).unwrap();
    let root = desk.public("root");
    let ran = finish(program(&["evaluate", "-", "--edition", &moved, "--root", &root, "--state", &state]), LINE);
    assert!(ran.code == 0 && ran.err.contains("statement 2 stays live"), "{}", ran.err);
}

#[test]
fn state_is_never_kept_in_the_published_folder_and_belongs_to_the_user_alone() {
    let desk = published();
    let inside = Path::new(&desk.path("live")).join("state").display().to_string();
    let (ran, _) = evaluate(&desk, &["--state", &inside]);
    assert!(ran.refused().contains("lies in the folder of `--edition`"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        evaluate(&desk, &[]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let states = Path::new(&desk.path("home")).join("specialis/live");
        let state = fs::read_dir(&states).unwrap().next().unwrap().unwrap().path();
        let key = Path::new(&desk.path("data")).join("specialis/state.key");
        assert_eq!((mode(&state), mode(&state.join("state.json")), mode(&key)), (0o700, 0o600, 0o600));
        fs::set_permissions(&state, fs::Permissions::from_mode(0o770)).unwrap();
        let (ran, _) = evaluate(&desk, &[]);
        assert!(ran.err.contains("what is live is not remembered: others may write to"), "{}", ran.err);
        let open = state.display().to_string();
        let (ran, _) = evaluate(&desk, &["--state", &open]);
        assert!(ran.refused().contains("the state folder cannot be used: others may write to"));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_a_device_or_a_giant_in_place_of_a_file_is_refused_and_nobody_waits() {
    let desk = Desk::new();
    let pipe = desk.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (page, ledger) = (desk.path("page.md"), desk.path("ledger"));
    let (page, ledger) = (page.as_str(), ledger.as_str());
    fs::write(page, "正文。\n").unwrap();
    run(&["ledger", "init", ledger, "--origin", "example.cn/node-1/2026"]).ok();
    let giant = desk.path("giant");
    fs::File::create(&giant).unwrap().set_len(1 << 40).unwrap();
    for (file, words) in [(pipe.as_str(), "no regular file"), ("/dev/zero", "no regular file"), (&giant, "at most")] {
        for args in [
            &["evaluate", "-", "--registry", file][..],
            &["evaluate", "-", "--settings", file],
            &["evaluate", "-", "--with", file],
            &["policy", "inspect", file],
            &["policy", "sign", file, "--key", file, "--role", "author", "--expires", "2099-12-31"],
            &["key", "show", file],
            &["lexicon", "check", file],
            &["label", "check", page, "--providers", file],
            &["label", "write", page, "--in-place", "--producer", CODE, "--id", "c-1", "--sign", file],
            &["ledger", "check-proof", page, file, "--key", "k"],
            &["ledger", "stamp", ledger, "--response", file],
        ] {
            let said = run(args);
            assert!(said.code != 0 && said.err.contains(words), "{args:?}: {}", said.err);
        }
    }
    let policies = desk.path("policies");
    fs::create_dir(&policies).unwrap();
    fs::rename(&pipe, Path::new(&policies).join("odd.wasm")).unwrap();
    assert!(run(&["evaluate", "-", "--policies", &policies]).refused().contains("no regular file"));
}

#[cfg(unix)]
#[test]
fn a_link_under_the_name_of_a_file_that_is_written_is_not_followed() {
    let desk = Desk::new();
    desk.edition();
    let target = desk.path("target");
    fs::write(&target, "as it was").unwrap();
    let statement = Path::new(&desk.path("next")).join("statement.json");
    for name in ["statement.json", ".statement.json.part"] {
        let link = statement.with_file_name(name);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&target, &link).unwrap();
    }
    desk.run(&["edition", "write", "next", "--expires", "2099-12-31"]).ok();
    assert_eq!(fs::read_to_string(&target).unwrap(), "as it was");
    assert!(!fs::symlink_metadata(&statement).unwrap().is_symlink());
}
