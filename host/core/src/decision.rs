//! Decisions: the record of one event, the same to the byte for the same input, and what became of its obligations.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{
    Date, Decisive, Due, DuePhase, DutyResolution, Evaluation, EventKind, Fault, Level, Measure, MeasureId, Mode,
    NormConflict, Obligation, PolicyId, Question, ReasonId, Registry, Resolution, SectorId, SectorStatus, SessionId,
    SourceId, Streamed, Testimony, When,
};

/// The measure by which a platform takes back what is out.
const RETRACT: &str = "retract";

words! {
    /// How far a policy's call came.
    EvaluationState {
        /// It answered.
        Evaluated = "evaluated",
        /// It had no reason to be called; that counts as not applicable.
        NotWoken = "not-woken",
        /// It could not answer.
        Unavailable = "unavailable",
    }
}

/// What a policy came to, without its findings: those stand under the duties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EvaluationSummary {
    /// How far its call came.
    pub state: EvaluationState,
    /// Why it could not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Its version.
    pub version: String,
    /// Whether its findings count.
    pub mode: Mode,
}

impl From<&Testimony> for EvaluationSummary {
    fn from(testimony: &Testimony) -> Self {
        let (state, fault) = match &testimony.evaluation {
            Evaluation::Evaluated(_) => (EvaluationState::Evaluated, None),
            Evaluation::NotWoken => (EvaluationState::NotWoken, None),
            Evaluation::Unavailable(fault, _) => (EvaluationState::Unavailable, Some(fault.clone())),
        };
        Self { state, fault, version: testimony.policy.version.clone(), mode: testimony.policy.mode }
    }
}

/// A fact that loosens, asserted by a source without a warrant for it: it counted as unknown (`fact-refused`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RefusedFact {
    /// The fact's path, such as `subject.age` or `sectors.film`.
    pub path: String,
    /// Who asserted it.
    pub source: SourceId,
}

/// What a decision says beside its resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The session.
    pub session: SessionId,
    /// The event's place in its session, from 0.
    pub seq: u32,
    /// Whether the day was not the clock's: such a decision releases nothing.
    pub what_if: bool,
    /// Whether something from outside the text took part: a wall-clock fault, a late signal, a review.
    pub intervened: bool,
    /// Facts that were refused.
    pub refused_facts: Vec<RefusedFact>,
    /// The edition.
    pub edition: String,
    /// The decision's own id; the host gives it.
    pub id: String,
}

/// The decision on one event. It carries ids and places, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Decision {
    /// The session.
    pub session: SessionId,
    /// The event's place in its session, from 0.
    pub seq: u32,
    /// The kind of the event.
    pub kind: EventKind,
    /// The highest level.
    pub verdict: Level,
    /// The reason that decided, unless everything passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisive: Option<Decisive>,
    /// The day for which instruments were looked at.
    pub as_of: Date,
    /// Whether that day was not the clock's: such a decision releases nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub what_if: bool,
    /// Whether something from outside the text took part: a wall-clock fault, a late signal, a review.
    #[serde(default, skip_serializing_if = "is_false")]
    pub intervened: bool,
    /// The status of each sector.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sectors: BTreeMap<SectorId, SectorStatus>,
    /// The duties on which somebody spoke or failed, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<DutyResolution>,
    /// What has to be carried out, in order; outcomes name an obligation by its place here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Due>,
    /// Obligations of different duties that cannot stand together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<NormConflict>,
    /// Sectors that are certain and have no enforcing policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ungoverned: Vec<SectorId>,
    /// Measures owed before or with release that the platform does not support: nothing goes out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsupported: BTreeSet<MeasureId>,
    /// The level of single parts, where an output has several and they differ: text actions hold for a choice and channel.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<u32, Level>,
    /// Where the bytes that spans of this decision name stand in UTF-16, by part and by byte: browsers and Java count so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub utf16: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// How the text went out, where it was streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streamed: Option<Streamed>,
    /// What each loaded policy came to.
    pub evaluations: BTreeMap<PolicyId, EvaluationSummary>,
    /// Facts that were refused, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_facts: Vec<RefusedFact>,
    /// The edition.
    pub edition: String,
    /// The edition the session was on before, where an urgent act moved it just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The decision's own id.
    pub id: String,
}

