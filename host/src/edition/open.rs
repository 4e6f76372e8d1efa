//! Opening: what holds for a whole session, worked out once for each context.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use specialis_core::{
    Context, Date, EventKind, Fault, Finding, Origin, RefusedFact, Resolution, SectorId, SectorStatus, SourceId, Status,
};

use crate::abi::{Input, Point};
use crate::edition::Edition;
use crate::policy::{Call, Sandbox};
use crate::warrants::admit_context;

/// A context and a day. The pseudonym and the conversation do not count: no policy sees them.
#[derive(Clone)]
pub(crate) struct OpenKey {
    pub(crate) given: Arc<Context>,
    pub(crate) as_of: Date,
}

impl OpenKey {
    fn parts(&self) -> (impl Eq + Hash + '_, Date) {
        let c = &*self.given;
        let facts = (&c.service, &c.model, &c.provider, &c.tenant, &c.subject, &c.agreement, &c.standing, &c.general);
        ((facts, &c.sectors, &c.locale, &c.source, &c.sources), self.as_of)
    }
}

impl PartialEq for OpenKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.given, &other.given) && self.as_of == other.as_of || {
            let (a, b) = (&*self.given, &*other.given);
            self.as_of == other.as_of
                && (&a.service, &a.model, &a.provider, &a.tenant, &a.subject, &a.agreement, &a.standing, &a.general)
                    == (&b.service, &b.model, &b.provider, &b.tenant, &b.subject, &b.agreement, &b.standing, &b.general)
                && (&a.sectors, &a.locale, &a.source, &a.sources) == (&b.sectors, &b.locale, &b.source, &b.sources)
        }
    }
}

impl Eq for OpenKey {}

impl Hash for OpenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// What one policy came to at open.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pub(crate) findings: Vec<Finding>,
    pub(crate) state: Vec<u8>,
    pub(crate) fuel: u64,
    pub(crate) fault: Option<Fault>,
}

/// What holds for a whole session.
pub(crate) struct Opened {
    /// The context as the platform gave it.
    pub(crate) given: Arc<Context>,
    pub(crate) context: Arc<Context>,
    pub(crate) refused: Vec<RefusedFact>,
    pub(crate) sectors: Arc<BTreeMap<SectorId, SectorStatus>>,
    /// One entry for each policy, in the edition's order.
    pub(crate) memories: Vec<Memory>,
    pub(crate) n_calls: u32,
    /// A digest of the context, for the ids of decisions.
    pub(crate) digest: blake3::Hash,
    /// What events come to on which no policy is called, by kind: what was found at open stands, and nothing else.
    calm: Vec<OnceLock<Resolution>>,
}

impl Opened {
    /// What an event comes to on which no policy is called, from memory where one of its kind was resolved before.
    pub(crate) fn calm(&self, kind: EventKind, resolve: impl FnOnce() -> Resolution) -> Resolution {
        let place = EventKind::ALL.iter().position(|one| *one == kind);
        match place.and_then(|place| self.calm.get(place)) {
            Some(known) => known.get_or_init(resolve).clone(),
            None => resolve(),
        }
    }
}

impl Edition {
    /// Opens a context on a day; from memory where the same was opened before.
    pub(crate) fn open(&self, sandbox: &Sandbox, given: Arc<Context>, as_of: Date) -> Arc<Opened> {
        let key = OpenKey { given, as_of };
        let remembered = || self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(opened) = remembered().get(&key) {
            return opened.clone();
        }
        let opened = Arc::new(self.open_anew(sandbox, &key));
        // A fault may be the moment's (a wall-clock strike), so the next session tries again.
        if opened.memories.iter().all(|memory| memory.fault.is_none()) {
            remembered().put(key, opened.clone());
        }
        opened
    }

    fn open_anew(&self, sandbox: &Sandbox, key: &OpenKey) -> Opened {
        let (context, refused) = admit_context(&key.given, &self.service.defaults, &self.trust);
        let context = Arc::new(context);
        let input = Arc::new(Input::without_event(context.clone(), key.as_of));
        let mut n_calls = 0_u32;
        let memories = self.policies.iter().map(|policy| {
            if let Some(kind) = policy.standing_fault() {
                return Memory {
                    fault: Some(Fault { kind, point: Point::Open.as_str().to_owned() }),
                    ..Memory::default()
                };
            }
            if !policy.manifest.wakes.open {
                return Memory::default();
            }
            n_calls = n_calls.saturating_add(1);
            let fuel = sandbox.limits.allowance(0, 0);
            let call = Call { point: Point::Open, stretch: None, state: &[], fuel };
            let called = policy.call(sandbox, &self.registry, &input, &call);
            match called.result {
                Ok((findings, state)) => Memory { findings, state, fuel: called.fuel, fault: None },
                Err(fault) => Memory { fuel: called.fuel, fault: Some(fault), ..Memory::default() },
            }
        });
        let memories = memories.collect();
        let mut hasher = blake3::Hasher::new();
        // INVARIANT: contexts have a JSON form; writing into a hasher does not fail.
        let _ = serde_json::to_writer(&mut hasher, &*context);
        Opened {
            given: key.given.clone(),
            sectors: Arc::new(self.sectors_in(&context)),
            context,
            refused,
            memories,
            n_calls,
            digest: hasher.finalize(),
            calm: EventKind::ALL.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// The status of every sector that the session or a policy names.
    fn sectors_in(&self, context: &Context) -> BTreeMap<SectorId, SectorStatus> {
        let mut sectors = BTreeMap::new();
        for policy in &self.policies {
            if let Origin::Sector(sector) = &policy.card.origin {
                sectors
                    .insert(sector.clone(), SectorStatus { status: Status::Unknown, source: SourceId::from("nobody") });
            }
        }
        for (sector, status) in &context.sectors {
            let source = match status {
                Status::Unknown => SourceId::from("nobody"),
                Status::Yes | Status::No => context.source_of(&format!("sectors.{sector}")),
            };
            sectors.insert(sector.clone(), SectorStatus { status: *status, source });
        }
        sectors
    }
}
