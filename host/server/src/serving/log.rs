//! Logs: lines of JSON on standard error, without content.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes what happens as lines of JSON to standard error, from now on. Where something else takes the events of this process
/// already, it goes on doing so.
pub fn log_json() {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    // A second one in a process is no error: its embedder chose.
    drop(tracing_subscriber::registry().with(LevelFilter::INFO).with(lines).try_init());
}
