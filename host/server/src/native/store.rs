//! The sessions that are open: bounded in number, closed when nobody uses them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use specialis::Session;
use specialis::core::Decision;

use crate::config::Bounds;
use crate::serving::{Caller, Problem};

/// One session with the decisions that can still be settled.
pub(crate) struct Open {
    pub(crate) session: Session,
    decisions: Vec<Decision>,
}

impl Open {
    /// A session with the decisions of it that can still be settled.
    pub(crate) fn join(session: Session, decisions: Vec<Decision>) -> Self {
        Self { session, decisions }
    }

    /// The session, and the decisions of it that can still be settled.
    pub(crate) fn split(self) -> (Session, Vec<Decision>) {
        (self.session, self.decisions)
    }

    /// Keeps a decision so that it can be settled, in the place of the oldest where there are too many.
    pub(crate) fn keep(&mut self, decision: &Decision, max: usize) {
        while self.decisions.len() >= max.max(1) {
            self.decisions.remove(0);
        }
        self.decisions.push(decision.clone());
    }

    /// The decision with an id, where it is kept.
    pub(crate) fn decision(&self, id: &str) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.id == id)
    }
}

/// Where a session is.
enum Place {
    Here(Box<Open>, Instant),
    /// Somebody uses it.
    InUse,
}

/// Tenant and session.
type Key = (String, String);

/// All open sessions, and how many requests of each tenant are being served. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    open: HashMap<Key, Place>,
    requests: HashMap<String, u32>,
}

/// A request that is being served, counted as long as it lives.
pub(crate) struct RequestTurn {
    sessions: Sessions,
    tenant: String,
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
    /// Where there is one of this id, or too many are open.
    pub(crate) fn add(
        &self,
        (caller, id): (&Caller, &str),
        session: Session,
        bounds: &Bounds,
        idle: Duration,
    ) -> Result<(), Problem> {
        let of_tenant = caller.tenant_config().and_then(|tenant| tenant.sessions);
        let key = (caller.tenant().to_owned(), id.to_owned());
        self.with(|table| {
            table.open.retain(|_, place| match place {
                Place::Here(_, used) => used.elapsed() < idle,
                Place::InUse => true,
            });
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
            let open = Box::new(Open { session, decisions: Vec::new() });
            table.open.insert(key, Place::Here(open, Instant::now()));
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
            Some(place) => match std::mem::replace(place, Place::InUse) {
                Place::Here(open, _) => Ok(open),
                Place::InUse => Err(Problem::conflict("another request uses the session; wait for its answer")),
            },
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

    /// Gives the session back, so that the next request may use it.
    pub(crate) fn give_back(mut self, open: Box<Open>) {
        self.open = Some(open);
        let key = self.key.clone();
        if let Some(open) = self.open.take() {
            self.sessions.with(|table| table.open.insert(key, Place::Here(open, Instant::now())));
        }
        self.key.1.clear();
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // Given back: an id is never empty.
        if !self.key.1.is_empty() {
            self.sessions.with(|table| table.open.remove(&self.key));
        }
    }
}
