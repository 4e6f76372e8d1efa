//! What ordinary exchanges would come to under the profile of a host, duty by duty, and which facts are missing for better.

mod facts;

use std::collections::{BTreeMap, BTreeSet};

use specialis::core::{
    Citation, Context, Date, Decision, DutyId, DutyResolution, Event, EventKind, Level, MeasureId, PolicyId, ReasonId,
    RuleId, ServiceRole, Status,
};
use specialis::{Edition, Host};

use facts::Readers;

/// A text about which no rule has anything to say.
const ORDINARY: &str = "图书馆周一闭馆。";

/// What ordinary exchanges come to. Nothing of it is recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checklist {
    /// Each duty on which an ordinary event comes to more than a label, the highest level first.
    pub items: Vec<ChecklistItem>,
    /// The verdict on an ordinary event of each kind.
    pub verdicts: Vec<(EventKind, Level)>,
    /// Measures that a policy may ask for before or with a release and that the platform does not carry out, with the policies:
    /// an event that asks for one becomes a `stop`.
    pub unsupported: BTreeMap<MeasureId, BTreeSet<PolicyId>>,
}

/// One duty on which an ordinary event comes to more than a label.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChecklistItem {
    /// The kinds of events.
    pub kinds: BTreeSet<EventKind>,
    /// The duty.
    pub duty: DutyId,
    /// The highest level.
    pub level: Level,
    /// The rules that ask for it, each with its reason and where the law says so.
    pub causes: Vec<(PolicyId, RuleId, ReasonId, Citation)>,
    /// The facts that these rules read and nobody has given.
    pub missing: Vec<MissingFact>,
}

/// A fact that a rule reads and nobody has given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct MissingFact {
    /// Its path, such as `subject.age` or `prompt.task`.
    pub path: String,
    /// Where it would come from.
    pub origin: FactOrigin,
}

/// Where a fact would come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactOrigin {
    /// It is the same for all sessions: the profile says it, under `defaults`.
    Profile,
    /// Each session brings it in this request header, which the configuration maps already.
    Header(String),
    /// Each session brings it: in a header that the configuration would have to map, or in the context.
    Session,
    /// Each event brings it, under `facts`.
    Event,
}

impl Checklist {
    /// Judges ordinary events under the live edition. `given` is what the configuration says of every session of a tenant;
    /// `headers` are the request headers that carry facts, by the path of the fact.
    pub fn of(host: &Host, today: Date, given: &Context, headers: &BTreeMap<String, String>) -> Self {
        let edition = host.edition();
        let mut known = given.clone();
        known.inherit(&edition.content().service().defaults);
        let readers = Readers::new();
        let mut items: BTreeMap<DutyId, ChecklistItem> = BTreeMap::new();
        let mut verdicts = Vec::new();
        for kind in kinds(&known) {
            // A decision for a day that the caller gives is recorded nowhere.
            let mut session = host.open_as_of("checklist", given.clone(), today);
            let decision = session.submit(ordinary(kind)).decision;
            verdicts.push((kind, decision.verdict));
            for duty in decision.duties.iter().filter(|duty| duty.level > Level::Mark) {
                let found = item(kind, duty, &decision, &readers, &known, headers);
                let entry = items.entry(duty.duty.clone()).or_insert_with(|| found.clone());
                entry.add(found);
            }
        }
        let mut items: Vec<ChecklistItem> = items.into_values().collect();
        items.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.duty.cmp(&b.duty)));
        Self { items, verdicts, unsupported: unsupported(&edition) }
    }

    /// Whether an ordinary event would be stopped, or wait for a person.
    pub fn keeps_back(&self) -> bool {
        self.verdicts.iter().any(|(_, level)| *level >= Level::Review)
    }
}

impl ChecklistItem {
    fn add(&mut self, other: Self) {
        self.kinds.extend(other.kinds);
        self.level = self.level.max(other.level);
        self.causes.extend(other.causes);
        self.causes.sort();
        self.causes.dedup();
        self.missing.extend(other.missing);
        self.missing.sort();
        self.missing.dedup();
    }
}

/// The kinds of events that a service ordinarily sends.
fn kinds(known: &Context) -> Vec<EventKind> {
    let roles = known.service.roles.as_deref().unwrap_or_default();
    let spreads = roles.contains(&ServiceRole::Propagator);
    let generates = !spreads || roles.len() > 1;
    let publishes = spreads || known.sectors.values().any(|status| *status == Status::Yes);
    let mut kinds = Vec::new();
    if generates {
        kinds.extend([EventKind::Prompt, EventKind::Output]);
    }
    if publishes {
        kinds.push(EventKind::Publication);
    }
    kinds
}

fn ordinary(kind: EventKind) -> Event {
    Event { parts: vec![specialis::core::Part::text(ORDINARY)], ..Event::new(kind) }
}

fn item(
    kind: EventKind,
    duty: &DutyResolution,
    decision: &Decision,
    readers: &Readers,
    known: &Context,
    headers: &BTreeMap<String, String>,
) -> ChecklistItem {
    let mut causes = Vec::new();
    let mut missing: BTreeSet<MissingFact> = BTreeSet::new();
    for found in duty.findings.iter().filter(|found| found.counts()) {
        let Some(demand) = found.answer.demand().filter(|demand| demand.level > Level::Mark) else { continue };
        causes.push((found.policy.clone(), found.rule.clone(), demand.reason.clone(), demand.citation.clone()));
        missing.extend(readers.unknown(&found.rule, kind, known, headers));
    }
    // What a sector's policy says only where the sector is known, nobody can say before.
    let unknown = decision.sectors.iter().filter(|(_, sector)| sector.status == Status::Unknown);
    for (sector, _) in unknown.filter(|(sector, _)| duty.sectors.iter().any(|regime| regime.sector == **sector)) {
        missing.insert(MissingFact { path: format!("sectors.{sector}"), origin: FactOrigin::Profile });
    }
    ChecklistItem {
        kinds: [kind].into(),
        duty: duty.duty.clone(),
        level: duty.level,
        causes,
        missing: missing.into_iter().collect(),
    }
}

fn unsupported(edition: &Edition) -> BTreeMap<MeasureId, BTreeSet<PolicyId>> {
    let content = edition.content();
    let mut asked: BTreeMap<MeasureId, BTreeSet<PolicyId>> = BTreeMap::new();
    for manifest in content.manifests() {
        for measure in &manifest.may_require {
            let when = content.registry().measures.get(&measure.id).map(|entry| entry.when);
            let is_in_time = when.is_some_and(|when| when != specialis::core::When::Afterwards);
            if is_in_time && !content.platform().supports.contains(&measure.id) {
                asked.entry(measure.id.clone()).or_default().insert(manifest.id.clone());
            }
        }
    }
    asked
}
