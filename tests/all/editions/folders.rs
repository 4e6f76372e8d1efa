//! Attacks on a published folder, one row each: who holds which keys, what is copied, cut, replayed or exchanged, and what must
//! be live afterwards on a host that runs, on one that is started again, and on one that starts for the first time.

use std::fs;
use std::path::{Path, PathBuf};

use specialis::signed::files as names;
use specialis_bundle::Envelope;
use specialis_tests::hosts;

use super::small::{Says, Small, Which, copy, live, look, start};
use Which::{Lenient, Plain, Worded};

/// What has to be live: the edition of a statement, or nothing, because the host refuses to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Live {
    At(u64),
    Refused,
}
use Live::{At, Refused};

/// A published folder with four statements, and what an attacker may use.
///
/// 1: `Plain`, by alice and bob · 2: `Worded`, by alice · 3: list 2 of approvers, without bob, by alice · 4: back to `Plain`, by
/// carol
struct Attack<'a> {
    small: &'a Small,
    chain: Vec<Vec<u8>>,
    folder: PathBuf,
    /// A folder that the host does not know.
    outside: PathBuf,
}

impl Attack<'_> {
    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(names::statement(number))
    }

    fn object(&self, which: Which) -> PathBuf {
        self.folder.join(names::object(self.small.edition(which)))
    }

    fn write(&self, number: u64, bytes: &[u8]) {
        fs::write(self.path(number), bytes).unwrap();
    }

    /// The statement of the history with a number.
    fn old(&self, number: usize) -> &[u8] {
        &self.chain[number - 1]
    }

    /// Adds the next statement.
    fn append(&self, says: &Says) -> Vec<u8> {
        let bytes = self.small.statement(Some(self.old(4)), says);
        self.write(5, &bytes);
        bytes
    }

    #[cfg(unix)]
    fn link(&self, to: &Path, number: u64) {
        let _ = fs::remove_file(self.path(number));
        std::os::unix::fs::symlink(to, self.path(number)).unwrap();
    }

    #[cfg(unix)]
    fn pipe(&self, number: u64) {
        let _ = fs::remove_file(self.path(number));
        assert!(std::process::Command::new("mkfifo").arg(self.path(number)).status().unwrap().success());
    }
}

struct Row {
    /// Whose keys the attacker has, and what is done.
    what: &'static str,
    attack: fn(&Attack<'_>),
    /// On a host that runs, on one that is started again, on one that starts for the first time.
    live: [Live; 3],
}

const fn row(what: &'static str, attack: fn(&Attack<'_>), live: [Live; 3]) -> Row {
    Row { what, attack, live }
}

/// What comes of it where a first start refuses, too.
const NOTHING: [Live; 3] = [At(4), At(4), Refused];

/// A first start cannot see that the end was cut; `at_least` and the day of expiry are for that.
const fn cut_to(number: u64) -> [Live; 3] {
    [At(4), At(4), At(number)]
}

/// Whoever can write to the folder, without any key.
const WRITER: &[Row] = &[
    row("nothing", |_| {}, cut_to(4)),
    row("newest is removed", |a| fs::remove_file(a.path(4)).unwrap(), cut_to(3)),
    row("two are removed", |a| (3..=4).for_each(|n| fs::remove_file(a.path(n)).unwrap()), cut_to(2)),
    row("all are removed", |a| fs::remove_dir_all(a.folder.join(names::STATEMENTS)).unwrap(), NOTHING),
    row("one in the middle is removed", |a| fs::remove_file(a.path(3)).unwrap(), cut_to(2)),
    row("first is removed", |a| fs::remove_file(a.path(1)).unwrap(), NOTHING),
    row("objects are removed", |a| fs::remove_dir_all(a.folder.join(names::OBJECTS)).unwrap(), NOTHING),
    row("an old one replaces the newest", |a| a.write(4, a.old(2)), NOTHING),
    row("an old one is played again as the next", |a| a.write(5, a.old(2)), NOTHING),
    row("the newest is played again as the next", |a| a.write(5, a.old(4)), NOTHING),
    row(
        "two are swapped",
        |a| {
            a.write(3, a.old(4));
            a.write(4, a.old(3));
        },
        NOTHING,
    ),
    row("the newest gets a later number", |a| fs::rename(a.path(4), a.path(5)).unwrap(), cut_to(3)),
    row("junk follows", |a| a.write(5, b"{}"), NOTHING),
    row("an empty file follows", |a| a.write(5, b""), NOTHING),
    row("the newest is half written", |a| a.write(4, &a.old(4)[..100]), NOTHING),
    row(
        "a folder stands in its place",
        |a| {
            fs::remove_file(a.path(4)).unwrap();
            fs::create_dir(a.path(4)).unwrap();
        },
        NOTHING,
    ),
    row(
        "a giant with nothing in it follows",
        |a| fs::File::create(a.path(5)).unwrap().set_len(1 << 40).unwrap(),
        NOTHING,
    ),
    row(
        "the edition is exchanged for another",
        |a| {
            fs::copy(a.object(Lenient), a.object(Plain)).unwrap();
        },
        NOTHING,
    ),
    row("the edition is half written", |a| fs::write(a.object(Plain), "{\"number\":1").unwrap(), NOTHING),
    row("signatures are taken off the newest", |a| a.write(4, &resigned(a.old(4), &[])), NOTHING),
    row("a stranger signs the next", |a| drop(a.append(&Says::new(Worded, 2, &["stranger"]))), NOTHING),
    row("nobody signs the next", |a| drop(a.append(&Says::new(Worded, 2, &[]))), NOTHING),
    row("a stranger signs the newest as well", |a| a.write(4, &resigned(a.old(4), &["carol", "stranger"])), cut_to(4)),
];

