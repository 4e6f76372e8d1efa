//! Why a server does not start.

use std::io;
use std::net::SocketAddr;

/// Why a server does not start, or does not take another configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("`{listen}` cannot be listened on; free it, or give another address as `listen`")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// What happened.
        source: io::Error,
    },
    /// The threads of the server cannot be started.
    #[error("the threads of the server cannot be started")]
    Threads {
        /// What happened.
        source: io::Error,
    },
    /// The key of an upstream, of the webhook or of the reviews cannot be read.
    #[error("a key cannot be read from `{file}`; give a file that holds the key alone")]
    Key {
        /// The file.
        file: String,
        /// What happened.
        source: io::Error,
    },
    /// The folder in which measures or content wait cannot be used.
    #[error("`{folder}` cannot be used for what waits; give a folder that can be written")]
    Folder {
        /// The folder.
        folder: String,
        /// What happened.
        source: io::Error,
    },
    /// A file for TLS cannot be used.
    #[error("`{file}` cannot be used for TLS; give a file in PEM that holds {wanted}")]
    Tls {
        /// The file.
        file: String,
        /// What it should hold.
        wanted: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Randomness for a token is not to be had.
    #[error("the system gives no randomness for a token")]
    Randomness {
        /// What happened.
        source: getrandom::Error,
    },
}
