//! Facts: typed values that may be unknown, grouped in records that can list and forget them.

use crate::event::words::{GivenBy, PersonUse};
use crate::{Date, FactValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A closed set of words, the same in JSON, in the contract and in the documents.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word as written in JSON and in the contract.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Every word of the set.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl $crate::grounds::Ground for $name {}
    };
}

/// A record of facts: every field is optional, and absent means unknown.
///
/// The last sentence of a field's comment, `Rules: ...`, names the rules that read it; `specialis schema event` shows them.
macro_rules! facts {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$ty>,)+
        }

        impl $name {
            /// Takes every fact that is unknown here from `defaults`; returns the names of those taken.
            pub fn inherit(&mut self, defaults: &Self) -> Vec<String> {
                let mut taken = Vec::new();
                $(if self.$field.is_none() && defaults.$field.is_some() {
                    self.$field.clone_from(&defaults.$field);
                    taken.push(stringify!($field).replace('_', "-"));
                })+
                taken
            }
        }

        impl $crate::facts::Record for $name {
            fn fields(&self) -> Vec<String> {
                vec![$(stringify!($field).replace('_', "-")),+]
            }

            fn known(&self) -> Vec<String> {
                let mut known = Vec::new();
                $(if self.$field.is_some() { known.push(stringify!($field).replace('_', "-")); })+
                known
            }

            fn forget(&mut self, field: &str) -> bool {
                $(if stringify!($field).replace('_', "-") == field { return self.$field.take().is_some(); })+
                false
            }

            fn grounds(&self) -> Vec<String> {
                let mut paths = Vec::new();
                $(for place in <$ty as $crate::grounds::Ground>::PLACES {
                    let dot = if place.is_empty() { "" } else { "." };
                    paths.push(format!("{}{dot}{place}", stringify!($field).replace('_', "-")));
                })+
                paths
            }

            fn ground(&self, path: &str) -> Option<$crate::FactValue> {
                let (field, place) = path.split_once('.').unwrap_or((path, ""));
                $(if $crate::facts::is_called(stringify!($field), field) {
                    return $crate::grounds::Ground::at(self.$field.as_ref()?, place);
                })+
                None
            }
        }
    };
}

pub(crate) use {facts, words};

/// Whether a field has this name in JSON.
pub(crate) fn is_called(field: &str, name: &str) -> bool {
    let letters = field.bytes().map(|letter| if letter == b'_' { b'-' } else { letter });
    letters.eq(name.bytes())
}

/// What every record of facts can do.
pub trait Record {
    /// The names of all its facts, in the order of declaration.
    fn fields(&self) -> Vec<String>;

    /// The names of the facts that have a value, in the order of declaration.
    fn known(&self) -> Vec<String>;

    /// Makes one fact unknown; false where it was unknown already or does not exist.
    fn forget(&mut self, field: &str) -> bool;

    /// The facts, and the places in them, that a decision may show, in the order of declaration.
    fn grounds(&self) -> Vec<String>;

    /// The value of one of [`grounds`](Record::grounds); none where it is unknown or cannot be shown.
    fn ground(&self, path: &str) -> Option<FactValue>;
}

impl<T: Record> Record for Box<T> {
    fn fields(&self) -> Vec<String> {
        (**self).fields()
    }

    fn known(&self) -> Vec<String> {
        (**self).known()
    }

    fn forget(&mut self, field: &str) -> bool {
        (**self).forget(field)
    }

    fn grounds(&self) -> Vec<String> {
        (**self).grounds()
    }

    fn ground(&self, path: &str) -> Option<FactValue> {
        (**self).ground(path)
    }
}

/// A licence, as the document shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Licence {
    /// The number printed on the licence.
    pub number: String,
    /// What it permits, such as `internet-news/gathering` or `film/public-screening`.
    pub category: String,
    /// The unit it was issued to.
    pub holder: String,
    /// The last day on which it is valid; absent means that the platform does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// A consent that a person gave.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Consent {
    /// What was consented to, such as `personal-information`, `face`, `voice` or `training`.
    pub scope: String,
    /// Who gave it: `self` or `guardian`.
    pub given_by: GivenBy,
    /// When it was given.
    pub on: Date,
}

