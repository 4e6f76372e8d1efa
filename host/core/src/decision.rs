//! Decisions and settlements: the record of one event, and whether its obligations were carried out. The same input gives the same
//! bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{
    Answer, Bound, Context, Date, Decisive, DueObligation, DuePhase, DutyResolution, Evaluation, Event, EventKind,
    FactValue, Fault, Grounds, Level, Measure, MeasureId, Mode, NormConflict, Obligation, PolicyEvaluation, PolicyId,
    ReasonId, RecordedScore, Registry, Resolution, ResolutionInput, RestsOn, SectorId, SectorStatus, SessionId, Shared,
    SourceId, Streamed, When,
};

/// The measure by which a platform takes back text that was released.
const RETRACT: &str = "retract";

words! {
    /// Whether a policy was called, and whether it answered.
    EvaluationState {
        /// It answered.
        Evaluated = "evaluated",
        /// There was no reason to call it. That counts as not applicable.
        NotWoken = "not-woken",
        /// It could not answer.
        Unavailable = "unavailable",
    }
}

/// The result of a policy without its findings. Those stand under the duties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EvaluationSummary {
    /// Whether it was called, and whether it answered.
    pub state: EvaluationState,
    /// Why it could not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Its version.
    pub version: Arc<str>,
    /// Whether its findings count.
    pub mode: Mode,
}

impl From<&PolicyEvaluation> for EvaluationSummary {
    fn from(evaluated: &PolicyEvaluation) -> Self {
        let (state, fault) = match &evaluated.evaluation {
            Evaluation::Evaluated(_) => (EvaluationState::Evaluated, None),
            Evaluation::NotWoken => (EvaluationState::NotWoken, None),
            Evaluation::Unavailable(fault, _) => (EvaluationState::Unavailable, Some(fault.clone())),
        };
        Self { state, fault, version: evaluated.policy.version.clone(), mode: evaluated.policy.mode }
    }
}

/// A fact that loosens and that its source has no warrant to assert. It counts as unknown (`fact-refused`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RefusedFact {
    /// The fact's path, such as `subject.age` or `sectors.film`.
    pub path: String,
    /// Who asserted it.
    pub source: SourceId,
}

/// What a decision records besides its resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The session.
    pub session: SessionId,
    /// The event's place in its session, from 0.
    pub seq: u32,
    /// Whether the caller gave the day, instead of the clock. Such a decision releases nothing.
    pub what_if: bool,
    /// Whether something from outside the text had a part in it: a wall-clock fault, a late signal or a review.
    pub intervened: bool,
    /// Facts that were refused.
    pub refused_facts: Vec<RefusedFact>,
    /// The edition.
    pub edition: String,
    /// The id of the decision. The host makes it.
    pub id: String,
}

/// The decision on one event. It carries ids and positions, never content.
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
    /// What decided the verdict. Absent if everything passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisive: Option<Decisive>,
    /// The day on which instruments had to be in force.
    pub as_of: Date,
    /// Whether the caller gave the day, instead of the clock. Such a decision releases nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub what_if: bool,
    /// Whether something from outside the text had a part in it: a wall-clock fault, a late signal or a review.
    #[serde(default, skip_serializing_if = "is_false")]
    pub intervened: bool,
    /// The status of each sector.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sectors: Shared<BTreeMap<SectorId, SectorStatus>>,
    /// The duties on which a policy has a finding or failed, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Shared<Vec<DutyResolution>>,
    /// What has to be carried out, in order. Outcomes name an obligation by its index here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Shared<Vec<DueObligation>>,
    /// Obligations of different duties that cannot stand together: the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<NormConflict>,
    /// Sectors that are certain and have no enforcing policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ungoverned: Vec<SectorId>,
    /// Measures that are due before or with release and that the platform does not support. The verdict is then `stop`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unsupported: BTreeSet<MeasureId>,
    /// The bounds of the host that the event or its session exceeded. The verdict is then at least `review`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exceeded: BTreeSet<Bound>,
    /// Whether the decision, or an earlier one of its stream, could not be recorded. The verdict is then `stop`, and nothing more is
    /// released.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unrecorded: bool,
    /// What the reasons of findings rest on, where their policies declare it, by policy and reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grounds: BTreeMap<PolicyId, BTreeMap<ReasonId, Grounds>>,
    /// Scores of the host's scorers that were high enough to be recorded, by part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<RecordedScore>,
    /// The level of each part, if an output has several parts with different levels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<u32, Level>,
    /// The UTF-16 offset of each byte offset that a span of this decision names, by part. Browsers and Java count in UTF-16.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub utf16: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// The same offsets in characters, by part. People count in these.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub characters: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// How the text was released, if it was streamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streamed: Option<Streamed>,
    /// The result of each loaded policy.
    pub evaluations: Shared<BTreeMap<PolicyId, EvaluationSummary>>,
    /// Facts that were refused, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_facts: Vec<RefusedFact>,
    /// The edition.
    pub edition: String,
    /// The edition that the session was on before, if an urgent act moved it just before this decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The id of the decision.
    pub id: String,
}

