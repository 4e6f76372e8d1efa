//! What the server costs beside others that stand in the same place, as ratios in one run.
//!
//! - `chunks`: how much later each chunk of a stream comes than straight from its upstream, beside nginx and Envoy as plain proxies
//! - `decide`: requests a second, beside the same server when it answers a constant
//! - `litellm`: LiteLLM's proxy with its own filter of words, beside LiteLLM that calls this server
//! - `memory`: what open streams hold
//!
//! `cargo bench --bench serving -- chunks decide` runs some of them, without names all. nginx is Debian's; `cargo xtask server-peers`
//! installs the others, and what is not there is left out aloud. `SERVING_STREAMS` says how many streams there are at once (1,000). The
//! server runs in a process of its own, which is this program again; the upstream and the clients share another. Everything is on one
//! machine, so that all of them compete for its cores: compare rows of one run, never runs.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a benchmark talks to people and stops at the first surprise"
)]

mod serving {
    pub(crate) mod chunks;
    pub(crate) mod client;
    pub(crate) mod decide;
    pub(crate) mod figures;
    pub(crate) mod litellm;
    pub(crate) mod memory;
    pub(crate) mod process;
    pub(crate) mod upstream;
}

use serving::figures::Table;
use serving::{chunks, decide, litellm, memory, process};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, config] = args.as_slice()
        && flag == process::SERVE
    {
        return process::serve(config);
    }
    let runs = |name: &str| {
        let mut named = args.iter().filter(|arg| !arg.starts_with('-')).peekable();
        named.peek().is_none() || named.any(|arg| arg == name)
    };
    let mut table = Table::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        if runs("chunks") {
            chunks::run(&mut table).await;
        }
        if runs("decide") {
            decide::run(&mut table).await;
        }
        if runs("litellm") {
            litellm::run(&mut table).await;
        }
        if runs("memory") {
            memory::run(&mut table).await;
        }
    });
    println!("{table}");
}
