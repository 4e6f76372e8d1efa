//! Opening: what holds for a whole session, computed once for each context and day.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use specialis_core::{
    Context, Date, Decision, EventKind, Fault, Origin, RefusedFact, SectorId, SectorStatus, Shared, SourceId, Status,
};

use super::Edition;
use super::warrants::admit_context;
use crate::runtime::abi::{CallPoint, Input};
use crate::runtime::policy::Bounded;
use crate::runtime::{Answer, Call, CallAnswer, Policy, Runtime, Sections, Spent, Work, digest_of_value, length_of};

/// How many bytes the opened contexts of an edition take, as the sum of what [`weight`] says.
const OPENED_BYTES: usize = 64 << 20;

/// The contexts that were opened on an edition last.
pub(super) struct OpenCache(Bounded<OpenKey, Arc<Opened>>);

impl Default for OpenCache {
    fn default() -> Self {
        Self(Bounded::new(OPENED_BYTES))
    }
}

impl OpenCache {
    fn get(&self, key: &OpenKey) -> Option<Arc<Opened>> {
        self.0.get(key)
    }

    fn put(&self, key: OpenKey, opened: Arc<Opened>) {
        let n_bytes = length_of(&*key.given);
        // A longer one is opened anew for each session.
        if n_bytes <= Context::MAX_BYTES {
            let n_findings = opened.policies.iter().map(|policy| policy.findings.len());
            self.0.put(weight(n_bytes, n_findings.fold(0, usize::saturating_add)), key, opened);
        }
    }
}

/// What an opened context of so many bytes takes, about: as it was given, as it was admitted and as policies read it; what policies
/// found, and the first decision of each kind on it.
fn weight(n_bytes: usize, n_findings: usize) -> usize {
    /// Sectors, policies and tables.
    const AROUND: usize = 8 << 10;
    /// A finding, and what it is in the decisions.
    const FINDING: usize = 4 << 10;
    n_bytes.saturating_mul(8).saturating_add(n_findings.saturating_mul(FINDING)).saturating_add(AROUND)
}

/// A context and a day. The pseudonym and the conversation do not count: no policy sees them.
#[derive(Clone)]
struct OpenKey {
    given: Arc<Context>,
    as_of: Date,
}

impl OpenKey {
    fn parts(&self) -> (impl Eq + Hash + '_, Date) {
        let c = &*self.given;
        let facts = (&c.service, &c.model, &c.provider, &c.tenant, &c.subject, &c.agreement, &c.standing, &c.general);
        ((facts, &c.sectors, &c.sector_facts, &c.locale, &c.source, &c.sources), self.as_of)
    }
}

impl PartialEq for OpenKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.given, &other.given) && self.as_of == other.as_of || {
            let (a, b) = (&*self.given, &*other.given);
            self.as_of == other.as_of
                && (&a.service, &a.model, &a.provider, &a.tenant, &a.subject, &a.agreement, &a.standing, &a.general)
                    == (&b.service, &b.model, &b.provider, &b.tenant, &b.subject, &b.agreement, &b.standing, &b.general)
                && (&a.sectors, &a.sector_facts, &a.locale, &a.source, &a.sources)
                    == (&b.sectors, &b.sector_facts, &b.locale, &b.source, &b.sources)
        }
    }
}

impl Eq for OpenKey {}

impl Hash for OpenKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// What one policy answered when the context was opened.
#[derive(Clone, Default)]
pub(crate) struct PolicyOpening {
    pub(crate) findings: Answer,
    pub(crate) state: Vec<u8>,
    pub(crate) spent: Spent,
    pub(crate) fault: Option<Fault>,
}

/// An opened context, and how many policies were called to open it just now: none where it was remembered.
pub(crate) struct Opening {
    pub(crate) opened: Arc<Opened>,
    pub(crate) n_calls: u32,
}

/// What holds for a whole session.
pub(crate) struct Opened {
    /// The context as policies see it.
    pub(crate) context: Arc<Context>,
    pub(crate) refused: Vec<RefusedFact>,
    pub(crate) sectors: Shared<BTreeMap<SectorId, SectorStatus>>,
    /// One for each policy, in the edition's order.
    pub(crate) policies: Vec<PolicyOpening>,
    /// A digest of the context, for the ids of decisions.
    pub(crate) digest: blake3::Hash,
    /// The context as policies read it.
    pub(crate) written: Arc<OnceLock<Sections>>,
    /// The first decision on an event on which no policy answered, by kind: what was found at open and nothing else.
    unanswered: Vec<OnceLock<Decision>>,
}

