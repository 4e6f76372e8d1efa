//! A line for whoever waits while policies are compiled.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long nothing is shown. With a warm cache everything is there by then.
const QUIET: Duration = Duration::from_millis(500);

/// Does what may compile policies. If it takes long, a terminal shows that; nothing else on standard error does.
pub(crate) fn while_compiling<T>(compile: impl FnOnce() -> T) -> T {
    if io::stderr().is_terminal() { with_notice(QUIET, spinner, compile) } else { compile() }
}

/// Does `work`, and calls `notice` where it takes longer than `quiet`. What that returns is dropped when the work is done.
fn with_notice<T, N>(quiet: Duration, notice: impl FnOnce() -> N + Send, work: impl FnOnce() -> T) -> T {
    thread::scope(|scope| {
        let (done, is_done) = channel::<()>();
        let noticing = move || {
            if is_done.recv_timeout(quiet) == Err(RecvTimeoutError::Timeout) {
                let shown = notice();
                let _ = is_done.recv();
                drop(shown);
            }
        };
        // Without the thread nobody sees the line, and the work is done all the same.
        let _ = thread::Builder::new().name("progress".to_owned()).spawn_scoped(scope, noticing);
        let result = work();
        drop(done);
        result
    })
}

/// A spinner that is gone when it is dropped.
struct Spinner(ProgressBar);

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn spinner() -> Spinner {
    let bar = ProgressBar::new_spinner().with_message("compiling the policies; the next run takes them from the cache");
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    Spinner(bar)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn work_that_takes_long_is_noticed_and_the_notice_ends_with_it() {
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let is_over = AtomicBool::new(false);
        let (noticed, is_noticed) = channel();
        let is_over_meanwhile = with_notice(
            Duration::ZERO,
            || {
                noticed.send(()).unwrap();
                Ends(&is_over)
            },
            || {
                is_noticed.recv().unwrap();
                is_over.load(Ordering::SeqCst)
            },
        );
        assert!(!is_over_meanwhile && is_over.load(Ordering::SeqCst));
    }

    #[test]
    fn quick_work_is_not_noticed() {
        let is_noticed = AtomicBool::new(false);
        let result = with_notice(Duration::MAX, || is_noticed.store(true, Ordering::SeqCst), || 7);
        assert!(result == 7 && !is_noticed.load(Ordering::SeqCst));
    }
}
