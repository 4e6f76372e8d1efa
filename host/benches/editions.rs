//! What editions cost: staging 64,000 terms with a warm cache, publishing, the first decision after a warm start, and what a
//! thousand swaps do to the slowest decisions.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark talks to people and stops at the first surprise"
)]

#[expect(dead_code, reason = "shared with the other benchmark, which uses all of it")]
mod ratios {
    pub(crate) mod measure;
    pub(crate) mod texts;
    pub(crate) mod world;
}

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ratios::measure::{Table, resident};
use ratios::texts::CALM;
use ratios::world::World;
use specialis::core::EventKind;
use specialis::{CodeCache, Host};

fn main() {
    let mut table = Table::default();
    let world = World::new(64_000);
    let context = World::context();
    let folder = std::env::temp_dir().join(format!("specialis-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let cache = || CodeCache::new(Dir::open_ambient_dir(&folder, ambient_authority()).expect("the folder"), [7; 32]);
    let start = || world.host(|builder| builder.code_cache(cache()));
    let micros = |since: Instant| since.elapsed().as_secs_f64() * 1e6;

    let cold = Instant::now();
    drop(start());
    table.base("start/cold", micros(cold), "eight policies compiled, 64,000 terms indexed");
    let warm = Instant::now();
    let host = start();
    table.base("start/warm", micros(warm), "eight policies from the cache, 64,000 terms indexed; target ≤ 1 s");
    let first = Instant::now();
    World::decide(&host, &context, EventKind::Output, CALM);
    table.base("decide/first-after-warm-start", micros(first), "target ≤ 50 ms");

    let candidate = || host.edition().content().candidate();
    let began = Instant::now();
    drop(host.stage(candidate()).expect("it stages"));
    table.base(
        "stage/vectors-run",
        micros(began),
        "code and terms shared, every vector of every policy judged; target ≤ 1 s",
    );
    let began = Instant::now();
    let staged = host.stage(candidate()).expect("it stages");
    table.base("stage/same-code-and-terms", micros(began), "the same, its vectors met before; target ≤ 1 s");
    let began = Instant::now();
    host.activate(staged).expect("it is published");
    table.base("activate", micros(began), "target ≤ 1,000 µs");

    let steady = slowest(&host, || ());
    let (before, mapped) = (resident().unwrap_or_default(), mappings());
    let swapped = slowest(&host, || {
        let staged = host.stage(candidate()).expect("it stages");
        drop(host.activate(staged).expect("it is published"));
    });
    table.base("decide/p99/steady", steady, "two threads");
    table.base("decide/p99/1,000-swaps", swapped, "the same while editions are swapped");
    table.times("decide/p99/1,000-swaps-against-steady", swapped / steady, "≤ 1.5");
    host.maintain();
    let more = resident().unwrap_or_default().saturating_sub(before);
    table.memory("memory/after-1,000-swaps", more, "more than before them; target: none that grows with them");
    table.times("mappings/after-1,000-swaps", mappings() / mapped, "against before them; target: none that grows");
    println!("{table}");
    let _ = std::fs::remove_dir_all(folder);
}

/// How many stretches of memory this process has mapped; one where the system does not say.
fn mappings() -> f64 {
    let maps = std::fs::read_to_string("/proc/self/maps");
    maps.map_or(1.0, |maps| f64::from(u32::try_from(maps.lines().count()).unwrap_or(u32::MAX)))
}

/// How often something is done while two threads decide, and after how many decisions.
const N_SWAPS: u32 = 1_000;
const DECISIONS_BETWEEN: u64 = 500;

/// The 99th percentile of decisions on two threads, in microseconds, while `swap` is done a thousand times.
fn slowest(host: &Host, mut swap: impl FnMut()) -> f64 {
    let (context, done, decided) = (World::context(), AtomicBool::new(false), AtomicU64::new(0));
    let judge = || {
        let mut times = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let began = Instant::now();
            World::decide(host, &context, EventKind::Output, CALM);
            times.push(began.elapsed().as_secs_f64() * 1e6);
            decided.fetch_add(1, Ordering::Relaxed);
        }
        times
    };
    let mut times: Vec<f64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(judge)).collect();
        for n in 1..=N_SWAPS {
            while decided.load(Ordering::Relaxed) < DECISIONS_BETWEEN.saturating_mul(u64::from(n)) {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            swap();
        }
        done.store(true, Ordering::Relaxed);
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    times.sort_by(f64::total_cmp);
    times.get(times.len().saturating_mul(99).checked_div(100).unwrap_or(0)).copied().unwrap_or_default()
}