impl Opened {
    /// The first decision on an event of a kind on which no policy answered; made now where there was none.
    pub(crate) fn unanswered(&self, kind: EventKind, decide: impl FnOnce() -> Decision) -> Option<&Decision> {
        let place = EventKind::ALL.iter().position(|one| *one == kind)?;
        self.unanswered.get(place).map(|known| known.get_or_init(decide))
    }
}

impl Edition {
    /// Opens a context on a day. The result is remembered for the same context and day.
    pub(crate) fn open(&self, runtime: &Runtime, given: Arc<Context>, as_of: Date) -> Opening {
        let key = OpenKey { given, as_of };
        if let Some(opened) = self.opened.get(&key) {
            return Opening { opened, n_calls: 0 };
        }
        let (opened, n_calls) = self.open_anew(runtime, &key);
        let opened = Arc::new(opened);
        // A fault may pass (a wall-clock strike), so the next session tries again.
        if opened.policies.iter().all(|policy| policy.fault.is_none()) {
            self.opened.put(key, opened.clone());
        }
        Opening { opened, n_calls }
    }

    fn open_anew(&self, runtime: &Runtime, key: &OpenKey) -> (Opened, u32) {
        let (context, refused) = {
            let declared = self.content.declared_facts();
            admit_context(&key.given, &self.content.service().defaults, self.trust(), declared)
        };
        let context = Arc::new(context);
        let input = Arc::new(Input::without_event(context.clone(), key.as_of));
        let mut n_calls = 0_u32;
        let policies = self.policies.iter().map(|policy| self.open_policy(runtime, policy, &input, &mut n_calls));
        let policies = policies.collect();
        let opened = Opened {
            sectors: self.sectors_in(&context).into(),
            digest: digest_of_value("specialis 2026-11 context of a session", &*context),
            context,
            refused,
            policies,
            written: input.written.context.clone(),
            unanswered: EventKind::ALL.iter().map(|_| OnceLock::new()).collect(),
        };
        (opened, n_calls)
    }

    fn open_policy(&self, runtime: &Runtime, policy: &Policy, input: &Arc<Input>, n_calls: &mut u32) -> PolicyOpening {
        if let Some(kind) = policy.unavailable_because() {
            let fault = Some(Fault::new(kind, CallPoint::Open.as_str()));
            return PolicyOpening { fault, ..PolicyOpening::default() };
        }
        if !policy.content.manifest().wakes.open {
            return PolicyOpening::default();
        }
        *n_calls = n_calls.saturating_add(1);
        let allowance = runtime.limits().allowance_alone(policy.content.code_of());
        let call = Call { point: CallPoint::Open, stretch: None, state: &[], allowance };
        let outcome = policy.call(runtime, self.registry(), input, &call);
        let mut spent = Spent::default();
        spent.add(Work::default(), outcome.used);
        match outcome.result {
            Ok(CallAnswer { findings, state, .. }) => PolicyOpening { findings, state, spent, fault: None },
            Err(fault) => PolicyOpening { spent, fault: Some(fault), ..PolicyOpening::default() },
        }
    }

    /// The status of every sector that the session or a policy names.
    fn sectors_in(&self, context: &Context) -> BTreeMap<SectorId, SectorStatus> {
        let mut sectors = BTreeMap::new();
        for policy in &self.policies {
            if let Origin::Sector(sector) = &policy.content.card.origin {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Arc<Opened> {
        Arc::new(Opened {
            context: Arc::default(),
            refused: Vec::new(),
            sectors: BTreeMap::new().into(),
            policies: Vec::new(),
            digest: blake3::hash(&[]),
            written: Arc::default(),
            unanswered: Vec::new(),
        })
    }

    fn key(n: u8, n_bytes: usize) -> OpenKey {
        let mut given = Context::default();
        given.service.id = Some(char::from(b'a' + n).to_string().repeat(n_bytes));
        OpenKey { given: Arc::new(given), as_of: "2026-11-02".parse().unwrap() }
    }

    #[test]
    fn contexts_are_remembered_up_to_a_sum_of_bytes() {
        let cache = OpenCache(Bounded::new(1 << 20));
        (0..10).for_each(|n| cache.put(key(n, 30_000), opened()));
        let known: Vec<bool> = (0..10).map(|n| cache.get(&key(n, 30_000)).is_some()).collect();
        assert_eq!(known.iter().filter(|is_known| **is_known).count(), 4, "{known:?}");
        assert!(known.ends_with(&[true; 4]));
    }

    #[test]
    fn context_that_is_very_long_is_not_remembered() {
        let cache = OpenCache::default();
        for (n, n_bytes, is_kept) in [(0, Context::MAX_BYTES - 1_000, true), (1, Context::MAX_BYTES, false)] {
            cache.put(key(n, n_bytes), opened());
            assert_eq!(cache.get(&key(n, n_bytes)).is_some(), is_kept);
        }
    }
}
