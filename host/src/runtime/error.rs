//! Why the sandbox does not start, or cannot make a policy ready.

use specialis_core::{FaultKind, counted};

/// An error of a library underneath whose own type stays private.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the sandbox does not start, or why a policy cannot be made ready in it. Which policy it is, the error around it says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The WebAssembly engine does not start.
    #[error("the WebAssembly engine does not start; check how much address space this process may map")]
    Engine {
        /// What the engine said.
        source: BoxError,
    },
    /// A thread does not start.
    #[error("the thread `{name}` does not start; check how many threads this process may have")]
    Thread {
        /// The thread.
        name: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Fewer pool slots than threads.
    #[error(
        "{} for {}; give at least one slot for each thread",
        counted(*slots, "pool slot", "pool slots"),
        counted(*threads, "thread", "threads")
    )]
    PoolTooSmall {
        /// The slots.
        slots: u32,
        /// The threads.
        threads: u32,
    },
    /// The key of decision ids is all zeros.
    #[error("the key of decision ids is all zeros; give 32 secret bytes, or none and a random key is made")]
    ZeroIdKey,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for the key of decision ids; give a key")]
    Entropy {
        /// What the system said.
        source: BoxError,
    },
    /// A policy does not compile.
    #[error("it does not compile; build it again with the SDK")]
    Compile {
        /// What the compiler said.
        source: BoxError,
    },
    /// The program that compiles does not start.
    #[error("the compiler `{program}` does not start; name a program that this process may run")]
    CompilerStart {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program that compiles was ended, or answered with nothing that the host can use.
    #[error(
        "compiling it takes more than {seconds} s or {mebibytes} MiB of memory, or ended the compiler; make its functions smaller"
    )]
    CompilerStopped {
        /// How long it might take, in seconds.
        seconds: u64,
        /// How much memory it might use, in MiB.
        mebibytes: u64,
    },
    /// A policy did not get through `configure`.
    #[error("it faulted while it was configured: `{}`", fault.as_str())]
    Configure {
        /// The fault.
        fault: FaultKind,
    },
    /// A policy refused its settings.
    #[error("it refuses its settings: {}", problems.join("; "))]
    Settings {
        /// What the policy said, each with what to do.
        problems: Vec<String>,
    },
    /// A policy was built against another contract.
    #[error("it does not fit specialis:policy@{version}: {difference}; build it with the matching SDK")]
    Contract {
        /// The version it names.
        version: &'static str,
        /// The first difference.
        difference: String,
    },
}
