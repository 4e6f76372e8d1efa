//! The Model Context Protocol: a proxy that governs a server of tools. What goes to it and what comes back is judged message by
//! message, whatever the transport and the revision of the protocol.
//!
//! `message` says what of a message is judged and how it reads once it was; `guard` judges it; `http` and `stdio` are the two
//! transports.

mod guard;
mod headers;
mod http;
mod message;
mod stdio;

pub(crate) use guard::{Guard, Onward, Pending, Ruling};
pub(crate) use http::pass_on;
pub use message::{Sender, texts_fit_back};
pub use stdio::{StdioError, StdioServer};
