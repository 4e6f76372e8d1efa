//! One line to judge.

use std::sync::Arc;

use specialis::{Judged, Session};
use specialis_core::{Context, Date, SessionId};

use crate::input::{Chunk, LineEvent};

/// How a line uses its session.
pub(crate) enum SessionUse {
    /// The session is the line's own and ends with it.
    Own(SessionId),
    /// Other lines may continue the session.
    Shared(SessionId),
    /// Earlier lines may have opened the session, and it ends with this line.
    Last(SessionId),
}

/// One line to judge.
pub(crate) struct Job {
    pub(crate) order: u64,
    pub(crate) n_bytes: u64,
    pub(crate) session: SessionUse,
    pub(crate) context: Arc<Context>,
    pub(crate) day: Option<Date>,
    pub(crate) event: LineEvent,
}

/// Submits the event of a line to a session.
pub(crate) fn submit(session: &mut Session, event: LineEvent) -> Judged {
    match event {
        LineEvent::Whole(event) => session.submit(*event),
        LineEvent::Stream(event, chunks) => {
            // Only the decision on the whole is needed; `specialis stream` shows the steps on the way.
            let mut stream = session.stream(*event);
            for chunk in chunks {
                _ = match chunk {
                    Chunk::Text(text) => stream.push(0, None, &text),
                    Chunk::Of(of) => stream.push(of.choice, of.channel.as_deref(), &of.text),
                };
            }
            stream.end()
        }
    }
}
