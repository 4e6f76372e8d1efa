//! What a session was given, kept so that it can be given again to the policies of another edition.

use specialis_core::Event;

use super::Session;
use super::stream::StreamState;

/// The input of a session so far, or the knowledge that some of it was not kept.
pub(super) struct InputLog {
    entries: Vec<Entry>,
    n_bytes: usize,
    max_bytes: usize,
    is_whole: bool,
}

/// One call of the platform. Which piece of which choice came when is part of it.
pub(super) enum Entry {
    Whole(Event),
    Begin(Event),
    Push { choice: u32, channel: Option<String>, bytes: Vec<u8> },
    End,
}

impl InputLog {
    /// A log of at most so many bytes. A longer one is not kept at all.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { entries: Vec::new(), n_bytes: 0, max_bytes, is_whole: true }
    }

    /// Adds what came next. Where nothing is kept, `entry` is not called.
    pub(super) fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if !self.is_whole {
            return;
        }
        let entry = if self.max_bytes == 0 { None } else { Some(entry()) };
        let n_bytes = entry.as_ref().map_or(1, Entry::n_bytes);
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        let Some(entry) = entry.filter(|_| self.n_bytes <= self.max_bytes) else {
            self.is_whole = false;
            self.entries = Vec::new();
            return;
        };
        match (self.entries.last_mut(), entry) {
            (
                Some(Entry::Push { choice, channel, bytes }),
                Entry::Push { choice: next, channel: of, bytes: mut more },
            ) if (*choice, &*channel) == (next, &of) => bytes.append(&mut more),
            (_, entry) => self.entries.push(entry),
        }
    }

    /// Whether everything that the session was given is in it.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Gives all of it to another session, and returns the stream that is open or pending there then.
    pub(super) fn replay(&self, session: &mut Session) -> Option<Box<StreamState>> {
        let mut stream: Option<Box<StreamState>> = None;
        for entry in &self.entries {
            match entry {
                Entry::Whole(event) => drop(session.judge(event.clone(), stream.as_deref_mut())),
                Entry::Begin(event) => stream = Some(StreamState::begin(session, event.clone())),
                Entry::Push { choice, channel, bytes } => {
                    if let Some(stream) = &mut stream {
                        drop(stream.push(session, *choice, channel.as_deref(), bytes));
                    }
                }
                Entry::End => {
                    if let Some(open) = stream.take() {
                        drop(open.end(session));
                        stream = session.pending.take();
                    }
                }
            }
        }
        stream
    }
}

impl Entry {
    fn n_bytes(&self) -> usize {
        match self {
            // INVARIANT: events have a JSON form.
            Self::Whole(event) | Self::Begin(event) => serde_json::to_vec(event).map_or(usize::MAX, |json| json.len()),
            Self::Push { bytes, .. } => bytes.len(),
            Self::End => 1,
        }
    }
}
