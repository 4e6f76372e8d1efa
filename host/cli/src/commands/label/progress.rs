//! How far a run over many files has come, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// From this many files on a person wants to know.
const MANY: usize = 32;

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
        Self(bar)
    }

    pub(super) fn advance(&self, n_files: usize) {
        self.0.inc(u64::try_from(n_files).unwrap_or_default());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
