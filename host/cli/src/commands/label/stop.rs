//! What is left when the program is told to stop: nothing that is not whole.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// What is to be gone: files and folders that are not whole yet, by path.
static PARTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Programs that were started and have not ended, by number.
static PROGRAMS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Runs a program to its end. It is stopped when this one is told to stop.
pub(super) fn output(command: &mut Command) -> io::Result<Output> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let number = child.id();
    locked(&PROGRAMS).push(number);
    let output = child.wait_with_output();
    locked(&PROGRAMS).retain(|program| *program != number);
    output
}

/// Something that is not whole yet. A file is removed with this value, where it has no other name by then; both are removed when the
/// program is told to stop before that.
pub(super) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes a file or a folder of this path that is not there yet.
    ///
    /// It is made and noted under one lock, which whoever stops the program keeps: nothing is made that nobody removes.
    pub(super) fn make<T>(path: PathBuf, make: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Self)> {
        static WATCH: Once = Once::new();
        WATCH.call_once(watch);
        let mut parts = locked(&PARTS);
        let made = make()?;
        parts.push(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a new name was given there is nothing under this one; a folder is not removed so.
        let _ = std::fs::remove_file(&self.0);
        locked(&PARTS).retain(|path| *path != self.0);
    }
}

fn locked<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the signals of a terminal and of a system that shuts down, on a thread of its own.
#[cfg(unix)]
fn watch() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without it a part may be left behind, and everything else is as it should be.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // The locks stay held: nothing new begins.
            let (programs, parts) = (locked(&PROGRAMS), locked(&PARTS));
            for number in programs.iter() {
                let number = i32::try_from(*number).ok().and_then(rustix::process::Pid::from_raw);
                let _ = number.map(|number| rustix::process::kill_process(number, rustix::process::Signal::KILL));
            }
            for path in parts.iter() {
                let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    });
}

#[cfg(not(unix))]
fn watch() {}
