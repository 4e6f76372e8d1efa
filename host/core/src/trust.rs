//! The trust policy: what counsel and the operator allow, and which interpretations of the law they chose.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{Citation, Date, DutyId, InstrumentId, MeasureId, Origin, PolicyId, SectorId, SignerId, SourceId};

words! {
    /// Whether a general instrument may yield to one of lower rank.
    RankTest {
        /// It may not.
        Strict = "strict",
        /// It may, if it says itself that it yields.
        Lenient = "lenient",
    }
}
words! {
    /// The legal ground of a relaxation.
    Ground {
        /// The general instrument names the sector.
        Named = "named",
        /// The general instrument names fields "and the like".
        ByAnalogy = "by-analogy",
        /// The sector's instrument is of higher rank.
        SuperiorLaw = "superior-law",
    }
}

words! {
    /// The role in which somebody signs a policy, or an index that lists it.
    SigningRole {
        /// The author, who answers for it.
        Author = "author",
        /// A second person, who examined and approved it.
        Approver = "approver",
        /// Who signs an index that lists it. Such a signature lets no policy in.
        Indexer = "indexer",
    }
}
words! {
    /// What happens to a policy that has no signature and whose digest is not listed for any signer.
    Unsigned {
        /// It is refused.
        Refuse = "refuse",
        /// It is loaded, and its digest counts as its signer. For authors and tests.
        Allow = "allow",
    }
}

/// Permission for one signer to sign policies with a key. A policy whose digest is listed for a signer needs no such entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MaySign {
    /// The signer.
    pub signer: SignerId,
    /// The roles in which it may sign.
    pub roles: Vec<SigningRole>,
    /// The origins of the policies that it may sign or list: `"general"`, `"common"`, `"tenant"`, `{ sector = "film" }`.
    pub origins: Vec<Origin>,
    /// The duties that these policies may govern. `im.art4.*` stands for all that begin with `im.art4.`, `*` for all.
    pub duties: Vec<String>,
    /// How many others must approve what this signer wrote.
    #[serde(default = "one")]
    pub approvals: u32,
    /// The last day of the permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

fn one() -> u32 {
    1
}

impl MaySign {
    /// Whether the permission covers a duty.
    pub fn covers(&self, duty: &DutyId) -> bool {
        self.duties.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => duty.as_str().starts_with(prefix),
            None => duty.as_str() == pattern,
        })
    }
}

/// Limits that are checked before a policy is compiled. The defaults leave a compiled policy several times what the built-in ones
/// need. A policy that carries an interpreter, such as one in JavaScript or Python, needs more: see [`Interpreter`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrustLimits {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Functions of one policy.
    pub functions: u64,
    /// Bytes of code of one policy.
    pub code_bytes: u64,
    /// Bytes of code of one function.
    pub function_bytes: u64,
    /// Parameters and locals of one function.
    pub locals: u64,
    /// Places of one function at which control flow branches or joins.
    pub branches: u64,
    /// Values of one function that blocks and calls take and give.
    pub values: u64,
    /// Branches times instructions, summed over the functions of one policy: what bounds the time and memory of compiling it.
    pub compile_work: u64,
    /// Instances of core modules of one policy. A host has room for 64.
    pub core_instances: u64,
    /// Vectors of one policy.
    pub vectors: u64,
    /// Policies of one edition.
    pub policies: u64,
    /// Patterns of the policies of one edition together.
    pub patterns: u64,
}

impl Default for TrustLimits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            functions: 50_000,
            code_bytes: 32 << 20,
            function_bytes: 192 << 10,
            locals: 2_048,
            branches: 8_192,
            values: 16_384,
            compile_work: 150_000_000,
            core_instances: 8,
            vectors: 10_000,
            policies: 256,
            patterns: 256,
        }
    }
}

impl TrustLimits {
    /// The same limits for a policy that carries an interpreter: room for that of Python, for QuickJS or for SpiderMonkey. Nothing
    /// here is less than before.
    #[must_use]
    pub fn with_interpreter(&self) -> Self {
        Self {
            function_bytes: self.function_bytes.max(1 << 20),
            branches: self.branches.max(32_768),
            values: self.values.max(32_768),
            compile_work: self.compile_work.max(4_000_000_000),
            core_instances: self.core_instances.max(64),
            ..self.clone()
        }
    }
}

