//! Threads that end by themselves.

use anyhow::{Context as _, Result};

/// How many lines may wait for one thread.
pub(crate) const QUEUE: usize = 256;

/// Starts a thread that nobody joins.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).context("no thread could be started; give a smaller `--threads`")
}
