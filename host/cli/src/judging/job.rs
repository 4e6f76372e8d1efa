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
    /// How many sessions of its name ended before.
    pub(crate) n_ended: u64,
    pub(crate) context: Arc<Context>,
    pub(crate) day: Option<Date>,
    pub(crate) event: LineEvent,
}

/// The session of the host for a name that lines give. Where sessions of that name ended before, it is one of its own under the name:
/// two exchanges of one name would otherwise have decisions of one id. The same lines give the same ids.
pub(crate) fn host_session(name: &SessionId, n_ended: u64) -> SessionId {
    if n_ended == 0 { name.clone() } else { SessionId::of_its_own(name.as_str(), n_ended.to_be_bytes()) }
}

/// The session of the host for a name, where decisions are recorded: one of its own. So a name that comes again in another run never
/// gives a decision the id of one that is recorded.
///
/// # Errors
/// Where the system gives no randomness.
pub(crate) fn recorded_session(name: &SessionId) -> Result<SessionId, String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|_| "the system gives no randomness; judge it again".to_owned())?;
    Ok(SessionId::of_its_own(name.as_str(), random))
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
