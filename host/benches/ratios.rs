//! What deciding costs, as ratios in one run: against the scan alone, against the same rules native, one thread against two.
//!
//! `cargo xtask bench` runs it; it prints the table that is kept under `host/benches/record/`. Both sides of a ratio are
//! sampled in turn, so that other work on the machine slows both alike.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark talks to people and stops at the first surprise"
)]

mod ratios {
    pub(crate) mod film;
    pub(crate) mod known;
    pub(crate) mod measure;
    pub(crate) mod memory;
    pub(crate) mod texts;
    pub(crate) mod world;
}

use std::hint::black_box;
use std::time::Instant;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ratios::film::Film;
use ratios::known;
use ratios::measure::{Table, in_turn, median, rates};
use ratios::memory;
use ratios::texts::{self, CALM};
use ratios::world::{HIT, World};
use specialis::core::Event;
use specialis::core::EventKind::{self, Output};
use specialis::{CodeCache, Host, InstanceReset};
use specialis_text::Reader;

fn main() {
    let mut table = Table::default();
    start_to_first_decision(&mut table);
    let world = World::new(64_000);
    let host = world.host(|builder| builder);
    no_policy_woken(&mut table, &world, &host);
    policies_woken(&mut table, &world, &host);
    many_hits(&mut table, &host);
    film_against_native(&mut table);
    known::film(&mut table);
    known::mix(&mut table, &host);
    snapshot_against_configure(&mut table, &world, &host);
    drop(host);
    threads_and_reset(&mut table, &world);
    memory::open_sessions(&mut table);
    println!("{table}");
}