/// Whether a policy's fault came from outside the text.
fn was_struck(testimony: &Testimony) -> bool {
    matches!(&testimony.evaluation, Evaluation::Unavailable(fault, _) if fault.kind.is_intervention())
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Decision {
    /// The decision that `resolution`, the answer to `question`, comes to.
    pub fn new(question: &Question<'_>, resolution: Resolution, header: Header) -> Self {
        let Resolution { verdict, duties, conflicts, ungoverned, obligations, decisive } = resolution;
        let Header { session, seq, what_if, intervened, mut refused_facts, edition, id } = header;
        refused_facts.sort();
        refused_facts.dedup();
        let evaluations = question.testimonies.iter().map(|one| (one.policy.id.clone(), one.into())).collect();
        Self {
            session,
            seq,
            kind: question.kind,
            verdict,
            decisive,
            as_of: question.as_of,
            what_if,
            intervened: intervened || question.testimonies.iter().any(was_struck),
            sectors: question.sectors.clone(),
            duties,
            obligations,
            conflicts,
            ungoverned,
            unsupported: BTreeSet::new(),
            parts: BTreeMap::new(),
            utf16: BTreeMap::new(),
            streamed: None,
            evaluations,
            refused_facts,
            edition,
            moved_from: None,
            id,
        }
    }

    /// Raises the verdict to `stop` where something is owed before or with release that is not among `supports`: what a
    /// platform cannot do in time must not go out. The first such obligation decides, unless something else stops already.
    pub fn stop_for_unsupported(&mut self, supports: &BTreeSet<MeasureId>) {
        let mut unsupported = self.obligations.iter().filter_map(|due| match &due.obligation {
            Obligation::Measure(measure) if due.when != When::Afterwards && !supports.contains(&measure.id) => {
                Some((due, &measure.id))
            }
            Obligation::Measure(_)
            | Obligation::Redact(_)
            | Obligation::Replace(_)
            | Obligation::Append(_)
            | Obligation::Stop => None,
        });
        let Some((first, id)) = unsupported.next() else { return };
        let decisive = Decisive { level: Level::Stop, duty: first.duty.clone(), policy: first.policy.clone() };
        self.unsupported.insert(id.clone());
        self.unsupported.extend(unsupported.map(|(_, id)| id.clone()));
        if self.verdict < Level::Stop {
            self.verdict = Level::Stop;
            self.decisive = Some(decisive);
        }
    }

    /// Raises the verdict, and names what decided; nothing where the channel itself asks for it.
    pub fn raise(&mut self, level: Level, decisive: Option<Decisive>) {
        if self.verdict < level {
            self.verdict = level;
            self.decisive = decisive;
        }
    }

    /// Owes that text which is out is taken back, under the duty that decided. Where nobody can, the verdict is `stop`.
    pub fn owe_retraction(&mut self, registry: &Registry, supports: impl Fn(&MeasureId) -> bool) {
        let id = MeasureId::from(RETRACT);
        let is_owed = |due: &Due| matches!(&due.obligation, Obligation::Measure(measure) if measure.id == id);
        if self.obligations.iter().any(is_owed) {
            return;
        }
        let Some(when) = registry.measures.get(&id).map(|entry| entry.when).filter(|_| supports(&id)) else {
            self.unsupported.insert(id);
            return self.raise(Level::Stop, None);
        };
        let Some(decisive) = &self.decisive else { return self.raise(Level::Stop, None) };
        self.obligations.push(Due {
            phase: DuePhase::Retract,
            duty: decisive.duty.clone(),
            policy: decisive.policy.clone(),
            index: u32::MAX,
            when,
            obligation: Obligation::Measure(Measure { id, params: BTreeMap::new() }),
            also: BTreeSet::new(),
        });
        self.obligations.sort();
    }

    /// Notes where the bytes that its spans name stand in UTF-16, given the texts of the parts in their order. A byte inside a
    /// character or behind the text, which no finding names, is left out.
    pub fn note_utf16<'a>(&mut self, texts: impl Iterator<Item = Option<&'a str>>) {
        let mut named: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let found = self.duties.iter().flat_map(|duty| &duty.findings).filter_map(|found| found.answer.demand());
        let evident = found.clone().flat_map(|demand| &demand.spans);
        let asked = found.flat_map(|demand| &demand.obligations);
        let due = self.obligations.iter().map(|due| &due.obligation);
        let masked = asked.chain(due).filter_map(|obligation| match obligation {
            Obligation::Redact(span) => Some(span),
            Obligation::Replace(_) | Obligation::Append(_) | Obligation::Stop | Obligation::Measure(_) => None,
        });
        let late = self.streamed.iter().flat_map(|streamed| &streamed.late);
        for span in evident.chain(masked).chain(late) {
            named.entry(span.part).or_default().extend([span.start, span.end]);
        }
        for (part, text) in (0_u32..).zip(texts) {
            if let (Some(named), Some(text)) = (named.get(&part), text) {
                self.utf16.insert(part, utf16_of(named, text));
            }
        }
    }

    /// The resolution of one duty, where somebody spoke or failed on it.
    pub fn duty(&self, id: &str) -> Option<&DutyResolution> {
        self.duties.iter().find(|duty| duty.duty.as_str() == id)
    }
}

