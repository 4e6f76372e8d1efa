//! The native interface, under `/v1`: what the library does, over HTTP.

mod coverage;
mod decide;
mod explain;
mod labels;
mod openapi;
mod reviews;
mod scan;
mod sessions;
mod stand_in;
mod store;
mod streams;

pub(crate) use coverage::coverage;
pub(crate) use decide::{decide, host_session, new_id, random_id, session_id};
pub(crate) use explain::explain;
pub(crate) use labels::{Checked, check_bytes, check_label, write_label};
pub use openapi::openapi;
pub(crate) use openapi::openapi_page;
pub(crate) use reviews::{answer_review, open_review, review, reviews};
pub(crate) use scan::scan;
pub(crate) use sessions::{close, open, settle, submit};
pub(crate) use store::{RequestTurn, Sessions};
pub(crate) use streams::{socket, socket_alone, stream, stream_alone};