/// Whether a policy's fault came from outside the text.
fn has_intervention(evaluated: &PolicyEvaluation) -> bool {
    matches!(&evaluated.evaluation, Evaluation::Unavailable(fault, _) if fault.kind.is_intervention())
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Decision {
    /// The decision made of a resolution and the input that it was made from.
    pub fn new(input: &ResolutionInput<'_>, resolution: Resolution, header: Header) -> Self {
        let Resolution { verdict, duties, conflicts, ungoverned, obligations, decisive } = resolution;
        let Header { session, seq, what_if, intervened, mut refused_facts, edition, id } = header;
        refused_facts.sort();
        refused_facts.dedup();
        let evaluations = input.evaluations.iter().map(|one| (one.policy.id.clone(), one.into())).collect();
        Self {
            session,
            seq,
            kind: input.kind,
            verdict,
            decisive,
            as_of: input.as_of,
            what_if,
            intervened: intervened || input.evaluations.iter().any(has_intervention),
            sectors: input.sectors.clone(),
            duties,
            obligations,
            conflicts,
            ungoverned,
            unsupported: BTreeSet::new(),
            exceeded: BTreeSet::new(),
            unrecorded: false,
            grounds: BTreeMap::new(),
            scores: Vec::new(),
            parts: BTreeMap::new(),
            utf16: BTreeMap::new(),
            characters: BTreeMap::new(),
            streamed: None,
            evaluations,
            refused_facts,
            edition,
            moved_from: None,
            id,
        }
    }

    /// The same decision on another event that came to the same: everything but what the header says.
    pub fn again(&self, header: Header) -> Self {
        let Header { session, seq, what_if, intervened, mut refused_facts, edition, id } = header;
        refused_facts.sort();
        refused_facts.dedup();
        let intervened = self.intervened || intervened;
        Self { session, seq, what_if, intervened, refused_facts, edition, id, ..self.clone() }
    }

    /// Raises the verdict to `stop` if a measure is due before or with release and is not in `supports`, because the platform
    /// cannot carry it out in time. The first such obligation is then decisive, unless the verdict was `stop` already.
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

    /// Raises the verdict to `level`, if it is lower. `decisive` is what decided; `None` if the channel itself did.
    pub fn raise(&mut self, level: Level, decisive: Option<Decisive>) {
        if self.verdict < level {
            self.verdict = level;
            self.decisive = decisive;
        }
    }

    /// Notes that it could not be recorded. All of it is then a `stop`; where it was none before, no policy is decisive.
    pub fn stop_unrecorded(&mut self) {
        self.unrecorded = true;
        self.parts.clear();
        self.raise(Level::Stop, None);
    }

    /// Records scores, and raises the verdict to the highest of their levels. No policy is then decisive.
    pub fn add_scores(&mut self, scores: Vec<RecordedScore>) {
        if let Some(level) = scores.iter().map(|score| score.reason.level()).max() {
            self.raise(level, None);
        }
        self.scores = scores;
    }

    /// Adds the obligation to retract text that was released, under the decisive duty, or under that of
    /// the first obligation if a score decided. If the platform does not support it, the
    /// verdict becomes `stop`.
    pub fn add_retraction(&mut self, registry: &Registry, supports: impl Fn(&MeasureId) -> bool) {
        let id = MeasureId::from(RETRACT);
        let is_owed = |due: &DueObligation| matches!(&due.obligation, Obligation::Measure(measure) if measure.id == id);
        if self.obligations.iter().any(is_owed) {
            return;
        }
        let Some(when) = registry.measures.get(&id).map(|entry| entry.when).filter(|_| supports(&id)) else {
            self.unsupported.insert(id);
            return self.raise(Level::Stop, None);
        };
        let decisive = self.decisive.as_ref().map(|decisive| (decisive.duty.clone(), decisive.policy.clone()));
        let first = || self.obligations.first().map(|due| (due.duty.clone(), due.policy.clone()));
        let Some((duty, policy)) = decisive.or_else(first) else { return self.raise(Level::Stop, None) };
        self.obligations.push(DueObligation {
            phase: DuePhase::Retract,
            duty,
            policy,
            index: u32::MAX,
            when,
            obligation: Obligation::Measure(Measure { id, params: Shared::default() }),
            also: BTreeSet::new(),
        });
        self.obligations.sort();
    }

    /// Fills in `grounds`. `declared` says what a reason of a policy rests on, with the values of its bounds.
    pub fn note_grounds<'a>(
        &mut self,
        context: &Context,
        event: &Event,
        declared: impl Fn(&PolicyId, &ReasonId) -> Option<(&'a RestsOn, BTreeMap<String, FactValue>)>,
    ) {
        self.grounds.clear();
        for found in self.duties.iter().flat_map(|duty| &duty.findings) {
            let reason = match &found.answer {
                Answer::Unknown(reason) => reason,
                Answer::Require(demand) | Answer::InsteadOf(demand) => &demand.reason,
                Answer::Met(_) | Answer::NotApplicable(_) => continue,
            };
            if self.grounds.get(&found.policy).is_some_and(|known| known.contains_key(reason)) {
                continue;
            }
            let Some((rests_on, bounds)) = declared(&found.policy, reason) else { continue };
            let grounds = Grounds::of(rests_on, bounds, context, event);
            self.grounds.entry(found.policy.clone()).or_default().insert(reason.clone(), grounds);
        }
    }

    /// Fills in `utf16` and `characters`. `offsets` gives both for a byte offset in the text of a part; an offset that it does not know,
    /// inside a character or past the end, is left out. It is asked once for each offset, in order.
    pub fn fill_offsets(&mut self, offsets: impl Fn(u32, u32) -> Option<TextOffsets>) {
        let mut named: BTreeSet<(u32, u32)> = BTreeSet::new();
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
            named.extend([(span.part, span.start), (span.part, span.end)]);
        }
        for (part, at) in named {
            if let Some(offsets) = offsets(part, at) {
                self.utf16.entry(part).or_default().insert(at, offsets.utf16);
                self.characters.entry(part).or_default().insert(at, offsets.characters);
            }
        }
    }

    /// The resolution of one duty, if a policy has a finding on it or failed.
    pub fn duty(&self, id: &str) -> Option<&DutyResolution> {
        self.duties.iter().find(|duty| duty.duty.as_str() == id)
    }
}

