//! What a resolution says of one duty: the machine record and the words for a person both come from these types.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::resolve::line::Line;
use crate::{
    Answer, DutyId, Fault, InstrumentId, Level, NormConflict, Obligation, PolicyId, RankTest, ReasonId, RuleId,
    SectorId, SourceId, Status,
};

words! {
    /// The rules of precedence. A duty names each one that decided something on it.
    Precedence {
        /// Gap: no certain sector says anything, so the general rule holds.
        R1 = "R1",
        /// Tighten: a stricter finding counts without a grant.
        R2 = "R2",
        /// Relax: a granted relaxation let a yielding general finding fall.
        R3 = "R3",
        /// Floor: a relaxation of a floor duty, of what does not yield, or by a soft instrument was ignored.
        R4 = "R4",
        /// Several sectors: each that speaks is satisfied; one that keeps the general rule keeps it for all.
        R5 = "R5",
        /// Failure: a policy that governs the duty could not answer.
        R6 = "R6",
        /// Doubt: a sector that is not certain tightened, or did not relax.
        R7 = "R7",
        /// Incompatible obligations.
        R8 = "R8",
        /// Monitor: a monitored policy spoke and did not count.
        R9 = "R9",
    }
}
words! {
    /// What a sector is to a duty that one of its enforcing policies governs.
    Stance {
        /// It provides otherwise, with leave.
        Displacing = "displacing",
        /// It says nothing.
        Silent = "silent",
        /// It keeps the general rule: by doubt, failure, an addition or a relaxation without leave.
        Keeping = "keeping",
        /// It gave way to another sector by an edge that counsel chose.
        Defeated = "defeated",
    }
}
words! {
    /// By what a general norm yields to a sector's.
    FellBy {
        /// It names the sector.
        Named = "named",
        /// It names fields "and the like", and the grant is by analogy.
        ByAnalogy = "by-analogy",
        /// It ranks lower.
        LowerRank = "lower-rank",
        /// The sector's instrument implements it: its own exception.
        Implements = "implements",
    }
}
words! {
    /// Why an `instead-of` counted as a `require`. The first that applies is named.
    Refusal {
        /// The policy belongs to no sector.
        NoSector = "no-sector",
        /// The duty is a floor.
        FloorDuty = "floor-duty",
        /// The instrument does not bind.
        SoftInstrument = "soft-instrument",
        /// The registry does not know the instrument.
        UnknownInstrument = "unknown-instrument",
        /// The instrument is not in force; an earlier version carries the finding but no relaxation.
        NotInForce = "not-in-force",
        /// The manifest does not ask to displace the duty under that instrument and article.
        NotRequested = "not-requested",
        /// The trust policy gives no leave for signer, sector, duty, instrument and article.
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

/// What became of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// It counts.
    Stands,
    /// A sector's granted relaxation displaced it.
    Fell(Fall),
    /// It gave way to another sector.
    Defeated {
        /// The sector that prevails.
        by: SectorId,
        /// The label of the edge.
        label: String,
    },
    /// It counts as `require`.
    RelaxationRefused(Refusal),
    /// Its instrument is not in force: it counts as not applicable.
    NotInForce,
    /// Its policy is monitored: it stands in the trace only.
    Monitored,
    /// Its policy does not govern the duty: it has no effect.
    NotGoverned,
}

/// What a general finding fell to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fall {
    /// The sector that provides otherwise.
    pub sector: SectorId,
    /// The instrument that provides otherwise.
    pub instrument: InstrumentId,
    /// By what the general norm yields.
    pub by: FellBy,
    /// The grant.
    pub grant: String,
}

/// Why a policy has no answer on a duty. It is carried like an obligation: nothing makes it disappear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Its call came to a fault.
    Fault(Fault),
    /// It answered that it cannot tell.
    Unknown(ReasonId),
}

/// A setting of the trust policy that decided between two readings of the law.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// How rank counts when a norm yields by its own words.
    RankTest(RankTest),
    /// The label of an edge between two sectors.
    Defeats(String),
}

/// A sector that has an enforcing policy on a duty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectorPart {
    /// The sector.
    pub sector: SectorId,
    /// Its status in the session.
    pub status: Status,
    /// Who said so.
    pub source: SourceId,
    /// What it is to the duty.
    pub stance: Stance,
    /// The grant it displaces under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
}

/// One finding and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Line", into = "Line")]
pub struct Considered {
    /// The policy.
    pub policy: PolicyId,
    /// Its version.
    pub version: String,
    /// The rule.
    pub rule: RuleId,
    /// What it answered.
    pub answer: Answer,
    /// The earlier version that applies in place of the instrument cited.
    pub earlier: Option<InstrumentId>,
    /// What became of it.
    pub disposition: Disposition,
}

impl Considered {
    /// Whether what it asks for is part of the result.
    pub fn counts(&self) -> bool {
        matches!(self.disposition, Disposition::Stands | Disposition::RelaxationRefused(_))
    }
}

/// One duty, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DutyResolution {
    /// The duty.
    pub duty: DutyId,
    /// The highest level of what survived.
    pub level: Level,
    /// What survived asks for, joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<Obligation>,
    /// The rules of precedence that decided something.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rules: BTreeSet<Precedence>,
    /// Each finding and what became of it, by policy and rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Considered>,
    /// The policies that have no answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failed: BTreeMap<PolicyId, Failure>,
    /// The sectors that have an enforcing policy on the duty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sectors: Vec<SectorPart>,
    /// Obligations of this duty that cannot stand together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<NormConflict>,
    /// The readings that were used.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub readings: BTreeSet<Reading>,
}
