//! What deciding costs, as ratios in one run: against the scan alone, against the same rules native, one thread against two.
//!
//! `cargo xtask bench` runs it; it prints the table that is kept under `host/benches/record/`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark talks to people and stops at the first surprise"
)]

mod ratios {
    pub(crate) mod measure;
    pub(crate) mod world;
}

use std::hint::black_box;

use ratios::measure::{Table, per_second, typical};
use ratios::world::{CALM, HIT, World};
use specialis::core::EventKind;
use specialis::{Host, Reset};

fn main() {
    let mut table = Table::default();
    let world = World::new(64_000);
    let host = world.host(|builder| builder);
    let context = World::context();

    // No policy woken: the price of the host beside reading the text.
    let scan = typical(|| black_box(world.index().scan(CALM)));
    table.base("scan/no-hit/300ch", scan, "the view and both lanes alone, 64,000 terms");
    let submit = typical(|| black_box(World::decide(&host, &context, EventKind::Output, CALM)));
    table.against("decide/no-hit/300ch", submit, scan, "≤ 1.3");
    let mut session = host.open("kept", context.clone());
    let submit = typical(|| black_box(session.submit(World::event(EventKind::Output, CALM))));
    table.against("submit/no-hit/300ch", submit, scan, "≤ 1.3");

    // One policy more with 10,000 terms that do not hit.
    let more = World::new(74_000);
    let more_host = more.host(|builder| builder);
    let first = typical(|| black_box(World::decide(&host, &context, EventKind::Output, CALM)));
    let second = typical(|| black_box(World::decide(&more_host, &context, EventKind::Output, CALM)));
    table.against("decide/no-hit/+10,000-terms", second, first, "≤ 1.02");
    drop(more_host);

    // Policies woken in fresh instances.
    for (name, text, kind) in [("one", HIT, EventKind::Retrieved), ("all", HIT, EventKind::Output)] {
        let n_calls = World::calls(&host, &context, kind, text);
        let scan = typical(|| black_box(world.index().scan(text)));
        let whole = typical(|| black_box(World::decide(&host, &context, kind, text)));
        let each = (whole - scan).max(0.0) / f64::from(n_calls.max(1));
        table.base(&format!("decide/woken-{name}/{n_calls}-calls"), whole, "an event whose text hits");
        table.base(&format!("call/woken-{name}"), each, "each woken policy; target ≤ 30 µs");
    }

    // The same rules native.
    let native = typical(|| black_box(ratios::world::native_film()));
    let guest = World::film_call(&host, &context);
    table.base("rules/film/native", native, "the same rules as a native function");
    table.against("rules/film/guest-with-instance", guest, native, "guest time alone ≤ 3");

    // Snapshot against configuring before each call.
    let cold = world.host(|builder| builder.snapshots(false));
    let with = typical(|| black_box(World::decide(&host, &context, EventKind::Output, HIT)));
    let without = typical(|| black_box(World::decide(&cold, &context, EventKind::Output, HIT)));
    table.against("decide/hit/configure-each-call", without, with, "snapshot is the base");
    drop(cold);

    // Threads and reset settings.
    for (name, keep) in [("keep-0", 0), ("keep-256k", 256 << 10), ("keep-1m", 1 << 20), ("keep-2m", 2 << 20)] {
        let reset = Reset { memory_keep_resident: keep, table_keep_resident: keep.min(64 << 10) };
        let host: Host = world.host(|builder| builder.reset(reset).threads(2));
        let one = per_second(1, || drop(black_box(World::decide(&host, &context, EventKind::Output, HIT))));
        let two = per_second(2, || drop(black_box(World::decide(&host, &context, EventKind::Output, HIT))));
        table.rate(&format!("threads/{name}"), one, two, "≥ 1.6");
    }
    println!("{table}");
}
