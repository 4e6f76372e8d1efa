//! What open streams hold in the server.

use std::time::Duration;

use super::client;
use super::figures::Table;
use super::process::Process;
use super::upstream::{self, Plan};

const STREAMS: usize = 10_000;
/// How many are opened at once.
const AT_ONCE: usize = 64;

pub(crate) async fn run(table: &mut Table) {
    let n_streams = STREAMS.min(affordable());
    let plan = Plan::new(n_streams, 1, Duration::from_millis(1), true);
    let server = Process::server(upstream::streaming(plan.clone()).await);
    let address = server.address;
    // One before counts what is there once.
    let mut first = client::open(address, "/openai/chat/completions", 0).await.expect("it takes connections");
    client::ages(&mut first, &plan, 0, 1).await;
    let Some(before) = server.resident() else {
        table.row("memory/streams", "not measured".to_owned(), "this system does not say what is resident");
        return;
    };
    let mut open = vec![first];
    let streams: Vec<usize> = (1..n_streams).collect();
    for together in streams.chunks(AT_ONCE) {
        let opening = together.iter().map(|&stream| {
            let plan = plan.clone();
            tokio::spawn(async move {
                let mut connection = client::open(address, "/openai/chat/completions", stream).await;
                if let Ok(connection) = &mut connection {
                    client::ages(connection, &plan, stream, 1).await;
                }
                connection.expect("it takes connections")
            })
        });
        for opening in opening.collect::<Vec<_>>() {
            open.push(opening.await.expect("a stream"));
        }
    }
    let held = server.resident().unwrap_or_default().saturating_sub(before);
    let each = held / u64::try_from(n_streams).unwrap_or(u64::MAX).max(1);
    let note = format!("{} KiB each; target ≤ 1,024 MiB for 10,000", each >> 10);
    table.row(&format!("memory/{n_streams}-open-streams"), format!("{} MiB", held >> 20), &note);
    drop(open);
}

/// How many streams the open files of a process allow: each is two connections, in the server and here.
fn affordable() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    let n = soft.unwrap_or(1_024).saturating_sub(500) / 2;
    if n < STREAMS {
        eprintln!("LIMITED: {n} streams instead of {STREAMS}; `ulimit -n 21000` allows them");
    }
    n
}
