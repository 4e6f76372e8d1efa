//! LiteLLM's proxy with its own filter of words, beside LiteLLM that calls this server.

use std::time::Duration;

use serde_json::json;

use super::client::post;
use super::decide::rate;
use super::figures::{Spread, Table, median};
use super::process::{Process, TOKEN};
use super::upstream;

const CONNECTIONS: usize = 4;
const SPAN: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

pub(crate) async fn run(table: &mut Table) {
    let upstream = upstream::constant().await;
    let server = Process::server(upstream);
    let own = json!({ "guardrail": "litellm_content_filter", "mode": ["pre_call", "post_call"], "default_on": true,
        "patterns": [{ "pattern_type": "regex", "pattern": "1[3-9][0-9]{9}", "name": "mobile", "action": "MASK" }],
        "blocked_words": [{ "keyword": "样例词", "action": "BLOCK" }] });
    let ours = json!({ "guardrail": "generic_guardrail_api", "mode": ["pre_call", "post_call"], "default_on": true,
        "api_base": format!("http://{}/contracts/litellm", server.address), "api_key": TOKEN });
    let Some(own) = Process::litellm(upstream, own).await else { return };
    let Some(ours) = Process::litellm(upstream, ours).await else { return };
    let ask = "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"图书馆几点开门\"}]}";
    let ask = post("/v1/chat/completions", ask);
    let mut measured: [(Vec<f64>, Vec<Spread>); 2] = Default::default();
    for address in [own.address, ours.address] {
        // The first answers of a fresh process are slow.
        rate(address, &ask, 1, Duration::from_secs(1)).await;
    }
    for _ in 0..ROUNDS {
        for (process, (rates, times)) in [&own, &ours].into_iter().zip(&mut measured) {
            let (requests, spread) = rate(process.address, &ask, CONNECTIONS, SPAN).await;
            rates.push(requests);
            times.push(spread);
        }
    }
    let [own, ours] = measured.map(|(rates, times)| (median(rates), Spread::median(&times)));
    let shown = |(rate, spread): (f64, Spread)| format!("{rate:.0} /s, {:.1} / {:.1} ms", spread.p50, spread.p99);
    table.row("litellm/own-filter", shown(own), "one regex, one word, on the prompt and on the answer");
    table.row("litellm/specialis", shown(ours), "the same calls, judged here by all built-in policies");
    let ratio = format!("{:.2} of the rate, {:.2} of the p99", ours.0 / own.0, ours.1.p99 / own.1.p99);
    table.row("litellm/specialis-to-own", ratio, "");
}
