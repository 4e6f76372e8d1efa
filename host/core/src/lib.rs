#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

mod bound;
mod conflict;
mod context;
mod date;
mod decision;
mod delivery;
mod event;
mod explain;
mod facts;
mod fault;
mod finding;
mod grounds;
mod ids;
mod policy;
mod printable;
mod registry;
mod resolve;
mod score;
mod sector_facts;
mod shared;
mod trust;
mod unique;

pub use bound::Bound;
pub use conflict::{ConflictKind, NormConflict, Party, PotentialConflict, potential_conflicts};
pub use context::{
    Age, Agreement, Audience, Context, General, IntendedAudience, Model, Provider, Purpose, SchoolStage, Service,
    ServiceRole, Standing, Subject, SubjectRole, Tenant, TenantRelation, Territory,
};
pub use date::Date;
pub use decision::{
    Decision, EvaluationState, EvaluationSummary, Header, Outcome, RefusedFact, Settled, Settlement, TextOffsets,
    settle,
};
pub use delivery::{ChannelFault, Delivery, StreamPosition, Streamed};
pub use event::{Event, EventFacts, EventKind, MediaFacts, Part, Role, Signal, kinds, words};
pub use explain::{BoundSide, Lang, Wording, Words, cited, explain, trace_line};
pub use facts::{
    Approval, Consent, Grade, LabelReading, LabelVerdict, Licence, Notice, Person, Progress, ProgressStatus, Record,
    Status, Waiver,
};
pub use fault::{Fault, FaultKind, FaultSubject, FormProblem};
pub use finding::{Answer, Citation, Demand, Finding, Level, Measure, Obligation, ParamValue, Span};
pub use grounds::{FactValue, GivenScore, Grounds, RestsOn, grounds_paths};
pub use ids::{
    CategoryId, DutyId, IdError, InstrumentId, MAX_ID_CHARS, MeasureId, PolicyId, ReasonId, RuleId, ScorerId, SectorId,
    SessionId, SignerId, SourceId, TextKey, check_id, is_session_named,
};
pub use policy::{Displaces, Evaluation, Mode, Origin, PolicyCard};
pub use printable::{needs_escape, printable, printable_lines};
pub use registry::check::{
    Cycle, FloorGranted, LenientFailure, MisfitParam, NoId, RegistryError, Repeated, Reversed, TangledEdge, UnknownId,
    fact_paths,
};
pub use registry::{
    Category, ConflictRole, Duty, DutyClass, Instrument, Join, MeasureEntry, Name, Note, Param, ParamType, Phase,
    Place, Rank, Registry, When, YieldsTo,
};
pub use resolve::{
    Decisive, Displacement, Disposition, DueObligation, DuePhase, DutyResolution, Failure, Interpretation,
    PolicyEvaluation, Precedence, Refusal, RegimeKind, Resolution, ResolutionInput, ResolvedFinding, SectorRegime,
    SectorStatus, YieldBasis, asks_as_much, resolve,
};
pub use score::{RecordedScore, ScoreReason, family};
pub use sector_facts::{DeclaredFacts, FactPlace, SectorFact, SectorFactType, SectorFacts, SectorValue};
pub use shared::Shared;
pub use trust::{
    Defeats, Grant, Ground, Interpreter, MaySign, MeasureGrant, RankTest, Required, SigningRole, Trust, TrustLimits,
    Unsigned, Warrant,
};
pub use unique::{unique_ids, unique_map};

/// A number with the words that go with it.
///
/// ```
/// let kept = [0_u64, 1, 2].map(|n| specialis_core::counted(n, "record is", "records are"));
/// assert_eq!(kept, ["0 records are", "1 record is", "2 records are"]);
/// ```
pub fn counted<N: std::fmt::Display + PartialEq + From<u8>>(n: N, one: &str, many: &str) -> String {
    let words = if n == N::from(1_u8) { one } else { many };
    format!("{n} {words}")
}

/// The candidate most similar to `word`, for messages about unknown ids.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
