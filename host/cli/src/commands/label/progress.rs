//! How far a run over many files has come, on a terminal.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// From this many files on a person wants to know.
const MANY: usize = 32;

/// The line that is shown, of which everything else keeps clear.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn bar() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what writes to the terminal, without the line.
pub(super) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let shown = bar().clone();
    match shown {
        Some(bar) => bar.suspend(work),
        None => work(),
    }
}

/// Writes what was said of some files, so that it does not run into the line.
pub(super) fn print(out: &mut dyn Write, said: &[u8]) -> io::Result<()> {
    aside(|| {
        out.write_all(said)?;
        out.flush()
    })
}

/// A line on standard error where that is a terminal; nothing elsewhere.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(n_files: usize) -> Self {
        let bar = ProgressBar::with_draw_target(
            u64::try_from(n_files).ok(),
            if n_files < MANY { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() },
        );
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        *self::bar() = Some(bar.clone());
        Self(bar)
    }

    pub(super) fn advance(&self, n_files: usize) {
        self.0.inc(u64::try_from(n_files).unwrap_or_default());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        *bar() = None;
    }
}