#[cfg(unix)]
const WRITER_OF_LINKS: &[Row] = &[
    row("a link leads to an old one", |a| a.link(Path::new("000002.json"), 4), NOTHING),
    row("a link leads to itself", |a| a.link(Path::new("000004.json"), 4), cut_to(3)),
    row(
        "a link leads out of the folder",
        |a| {
            fs::write(a.outside.join("newest"), a.old(4)).unwrap();
            a.link(&a.outside.join("newest"), 4);
        },
        cut_to(3),
    ),
    row("a pipe stands in its place", |a| a.pipe(4), NOTHING),
    row("a pipe follows", |a| a.pipe(5), NOTHING),
    row("a device follows", |a| a.link(Path::new("/dev/zero"), 5), cut_to(4)),
];

/// An approver who was removed by statement 3.
const REMOVED: &[Row] = &[
    row("bob signs the next", |a| drop(a.append(&Says::new(Worded, 2, &["bob"]))), NOTHING),
    row("bob signs the next under the old list", |a| drop(a.append(&Says::new(Worded, 1, &["bob"]))), NOTHING),
    row(
        "bob signs another newest",
        |a| {
            a.write(4, &a.small.statement(Some(a.old(3)), &Says::new(Worded, 2, &["bob"])));
        },
        NOTHING,
    ),
    row("bob signs an old one as well", |a| a.write(2, &resigned(a.old(2), &["alice", "bob"])), cut_to(4)),
    // What a first start cannot see: that there was another statement 3.
    row(
        "bob goes on from before he was removed",
        |a| {
            fs::remove_file(a.path(4)).unwrap();
            a.write(3, &a.small.statement(Some(a.old(2)), &Says::new(Plain, 1, &["bob"])));
        },
        cut_to(3),
    ),
    row("alice loosens and bob signs with her", |a| drop(a.append(&Says::new(Lenient, 2, &["alice", "bob"]))), NOTHING),
    row("the same under the old list", |a| drop(a.append(&Says::new(Lenient, 1, &["alice", "bob"]))), NOTHING),
];

/// One approver of the list, alone.
const APPROVER: &[Row] = &[
    row(
        "alice publishes what is neutral",
        |a| drop(a.append(&Says::new(Worded, 2, &["alice"]))),
        [At(5), At(5), At(5)],
    ),
    row("alice loosens", |a| drop(a.append(&Says::new(Lenient, 2, &["alice"]))), NOTHING),
    row(
        "alice loosens in two steps",
        |a| {
            let next = a.append(&Says::new(Worded, 2, &["alice"]));
            a.write(6, &a.small.statement(Some(&next), &Says::new(Lenient, 2, &["alice"])));
        },
        NOTHING,
    ),
    row(
        "alice loosens and goes back on it",
        |a| {
            let next = a.append(&Says::new(Lenient, 2, &["alice"]));
            a.write(6, &a.small.statement(Some(&next), &Says::new(Plain, 2, &["alice"])));
        },
        NOTHING,
    ),
    row(
        "alice loosens at once",
        |a| {
            let says = Says::new(Lenient, 2, &["alice"]);
            a.write(5, &a.small.changed(Some(a.old(4)), &says, |next| next.urgent = true));
        },
        NOTHING,
    ),
    row("alice brings an old list back", |a| drop(a.append(&Says::new(Plain, 1, &["alice"]))), NOTHING),
    row(
        "alice skips a number",
        |a| {
            let says = Says::new(Worded, 2, &["alice"]);
            a.write(5, &a.small.changed(Some(a.old(4)), &says, |next| next.number = 6));
        },
        NOTHING,
    ),
    row(
        "alice follows another statement",
        |a| {
            let says = Says::new(Worded, 2, &["alice"]);
            let previous = Envelope::parse(a.old(3)).unwrap().digest();
            a.write(5, &a.small.changed(Some(a.old(4)), &says, |next| next.previous = Some(previous)));
        },
        NOTHING,
    ),
    row(
        "alice writes a day before the statement before",
        |a| {
            let says = Says::new(Worded, 2, &["alice"]);
            a.write(5, &a.small.changed(Some(a.old(4)), &says, |next| next.made = specialis_tests::day("2026-11-01")));
        },
        NOTHING,
    ),
    row(
        "alice makes another history",
        |a| {
            fs::remove_file(a.path(4)).unwrap();
            a.write(3, &a.small.statement(Some(a.old(2)), &Says::new(Plain, 1, &["alice"])));
        },
        cut_to(3),
    ),
];

