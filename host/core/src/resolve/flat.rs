//! The serialized form of a resolved finding: one flat object.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Answer, Citation, Demand, Disposition, InstrumentId, Level, Obligation, PolicyId, ReasonId, ResolvedFinding,
    RuleId, Span,
};

/// A finding, with whether it counts.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "ResolvedFinding")]
pub(super) struct FlatFinding {
    /// The policy.
    policy: PolicyId,
    /// Its version.
    version: Arc<str>,
    /// The rule.
    rule: RuleId,
    /// Which of the five cases it answered.
    case: Case,
    /// How severe; on `require` and `instead-of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// Where the law says so; not on `not-applicable` and `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    citation: Option<Citation>,
    /// Why, as a declared reason; not on `met`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonId>,
    /// The stretches of text it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spans: Vec<Span>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    more_spans: u32,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<Obligation>,
    /// The earlier version that applies in place of the cited instrument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<InstrumentId>,
    /// Whether it counts.
    disposition: Disposition,
}

/// The five cases of an answer, without what they carry.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Case {
    NotApplicable,
    Met,
    Require,
    InsteadOf,
    Unknown,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl From<ResolvedFinding> for FlatFinding {
    fn from(from: ResolvedFinding) -> Self {
        let ResolvedFinding { policy, version, rule, answer, earlier, disposition } = from;
        let case = match &answer {
            Answer::NotApplicable(_) => Case::NotApplicable,
            Answer::Met(_) => Case::Met,
            Answer::Require(_) => Case::Require,
            Answer::InsteadOf(_) => Case::InsteadOf,
            Answer::Unknown(_) => Case::Unknown,
        };
        let (mut level, mut citation, mut reason) = (None, None, None);
        let (mut spans, mut more_spans, mut obligations) = (Vec::new(), 0, Vec::new());
        match answer {
            Answer::NotApplicable(why) | Answer::Unknown(why) => reason = Some(why),
            Answer::Met(place) => citation = Some(place),
            Answer::Require(demand) | Answer::InsteadOf(demand) => {
                let demand = demand.into_inner();
                (level, citation, reason) = (Some(demand.level), Some(demand.citation), Some(demand.reason));
                (spans, more_spans, obligations) = (demand.spans, demand.more_spans, demand.obligations);
            }
        }
        Self {
            policy,
            version,
            rule,
            case,
            level,
            citation,
            reason,
            spans,
            more_spans,
            obligations,
            earlier,
            disposition,
        }
    }
}

impl TryFrom<FlatFinding> for ResolvedFinding {
    type Error = &'static str;

    fn try_from(flat: FlatFinding) -> Result<Self, Self::Error> {
        let reason = flat.reason.ok_or("`reason` is missing: every case but `met` has one");
        let citation = flat.citation.ok_or("`citation` is missing: `met`, `require` and `instead-of` have one");
        let level = flat.level.ok_or("`level` is missing: `require` and `instead-of` have one");
        let (obligations, spans, more_spans) = (flat.obligations, flat.spans, flat.more_spans);
        let demand = |level, citation, reason| Demand { level, obligations, spans, more_spans, citation, reason };
        let answer = match flat.case {
            Case::NotApplicable => Answer::NotApplicable(reason?),
            Case::Unknown => Answer::Unknown(reason?),
            Case::Met => Answer::Met(citation?),
            Case::Require => Answer::Require(demand(level?, citation?, reason?).into()),
            Case::InsteadOf => Answer::InsteadOf(demand(level?, citation?, reason?).into()),
        };
        let FlatFinding { policy, version, rule, earlier, disposition, .. } = flat;
        Ok(Self { policy, version, rule, answer, earlier, disposition })
    }
}
