//! What every request goes through: the listener, who calls, how much is taken in, threads that judge, errors, figures.

mod body;
mod caller;
mod error;
mod facts;
mod file;
mod judging;
mod labels;
mod log;
mod metrics;
mod outgoing;
mod problem;
mod recent;
mod settings;
mod shutdown;
mod size;
mod start;
mod tls;

pub(crate) use body::{read_body, read_json};
pub(crate) use caller::Caller;
pub use error::ServeError;
pub(crate) use facts::{admit_event, check_sector_facts, context_of};
pub(crate) use file::key_text;
pub(crate) use judging::{Judging, NotJudged};
pub(crate) use labels::implicit_label;
pub use log::log_json;
pub(crate) use metrics::{Metrics, OpenOne};
pub(crate) use outgoing::outgoing;
pub(crate) use problem::{Problem, ProblemBody};
pub(crate) use recent::{CLASSES, Recent, Seen};
pub(crate) use settings::{McpTo, RouteTo, Settings};
pub(crate) use shutdown::{Phase, Shutdown};
pub(crate) use size::json_bytes;
pub(crate) use start::ConnectionPlace;
pub use start::{Reload, Running, Server};