/// Two approvers of the list, or the root key.
const ENOUGH: &[Row] = &[
    row(
        "alice and carol loosen",
        |a| drop(a.append(&Says::new(Lenient, 2, &["alice", "carol"]))),
        [At(5), At(5), At(5)],
    ),
    row(
        "alice and carol loosen without a reason",
        |a| {
            drop(a.append(&Says { has_reason: false, ..Says::new(Lenient, 2, &["alice", "carol"]) }));
        },
        NOTHING,
    ),
    row(
        "alice and carol loosen at once",
        |a| {
            let says = Says::new(Lenient, 2, &["alice", "carol"]);
            a.write(5, &a.small.changed(Some(a.old(4)), &says, |next| next.urgent = true));
        },
        NOTHING,
    ),
    row("root loosens", |a| drop(a.append(&Says::new(Lenient, 2, &["root"]))), [At(5), At(5), At(5)]),
    row(
        "root loosens without a reason",
        |a| {
            drop(a.append(&Says { has_reason: false, ..Says::new(Lenient, 2, &["root"]) }));
        },
        NOTHING,
    ),
    row("root brings an old list back", |a| drop(a.append(&Says::new(Plain, 1, &["root"]))), NOTHING),
    row(
        "alice and carol let it expire before it is seen",
        |a| {
            let says = Says::new(Lenient, 2, &["alice", "carol"]);
            let change = |next: &mut specialis::signed::Statement| {
                (next.made, next.expires) = (hosts::today(), specialis_tests::day("2026-11-01"));
            };
            a.write(5, &a.small.changed(Some(a.old(4)), &says, change));
        },
        NOTHING,
    ),
];

/// A statement with other signatures.
fn resigned(bytes: &[u8], signers: &[&str]) -> Vec<u8> {
    use specialis::signed::{SignedDocument as _, Statement};
    let statement: Statement = Envelope::parse(bytes).unwrap().statement(Statement::KIND).unwrap();
    specialis_tests::signed(&statement, signers)
}

/// The history before the attack.
fn history(small: &Small) -> Vec<Vec<u8>> {
    let mut chain: Vec<Vec<u8>> = Vec::new();
    for says in [
        Says::new(Plain, 1, &["alice", "bob"]),
        Says::new(Worded, 1, &["alice"]),
        Says::new(Worded, 2, &["alice"]),
        Says::new(Plain, 2, &["carol"]),
    ] {
        let next = small.statement(chain.last().map(Vec::as_slice), &says);
        chain.push(next);
    }
    chain
}

fn check(small: &Small, chain: &[Vec<u8>], row: &Row) {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    for name in ["live", "outside", "state"] {
        fs::create_dir(path(name)).unwrap();
    }
    small.write(&path("live"), chain);
    let running = start(&path("live"), Some(&path("state"))).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
    assert_eq!(live(&running), 4);
    copy(&path("state"), &path("state-of-another"));
    (row.attack)(&Attack { small, chain: chain.to_vec(), folder: path("live"), outside: path("outside") });
    let _ = look(&running, &path("live"));
    let started =
        |state: Option<PathBuf>| start(&path("live"), state.as_deref()).map_or(Refused, |host| At(live(&host)));
    let found = [At(live(&running)), started(Some(path("state-of-another"))), started(None)];
    assert_eq!(found, row.live, "{}", row.what);
    // Whatever happened, what is live now is what a later start finds.
    assert_eq!(started(Some(path("state"))), found[0], "{}, and once more", row.what);
}

fn check_all(rows: &[Row]) {
    let small = Small::new();
    let chain = history(&small);
    for row in rows {
        check(&small, &chain, row);
    }
}

#[test]
fn who_can_write_to_the_folder_changes_nothing() {
    check_all(WRITER);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_the_folder_change_nothing_and_nobody_waits() {
    check_all(WRITER_OF_LINKS);
}

#[test]
fn an_approver_who_was_removed_changes_nothing() {
    check_all(REMOVED);
}

#[test]
fn one_approver_publishes_what_does_not_loosen_and_nothing_else() {
    check_all(APPROVER);
}

#[test]
fn two_approvers_or_the_root_key_with_a_reason_may_loosen() {
    check_all(ENOUGH);
}
