//! Who looked at what: noted on the disk before anything is shown, and recorded by whoever writes the ledger.
//!
//! A look takes no lock, because a server may be writing. So it leaves a note, a small file of its own in the folder `readings`. The writer
//! makes a record `read` of each note, when it starts and every second, and removes the note.

use std::io;

use anyhow::{Context as _, Result};
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use specialis::files::{self, NewFile};
use specialis_core::printable;
use specialis_ledger::{Ledger, LedgerClock as _, Record, SystemTime};

/// More bytes than a note has.
const MAX_NOTE: u64 = 16 << 10;
/// How many notes are taken at once.
const MAX_AT_ONCE: usize = 1_000;
/// How many characters of a query are kept.
const MAX_QUERY: usize = 1_000;
/// How many characters of a name are kept.
const MAX_NAME: usize = 64;
/// What the names of notes end with; one that is still being written has another end.
const ENDING: &str = ".json";
/// What the names of notes end with that a writer has taken, every other time.
const TAKEN: &str = "-taken.json";

/// One look.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Note {
    at: String,
    reader: String,
    query: String,
    n_records: u64,
}

impl Note {
    fn record(self) -> Record {
        let Self { at, reader, query, n_records } = self;
        Record::Read { reader, query: format!("{query}, at {at}"), n_records }
    }
}

/// Notes a look. It is on the disk when this returns.
pub(super) fn note(dir: &Dir, query: &str, n_records: usize) -> io::Result<()> {
    let now = SystemTime.now();
    let note = Note {
        at: now.to_string(),
        reader: reader(),
        query: query.chars().take(MAX_QUERY).collect(),
        n_records: u64::try_from(n_records).unwrap_or(u64::MAX),
    };
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let name = format!("{:013}-{:016x}{ENDING}", now.as_millisecond(), u64::from_le_bytes(random));
    NewFile::default().synced().create(dir, &name, &serde_json::to_vec(&note)?)
}

/// The notes that nobody has recorded yet, the earliest first.
pub(super) fn names(dir: &Dir) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in dir.entries()? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(ENDING) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Records what was noted, and removes each note once its record is durable: after a stop in between, a look is recorded twice.
/// Returns the notes that are none, which stay.
pub(super) fn record(dir: &Dir, ledger: &Ledger) -> Result<Vec<String>> {
    let mut odd = Vec::new();
    let mut written = Vec::new();
    for name in names(dir)? {
        if written.len() >= MAX_AT_ONCE {
            break;
        }
        let bytes = files::read(dir, &name, MAX_NOTE).ok();
        match bytes.and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok()) {
            Some(note) => {
                // First of all: what cannot be renamed cannot be removed, and would be recorded again each second.
                let taken = take(dir, &name).with_context(|| format!("`{name}` cannot be taken"))?;
                written.push((ledger.append(note.record())?, taken));
            }
            None => odd.push(name),
        }
    }
    for (ticket, name) in written {
        ticket.wait()?;
        dir.remove_file(&name).with_context(|| format!("`{name}` cannot be removed"))?;
    }
    Ok(odd)
}

/// Gives a note another name, and returns that.
fn take(dir: &Dir, name: &str) -> io::Result<String> {
    let other = match name.strip_suffix(TAKEN) {
        Some(stem) => format!("{stem}{ENDING}"),
        None => format!("{}{TAKEN}", name.trim_end_matches(ENDING)),
    };
    dir.rename(name, dir, &other)?;
    Ok(other)
}

/// Who runs the program, as the system says it, with the name that the surroundings give.
fn reader() -> String {
    let names = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"];
    let name = names.into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let name: String = printable(&name).chars().take(MAX_NAME).collect();
    format!("command line, {name}{}", user())
}

#[cfg(unix)]
fn user() -> String {
    format!(" (user {})", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn user() -> String {
    String::new()
}
