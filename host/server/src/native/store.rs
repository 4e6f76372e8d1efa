//! The sessions that are open: bounded in number, closed when nobody uses them.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use specialis::Session;
use specialis::core::Decision;

use crate::config::Bounds;
use crate::serving::{Caller, Problem, json_bytes};

/// How many bytes of JSON the decisions of one session have that can be settled. The newest is kept whatever it has.
const DECISION_BYTES: usize = 4 << 20;

/// One session with the decisions that can still be settled.
pub(crate) struct Open {
    pub(crate) session: Session,
    kept: Kept,
}

/// What is kept beside a session, and how much memory it may hold.
#[derive(Default)]
pub(crate) struct Kept {
    /// The decisions that can still be settled, the oldest first, each with its bytes of JSON.
    decisions: VecDeque<(Decision, usize)>,
    n_decision_bytes: usize,
    /// Bytes of the request that opened it: the facts of its context stay.
    n_opening: usize,
    /// Bytes of its last stream or event, whose text may wait until a person has decided.
    n_streamed: usize,
}

impl Kept {
    /// What is kept of a session that a request of so many bytes opened.
    pub(crate) fn opened_by(n_opening: usize) -> Self {
        Self { n_opening, ..Self::default() }
    }

    /// Says how many bytes the last stream had.
    pub(crate) fn streamed(&mut self, n_bytes: usize) {
        self.n_streamed = n_bytes;
    }

    /// Keeps a decision, in the place of the oldest where there are more than `max`, or where they are too large together.
    pub(crate) fn keep(&mut self, decision: &Decision, max: usize) {
        self.keep_of(decision, json_bytes(decision), (max, DECISION_BYTES));
    }

    fn keep_of(&mut self, decision: &Decision, n_bytes: usize, (max, max_bytes): (usize, usize)) {
        let room = max_bytes.saturating_sub(n_bytes);
        while self.decisions.len() >= max.max(1) || self.n_decision_bytes > room {
            let Some((_, n)) = self.decisions.pop_front() else { break };
            self.n_decision_bytes = self.n_decision_bytes.saturating_sub(n);
        }
        self.n_decision_bytes = self.n_decision_bytes.saturating_add(n_bytes);
        self.decisions.push_back((decision.clone(), n_bytes));
    }

    fn n_bytes(&self) -> usize {
        self.n_decision_bytes.saturating_add(self.n_opening).saturating_add(self.n_streamed)
    }
}

impl Open {
    /// A session with what is kept beside it.
    pub(crate) fn join(session: Session, kept: Kept) -> Self {
        Self { session, kept }
    }

    /// The session, and what is kept beside it.
    pub(crate) fn split(self) -> (Session, Kept) {
        (self.session, self.kept)
    }

    /// Keeps a decision so that it can be settled.
    pub(crate) fn keep(&mut self, decision: &Decision, max: usize) {
        self.kept.keep(decision, max);
    }

    /// Says how many bytes the last event had, whose text may wait until a person has decided.
    pub(crate) fn given(&mut self, n_bytes: usize) {
        let n_waiting = if self.session.n_kept_back() > 0 { n_bytes } else { 0 };
        self.kept.n_streamed = self.kept.n_streamed.max(n_waiting);
    }

    /// The decision with an id, where it is kept.
    pub(crate) fn decision(&self, id: &str) -> Option<&Decision> {
        self.kept.decisions.iter().rev().map(|(decision, _)| decision).find(|decision| decision.id == id)
    }
}

/// Where a session is.
enum Place {
    Here(Box<Open>, Instant),
    /// Somebody uses it; so many bytes were kept of it when that began.
    InUse(usize),
}

impl Place {
    fn n_bytes(&self) -> usize {
        match self {
            Self::Here(open, _) => open.kept.n_bytes(),
            Self::InUse(n_bytes) => *n_bytes,
        }
    }
}

/// Tenant and session.
type Key = (String, String);

/// All open sessions, and how many requests of each tenant are being served. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    open: HashMap<Key, Place>,
    /// Bytes of all that is open.
    n_bytes: usize,
    requests: HashMap<String, u32>,
}

