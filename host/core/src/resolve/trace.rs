//! The record of how one duty was resolved. The serialized decision and the explanation for people are both made from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::resolve::flat::FlatFinding;
use crate::{
    Answer, DutyId, Fault, InstrumentId, Level, NormConflict, Obligation, PolicyId, RankTest, ReasonId, RuleId,
    SectorId, SourceId, Status,
};

words! {
    /// The rules of precedence. Each duty lists those that decided something on it.
    Precedence {
        /// Gap: no sector says anything on the duty, so the general rule counts.
        R1 = "R1",
        /// Tighten: a stricter finding counts, and needs no grant.
        R2 = "R2",
        /// Relax: a granted relaxation displaced a general finding that yields to it.
        R3 = "R3",
        /// Floor: a relaxation was refused, because the duty is a floor, nothing yields to it, or its instrument does not bind.
        R4 = "R4",
        /// Several sectors: the findings of each count, and if one keeps the general rule, it counts for all.
        R5 = "R5",
        /// Failure: a policy that governs the duty could not answer.
        R6 = "R6",
        /// Doubt: a sector in doubt tightened, or its relaxation was refused.
        R7 = "R7",
        /// Incompatible obligations: two obligations cannot stand together.
        R8 = "R8",
        /// Monitor: a monitored policy has a finding, which does not count.
        R9 = "R9",
    }
}
words! {
    /// What a sector does on a duty that one of its enforcing policies governs.
    RegimeKind {
        /// It provides otherwise under a grant, and displaces general rules that yield.
        Displacing = "displacing",
        /// It says nothing.
        Silent = "silent",
        /// It keeps the general rule, because it is in doubt, failed, only adds, or has no grant.
        Keeping = "keeping",
        /// Another sector prevails over it, by a `defeats` edge of the trust policy.
        Defeated = "defeated",
    }
}
words! {
    /// Why a general instrument yields to a sector's.
    YieldBasis {
        /// It names the sector among those that prevail over it.
        Named = "named",
        /// It names sectors "and the like", and the grant is by analogy.
        ByAnalogy = "by-analogy",
        /// It ranks lower.
        LowerRank = "lower-rank",
        /// The sector's instrument implements it, so that an exception there is its own exception.
        Implements = "implements",
    }
}
words! {
    /// Why an `instead-of` counts as a `require`. The first reason that applies is given.
    Refusal {
        /// The policy belongs to no sector.
        NoSector = "no-sector",
        /// The duty is a floor.
        FloorDuty = "floor-duty",
        /// The instrument does not bind.
        SoftInstrument = "soft-instrument",
        /// The registry does not know the instrument.
        UnknownInstrument = "unknown-instrument",
        /// The instrument is not in force. An earlier version of it carries demands, but no relaxation.
        NotInForce = "not-in-force",
        /// The manifest does not ask to displace the duty under this instrument and article.
        NotRequested = "not-requested",
        /// The trust policy has no grant for this signer, sector, duty, instrument and article.
        NoGrant = "no-grant",
        /// The sector's status is unknown.
        SectorUncertain = "sector-uncertain",
        /// A policy of the sector that governs the duty failed.
        SectorFailed = "sector-failed",
        /// A policy without a sector that governs the duty failed.
        GeneralFailed = "general-failed",
        /// Another sector keeps the general rule.
        OtherSectorKeeps = "other-sector-keeps",
        /// No general finding on the duty yields to the instrument.
        NothingYields = "nothing-yields",
    }
}

/// Whether a finding counts, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// It counts.
    Stands,
    /// A sector's granted relaxation displaced it.
    #[serde(rename = "fell")]
    Displaced(Displacement),
    /// Another sector prevails over its sector, by a `defeats` edge of the trust policy.
    Defeated {
        /// The sector that prevails.
        by: SectorId,
        /// The label of the edge.
        label: String,
    },
    /// It is a relaxation that was refused. It counts as a `require`.
    RelaxationRefused(Refusal),
    /// Its instrument is not in force. It counts as not applicable.
    NotInForce,
    /// Its policy is monitored. It stands in the trace only.
    Monitored,
    /// Its policy does not govern the duty. It stands in the trace only.
    NotGoverned,
}

/// What displaced a general finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Displacement {
    /// The sector that provides otherwise.
    pub sector: SectorId,
    /// The instrument that provides otherwise.
    pub instrument: InstrumentId,
    /// Why the general instrument yields.
    pub by: YieldBasis,
    /// The id of the grant.
    pub grant: String,
}

/// Why a policy has no answer on a duty. Nothing displaces a failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// A call of the policy failed.
    Fault(Fault),
    /// The policy answered `unknown`.
    Unknown(ReasonId),
}

/// A setting of the trust policy by which counsel chose one interpretation of the law. Every duty names those that it used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interpretation {
    /// Whether an instrument that says it yields may yield to one of lower rank.
    RankTest(RankTest),
    /// The label of a `defeats` edge between two sectors.
    Defeats(String),
}

/// A sector that has an enforcing policy on a duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectorRegime {
    /// The sector.
    pub sector: SectorId,
    /// Its status in the session.
    pub status: Status,
    /// Who asserts it.
    pub source: SourceId,
    /// What it does on the duty.
    #[serde(rename = "stance")]
    pub kind: RegimeKind,
    /// The id of the grant under which it displaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
}

/// A finding, with whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "FlatFinding", into = "FlatFinding")]
pub struct ResolvedFinding {
    /// The policy.
    pub policy: PolicyId,
    /// Its version.
    pub version: Arc<str>,
    /// The rule.
    pub rule: RuleId,
    /// What it answered.
    pub answer: Answer,
    /// The earlier version that applies in place of the cited instrument.
    pub earlier: Option<InstrumentId>,
    /// Whether it counts.
    pub disposition: Disposition,
}

impl ResolvedFinding {
    /// Whether its demand is part of the result.
    pub fn counts(&self) -> bool {
        matches!(self.disposition, Disposition::Stands | Disposition::RelaxationRefused(_))
    }
}

/// The resolution of one duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DutyResolution {
    /// The duty.
    pub duty: DutyId,
    /// The highest level among the findings that count and the failures.
    pub level: Level,
    /// The obligations of the findings that count, joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Obligation>,
    /// The rules of precedence that decided something.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rules: BTreeSet<Precedence>,
    /// Every finding, by policy and rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ResolvedFinding>,
    /// The policies that have no answer, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<PolicyId, Failure>,
    /// The sectors that have an enforcing policy on the duty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sectors: Vec<SectorRegime>,
    /// Obligations of this duty that cannot stand together: the first 64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<NormConflict>,
    /// The interpretations of the law that were used.
    #[serde(rename = "readings", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub interpretations: BTreeSet<Interpretation>,
}
