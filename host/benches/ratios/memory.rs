//! What open sessions hold.

use specialis::Host;
use specialis::core::Context;
use specialis_tests::{Guest, Manifest};

use super::measure::{Table, resident};
use super::world::World;

const N_SESSIONS: u64 = 100_000;
/// Bytes of state that each session carries.
const STATE: usize = 1 << 10;

/// The memory that 100,000 open sessions add, each with 1 KiB of state, each with a context of its own.
pub(crate) fn open_sessions(table: &mut Table) {
    let Some(before) = resident() else {
        table.memory("sessions/100,000", 0, "not measured: this system does not say what is resident");
        return;
    };
    let answer = serde_json::json!({"state": "x".repeat(STATE)}).to_string();
    let guest = Guest::from_file("answers").with("answer", &answer).under(Manifest::hostile().at_open());
    let candidate = World::without_policies().policy("remembers", guest.pack());
    let host = Host::builder(candidate).build().expect("it builds");
    let sessions: Vec<_> = (0..N_SESSIONS)
        .map(|n| {
            let context = Context { pseudonym: Some(format!("user-{n}")), ..(*World::context()).clone() };
            host.open(format!("session-{n}"), context)
        })
        .collect();
    let held = resident().unwrap_or_default().saturating_sub(before);
    table.memory("sessions/100,000/1-KiB-of-state", held, "target ≤ 1,024 MiB");
    drop(sessions);
}