impl Table {
    fn put(&mut self, key: Key, place: Place) {
        self.n_bytes = self.n_bytes.saturating_add(place.n_bytes());
        if let Some(before) = self.open.insert(key, place) {
            self.n_bytes = self.n_bytes.saturating_sub(before.n_bytes());
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(before) = self.open.remove(key) {
            self.n_bytes = self.n_bytes.saturating_sub(before.n_bytes());
        }
    }

    /// Closes the sessions that nobody used for so long.
    fn close_idle(&mut self, idle: Duration) {
        let Self { open, n_bytes, .. } = self;
        open.retain(|_, place| {
            let is_kept = match place {
                Place::Here(_, used) => used.elapsed() < idle,
                Place::InUse(_) => true,
            };
            if !is_kept {
                *n_bytes = n_bytes.saturating_sub(place.n_bytes());
            }
            is_kept
        });
    }

    /// Closes sessions until at most `max` bytes are kept: those of the tenant that holds most, and of them those that nobody
    /// used for longest.
    fn make_room(&mut self, max: usize) {
        if self.n_bytes <= max {
            return;
        }
        for key in self.unused() {
            if self.n_bytes <= max {
                break;
            }
            self.remove(&key);
        }
    }

    /// The sessions that nobody uses, in the order in which they make room.
    fn unused(&self) -> Vec<Key> {
        let mut of_tenants: HashMap<&str, usize> = HashMap::new();
        for ((tenant, _), place) in &self.open {
            let n = of_tenants.entry(tenant).or_default();
            *n = n.saturating_add(place.n_bytes());
        }
        let unused = self.open.iter().filter_map(|(key, place)| match place {
            Place::Here(_, used) => Some((Reverse(of_tenants.get(key.0.as_str()).copied()), *used, key)),
            Place::InUse(_) => None,
        });
        let mut unused: Vec<_> = unused.collect();
        unused.sort_unstable();
        unused.into_iter().map(|(_, _, key)| key.clone()).collect()
    }
}

/// A request that is being served, counted as long as it lives.
pub(crate) struct RequestTurn {
    sessions: Sessions,
    tenant: String,
}

impl RequestTurn {
    /// The tenant.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }
}

impl Drop for RequestTurn {
    fn drop(&mut self) {
        self.sessions.with(|table| {
            if let Some(n) = table.requests.get_mut(&self.tenant) {
                *n = n.saturating_sub(1);
            }
            table.requests.retain(|_, n| *n > 0);
        });
    }
}

/// A session that a request uses. It goes back when the request is done with it; one that is dropped is closed.
pub(crate) struct Taken {
    sessions: Sessions,
    key: Key,
    open: Option<Box<Open>>,
}

impl Sessions {
    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request of a tenant.
    ///
    /// # Errors
    /// Where as many are being served as the tenant may have.
    pub(crate) fn begin_request(&self, caller: &Caller) -> Result<RequestTurn, Problem> {
        let max = caller.tenant_config().and_then(|tenant| tenant.requests);
        let tenant = caller.tenant().to_owned();
        self.with(|table| {
            let n = table.requests.entry(tenant.clone()).or_default();
            if max.is_some_and(|max| *n >= max) {
                return Err(Problem::too_many("as many requests as this tenant may have are being served; ask again"));
            }
            *n = n.saturating_add(1);
            Ok(())
        })?;
        Ok(RequestTurn { sessions: self.clone(), tenant })
    }

