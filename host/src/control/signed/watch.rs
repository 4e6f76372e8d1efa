//! Watching a published folder: statements that are put there are carried out.
//!
//! The folder is looked at at a steady pace instead of being listened to: that works on every file system, through a handle
//! that leads nowhere else. A state of the folder counts once it was seen twice in a row, so that files which are still being
//! written are left alone. A state that was refused is looked at again only when the folder changes.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use cap_std::fs::Dir;

use super::act::{ActError, Applied, SignedAct};
use super::folder::files;
use crate::control::{Host, MaintenanceReport};

/// What a look at the folder brought.
#[derive(Debug)]
pub enum WatchEvent {
    /// A signed act was carried out.
    Applied(Applied),
    /// What stands there was refused; the live edition stays.
    Refused(ActError),
}

/// Watches one published folder for one host.
pub struct Watch {
    host: Host,
    dir: Dir,
    /// What the folder looked like at the last look, and when it was last acted on.
    last: Option<blake3::Hash>,
    done: Option<blake3::Hash>,
}

impl Watch {
    /// Watches `dir` for a host that was built from it.
    pub fn new(host: Host, dir: Dir) -> Self {
        Self { host, dir, last: None, done: None }
    }

    /// Looks once. Something comes of it when the folder changed and was the same at the last look.
    pub fn look(&mut self) -> Option<WatchEvent> {
        self.host.note_day();
        let state = self.state();
        let is_steady = self.last == Some(state);
        self.last = Some(state);
        if !is_steady || self.done == Some(state) {
            return None;
        }
        self.done = Some(state);
        let applied = SignedAct::in_folder(&self.dir).map_err(ActError::from).and_then(|act| self.host.apply(&act));
        match applied {
            Ok(Applied::Unchanged) => None,
            Ok(applied) => Some(WatchEvent::Applied(applied)),
            Err(error) => Some(WatchEvent::Refused(error)),
        }
    }

    /// What the folder looks like. Nothing of this is believed: it only says when to read.
    fn state(&self) -> blake3::Hash {
        let mut seen = Vec::new();
        for folder in [files::STATEMENTS, files::OBJECTS] {
            let Ok(entries) = self.dir.read_dir(folder) else { continue };
            for entry in entries.flatten() {
                let metadata = entry.metadata().ok();
                let written = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
                let written = written.map(|time| time.into_std());
                let changed = metadata.as_ref().map(changed);
                seen.push((folder, entry.file_name(), metadata.map(|metadata| metadata.len()), written, changed));
            }
        }
        seen.sort();
        blake3::hash(format!("{seen:?}").as_bytes())
    }

    /// Looks every so often on a thread of its own, and maintains the host ([`Host::maintain`]), until what is returned is
    /// dropped. `event` and `maintained` are called on that thread.
    ///
    /// # Errors
    /// Where the thread does not start.
    pub fn spawn(
        mut self,
        every: Duration,
        event: impl Fn(&WatchEvent) + Send + 'static,
        maintained: impl Fn(&MaintenanceReport) + Send + 'static,
    ) -> std::io::Result<WatchHandle> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("specialis-watch".to_owned()).spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                self.look().iter().for_each(&event);
                let report = self.host.maintain();
                if report != MaintenanceReport::default() {
                    maintained(&report);
                }
            }
        })?;
        Ok(WatchHandle { stop: Some(stop), thread: Some(thread) })
    }
}

/// Which file it is and when it last changed in any way. Nobody sets that time, so that a file which is exchanged for one of
/// the same length and time of writing is noticed.
#[cfg(unix)]
fn changed(metadata: &cap_std::fs::Metadata) -> (u64, i64, i64) {
    use cap_std::fs::MetadataExt as _;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &cap_std::fs::Metadata) {}

/// A watch at work; it ends when this is dropped.
pub struct WatchHandle {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for WatchHandle {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
