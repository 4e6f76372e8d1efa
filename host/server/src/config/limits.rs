//! How much a request may be, and how long things may take.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much is taken in at once. The defaults:
///
/// - 8 MiB of body, 64 KiB of headers in at most 100 fields, 32 MiB of an answer of an upstream, 256 MiB of a sound
/// - 1 MiB of one event of a stream
/// - 4,096 connections, 10,000 open sessions with 512 MiB in all, 64 decisions of one session that can be settled
/// - 1,024 requests that wait for a thread
/// - 512 MiB of acts that are uploaded in the console and not published yet
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Bounds {
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of an uploaded file.
    pub file: usize,
    /// Bytes of a request's headers.
    pub headers: usize,
    /// Header fields of a request.
    pub header_fields: usize,
    /// Bytes of an upstream's answer that does not stream.
    pub answer: usize,
    /// Bytes of a sound of an upstream. Beyond 1 MiB it is labelled in a file of the folder for temporary ones.
    pub media: usize,
    /// Bytes of one event of an upstream's stream, and of one line of a stream of ours.
    pub stream_event: usize,
    /// Connections.
    pub connections: usize,
    /// Open sessions.
    pub sessions: usize,
    /// Bytes that are kept of all open sessions: what opened them, their last streams, and their decisions as JSON.
    pub session_bytes: usize,
    /// Decisions of one session that can be settled.
    pub decisions: usize,
    /// Requests that wait for a thread that judges. More are refused.
    pub waiting: usize,
    /// Bytes of all acts that are uploaded in the console and not published yet. Where more come, the oldest upload is forgotten.
    pub draft_bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body: 8 << 20,
            file: 64 << 20,
            headers: 64 << 10,
            header_fields: 100,
            answer: 32 << 20,
            media: 256 << 20,
            stream_event: 1 << 20,
            connections: 4_096,
            sessions: 10_000,
            session_bytes: 512 << 20,
            decisions: 64,
            waiting: 1_024,
            draft_bytes: 512 << 20,
        }
    }
}

/// How long things may take, in milliseconds. The defaults: 10 seconds for headers, 60 for a body, 10 to connect to an upstream,
/// 120 until it answers, 60 between two pieces of its stream, 30 for open streams once the server is told to stop, 10 minutes
/// until a session that nobody uses is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Timeouts {
    /// Until a request's headers are there.
    pub headers: u64,
    /// Until a request's body is there.
    pub body: u64,
    /// Until an upstream takes a connection.
    pub connect: u64,
    /// Until an upstream answers.
    pub answer: u64,
    /// Between two pieces of an upstream's stream.
    pub piece: u64,
    /// For open requests and streams once the server is told to stop.
    pub drain: u64,
    /// Until a session that nobody uses is closed.
    pub session: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            headers: 10_000,
            body: 60_000,
            connect: 10_000,
            answer: 120_000,
            piece: 60_000,
            drain: 30_000,
            session: 600_000,
        }
    }
}

/// A time of the configuration.
pub(crate) fn duration(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
