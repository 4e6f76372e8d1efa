//! The trust policy: what counsel and the operator allow, and which reading of the law they chose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{Citation, Date, DutyId, InstrumentId, MeasureId, Origin, PolicyId, SectorId, SignerId, SourceId};

words! {
    /// Whether a general norm may yield to an instrument of lower rank.
    RankTest {
        /// It may not.
        Strict = "strict",
        /// It may, where the general norm says that it yields.
        Lenient = "lenient",
    }
}
words! {
    /// On what ground a relaxation stands.
    Ground {
        /// The general norm names the sector.
        Named = "named",
        /// The general norm names fields "and the like".
        ByAnalogy = "by-analogy",
        /// The sector's instrument is of higher rank.
        SuperiorLaw = "superior-law",
    }
}

words! {
    /// As what somebody signs a policy.
    SigningRole {
        /// Who wrote it and answers for it.
        Author = "author",
        /// Who looked at it and lets it in.
        Approver = "approver",
    }
}
words! {
    /// What becomes of a policy that nobody signed and whose digest no signer has.
    Unsigned {
        /// It is refused.
        Refuse = "refuse",
        /// It is loaded, and its digest stands for its signer. For authors and tests.
        Allow = "allow",
    }
}

/// Leave for one signer to sign policies with a key. A digest among the signer's needs none of it: it names one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MaySign {
    /// Whose signature.
    pub signer: SignerId,
    /// As what.
    pub roles: Vec<SigningRole>,
    /// For policies of these origins: `"general"`, `"common"`, `"tenant"`, `{ sector = "film" }`.
    pub origins: Vec<Origin>,
    /// For policies that govern nothing but these duties; `im.art4.*` stands for all that begin so, `*` for all.
    pub duties: Vec<String>,
    /// How many others must approve what this signer wrote.
    #[serde(default = "one")]
    pub approvals: u32,
    /// The last day of the leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

fn one() -> u32 {
    1
}

impl MaySign {
    /// Whether the leave covers a duty.
    pub fn covers(&self, duty: &DutyId) -> bool {
        self.duties.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => duty.as_str().starts_with(prefix),
            None => duty.as_str() == pattern,
        })
    }
}

/// Bounds on what is looked at at all, before anything of it is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrustLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Functions of one policy.
    pub functions: u64,
    /// Bytes of code of one policy.
    pub code_bytes: u64,
    /// Vectors of one policy.
    pub vectors: u64,
    /// Policies of one edition.
    pub policies: u64,
}

impl Default for TrustLimits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, functions: 50_000, code_bytes: 32 << 20, vectors: 10_000, policies: 256 }
    }
}

/// Leave for one signer to relax one duty for one sector under one article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// The grant's own id, such as `film#3`.
    pub id: String,
    /// Whose policies it is for.
    pub signer: SignerId,
    /// The sector.
    pub sector: SectorId,
    /// The duty; never a floor duty.
    pub duty: DutyId,
    /// The instrument that provides otherwise.
    pub instrument: InstrumentId,
    /// The article that provides otherwise.
    pub article: String,
    /// On what ground.
    pub ground: Ground,
    /// Counsel's note.
    #[serde(default)]
    pub note: String,
}

impl Grant {
    /// Whether it fits a relaxation.
    pub fn fits(&self, signer: &SignerId, sector: &SectorId, duty: &DutyId, citation: &Citation) -> bool {
        self.signer == *signer
            && self.sector == *sector
            && self.duty == *duty
            && self.instrument == citation.instrument
            && self.article == citation.article
    }
}

/// Who may assert a fact that loosens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Warrant {
    /// The fact's path: `subject.age`, `sectors.film`, `publication.waiver`; `sectors.*` and `service.*` stand for all of a group.
    pub fact: String,
    /// The sources that may assert it.
    pub sources: Vec<SourceId>,
    /// The services for which they may; all where empty.
    #[serde(default)]
    pub services: Vec<String>,
}

/// Which measures a signer's policies may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeasureGrant {
    /// Whose policies.
    pub signer: SignerId,
    /// The measures; `replace` and `append` stand for the text actions.
    pub measures: Vec<MeasureId>,
}

/// A reading that counsel chose: findings on a duty by one sector prevail over those by another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Defeats {
    /// The label under which traces print it.
    pub label: String,
    /// The sector that prevails.
    pub sector: SectorId,
    /// The sector that gives way.
    pub over: SectorId,
    /// The duty.
    pub duty: DutyId,
}

/// Something an edition must have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Required {
    /// Policies without which no edition is built.
    pub policies: Vec<PolicyId>,
    /// Sectors that need a policy.
    pub sectors: Vec<SectorId>,
}

/// The trust policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Trust {
    /// How rank counts when a norm yields.
    pub rank_test: RankTest,
    /// Who signs: names for public keys (`ed25519:…`) and for the digests of single files (`sha256:…`).
    pub signers: BTreeMap<SignerId, Vec<String>>,
    /// What signers may sign with their keys.
    pub signing: Vec<MaySign>,
    /// What becomes of policies that nobody signed.
    pub unsigned: Unsigned,
    /// Bounds on what is looked at.
    pub limits: TrustLimits,
    /// Relax grants.
    pub grants: Vec<Grant>,
    /// Warrants for facts that loosen.
    pub warrants: Vec<Warrant>,
    /// Measures that are not granted by default.
    pub measures: Vec<MeasureGrant>,
    /// Chosen rankings between sectors.
    pub defeats: Vec<Defeats>,
    /// What an edition must have.
    pub required: Required,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            rank_test: RankTest::Strict,
            signers: BTreeMap::new(),
            signing: Vec::new(),
            unsigned: Unsigned::Refuse,
            limits: TrustLimits::default(),
            grants: Vec::new(),
            warrants: Vec::new(),
            measures: Vec::new(),
            defeats: Vec::new(),
            required: Required::default(),
        }
    }
}
