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
    /// A file with a key cannot be read.
    #[error("no key can be read from `{file}`, which `{name}` names; give a file that holds the key alone")]
    Key {
        /// What names the file in the configuration, such as `webhook.key-file`.
        name: &'static str,
        /// The file.
        file: String,
        /// What happened.
        source: io::Error,
    },
    /// The folder in which measures or content wait cannot be used.
    #[error("`{folder}`, which `{name}` names, cannot be used for what waits; give a folder that can be written")]
    Folder {
        /// What names the folder in the configuration, such as `webhook.folder`.
        name: &'static str,
        /// The folder.
        folder: String,
        /// What happened.
        source: io::Error,
    },
    /// A file for TLS cannot be used.
    #[error("`{file}`, which `{name}` names, cannot be used for TLS; give a file in PEM that holds {wanted}")]
    Tls {
        /// What names the file in the configuration, such as `tls.key`.
        name: &'static str,
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