    /// Keeps a session. Those that nobody used for `idle` are closed first.
    ///
    /// # Errors
    /// Where there is one of this id, too many are open, or too much is kept of those that are.
    pub(crate) fn add(
        &self,
        (caller, id): (&Caller, &str),
        open: Open,
        bounds: &Bounds,
        idle: Duration,
    ) -> Result<(), Problem> {
        let of_tenant = caller.tenant_config().and_then(|tenant| tenant.sessions);
        let key = (caller.tenant().to_owned(), id.to_owned());
        self.with(|table| {
            table.close_idle(idle);
            if table.open.contains_key(&key) {
                return Err(Problem::conflict("there is a session of this id; close it, or give another id"));
            }
            let n_own = table.open.keys().filter(|(tenant, _)| *tenant == key.0).count();
            if of_tenant.is_some_and(|max| u32::try_from(n_own).unwrap_or(u32::MAX) >= max) {
                return Err(Problem::too_many("as many sessions as this tenant may have are open; close one"));
            }
            if table.open.len() >= bounds.sessions {
                return Err(Problem::busy("too many sessions are open; close some, or ask again later"));
            }
            if table.n_bytes.saturating_add(open.kept.n_bytes()) > bounds.session_bytes {
                return Err(Problem::busy("too much is kept of open sessions; close some, or ask again later"));
            }
            table.put(key, Place::Here(Box::new(open), Instant::now()));
            Ok(())
        })
    }

    /// Takes a session for one request.
    ///
    /// # Errors
    /// Where there is none of this id, or another request uses it.
    pub(crate) fn take(&self, caller: &Caller, id: &str) -> Result<Taken, Problem> {
        let key = (caller.tenant().to_owned(), id.to_owned());
        let open = self.with(|table| match table.open.get_mut(&key) {
            Some(place) => {
                let n_bytes = place.n_bytes();
                match std::mem::replace(place, Place::InUse(n_bytes)) {
                    Place::Here(open, _) => Ok(open),
                    Place::InUse(_) => Err(Problem::conflict("another request uses the session; wait for its answer")),
                }
            }
            None => Err(Problem::not_found("there is no open session of this id; open one by POST /v1/sessions")),
        })?;
        Ok(Taken { sessions: self.clone(), key, open: Some(open) })
    }

    /// How many are open.
    pub(crate) fn n_open(&self) -> usize {
        self.with(|table| table.open.len())
    }
}

impl Taken {
    /// Takes the session out, to hand it to a thread that judges.
    pub(crate) fn open(&mut self) -> Option<Box<Open>> {
        self.open.take()
    }

    /// Gives the session back, so that the next request may use it. Where more than `bounds` say is kept of all sessions then,
    /// some are closed, and it may be this one: text that waits in them never goes out.
    pub(crate) fn give_back(mut self, open: Box<Open>, bounds: &Bounds) {
        let key = self.key.clone();
        self.sessions.with(|table| {
            table.put(key, Place::Here(open, Instant::now()));
            table.make_room(bounds.session_bytes);
        });
        self.key.1.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Given back: an id is never empty.
        if !self.key.1.is_empty() {
            self.sessions.with(|table| table.remove(&self.key));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn oldest_decisions_of_a_session_go_where_they_are_too_many_or_too_large_together() {
        let decision = |id: &str| -> Decision {
            serde_json::from_value(json!({ "session": "s", "seq": 0, "kind": "prompt", "verdict": "pass",
                "as-of": "2026-11-30", "duties": [], "obligations": [], "evaluations": {}, "edition": "e", "id": id }))
            .unwrap()
        };
        let mut kept = Kept::opened_by(7);
        let ids = |kept: &Kept| kept.decisions.iter().map(|(decision, _)| decision.id.clone()).collect::<Vec<_>>();
        for (id, n_bytes) in [("a", 60), ("b", 30), ("c", 10)] {
            kept.keep_of(&decision(id), n_bytes, (3, 100));
        }
        assert_eq!((ids(&kept), kept.n_bytes()), (vec!["a".into(), "b".into(), "c".into()], 107));
        kept.keep_of(&decision("d"), 1, (3, 100));
        assert_eq!((ids(&kept), kept.n_bytes()), (vec!["b".into(), "c".into(), "d".into()], 48));
        kept.keep_of(&decision("e"), 300, (3, 100));
        kept.streamed(1_000);
        assert_eq!((ids(&kept), kept.n_bytes()), (vec!["e".into()], 1_307));
        kept.streamed(0);
        kept.keep_of(&decision("f"), 1, (0, 100));
        assert_eq!((ids(&kept), kept.n_bytes()), (vec!["f".into()], 8));
    }
}