/// What stands before a place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOffsets {
    /// Code units in UTF-16.
    pub utf16: u32,
    /// Characters.
    pub characters: u32,
}

/// What the platform reports about one obligation.
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

impl Outcome {
    /// The most bytes of a reference that is taken from outside the platform, such as a client or the receiver of a webhook.
    pub const MAX_REFERENCE_BYTES: usize = 256;

    /// Whether its reference is longer than one may be that comes from outside.
    pub fn is_too_long(&self) -> bool {
        match self {
            Self::HandedOver(reference) => reference.len() > Self::MAX_REFERENCE_BYTES,
            Self::Done | Self::Failed(_) => false,
        }
    }
}

/// One obligation of a decision, with what the platform reported about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settled {
    /// The obligation.
    pub due: DueObligation,
    /// What was reported. Absent means `undone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// What was reported about all obligations of one decision. An obligation without a report is `undone`, and counted as such.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settlement {
    /// Each obligation, in the order of the decision.
    pub obligations: Vec<Settled>,
    /// How many were carried out.
    pub done: u32,
    /// How many were handed over to somebody else.
    pub handed_over: u32,
    /// How many failed.
    pub failed: u32,
    /// How many have no report.
    pub undone: u32,
    /// Reported indices at which the decision has no obligation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stray: Vec<usize>,
}

/// Settles a decision by what the platform reports, each report with its index in [`Decision::obligations`].
///
/// If an obligation has two reports, the worse counts. A `what-if` decision has nothing to settle.
pub fn settle(decision: &Decision, outcomes: &[(usize, Outcome)]) -> Settlement {
    let mut settlement = Settlement::default();
    if decision.what_if {
        return settlement;
    }
    let mut reported: BTreeMap<usize, &Outcome> = BTreeMap::new();
    for (at, outcome) in outcomes {
        let worst = reported.entry(*at).or_insert(outcome);
        *worst = outcome.max(*worst);
    }
    for (place, due) in decision.obligations.iter().enumerate() {
        let outcome = reported.get(&place).map(|outcome| (*outcome).clone());
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