/// A grade that somebody gave under a scheme of classification.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grade {
    /// The scheme, such as `micro-drama-tier`.
    pub scheme: String,
    /// The grade within the scheme.
    pub grade: String,
    /// Who gave it.
    pub by: String,
    /// When it was given.
    pub on: Date,
}

/// An approval, filing or sign-off of one work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// What was approved, such as `editor-in-chief`, `script-outline`, `release` or `minors-review`.
    pub kind: String,
    /// The number of the approval where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Who approved: an authority, a unit or a role.
    pub by: String,
    /// When.
    pub on: Date,
}

/// A real person whom a work shows or imitates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Person {
    /// The name as the work gives it.
    pub name: String,
    /// What is used: `face`, `voice`, `name` or `style`.
    pub uses: Vec<PersonUse>,
    /// The consents that person gave.
    #[serde(default)]
    pub consents: Vec<Consent>,
    /// Lists that the platform keeps and on which the person stands, such as `heroes-martyrs`.
    #[serde(default)]
    pub lists: Vec<String>,
}

/// What a checker of labels read in a file: its verdict with the findings, never a bare flag.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LabelReading {
    /// `compliant`, `non-compliant`, `not-found` or `inconclusive`.
    pub verdict: LabelVerdict,
    /// What the checker found, by id, such as `attribute-not-1-2-3`.
    #[serde(default)]
    pub findings: Vec<String>,
    /// The attribute field as read: `1` is, `2` possibly, `3` suspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The producer field as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// Whether a label that people can perceive was seen on the content itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit: Option<bool>,
    /// What that label says: `ai`, `generation`. Both are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit_elements: Option<Vec<String>>,
    /// The height of its characters, in thousandths of the shortest side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit_height_permille: Option<u32>,
    /// For how long it is shown, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit_ms: Option<u32>,
    /// Traces of generation that a detector saw, in thousandths of certainty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traces_permille: Option<u32>,
}

/// Who asked for output without an explicit label, and on what terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waiver {
    /// Who asked: `user` or a role of the platform.
    pub by: String,
    /// When.
    pub on: Date,
    /// For how many days the platform keeps the record of it.
    pub record_days: u32,
}

/// An authority's notice that asks for measures against a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Notice {
    /// The authority that gave it.
    pub authority: String,
    /// Its number, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The first day on which it counts; absent means that the platform does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day on which it counts; absent means that it has no end, or none that the platform knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// How far a person's request or complaint has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Progress {
    /// `received`, `accepted`, `answered` or `refused`.
    pub status: ProgressStatus,
    /// The day it was received.
    pub received_on: Date,
    /// The day it was answered or refused; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_on: Option<Date>,
    /// Why it was refused, such as `identity-not-proven`; absent where it was not, or where no reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
}

words! {
    /// Where a person's request or complaint stands.
    ProgressStatus {
        /// It came in.
        Received = "received",
        /// It was taken up.
        Accepted = "accepted",
        /// The person has the answer.
        Answered = "answered",
        /// The person was refused.
        Refused = "refused",
    }
}
words! {
    /// What a checker of labels concluded.
    LabelVerdict {
        /// Found and well formed.
        Compliant = "compliant",
        /// Found, but against the standard; not the same as absent.
        NonCompliant = "non-compliant",
        /// No trace of a label.
        NotFound = "not-found",
        /// The checker could not tell.
        Inconclusive = "inconclusive",
    }
}
words! {
    /// Certain, excluded, or in doubt.
    Status {
        /// Certainly so.
        Yes = "yes",
        /// Certainly not.
        No = "no",
        /// Nobody who may assert it has asserted either.
        Unknown = "unknown",
    }
}
