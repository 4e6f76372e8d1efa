//! Measuring: medians of samples taken in turn, and a table of ratios.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How many samples of each side.
const N_SAMPLES: usize = 101;

/// Two times of one run, in microseconds, and what the second is to the first.
pub(crate) struct Ratio {
    pub(crate) base: f64,
    pub(crate) other: f64,
    /// The median over pairs of samples that were taken one after the other.
    pub(crate) times: f64,
}

/// Medians of two calls, sampled in turn.
pub(crate) fn in_turn<A, B>(mut base: impl FnMut() -> A, mut other: impl FnMut() -> B) -> Ratio {
    let mut base = || drop(black_box(base()));
    let mut other = || drop(black_box(other()));
    let (n_base, n_other) = (batch(&mut base), batch(&mut other));
    let pairs: Vec<(f64, f64)> =
        (0..N_SAMPLES).map(|_| (sample(n_base, &mut base), sample(n_other, &mut other))).collect();
    Ratio {
        base: median(pairs.iter().map(|(base, _)| *base).collect()),
        other: median(pairs.iter().map(|(_, other)| *other).collect()),
        times: median(pairs.iter().map(|(base, other)| other / base).collect()),
    }
}

/// Calls that fill a sample of some milliseconds, found while warming up.
fn batch(call: &mut impl FnMut()) -> u32 {
    let warm = Instant::now();
    let mut n = 0_u32;
    while warm.elapsed() < Duration::from_millis(300) {
        call();
        n = n.saturating_add(1);
    }
    (n / 60).max(1)
}

fn sample(n: u32, call: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..n).for_each(|_| call());
    start.elapsed().as_secs_f64() * 1e6 / f64::from(n)
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Calls a second on one thread and on two together: medians of rounds taken in turn.
pub(crate) fn rates(call: impl Fn() + Sync) -> [f64; 2] {
    let rounds: Vec<[f64; 2]> = (0..7).map(|_| [per_second(1, &call), per_second(2, &call)]).collect();
    let [one, two] = [0, 1].map(|n| median(rounds.iter().filter_map(|round| round.get(n).copied()).collect()));
    [one, two]
}

fn per_second(n: u32, call: &(impl Fn() + Sync)) -> f64 {
    let span = Duration::from_millis(400);
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
    fn row(&mut self, name: &str, measured: String, ratio: String, note: &str) {
        self.0.push([name.to_owned(), measured, ratio, note.to_owned()]);
    }

    /// A time that stands for itself.
    pub(crate) fn base(&mut self, name: &str, micros: f64, note: &str) {
        self.row(name, format!("{micros:.2} µs"), String::new(), note);
    }

    /// A time against another of the same run.
    pub(crate) fn against(&mut self, name: &str, micros: f64, ratio: f64, target: &str) {
        self.row(name, format!("{micros:.2} µs"), format!("{ratio:.2}"), target);
    }

    /// A ratio of two times that have rows of their own.
    pub(crate) fn times(&mut self, name: &str, ratio: f64, target: &str) {
        self.row(name, String::new(), format!("{ratio:.2}"), target);
    }

    /// A rate of one thread and of two.
    pub(crate) fn rate(&mut self, name: &str, one: f64, two: f64, target: &str) {
        self.row(name, format!("{one:.0} → {two:.0} /s"), format!("{:.2}", two / one), target);
    }

    /// An amount of memory.
    pub(crate) fn memory(&mut self, name: &str, n_bytes: u64, note: &str) {
        let size = if n_bytes < 16 << 20 { format!("{} KiB", n_bytes >> 10) } else { format!("{} MiB", n_bytes >> 20) };
        self.row(name, size, String::new(), note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | ratio | target or note |\n|---|---|---|---|")?;
        self.0.iter().try_for_each(|[name, time, ratio, note]| writeln!(f, "| `{name}` | {time} | {ratio} | {note} |"))
    }
}

/// Bytes of this process in memory.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib << 10)
}
