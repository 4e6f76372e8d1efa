//! Judging lines of events: each line is read, routed to the thread that has its session, and submitted there.

mod answer;
mod job;
mod reader;
mod thread;

pub(crate) use answer::{Answer, Ordered};
pub(crate) use job::{Job, SessionUse, host_session, recorded_session, submit};
pub(crate) use reader::Reader;
pub(crate) use thread::{QUEUE, spawn};