/// Where bytes of a text stand in UTF-16.
fn utf16_of(bytes: &BTreeSet<u32>, text: &str) -> BTreeMap<u32, u32> {
    let mut known = BTreeMap::new();
    let mut bytes = bytes.iter().copied().peekable();
    let mut n_units = 0_u32;
    let ends = std::iter::once((text.len(), 0));
    let starts = text.char_indices().map(|(at, c)| (at, u32::from(c > '\u{ffff}').saturating_add(1)));
    for (at, n_more) in starts.chain(ends) {
        let Ok(at) = u32::try_from(at) else { break };
        while bytes.next_if(|byte| *byte < at).is_some() {}
        if bytes.next_if_eq(&at).is_some() {
            known.insert(at, n_units);
        }
        if bytes.peek().is_none() {
            break;
        }
        n_units = n_units.saturating_add(n_more);
    }
    known
}

/// What the platform says became of one obligation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// Somebody else will carry it out, under this reference.
    HandedOver(String),
    /// It could not be carried out.
    Failed(ReasonId),
}

/// One obligation of a decision, settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settled {
    /// The obligation.
    pub due: Due,
    /// What became of it; absent is `undone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What became of all obligations of one decision. What nobody reported is `undone` and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settlement {
    /// Each obligation, in the order of carrying out.
    pub obligations: Vec<Settled>,
    /// How many were carried out.
    pub done: u32,
    /// How many are with somebody else.
    pub handed_over: u32,
    /// How many failed.
    pub failed: u32,
    /// How many nobody reported.
    pub undone: u32,
    /// Reported places at which the decision has no obligation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stray: Vec<usize>,
}

/// Settles a decision by what the platform reports for its obligations, by place in [`Decision::obligations`].
///
/// Of two reports on one obligation the worse counts. Nothing is owed under a `what-if` decision.
pub fn settle(decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
    let mut settlement = Settlement::default();
    if decision.what_if {
        return settlement;
    }
    for (place, due) in decision.obligations.iter().enumerate() {
        let reported = outcomes.iter().filter(|(at, _)| *at == place).map(|(_, outcome)| outcome);
        let outcome = reported.max().cloned();
        let count = match outcome {
            Some(Outcome::Done) => &mut settlement.done,
            Some(Outcome::HandedOver(_)) => &mut settlement.handed_over,
            Some(Outcome::Failed(_)) => &mut settlement.failed,
            None => &mut settlement.undone,
        };
        *count = count.saturating_add(1);
        settlement.obligations.push(Settled { due: due.clone(), outcome });
    }
    settlement.stray =
        outcomes.iter().map(|(place, _)| *place).filter(|place| *place >= decision.obligations.len()).collect();
    settlement
}