/// From nothing to a decision: registries, the built-in policies compiled or taken from the cache and configured, one event.
fn start_to_first_decision(table: &mut Table) {
    let folder = std::env::temp_dir().join(format!("specialis-ratios-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let start = |cached: bool| {
        let began = Instant::now();
        let mut builder = Host::builder(World::built_in());
        if cached {
            let dir = Dir::open_ambient_dir(&folder, ambient_authority()).expect("the folder");
            builder = builder.code_cache(CodeCache::new(dir, [7; 32]));
        }
        let host = builder.build().expect("it builds");
        black_box(World::decide(&host, &World::context(), Output, HIT));
        began.elapsed().as_secs_f64() * 1e6
    };
    let cold = (0..3).map(|_| start(false)).collect();
    table.base("start/first-decision/no-cache", median(cold), "every policy compiled");
    start(true);
    let warm = (0..9).map(|_| start(true)).collect();
    table.base("start/first-decision/warm-cache", median(warm), "compiled code from the cache; target ≤ 50,000 µs");
    // A benchmark that cannot tidy up has still measured.
    let _ = std::fs::remove_dir_all(folder);
}

/// The price of the host beside reading the text.
fn no_policy_woken(table: &mut Table, world: &World, host: &Host) {
    let context = World::context();
    let ratio = in_turn(|| world.index().scan(CALM), || World::decide(host, &context, Output, CALM));
    table.base("scan/no-hit/300ch", ratio.base, "the view and both lanes alone, 64,000 terms; target ≤ 10 µs");
    table.against("decide/no-hit/300ch", ratio.other, ratio.times, "");
    table.base(
        "decide/no-hit/above-scan",
        ratio.other - ratio.base,
        "what deciding costs beside reading; target ≤ 6 µs",
    );
    let mut session = host.open("kept", context.clone());
    let ratio = in_turn(|| world.index().scan(CALM), || session.submit(World::event(Output, CALM)));
    table.against("submit/no-hit/300ch", ratio.other, ratio.times, "≤ 1.3");

    // One policy more with 10,000 terms that do not hit.
    let more = World::new(74_000).host(|builder| builder);
    let ratio =
        in_turn(|| World::decide(host, &context, Output, CALM), || World::decide(&more, &context, Output, CALM));
    table.against("decide/no-hit/+10,000-terms", ratio.other, ratio.times, "≤ 1.02");
    drop(more);

    // A stream, four characters at a time, beside what the host reads it with.
    let chunks: Vec<&str> = texts::chunks(CALM);
    let n_chunks = f64::from(u32::try_from(chunks.len()).expect("some dozens"));
    let mut reader = Reader::new(world.index().clone());
    let ratio = in_turn(
        || {
            chunks.iter().for_each(|chunk| drop(black_box(reader.push(chunk))));
            reader.finish()
        },
        || {
            let mut stream = session.stream(Event::new(Output));
            chunks.iter().for_each(|chunk| drop(black_box(stream.push(0, None, chunk))));
        },
    );
    table.base("stream/no-hit/4ch-chunk/read", ratio.base / n_chunks, "the reading alone");
    table.base("stream/no-hit/4ch-chunk", ratio.other / n_chunks, "the session, its begin shared out; target ≤ 0.6 µs");
    let first = chunks.first().copied().unwrap_or_default();
    let ratio = in_turn(
        || {
            drop(black_box(reader.push(first)));
            reader.finish()
        },
        || drop(black_box(session.stream(Event::new(Output)).push(0, None, first))),
    );
    table.base("stream/no-hit/begin-and-first-push", ratio.other, "a stream that is left after it; target ≤ 5 µs");
}

/// Policies called in fresh instances.
fn policies_woken(table: &mut Table, world: &World, host: &Host) {
    let context = World::context_of_all();
    let one = EventKind::ALL.iter().find(|kind| World::woken(host, &context, **kind, HIT) == 1);
    for (name, kind) in [("one", *one.expect("a kind that wakes one policy")), ("all", Output)] {
        let n_woken = World::woken(host, &context, kind, HIT);
        let ratio = in_turn(|| world.index().scan(HIT), || World::decide(host, &context, kind, HIT));
        let target = if name == "all" { "; target ≤ 170 µs" } else { "" };
        let note = format!(
            "every sector certain, text that hits: a policy is called at its hits and at the end; the ratio is to the scan{target}"
        );
        table.against(&format!("decide/woken-{name}/{n_woken}-policies"), ratio.other, ratio.times, &note);
    }
}

/// Texts with more and more hits, whole and as a stream in single characters. Twice the hits take at most about twice the time.
fn many_hits(table: &mut Table, host: &Host) {
    let context = World::context();
    let micros = |run: &dyn Fn()| {
        let sample = || {
            let began = Instant::now();
            run();
            began.elapsed().as_secs_f64() * 1e6
        };
        median((0..3).map(|_| sample()).collect())
    };
    let mut before: Option<[f64; 2]> = None;
    for n in [100, 200, 400, 800, 1_600, 3_200, 6_400] {
        let text = rows(n);
        let whole = micros(&|| drop(black_box(World::decide(host, &context, Output, &text))));
        let streamed = micros(&|| {
            let mut session = host.open("rows", context.clone());
            let mut stream = session.stream(Event::new(Output));
            text.char_indices().for_each(|(at, c)| {
                let end = at.saturating_add(c.len_utf8());
                drop(black_box(stream.push(0, None, text.get(at..end).unwrap_or_default())));
            });
            drop(black_box(stream.end()));
        });
        for (what, now, n_before) in [("whole", whole, 0), ("stream", streamed, 1)] {
            let name = format!("hits/{n}/{what}");
            match before.and_then(|before| before.get(n_before).copied()) {
                Some(before) => table.against(&name, now, now / before, "against half the hits; target ≤ 2.3"),
                None => table.base(&name, now, "rows with a phone number each"),
            }
        }
        before = Some([whole, streamed]);
    }
}

/// Rows of a table, with a phone number each.
fn rows(n: u32) -> String {
    (0..n).map(|row| format!("客户{row},139{:08},北京\n", row.wrapping_mul(7_919) % 100_000_000)).collect()
}

/// One call of one policy, its instance apart, against the same rules on the same case as a native function.
fn film_against_native(table: &mut Table) {
    let mut film = Film::new();
    film.assert_same_findings();
    let [whole, silent, instance] = film.calls();
    table.base(
        "film/call",
        whole,
        "a fresh instance, the case read through the contract, an answer that was given before; target ≤ 30 µs",
    );
    table.base(
        "film/call/finds-nothing",
        silent,
        "the same of a work for nobody: the instance of a real guest and what it reads; target ≤ 9 µs",
    );
    table.base("film/call/empty", instance, "the same of a tiny policy that answers nothing: the instance alone");
    let more = (whole - instance).max(0.0);
    let native = film.native();
    table.base("film/call-above-empty", more, "what the first is above the second: guest and host together");
    table.base("film/native", native.other, "case and rules as native functions");
    table.times("film/call-above-empty-against-native", more / native.other, "≤ 3 for the guest alone, which is in it");
    table.base("film/native/rules-alone", native.base, "on a case that is there already");
}

fn snapshot_against_configure(table: &mut Table, world: &World, host: &Host) {
    let context = World::context();
    let cold = world.host(|builder| builder.snapshots(false));
    let ratio = in_turn(|| World::decide(host, &context, Output, HIT), || World::decide(&cold, &context, Output, HIT));
    table.against("decide/hit/configure-each-call", ratio.other, ratio.times, "with a snapshot is 1");
}

fn threads_and_reset(table: &mut Table, world: &World) {
    let context = World::context();
    let [one, two] = rates(|| drop(black_box(world.index().scan(HIT))));
    table.rate("threads/scan-alone", one, two, "what the machine gives: no sandbox, nothing shared");
    for (name, keep) in [("keep-0", 0), ("keep-256k", 256 << 10), ("keep-1m", 1 << 20), ("keep-2m", 2 << 20)] {
        let reset = InstanceReset { memory_keep_resident: keep, table_keep_resident: keep.min(64 << 10) };
        let host: Host = world.host(|builder| builder.reset(reset).threads(2));
        let [one, two] = rates(|| drop(black_box(World::decide(&host, &context, Output, HIT))));
        let target = if name == "keep-2m" { "the default; target ≥ 1.8" } else { "≥ 1.6" };
        table.rate(&format!("threads/{name}"), one, two, target);
    }
}
