//! How an edition came to be, and how it differs from another.

use serde::Serialize;

/// How an edition came to be. It lives as long as the edition and belongs in the operator's records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct EditionRecord {
    /// Its number, where it was signed.
    pub number: Option<u64>,
    /// The digest of its manifest, where it was signed.
    pub manifest: Option<String>,
    /// Who approved it.
    pub approvers: Vec<String>,
    /// Why it loosens, where it does.
    pub reason: Option<String>,
    /// Whether live sessions moved to it.
    pub is_urgent: bool,
    /// The edition that was live when it was staged.
    pub base: Option<String>,
    /// What changed from that one, those that loosen first.
    pub changes: Vec<Change>,
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeClass {
    /// It can only make decisions stricter.
    Tightening,
    /// It changes no decision, or none in a direction that can be told from what is declared.
    Neutral,
    /// It can make decisions less strict.
    Loosening,
}

impl ChangeClass {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tightening => "tightening",
            Self::Neutral => "neutral",
            Self::Loosening => "loosening",
        }
    }
}

/// One item of a difference between two editions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// Which way it goes.
    pub class: ChangeClass,
    /// Where: ``policy `news` ``, `trust policy`, `registry`, `profile`.
    pub place: String,
    /// What, in a few words.
    pub what: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
