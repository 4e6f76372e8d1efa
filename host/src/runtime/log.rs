//! Where the log lines of policies go.

use specialis_core::PolicyId;

/// Receives the log lines of policies that have no effect: those in monitor mode, and those whose vectors are run. Log lines of
/// enforcing policies reach nobody. Called on the deciding thread, once a line; it must not block.
pub trait LogSink: Send + Sync {
    /// A line that `policy` wrote.
    fn line(&self, policy: &PolicyId, message: &str);
}
