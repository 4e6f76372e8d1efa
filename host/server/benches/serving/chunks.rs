//! How much later a chunk comes through the server than straight from its upstream, beside nginx and Envoy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::client;
use super::figures::{Spread, Table};
use super::process::Process;
use super::upstream::{self, Plan};

const CHUNKS: usize = 40;
const EVERY: Duration = Duration::from_millis(100);
/// Streams begin one after the other in this time, so that their chunks do not all come at once.
const BEGIN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

pub(crate) async fn run(table: &mut Table) {
    let n_streams = std::env::var("SERVING_STREAMS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000);
    // One plan for each round of each way: the upstream notes its times there.
    let mut rounds: [Vec<Spread>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for (way, rounds) in rounds.iter_mut().enumerate() {
            let plan = Plan::new(n_streams, CHUNKS, EVERY, false);
            let upstream = upstream::streaming(plan.clone()).await;
            let process = match way {
                0 => None,
                1 => Process::nginx(upstream).await,
                2 => Process::envoy(upstream).await,
                _ => Some(Process::server(upstream)),
            };
            if way > 0 && process.is_none() {
                continue;
            }
            let address = process.as_ref().map_or(upstream, |process| process.address);
            let path = if way == 3 { "/openai/chat/completions" } else { "/v1/chat/completions" };
            rounds.push(measure(address, path, &plan).await);
        }
    }
    let [direct, nginx, envoy, server] = rounds.map(|rounds| Spread::median(&rounds));
    let name = |way: &str| format!("chunks/{n_streams}/{way}");
    table.row(&name("direct"), shown(direct), "p50 and p99 of the time from the upstream's write to the client's read");
    let added = |way: Spread| Spread { p50: way.p50 - direct.p50, p99: way.p99 - direct.p99 };
    let others: Vec<_> =
        [("nginx", nginx), ("envoy", envoy)].into_iter().filter(|(_, spread)| !spread.p50.is_nan()).collect();
    for &(way, spread) in &others {
        table.row(&name(way), shown(spread), &format!("added {}", shown(added(spread))));
    }
    table.row(&name("specialis"), shown(server), &format!("added {}; target p99 ≤ 1 ms added", shown(added(server))));
    for (way, spread) in others {
        let ratio = format!("{:.2} at p50, {:.2} at p99", server.p50 / spread.p50, server.p99 / spread.p99);
        table.row(&name(&format!("specialis-to-{way}")), ratio, "ratio of the whole times");
    }
}

fn shown(spread: Spread) -> String {
    format!("{:.3} / {:.3} ms", spread.p50, spread.p99)
}

/// All streams at once, through what listens at an address.
async fn measure(address: SocketAddr, path: &'static str, plan: &Arc<Plan>) -> Spread {
    let n_streams = u32::try_from(plan.n_streams).unwrap_or(1).max(1);
    let mut tick = tokio::time::interval(BEGIN / n_streams);
    let mut streams = Vec::with_capacity(plan.n_streams);
    for stream in 0..plan.n_streams {
        tick.tick().await;
        let plan = plan.clone();
        streams.push(tokio::spawn(async move {
            let mut connection = client::open(address, path, stream).await.expect("it takes connections");
            client::ages(&mut connection, &plan, stream, plan.n_chunks).await
        }));
    }
    let mut all = Vec::with_capacity(plan.n_streams.saturating_mul(plan.n_chunks));
    for stream in streams {
        let ages = stream.await.expect("a stream");
        assert_eq!(ages.len(), plan.n_chunks, "each stream comes to its end at {address}");
        // The first chunk waits for the prompt and the connection.
        all.extend(ages.into_iter().skip(1));
    }
    Spread::of(all)
}