/// Permission for a signer's policies to carry an interpreter, as those in JavaScript and Python do: more code, and eight times the
/// fuel and time of others, since one instruction of theirs takes many. What a malicious signer can still do: cost the compiler some thirty
/// times as much as others, within its own deadline and memory, and keep a thread eight times as long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interpreter {
    /// The signer of the policies.
    pub signer: SignerId,
}

/// Permission for one signer to relax one duty for one sector under one article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// The grant's own id, such as `film#3`.
    #[serde(deserialize_with = "crate::ids::read_id")]
    pub id: String,
    /// The signer whose policies it is for.
    pub signer: SignerId,
    /// The sector.
    pub sector: SectorId,
    /// The duty. It cannot be a floor duty.
    pub duty: DutyId,
    /// The instrument that provides otherwise.
    pub instrument: InstrumentId,
    /// The article that provides otherwise.
    pub article: String,
    /// The legal ground.
    pub ground: Ground,
    /// Counsel's note.
    #[serde(default)]
    pub note: String,
}

impl Grant {
    /// Whether it grants the relaxation of `duty` under `citation` to `signer` for `sector`.
    pub fn fits(&self, signer: &SignerId, sector: &SectorId, duty: &DutyId, citation: &Citation) -> bool {
        self.signer == *signer
            && self.sector == *sector
            && self.duty == *duty
            && self.instrument == citation.instrument
            && self.article == citation.article
    }
}

/// Permission to assert a fact that loosens.
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

/// Permission for a signer's policies to ask for measures that are not granted by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeasureGrant {
    /// The signer of the policies.
    pub signer: SignerId,
    /// The measures; `replace` and `append` stand for the text actions.
    pub measures: Vec<MeasureId>,
}

/// An interpretation of the law that counsel chose: on one duty, one sector prevails over another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Defeats {
    /// The label that traces show.
    pub label: String,
    /// The sector that prevails.
    pub sector: SectorId,
    /// The sector over which it prevails.
    pub over: SectorId,
    /// The duty.
    pub duty: DutyId,
}

/// What an edition must have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Required {
    /// Policies that every edition must have.
    pub policies: Vec<PolicyId>,
    /// Sectors that need a policy.
    pub sectors: Vec<SectorId>,
}

/// The trust policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Trust {
    /// Whether an instrument may yield to one of lower rank.
    pub rank_test: RankTest,
    /// The public keys (`ed25519:…`) and the digests of single files (`sha256:…`) of each signer.
    pub signers: BTreeMap<SignerId, Vec<String>>,
    /// What each signer may sign with its keys.
    pub signing: Vec<MaySign>,
    /// What happens to policies without a signature.
    pub unsigned: Unsigned,
    /// Limits that are checked before a policy is compiled.
    pub limits: TrustLimits,
    /// Whose policies may carry an interpreter.
    pub interpreters: Vec<Interpreter>,
    /// Relax grants.
    pub grants: Vec<Grant>,
    /// Warrants for facts that loosen.
    pub warrants: Vec<Warrant>,
    /// Measures that are not granted by default.
    pub measures: Vec<MeasureGrant>,
    /// Which sector prevails over which, as counsel chose.
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
            interpreters: Vec::new(),
            grants: Vec::new(),
            warrants: Vec::new(),
            measures: Vec::new(),
            defeats: Vec::new(),
            required: Required::default(),
        }
    }
}

impl Trust {
    /// Whether the policies of a signer may carry an interpreter.
    pub fn may_interpret(&self, signer: &SignerId) -> bool {
        self.interpreters.iter().any(|one| one.signer == *signer)
    }

    /// The limits for the policies of a signer.
    pub fn limits_of(&self, signer: &SignerId) -> TrustLimits {
        if self.may_interpret(signer) { self.limits.with_interpreter() } else { self.limits.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signer_that_is_named_has_room_for_an_interpreter_and_nobody_has_less() {
        let kitchen = SignerId::from("kitchen");
        let limits = TrustLimits { branches: 1_000_000, ..TrustLimits::default() };
        let trust = Trust {
            limits: limits.clone(),
            interpreters: vec![Interpreter { signer: kitchen.clone() }],
            ..Trust::default()
        };
        let more = trust.limits_of(&kitchen);
        assert!(more.core_instances > limits.core_instances && more.compile_work > limits.compile_work);
        assert_eq!((more.branches, more.vectors), (limits.branches, limits.vectors));
        assert_eq!(trust.limits_of(&SignerId::from("studio")), limits);
    }
}
