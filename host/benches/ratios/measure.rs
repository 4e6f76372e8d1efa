//! Measuring: medians of samples, and a table of ratios.

use std::fmt;
use std::time::{Duration, Instant};

/// The median time of one call, in microseconds, over samples of a few milliseconds each.
pub(crate) fn typical<T>(mut call: impl FnMut() -> T) -> f64 {
    let warm = Instant::now();
    let mut n = 0_u32;
    while warm.elapsed() < Duration::from_millis(300) {
        drop(call());
        n = n.saturating_add(1);
    }
    let batch = (n / 60).max(1);
    let mut samples: Vec<f64> = (0..101)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..batch {
                drop(call());
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(batch)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples.get(50).copied().unwrap_or_default()
}

/// Calls a second over `n` threads together.
pub(crate) fn per_second(n: u32, call: impl Fn() + Sync) -> f64 {
    let span = Duration::from_millis(1_500);
    std::thread::scope(|scope| {
        let count = || {
            let start = Instant::now();
            let mut done = 0_u32;
            while start.elapsed() < span {
                call();
                done = done.saturating_add(1);
            }
            f64::from(done) / start.elapsed().as_secs_f64()
        };
        let threads: Vec<_> = (0..n).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    })
}

/// Rows of what was measured.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    /// A time that stands for itself.
    pub(crate) fn base(&mut self, name: &str, micros: f64, note: &str) {
        self.0.push([name.to_owned(), format!("{micros:.2} µs"), "1".to_owned(), note.to_owned()]);
    }

    /// A time against another of the same run.
    pub(crate) fn against(&mut self, name: &str, micros: f64, base: f64, target: &str) {
        self.0.push([name.to_owned(), format!("{micros:.2} µs"), format!("{:.2}", micros / base), target.to_owned()]);
    }

    /// A rate of one thread and of two.
    pub(crate) fn rate(&mut self, name: &str, one: f64, two: f64, target: &str) {
        self.0.push([
            name.to_owned(),
            format!("{one:.0} → {two:.0} /s"),
            format!("{:.2}", two / one),
            target.to_owned(),
        ]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | ratio | target or note |\n|---|---|---|---|")?;
        self.0.iter().try_for_each(|[name, time, ratio, note]| writeln!(f, "| `{name}` | {time} | {ratio} | {note} |"))
    }
}
