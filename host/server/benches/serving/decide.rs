//! Requests a second of `decide`, beside the same server when it answers a constant.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::client::{again, post};
use super::figures::{Spread, Table, median};
use super::process::Process;
use super::upstream;

const CONNECTIONS: usize = 16;
const SPAN: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

pub(crate) async fn run(table: &mut Table) {
    let server = Process::server(upstream::constant().await);
    // The same way in: a token, a body of JSON, an answer of JSON. Nothing is judged.
    let constant = post("/contracts/dify", "{\"point\": \"ping\"}");
    let event = "{\"event\": {\"kind\": \"output\", \"text\": \"图书馆周一闭馆，周二至周日九点开放，请勿大声喧哗。\"}}";
    let decide = post("/v1/decide", event);
    let (mut constants, mut decided, mut ratios, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (one, _) = rate(server.address, &constant, CONNECTIONS, SPAN).await;
        let (other, spread) = rate(server.address, &decide, CONNECTIONS, SPAN).await;
        constants.push(one);
        decided.push(other);
        ratios.push(other / one);
        times.push(spread);
    }
    table.row("decide/constant", format!("{:.0} /s", median(constants)), "the answer to a ping of a contract");
    let Spread { p50, p99 } = Spread::median(&times);
    let note = format!("{CONNECTIONS} connections; {p50:.3} / {p99:.3} ms a request");
    table.row("decide/output", format!("{:.0} /s", median(decided)), &note);
    table.row("decide/to-constant", format!("{:.2}", median(ratios)), "target ≥ 0.5");
}

/// Requests a second over some connections, and how long they took.
pub(crate) async fn rate(address: SocketAddr, request: &[u8], n: usize, span: Duration) -> (f64, Spread) {
    let request: Arc<[u8]> = request.into();
    let clients = (0..n).map(|_| {
        let request = request.clone();
        tokio::spawn(async move { again(address, &request, span).await })
    });
    let clients: Vec<_> = clients.collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await.expect("a client"));
    }
    let n_requests = u32::try_from(all.len()).map_or(f64::NAN, f64::from);
    (n_requests / span.as_secs_f64(), Spread::of(all))
}
