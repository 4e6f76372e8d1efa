//! What is recorded of an edition that became the live one: what an audit asks of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::format::entry::Detail;

/// The body of an edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EditionBody {
    /// How it came to be.
    pub origin: EditionOrigin,
    /// What changed from the edition before, those that loosen first.
    pub changes: Vec<EditionChange>,
    /// Its policies, by id.
    pub policies: BTreeMap<String, EditionPolicy>,
    /// The settings that have another value than the policy gives.
    pub settings: Vec<EditionSetting>,
    /// What it does not do.
    pub lacks: EditionLacks,
}

/// How an edition came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EditionOrigin {
    /// Its number, where it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The edition that was live before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Who approved it.
    pub approvers: Vec<String>,
    /// Why it loosens, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether sessions that were open moved to it.
    pub is_urgent: bool,
}

/// A difference from the edition before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EditionChange {
    /// Whether it can make decisions less strict.
    pub loosens: bool,
    /// Where: a policy, the trust policy, the registry, the profile.
    pub place: String,
    /// What, in a few words.
    pub what: String,
}

/// A policy of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EditionPolicy {
    /// Its version.
    pub version: String,
    /// The digest of its file.
    pub digest: String,
    /// Who answers for it.
    pub signer: String,
    /// Whether its findings count: `enforce` or `monitor`.
    pub mode: String,
}

/// A setting that has another value than the policy gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EditionSetting {
    /// The policy.
    pub policy: String,
    /// The setting.
    pub setting: String,
    /// The value of the operator.
    pub value: String,
    /// The value of the policy.
    pub default: String,
}

/// What an edition does not do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct EditionLacks {
    /// Duties on which no policy of it answers.
    pub ungoverned: Vec<String>,
    /// Lexicons without a term, each after its policy.
    pub empty_lexicons: Vec<String>,
    /// Places that rules cite and that nobody has held to the text of the law.
    pub unverified_citations: Vec<String>,
}

impl EditionBody {
    /// What the entry says, without content: the number, and how many changes loosen.
    pub(crate) fn details(&self) -> BTreeMap<String, Detail> {
        let n_loosening = self.changes.iter().filter(|change| change.loosens).count();
        let n_loosening = u64::try_from(n_loosening).unwrap_or(u64::MAX);
        let number = self.origin.number.map(|number| ("number".to_owned(), Detail::Number(number)));
        number.into_iter().chain([("loosening".to_owned(), Detail::Number(n_loosening))]).collect()
    }
}
