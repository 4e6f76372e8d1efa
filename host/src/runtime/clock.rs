//! Which day it is, and how long the program has been running.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use specialis_core::Date;

/// Which day it is. Called when a session opens, on the thread that opens it; it must not block.
pub trait Clock: Send + Sync {
    /// Today in Asia/Shanghai.
    fn today(&self) -> Date;

    /// How long the clock has been running, for deadlines of minutes. Called on faults and by
    /// [`Host::maintain`](crate::Host::maintain).
    fn uptime(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn today(&self) -> Date {
        // Asia/Shanghai has kept UTC+8 without summer time since 1991.
        jiff::tz::offset(8).to_datetime(jiff::Timestamp::now()).date().into()
    }
}
