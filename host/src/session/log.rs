//! What a session was given, kept so that it can be given again to the policies of another edition.

use specialis_core::Event;

use super::Session;

/// The input of a session so far, or that it is not known any more.
pub(super) struct Log {
    entries: Vec<Entry>,
    n_bytes: usize,
    most_bytes: usize,
    is_whole: bool,
}

/// One call of the platform. Which piece of which choice came when is part of it.
pub(super) enum Entry {
    Whole(Event),
    Begin(Event),
    Push { choice: u32, channel: Option<String>, bytes: Vec<u8> },
    End,
}

impl Log {
    /// A log of at most so many bytes; what would be longer is not kept at all.
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { entries: Vec::new(), n_bytes: 0, most_bytes, is_whole: true }
    }

    /// Keeps what came next. Where nothing is kept, `entry` is not called.
    pub(super) fn note(&mut self, entry: impl FnOnce() -> Entry) {
        if !self.is_whole {
            return;
        }
        let entry = if self.most_bytes == 0 { None } else { Some(entry()) };
        let n_bytes = entry.as_ref().map_or(1, Entry::n_bytes);
        self.n_bytes = self.n_bytes.saturating_add(n_bytes);
        let Some(entry) = entry.filter(|_| self.n_bytes <= self.most_bytes) else {
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

    /// Gives all of it to another session; not where some of it is not known any more.
    pub(super) fn give(&self, session: &mut Session) -> bool {
        if self.is_whole {
            for entry in &self.entries {
                match entry {
                    Entry::Whole(event) => drop(session.submit(event.clone())),
                    Entry::Begin(event) => drop(session.begin(event.clone())),
                    Entry::Push { choice, channel, bytes } => {
                        drop(session.push_bytes(*choice, channel.as_deref(), bytes));
                    }
                    Entry::End => drop(session.end()),
                }
            }
        }
        self.is_whole
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
